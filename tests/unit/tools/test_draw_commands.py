"""`draw` and `verify-draw` as somebody at a terminal meets them."""

import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from voucher.allocation.draw import Entry, draw, seed_of
from voucher.allocation.rules import published_form
from voucher.cli import tools

ROOT = Path(__file__).parents[3]
SEED = "0123456789abcdef" * 4
ROWS = "reference,area\nA1,north\nA2,north\nA3,east\nA4,west\nA5,west\n"


@pytest.fixture
def run():
    return lambda *words: tools.application().test_cli_runner().invoke(args=["voucher", *words])


@pytest.fixture
def written(tmp_path):
    def write(content, name="list.csv"):
        file = tmp_path / name
        file.write_bytes(content if isinstance(content, bytes) else content.encode())
        return str(file)

    return write


def in_one_line(result, *words):
    assert result.exit_code == 2
    assert result.stdout == ""
    assert result.stderr.count("\n") == 1
    assert all(word in result.stderr for word in words), result.stderr
    return True


def drawn(run, file, places, *more):
    result = run("draw", file, "--places", str(places), "--seed", SEED, "--json", *more)
    assert result.exit_code == 0, result.stderr
    assert result.stderr == ""
    return json.loads(result.stdout)


def test_it_draws_by_the_rule(run, written):
    found = drawn(run, written(ROWS), 2, "--stratum", "area")
    lines = "A1,north\nA2,north\nA3,east\nA4,west\nA5,west\n"
    assert found["quotas"] == {"east": 0, "north": 1, "west": 1}
    assert found["list_sha256"] == hashlib.sha256(lines.encode()).hexdigest()
    assert found["seed_sha256"] == hashlib.sha256(bytes.fromhex(SEED)).hexdigest()
    assert sorted(found["assigned"] + found["waiting"]) == ["A1", "A2", "A3", "A4", "A5"]
    assert list(found) == ["assigned", "waiting", "quotas", "list_sha256", "seed_sha256"]


def test_without_a_column_the_stratum_is_the_empty_string(run, written):
    found = drawn(run, written(ROWS), 5)
    assert found["quotas"] == {"": 5}
    assert found["waiting"] == []
    assert found["list_sha256"] == hashlib.sha256(b"A1,\nA2,\nA3,\nA4,\nA5,\n").hexdigest()


@pytest.mark.parametrize(
    "content",
    [
        "\ufeff" + ROWS,
        ROWS.replace("\n", "\r\n"),
        ROWS.replace("\n", "\r"),
        ROWS.rstrip("\n"),
        ROWS.replace("A3", '"A3"'),
        ROWS + "\n",
        "area,reference\nwest,A5\nnorth,A1\nwest,A4\neast,A3\nnorth,A2\n",
    ],
    ids=["signature", "crlf", "cr", "no last line end", "quoted", "blank line", "other order"],
)
def test_the_form_of_the_file_does_not_matter(run, written, content):
    whole = drawn(run, written(ROWS, "plain.csv"), 2, "--stratum", "area")
    assert drawn(run, written(content), 2, "--stratum", "area") == whole


def test_references_stay_as_they_are(run, written):
    names = ["\u00e9", "e\u0301", " a", "a ", 'a"b', "a\tb", "\u2028", "1", "01"]
    content = "reference\n" + "".join(f'"{name.replace(chr(34), chr(34) * 2)}"\n' for name in names)
    assert sorted(drawn(run, written(content), 9)["assigned"]) == sorted(names)


def test_strata_that_look_like_numbers_are_text(run, written):
    content = "reference,n\na,10\nb,9\nc,010\n"
    assert list(drawn(run, written(content), 1, "--stratum", "n")["quotas"]) == ["010", "10", "9"]


def test_capitals_in_the_seed_are_the_same_seed(run, written):
    result = run("draw", written(ROWS), "--places", "2", "--seed", SEED.upper(), "--json")
    assert json.loads(result.stdout) == drawn(run, written(ROWS), 2)


def test_people_get_a_summary(run, written):
    result = run("draw", written(ROWS), "--places", "2", "--seed", SEED, "--stratum", "area")
    assert result.exit_code == 0
    assert "north: 1\n" in result.stdout
    assert "Assigned 2, waiting 3" in result.stdout
    assert "SHA-256 of the seed: " in result.stdout


