"""After the reminders: staff ring those who have not answered, and type what they say."""

import random
from datetime import datetime, timedelta

from sqlalchemy import func, select

from voucher.core.clock import london_date
from voucher.core.db import session, transaction
from voucher.evaluation.models import SurveyResponse
from voucher.evaluation.plausible import USUAL
from voucher.evaluation.queries.surveys import place_of
from voucher.evaluation.rules import OVERDUE_DAYS, is_open
from voucher.evaluation.telephone.models import CallOutcome, SurveyCall
from voucher.evaluation.telephone.operations import enter_answers, note_call
from voucher.sandbox.seed.following import answers_by

OUTCOMES = (
    CallOutcome.NO_ANSWER,
    CallOutcome.ANSWERED,
    CallOutcome.CALL_BACK,
    CallOutcome.WRONG_NUMBER,
    CallOutcome.ANSWERED,
    CallOutcome.NO_NUMBER,
    CallOutcome.DECLINED,
    CallOutcome.LANGUAGE,
    CallOutcome.ANSWERED,
    CallOutcome.CLOSED_DOWN,
)
"""What comes of one call after another."""
LEFT_OUT = 5
"""One overdue follow-up in so many is not rung about: those of the present wait on the list."""


def ring_round(by: int, at: datetime) -> int:
    """Ring once about each follow-up that is overdue; how many calls were made."""
    with transaction():
        made = session.execute(select(func.count(SurveyCall.id))).scalar_one()
        due = _overdue(at)
        for number, response in enumerate(due, made):
            _ring(response, OUTCOMES[number % len(OUTCOMES)], by, at)
        return len(due)


def _overdue(at: datetime) -> list[SurveyResponse]:
    rung = select(SurveyCall.response_id)
    query = select(SurveyResponse).where(
        SurveyResponse.asked_at <= at - timedelta(days=OVERDUE_DAYS),
        SurveyResponse.answered_at.is_(None),
        SurveyResponse.opted_out_at.is_(None),
        SurveyResponse.id.not_in(rung),
        SurveyResponse.id % LEFT_OUT != 0,
    )
    found = session.execute(query.order_by(SurveyResponse.id)).scalars()
    return [each for each in found if is_open(each.due_on, london_date(at))]


def _ring(response: SurveyResponse, outcome: CallOutcome, by: int, at: datetime) -> None:
    if outcome is not CallOutcome.ANSWERED:
        note_call(response=response, outcome=outcome, by=by, at=at)
        return
    arm = place_of(response).arm
    draw = random.Random(f"{response.application_id}-{response.wave}-rung")
    answers = answers_by(response, arm, draw)
    right = {code: answers[code] for code in USUAL if code in answers}
    enter_answers(
        response=response, arm=arm, answers=answers, sending=True, confirmed=right, by=by, at=at
    )
