"""Reads of the replies to the follow-ups, counted by round, wave, arm and part of the list."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import case, func, select

from voucher.allocation.models import Arm, Assignment
from voucher.core.clock import london_date
from voucher.core.db import session
from voucher.evaluation.models import Mode, SurveyResponse, Wave
from voucher.evaluation.reply_rates import Replies
from voucher.evaluation.rules import OPEN_DAYS, OVERDUE_DAYS
from voucher.programmes.models import Round


def replies_of_rounds(
    at: datetime, round_reference: str | None = None
) -> Mapping[tuple[str, str], list[Replies]]:
    """The replies by round (reference, name), the newest first, in one statement.

    `at`: the present, which decides what is overdue or closed. With `round_reference` of one round.
    """
    arm = func.coalesce(Assignment.arm, Arm.VOUCHER.value)
    stratum = func.coalesce(Assignment.stratum, "")
    query = (
        select(Round.reference, Round.name, SurveyResponse.wave, arm, stratum, *_counts(at))
        .join(Round, Round.id == SurveyResponse.round_id)
        .outerjoin(Assignment, Assignment.application_id == SurveyResponse.application_id)
        .where(SurveyResponse.wave != Wave.BASELINE)
        .group_by(Round.id, Round.reference, Round.name, SurveyResponse.wave, arm, stratum)
        .order_by(Round.id.desc())
    )
    if round_reference is not None:
        query = query.where(Round.reference == round_reference)
    found: dict[tuple[str, str], list[Replies]] = {}
    for reference, name, wave, in_arm, part, *counts in session.execute(query):
        row = Replies(wave, Arm(in_arm), part, *(int(each) for each in counts))
        found.setdefault((reference, name), []).append(row)
    return found


def _counts(at: datetime) -> list[Any]:
    """The columns of a row, in the order of `Replies`."""
    silent = SurveyResponse.answered_at.is_(None) & SurveyResponse.opted_out_at.is_(None)
    is_open = SurveyResponse.due_on > london_date(at) - timedelta(days=OPEN_DAYS)
    late = SurveyResponse.asked_at <= at - timedelta(days=OVERDUE_DAYS)
    answered = SurveyResponse.answered_at.is_not(None)
    return [
        func.count(SurveyResponse.id),
        func.count(SurveyResponse.answered_at),
        _number_of(answered & (SurveyResponse.mode == Mode.PHONE)),
        _number_of(silent & is_open & SurveyResponse.saved_at.is_not(None)),
        _number_of(SurveyResponse.opted_out_at.is_not(None) & ~answered),
        _number_of(silent & is_open & late),
        _number_of(silent & ~is_open),
    ]


def _number_of(condition: Any) -> Any:
    return func.sum(case((condition, 1), else_=0))
