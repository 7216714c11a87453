"""What the worker does for messages: write them, remind, send, forget. Each job owns its
transactions; the mail server is called between two of them, holding no lock."""

import logging
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Protocol

from sqlalchemy.exc import SQLAlchemyError

from voucher.core.clock import london_date
from voucher.core.db import reading, session, transaction
from voucher.evaluation.models import SurveyResponse
from voucher.integrations.mail.gateway import MailRefused, MailUnavailable
from voucher.integrations.mail.letter import Letter
from voucher.notifications.operations import (
    Desk,
    claim_position,
    forget_bodies,
    mark_failed,
    mark_sent,
    record_not_made,
    take_next,
    tell,
    tell_of_event,
)
from voucher.notifications.queries.facts import survey_facts, voucher_facts
from voucher.notifications.queries.outbox import (
    NewEvent,
    new_events,
    once_keys_of,
    unanswered_surveys,
    vouchers_near_their_end,
)
from voucher.notifications.rules import (
    PLANS,
    SURVEY_REMINDER_DAYS,
    Audience,
    Plan,
    is_news,
)
from voucher.vouchers.models import Voucher, VoucherStatus
from voucher.vouchers.rules import reminder_due

logger = logging.getLogger("voucher.notifications")
READER = "notifications"
REMINDER = Plan("voucher_reminder", Audience.BUSINESS)
SURVEY_REMINDER = Plan("survey_reminder", Audience.SIGNATORY)
SURVEY_REMINDER_SPAN = timedelta(days=7)


class MailServer(Protocol):
    """The mail gateway, as far as it is used here."""

    def send(self, letter: Letter) -> None:
        """Hand the letter over; raises MailRefused or MailUnavailable."""


def write_messages(desk: Desk, at: datetime, limit: int = 500) -> int:
    """Turn up to `limit` sealed events into messages; how many were written.

    Each event is a transaction of its own with the reader's cursor, so it is told once, whoever
    dies. One that no message can be made of is logged, written into the record and passed.
    """
    with reading():
        events = new_events(READER, limit)
        session.rollback()
    told = [event for event in events if event.action in PLANS and is_news(event.at, at)]
    written = sum(_write(event, desk, at) for event in told)
    if events:
        with transaction():
            claim_position(reader=READER, position=events[-1].position)
    return written


def _write(event: NewEvent, desk: Desk, at: datetime) -> int:
    try:
        with transaction():
            if not claim_position(reader=READER, position=event.position):
                return 0
            return tell_of_event(event_id=event.event_id, desk=desk, at=at)
    except SQLAlchemyError:
        raise
    except Exception as error:
        logger.exception("no message could be made of event %s", event.event_id)
        with transaction():
            claim_position(reader=READER, position=event.position)
            record_not_made(event_id=event.event_id, fault=type(error).__name__, at=at)
        return 0


def remind_of_vouchers(desk: Desk, at: datetime) -> int:
    """Write the reminders due today (30, 14, 7, 1 days before a last day); how many."""
    today = london_date(at)
    with reading():
        due = _reminders_due(today)
        session.rollback()
    written = 0
    for voucher_id, days in due:
        with transaction():
            written += _remind(session.get_one(Voucher, voucher_id), days, desk, at)
    return written


def _reminders_due(today: date) -> list[tuple[int, int]]:
    vouchers = vouchers_near_their_end(today)
    keys = once_keys_of(REMINDER.kind, [voucher.id for voucher in vouchers])
    found = []
    for voucher in vouchers:
        sent = _days_sent(keys.get(voucher.id, []), voucher.expires_on)
        issued_on = london_date(voucher.issued_at)
        days = reminder_due(voucher.expires_on, today, sent, issued_on=issued_on)
        if days is not None:
            found.append((voucher.id, days))
    return found


def _days_sent(once_keys: list[str], expires_on: date) -> list[int]:
    """Which reminders were written for this last day; after an extension they begin anew."""
    parts = [key.split(":") for key in once_keys]
    return [int(part[3]) for part in parts if part[2] == expires_on.isoformat()]


def _remind(voucher: Voucher, days: int, desk: Desk, at: datetime) -> int:
    if voucher.status is not VoucherStatus.ISSUED:
        return 0
    facts = voucher_facts(voucher, days_left=(voucher.expires_on - london_date(at)).days)
    once = f"{REMINDER.kind}:{voucher.id}:{voucher.expires_on.isoformat()}:{days}"
    return tell(plan=REMINDER, facts=facts, once=once, desk=desk, at=at)


def remind_of_surveys(desk: Desk, at: datetime) -> int:
    """Mention surveys that nobody answered once more; how many messages were written."""
    written = 0
    for days in SURVEY_REMINDER_DAYS:
        before = at - timedelta(days=days)
        with reading():
            due = [each.id for each in unanswered_surveys(before, before - SURVEY_REMINDER_SPAN)]
            session.rollback()
        for response_id in due:
            with transaction():
                facts = survey_facts(session.get_one(SurveyResponse, response_id))
                once = f"{SURVEY_REMINDER.kind}:{response_id}:{days}"
                written += tell(plan=SURVEY_REMINDER, facts=facts, once=once, desk=desk, at=at)
    return written


@dataclass(frozen=True)
class _Taken:
    message_id: int
    letter: Letter


def send_messages(mail: MailServer, at: datetime, *, domain: str, limit: int = 50) -> int:
    """Send up to `limit` due messages; how many the server took over.

    Taking a message and noting the outcome are two transactions with the server's call between
    them. A worker that dies in between leaves a lease that runs out: the letter goes again, with
    the same message id. `domain` makes that id. When the server can't be reached, this round ends.
    """
    sent = 0
    for _ in range(limit):
        taken = _take(at, domain)
        if taken is None:
            break
        try:
            mail.send(taken.letter)
        except MailRefused as error:
            _failed(taken, str(error), error.permanent, at)
        except MailUnavailable as error:
            _failed(taken, str(error), False, at)
            break
        else:
            with transaction():
                mark_sent(message_id=taken.message_id, at=at)
            sent += 1
    return sent


def _take(at: datetime, domain: str) -> _Taken | None:
    with transaction():
        message = take_next(at=at)
        if message is None:
            return None
        return _Taken(
            message.id,
            Letter(
                to=message.recipient,
                subject=message.subject,
                text=message.text_body,
                html=message.html_body or None,
                message_id=f"message-{message.id}@{domain}",
                written_at=message.created_at,
            ),
        )


def _failed(taken: _Taken, reason: str, permanent: bool, at: datetime) -> None:
    logger.warning("message %s was not sent: %s", taken.message_id, reason)
    with transaction():
        mark_failed(message_id=taken.message_id, reason=reason, permanent=permanent, at=at)


def forget_old_messages(at: datetime) -> int:
    """Empty the words of messages older than 90 days; how many."""
    with transaction():
        return forget_bodies(at=at)
