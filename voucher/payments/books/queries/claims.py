"""The claims behind entries of the ledger, and where claims stood at a moment."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select

from voucher.claims.models import Amendment, AmendmentStatus, Claim, ClaimStatus
from voucher.core.db import Base, session
from voucher.core.status import StatusChange
from voucher.ledger.queries import BookedMove
from voucher.payments.books.queries.names import PARENT
from voucher.payments.models import Payment

Key = tuple[str, int]
STATUSES = {status.value: status for status in ClaimStatus}


def claims_behind(moves: Iterable[BookedMove]) -> dict[Key, Claim]:
    """The claim that each source of these moves is about, by table and id.

    A source is a claim itself, or its row names a claim, a payment or a clawback of one; others are
    left out.
    """
    keys = {(move.source_kind, move.source_id) for move in moves}
    claim_ids = dict(_claim_ids(keys))
    claims = _claims(set(claim_ids.values()))
    return {key: claims[claim_id] for key, claim_id in claim_ids.items() if claim_id in claims}


def _claim_ids(keys: Collection[Key]) -> Iterable[tuple[Key, int]]:
    for kind in sorted({kind for kind, _ in keys}):
        ids = {key for found, key in keys if found == kind}
        yield from (((kind, key), claim_id) for key, claim_id in _claim_of_each(kind, ids))


def _claim_of_each(kind: str, ids: set[int]) -> Sequence[Any]:
    table = Base.metadata.tables.get(kind)
    if table is None:
        return []
    if kind == Claim.__tablename__:
        return [(key, key) for key in ids]
    if "claim_id" in table.c:
        return session.execute(
            select(table.c.id, table.c.claim_id).where(
                table.c.id.in_(ids), table.c.claim_id.is_not(None)
            )
        ).all()
    if "payment_id" in table.c:
        query = select(table.c.id, Payment.claim_id).join(Payment, Payment.id == table.c.payment_id)
        return session.execute(query.where(table.c.id.in_(ids))).all()
    if PARENT in table.c:
        parent = Base.metadata.tables[PARENT.removesuffix("_id")]
        query = (
            select(table.c.id, Payment.claim_id)
            .join(parent, parent.c.id == table.c[PARENT])
            .join(Payment, Payment.id == parent.c.payment_id)
        )
        return session.execute(query.where(table.c.id.in_(ids))).all()
    return []


def _claims(ids: set[int]) -> dict[int, Claim]:
    found = session.execute(select(Claim).where(Claim.id.in_(ids))).scalars()
    return {claim.id: claim for claim in found}


@dataclass(frozen=True)
class Standing:
    """A claim, and where it stood and what it came to (pence) at a moment."""

    claim: Claim
    status: ClaimStatus
    pence: int


def claims_standing_at(round_ids: Collection[int], moment: datetime) -> list[Standing]:
    """Every claim of these rounds that was begun before `moment`, as it was just then.

    An amendment that was agreed later counts from then on: it keeps the amount before.
    """
    query = select(Claim).where(Claim.round_id.in_(round_ids), Claim.started_at < moment)
    claims = session.execute(query.order_by(Claim.id)).scalars().all()
    ids = {claim.id for claim in claims}
    changes, before = _changes(ids), _amounts_before(ids, moment)
    return [
        Standing(
            claim,
            _status_at(claim, changes.get(claim.id, []), moment),
            before.get(claim.id, claim.voucher_pence or 0),
        )
        for claim in claims
    ]


def _amounts_before(ids: set[int], moment: datetime) -> dict[int, int]:
    """What claims came to before the first amendment that was agreed at `moment` or later."""
    query = select(Amendment).where(
        Amendment.claim_id.in_(ids),
        Amendment.status == AmendmentStatus.AGREED,
        Amendment.answered_at >= moment,
    )
    found: dict[int, int] = {}
    for one in session.execute(query.order_by(Amendment.answered_at, Amendment.id)).scalars():
        found.setdefault(one.claim_id, one.was_voucher_pence)
    return found


def _changes(ids: set[int]) -> dict[int, list[StatusChange]]:
    query = select(StatusChange).where(
        StatusChange.record_kind == Claim.__tablename__, StatusChange.record_id.in_(ids)
    )
    found: dict[int, list[StatusChange]] = {}
    for change in session.execute(query.order_by(StatusChange.at, StatusChange.id)).scalars():
        found.setdefault(change.record_id, []).append(change)
    return found


def _status_at(claim: Claim, changes: list[StatusChange], moment: datetime) -> ClaimStatus:
    """What the last change before the moment left, or what the first one after it found."""
    before = [change.to_status for change in changes if change.at < moment]
    if before:
        return STATUSES[before[-1]]
    first = changes[0].from_status if changes else None
    return STATUSES[first] if first else claim.status
