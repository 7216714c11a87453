"""What a programme knows, where evidence is thin, and the test that is worth most."""

import json
import math

import pytest
from scipy import integrate, stats

from tests.unit.evaluation.synthesis.rounds import a_round, effect, outcome
from voucher.evaluation.estimators.power import Design, needed_for_share
from voucher.evaluation.learning.rules import (
    BY_CHOICE,
    NOT_DRAWN,
    ONE_ROUND,
    TWO_ROUNDS,
    WORTHWHILE,
    main_outcome,
    mix_of,
)
from voucher.evaluation.learning.suggesting import (
    DEFAULTS,
    UnderWay,
    assumptions,
    learned,
    needed,
)
from voucher.evaluation.synthesis.pooling import common_effect, pool

AREA = "Selling and reaching customers"
COMPANIES = "Companies registered for VAT"
MIX = {"sent": 300, "areas": {AREA: 120, "Stock": None}, "providers": {COMPANIES: 90}}


def told(number, *outcomes, **more):
    """A round whose report tells of 300 applications."""
    return a_round(number, *outcomes, **{**MIX, **more})


def of_two_values(*outcomes, **more):
    """300 applications for vouchers of up to £1,000, and 100 for £2,000 in a round not drawn."""
    more = {"sent": 100, "value_cap_pence": 200_000, "areas": {}, "providers": {}}
    return [told(1, *outcomes, sent=200), told(9, randomised=False, **more)]


def part(found, by, label=None):
    return next(
        each
        for each in found["parts"]
        if each["by"] == by and (label is None or each["label"] == label)
    )


def row(label, estimate, error, *, n=60, by="area"):
    whole = effect(estimate, error)
    return {
        "by": by,
        "value": label,
        "label": label,
        "code": "adoption",
        "wave": "month_6",
        "n_offered": n,
        "n_comparison": n,
        "estimate": estimate,
        "ci_low": whole["ci_low"],
        "ci_high": whole["ci_high"],
        "interaction_p": None,
        "refused": None,
    }


def test_without_any_trial_everything_is_uncertain_and_the_whole_comes_first():
    found = learned([told(1, randomised=False)])
    whole = part(found, "all")
    assert whole["evidence"] == "none"
    assert whole["reasons"] == [NOT_DRAWN]
    assert whole["worth"] == pytest.approx(300 * WORTHWHILE / math.sqrt(2 * math.pi))
    assert found["outcome"] is None
    assert found["suggestion"]["by"] == "all"
    assert found["suggestion"]["assumed"] == DEFAULTS
    assert json.loads(json.dumps(found)) == found


def test_kinds_of_provider_are_described_and_never_suggested():
    """Chosen after the draw by those with a voucher: no design of a round estimates them."""
    for rounds in ([told(1, outcome())], [told(1, randomised=False, sent=None, areas={})]):
        found = learned(rounds)
        kind = part(found, "provider")
        assert (kind["evidence"], kind["reasons"]) == ("described", [BY_CHOICE])
        assert (kind["businesses"], kind["worth"], kind["estimate"]) == (90, 0, None)
        names = [found["suggestion"] and found["suggestion"]["label"]]
        names += found["suggestion"]["others"] if found["suggestion"] else []
        assert COMPANIES not in names


def test_one_precise_round_is_some_evidence_and_three_are_good():
    assert part(learned([told(1, outcome(0.3, 0.02))]), "all")["evidence"] == "some"
    rounds = [told(n, outcome(0.3 + n / 1000, 0.01, n=400)) for n in (1, 2, 3)]
    found = part(learned(rounds), "all")
    assert (found["evidence"], found["rounds"], found["analysed"]) == ("good", 3, 2400)
    wanted = pool([0.301, 0.302, 0.303], [0.01] * 3)
    assert found["estimate"] == pytest.approx(wanted.estimate)
    assert found["ci_high"] == pytest.approx(wanted.ci_high)


def test_two_rounds_are_taken_to_have_one_effect_and_that_is_said():
    found = part(learned([told(n, outcome(n / 10, 0.03)) for n in (1, 2)]), "all")
    assert found["ci_high"] == pytest.approx(common_effect([0.1, 0.2], [0.03] * 2).ci_high)
    assert (found["evidence"], found["reasons"]) == ("some", [TWO_ROUNDS])


def test_few_businesses_and_wide_intervals_are_thin_evidence():
    found = part(learned([told(1, outcome(0.3, 0.08, n=20))]), "all")
    assert found["evidence"] == "thin"
    assert found["reasons"][0].startswith("Fewer than 100")
    assert "32 percentage points" in found["reasons"][1]
    withheld = part(learned([told(1, outcome(0.3, 0.02, n=None))]), "all")
    assert withheld["analysed"] is None
    assert (withheld["evidence"], withheld["reasons"]) == ("some", [ONE_ROUND])


