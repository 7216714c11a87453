"""A round shared by lot: its applications, the four steps of its draw, and what came after.

Played by the real operations like everything else. Of those who were drawn one turns the voucher
down, and the next on the waiting list has the place; some confirm, and some have yet to answer.
"""

import random
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from sqlalchemy import select

from voucher.allocation.models import Arm, Assignment
from voucher.allocation.operations.replace import replace
from voucher.allocation.queries import places_left, steps_of_round
from voucher.core.db import session
from voucher.programmes.models import AllocationMethod, Round, StratumBasis
from voucher.programmes.operations import rounds
from voucher.sandbox.material.businesses import FictionalBusiness, RegisterTwist
from voucher.sandbox.seed import applying, delivering, draw_steps
from voucher.sandbox.seed.case import Case, Due
from voucher.sandbox.seed.fates import schedule
from voucher.sandbox.seed.planning import depart, draw_up_by_lot, lock_plan_of
from voucher.sandbox.seed.small_rounds import make_small_round
from voucher.sandbox.seed.stage import Stage
from voucher.sandbox.seed.timeline import Timeline

BY_LOT = "by_lot"
MOST_BUSINESSES = 16
LARGEST = 249
YOUNGEST_DAYS = 400
PATH = ["start", "submit", "assign", "decide", "second"]
OPENED_DAYS_AGO = 74
CLOSED_DAYS_AGO = 40
FOLLOW_UP_DAYS = 200
PUBLIC_VALUE = "4, 11, 23, 30, 38, 47"
ARMS = (
    {"code": "voucher", "arm": Arm.VOUCHER.value, "name": "Voucher", "share_bps": 4000},
    {"code": "waiting_list", "arm": Arm.WAITING.value, "name": "Waiting list", "share_bps": 2000},
    {
        "code": "information_only",
        "arm": Arm.INFORMATION.value,
        "name": "Information only",
        "share_bps": 2000,
    },
    {"code": "comparison", "arm": Arm.COMPARISON.value, "name": "Comparison", "share_bps": 2000},
)


def lots(stage: Stage, spare: Sequence[FictionalBusiness]) -> list[Due]:
    """The steps of the businesses that apply in the round shared by lot."""
    since = stage.day(OPENED_DAYS_AGO + YOUNGEST_DAYS)
    fit = [
        one
        for one in spare
        if one.twist is RegisterTwist.NONE
        and one.headcount <= LARGEST
        and one.trading_since_on < since
    ]
    due = []
    for number, business in enumerate(fit[:MOST_BUSINESSES]):
        case = Case(
            stage=stage,
            business=business,
            round_name=BY_LOT,
            fate="drawn by lot",
            number=300 + number,
            draw=random.Random(f"{BY_LOT}-{number}"),
        )
        begin = stage.moment(OPENED_DAYS_AGO - 2 - number) + timedelta(minutes=number)
        due += [Due(step.at, case, step.name) for step in schedule(PATH, begin, case.draw)]
    return due


def add_draw(timeline: Timeline, stage: Stage, cases: Sequence[Case]) -> None:
    """Put the round and the steps of its draw on the timeline."""
    of_round = [case for case in cases if case.round_name == BY_LOT]
    acts: tuple[tuple[int, int, Callable[[Stage, datetime], object]], ...] = (
        (OPENED_DAYS_AGO, 13, _open),
        (OPENED_DAYS_AGO, 14, lambda stage, at: draw_up_by_lot(stage, _round(stage), at)),
        (OPENED_DAYS_AGO - 1, 9, _seal),
        (OPENED_DAYS_AGO - 3, 9, lambda stage, at: lock_plan_of(stage, _round(stage), at)),
        (CLOSED_DAYS_AGO, 18, _close),
        (CLOSED_DAYS_AGO - 4, 10, _freeze),
        (CLOSED_DAYS_AGO - 7, 10, _enter_value),
        (CLOSED_DAYS_AGO - 7, 15, _carry_out),
        (CLOSED_DAYS_AGO - 8, 11, lambda _stage, at: _answer(of_round, at)),
        (CLOSED_DAYS_AGO - 9, 11, _give_on),
        (CLOSED_DAYS_AGO - 12, 11, lambda stage, at: depart(stage, _round(stage), at)),
    )
    for days_ago, hour, act in acts:
        timeline.add(stage.moment(days_ago, hour), lambda at, act=act: act(stage, at))


def _open(stage: Stage, at: datetime) -> None:
    opens, closes = stage.day(OPENED_DAYS_AGO), stage.day(CLOSED_DAYS_AGO)
    made = make_small_round(
        stage,
        BY_LOT,
        at,
        name=f"Round by lot, {opens:%B %Y}",
        opens_on=opens,
        closes_on=closes,
        budget_pence=1_000_000,
        allocation_method=AllocationMethod.RANDOM,
        draw_stratum=StratumBasis.SIZE,
        draw_arms=ARMS,
        draw_replaces=True,
        follow_up_on=closes + timedelta(days=FOLLOW_UP_DAYS),
    )
    rounds.open_round(round_=made, by=stage.people["manager"], at=at)


def _close(stage: Stage, at: datetime) -> None:
    rounds.close_round(round_=_round(stage), by=stage.people["manager"], at=at)


def _seal(stage: Stage, at: datetime) -> None:
    draw_steps.seal(stage, BY_LOT, at)


def _freeze(stage: Stage, at: datetime) -> None:
    draw_steps.freeze(stage, BY_LOT, at)


def _enter_value(stage: Stage, at: datetime) -> None:
    public_on = stage.day(CLOSED_DAYS_AGO - 6)
    draw_steps.enter_value(stage, BY_LOT, PUBLIC_VALUE, public_on, at)


def _carry_out(stage: Stage, at: datetime) -> None:
    draw_steps.carry_out(stage, BY_LOT, at)


def _answer(cases: Sequence[Case], at: datetime) -> None:
    """Of those drawn one turns it down in whose part somebody waits; of the others some confirm."""
    drawn, waiting = _strata(Arm.VOUCHER), set(_strata(Arm.WAITING).values())
    with_place = [case for case in cases if case.ids.get("application") in drawn]
    with_place.sort(key=lambda case: drawn[case.ids["application"]] not in waiting)
    for number, case in enumerate(with_place):
        moment = at + timedelta(minutes=number)
        if number == 0:
            applying.turn_down(case, moment)
        elif number % 2:
            delivering.confirm(case, moment)


def _strata(arm: Arm) -> dict[int, str]:
    """Application → stratum, of those whom the draw put into the arm."""
    query = select(Assignment.application_id, Assignment.stratum).where(
        Assignment.draw_id.is_not(None), Assignment.arm == arm
    )
    return {row[0]: row[1] for row in session.execute(query)}


def _give_on(stage: Stage, at: datetime) -> None:
    draw = steps_of_round(stage.rounds[BY_LOT]).draw
    for place in places_left(draw.id):
        replace(draw=draw, leaver_reference=place.reference, by=stage.people["manager"], at=at)


def _round(stage: Stage) -> Round:
    return stage.round(BY_LOT)
