"""What `verify-ranking` finds in a published ranked list that was changed."""

import hashlib
import json

import pytest

from voucher.allocation.scored.published import (
    expected_rows,
    first_ranked_difference,
    public_list,
)
from voucher.allocation.scored.rules import stored_rule
from voucher.allocation.scoring import Candidate, Criterion, ScoringRule, rank
from voucher.cli import tools
from voucher.core.errors import Invalid

SECRET = bytes(range(32))
RULE = ScoringRule(
    criteria=(
        Criterion("need", "Need", "How much it costs.", 6_000),
        Criterion("reach", "Reach", "How many it helps.", 4_000),
    ),
    highest_mark=5,
    apart_bps=2_000,
    least_bps=4_000,
    places=2,
)
RESULTS = {"A": 90_000, "B": 70_000, "C": 70_000, "D": 70_000, "E": 20_000}


def published(replaces=True, **changes):
    """A list of five: the first clear, three equal, the last below the least."""
    candidates = [Candidate(name, doubled, 100_000) for name, doubled in RESULTS.items()]
    found = rank(RULE, candidates, free_pence=1_000_000, seed=SECRET)
    rows = [
        {**row, "doubled": RESULTS[row["reference"]], "award_pence": 100_000, "sheets": ["secret"]}
        for row in expected_rows(RULE, found, replaces=replaces)
    ]
    stored = {
        "scoring": "SCO-1",
        "round": "RND-1",
        "round_name": "Fictional round",
        "plan_version": 1,
        "rule": stored_rule(RULE),
        "replaces_who_leaves_before_issue": replaces,
        "free_pence": 1_000_000,
        "secret_sha256": hashlib.sha256(SECRET).hexdigest(),
        "seed": SECRET.hex(),
        "left": [],
        "ranked": rows,
    }
    return json.loads(json.dumps(public_list(stored))) | changes


def with_row(number, **changes):
    file = published()
    file["ranked"][number] |= changes
    return file


@pytest.mark.parametrize("replaces", [True, False])
def test_what_the_rule_gives_is_found_right(replaces):
    file = published(replaces)
    assert first_ranked_difference(file) is None
    assert [row["outcome"] for row in file["ranked"]].count("offered") == 2
    assert "sheets" not in file["ranked"][0]


def test_lines_in_another_order_are_found():
    file = published()
    file["ranked"][1], file["ranked"][2] = file["ranked"][2], file["ranked"][1]
    assert "line 2: rank is “3”" in first_ranked_difference(file)


@pytest.mark.parametrize(
    ("file", "words"),
    [
        (with_row(4, outcome="offered"), "line 5: outcome is “offered”, the rule gives “below”"),
        (with_row(0, points="91"), "line 1: points is “91”, the rule gives “90”"),
        (with_row(1, doubled=99_000), "line 1: reference"),
        (published(free_pence=150_000), "line 2: outcome is “offered”, the rule gives “waiting”"),
        (published(seed="00" * 32), "secret: its SHA-256"),
        (published(replaces_who_leaves_before_issue=False), "the rule gives “unplaced”"),
    ],
)
def test_a_change_is_named(file, words):
    assert words in first_ranked_difference(file)


def without(key):
    file = published()
    del file[key]
    return file


@pytest.mark.parametrize(
    ("file", "words"),
    [
        ([], "JSON object"),
        (without("seed"), "has no “seed”"),
        (published(seed="x"), "64 hex digits"),
        (published(seed="\ud800"), "“seed” of the ranked list is not text"),
        (published(free_pence=True), "is not a whole number"),
        (published(free_pence="1"), "is not a whole number"),
        (published(ranked={}), "is not a list"),
        (published(ranked=[1]), "Line 1 is not an object"),
        (published(rule=[]), "is not an object"),
        (published(rule={}), "The rule has no"),
        (published(rule={**stored_rule(RULE), "places": "2"}), "“places” of the rule"),
        (published(rule={**stored_rule(RULE), "criteria": [{}]}), "A criterion has no “code”"),
        (published(rule={**stored_rule(RULE), "criteria": []}), "1 to 12 criteria"),
        (with_row(0, reference="B"), "stands on the list twice"),
        (with_row(0, award_pence=-1), "can’t be"),
        (with_row(0, rank="1"), "“rank” of line 1 is not a whole number"),
    ],
)
def test_what_is_no_ranked_list_is_refused(file, words):
    with pytest.raises(Invalid, match=words):
        first_ranked_difference(file)


@pytest.mark.parametrize(
    ("file", "status", "words"),
    [
        (published(), 0, "what the rule gives: 2 of 5 have a place"),
        (with_row(0, points="91"), 1, "DIFFERENT: line 1: points"),
        ([], 2, "JSON object"),
    ],
)
def test_the_command_says_what_it_found(tmp_path, file, status, words):
    path = tmp_path / "list.json"
    path.write_text(json.dumps(file))
    runner = tools.application().test_cli_runner()
    done = runner.invoke(args=["voucher", "verify-ranking", str(path)])
    assert (done.exit_code, done.stdout) == (status, "")
    assert done.stderr.count("\n") == 1
    assert words in done.stderr
