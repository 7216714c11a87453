"""What is published of a settled ranked list, and whether it is what the rule gives. Pure.

A JSON object: `rule` (the plan: criteria with weights, and figures), `free_pence` (what the round
could still promise), `replaces_who_leaves_before_issue`, `secret_sha256` (published before the
first mark), `seed` (the secret, as hexadecimal) and `ranked`: for each application its `rank`,
`reference`, `outcome`, `doubled` (twice its result in weighted marks), `points` (the same out of
100) and `award_pence`. The marks of single scorers are not published: they are for the business.
Other keys (names, moments) are for readers.
"""

import hashlib
from collections.abc import Mapping
from typing import Any

from voucher.allocation.draw import parse_hex
from voucher.allocation.scored.rules import rule_stored
from voucher.allocation.scoring import (
    Candidate,
    Ranking,
    ScoringRule,
    check_rule,
    in_words,
    points,
    rank,
)
from voucher.core.errors import Invalid

FOR_EVERYBODY = (
    *("scoring", "round", "round_name", "plan_version", "rule"),
    *("replaces_who_leaves_before_issue", "free_pence", "secret_sha256", "seed", "left"),
)
OF_A_ROW = ("rank", "reference", "outcome", "doubled", "points", "award_pence")
_ROW = {"rank": int, "reference": str, "outcome": str, "doubled": int, "points": str}
_CRITERION = {"code": str, "name": str, "words": str, "weight_bps": int}
_RULE = {"highest_mark": int, "apart_bps": int, "least_bps": int}
_PERHAPS = ("apart_marks", "places")


def public_list(ranking: Mapping[str, Any]) -> dict[str, Any]:
    """What everybody may see of a ranked list as it is stored, without the scorers' marks."""
    rows = [{key: row[key] for key in OF_A_ROW} for row in ranking["ranked"]]
    return {**{key: ranking[key] for key in FOR_EVERYBODY}, "ranked": rows}


def first_ranked_difference(published: Any) -> str | None:
    """The first thing in a published list that the rule does not give; None if there is none.

    Raises Invalid, with words for a person, if it is no published list at all.
    """
    rule = _read(published)
    seed = parse_hex(published["seed"])
    if hashlib.sha256(seed).hexdigest() != published["secret_sha256"]:
        return "secret: its SHA-256 is not the one that was published before the first mark"
    candidates = [
        Candidate(row["reference"], row["doubled"], row["award_pence"])
        for row in published["ranked"]
    ]
    found = rank(rule, candidates, free_pence=published["free_pence"], seed=seed)
    expected = expected_rows(rule, found, replaces=published["replaces_who_leaves_before_issue"])
    for number, (given, right) in enumerate(zip(published["ranked"], expected, strict=True), 1):
        for key, value in right.items():
            if given[key] != value:
                return f"line {number}: {key} is “{given[key]}”, the rule gives “{value}”"
    return None


def expected_rows(rule: ScoringRule, found: Ranking, *, replaces: bool) -> list[dict[str, Any]]:
    """What the rule gives for each line of the list, from the first rank."""
    outcomes = (
        *((one, "offered") for one in found.offered),
        *((one, "waiting" if replaces else "unplaced") for one in found.waiting),
        *((one, "below") for one in found.below),
    )
    return [
        {
            "rank": number,
            "reference": one.reference,
            "outcome": outcome,
            "points": in_words(points(rule, one.doubled)),
        }
        for number, (one, outcome) in enumerate(outcomes, 1)
    ]


def _read(published: Any) -> ScoringRule:
    """The rule of a published list whose form is right; Invalid for any other."""
    if not isinstance(published, Mapping):
        raise Invalid("A published ranked list is a JSON object.")
    top = {"free_pence": int, "secret_sha256": str, "seed": str, "ranked": list, "rule": dict}
    _require(published, {**top, "replaces_who_leaves_before_issue": bool}, "The ranked list")
    for number, row in enumerate(published["ranked"], 1):
        _require(row, {**_ROW, "award_pence": int}, f"Line {number}")
    columns = published["rule"]
    _require(columns, {**_RULE, "criteria": list}, "The rule")
    for name in _PERHAPS:
        if columns.get(name) is not None:
            _require(columns, {name: int}, "The rule")
    for criterion in columns["criteria"]:
        _require(criterion, _CRITERION, "A criterion")
    rule = rule_stored(
        {
            **{name: columns.get(name) for name in (*_RULE, *_PERHAPS)},
            "criteria": [
                {key: criterion[key] for key in _CRITERION} for criterion in columns["criteria"]
            ],
        }
    )
    check_rule(rule)
    return rule


def _require(found: Any, wanted: Mapping[str, type], what: str) -> None:
    if not isinstance(found, Mapping):
        raise Invalid(f"{what} is not an object.")
    for key, kind in wanted.items():
        if key not in found:
            raise Invalid(f"{what} has no “{key}”.")
        if not _is(found[key], kind):
            raise Invalid(f"“{key}” of {what[0].lower()}{what[1:]} is not {_KINDS[kind]}.")


_KINDS = {
    int: "a whole number",
    str: "text",
    list: "a list",
    dict: "an object",
    bool: "true or false",
}


def _is(value: Any, kind: type) -> bool:
    if kind is int:
        return isinstance(value, int) and not isinstance(value, bool)
    if kind is str:
        return isinstance(value, str) and not any("\ud800" <= sign <= "\udfff" for sign in value)
    return isinstance(value, kind)
