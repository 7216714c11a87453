"""The figures of a report: they add up, they hide what must be hidden, they invent nothing."""

from dataclasses import replace
from itertools import pairwise

import pytest

from voucher.evaluation.figures import (
    LEAVES,
    STEPS,
    Case,
    Spending,
    flow_counts,
    flow_figures,
    nearest_rank,
    round_figures,
)
from voucher.evaluation.indicators import INDICATORS, OUTCOMES, OUTCOMES_BY_CODE
from voucher.evaluation.models import Wave
from voucher.evaluation.reports.descriptive import cautions

MONEY = Spending(10_000_000, 100_000, 200_000, 3_000_000)
BEFORE = {"uses_technology": "general", "hours_lost_week": 10, "turnover_band": "25k-100k"}
AFTER = {"uses_technology": "made-for-it", "hours_lost_week": 4, "turnover_band": "100k-250k"}


def paid(number=1, **values):
    base = {
        "leaf": "paid",
        "areas": ("stock-and-supply",),
        "offering_areas": ("stock-and-supply",),
        "net_price_pence": 100_000,
        "voucher_pence": 50_000,
        "contribution_pence": 70_000,
        "decision_days": 3,
        "payment_days": 4,
        "answers": {Wave.BASELINE: BEFORE, Wave.MONTH_6: AFTER},
        "asked": frozenset({Wave.BASELINE, Wave.MONTH_6}),
    }
    return [Case(**{**base, **values}) for _ in range(number)]


def figures(cases, **days):
    return round_figures(cases, MONEY, **{"decision_days": 5, "payment_days": 5, **days})


def line(found, wave, code):
    return next(each for each in found["follow_up"][wave] if each["code"] == code)


def test_every_application_stands_in_one_place_and_the_flow_adds_up():
    cases = [Case(leaf) for leaf in LEAVES for _ in range(7)]
    counts = flow_counts(cases)
    assert counts["started"] == len(cases)
    for step in STEPS:
        assert counts[step.total] == sum(counts[part] for part in step.parts)
    assert counts["redeemed"] == 7 * 5
    steps = flow_figures(cases)["steps"]
    assert [each["key"] for each in steps] == ["started", "sent", "awarded", "redeemed", "paid"]
    for this, after in pairwise(steps):
        assert this["count"] == after["count"] + sum(each["count"] for each in this["exits"])


def test_an_application_that_stands_nowhere_is_a_defect():
    with pytest.raises(ValueError, match="nowhere"):
        flow_counts([Case("lost")])


def test_an_empty_round_gives_a_report_without_figures():
    found = figures([])
    assert found["flow"]["counts"]["started"] == 0
    assert found["prices"]["voucher_pence"] is None
    assert found["follow_up"] == {}
    assert found["clocks"]["decision"]["n"] == 0
    assert found["replies"]["month_6"]["rate_percent"] is None
    assert found["spending"]["free_pence"] == 6_700_000


def test_before_and_after_are_of_the_same_businesses():
    silent = {"answers": {Wave.BASELINE: {**BEFORE, "hours_lost_week": 90}}}
    blank = {Wave.BASELINE: BEFORE, Wave.MONTH_6: {"hours_lost_week": None}}
    found = figures([*paid(8), *paid(6, **silent), *paid(5, answers=blank)])
    hours = line(found, "month_6", "hours_lost_week")
    assert (hours["before"], hours["after"]) == (10.0, 4.0)
    assert (hours["answered"], hours["n"], hours["missing"]) == (13, 8, 5)
    assert found["replies"]["month_6"]["asked"] == 19
    assert found["replies"]["month_6"]["answered"] == 13
    assert found["replies"]["month_6"]["silent"] == 6
    assert found["replies"]["month_6"]["rate_percent"] == 68


def test_shares_are_of_those_who_answered():
    without = {Wave.BASELINE: BEFORE, Wave.MONTH_6: {**AFTER, "uses_technology": "no"}}
    found = figures([*paid(12), *paid(8, answers=without)])
    assert line(found, "month_6", "adoption")["after"] == 60
    assert line(found, "month_6", "adoption")["before"] == 0


def test_that_nobody_did_is_told_of_no_small_group():
    found = figures(paid(19))
    assert line(found, "month_6", "adoption")["before"] is None
    assert line(found, "month_6", "adoption")["after"] is None


def test_a_share_that_points_at_few_businesses_is_withheld():
    without = {Wave.BASELINE: BEFORE, Wave.MONTH_6: {**AFTER, "uses_technology": "no"}}
    found = figures([*paid(20), *paid(2, answers=without)])
    assert line(found, "month_6", "adoption")["after"] is None
    assert line(found, "month_6", "hours_lost_week")["after"] == 4.0


