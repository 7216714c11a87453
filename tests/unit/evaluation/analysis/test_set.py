"""The findings of a trial: their shape, that they add up, and that the rows alone decide them."""

import json
import math
from dataclasses import replace

import numpy as np
import pytest

from tests.factories.trials import (
    WAVES,
    simulated_rows,
    simulated_set,
    trial_facts,
    trial_plan,
)
from voucher.evaluation.analysis.design import NO_COMPARISON
from voucher.evaluation.analysis.rows import assembled
from voucher.evaluation.analysis.set import NO_EFFECTS, findings
from voucher.evaluation.estimators.regressions import lin
from voucher.evaluation.estimators.trial import Trial
from voucher.evaluation.models import Wave
from voucher.evaluation.plans.rules import PlannedOutcome, Role

PLAN = trial_plan(permutations=200)
TOP = {
    "design", "arms", "plan", "draw", "flow", "baseline", "outcomes", "subgroups", "contamination",
    "displacement", "renewal", "cost", "refusals", "round", "data_cut_at", "code", "interim",
    "strata",
}  # fmt: skip
OUTCOME = {
    "code", "label", "unit", "wave", "role", "is_share", "mean_offered", "mean_comparison",
    "n_offered", "n_comparison", "itt", "itt_refused", "relative", "relative_refused", "users",
    "users_refused", "randomisation", "attrition", "lee", "lee_refused", "holm",
    "benjamini_hochberg", "joined_strata",
}  # fmt: skip


@pytest.fixture(scope="module")
def rows():
    return simulated_set(400, 0.2, 1)


@pytest.fixture(scope="module")
def found(rows):
    return findings(rows, PLAN)


def outcome_of(found, code):
    return next(each for each in found["outcomes"] if each["code"] == code)


def test_the_shape_that_reports_share(found):
    assert set(found) == TOP
    assert all(set(each) == OUTCOME for each in found["outcomes"])
    assert json.loads(json.dumps(found, allow_nan=False)) == found


def test_the_flow_adds_up(found):
    flow = found["flow"]
    excluded = sum(each["count"] for each in flow["excluded"])
    assert flow["assessed"] == excluded + sum(flow["allocated"].values())
    for arm in ("offered", "comparison"):
        assert flow["allocated"][arm] == flow["lost"][arm] + flow["analysed"][arm]
    assert flow["allocated"] == found["design"]["drawn"]
    assert flow["received"]["comparison"] == 0
    assert 0 < flow["received"]["offered"] < flow["allocated"]["offered"]


def test_the_effect_of_the_offer_is_that_of_the_planned_estimator(rows, found):
    plain = Trial(
        outcome=np.array(rows.outcome("month_6", "adoption")),
        offered=np.array(rows.offered),
        stratum=np.array(rows.strata),
        covariates={code: np.array(rows.baseline[code]) for code in PLAN.covariates},
    )
    expected = lin(plain)
    itt = outcome_of(found, "adoption")["itt"]
    assert itt["estimate"] == expected.estimate
    assert itt["standard_error"] == expected.standard_error
    assert itt["ci_low"] < 0.2 < itt["ci_high"]


def test_the_effect_on_users_is_larger_than_that_of_the_offer(found):
    adoption = outcome_of(found, "adoption")
    assert adoption["users"]["estimate"] > adoption["itt"]["estimate"]
    assert adoption["users"]["ci_low"] < 0.2 / 0.7 < adoption["users"]["ci_high"]


def test_only_secondary_outcomes_are_adjusted_for_their_number(found):
    primary, *others = found["outcomes"]
    assert primary["role"] == "primary"
    assert primary["holm"] is None
    assert primary["benjamini_hochberg"] is None
    for each in others:
        assert each["itt"]["p_value"] <= each["benjamini_hochberg"] <= each["holm"]


def test_the_primary_outcome_comes_first_wherever_the_plan_has_it(rows):
    late = trial_plan(
        permutations=50,
        outcomes=(
            PlannedOutcome("staff", Wave.MONTH_12),
            PlannedOutcome("adoption", Wave.MONTH_6, Role.PRIMARY),
        ),
    )
    assert [each["code"] for each in findings(rows, late)["outcomes"]] == ["adoption", "staff"]


def test_the_same_rows_in_another_order_and_with_other_names_give_the_same_figures(found):
    made = simulated_rows(400, 0.2, 1, response=0.85, apart=0.0)
    renamed = [replace(row, pseudonym=f"{number:x}") for number, row in enumerate(made[::-1], 99)]
    again = assembled(renamed, trial_facts(400), waves=WAVES)
    assert findings(again, PLAN) == found


