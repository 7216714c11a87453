"""One step of a clawback: locks, change of status, event. Shared by the operations on clawbacks.

Lock order: round → voucher → claim → payment → clawback.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select

from voucher.accounts.models import Membership
from voucher.applications.models import Application
from voucher.audit.operations import record
from voucher.claims.models import Claim
from voucher.claims.operations.review import require_no_part
from voucher.core.db import lock, session
from voucher.core.errors import Invalid, NotPermitted
from voucher.core.status import transition
from voucher.payments.clawbacks.models import CLAWBACK_MOVES, CLOSED, Clawback, ClawbackStatus
from voucher.payments.models import Payment, PaymentStatus
from voucher.payments.operations.gates import PAYOUT_WAITS_WORDS
from voucher.payments.operations.steps import lock_whole

LONGEST_NOTE = 500
LONGEST_STATUS_NOTE = 300


def lock_clawback(clawback_id: int) -> tuple[Clawback, Payment | None, Claim | None]:
    """Lock the clawback and everything above it, and read them as they are now.

    No payment and no claim: it asks for a transfer back that was made by hand.
    """
    payment_id = session.execute(
        select(Clawback.payment_id).where(Clawback.id == clawback_id)
    ).scalar_one()
    payment, claim = lock_whole(payment_id) if payment_id else (None, None)
    clawback: Clawback = lock(Clawback, clawback_id)
    return clawback, payment, claim


def require_apart(clawback: Clawback, claim: Claim | None, by: int) -> None:
    """Raise NotPermitted for a person of the provider, or of the business of the claim."""
    if claim is not None:
        require_no_part(claim, by)
        return
    query = select(Membership.id).where(
        Membership.user_id == by,
        Membership.provider_id == clawback.provider_id,
        Membership.ended_at.is_(None),
    )
    if session.execute(query).first() is not None:
        raise NotPermitted("You belong to this provider, so a colleague must do this.")


def move(
    clawback: Clawback, to: ClawbackStatus, at: datetime, by: int | None = None, **facts: Any
) -> None:
    """Change the status, with the facts that belong to it, in one swap."""
    if to in CLOSED:
        facts["finished_at"] = at
    transition(clawback, to, moves=CLAWBACK_MOVES, at=at, by=by, **facts)


def stop(clawback: Clawback, words: str, at: datetime) -> None:
    """Put the clawback before a person, from wherever that is possible; the event is kept."""
    status_note = words[:LONGEST_STATUS_NOTE]
    if ClawbackStatus.ATTENTION in CLAWBACK_MOVES.get(clawback.status, frozenset()):
        move(clawback, ClawbackStatus.ATTENTION, at, lease_until=None, status_note=status_note)
    else:
        clawback.status_note = status_note
    note(clawback, "clawback.attention", at=at, details={"status": clawback.status.value})


def let_payout_go(payment: Payment | None, at: datetime) -> None:
    """Have the payout looked at now, if it waited for what has ended."""
    if payment is None:
        return
    if payment.status is PaymentStatus.TRANSFERRED and payment.status_note in PAYOUT_WAITS_WORDS:
        payment.next_step_at, payment.status_note = at, None


def note(
    clawback: Clawback,
    action: str,
    *,
    at: datetime,
    by: int | None = None,
    details: Mapping[str, Any] | None = None,
) -> None:
    """Record an event on the clawback, filed under its case."""
    case = session.execute(
        select(Application.reference)
        .join(Claim, Claim.application_id == Application.id)
        .join(Payment, Payment.claim_id == Claim.id)
        .where(Payment.id == clawback.payment_id)
    ).scalar_one_or_none()
    given = {"clawback": clawback.reference, "pence": clawback.pence, **(details or {})}
    record(action=action, subject=clawback, at=at, by=by, case=case, details=given)


def written(words: str, field: str, *, missing: str, longest: int = LONGEST_NOTE) -> str:
    """The words without their ends. Raises Invalid at `field` when there are none or too many."""
    text = words.strip()
    if missing and not text:
        raise Invalid(missing, field)
    if len(text) > longest:
        raise Invalid(f"This must be {longest} characters or fewer.", field)
    return text
