"""Reads of the outbox: what is due, what was sent, and how far the events have been read."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import and_, or_, select

from voucher.audit.models import AuditEvent, AuditSeal
from voucher.core.db import count_rows, session
from voucher.core.errors import NotFound
from voucher.evaluation.models import SurveyResponse
from voucher.notifications.models import EventCursor, Message, MessageStatus
from voucher.vouchers.models import Voucher, VoucherStatus
from voucher.vouchers.rules import REMINDER_DAYS

PAGE_ROWS = 25


@dataclass(frozen=True)
class NewEvent:
    """A sealed event not read yet."""

    position: int
    event_id: int
    action: str
    at: datetime


def new_events(reader: str, limit: int) -> list[NewEvent]:
    """Up to `limit` sealed events after the reader's cursor, in the order of the chain."""
    query = (
        select(AuditSeal.position, AuditEvent.id, AuditEvent.action, AuditEvent.at)
        .join(AuditEvent, AuditEvent.id == AuditSeal.event_id)
        .where(AuditSeal.position > _position(reader))
        .order_by(AuditSeal.position)
        .limit(limit)
    )
    return [NewEvent(*row) for row in session.execute(query)]


def _position(reader: str) -> int:
    query = select(EventCursor.last_position).where(EventCursor.reader == reader)
    return session.execute(query).scalar() or 0


def locked_cursor(reader: str) -> EventCursor | None:
    """The reader's cursor, locked until the transaction ends."""
    query = select(EventCursor).where(EventCursor.reader == reader).with_for_update()
    found = session.execute(query.execution_options(populate_existing=True))
    return found.scalar_one_or_none()


def next_due(at: datetime) -> Message | None:
    """The message to send next, locked: one that is due, or one whose sender died.

    What another worker holds is passed over.
    """
    due = or_(
        and_(Message.status == MessageStatus.WAITING, Message.send_after <= at),
        and_(Message.status == MessageStatus.SENDING, Message.lease_until < at),
    )
    query = (
        select(Message)
        .where(due)
        .order_by(Message.send_after, Message.id)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    return session.execute(query).scalar_one_or_none()


def voucher_of(message: Message) -> Voucher | None:
    """The voucher a message is about, as it stands now."""
    if message.voucher_id is None:
        return None
    query = select(Voucher).where(Voucher.id == message.voucher_id)
    return session.execute(query.execution_options(populate_existing=True)).scalar_one()


def vouchers_near_their_end(today: date) -> Sequence[Voucher]:
    """Live vouchers whose last day lies within the longest reminder, nearest first."""
    query = select(Voucher).where(
        Voucher.status == VoucherStatus.ISSUED,
        Voucher.expires_on >= today,
        Voucher.expires_on <= today + timedelta(days=max(REMINDER_DAYS)),
    )
    return session.execute(query.order_by(Voucher.expires_on, Voucher.id)).scalars().all()


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
    """Surveys asked in that time which were neither answered nor declined."""
    query = select(SurveyResponse).where(
        SurveyResponse.asked_at <= asked_before,
        SurveyResponse.asked_at > asked_after,
        SurveyResponse.answered_at.is_(None),
        SurveyResponse.opted_out_at.is_(None),
    )
    return session.execute(query.order_by(SurveyResponse.id)).scalars().all()


@dataclass(frozen=True)
class ListedMessages:
    """One page of the outbox, newest first, and how many messages there are."""

    rows: Sequence[Any]
    total: int
    page: int

    @property
    def pages(self) -> int:
        """How many pages there are; one when there is nothing."""
        return max(1, -(-self.total // PAGE_ROWS))


def messages(*, recipient: str, page: int) -> ListedMessages:
    """Messages to addresses that contain `recipient` (all, if empty), newest first."""
    query = select(Message)
    if recipient:
        query = query.where(Message.recipient.contains(recipient.lower(), autoescape=True))
    total = count_rows(query.with_only_columns(Message.id))
    page = min(max(1, page), max(1, -(-total // PAGE_ROWS)))
    shown = query.order_by(Message.id.desc()).limit(PAGE_ROWS).offset((page - 1) * PAGE_ROWS)
    return ListedMessages(session.execute(shown).scalars().all(), total, page)


def message(message_id: int) -> Message:
    """One message, or NotFound."""
    found = session.get(Message, message_id)
    if found is None:
        raise NotFound("There is no such message.")
    return found
