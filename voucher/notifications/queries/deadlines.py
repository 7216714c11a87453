"""Reads of what ends soon: vouchers, days to claim, days to answer, and surveys left unanswered."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, select

from voucher.claims.models import (
    Amendment,
    AmendmentStatus,
    Claim,
    UnpaidContribution,
    UnpaidStatus,
)
from voucher.claims.queries.silence import ANSWER_AWAITED, CLAIM_AWAITED, with_claims
from voucher.core.clock import london_date
from voucher.core.db import session
from voucher.evaluation.models import SurveyResponse
from voucher.evaluation.queries.surveys import told_to_stop
from voucher.matching.models import Match, MatchStatus, Variation, VariationStatus
from voucher.notifications.models import Message
from voucher.vouchers.models import Redemption, Voucher, VoucherStatus


@dataclass(frozen=True)
class Deadline:
    """The last day of one record, when its time began, and the voucher that it is about."""

    record_id: int
    voucher_id: int
    begun_on: date
    last_on: date


def vouchers_near_their_end(today: date, days: int) -> list[Deadline]:
    """Live vouchers whose last day is today or at most `days` away, nearest first."""
    query = select(Voucher.id, Voucher.id, Voucher.issued_at, Voucher.expires_on).where(
        Voucher.status == VoucherStatus.ISSUED, near(Voucher.expires_on, today, days)
    )
    return deadlines(query.order_by(Voucher.expires_on, Voucher.id))


def claims_near_their_end(today: date, days: int) -> list[Deadline]:
    """Redemptions without a claim whose last day to claim is at most `days` away."""
    at = Redemption.redeemed_at
    query = with_claims(Redemption.id, Voucher.id, at, Redemption.claim_by_on).where(
        CLAIM_AWAITED, near(Redemption.claim_by_on, today, days)
    )
    return deadlines(query.order_by(Redemption.claim_by_on, Redemption.id))


def answers_near_their_end(today: date, days: int) -> list[Deadline]:
    """Claims that wait for the business whose last day to answer is at most `days` away."""
    query = with_claims(Claim.id, Voucher.id, Claim.submitted_at, Claim.confirm_by_on).where(
        ANSWER_AWAITED, near(Claim.confirm_by_on, today, days)
    )
    return deadlines(query.order_by(Claim.confirm_by_on, Claim.id))


def amendments_near_their_end(today: date, days: int) -> list[Deadline]:
    """Open offers of other amounts whose last day to answer is at most `days` away."""
    last_on = Amendment.answer_by_on
    query = (
        with_claims(Amendment.id, Voucher.id, Amendment.offered_at, last_on)
        .join(Amendment, Amendment.claim_id == Claim.id)
        .where(
            Voucher.status == VoucherStatus.REDEEMED,
            Amendment.status == AmendmentStatus.OFFERED,
            near(last_on, today, days),
        )
    )
    return deadlines(query.order_by(last_on, Amendment.id))


def parts_near_their_end(today: date, days: int) -> list[Deadline]:
    """Businesses' own parts that are asked for, whose last day is at most `days` away."""
    last_on = UnpaidContribution.pay_by_on
    query = (
        with_claims(UnpaidContribution.id, Voucher.id, UnpaidContribution.asked_at, last_on)
        .join(UnpaidContribution, UnpaidContribution.claim_id == Claim.id)
        .where(
            Voucher.status == VoucherStatus.REDEEMED,
            UnpaidContribution.status == UnpaidStatus.ASKED,
            near(last_on, today, days),
        )
    )
    return deadlines(query.order_by(last_on, UnpaidContribution.id))


def decisions_near_their_end(today: date, days: int) -> list[Deadline]:
    """Changes of agreements that wait for an officer whose last day is at most `days` away."""
    last_on = Variation.decide_by_on
    query = (
        select(Variation.id, Match.voucher_id, Variation.answered_at, last_on)
        .join(Match, Match.id == Variation.match_id)
        .where(
            Variation.status == VariationStatus.REFERRED,
            Match.status == MatchStatus.AGREED,
            near(last_on, today, days),
        )
    )
    return deadlines(query.order_by(last_on, Variation.id))


def near(column: Any, today: date, days: int) -> ColumnElement[bool]:
    """Whether a last day is today or at most `days` away."""
    return column.between(today, today + timedelta(days=days))


def deadlines(query: Any) -> list[Deadline]:
    """The rows (record, voucher, when its time began, last day) of a select as deadlines."""
    return [
        Deadline(record_id, voucher_id, london_date(begun_at), last_on)
        for record_id, voucher_id, begun_at, last_on in session.execute(query)
    ]


def once_keys_of(kind: str, voucher_ids: Sequence[int]) -> dict[int, list[str]]:
    """The `once_key`s of the messages of one kind, by voucher."""
    query = select(Message.voucher_id, Message.once_key).where(
        Message.kind == kind, Message.voucher_id.in_(voucher_ids)
    )
    found: dict[int, list[str]] = {}
    for voucher_id, key in session.execute(query):
        found.setdefault(voucher_id, []).append(key)
    return found


def unanswered_surveys(asked_before: datetime, asked_after: datetime) -> Sequence[SurveyResponse]:
    """Surveys asked in that time and not answered, of businesses that may be asked."""
    query = select(SurveyResponse).where(
        SurveyResponse.asked_at <= asked_before,
        SurveyResponse.asked_at > asked_after,
        SurveyResponse.answered_at.is_(None),
        SurveyResponse.application_id.not_in(told_to_stop()),
    )
    return session.execute(query.order_by(SurveyResponse.id)).scalars().all()
