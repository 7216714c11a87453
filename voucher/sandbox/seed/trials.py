"""Two rounds by lot that were evaluated as trials: planned, drawn, answered, reported, published.

Both are over, and their businesses are others than those of the rest. The plan is locked before the
list is frozen; every business of either group answers, or does not, after three and six months; the
evaluator signs what the worker found off and the manager publishes it. What the vouchers are made
to do is in `following`; nothing of what is found is written down anywhere.

So that a year is played quickly, what the businesses of a trial do falls on Tuesdays and Fridays.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select

from voucher.core.clock import london_date
from voucher.core.db import session
from voucher.core.working_days import is_working_day
from voucher.evaluation.models import Report, ReportKind, ReportStatus, Wave
from voucher.evaluation.operations import ask_report
from voucher.evaluation.plans.rules import Assumptions, PlannedOutcome, Role
from voucher.evaluation.publication import operations as publication
from voucher.programmes.models import AllocationMethod, Arm, StratumBasis
from voucher.programmes.operations import rounds
from voucher.sandbox.material.businesses import FictionalBusiness, RegisterTwist
from voucher.sandbox.seed import draw_steps
from voucher.sandbox.seed.case import Case, Due
from voucher.sandbox.seed.errands import top_up
from voucher.sandbox.seed.moments import on_day
from voucher.sandbox.seed.planning import lock_plan_of, plan_round
from voucher.sandbox.seed.small_rounds import make_small_round
from voucher.sandbox.seed.stage import Stage
from voucher.sandbox.seed.telling import tell_of_owners
from voucher.sandbox.seed.timeline import Timeline

FATE = "in a trial"
LARGEST = 249
USUAL_SIZES = range(2, 50)
YOUNGEST_DAYS = 400
LARGEST_AWARD_PENCE = 100_000
APPLYING = (("start", "submit"), ("assign", "decide", "second"))
USING = (
    *(("confirm",), ("choose",), ("accept", "agree"), ("redeem",)),
    *(("start_claim", "submit_claim"), ("confirm_claim", "check_claim", "approve_claim")),
)
CONFIRMING, TURNING_DOWN = (("confirm",),), (("decline_notice",),)
"""Steps, those of one day together."""
USED_SHARE, TURNED_DOWN_SHARE = 0.78, 0.08
"""Of those offered a voucher: how many use it and turn it down; the rest let it run out."""
OPEN_DAYS, FROZEN_AFTER, DRAWN_AFTER = 42, 5, 9
OUTCOMES = (
    PlannedOutcome("adoption", Wave.MONTH_6, Role.PRIMARY),
    PlannedOutcome("hours_lost_week", Wave.MONTH_6),
    PlannedOutcome("similar_support", Wave.MONTH_6),
    PlannedOutcome("administrative_staff", Wave.MONTH_6),
    PlannedOutcome("adoption", Wave.MONTH_3),
)
SOUND = "Read page by page. The counts of the flow add up by group, and the plan was kept."
REPORTED_DAYS_AGO = 8
SIX_MONTHS_AND_REPLIES_DAYS = 245


@dataclass(frozen=True, slots=True)
class Trial:
    """One round: its name on the stage, when it opened, how many apply, how it is drawn."""

    name: str
    title: str
    opened_days_ago: int
    applicants: int
    stratum: StratumBasis
    estimator: str
    covariates: tuple[str, ...]
    public_value: str
    first_number: int

    @property
    def closed_days_ago(self) -> int:
        """The last day on which somebody could apply."""
        return self.opened_days_ago - OPEN_DAYS

    @property
    def drawn_days_ago(self) -> int:
        """The day of the draw, from which everybody is followed up."""
        return self.closed_days_ago - DRAWN_AFTER

    @property
    def places(self) -> int:
        """Half of all."""
        return self.applicants // 2


TRIALS = (
    Trial(
        "first_trial",
        "First trial",
        opened_days_ago=386,
        applicants=84,
        stratum=StratumBasis.SIZE,
        estimator="lin",
        covariates=("adoption", "hours_lost_week"),
        public_value="2, 9, 17, 28, 36, 45",
        first_number=500,
    ),
    Trial(
        "second_trial",
        "Second trial",
        opened_days_ago=308,
        applicants=64,
        stratum=StratumBasis.NONE,
        estimator="ancova",
        covariates=("adoption",),
        public_value="6, 13, 21, 27, 33, 49",
        first_number=700,
    ),
)
TOP_UP_PENCE = 3_200_000
"""The funder pays for the trials' vouchers when the first of them is drawn."""


