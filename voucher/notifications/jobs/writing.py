"""Audit events become messages, each once; and the daily list of silence for the officers."""

import logging
from datetime import date, datetime

from sqlalchemy.exc import SQLAlchemyError

from voucher.claims.queries import silent_cases
from voucher.core.clock import london_date
from voucher.core.db import reading, session, transaction
from voucher.notifications.operations import (
    Desk,
    claim_position,
    record_not_made,
    tell,
    tell_of_event,
)
from voucher.notifications.queries.cases import Facts
from voucher.notifications.queries.claims import silence_facts
from voucher.notifications.queries.outbox import NewEvent, last_written, new_events
from voucher.notifications.rules import PLANS, Audience, Plan, is_news

logger = logging.getLogger("voucher.notifications")
READER = "notifications"
SILENCE = Plan("silent_cases", Audience.CLAIM_OFFICERS)
MOST_CASES = 20


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


def tell_officers_of_silence(desk: Desk, at: datetime) -> int:
    """Write the list of what is past its last day to the officers; how many messages.

    At most once a day, and only when something was put before them since the last list.
    """
    today = london_date(at)
    with reading():
        told_at = last_written(SILENCE.kind)
        facts = _news_of_silence(told_at, today)
        session.rollback()
    if facts is None or (told_at is not None and london_date(told_at) == today):
        return 0
    with transaction():
        return tell(plan=SILENCE, facts=facts, once=f"{SILENCE.kind}:{today}", desk=desk, at=at)


def _news_of_silence(told_at: datetime | None, today: date) -> Facts | None:
    found = silent_cases(today, limit=MOST_CASES)
    newest = found.rows[0].escalated_at if found.rows else None
    if newest is None or (told_at is not None and newest <= told_at):
        return None
    return silence_facts(found, told_at)
