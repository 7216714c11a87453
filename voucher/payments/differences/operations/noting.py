"""Differences as they are found, gone and explained: the same row from night to night."""

import secrets
from collections.abc import Collection
from datetime import datetime

from sqlalchemy import func, select

from voucher.audit.operations import record
from voucher.core.db import lock, session
from voucher.core.errors import Conflict, Invalid
from voucher.core.references import make_reference
from voucher.core.status import opened, transition
from voucher.payments.differences.models import (
    DIFFERENCE_MOVES,
    BookDifference,
    DifferenceStatus,
)
from voucher.payments.differences.rules import LONGEST_WHAT, identity
from voucher.payments.models import Reconciliation
from voucher.payments.reconciling import Difference

LONGEST_EXPLANATION = 1000
_D = DifferenceStatus


def note_differences(*, found: Collection[Difference], at: datetime) -> int:
    """Keep what a comparison found; how many are new, or open again.

    One that was there before stays the same item. An explanation stands as long as the amounts do;
    other amounts open the item again. What was not found any more is CLEARED.
    """
    _one_at_a_time()
    known = {row.identity: row for row in session.execute(select(BookDifference)).scalars()}
    seen = {identity(one): one for one in found}
    fresh = 0
    for name, one in seen.items():
        if name in known:
            fresh += _seen_again(lock(BookDifference, known[name].id), one, at)
        else:
            _new(name, one, at)
            fresh += 1
    for name, row in known.items():
        if name not in seen and row.status is not _D.CLEARED:
            transition(row, _D.CLEARED, moves=DIFFERENCE_MOVES, at=at, by=None, cleared_at=at)
    return fresh


def _one_at_a_time() -> None:
    """Let a second comparison that is being kept wait until this one is."""
    newest = select(func.max(Reconciliation.id)).scalar_subquery()
    session.execute(
        select(Reconciliation.id).where(Reconciliation.id == newest).with_for_update(key_share=True)
    )


def _new(name: str, one: Difference, at: datetime) -> None:
    row = BookDifference(
        reference=make_reference("DIF", secrets.token_bytes(8)),
        identity=name,
        kind=one.kind.value,
        what=one.what[:LONGEST_WHAT],
        theirs_pence=one.theirs_pence,
        ours_pence=one.ours_pence,
        status=_D.OPEN,
        first_seen_at=at,
        last_seen_at=at,
    )
    session.add(row)
    opened(row, at=at, by=None)


def _seen_again(row: BookDifference, one: Difference, at: datetime) -> bool:
    """Whether it needs a person again: it had gone, or its explanation was for other amounts."""
    changed = (row.theirs_pence, row.ours_pence) != (one.theirs_pence, one.ours_pence)
    row.theirs_pence, row.ours_pence = one.theirs_pence, one.ours_pence
    row.last_seen_at = at
    row.times_seen += 1
    again = row.status is _D.CLEARED or (row.status is _D.EXPLAINED and changed)
    if again:
        transition(row, _D.OPEN, moves=DIFFERENCE_MOVES, at=at, by=None, cleared_at=None)
    session.flush()
    return again


def explain(*, difference: BookDifference, words: str, by: int, at: datetime) -> None:
    """Write down why two books differ, so that the comparison can be signed.

    Before: OPEN. After: EXPLAINED, as long as the amounts stay the same. Raises Invalid on
    "words", Conflict when it has gone or is explained already.
    """
    text = words.strip()
    if not text:
        raise Invalid("Say why the books differ.", "words")
    if len(text) > LONGEST_EXPLANATION:
        raise Invalid(f"It must be {LONGEST_EXPLANATION:,} characters or fewer.", "words")
    locked: BookDifference = lock(BookDifference, difference.id)
    if locked.status is not _D.OPEN:
        raise Conflict(f"This difference is “{locked.status.staff_label}” already.")
    facts = {"explanation": text, "explained_by_id": by, "explained_at": at}
    transition(locked, _D.EXPLAINED, moves=DIFFERENCE_MOVES, at=at, by=by, **facts)
    details = {"difference": locked.reference, "kind": locked.kind}
    record(action="books.difference_explained", subject=locked, at=at, by=by, details=details)


def open_again(*, difference: BookDifference, by: int, at: datetime) -> None:
    """Take an explanation back that turned out wrong. Raises Conflict unless it is explained."""
    locked: BookDifference = lock(BookDifference, difference.id)
    if locked.status is not _D.EXPLAINED:
        raise Conflict("Only an explained difference can be opened again.")
    transition(locked, _D.OPEN, moves=DIFFERENCE_MOVES, at=at, by=by)
    details = {"difference": locked.reference, "kind": locked.kind}
    record(action="books.difference_reopened", subject=locked, at=at, by=by, details=details)