def trial_steps(stage: Stage, spare: Sequence[FictionalBusiness]) -> list[Due]:
    """The steps of the businesses that apply in either trial, some of whom will have no place."""
    since = stage.day(TRIALS[0].opened_days_ago + YOUNGEST_DAYS)
    fit = [
        one
        for one in spare
        if one.twist is RegisterTwist.NONE
        and one.headcount <= LARGEST
        and one.trading_since_on < since
    ]
    # Sizes of which there are few come last: in the trial whose draw is not divided by size.
    fit.sort(key=lambda one: one.headcount not in USUAL_SIZES)
    due: list[Due] = []
    for trial in TRIALS:
        theirs, fit = fit[: trial.applicants], fit[trial.applicants :]
        for number, business in enumerate(theirs):
            due += _steps(stage, trial, business, number)
    return due


def _steps(stage: Stage, trial: Trial, business: FictionalBusiness, number: int) -> list[Due]:
    draw = random.Random(f"{trial.name}-{number}")
    case = Case(
        stage=stage,
        business=business,
        round_name=trial.name,
        fate=FATE,
        number=trial.first_number + number,
        draw=draw,
    )
    applied = trial.opened_days_ago - 3 - draw.randrange(OPEN_DAYS - 20)
    chance = draw.random()
    path = TURNING_DOWN if chance < TURNED_DOWN_SHARE else CONFIRMING
    path = USING if chance > 1 - USED_SHARE else path
    return [
        *_on_days(case, APPLYING, applied),
        *_on_days(case, path, trial.drawn_days_ago - 2 - draw.randrange(6)),
    ]


def _on_days(case: Case, path: Sequence[Sequence[str]], from_days_ago: int) -> list[Due]:
    """The steps of the path on one Tuesday or Friday after the other, at minutes drawn."""
    found = []
    for steps in path:
        day = case.stage.day(from_days_ago)
        while day.weekday() not in (1, 4) or not is_working_day(day):
            from_days_ago -= 1
            day = case.stage.day(from_days_ago)
        for number, step in enumerate(steps):
            at = on_day(day, 9 + 3 * number + case.draw.randrange(2), case.draw.randrange(60))
            found.append(Due(at, case, step))
        from_days_ago -= 1
    return found


def add_trials(timeline: Timeline, stage: Stage, cases: Sequence[Case]) -> None:
    """Put the rounds, their plans, draws and reports on the timeline."""
    for trial in TRIALS:
        theirs = [case for case in cases if case.round_name == trial.name]
        for days_ago, hour, act in (
            (trial.opened_days_ago, 8, _open),
            (trial.opened_days_ago, 9, _plan),
            (trial.opened_days_ago - 1, 9, _seal),
            (trial.opened_days_ago - 2, 9, _lock),
            (trial.closed_days_ago, 18, _close),
            (trial.closed_days_ago - FROZEN_AFTER, 10, _freeze),
            (trial.drawn_days_ago, 10, _enter_value),
            (trial.drawn_days_ago, 15, _carry_out),
            (REPORTED_DAYS_AGO, 16, _ask),
            (REPORTED_DAYS_AGO - 1, 16, _sign_off),
            (REPORTED_DAYS_AGO - 2, 16, _publish),
        ):
            at = stage.moment(days_ago, hour, TRIALS.index(trial))
            timeline.add(at, lambda at, act=act, one=trial: act(stage, one, at))
        timeline.add(
            stage.moment(trial.closed_days_ago, 17),
            lambda at, theirs=theirs: tell_of_owners(stage, theirs, at),
        )
    errand = top_up(stage, TOP_UP_PENCE)
    at = stage.moment(TRIALS[0].drawn_days_ago, 12)
    timeline.add(at, lambda _at: stage.errands.append(errand))


