"""Reading events: timelines, and verification of the chain."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func, select

from voucher.audit.models import GENESIS, AuditEvent, AuditSeal
from voucher.audit.rules import content_sha256, seal_hash
from voucher.core.db import session


@dataclass(frozen=True)
class Verification:
    """The outcome of checking the chain: how many events, its head, and the first fault if any."""

    sealed: int
    unsealed: int
    head: str
    fault: str | None

    @property
    def whole(self) -> bool:
        """Whether no fault was found."""
        return self.fault is None


def timeline(case_reference: str) -> Sequence[AuditEvent]:
    """Every event of one case, newest first."""
    query = select(AuditEvent).where(AuditEvent.case_reference == case_reference)
    return session.execute(query.order_by(AuditEvent.id.desc())).scalars().all()


def verify_chain(head: str | None = None) -> Verification:
    """Recompute every hash from the first event on.

    With `head` (a published hash) the chain must contain it, so that the last events can't have
    been taken away either. The first broken event is named in `fault`.
    """
    sealed, previous, fault, seen_head = 0, GENESIS, None, head is None
    query = (
        select(AuditSeal, AuditEvent)
        .outerjoin(AuditEvent, AuditEvent.id == AuditSeal.event_id)
        .order_by(AuditSeal.position)
        .execution_options(yield_per=1000)
    )
    with session.execute(query) as rows:
        for seal, event in rows:
            sealed += 1
            fault = _fault_in(seal, event, sealed, previous)
            if fault:
                break
            previous = seal.hash
            seen_head = seen_head or seal.hash == head
    if fault is None and not seen_head:
        fault = f"the chain ends at {previous} and does not contain the given head {head}"
    return Verification(sealed, _unsealed(), previous, fault or _fault_in_unsealed())


def _fault_in(
    seal: AuditSeal, event: AuditEvent | None, expected: int, previous: str
) -> str | None:
    if seal.position != expected:
        return f"seal {expected} is missing: the next one found is {seal.position}"
    if event is None:
        return f"event {seal.event_id} (seal {seal.position}) is missing"
    if _content_of(event) != event.content_sha256:
        return f"event {event.id} (seal {seal.position}, {event.action}) was changed"
    recomputed = seal_hash(
        position=seal.position,
        event_id=event.id,
        previous_hash=previous,
        content=event.content_sha256,
    )
    if seal.previous_hash != previous or seal.hash != recomputed:
        return f"event {event.id} (seal {seal.position}, {event.action}) does not fit the chain"
    return None


def _content_of(event: AuditEvent) -> str:
    return content_sha256(
        at=event.at,
        actor_user_id=event.actor_user_id,
        actor_kind=event.actor_kind,
        action=event.action,
        record_kind=event.record_kind,
        record_id=event.record_id,
        case_reference=event.case_reference,
        details=event.details,
    )


def _unsealed_events():
    return (
        select(AuditEvent)
        .outerjoin(AuditSeal, AuditSeal.event_id == AuditEvent.id)
        .where(AuditSeal.event_id.is_(None))
    )


def _unsealed() -> int:
    return session.execute(
        select(func.count()).select_from(_unsealed_events().subquery())
    ).scalar_one()


def _fault_in_unsealed() -> str | None:
    for event in session.execute(_unsealed_events()).scalars():
        if _content_of(event) != event.content_sha256:
            return f"event {event.id} ({event.action}, not yet sealed) was changed"
    return None


@dataclass(frozen=True)
class EventPage:
    """One page of the event log, newest first, and whether there is an older one."""

    events: Sequence[AuditEvent]
    older: bool


def events(*, action: str = "", case: str = "", page: int = 1, size: int = 50) -> EventPage:
    """The event log, filtered by the beginning of the action and by the case's reference."""
    query = select(AuditEvent)
    if action:
        query = query.where(AuditEvent.action.startswith(action, autoescape=True))
    if case:
        query = query.where(AuditEvent.case_reference == case)
    query = query.order_by(AuditEvent.id.desc()).offset((page - 1) * size).limit(size + 1)
    found = session.execute(query).scalars().all()
    return EventPage(found[:size], len(found) > size)


def chain_head() -> AuditSeal | None:
    """The last seal, whose hash stands for everything before it; None in an empty chain."""
    query = select(AuditSeal).order_by(AuditSeal.position.desc()).limit(1)
    return session.execute(query).scalar_one_or_none()
