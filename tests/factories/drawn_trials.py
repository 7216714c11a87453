"""A round that was a trial: a plan locked, a draw carried out, both arms followed up."""

from datetime import timedelta
from typing import Any

from tests.factories.draws import DRAWN_AT, Lottery, make_lottery
from tests.factories.evaluation import FOLLOW_UP, make_baseline
from tests.factories.plans import have_locked_plan
from tests.factories.scheme import next_number, stored
from voucher.allocation.models import Arm, Assignment
from voucher.core.db import session
from voucher.evaluation.models import SurveyResponse, Wave

ANSWERED_AT = DRAWN_AT + timedelta(days=185)
TRIAL_CUT = DRAWN_AT + timedelta(days=200)


def answered(assignment: Assignment, **answers: Any) -> SurveyResponse:
    """A follow-up at six months that was sent."""
    number = next_number()
    return stored(
        SurveyResponse(
            application_id=assignment.application_id,
            round_id=assignment.round_id,
            wave=Wave.MONTH_6,
            questions_version="2026-1",
            token_nonce=f"{number:032}",
            token_digest=f"{number:064}",
            answers={**FOLLOW_UP, **answers},
            asked_at=ANSWERED_AT,
            saved_at=ANSWERED_AT,
            answered_at=ANSWERED_AT,
        )
    )


def make_trial(count: int = 80, **values: Any) -> Lottery:
    """A trial of `count`, half of them drawn; more of the drawn than of the others adopted."""
    lottery = make_lottery(count, budget_pence=500_000_000, planned=False, **values)
    have_locked_plan(lottery.round, permutations=200)
    lottery.draw()
    for number, case in enumerate(lottery.cases):
        make_baseline(case.id, lottery.round.id, hours_lost_week=5 + number % 9)
    for arm, adopting in ((Arm.VOUCHER, 4), (Arm.COMPARISON, 2)):
        found = session.query(Assignment).filter_by(round_id=lottery.round.id, arm=arm)
        for number, each in enumerate(found.order_by(Assignment.id)):
            uses = "made-for-it" if number % 6 < adopting else "general"
            answered(each, hours_lost_week=4 + number % 7, uses_technology=uses)
    return lottery