@pytest.mark.parametrize(
    ("estimate", "error", "words"),
    [
        (0.05, 0.08, "The interval is too wide to tell a worthwhile effect from none: 32 percent"),
        (0.3, 0.08, "The interval is wide, 32 percentage points, so nobody can say well how large"),
        (-0.3, 0.08, "The interval is wide, 32 percentage points, so nobody can say well how lar"),
        (0.1, 0.8, "from none: 200 percentage points."),
    ],
)
def test_a_wide_interval_is_said_to_leave_open_only_what_it_does(estimate, error, words):
    found = part(learned([told(1, outcome(estimate, error))]), "all")
    assert words in found["reasons"][0]


def test_areas_come_from_subgroups_and_are_put_together():
    rounds = [
        told(1, outcome(0.1, 0.03), subgroups=(row(AREA, 0.2, 0.05), row("Other", 0.1, 0.1))),
        told(2, outcome(0.1, 0.03), subgroups=(row(AREA, 0.1, 0.05),)),
        told(3, outcome(0.1, 0.03), subgroups=(row(AREA, 0.9, 0.05, by="size"),)),
    ]
    found = part(learned(rounds), "area", AREA)
    wanted = common_effect([0.2, 0.1], [0.05 * 1.972 / 1.96] * 2)
    assert found["estimate"] == pytest.approx(wanted.estimate)
    assert (found["rounds"], found["businesses"]) == (2, 360)
    assert part(learned(rounds), "area", "Stock")["evidence"] == "none"
    assert part(learned(rounds), "area", "Other")["businesses"] is None


def test_a_withheld_subgroup_or_one_without_a_range_tells_nothing():
    blank = {**row(AREA, 0.1, 0.05), "estimate": None, "ci_low": None, "ci_high": None}
    flat = {**row(AREA, 0.1, 0.05), "ci_low": 0.1, "ci_high": 0.1}
    found = learned([told(1, outcome(), subgroups=(blank, flat))])
    assert part(found, "area", AREA)["rounds"] == 0


def test_values_are_told_apart_by_round():
    rounds = [told(1, outcome(0.1, 0.03)), told(2, outcome(0.2, 0.03), value_cap_pence=200_000)]
    found = learned(rounds)
    assert part(found, "value", "Vouchers of up to £2,000")["estimate"] == 0.2
    assert part(found, "value", "Vouchers of up to £1,000")["estimate"] == 0.1


def test_estimates_without_a_standard_error_are_no_evidence():
    rounds = [told(1, outcome(0.1, 0.0)), told(2, outcome(0.1, 0.02))]
    assert part(learned(rounds), "all")["rounds"] == 1
    assert part(learned(rounds[:1]), "all")["evidence"] == "none"


def test_estimates_that_can_not_be_pooled_are_no_evidence(monkeypatch):
    monkeypatch.setattr("voucher.evaluation.synthesis.pooling.TOLERANCES", ())
    rounds = [told(n, outcome(0.1)) for n in (1, 2, 3)]
    assert part(learned(rounds), "all")["evidence"] == "none"


def test_a_round_whose_follow_up_is_not_over_is_no_evidence():
    made = outcome(0.3, 0.02)
    made["attrition"] = {"standing": "open"}
    assert part(learned([told(1, made)]), "all")["evidence"] == "none"


def test_an_effect_that_was_not_estimated_is_no_evidence():
    assert part(learned([told(1, outcome(None))]), "all")["evidence"] == "none"


@pytest.mark.parametrize(("estimate", "error"), [(0.1, 0.05), (0.2, 0.05), (-0.05, 0.04)])
def test_worth_is_what_a_wrong_decision_loses_on_average(estimate, error):
    """Against the integral of the loss over what the true effect may be."""
    found = part(learned([told(1, outcome(estimate, error))]), "all")
    spread = error * 1.972 / 1.96
    goes_on = estimate >= WORTHWHILE

    def lost(truth):
        wrong = truth < WORTHWHILE if goes_on else truth > WORTHWHILE
        return wrong * abs(truth - WORTHWHILE) * stats.norm.pdf(truth, estimate, spread)

    wanted, _ = integrate.quad(lost, -1, 1, points=[WORTHWHILE], limit=200)
    assert found["worth"] == pytest.approx(300 * wanted, rel=1e-6)


def test_numbers_are_added_up_without_what_a_report_withholds():
    found = mix_of([told(1), told(2, sent=None, areas={AREA: None, "Stock": 7})])
    assert found.applications == 300
    assert found.areas == {AREA: 120, "Stock": 7}
    assert found.values == {100_000: 300}
    assert found.providers == {COMPANIES: 180}
    assert mix_of([told(1, sent=None)]).applications is None
    assert mix_of([]).applications == 0


