"""A plan that makes no sense is refused at the field that it came from."""

from dataclasses import replace
from datetime import date

import pytest

from tests.unit.evaluation.plans.plans import (
    COMPARES_NOBODY,
    DRAWN,
    ON_A_SHARE,
    ON_AN_AVERAGE,
    ROLLING,
    with_sizes,
)
from voucher.core.errors import Invalid
from voucher.evaluation.analysis.effects import OF_THE_OFFER
from voucher.evaluation.estimators.registry import ESTIMATORS
from voucher.evaluation.models import Wave
from voucher.evaluation.plans.checks import check_plan, check_protection
from voucher.evaluation.plans.choices import ESTIMATOR_CHOICES
from voucher.evaluation.plans.rules import PlannedOutcome, Role
from voucher.evaluation.questions import FOLLOW_UP_VERSION
from voucher.programmes.models import StratumBasis

PRIMARY = ON_A_SHARE.outcomes[0]
ADJUSTED = replace(ON_A_SHARE, estimator="ancova", covariates=("adoption",))


def field_refused(plan, round_=DRAWN):
    with pytest.raises(Invalid) as caught:
        check_plan(plan, **round_)
    return caught.value.field


@pytest.mark.parametrize(
    ("plan", "round_"),
    [
        (ON_A_SHARE, DRAWN),
        (ON_AN_AVERAGE, DRAWN),
        (COMPARES_NOBODY, ROLLING),
        (replace(ON_A_SHARE, comparison=("none", "advice")), DRAWN),
        (replace(ON_A_SHARE, estimator="lin", covariates=("adoption", "staff")), DRAWN),
    ],
)
def test_sensible_plans_pass(plan, round_):
    check_plan(plan, **round_)


@pytest.mark.parametrize(
    ("outcomes", "field"),
    [
        ((), "primary"),
        ((PRIMARY, PRIMARY), "primary"),
        ((replace(PRIMARY, code="luck"),), "primary"),
        ((replace(PRIMARY, code="in_use"),), "primary"),
        ((replace(PRIMARY, wave=Wave.BASELINE),), "primary_wave"),
        ((PRIMARY, PlannedOutcome("luck", Wave.MONTH_6)), "secondary"),
        ((PRIMARY, replace(PRIMARY, role=Role.SECONDARY)), "secondary"),
    ],
)
def test_outcomes(outcomes, field):
    assert field_refused(replace(ON_A_SHARE, outcomes=outcomes)) == field


def test_what_only_the_offered_are_asked_may_decide_where_nobody_is_compared():
    plan = replace(COMPARES_NOBODY, outcomes=(replace(PRIMARY, code="in_use"),))
    check_plan(plan, **ROLLING)


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"subgroups": ("luck",)}, "subgroups"),
        ({"offered": ("advice",)}, "comparison"),
        ({"comparison": ("unknown",)}, "comparison"),
        ({"comparison": ("voucher",)}, "comparison"),
        ({"comparison": ()}, "comparison"),
        ({"stratum_basis": "none"}, "estimator"),
        ({"estimator": "guess"}, "estimator"),
        ({"estimator": "ancova", "covariates": ("luck",)}, "covariates"),
        ({"estimator": "ancova", "covariates": ()}, "covariates"),
        ({"estimator": "stratified", "covariates": ("adoption",)}, "covariates"),
    ],
)
def test_arms_and_estimator(values, field):
    assert field_refused(replace(ON_A_SHARE, **values)) == field


def test_a_start_that_is_not_used_takes_nothing_of_the_spread_away():
    plan = with_sizes(baseline_correlation=0.3)
    assert field_refused(plan) == "baseline_correlation"
    check_plan(with_sizes(ADJUSTED, baseline_correlation=0.3), **DRAWN)


@pytest.mark.parametrize(
    ("primary", "covariates", "words"),
    [
        ("adoption", ("staff",), "select “Uses technology made for the problem” among"),
        ("paying", ("adoption",), "Nobody is asked about this outcome when applying"),
    ],
)
def test_a_correlation_is_of_the_outcome_that_decides(primary, covariates, words):
    outcomes = (replace(PRIMARY, code=primary),)
    plan = with_sizes(
        replace(ADJUSTED, outcomes=outcomes, covariates=covariates), baseline_correlation=0.3
    )
    with pytest.raises(Invalid, match=words) as caught:
        check_plan(plan, **DRAWN)
    assert caught.value.field == "baseline_correlation"
    check_plan(with_sizes(plan, baseline_correlation=0.0), **DRAWN)