def test_names_decide_nothing_where_alike_businesses_are_of_linked_enterprises():
    made = [
        replace(row, baseline={}, follow_up=_adopted(row), subgroups={}, cluster=str(place % 170))
        for place, row in enumerate(simulated_rows(400, 0.2, 3, response=1, apart=0))
    ]
    plan = trial_plan(permutations=10, estimator="stratified", covariates=(), subgroups=())
    told = {
        json.dumps(findings(assembled(_named(made, seed), trial_facts(400), waves=WAVES), plan))
        for seed in range(3)
    }
    assert len(told) == 1


def _adopted(row):
    return {"month_6": {"adoption": row.follow_up["month_6"]["adoption"]}}


def _named(rows, seed):
    names = np.random.default_rng(seed).permutation(len(rows))
    return [replace(row, pseudonym=f"{name:x}") for row, name in zip(rows, names, strict=True)]


def test_a_set_without_a_comparison_claims_no_effect():
    rows = [row for row in simulated_rows(60, 0.2, 1, response=1, apart=0) if row.offered]
    found = findings(assembled(rows, trial_facts(len(rows)), waves=WAVES), PLAN)
    assert found["design"]["label"] == "none"
    assert found["design"]["sms_level"] == 1
    assert found["design"]["downgrades"] == [{"reason": NO_COMPARISON}]
    assert found["outcomes"] == found["subgroups"] == found["baseline"] == []
    assert found["refusals"] == [NO_EFFECTS]
    assert found["cost"]["per_adopter_pence"] is None
    assert found["renewal"]["paying"]["comparison"] is None


def test_nobody_at_all():
    found = findings(assembled([], trial_facts(0), waves=WAVES), PLAN)
    assert found["flow"]["allocated"] == {"offered": 0, "comparison": 0}
    assert found["cost"]["per_voucher_pence"] is None


def test_what_was_never_answered_is_refused_with_its_reason(rows):
    early = replace(rows, follow_up={"month_3": rows.follow_up["month_3"]})
    found = findings(early, PLAN)
    adoption = outcome_of(found, "adoption")
    assert adoption["itt"] is None
    assert "no row with a known outcome" in adoption["itt_refused"]
    assert adoption["mean_offered"] is None
    assert adoption["users_refused"]
    assert adoption["lee_refused"]
    assert found["design"]["sms_level"] is None
    assert found["design"]["not_rated"].startswith("The primary outcome could not be estimated")
    assert found["design"]["underpowered"]
    assert found["flow"]["lost"] == found["flow"]["allocated"]
    assert any(each.startswith("Uses technology") for each in found["refusals"])
    json.dumps(found, allow_nan=False)


def test_the_family_of_outcomes_is_the_plans_own_whatever_could_be_estimated(rows):
    """Holm's first step takes all the plan names, those without an estimate too."""
    late = {"month_6": rows.follow_up["month_6"]}
    found = findings(replace(rows, follow_up=late), replace(PLAN, subgroups=(), permutations=20))
    known = [each for each in found["outcomes"] if each["role"] == "secondary" and each["itt"]]
    unknown = outcome_of(found, "staff")
    smallest = min(known, key=lambda each: each["itt"]["p_value"])
    assert len(known) == 2
    assert smallest["holm"] == pytest.approx(min(1, 3 * smallest["itt"]["p_value"]))
    assert (unknown["itt"], unknown["holm"], unknown["benjamini_hochberg"]) == (None, None, None)


def test_arms_are_named_by_the_draw_or_by_their_codes(rows, found):
    counts = found["flow"]["allocated"]
    codes = [(each["name"], each["group"], each["drawn"]) for each in found["arms"]]
    assert codes == [
        ("voucher", "offered", counts["offered"]),
        ("comparison", "comparison", counts["comparison"]),
    ]
    draw = {**rows.facts.draw, "arms": {"voucher": "Now", "comparison": "In a year"}}
    named = replace(rows, facts=replace(rows.facts, draw=draw))
    told = findings(named, replace(PLAN, subgroups=(), permutations=20))["arms"]
    assert [each["name"] for each in told] == ["Now", "In a year"]


def test_a_baseline_known_in_one_arm_alone_is_not_standardised(rows):
    staff = tuple(
        number if offered else math.nan
        for number, offered in zip(rows.baseline["staff"], rows.offered, strict=True)
    )
    changed = replace(rows, baseline={**rows.baseline, "staff": staff})
    line = next(each for each in findings(changed, PLAN)["baseline"] if each["code"] == "staff")
    assert line["standardised"] is None
    assert "comparison" in line["refused"]
    assert line["n_comparison"] == 0


def test_what_stands_beside_the_effects_is_told_by_arm(found):
    support = found["contamination"]["similar_support"]
    assert 0 < support["comparison"] < 0.3
    assert support["wave"] == "month_6"
    paying = found["renewal"]["paying"]
    assert paying["offered"] > paying["comparison"]
