"""What the design is worth, and what a voucher and an adopter cost."""

from dataclasses import replace

import pytest

from tests.factories.trials import simulated_set, trial_facts, trial_plan
from voucher.evaluation.analysis import cost
from voucher.evaluation.analysis.cost import cost_findings
from voucher.evaluation.analysis.design import design_findings
from voucher.evaluation.analysis.power import power_findings
from voucher.evaluation.analysis.rows import AnalysisSet, Facts, numbered, pseudonym
from voucher.evaluation.analysis.subgroups import NOT_KNOWN, SEVERAL, SUBGROUPS, joined_labels
from voucher.evaluation.plans.sizes import plan_figures

PLAN = trial_plan()
DRAWN = 100
ITT = {"estimate": 0.2, "ci_low": 0.1, "ci_high": 0.3, "standard_error": 0.05}


def primary(itt=ITT, n=(90, 90)):
    counts = {"n_offered": n[0], "n_comparison": n[1]}
    missing = {"missing_offered": DRAWN - n[0], "missing_comparison": DRAWN - n[1]}
    return {
        "attrition": missing,
        **counts,
        "itt": itt and {**counts, **itt},
        "itt_refused": None if itt else "Nobody answered.",
    }


def arms(take_up=0.0, support=0.0):
    found = {"take_up": {"offered": 0.7, "comparison": take_up}}
    return found if support is None else {**found, "similar_support": {"comparison": support}}


def line(standardised, code="staff"):
    return {"code": code, "label": code.capitalize(), "standardised": standardised}


ALIKE = (line(0.1), line(None), line(-0.25))


def design(baseline=ALIKE, told=None, by_arm=None, plan=PLAN):
    return design_findings(plan, baseline, told or primary(), by_arm or arms())


def test_a_clean_draw_is_level_five():
    found = design(by_arm=arms(0.05, 0.2))
    assert (found["label"], found["sms_level"], found["downgrades"]) == ("randomised", 5, [])
    assert (found["notes"], found["not_rated"]) == ([], None)


@pytest.mark.parametrize(
    ("baseline", "told", "by_arm", "words"),
    [
        ([line(-0.3)], None, None, "differ before the draw"),
        ([line(None)], None, None, "alike the groups were before the draw was not measured"),
        ([], None, None, "alike the groups were before the draw was not measured"),
        (ALIKE, primary(n=(40, 40)), None, "attrition boundary of the What Works Clearinghouse"),
        (ALIKE, primary(n=(93, 80)), None, "attrition boundary of the What Works Clearinghouse"),
        (ALIKE, primary(ITT | {"n_comparison": 60}), None, "missing from the analysis"),
        (ALIKE, None, arms(0.06), "6% of the comparison redeemed"),
        (ALIKE, None, arms(0.0, 0.25), "25% of the comparison had similar support"),
        (ALIKE, None, arms(0.0, None), "Similar support elsewhere was not measured"),
    ],
)
def test_each_fault_takes_one_level_and_says_why(baseline, told, by_arm, words):
    found = design(baseline, told, by_arm)
    assert found["sms_level"] == 4
    assert words in found["downgrades"][0]["reason"]


def test_an_imbalance_that_the_estimator_allows_for_is_told_and_costs_nothing():
    found = design([line(0.3, "adoption"), line(-0.4, "staff")])
    assert found["sms_level"] == 4
    assert "in: Staff. The estimator does not" in found["downgrades"][0]["reason"]
    assert "in: Adoption. The estimator allows for it" in found["notes"][0]["reason"]
    plain = replace(PLAN, estimator="difference")
    assert design([line(0.3, "adoption")], plan=plain)["sms_level"] == 4
    assert design([line(0.3, "adoption")])["sms_level"] == 5


def test_faults_add_up():
    found = design([line(0.4)], primary(n=(60, 80)), arms(0.5))
    assert found["sms_level"] == 2
    assert len(found["downgrades"]) == 3


def test_without_an_estimate_there_is_nothing_to_rate():
    found = design(told=primary(itt=None))
    assert found["sms_level"] is None
    assert found["downgrades"] == []
    assert found["not_rated"] == "The primary outcome could not be estimated: Nobody answered."
    assert found["power_reasons"] == ["no_estimate"]
    assert found["underpowered"]


