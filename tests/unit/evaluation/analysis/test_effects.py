"""The figures of one outcome, each against what another way gives."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import statsmodels.formula.api as smf
from statsmodels.stats.contingency_tables import Table2x2

from tests.factories.trials import simulated_set, trial_plan
from voucher.evaluation.analysis.arms import attrition_findings, katz
from voucher.evaluation.analysis.effects import outcome_findings, planned_effect
from voucher.evaluation.analysis.groups import interaction_p, subgroup_findings
from voucher.evaluation.analysis.limits import EQUAL_RESPONSE, bounds_findings
from voucher.evaluation.estimators.trial import Trial, Undefined
from voucher.evaluation.models import Wave
from voucher.evaluation.plans.rules import PlannedOutcome, Role

ADOPTION = PlannedOutcome("adoption", Wave.MONTH_6, Role.PRIMARY)
PLAN = trial_plan(permutations=100)


def trial(outcome, offered, **columns):
    return Trial(outcome=np.array(outcome, float), offered=np.array(offered, bool), **columns)


def shares(a, n1, c, n0):
    """A trial in which `a` of `n1` offered and `c` of `n0` compared have the outcome."""
    outcome = [1] * a + [0] * (n1 - a) + [1] * c + [0] * (n0 - c)
    return trial(outcome, [1] * n1 + [0] * n0)


def test_the_relative_effect_is_katz():
    found = katz(shares(40, 90, 25, 85))
    table = Table2x2([[40, 50], [25, 60]])
    assert found["estimate"] == pytest.approx(table.riskratio)
    assert (found["ci_low"], found["ci_high"]) == pytest.approx(table.riskratio_confint())


@pytest.mark.parametrize(("a", "c"), [(0, 5), (5, 0), (20, 5), (5, 20), (20, 20)])
def test_where_nobody_or_everybody_has_the_outcome_there_is_no_ratio(a, c):
    with pytest.raises(Undefined, match="no ratio"):
        katz(shares(a, 20, c, 20))


def test_where_nobody_answered_there_is_no_ratio():
    with pytest.raises(Undefined, match="no ratio"):
        katz(trial([np.nan, np.nan, 1, 0], [1, 1, 0, 0]))


def test_attrition_is_told_as_missing():
    outcome = [1.0] * 30 + [np.nan] * 20 + [1.0] * 45 + [np.nan] * 5
    found = attrition_findings(trial(outcome, [1] * 50 + [0] * 50))
    assert (found["missing_offered"], found["missing_comparison"]) == (20, 5)
    assert found["difference"] == pytest.approx(0.3)
    assert 0 < found["ci_low"] < 0.3 < found["ci_high"]
    assert found["p_value"] < 0.01


def test_attrition_of_nobody_has_no_interval():
    found = attrition_findings(shares(4, 10, 3, 10))
    assert found["difference"] == 0
    assert (found["ci_low"], found["ci_high"], found["p_value"]) == (None, None, None)


def test_attrition_of_an_empty_arm_is_none():
    found = attrition_findings(trial([1.0, 0.0], [1, 1]))
    assert found["share_missing_comparison"] is None
    assert found["difference"] is None


def test_bounds_stand_where_the_arms_answered_unequally():
    rows = simulated_set(600, 0.2, 5, response=0.7, apart=0.2)
    found = outcome_findings(rows, PLAN, ADOPTION)
    assert found["attrition"]["difference"] < 0
    assert found["attrition"]["p_value"] < 0.05
    bounds = found["lee"]
    assert bounds["trimmed_arm"] == "offered"
    assert bounds["lower"] < found["mean_offered"] - found["mean_comparison"] < bounds["upper"]


def test_bounds_trim_the_comparison_where_it_answered_more():
    rows = simulated_set(600, 0.2, 5, response=0.9, apart=-0.2)
    assert outcome_findings(rows, PLAN, ADOPTION)["lee"]["trimmed_arm"] == "comparison"


def test_equal_answers_need_no_bounds():
    rows = simulated_set(100, 0.2, 5, response=1.0)
    found = outcome_findings(rows, PLAN, ADOPTION)
    assert found["lee"] is None
    assert found["lee_refused"] == EQUAL_RESPONSE


def test_a_mean_has_no_relative_effect():
    hours = PlannedOutcome("hours_lost_week", Wave.MONTH_6)
    found = outcome_findings(simulated_set(100), PLAN, hours)
    assert found["relative"] is None
    assert found["relative_refused"] is None


@pytest.mark.parametrize("estimator", ["difference", "stratified", "ancova", "lin"])
def test_every_estimator_that_a_plan_can_name(estimator):
    rows = simulated_set(400, 0.2, 8)
    found = outcome_findings(rows, replace(PLAN, estimator=estimator), ADOPTION)
    assert found["itt"]["estimator"] == estimator
    assert found["itt"]["ci_low"] < 0.2 < found["itt"]["ci_high"]
    assert found["users"]["estimate"] > found["itt"]["estimate"]


def test_an_estimator_of_something_else_is_refused():
    found = outcome_findings(simulated_set(60), replace(PLAN, estimator="lee"), ADOPTION)
    assert found["itt"] is None
    assert "gives no effect of the offer" in found["itt_refused"]


def test_a_covariate_that_nobody_gave_is_refused():
    plan = replace(PLAN, covariates=("turnover_pounds",))
    assert outcome_findings(simulated_set(60), plan, ADOPTION)["itt"] is None


def test_linked_businesses_are_clustered():
    rows = simulated_set(200, 0.2, 4)
    linked = replace(rows, clusters=tuple(f"C{number // 2:03}" for number in range(200)))
    plan = replace(PLAN, estimator="ancova")
    alone, together = (outcome_findings(each, plan, ADOPTION) for each in (rows, linked))
    assert alone["itt"]["estimate"] == pytest.approx(together["itt"]["estimate"])
    assert alone["itt"]["df"] != together["itt"]["df"]
    assert together["users"]["df"] <= 99


def test_without_strata_none_are_used():
    rows = replace(simulated_set(200, 0.2, 4), strata=None)
    found = outcome_findings(rows, replace(PLAN, estimator="difference"), ADOPTION)
    assert found["itt"]["dropped_strata"] == []
    assert "stratified" not in found["randomisation"]["definition"]
    plan = replace(PLAN, estimator="stratified")
    assert "needs the column" in outcome_findings(rows, plan, ADOPTION)["itt_refused"]


def test_a_stratum_that_was_left_out_is_named():
    plan = replace(PLAN, estimator="stratified")
    outcome = [1, 0, 1, 0, 1, 1, 0, 0, 1, 0]
    offered = [1, 1, 0, 0, 1, 1, 0, 0, 1, 1]
    strata = np.array(["S1"] * 4 + ["S2"] * 4 + ["S3"] * 2)
    found = planned_effect(trial(outcome, offered, stratum=strata), plan)
    assert found["dropped_strata"] == ["S3"]
    assert found["n_offered"] == 4


def test_the_interaction_is_that_of_statsmodels_formulas():
    rows = simulated_set(300, 0.2, 9)
    outcome, size = np.array(rows.outcome("month_6", "adoption")), np.array(rows.subgroups["size"])
    offered = np.array(rows.offered)
    known = ~np.isnan(outcome)
    frame = pd.DataFrame({"y": outcome[known], "z": offered[known] * 1.0, "g": size[known]})
    fit = smf.ols("y ~ C(g) * z", frame).fit(cov_type="HC2", use_t=True)
    names = [name for name in fit.params.index if ":z" in name]
    expected = float(np.squeeze(fit.f_test(", ".join(f"{name} = 0" for name in names)).pvalue))
    assert interaction_p(trial(outcome, offered), size) == pytest.approx(expected, rel=1e-6)


def test_subgroups_cover_everybody_and_are_for_the_primary_outcome():
    rows = simulated_set(300, 0.2, 9)
    found = subgroup_findings(rows, PLAN)
    for by in PLAN.subgroups:
        parts = [each for each in found if each["by"] == by]
        assert len({each["interaction_p"] for each in parts}) == 1
        count = sum(each["n_offered"] + each["n_comparison"] for each in parts)
        assert count == np.count_nonzero(~np.isnan(rows.outcome("month_6", "adoption")))


def test_a_part_that_is_too_small_is_refused_and_takes_no_part_in_the_interaction():
    outcome = [1, 0, 1, 0, 1, 0, 0, 1, 1, 0]
    offered = [1, 1, 0, 0, 1, 1, 0, 0, 1, 0]
    column = np.array(["a"] * 4 + ["b"] * 4 + ["c"] * 2)
    with_c, without = (
        interaction_p(trial(outcome[:end], offered[:end]), column[:end]) for end in (10, 8)
    )
    assert with_c == without is not None
    rows = replace(simulated_set(10), subgroups={"size": ("a",) * 9 + ("b",)})
    part = subgroup_findings(rows, replace(PLAN, subgroups=("size",)))[-1]
    assert part["value"] == "b"
    assert part["estimate"] is None
    assert part["refused"]
    assert part["interaction_p"] is None


def test_an_outcome_that_does_not_vary_in_a_part_has_no_interaction():
    column = np.array(["a"] * 4 + ["b"] * 4)
    same = trial([1, 1, 1, 1, 1, 0, 0, 1], [1, 1, 0, 0, 1, 1, 0, 0])
    assert interaction_p(same, column) is None


def test_the_randomisation_p_value_and_the_bounds_are_of_what_the_estimate_compares():
    """Outcomes that the start explains: without it the offer's effect is lost in them."""
    rng = np.random.default_rng(5)
    made = simulated_set(200, 0.0, 5, response=1.0)
    offered, before = np.array(made.offered), 10 * rng.normal(size=200)
    for arm in (offered, ~offered):
        before[arm] -= before[arm].mean()
    after = before + 0.5 * rng.normal(size=200) + 0.4 * offered
    after[rng.random(200) < np.where(offered, 0.1, 0.14)] = np.nan
    rows = replace(
        made,
        strata=None,
        baseline={"hours_lost_week": tuple(before)},
        follow_up={"month_6": {"hours_lost_week": tuple(after)}},
    )
    planned = PlannedOutcome("hours_lost_week", Wave.MONTH_6, Role.PRIMARY)
    plan = replace(PLAN, estimator="ancova", covariates=("hours_lost_week",), permutations=999)
    found = outcome_findings(rows, plan, planned)
    assert found["itt"]["p_value"] < 0.01
    assert found["randomisation"]["p_value"] < 0.01
    assert "covariates" in found["randomisation"]["definition"]
    assert found["lee"]["adjusted"]
    assert found["lee"]["lower"] <= found["itt"]["estimate"] <= found["lee"]["upper"]
    plain = outcome_findings(rows, replace(plan, estimator="difference", covariates=()), planned)
    assert plain["randomisation"]["p_value"] > 0.05
    widths = [each["lee"]["upper"] - each["lee"]["lower"] for each in (plain, found)]
    assert widths[0] > 3 * widths[1]