def test_what_is_known_is_tested_no_more():
    rounds = of_two_values(outcome(0.4, 0.02))
    found = learned(rounds)
    assert found["suggestion"]["label"] == "Vouchers of up to £2,000"
    tested = told(2, outcome(0.3, 0.03), sent=100, value_cap_pence=200_000, areas={})
    done = learned([*rounds[:1], tested])
    assert done["suggestion"] is None


def test_one_value_alone_is_the_whole_and_what_is_left_over_can_not_be_aimed_at():
    found = learned([told(1, randomised=False, areas={"Others": 300, "Not known": 300})])
    assert found["suggestion"]["by"] == "all"
    assert found["suggestion"]["others"] == []


def test_an_area_is_suggested_only_where_enough_have_named_it():
    wanted = needed(DEFAULTS | {"take_up": 0.7})
    few = learned([told(1, outcome(0.3, 0.02, n=1000))])
    reason = next(each for each in few["not_suggested"] if each["label"] == AREA)
    assert reason["why"].endswith("and there have been 120")
    stock = next(each for each in few["not_suggested"] if each["label"] == "Stock")
    assert stock["why"].endswith("fewer than that")
    many = learned([told(1, outcome(0.3, 0.02), areas={AREA: wanted})])["suggestion"]
    assert (many["by"], many["businesses"]) == ("area", wanted)
    assert many["drawn"] <= 2 * wanted


def test_the_number_needed_is_for_the_value_that_is_suggested():
    """Sized by the newest drawn round of that value, though a later one had another."""
    thin = told(1, outcome(0.1, 0.2), sent=900, closes_on="2025-01-31", areas={})
    thin.findings["outcomes"][0]["mean_comparison"] = 0.15
    later = told(2, outcome(0.1, 0.02), value_cap_pence=200_000, areas={})
    later.findings["outcomes"][0]["mean_comparison"] = 0.5
    found = learned([thin, later])["suggestion"]
    assert found["label"] == "Vouchers of up to £1,000"
    assert found["assumed"]["before"] == 0.15
    assert found["drawn"] == needed(found["assumed"])


def test_a_test_that_is_under_way_is_not_suggested_again():
    rounds = of_two_values()
    going = UnderWay("Spring", 200_000, ("size",))
    found = learned(rounds, [going])
    assert found["under_way"] == ["Spring"]
    assert found["suggestion"]["label"] == "Vouchers of up to £1,000"
    assert found["not_suggested"][0]["why"].startswith("the round “Spring” is to tell")
    both = learned(rounds, [going, UnderWay("Summer", 100_000, ("area",))])
    assert both["suggestion"] is None


def test_an_area_is_not_suggested_where_no_number_would_do():
    made = told(1, outcome(0.3, 0.02))
    made.findings["outcomes"][0]["mean_comparison"] = 0.95
    found = learned([made])
    assert {each["why"] for each in found["not_suggested"]} == {"no number of businesses would do"}


def test_without_applications_there_is_nothing_to_suggest():
    found = learned([])
    assert (found["suggestion"], found["not_suggested"]) == (None, [])


def test_withheld_numbers_count_as_four():
    found = learned([told(1, randomised=False, sent=None)])
    assert part(found, "all")["worth"] == pytest.approx(4 * WORTHWHILE / math.sqrt(2 * math.pi))


def test_the_main_outcome_is_the_primary_share_of_most_rounds():
    rounds = [
        a_round(1, outcome(code="hours", is_share=False)),
        a_round(2, outcome(code="renewed")),
        a_round(3, outcome()),
        a_round(4, outcome()),
        a_round(5, outcome(code="other", role="secondary")),
    ]
    assert main_outcome(rounds)[:2] == ("adoption", "month_6")
    assert main_outcome(rounds[:1]) is None


def test_the_next_trial_is_sized_by_the_newest_drawn_round():
    old = a_round(1, outcome(), closes_on="2025-01-31")
    new = a_round(2, outcome(), closes_on="2026-01-31")
    new.findings["outcomes"][0]["mean_comparison"] = 0.25
    new.findings["flow"] = {"received": {"offered": 60, "comparison": 0}}
    found = assumptions([new, old], ("adoption", "month_6", ""))
    assert found == pytest.approx({"before": 0.25, "take_up": 0.5, "response": 200 / 238})
    design = Design(drawn=2, response=200 / 238, take_up=0.5)
    assert needed(found) == needed_for_share(design, 0.25, 0.45)


def test_no_number_is_enough_where_nobody_uses_the_offer():
    assert needed({"before": 0.5, "take_up": 0.1, "response": 0.7}) is None


def test_assumptions_stay_where_power_can_be_worked_out():
    made = a_round(1, outcome(n=None))
    made.findings["outcomes"][0]["mean_comparison"] = 0.0
    made.findings["flow"] = {"received": {"offered": 0}}
    found = assumptions([made], ("adoption", "month_6", ""))
    assert found == {"before": 0.05, "take_up": 0.05, "response": DEFAULTS["response"]}