def test_power_is_that_of_the_plan():
    found = power_findings(PLAN, ITT)
    assert found["detectable"] == plan_figures(PLAN)["compared"]["detectable"]
    assert found["planned_n"] == 320
    assert found["achieved_detectable"] == pytest.approx(2.8015 * 0.05, rel=1e-4)
    assert not found["underpowered"]


def worth(value, **changed):
    return replace(PLAN, assumptions=replace(PLAN.assumptions, worth_finding=value, **changed))


@pytest.mark.parametrize(
    ("plan", "standard_error", "moved", "reasons"),
    [
        (PLAN, 0.05, None, []),
        (PLAN, 0.08, None, ["less_precise"]),
        (PLAN, None, None, ["no_estimate"]),
        (worth(0.3), 0.05, None, []),
        (worth(0.1), 0.05, None, ["planned_low", "beyond_worth"]),
        (worth(0.21), 0.0525, None, ["beyond_worth"]),
        (worth(0.21), 0.05, None, []),
        (worth(0.21), 0.05, 0.5, ["beyond_worth"]),
        (worth(0.21), 0.05, -0.1, ["beyond_worth"]),
        (worth(0.21, places=15, demand=30), 0.05, None, ["finds_nothing", "planned_low"]),
    ],
)
def test_a_trial_is_underpowered_for_each_of_these_reasons(plan, standard_error, moved, reasons):
    found = power_findings(plan, {**ITT, "standard_error": standard_error}, moved)
    assert found["power_reasons"] == reasons
    assert found["underpowered"] == bool(reasons)


def test_plan_and_report_can_find_the_same():
    plan = worth(0.15, places=93, demand=186)
    compared = plan_figures(plan)["compared"]
    found = power_findings(plan, ITT)
    assert (found["detectable"], found["planned_power"]) == (
        compared["detectable"],
        compared["power"],
    )


@pytest.mark.parametrize("changed", [{"places": 400}, {"demand": 0}, {"before": 1.2}])
def test_a_plan_that_can_find_nothing_is_underpowered(changed):
    found = power_findings(replace(PLAN, assumptions=replace(PLAN.assumptions, **changed)), ITT)
    assert found["detectable"] is None
    assert found["underpowered"]


# --- cost ----------------------------------------------------------------------------------------


def rows_that_cost(offered_pence=1_000_000, comparison_pence=0, redeemed=True):
    rows = simulated_set(100, 0.2, 1)
    spent = {"offered": offered_pence, "comparison": comparison_pence}
    take_up = rows.take_up if redeemed else (False,) * 100
    facts = replace(rows.facts, spent_pence=spent, vouchers={})
    return replace(rows, facts=facts, take_up=take_up)


def adoption(low=0.1, high=0.3, role="primary", code="adoption", **values):
    itt = {"estimate": (low + high) / 2, "ci_low": low, "ci_high": high}
    return {"code": code, "role": role, "wave": "month_6", "itt": itt, **values}


def test_cost_per_additional_adopter_is_cost_of_an_offer_by_its_effect():
    rows = rows_that_cost()
    found = cost_findings(rows, [adoption()])
    offer = 1_000_000 / sum(rows.offered)
    assert found["per_adopter_pence"] == round(offer / 0.2)
    assert found["per_adopter_low_pence"] == round(offer / 0.3)
    assert found["per_adopter_high_pence"] == round(offer / 0.1)
    assert found["why"] is None
    assert found["per_voucher_pence"] == cost.half_up(1_000_000 / sum(rows.take_up))


def test_a_cancelled_voucher_is_in_neither_sum_nor_number():
    facts = replace(
        rows_that_cost(800_000).facts,
        vouchers={"offered": 8, "comparison": 0},
        cancelled={"offered": 2, "comparison": 0},
    )
    found = cost_findings(replace(rows_that_cost(), facts=facts), [])
    assert found["per_voucher_pence"] == 100_000
    assert (found["redeemed"], found["cancelled"], found["vouchers"]) == (10, 2, 8)


def test_an_adopter_costs_what_was_used_by_the_day_of_the_outcome():
    rows = rows_that_cost()
    facts = replace(rows.facts, spent_by={"month_6": {"offered": 500_000, "comparison": 0}})
    found = cost_findings(replace(rows, facts=facts), [adoption()])
    assert found["per_adopter_pence"] == round(500_000 / sum(rows.offered) / 0.2)
    assert (found["code"], found["wave"], found["role"]) == ("adoption", "month_6", "primary")