@pytest.mark.parametrize(
    ("estimator", "kinds"),
    [
        ("difference", ("Neyman", "Neyman")),
        ("stratified", ("Neyman", "Neyman")),
        ("ancova", ("HC2", "CR1")),
        ("lin", ("HC2", "CR1")),
    ],
)
def test_the_standard_error_that_was_used_is_named(estimator, kinds):
    rows = simulated_set(200, 0.2, 4)
    linked = replace(rows, clusters=tuple(f"C{number // 2:03}" for number in range(200)))
    plan = replace(PLAN, estimator=estimator)
    alone, together = (outcome_findings(each, plan, ADOPTION) for each in (rows, linked))
    assert (alone["itt"]["standard_error_kind"], together["itt"]["standard_error_kind"]) == kinds
    assert alone["users"]["standard_error_kind"] == "HC1"
    assert together["users"]["standard_error_kind"] == "CR1"


def test_where_strata_differ_in_who_answers_more_both_arms_are_trimmed():
    outcome = np.array(([1.0, 0] * 15) * 4)
    offered = np.array(([True] * 30 + [False] * 30) * 2)
    outcome[5:10] = outcome[95:100] = np.nan
    strata = np.array(["a"] * 60 + ["b"] * 60)
    found = bounds_findings(trial(outcome, offered, stratum=strata))
    assert found["trimmed_arm"] == "both"
    assert found["parts"] == 2
