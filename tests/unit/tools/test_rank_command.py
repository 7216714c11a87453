"""`rank` as somebody at a terminal meets it."""

import json

import pytest

from voucher.cli import tools

OFFERINGS = [
    {"id": "S1", "text": "Ledgers, invoices and VAT returns in the cloud."},
    {"id": "S2", "text": "Customers book themselves.", "title": "Bookings", "tags": ["diary"]},
    {"id": 3, "text": "A website."},
]
NEEDS = [{"id": "N1", "text": "Invoices on paper", "more": 1}, {"id": "N2", "text": "a diary"}]


@pytest.fixture
def files(tmp_path):
    def write(needs=NEEDS, offerings=OFFERINGS):
        paths = []
        for name, lines in (("needs", needs), ("offerings", offerings)):
            path = tmp_path / f"{name}.jsonl"
            text = lines if isinstance(lines, str) else "\n".join(map(json.dumps, lines)) + "\n"
            path.write_text(text, encoding="utf-8")
            paths += [f"--{name}", str(path)]
        return paths

    return write


def run(*words):
    return tools.application().test_cli_runner().invoke(args=["voucher", "rank", *words])


def test_each_need_has_a_line_in_order_the_best_offering_first(files):
    result = run(*files(), "--top", "2", "--json")
    assert result.exit_code == 0, result.stderr
    assert result.stderr == ""
    first, second = (json.loads(line) for line in result.stdout.splitlines())
    assert (first["need"], second["need"]) == ("N1", "N2")
    assert [len(each["ranking"]) for each in (first, second)] == [2, 2]
    assert first["ranking"][0]["offering"] == "S1"
    assert second["ranking"][0]["offering"] == "S2"
    scores = [place["score"] for place in first["ranking"]]
    assert scores == sorted(scores, reverse=True)
    assert isinstance(scores[0], float)


def test_more_than_there_are_is_all_of_them(files):
    result = run(*files(), "--top", "50", "--json")
    assert len(json.loads(result.stdout.splitlines()[0])["ranking"]) == 3


def test_no_needs_is_no_lines_and_no_offerings_an_empty_ranking(files):
    assert run(*files(needs=[]), "--json").stdout == ""
    assert json.loads(run(*files(offerings=[]), "--json").stdout.splitlines()[0])["ranking"] == []


@pytest.mark.parametrize(
    ("needs", "words"),
    [
        ("{", ("line 1", "JSON")),
        ("[]", ("line 1", "object")),
        ('{"text": "a"}', ("line 1", "id")),
        ('{"id": true, "text": "a"}', ("line 1", "id")),
        ('{"id": "a"}', ("line 1", "text")),
        ('{"id": "a", "text": 5}', ("line 1", "text")),
        ('{"id": "a", "text": "b"}\n\n{"id": "a", "text": "c"}', ("line 3", "twice")),
    ],
)
def test_what_cannot_be_read_is_told_in_one_line(files, needs, words):
    result = run(*files(needs=needs), "--json")
    assert result.exit_code == 2
    assert result.stdout == ""
    assert result.stderr.count("\n") == 1
    assert all(word in result.stderr for word in words), result.stderr


def test_tags_are_strings(files):
    result = run(*files(offerings=[{"id": 1, "text": "a", "tags": "diary"}]), "--json")
    assert result.exit_code == 2
    assert "tags" in result.stderr


@pytest.mark.parametrize("more", [(), ("--json",)])
def test_half_a_character_stops_nothing(files, more):
    """What is left of a sign that was cut in two stands in texts of public collections."""
    half = '{"id": "a\\ud83d", "text": "diary \\ud83d", "tags": ["\\ud83d"]}'
    result = run(*files(needs=half, offerings=half), *more)
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout.startswith("a\ufffd: a\ufffd" if not more else '{"need": "a\\ud83d"')
