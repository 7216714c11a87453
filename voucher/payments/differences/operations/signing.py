"""The signature of a finance officer under a reconciliation."""

from datetime import datetime

from sqlalchemy import func, select

from voucher.audit.operations import record
from voucher.core.db import lock, session, translating_constraints
from voucher.core.errors import Conflict, Invalid
from voucher.payments.differences.models import DifferenceStatus, SignOff
from voucher.payments.differences.queries import (
    differences_of,
    last_sign_off,
    sign_offs_of,
)
from voucher.payments.models import Reconciliation

LONGEST_NOTE = 1000


def sign_off(*, found: Reconciliation, note: str, by: int, at: datetime) -> SignOff:
    """Sign the newest comparison.

    Before: none of its differences is open. After: the signature, with every difference and its
    explanation as they stand, is kept for ever; the next one goes on from here. Raises Conflict for
    one that is not the newest, signed already, or has a difference that nobody has explained;
    Invalid on "note".
    """
    words = note.strip()
    if len(words) > LONGEST_NOTE:
        raise Invalid(f"The note must be {LONGEST_NOTE:,} characters or fewer.", "note")
    locked: Reconciliation = lock(Reconciliation, found.id)
    _require_signable(locked)
    previous = last_sign_off()
    made = SignOff(
        reconciliation_id=locked.id,
        previous_id=previous.id if previous else None,
        signed_at=at,
        signed_by_id=by,
        note=words,
        explained=[
            {
                "reference": one.reference,
                "kind": one.kind,
                "what": one.what,
                "theirs_pence": one.theirs_pence,
                "ours_pence": one.ours_pence,
                "explanation": one.explanation,
                "explained_by_id": one.explained_by_id,
            }
            for one in differences_of(locked)
            if one.status is DifferenceStatus.EXPLAINED
        ],
    )
    with translating_constraints():
        session.add(made)
        session.flush()
    details = {"reconciliation": locked.reference, "explained": len(made.explained)}
    record(action="books.signed_off", subject=made, at=at, by=by, details=details)
    return made


def _require_signable(found: Reconciliation) -> None:
    newest = session.execute(select(func.max(Reconciliation.id))).scalar_one()
    if sign_offs_of([found.id]):
        raise Conflict("This comparison has been signed already.")
    if found.id != newest:
        raise Conflict("A newer comparison exists. Sign that one.")
    items = differences_of(found)
    if len(items) < len(found.differences):
        raise Conflict("This comparison is of an older kind. Compare again, and sign the new one.")
    if any(one.status is DifferenceStatus.OPEN for one in items):
        raise Conflict("A difference is still open. Explain it, or put it right, before you sign.")