def test_fewer_than_five_answers_are_withheld():
    found = figures([*paid(4), *paid(30, answers={Wave.BASELINE: BEFORE})])
    hours = line(found, "month_6", "hours_lost_week")
    assert (hours["n"], hours["before"], hours["after"]) == (None, None, None)
    assert found["replies"]["month_6"]["answered"] is None
    assert found["replies"]["month_6"]["rate_percent"] is None


def test_what_the_flow_withholds_stands_nowhere_else():
    cases = [*paid(38), *[Case("claim_waiting")] * 2, *[Case("claim_rejected")] * 6]
    found = figures(cases)
    assert found["flow"]["counts"]["claim_waiting"] is None
    assert found["flow"]["counts"]["claim_rejected"] is None
    assert found["flow"]["counts"]["paid"] == 38
    assert found["flow"]["counts"]["redeemed"] == 46
    few = figures([*paid(2), *[Case("live")] * 9])
    assert few["flow"]["counts"]["redeemed"] is None
    assert few["prices"]["n"] is None
    assert few["prices"]["voucher_pence"] is None
    assert few["baseline"][0]["redeemed"]["all"] is None


def test_one_rare_reason_takes_another_with_it():
    cases = [Case("refused", refusal_reasons=("too_large",)) for _ in range(9)]
    cases += [Case("refused", refusal_reasons=("outside_area",)) for _ in range(7)]
    cases += [Case("refused", refusal_reasons=("not_trading",))]
    found = {each["code"]: each["count"] for each in figures(cases)["refusal_reasons"]}
    assert found == {"too_large": 9, "outside_area": None, "not_trading": None}


def test_clocks_count_the_median_and_nine_in_ten():
    days = [1, 2, 3, 3, 4, 4, 5, 5, 6, 12]
    cases = [replace(each, decision_days=day) for each, day in zip(paid(10), days, strict=True)]
    clock = figures(cases)["clocks"]["decision"]
    assert clock == {
        "published": 5,
        "n": 10,
        "median": 4,
        "ninetieth": 6,
        "within_percent": 80,
    }


@pytest.mark.parametrize(
    ("percent", "value"), [(1, 1), (50, 3), (60, 3), (61, 4), (90, 5), (100, 5)]
)
def test_a_percentile_is_one_of_the_values(percent, value):
    assert nearest_rank([1, 2, 3, 4, 5], percent) == value


def test_weak_figures_come_with_a_caution():
    silent = paid(30, answers={Wave.BASELINE: BEFORE})
    said = cautions(figures([*paid(10), *silent]))
    assert any("Only 25% of those asked 6 months after" in words for words in said)
    assert any("rest on 10 businesses" in words for words in said)
    assert cautions(figures(paid(60))) == []


def test_turnover_is_told_as_bands_higher_and_lower():
    lower = {Wave.BASELINE: BEFORE, Wave.MONTH_6: {"turnover_band": "under-25k"}}
    unsaid = {Wave.BASELINE: BEFORE, Wave.MONTH_6: {"turnover_band": "not-said"}}
    found = figures([*paid(7), *paid(5, answers=lower), *paid(9, answers=unsaid)])
    assert found["turnover"]["month_6"] == {"higher": 7, "same": 0, "lower": 5, "n": 12}


def test_prices_are_means_to_the_penny():
    cases = [*paid(4), *paid(1, voucher_pence=50_003)]
    assert figures(cases)["prices"]["voucher_pence"] == 50_001
    assert figures(paid(5))["prices"]["contribution_pence"] == 70_000


def test_every_indicator_reads_a_whole_answer_and_an_empty_one():
    from tests.factories.evaluation import BASELINE, FOLLOW_UP

    official = {
        "administrative_turnover": 1,
        "administrative_staff": 2,
        "administrative_trading": 1,
    }
    for indicator in OUTCOMES:
        assert indicator.read({**FOLLOW_UP, **official}) is not None
        assert indicator.read({}) is None
        assert (indicator.read(BASELINE) is not None) == indicator.in_baseline
    assert len(OUTCOMES_BY_CODE) == len(OUTCOMES) > len(INDICATORS)


@pytest.mark.parametrize(
    ("answer", "won", "lost"),
    [("won", 1, 0), ("lost", 0, 1), ("both", 1, 1), ("neither", 0, 0), ("unknown", None, None)],
)
def test_custom_won_and_lost_are_read_apart_and_not_knowing_is_missing(answer, won, lost):
    read = {code: OUTCOMES_BY_CODE[code].read({"custom": answer}) for code in CUSTOM}
    assert read == {"custom_won": won, "custom_lost": lost}


CUSTOM = ("custom_won", "custom_lost")


def test_turnover_in_pounds_is_set_beside_the_band_that_it_was():
    after = {Wave.BASELINE: BEFORE, Wave.MONTH_6: {"turnover_pounds": 120_000}}
    found = figures(paid(30, answers=after))["turnover"]["month_6"]
    assert (found["higher"], found["n"]) == (30, 30)
