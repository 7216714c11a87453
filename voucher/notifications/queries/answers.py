"""Reads of what somebody must answer soon before there is an agreement."""

from datetime import date

from sqlalchemy import ColumnElement, select

from voucher.matching.dialogue.models import DateProposal, DateStatus, Question
from voucher.matching.dialogue.queries import UNANSWERED
from voucher.matching.models import Match, MatchStatus
from voucher.notifications.queries.deadlines import Deadline, deadlines, near
from voucher.vouchers.models import Voucher, VoucherStatus


def matches_near_their_end(today: date, days: int) -> list[Deadline]:
    """Choices whose provider must answer within `days`, and has not proposed another day."""
    return _matches(~Match.id.in_(_DAY_PROPOSED), today, days)


def days_near_their_end(today: date, days: int) -> list[Deadline]:
    """Choices whose business must answer within `days` whether another day suits it."""
    return _matches(Match.id.in_(_DAY_PROPOSED), today, days)


def _matches(which: ColumnElement[bool], today: date, days: int) -> list[Deadline]:
    query = select(Match.id, Match.voucher_id, Match.chosen_at, Match.answer_by_on).where(
        Match.status == MatchStatus.OFFERED, which, near(Match.answer_by_on, today, days)
    )
    return deadlines(query.order_by(Match.answer_by_on, Match.id))


_DAY_PROPOSED = select(DateProposal.match_id).where(DateProposal.status == DateStatus.PROPOSED)


def questions_near_their_end(today: date, days: int) -> list[Deadline]:
    """Unanswered questions on live vouchers whose answer is expected within `days`."""
    query = (
        select(Question.id, Question.voucher_id, Question.asked_at, Question.answer_by_on)
        .join(Voucher, Voucher.id == Question.voucher_id)
        .where(
            Voucher.status == VoucherStatus.ISSUED,
            UNANSWERED,
            near(Question.answer_by_on, today, days),
        )
    )
    return deadlines(query.order_by(Question.answer_by_on, Question.id))
