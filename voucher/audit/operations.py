"""Writing events, and sealing them into the chain."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import insert, select

from voucher.audit.models import GENESIS, AuditEvent, AuditSeal
from voucher.audit.rules import content_sha256, seal_hash
from voucher.core.db import session, wait_for_turn

SEALING_LOCK = 731_106


def record(
    *,
    action: str,
    subject: Any,
    at: datetime,
    by: int | None,
    case: str | None = None,
    details: Mapping[str, Any] | None = None,
) -> AuditEvent:
    """Append the event `action` on the stored row `subject`.

    `by` is a user's id, or None where the system itself acted. `case` is the application's
    reference where the event belongs to one. `details` holds ids, amounts in pence, codes and
    catalogue reasons: no personal data. The event stands or falls with the caller's transaction.
    """
    session.flush()
    event = AuditEvent(**_content(action, subject, at, by, case, details or {}))
    session.add(event)
    session.flush()
    return event


def record_all(
    *,
    action: str,
    cases: Iterable[tuple[Any, Mapping[str, Any]]],
    at: datetime,
    by: int | None,
) -> None:
    """Append the event `action` for each of many cases, in their order, in one statement.

    `cases`: stored rows that have a `reference`, each with the details of its event. What a single
    `record` promises holds for each.
    """
    session.flush()
    events = [
        _content(action, subject, at, by, subject.reference, details) for subject, details in cases
    ]
    if events:
        session.execute(insert(AuditEvent), events)


def _content(
    action: str,
    subject: Any,
    at: datetime,
    by: int | None,
    case: str | None,
    details: Mapping[str, Any],
) -> dict[str, Any]:
    content = {
        "at": at,
        "actor_user_id": by,
        "actor_kind": "system" if by is None else "person",
        "action": action,
        "record_kind": subject.__tablename__,
        "record_id": subject.id,
        "case_reference": case,
        "details": dict(details),
    }
    return {**content, "content_sha256": content_sha256(**content)}


def seal(*, at: datetime, limit: int = 5000) -> int:
    """Seal up to `limit` unsealed events, in order of id; how many were sealed.

    One sealer at a time: PostgreSQL by advisory lock, SQLite by its single writer.
    """
    wait_for_turn(SEALING_LOCK)
    last = session.execute(select(AuditSeal).order_by(AuditSeal.position.desc()).limit(1)).scalar()
    position, previous = (last.position, last.hash) if last else (0, GENESIS)
    events = session.execute(
        select(AuditEvent.id, AuditEvent.content_sha256)
        .outerjoin(AuditSeal, AuditSeal.event_id == AuditEvent.id)
        .where(AuditSeal.event_id.is_(None))
        .order_by(AuditEvent.id)
        .limit(limit)
    ).all()
    for event_id, content in events:
        position += 1
        sealed = seal_hash(
            position=position, event_id=event_id, previous_hash=previous, content=content
        )
        session.add(
            AuditSeal(
                position=position,
                event_id=event_id,
                previous_hash=previous,
                hash=sealed,
                sealed_at=at,
            )
        )
        previous = sealed
    session.flush()
    return len(events)
