"""Webhooks: kept once each as they arrive, and what became of them."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite

from voucher.audit.operations import record
from voucher.core.db import session
from voucher.core.errors import Invalid
from voucher.core.status import opened, transition
from voucher.integrations.stripe.answers import EventSeen
from voucher.payments.models import INBOX_MOVES, InboxStatus, StripeEvent
from voucher.payments.rules import event_pause

LONGEST_ID = 80
LONGEST_ERROR = 300


def receive(
    *, endpoint: str, body: Mapping[str, Any], livemode: bool, at: datetime
) -> StripeEvent | None:
    """Keep a verified webhook once; None when it is here already, or is no event of Stripe's v1.

    `endpoint`: "platform" or "connect". An event of the other mode (a live endpoint is sent test
    events too) is kept as not for us. Only ids are kept of what it says. Raises Invalid for an id
    that can't be one.
    """
    seen = _read(body)
    return None if seen is None else keep(endpoint=endpoint, seen=seen, livemode=livemode, at=at)


def keep(*, endpoint: str, seen: EventSeen, livemode: bool, at: datetime) -> StripeEvent | None:
    """Keep an event once, whether it came by webhook or from Stripe’s list; see `receive`."""
    for text in (seen.event_id, seen.kind, seen.account_id or "", seen.object_id or ""):
        if len(text) > LONGEST_ID or not text.isascii() or not text.isprintable():
            raise Invalid("This is no event.")
    values = {
        "stripe_event_id": seen.event_id,
        "endpoint": endpoint,
        "event_type": seen.kind,
        "stripe_account_id": seen.account_id,
        "object_id": seen.object_id,
        "status": InboxStatus.NEW,
        "created_at": seen.created_at,
        "received_at": at,
        "next_try_at": at,
        "tries": 0,
    }
    event = _insert_once(values)
    if event is None:
        return None
    opened(event, at=at, by=None)
    if seen.livemode is not livemode:
        finish(event=event, to=InboxStatus.IGNORED, at=at, error="of the other mode")
    return event


def _read(body: Mapping[str, Any]) -> EventSeen | None:
    try:
        seen = EventSeen.read(body)
    except (KeyError, TypeError, AttributeError, ValueError, OverflowError):
        return None
    texts = (seen.event_id, seen.kind, seen.account_id or "", seen.object_id or "")
    return seen if all(isinstance(text, str) for text in texts) else None


def _insert_once(values: dict[str, Any]) -> StripeEvent | None:
    """Insert unless the id is known, also when both arrive at the same moment."""
    dialect: Any = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    statement = dialect.insert(StripeEvent).values(**values).on_conflict_do_nothing()
    event_id = session.execute(statement.returning(StripeEvent.id)).scalar_one_or_none()
    return None if event_id is None else session.get_one(StripeEvent, event_id)


def finish(*, event: StripeEvent, to: InboxStatus, at: datetime, error: str | None = None) -> None:
    """Close an event: done, or not for us."""
    words = error[:LONGEST_ERROR] if error else None
    transition(event, to, moves=INBOX_MOVES, at=at, by=None, finished_at=at, last_error=words)


def postpone(*, event: StripeEvent, error: str, at: datetime) -> None:
    """Enter a failed try: again after a pause that doubles, and dead after the eighth."""
    event.tries += 1
    event.last_error = error[:LONGEST_ERROR]
    wait = event_pause(event.tries)
    if wait is None:
        transition(event, InboxStatus.DEAD, moves=INBOX_MOVES, at=at, by=None)
    else:
        event.next_try_at = at + wait
    session.flush()


def revive(*, at: datetime, by: int | None) -> int:
    """Try every dead event again; how many there were."""
    query = select(StripeEvent).where(StripeEvent.status == InboxStatus.DEAD)
    events = session.execute(query.order_by(StripeEvent.id)).scalars().all()
    for event in events:
        _revive(event, at, by)
    return len(events)


def revive_one(*, event: StripeEvent, at: datetime, by: int) -> None:
    """Try one dead event again. Raises Conflict unless it is dead."""
    _revive(event, at, by)


def _revive(event: StripeEvent, at: datetime, by: int | None) -> None:
    facts = {"tries": 0, "next_try_at": at}
    transition(event, InboxStatus.NEW, moves=INBOX_MOVES, at=at, by=by, **facts)
    details = {"event": event.stripe_event_id, "kind": event.event_type}
    record(action="webhook.revived", subject=event, at=at, by=by, details=details)
