"""`assign` as somebody at a terminal meets it."""

import json

import pytest

from voucher.cli import tools


@pytest.fixture
def run(tmp_path):
    def run(content, *more):
        file = tmp_path / "needs.json"
        text = content if isinstance(content, str) else json.dumps(content)
        file.write_bytes(text.encode("utf-8", "surrogatepass"))
        runner = tools.application().test_cli_runner()
        return runner.invoke(args=["voucher", "assign", str(file), *more])

    return run


def need(name, **options):
    return {"id": name, "options": [{"offering": o, "score": s} for o, s in options.items()]}


def test_it_prints_pairs_total_and_who_is_left(run):
    needs = [need("n1", a=0.9, b=0.8), need("n2", a=0.8, b=0.1), need("n3", b=0.2), need("n4")]
    result = run({"needs": needs, "capacity": {"a": 1, "b": 1, "c": 4}}, "--json")
    assert (result.exit_code, result.stderr) == (0, "")
    assert json.loads(result.stdout) == {
        "pairs": [
            {"need": "n1", "offering": "b", "score": 0.8},
            {"need": "n2", "offering": "a", "score": 0.8},
        ],
        "total": 1.6,
        "unmatched": [
            {
                "id": "n3",
                "why": "The offerings it could go to are full; no exchange with others would "
                "raise the total.",
            },
            {"id": "n4", "why": "It has no options."},
        ],
    }


def test_people_get_a_summary(run):
    result = run({"needs": [need("n1", a=1), need("n2")], "capacity": {"a": 1}})
    assert result.stdout == "1 of 2 needs assigned, total 1\nn1: a\nn2: It has no options.\n"


def test_more_keys_and_their_order_do_not_matter(run):
    option = {"score": 2, "why": "near", "offering": "a"}
    swapped = {"score": 2, "offering": "a"}
    content = {"round": 3, "capacity": {"a": 2}, "needs": [{"options": [option], "id": "n"}]}
    assert json.loads(run(content, "--json").stdout)["total"] == 2
    content["needs"][0]["options"] = [swapped]
    assert json.loads(run(content, "--json").stdout)["total"] == 2


def test_offerings_may_have_the_names_of_keys(run):
    content = {"needs": [need("n", offering=1, score=2)], "capacity": {"offering": 1, "score": 1}}
    assert json.loads(run(content, "--json").stdout)["pairs"][0]["offering"] == "score"


def test_an_option_that_stands_twice_is_told(run):
    content = (
        '{"needs":[{"id":"n","options":[{"offering":"a","score":1},{"offering":"a","score":3}]}]'
    )
    result = run(content + ',"capacity":{"a":1}}', "--json")
    assert json.loads(result.stdout)["total"] == 3
    assert result.stderr == "1 options stand there more than once; the highest score counts.\n"


def test_nothing_to_assign_is_no_error(run):
    result = run({"needs": [], "capacity": {}}, "--json")
    assert json.loads(result.stdout) == {"pairs": [], "total": 0.0, "unmatched": []}


def test_odd_names_go_through(run):
    name = "\ud800 é\n\u0000"
    result = run({"needs": [need(name, **{name: 1})], "capacity": {name: 10**400}}, "--json")
    assert json.loads(result.stdout)["pairs"][0] == {"need": name, "offering": name, "score": 1.0}


CAPACITY = ',"capacity":{"a":1}}'


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("", "not JSON"),
        ("[]", "JSON object"),
        ("{}", "capacity"),
        ('{"capacity":{"a":1}}', "“needs” must be a list"),
        ('{"needs":{}' + CAPACITY, "“needs” must be a list"),
        ('{"needs":[1]' + CAPACITY, "need number 1 has no “id”"),
        ('{"needs":[{"id":1,"options":[]}]' + CAPACITY, "need number 1 has no “id”"),
        ('{"needs":[{"id":"n"}]' + CAPACITY, "need “n” has no list of “options”"),
        ('{"needs":[{"id":"n","options":{}}]' + CAPACITY, "need “n” has no list of “options”"),
        ('{"needs":[{"id":"n","options":[1]}]' + CAPACITY, "an option of need “n”"),
        ('{"needs":[{"id":"n","options":[{}]}]' + CAPACITY, "an option of need “n”"),
        ('{"needs":[{"id":"n","options":[]},{"id":"n","options":[]}]' + CAPACITY, "“n” stands"),
        ('{"needs":[{"id":"n","id":"m","options":[]}]' + CAPACITY, "twice"),
        ('{"needs":[],"capacity":[]}', "“capacity” must be"),
        ('{"needs":[],"capacity":{"a":-1}}', "capacity of “a”"),
        ('{"needs":[],"capacity":{"a":1.5}}', "capacity of “a”"),
        ('{"needs":[],"capacity":{"a":true}}', "capacity of “a”"),
        ('{"needs":[],"capacity":{"a":null}}', "capacity of “a”"),
    ],
)
def test_what_is_wrong_is_said_in_one_line(run, content, words):
    result = run(content, "--json")
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.count("\n") == 1
    assert words in result.stderr


@pytest.mark.parametrize(
    "score", ["NaN", "Infinity", "1e999", "true", '"1"', "null", "1" + "0" * 400]
)
def test_a_score_is_a_finite_number(run, score):
    option = f'{{"offering":"a","score":{score}}}'
    result = run(f'{{"needs":[{{"id":"n","options":[{option}]}}]{CAPACITY}', "--json")
    assert result.exit_code == 2
    assert "need “n” has no score for “a” that is a finite number" in result.stderr


def test_an_offering_without_a_capacity_is_refused(run):
    result = run({"needs": [need("n", b=1)], "capacity": {"a": 1}})
    assert result.exit_code == 2
    assert "need “n” names “b”, which has no capacity given" in result.stderr


def test_scores_whose_total_is_beyond_numbers_are_refused_in_one_line(run):
    needs = [need(name, a=1.5e308) for name in ("n1", "n2")]
    result = run({"needs": needs, "capacity": {"a": 2}}, "--json")
    assert (result.exit_code, result.stdout) == (2, "")
    assert (
        result.stderr == "Error: the scores are so large that their total is no number any more\n"
    )


def test_a_name_that_no_terminal_shows_is_told_of(run):
    result = run('{"needs": [{"id": "n\\ud800", "options": []}], "capacity": {}}')
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout.endswith("n\ufffd: It has no options.\n")
