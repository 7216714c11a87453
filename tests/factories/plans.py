"""Analysis plans of rounds under test, drawn up and locked by the real operations."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from tests.factories.scheme import AT, make_user
from voucher.evaluation.models import Wave
from voucher.evaluation.plans.rules import (
    AnalysisPlan,
    Assumptions,
    PlannedOutcome,
    Role,
    fewest_in_stratum,
    plan_sha256,
)
from voucher.programmes.models import Arm, Round, StratumBasis
from voucher.programmes.plans import models
from voucher.programmes.plans.operations import lock_plan, save_draft
from voucher.programmes.rules import arms_of

NO_FIGURES = {
    "replies": {"offered": 80, "comparison": 80},
    "cost": {"vouchers": 70, "pence": 7_000_000, "comparison": 100},
    "compared": None,
}
"""What a plan comes to, for tests that do not look at it: to work it out takes a second."""
SIZES = Assumptions(
    places=100,
    demand=200,
    take_up=0.7,
    response=0.8,
    baseline_correlation=0.0,
    before=0.3,
    spread=None,
    voucher_pence=200_000,
    worth_finding=0.3,
)
LOCKED_AT = AT + timedelta(hours=12)


def plan_of(round_: Round, **values: Any) -> AnalysisPlan:
    """A sensible plan of the round: adoption at six months, all who are drawn set against those
    with a voucher."""
    arms = arms_of(round_.draw_arms)
    plan = AnalysisPlan(
        round=round_.reference,
        outcomes=(
            PlannedOutcome("adoption", Wave.MONTH_6, Role.PRIMARY),
            PlannedOutcome("hours_lost_week", Wave.MONTH_6),
        ),
        offered=tuple(arm["code"] for arm in arms if arm["arm"] == Arm.VOUCHER),
        comparison=tuple(arm["code"] for arm in arms if arm["arm"] != Arm.VOUCHER),
        stratum_basis=round_.draw_stratum.value,
        estimator="difference" if round_.draw_stratum is StratumBasis.NONE else "stratified",
        covariates=(),
        subgroups=("size",),
        assumptions=replace(SIZES, voucher_pence=round_.value_cap_pence),
        fewest_in_stratum=fewest_in_stratum(round_.draw_stratum),
    )
    return replace(plan, **values)


def have_locked_plan(
    round_: Round,
    *,
    at: datetime = LOCKED_AT,
    by: int | None = None,
    content: dict[str, Any] | None = None,
    **values: Any,
) -> models.AnalysisPlan:
    """The round's plan, drawn up and locked, with `NO_FIGURES`.

    `content`: the plan as it is stored, instead of the sensible one with other `values`.
    """
    by = by or make_user().id
    if content is None:
        content = plan_of(round_, **values).content()
    save_draft(round_=round_, content=content, figures=NO_FIGURES, by=by, at=at)
    return lock_plan(round_=round_, sha256=plan_sha256(content), by=by, at=at)
