"""Reads of the outbox: what is due, what was sent, and how far the events have been read."""

from dataclasses import dataclass
from datetime import datetime
from operator import itemgetter

from sqlalchemy import and_, func, or_, select

from voucher.audit.models import AuditEvent, AuditSeal
from voucher.claims.models import Claim, UnpaidStatus
from voucher.claims.queries import open_amendment, open_question
from voucher.claims.rules import awaited
from voucher.core.db import session
from voucher.core.errors import NotFound
from voucher.core.paging import Page, page_of
from voucher.evaluation.models import SurveyResponse
from voucher.evaluation.queries.surveys import has_told_to_stop
from voucher.matching.models import VariationStatus
from voucher.matching.queries import variations_of
from voucher.notifications.models import EventCursor, Message, MessageStatus
from voucher.notifications.queries.dialogue import still_waits
from voucher.notifications.queries.suggestions import still_suggested
from voucher.notifications.rules import (
    AMENDMENT_DUE,
    CONTRIBUTION_DUE,
    DIALOGUE_DUE,
    SUGGESTION_DUE,
    SURVEY_KINDS,
    SURVEY_REMINDER,
    VARIATION_DUE,
    Standing,
)
from voucher.vouchers.models import Redemption, Voucher, VoucherStatus


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
    query = select(EventCursor).where(EventCursor.reader == reader).with_for_update(key_share=True)
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
        .with_for_update(skip_locked=True, key_share=True)
    )
    return session.execute(query).scalar_one_or_none()


def standing_of(message: Message) -> Standing | None:
    """How the voucher or survey a message is about stands now; None for a message about neither."""
    if message.kind in SURVEY_KINDS:
        return _standing_of_survey(message)
    if message.voucher_id is None:
        return None
    query = (
        select(Voucher.status, Voucher.extended_at, Voucher.restored_at, Claim.status, Claim.id)
        .outerjoin(Redemption, Redemption.voucher_id == Voucher.id)
        .outerjoin(Claim, Claim.redemption_id == Redemption.id)
        .where(Voucher.id == message.voucher_id)
    )
    status, extended_at, restored_at, claim, claim_id = session.execute(query).one()
    issued, redeemed = status is VoucherStatus.ISSUED, status is VoucherStatus.REDEEMED
    waits_for = awaited(redeemed=redeemed, claim=claim)
    moved_at = max(filter(None, (extended_at, restored_at)), default=None)
    if message.kind in DIALOGUE_DUE:
        waits = issued and still_waits(message.kind, message.once_key)
        return Standing(issued, moved_at, waits_for, waits)
    if message.kind == SUGGESTION_DUE:
        waits = issued and still_suggested(message.voucher_id)
        return Standing(issued, moved_at, waits_for, waits)
    if message.kind == VARIATION_DUE:
        return Standing(issued, moved_at, waits_for, _is_referred(message.voucher_id))
    is_open = claim_id is not None and redeemed and _is_open(message.kind, claim_id)
    return Standing(issued, moved_at, waits_for, is_open)


def _standing_of_survey(message: Message) -> Standing | None:
    """Whether the survey still waits for its answer. The `once_key` names it: a reminder's by its
    id, the first message's by the event of its asking."""
    number = message.once_key.split(":")[1]
    if message.kind == SURVEY_REMINDER:
        survey = session.get(SurveyResponse, int(number))
    else:
        event = session.get(AuditEvent, int(number))
        survey = session.get(SurveyResponse, event.record_id) if event else None
    if survey is None:
        return None
    waits = survey.answered_at is None and not has_told_to_stop(survey.application_id)
    return Standing(is_live=waits, matter_open=waits)


def _is_open(kind: str, claim_id: int) -> bool:
    """Whether what a reminder names still waits for the business."""
    if kind == AMENDMENT_DUE:
        return open_amendment(claim_id) is not None
    if kind == CONTRIBUTION_DUE:
        question = open_question(claim_id)
        return question is not None and question.status is UnpaidStatus.ASKED
    return False


def _is_referred(voucher_id: int) -> bool:
    changes = variations_of(voucher_id)
    return any(change.status is VariationStatus.REFERRED for change in changes)


def last_written(kind: str) -> datetime | None:
    """When the latest message of one kind was written; None if there never was one."""
    query = select(Message.created_at).where(Message.kind == kind).order_by(Message.id.desc())
    return session.execute(query.limit(1)).scalar()


def messages(*, recipient: str, page: int, about: str = "") -> Page[Message]:
    """One page of the messages to addresses with `recipient` in them (any), newest first.

    `about`: what their subjects hold, in any case.
    """
    query = select(Message)
    if recipient:
        query = query.where(Message.recipient.contains(recipient.lower(), autoescape=True))
    if about:
        query = query.where(Message.subject.icontains(about, autoescape=True))
    return page_of(query.order_by(Message.id.desc()), page, key=Message.id, make=itemgetter(0))


@dataclass(frozen=True)
class MessageFilter:
    """Which undelivered messages: given up, being tried again, or all; and to whom or on what."""

    status: str = "failed"
    text: str = ""


@dataclass(frozen=True)
class Undelivered:
    """A message that did not arrive, without its words: they may hold links."""

    id: int
    recipient: str
    subject: str
    status: MessageStatus
    tries: int
    last_error: str | None
    created_at: datetime
    send_after: datetime
    has_words: bool


_GIVEN_UP = Message.status == MessageStatus.FAILED
_TRYING = and_(
    Message.status.in_((MessageStatus.WAITING, MessageStatus.SENDING)),
    Message.last_error.is_not(None),
)
UNDELIVERED = {"failed": _GIVEN_UP, "trying": _TRYING, "all": or_(_GIVEN_UP, _TRYING)}


def undelivered(chosen: MessageFilter, page: int) -> Page[Undelivered]:
    """One page of the messages that did not arrive, newest first."""
    query = select(
        Message.id,
        Message.recipient,
        Message.subject,
        Message.status,
        Message.tries,
        Message.last_error,
        Message.created_at,
        Message.send_after,
        Message.text_body != "",
    ).where(UNDELIVERED[chosen.status])
    text = chosen.text.strip().lower()
    if text:
        places = (Message.recipient, func.lower(Message.subject))
        query = query.where(or_(*(place.contains(text, autoescape=True) for place in places)))
    query = query.order_by(Message.id.desc())
    return page_of(query, page, key=Message.id, make=lambda row: Undelivered(*row))


def message(message_id: int) -> Message:
    """One message, or NotFound."""
    found = session.get(Message, message_id)
    if found is None:
        raise NotFound("There is no such message.")
    return found