def test_a_plan_drawn_up_before_the_questions_changed_is_looked_at_again():
    check_plan(replace(ON_A_SHARE, questions_version=FOLLOW_UP_VERSION), **DRAWN)
    assert field_refused(replace(ON_A_SHARE, questions_version="2026-1")) == "primary"


def test_nothing_is_stratified_where_the_list_is_not_divided():
    plan = replace(ON_A_SHARE, stratum_basis="none")
    assert field_refused(plan, {**DRAWN, "stratum": StratumBasis.NONE}) == "estimator"


def test_a_plain_difference_does_not_go_with_a_divided_list():
    """An offer isn't as likely in each part, so the parts would be mixed."""
    plan = replace(ON_A_SHARE, estimator="difference")
    assert field_refused(plan) == "estimator"
    whole = replace(plan, stratum_basis="none", fewest_in_stratum=0)
    check_plan(whole, **{**DRAWN, "stratum": StratumBasis.NONE})


def test_what_becomes_of_small_parts_of_the_list_is_settled():
    assert field_refused(replace(ON_A_SHARE, fewest_in_stratum=0)) == "estimator"


def test_no_effect_is_planned_where_nobody_is_drawn():
    assert field_refused(ON_A_SHARE, ROLLING) == "estimator"


@pytest.mark.parametrize(
    ("plan", "sizes", "field"),
    [
        (ON_A_SHARE, {"places": 0}, "places"),
        (ON_A_SHARE, {"demand": 100}, "demand"),
        (ON_A_SHARE, {"places": 9, "demand": 13}, "demand"),
        (ON_A_SHARE, {"take_up": 0.0}, "take_up"),
        (ON_A_SHARE, {"response": 1.5}, "response"),
        (ADJUSTED, {"baseline_correlation": 1.0}, "baseline_correlation"),
        (ON_A_SHARE, {"voucher_pence": 0}, "voucher_pence"),
        (ON_A_SHARE, {"worth_finding": None}, "worth_finding"),
        (ON_A_SHARE, {"worth_finding": 0.0}, "worth_finding"),
        (ON_A_SHARE, {"worth_finding": 0.7}, "worth_finding"),
        (ON_A_SHARE, {"before": 0.0}, "before"),
        (ON_A_SHARE, {"before": 1.0}, "before"),
        (ON_A_SHARE, {"spread": 0.4}, "spread"),
        (ON_AN_AVERAGE, {"spread": None}, "spread"),
        (ON_AN_AVERAGE, {"spread": 0.0}, "spread"),
    ],
)
def test_assumptions(plan, sizes, field):
    assert field_refused(with_sizes(plan, **sizes)) == field


def test_assumptions_where_nobody_is_compared():
    assert field_refused(with_sizes(significance=0.1)) == "power"
    assert field_refused(with_sizes(COMPARES_NOBODY, demand=99), ROLLING) == "demand"
    check_plan(with_sizes(COMPARES_NOBODY, places=1, demand=1), **ROLLING)


def test_every_estimator_offered_is_one_of_the_effect_of_the_offer():
    assert set(ESTIMATOR_CHOICES) == set(OF_THE_OFFER)
    for code, choice in ESTIMATOR_CHOICES.items():
        assert choice.covariates == ("covariates" in ESTIMATORS[code].uses)


KINDS = [
    {"code": "voucher", "arm": "voucher"},
    {"code": "waiting", "arm": "waiting"},
    {"code": "none", "arm": "comparison"},
]


def protected(*compared, arms=KINDS, replaces=False, until=date(2026, 12, 30), wave=Wave.MONTH_6):
    plan = replace(ON_A_SHARE, comparison=compared, outcomes=(replace(PRIMARY, wave=wave),))
    check_protection(
        plan, arms, replaces=replaces, follow_up_on=until, drawn_from=date(2026, 6, 30)
    )


def test_the_primary_outcome_is_known_before_the_comparison_may_be_offered_anything():
    protected("none")
    protected("none", until=None, wave=Wave.MONTH_12)
    with pytest.raises(Invalid, match="falls due on 30 December 2026 or later") as refused:
        protected("none", until=date(2026, 12, 29))
    assert refused.value.field == "primary_wave"
    with pytest.raises(Invalid, match="only until 30 December 2026"):
        protected("none", wave=Wave.MONTH_12)


def test_a_waiting_list_that_replaces_who_leaves_is_no_comparison_beside_another():
    protected("waiting", wave=Wave.MONTH_12)
    protected("waiting", arms=KINDS[:2], replaces=True)
    with pytest.raises(Invalid, match="it is no comparison") as refused:
        protected("none", "waiting", replaces=True)
    assert refused.value.field == "comparison"