def _open(stage: Stage, trial: Trial, at: datetime) -> None:
    opens, closes = stage.day(trial.opened_days_ago), stage.day(trial.closed_days_ago)
    half = {"share_bps": 5_000}
    made = make_small_round(
        stage,
        trial.name,
        at,
        name=f"{trial.title}, {opens:%B %Y}",
        opens_on=opens,
        closes_on=closes,
        budget_pence=trial.places * LARGEST_AWARD_PENCE,
        allocation_method=AllocationMethod.RANDOM,
        draw_stratum=trial.stratum,
        draw_arms=(
            {"code": "voucher", "arm": Arm.VOUCHER.value, "name": "Voucher", **half},
            {"code": "comparison", "arm": Arm.COMPARISON.value, "name": "Comparison", **half},
        ),
        follow_up_on=stage.day(trial.drawn_days_ago - SIX_MONTHS_AND_REPLIES_DAYS),
    )
    rounds.open_round(round_=made, by=stage.people["manager"], at=at)


def _plan(stage: Stage, trial: Trial, at: datetime) -> None:
    sizes = Assumptions(
        places=trial.places,
        demand=trial.applicants,
        take_up=0.75,
        response=0.75,
        baseline_correlation=0.3,
        before=0.35,
        spread=None,
        voucher_pence=60_000,
        worth_finding=0.25,
    )
    plan_round(
        stage,
        stage.round(trial.name),
        sizes,
        at,
        outcomes=OUTCOMES,
        estimator=trial.estimator,
        covariates=trial.covariates,
    )


def _lock(stage: Stage, trial: Trial, at: datetime) -> None:
    lock_plan_of(stage, stage.round(trial.name), at)


def _seal(stage: Stage, trial: Trial, at: datetime) -> None:
    draw_steps.seal(stage, trial.name, at)


def _close(stage: Stage, trial: Trial, at: datetime) -> None:
    rounds.close_round(round_=stage.round(trial.name), by=stage.people["manager"], at=at)


def _freeze(stage: Stage, trial: Trial, at: datetime) -> None:
    draw_steps.freeze(stage, trial.name, at)


def _enter_value(stage: Stage, trial: Trial, at: datetime) -> None:
    yesterday = london_date(at) - timedelta(days=1)
    draw_steps.enter_value(stage, trial.name, trial.public_value, yesterday, at)


def _carry_out(stage: Stage, trial: Trial, at: datetime) -> None:
    draw_steps.carry_out(stage, trial.name, at)


def _ask(stage: Stage, trial: Trial, at: datetime) -> None:
    ask_report(round_=stage.round(trial.name), by=stage.people["evaluator"], at=at)


def _sign_off(stage: Stage, trial: Trial, at: datetime) -> None:
    by = stage.people["evaluator"]
    publication.sign_off(report=_report(stage, trial), note=SOUND, by=by, at=at)


def _publish(stage: Stage, trial: Trial, at: datetime) -> None:
    by = stage.people["manager"]
    publication.publish(report=_report(stage, trial), by=by, at=at)


def _report(stage: Stage, trial: Trial) -> Report:
    """The report on the trial that the worker built."""
    query = select(Report).where(
        Report.round_id == stage.rounds[trial.name],
        Report.kind == ReportKind.ROUND,
        Report.status == ReportStatus.READY,
    )
    return session.execute(query.order_by(Report.id).limit(1)).scalar_one()
