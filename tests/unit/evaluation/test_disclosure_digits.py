"""Shares standardised to parts of a list keep no digits that tell of one part."""

from itertools import product
from typing import Any

import pytest

from tests.factories.findings import make_findings, make_hours, make_line, make_outcome
from voucher.evaluation.disclosure import protect_findings
from voucher.evaluation.disclosure_digits import cut_digits

SIZES = ((21, 40), (33, 70), (47, 91))
"""Answers in the offered arm of each part, and in both: known to whoever knows the list."""
DIVIDED = {"parts": 3, "fewest": 2, "without_lottery": []}


def standardised(counts: tuple[int, ...]) -> float:
    every = sum(both for _, both in SIZES)
    return sum(both / every * count / own for (own, both), count in zip(SIZES, counts, strict=True))


def fitting(shown: float) -> list[int]:
    """How many different counts of each part are in a set that gives the share that is shown."""
    digits = max(len(str(shown).partition(".")[2]), 1)
    ways = product(*(range(own + 1) for own, _ in SIZES))
    near = [each for each in ways if abs(standardised(each) - shown) <= 0.5000001 * 10**-digits]
    return [len(set(counts)) for counts in zip(*near, strict=True)]


def divided(**values: Any) -> dict[str, Any]:
    return make_findings(strata=DIVIDED, **values)


def test_a_share_fits_many_counts_of_the_parts():
    mean = standardised((2, 9, 14))
    assert fitting(mean) == [1, 1, 1]
    outcome = make_outcome(mean_offered=mean)
    shown = protect_findings(divided(outcomes=[outcome])).content["outcomes"][0]
    assert shown["mean_offered"] == round(mean, 3)
    assert min(fitting(shown["mean_offered"])) >= 5


def test_what_is_worked_out_from_shares_is_cut_alike():
    outcome = make_outcome(
        itt=(0.1512345, 0.0304321, 0.2726789),
        holm=0.0140001,
        randomisation=None,
        lee={"lower": 0.0811111, "upper": 0.2011111, "trimmed_share": 0.0831111}
        | {"trimmed_arm": "offered", "parts": 1, "adjusted": True},
    )
    outcome["relative"]["estimate"] = 1.3754321
    outcome["users"]["first_stage_f"] = 250.12345
    shown = protect_findings(divided(outcomes=[outcome])).content["outcomes"][0]
    itt = shown["itt"]
    assert [itt[name] for name in ("estimate", "ci_low", "ci_high")] == [0.151, 0.03, 0.273]
    assert shown["holm"] == 0.015
    assert shown["relative"]["estimate"] == 1.38
    assert shown["users"]["first_stage_f"] == 250.0
    assert (shown["lee"]["lower"], shown["lee"]["trimmed_share"]) == (0.081, 0.083)


def test_of_numbers_only_the_p_values_are_cut():
    hours = make_hours(mean_offered=4.1234567, holm=0.2812345)
    shown = protect_findings(divided(outcomes=[make_outcome(), hours])).content["outcomes"][1]
    assert shown["mean_offered"] == 4.1234567
    assert shown["holm"] == 0.282


def test_lines_beside_the_effects_and_the_cost_are_cut():
    line = make_line("online", "Sells online", "%", mean_offered=0.4123456, standardised=0.0512345)
    cost = {**make_findings()["cost"], "per_adopter_pence": 512_345, "why": None}
    design = {**make_findings()["design"], "achieved_detectable": 0.1712345}
    shown = protect_findings(divided(baseline=[line], cost=cost, design=design)).content
    assert shown["baseline"][0]["mean_offered"] == 0.412
    assert shown["baseline"][0]["standardised"] == 0.051
    assert shown["cost"]["per_adopter_pence"] == 512_000
    assert shown["design"]["achieved_detectable"] == 0.171


@pytest.mark.parametrize("strata", [None, {**DIVIDED, "parts": 1}])
def test_a_list_that_is_not_divided_keeps_its_digits(strata):
    mean = standardised((2, 9, 14))
    findings = make_findings(strata=strata, outcomes=[make_outcome(mean_offered=mean)])
    assert protect_findings(findings).content["outcomes"][0]["mean_offered"] == mean


def test_cutting_twice_changes_nothing():
    once = protect_findings(divided()).content
    twice = protect_findings(once).content
    assert twice == once
    cut_digits(twice)
    assert twice == once


def test_a_standardised_share_of_five_can_be_one_of_four():
    outcome = make_outcome(mean_offered=5 / 120)
    undivided = protect_findings(make_findings(outcomes=[outcome])).content["outcomes"][0]
    assert undivided["mean_offered"] == 5 / 120
    shown = protect_findings(divided(outcomes=[outcome])).content["outcomes"][0]
    assert shown["mean_offered"] is None
    nobody = make_outcome(mean_offered=0.0)
    assert protect_findings(divided(outcomes=[nobody])).content["outcomes"][0]["mean_offered"] == 0
