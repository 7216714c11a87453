"""Officers look at a round as a whole, and suggest offerings to those who have not chosen yet."""

from collections.abc import Callable
from datetime import datetime

from voucher.core.db import session
from voucher.programmes.models import Round
from voucher.sandbox.seed.stage import Stage
from voucher.sandbox.seed.timeline import Timeline
from voucher.vouchers.suggesting import operations
from voucher.vouchers.suggesting.models import PlanStatus
from voucher.vouchers.suggesting.queries import unsettled_plan

PROPOSED_DAYS_AGO = (40, 22, 10, 7)
PUT_ASIDE_DAYS_AGO = 4
LAST_DAYS_AGO = 1
"""What was asked for then is still to be read."""


def add_suggestions(timeline: Timeline, stage: Stage) -> None:
    """Put the plans of the present round on the timeline: worked out by the worker overnight."""
    acts: list[tuple[int, int, Callable[[Stage, datetime], object]]] = []
    for days_ago in PROPOSED_DAYS_AGO:
        acts += [(days_ago, 16, _ask), (days_ago - 1, 10, _propose)]
    acts += [(PUT_ASIDE_DAYS_AGO, 16, _ask), (PUT_ASIDE_DAYS_AGO - 1, 10, _put_aside)]
    acts += [(LAST_DAYS_AGO, 16, _ask)]
    for days_ago, hour, act in acts:
        timeline.add(stage.moment(days_ago, hour), lambda at, act=act: act(stage, at))


def _ask(stage: Stage, at: datetime) -> None:
    operations.ask_for_plan(round_=_round(stage), by=stage.people["caseworker"], at=at)


def _propose(stage: Stage, at: datetime) -> None:
    plan = unsettled_plan(_round(stage).id)
    if plan is not None and plan.status is PlanStatus.READY and plan.matched:
        operations.propose(plan=plan, by=stage.people["caseworker"], at=at)


def _put_aside(stage: Stage, at: datetime) -> None:
    plan = unsettled_plan(_round(stage).id)
    if plan is not None:
        operations.discard(plan=plan, by=stage.people["approver"], at=at)


def _round(stage: Stage) -> Round:
    return session.get_one(Round, stage.rounds["now"])
