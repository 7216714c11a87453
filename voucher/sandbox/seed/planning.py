"""The analysis plans of the demonstration: locked before their draws, one of them departed from
since; those of the rounds shared by scores, which compare nobody; one still being drawn up.
"""

from dataclasses import replace
from datetime import datetime

from voucher.evaluation.models import Wave
from voucher.evaluation.plans.operations import deviate, draw_up, lock
from voucher.evaluation.plans.rules import (
    NO_ESTIMATOR,
    AnalysisPlan,
    Assumptions,
    PlannedOutcome,
    Role,
    fewest_in_stratum,
)
from voucher.evaluation.questions import FOLLOW_UP_VERSION
from voucher.programmes.models import Arm, Round
from voucher.programmes.plans.queries import draft_of, locked_plan
from voucher.programmes.plans.rules import plan_sha256
from voucher.programmes.rules import arms_of
from voucher.sandbox.seed.stage import Stage

BY_LOT_SIZES = Assumptions(
    places=20,
    demand=40,
    take_up=0.75,
    response=0.8,
    baseline_correlation=0.0,
    before=0.3,
    spread=None,
    voucher_pence=60_000,
    worth_finding=0.4,
)
OUTCOMES = (
    PlannedOutcome("adoption", Wave.MONTH_6, Role.PRIMARY),
    PlannedOutcome("hours_lost_week", Wave.MONTH_6),
    PlannedOutcome("paying", Wave.MONTH_12),
)
DEVIATION = (
    "Fewer businesses were drawn than the plan counts on. Nothing else is changed, and the report "
    "will say that the trial is underpowered."
)
REASON = "Fewer businesses applied than were expected."
NEXT_SIZES = Assumptions(
    places=130,
    demand=390,
    take_up=0.7,
    response=0.75,
    baseline_correlation=0.3,
    before=0.3,
    spread=None,
    voucher_pence=150_000,
    worth_finding=0.25,
)
CONTEST_SIZES = Assumptions(
    places=3,
    demand=8,
    take_up=0.75,
    response=0.8,
    baseline_correlation=0.0,
    before=0.0,
    spread=None,
    voucher_pence=60_000,
)


def draw_up_by_lot(stage: Stage, round_: Round, at: datetime) -> None:
    """The evaluator plans for more businesses than will apply, as often happens."""
    plan_round(stage, round_, BY_LOT_SIZES, at, estimator="stratified")


def plan_round(
    stage: Stage,
    round_: Round,
    sizes: Assumptions,
    at: datetime,
    *,
    estimator: str,
    outcomes: tuple[PlannedOutcome, ...] = OUTCOMES,
    covariates: tuple[str, ...] = (),
) -> None:
    """The evaluator draws the plan of a round up."""
    plan = _plan(round_, sizes, outcomes, estimator=estimator, covariates=covariates)
    draw_up(round_=round_, plan=plan, by=stage.people["evaluator"], at=at)


def lock_plan_of(stage: Stage, round_: Round, at: datetime) -> None:
    """And locks it after a second look, as for a round shared by scores."""
    draft = draft_of(round_.id)
    sha256 = plan_sha256(draft.content if draft else {})
    lock(round_=round_, sha256=sha256, by=stage.people["evaluator"], at=at)


def depart(stage: Stage, round_: Round, at: datetime) -> None:
    """Later the evaluator notes what has come otherwise."""
    plan = locked_plan(round_.id)
    if plan is not None:
        deviate(plan=plan, what=DEVIATION, why=REASON, by=stage.people["evaluator"], at=at)


def plan_contest(stage: Stage, round_: Round, at: datetime) -> None:
    """What a round shared by scores will be looked at for: nobody is compared, so no effect."""
    plan = replace(
        _plan(round_, CONTEST_SIZES, OUTCOMES, estimator=NO_ESTIMATOR, covariates=()),
        offered=(),
        comparison=(),
    )
    draw_up(round_=round_, plan=plan, by=stage.people["evaluator"], at=at)
    lock_plan_of(stage, round_, at)


def draw_up_next(stage: Stage, at: datetime) -> None:
    """The programme manager begins the plan of the next round, which will be drawn."""
    round_ = stage.round("next")
    plan = _plan(round_, NEXT_SIZES, OUTCOMES, estimator="ancova", covariates=("adoption",))
    draw_up(round_=round_, plan=plan, by=stage.people["manager"], at=at)


def _plan(
    round_: Round,
    sizes: Assumptions,
    outcomes: tuple[PlannedOutcome, ...],
    *,
    estimator: str,
    covariates: tuple[str, ...],
) -> AnalysisPlan:
    arms = arms_of(round_.draw_arms)
    without = [arm["code"] for arm in arms if arm["arm"] in (Arm.INFORMATION, Arm.COMPARISON)]
    waiting = [arm["code"] for arm in arms if arm["arm"] == Arm.WAITING]
    return AnalysisPlan(
        round=round_.reference,
        outcomes=outcomes,
        offered=tuple(arm["code"] for arm in arms if arm["arm"] == Arm.VOUCHER),
        comparison=tuple(without or waiting),
        stratum_basis=round_.draw_stratum.value,
        estimator=estimator,
        covariates=covariates,
        subgroups=("size",),
        assumptions=sizes,
        questions_version=FOLLOW_UP_VERSION,
        fewest_in_stratum=fewest_in_stratum(round_.draw_stratum),
    )
