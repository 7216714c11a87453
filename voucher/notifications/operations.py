"""Writes on the outbox: putting messages in, taking them out to be sent, and what came of it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import or_, select, update
from sqlalchemy.exc import IntegrityError

from voucher.audit.models import AuditEvent
from voucher.audit.operations import record
from voucher.core.db import lock, session
from voucher.core.errors import Conflict
from voucher.core.status import opened, transition
from voucher.evaluation.rules import survey_token
from voucher.notifications.models import MESSAGE_MOVES, EventCursor, Message, MessageStatus
from voucher.notifications.queries.facts import Facts, facts_of
from voucher.notifications.queries.outbox import locked_cursor, next_due, standing_of
from voucher.notifications.queries.people import people_for
from voucher.notifications.rules import (
    BODIES_KEPT,
    LEASE,
    PLANS,
    Plan,
    next_try,
    opens_by_itself,
    quoted,
    read_words,
    still_true,
)

Render = Callable[[str, Mapping[str, Any]], str]
"""Renders a template (its name, its context). The entry points have it; this package has none."""
LONGEST_ERROR = 300
EMPTY = {"text_body": "", "html_body": ""}


@dataclass(frozen=True)
class Desk:
    """What writing a letter takes: the templates, the service's address, the key of survey links,
    and for how many days nothing is paid to a bank account that was changed."""

    render: Render
    base_url: str
    survey_key: bytes
    bank_cooling_days: int


def enqueue(
    *,
    once_key: str,
    kind: str,
    recipient: str,
    user_id: int | None,
    subject: str,
    text_body: str,
    html_body: str,
    at: datetime,
    voucher_id: int | None = None,
    link_ends_at: datetime | None = None,
) -> Message | None:
    """Put a message into the outbox, to be sent by the worker; None if `once_key` is there already.

    `once_key` says what the message is about ("voucher.issued:17"), so that nobody gets it twice.
    A message whose link has ended (`link_ends_at`) is not sent any more.
    """
    seen = select(Message.id).where(Message.once_key == once_key)
    if session.execute(seen).first() is not None:
        return None
    message = Message(
        once_key=once_key,
        kind=kind,
        recipient=recipient,
        user_id=user_id,
        voucher_id=voucher_id,
        subject=subject,
        text_body=text_body,
        html_body=html_body,
        link_ends_at=link_ends_at,
        status=MessageStatus.WAITING,
        send_after=at,
        created_at=at,
    )
    session.add(message)
    opened(message, at=at, by=None)
    return message


def tell(*, plan: Plan, facts: Facts, once: str, desk: Desk, at: datetime) -> int:
    """Write the planned message to each of its people; how many are new in the outbox.

    `once` names the occasion; with the person's id it makes a second copy impossible.
    """
    written = 0
    for person in people_for(plan.to, facts):
        subject, text, html = write_letter(plan.kind, facts, person.full_name, desk)
        made = enqueue(
            once_key=f"{once}:{person.id}",
            kind=plan.kind,
            recipient=person.email,
            user_id=person.id,
            voucher_id=facts.voucher_id,
            subject=subject,
            text_body=text,
            html_body=html,
            at=at,
        )
        written += made is not None
    return written


def write_letter(kind: str, facts: Facts, name: str, desk: Desk) -> tuple[str, str, str]:
    """Subject, plain text and HTML of one message, both laid out from the same words."""
    context = {**facts.words, "base_url": desk.base_url, "name": name, "quoted": quoted}
    context["bank_cooling_days"] = desk.bank_cooling_days
    nonce = facts.extra.get("token_nonce")
    if nonce:
        context["survey_url"] = f"{desk.base_url}/survey/{survey_token(desk.survey_key, nonce)}"
    words = read_words(desk.render(f"emails/words/{kind}.txt", context))
    laid_out = {"heading": words.subject, "blocks": words.blocks}
    text = desk.render("emails/letter.txt", laid_out)
    return words.subject, text.strip() + "\n", desk.render("emails/letter.html", laid_out)


def tell_of_event(*, event_id: int, desk: Desk, at: datetime) -> int:
    """Write every message planned for one audit event; how many are new in the outbox."""
    event = session.get_one(AuditEvent, event_id)
    facts = facts_of(event)
    if facts is None:
        return 0
    return sum(
        tell(plan=plan, facts=facts, once=f"{plan.kind}:{event.id}", desk=desk, at=at)
        for plan in PLANS[event.action]
    )


def record_not_made(*, event_id: int, fault: str, at: datetime) -> None:
    """Write down that no message could be made of an event, for staff to see in the event log."""
    event = session.get_one(AuditEvent, event_id)
    details = {"event": event_id, "action": event.action, "fault": fault}
    record(
        action="message.not_made",
        subject=event,
        at=at,
        by=None,
        case=event.case_reference,
        details=details,
    )


def claim_position(*, reader: str, position: int) -> bool:
    """Move the reader's cursor to `position`; False if it is there or beyond already.

    The cursor's row lock makes each event the work of one worker.
    """
    cursor = locked_cursor(reader) or _first_cursor(reader)
    if cursor.last_position >= position:
        return False
    cursor.last_position = position
    session.flush()
    return True


def _first_cursor(reader: str) -> EventCursor:
    """The cursor of a reader that has read nothing; of two workers at once one makes it."""
    try:
        with session.begin_nested():
            cursor = EventCursor(reader=reader, last_position=0)
            session.add(cursor)
            session.flush()
    except IntegrityError:
        made = locked_cursor(reader)
        if made is None:
            raise
        return made
    return cursor


def take_next(*, at: datetime) -> Message | None:
    """Take the next due message for sending, with a lease; None when nothing is due.

    A message that is no longer true (its voucher or its link has ended) is dropped on the way.
    """
    while (message := next_due(at)) is not None:
        if message.status is MessageStatus.SENDING:
            _move(message, MessageStatus.WAITING, at, lease_until=None)
        if _is_still_true(message, at):
            lease = at + LEASE
            _move(message, MessageStatus.SENDING, at, lease_until=lease, tries=message.tries + 1)
            return message
        _move(message, MessageStatus.DROPPED, at)
    return None


def _is_still_true(message: Message, at: datetime) -> bool:
    if _link_has_ended(message, at):
        return False
    return still_true(message.kind, standing_of(message), written_at=message.created_at)


def _link_has_ended(message: Message, at: datetime) -> bool:
    return message.link_ends_at is not None and message.link_ends_at <= at


def mark_sent(*, message_id: int, at: datetime, keep_links: bool = False) -> None:
    """Note that the mail server took the message over.

    A link that opens something by itself is now in one mailbox and need stand nowhere else, so such
    a message is emptied, unless `keep_links` (the demonstration shows its messages).
    """
    message = session.get_one(Message, message_id)
    emptied = {} if keep_links or not opens_by_itself(message.kind) else EMPTY
    facts = {"sent_at": at, "lease_until": None, "last_error": None}
    _move(message, MessageStatus.SENT, at, **facts, **emptied)


def mark_failed(*, message_id: int, reason: str, permanent: bool, at: datetime) -> None:
    """Note a failure: to be tried again later, or given up when permanent or tried too often."""
    message = session.get_one(Message, message_id)
    wait = None if permanent else next_try(message.tries)
    facts = {"lease_until": None, "last_error": reason[:LONGEST_ERROR]}
    if wait is None:
        _move(message, MessageStatus.FAILED, at, **facts)
    else:
        _move(message, MessageStatus.WAITING, at, send_after=at + wait, **facts)


def send_again(*, message: Message, by: int, at: datetime) -> None:
    """Let a message that was given up go out once more, with all its tries.

    Raises Conflict unless it was given up and still has its words, and its link has not ended.
    """
    locked: Message = lock(Message, message.id)
    if locked.status is not MessageStatus.FAILED:
        raise Conflict(f"This can’t be sent again: it is “{locked.status.staff_label}”.")
    if not locked.text_body or _link_has_ended(locked, at):
        raise Conflict("Its link has ended, so it is not sent. The person can ask for a new one.")
    tried = locked.tries
    facts = {"send_after": at, "tries": 0}
    transition(locked, MessageStatus.WAITING, moves=MESSAGE_MOVES, at=at, by=by, **facts)
    details = {"kind": locked.kind, "tries": tried}
    record(action="message.sent_again", subject=locked, at=at, by=by, details=details)


def forget_bodies(*, at: datetime) -> int:
    """Empty the words (and with them the links) of messages that are old, or whose link has ended.

    Only those that are not sent any more; how many. The rows stay.
    """
    ended = (MessageStatus.SENT, MessageStatus.FAILED, MessageStatus.DROPPED)
    done = session.execute(
        update(Message)
        .where(
            Message.status.in_(ended),
            or_(Message.created_at < at - BODIES_KEPT, Message.link_ends_at <= at),
            Message.text_body != "",
        )
        .values(**EMPTY)
        .execution_options(synchronize_session=False)
    )
    return int(done.rowcount)


def _move(message: Message, to: MessageStatus, at: datetime, **facts: Any) -> None:
    transition(message, to, moves=MESSAGE_MOVES, at=at, by=None, **facts)