def test_an_offer_that_cost_no_more_than_none_is_divided_by_nothing():
    found = cost_findings(rows_that_cost(0, 100_000), [adoption()])
    assert (found["per_adopter_pence"], found["why"]) == (None, cost.NO_COST)


def test_what_the_comparison_cost_is_taken_off():
    rows = rows_that_cost(comparison_pence=100_000)
    count = {True: sum(rows.offered), False: 100 - sum(rows.offered)}
    offer = 1_000_000 / count[True] - 100_000 / count[False]
    found = cost_findings(rows, [adoption()])
    assert found["per_adopter_pence"] == cost.half_up(offer / 0.2)


def test_the_primary_outcome_goes_first():
    lesser = adoption(0.4, 0.6, role="secondary")
    other = adoption(code="staff")
    outcomes = [other, lesser, adoption()]
    with_both = cost_findings(rows_that_cost(), outcomes)
    assert with_both == cost_findings(rows_that_cost(), [adoption()])
    assert cost_findings(rows_that_cost(), [other, lesser])["per_adopter_pence"]


@pytest.mark.parametrize(
    ("outcomes", "redeemed", "why"),
    [
        ([], True, cost.NO_ADOPTION),
        ([adoption(code="staff")], True, cost.NO_ADOPTION),
        ([{**adoption(), "itt": None}], True, cost.NO_EFFECT),
        ([adoption(-0.1, 0.3)], True, cost.CONTAINS_ZERO),
        ([adoption(0.0, 0.3)], True, cost.CONTAINS_ZERO),
        ([adoption(-0.3, 0.0)], True, cost.CONTAINS_ZERO),
        ([adoption(-0.3, -0.1)], True, cost.NEGATIVE),
        ([adoption()], False, cost.NO_VOUCHER),
    ],
)
def test_what_can_not_be_stated_says_why(outcomes, redeemed, why):
    found = cost_findings(rows_that_cost(redeemed=redeemed), outcomes)
    assert found["per_adopter_pence"] is None
    assert found["per_adopter_high_pence"] is None
    assert found["why"] == why


def test_half_a_penny_goes_up():
    assert [cost.half_up(pence) for pence in (0.4, 0.5, 1.5, 2.49)] == [0, 1, 2, 2]


# --- rows and labels -----------------------------------------------------------------------------


def test_columns_of_different_length_are_no_set():
    facts: Facts = trial_facts(1)
    with pytest.raises(ValueError, match="one length"):
        AnalysisSet(facts, ("a",), ("v",), (True,), None, (True, False), {}, {})


def test_pseudonyms_depend_on_key_round_and_business():
    names = {
        pseudonym(key, round_, business)
        for key in (b"one", b"two")
        for round_ in ("RND-1", "RND-2")
        for business in ("APP-1", "APP-2")
    }
    assert len(names) == 8
    assert all(len(name) == 16 and int(name, 16) >= 0 for name in names)


def test_numbers_sort_as_the_names_do():
    names = [f"place {number:02}" for number in range(12)]
    assert list(numbered(names, "S")) == [f"S{number:02}" for number in range(1, 13)]


def test_rare_labels_are_joined_until_five_share_one():
    assert joined_labels(["a"] * 5 + ["b"] * 5) == ("a",) * 5 + ("b",) * 5
    assert joined_labels(["a"] * 9 + ["b"] * 2) == ("Others",) * 11
    assert joined_labels(["a"] * 9 + ["b"] * 2 + ["c"] * 3) == ("a",) * 9 + ("Others",) * 5
    assert joined_labels(["a"] * 2) == ("Others",) * 2
    assert joined_labels([]) == ()


class Something:
    """A business or an application with some columns."""

    def __init__(self, **columns):
        self.__dict__.update(columns)


@pytest.mark.parametrize(
    ("code", "columns", "label"),
    [
        ("size", {"headcount_band": None}, NOT_KNOWN),
        ("place", {"local_authority": "Leeds"}, "Leeds"),
        ("place", {"local_authority": None}, NOT_KNOWN),
        ("sector", {"sector": None}, NOT_KNOWN),
        ("sector", {"sector": "retail"}, "retail"),
        ("area", {"outcome_areas": []}, NOT_KNOWN),
        ("area", {"outcome_areas": ["one", "two"]}, SEVERAL),
        ("area", {"outcome_areas": ["unheard-of"]}, "unheard-of"),
    ],
)
def test_a_business_is_labelled_by_what_is_known(code, columns, label):
    row = Something(**columns)
    assert SUBGROUPS[code].read(row, row) == label