@pytest.mark.parametrize(
    ("content", "more", "words"),
    [
        (ROWS, ["--places", "6"], ["6 places and only 5"]),
        (ROWS, ["--places", "-1"], ["negative"]),
        (ROWS, ["--places", "two"], ["--places"]),
        (ROWS, ["--places", "1", "--seed", SEED[:-1]], ["64 hex digits"]),
        (ROWS, ["--places", "1", "--stratum", "town"], ["no column “town”", "reference, area"]),
        (ROWS, ["--places", "1", "--bogus"], ["--bogus"]),
        ("Reference\nA\n", [], ["no column “reference”", "Reference"]),
        (" reference\nA\n", [], ["no column “reference”"]),
        ("reference,reference\nA,B\n", [], ["more than one column “reference”"]),
        ("", [], ["no column “reference”", "none"]),
        ("reference\n", [], ["list is empty"]),
        (
            "reference\nA\nB\n\nA\n",
            [],
            ["line 5: the reference “A” stands there already, on line 2"],
        ),
        ("reference;area\nA;north\n", [], ["semicolons between its columns: save it with commas"]),
        ('"reference";"area"\r\n"A";"north"\r\n', [], ["semicolons"]),
        ("area\treference\nnorth\tA\n", ["--stratum", "area"], ["tabs between its columns"]),
        ("nothing;area\nA;north\n", [], ["no column “reference”"]),
        ('reference\nA\n""\n', [], ["line 3", "reference is empty"]),
        ("reference,area\nA,\n", ["--stratum", "area"], ["line 2", "stratum is empty"]),
        ("reference,area\nA\n", ["--stratum", "area"], ["line 2 has 1 fields"]),
        ("reference\nA,B\n", [], ["line 2 has 2 fields"]),
        ('reference\n"A,B"\n', [], ["comma"]),
        ('reference\n"A\nB"\n', [], ["line break"]),
        ('reference\n"A\r"\n', [], ["line break"]),
        ('reference,area\nA,"x,y"\n', ["--stratum", "area"], ["stratum", "comma"]),
        ('reference\n"A"B\n', [], ["line 2"]),
        ('reference\n"A\n', [], ["line 2"]),
        (b"reference\nA\xff\n", [], ["not UTF-8", "byte 12"]),
        ("reference\n" + "x" * 200_000 + "\n", [], ["line 2", "limit"]),
    ],
)
def test_what_is_wrong_is_said_in_one_line(run, written, content, more, words):
    options = ["--places", "1", "--seed", SEED, "--json", *more]
    assert in_one_line(run("draw", written(content), *options), *words)


def test_a_missing_file_and_a_folder_are_refused(run, tmp_path):
    for path in (tmp_path, tmp_path / "none.csv"):
        assert in_one_line(run("draw", str(path), "--places", "1", "--seed", SEED), str(path))
        assert in_one_line(run("verify-draw", str(path)), str(path))


def test_missing_options_are_said_in_one_line(run, written):
    assert in_one_line(run("draw"), "FILE")
    assert in_one_line(run("draw", written(ROWS), "--seed", SEED), "--places")
    assert in_one_line(run("draw", written(ROWS), "--places", "1"), "--seed")


def published(**changes):
    secret, public_value = b"s" * 32, "4 8 15 16 23 42 – Łódź"
    entries = [Entry(f"R{n}", "é" if n % 2 else "z") for n in range(9)]
    outcome = draw(entries, places=4, seed=seed_of(secret, public_value))
    return json.dumps(published_form(outcome, secret=secret, public_value=public_value) | changes)


def test_a_published_draw_is_found_right(run, written):
    result = run("verify-draw", written(published()))
    assert (result.exit_code, result.stdout) == (0, "")
    assert "4 of 9 assigned" in result.stderr


def test_the_first_difference_ends_with_one(run, written):
    result = run("verify-draw", written(published(places=5)))
    assert (result.exit_code, result.stdout) == (1, "")
    assert "quotas: stratum “z”" in result.stderr


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("", "not JSON"),
        ("{", "not JSON"),
        ("[" * 100_000, "not JSON"),
        ("1" * 5_000, "not JSON"),
        ('{"seed": 1, "seed": 2}', "“seed” stands twice"),
        ("[]", "JSON object"),
        (b"\xff", "not UTF-8"),
        (published(seed="x"), "64 hex digits"),
    ],
)
def test_a_broken_file_is_refused(run, written, content, words):
    assert in_one_line(run("verify-draw", written(content)), words)


def flask(*words, **environment):
    command = [sys.executable, "-m", "flask", "voucher", *words]
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, check=False)


@pytest.mark.parametrize(
    "environment",
    [{}, {"APP_ENV": "production"}, {"LC_ALL": "C", "PYTHONUTF8": "0", "DATABASE_URL": "nonsense"}],
    ids=["nothing set", "no setting of production", "another terminal"],
)
def test_no_settings_are_needed(written, environment):
    file = written("reference,área\nÄ,Łódź\nB,Łódź\n")
    done = flask("draw", file, "--places", "1", "--seed", SEED, "--json", **environment)
    assert (done.returncode, done.stderr) == (0, b"")
    assert set(json.loads(done.stdout)["quotas"]) == {""}


@pytest.mark.slow
def test_the_whole_application_has_the_tools_too():
    environment = {"PATH": os.environ["PATH"], "APP_ENV": "test"}
    done = flask("--help", **environment)
    assert done.returncode == 0
    for name in tools.TOOLS:
        assert f"  {name} ".encode() in done.stdout


@pytest.mark.parametrize(
    ("arguments", "asked"),
    [
        (["/bin/flask", "voucher", "draw", "x.csv"], True),
        (["/x/flask/__main__.py", "--app", "wsgi", "voucher", "verify-draw"], True),
        (["/bin/flask", "--app", "voucher", "voucher", "draw", "x.csv"], True),
        (["/bin/flask", "voucher", "migrate"], False),
        (["/bin/flask", "voucher"], False),
        (["/bin/flask", "run"], False),
        (["/bin/gunicorn", "voucher", "draw"], False),
    ],
)
def test_only_a_command_line_that_names_a_tool_gets_the_tools_alone(arguments, asked):
    assert tools.asked_for(arguments) is asked
