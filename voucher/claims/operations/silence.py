"""Silence past a last day: put before the officers once, and an officer's word for the business.

Lock order: voucher → claim.
"""

from datetime import date, datetime

from voucher.applications.models import Application
from voucher.audit.operations import record
from voucher.claims.models import Claim, ClaimStatus
from voucher.claims.operations.answers import enter_confirmed
from voucher.claims.operations.review import is_silent, require_no_part
from voucher.claims.operations.writing import lock_claim, record_event
from voucher.claims.queries import claim_on
from voucher.claims.rules import Awaited, awaited, escalation_due
from voucher.core.clock import london_date
from voucher.core.db import lock, session
from voucher.core.errors import Conflict, Invalid
from voucher.vouchers.models import Redemption, Voucher, VoucherStatus

LONGEST_NOTE = 2_000


def escalate_claim(*, claim_id: int, at: datetime) -> bool:
    """Put a claim whose business is silent before the officers; False when it is not so (any more).

    Once for each last day: a claim that was returned and sent again has a new one.
    """
    claim: Claim = lock(Claim, claim_id)
    due, said_on = claim.confirm_by_on, _day_of(claim.escalated_at)
    if claim.status is not ClaimStatus.SUBMITTED or due is None:
        return False
    if not escalation_due(due, london_date(at), escalated_on=said_on):
        return False
    claim.escalated_at = at
    session.flush()
    record_event(claim, "claim.escalated", by=None, at=at, due=due.isoformat())
    return True


def escalate_redemption(*, redemption_id: int, at: datetime) -> bool:
    """Put a redemption that nobody claims on before the officers; False when it is not so."""
    redemption = session.get_one(Redemption, redemption_id)
    voucher: Voucher = lock(Voucher, redemption.voucher_id)
    redemption = lock(Redemption, redemption_id)
    claim = claim_on(redemption_id)
    redeemed = voucher.status is VoucherStatus.REDEEMED
    waits = awaited(redeemed=redeemed, claim=claim.status if claim else None)
    due, said_on = redemption.claim_by_on, _day_of(redemption.escalated_at)
    late = escalation_due(due, london_date(at), escalated_on=said_on)
    if waits is not Awaited.CLAIM or not late:
        return False
    redemption.escalated_at = at
    session.flush()
    record(
        action="redemption.escalated",
        subject=redemption,
        at=at,
        by=None,
        case=session.get_one(Application, redemption.application_id).reference,
        details={"provider": redemption.provider_id, "due": due.isoformat()},
    )
    return True


def _day_of(moment: datetime | None) -> date | None:
    return None if moment is None else london_date(moment)


def confirm_on_behalf(*, claim: Claim, note: str, by: int, at: datetime) -> None:
    """An officer enters that the work was done, for a business that stayed silent too long.

    Before: the claim waits for the business, whose last day is over. After: CONFIRMED as if the
    business had said it, with `note` (how it was found out) as the evidence; a different officer
    approves it. Raises Invalid on "note", Conflict while the business may still answer or once it
    has, NotPermitted for anybody with a part in the claim.
    """
    words = note.strip()
    if not words:
        raise Invalid("Say how you found out that the work was done.", "note")
    if len(words) > LONGEST_NOTE:
        raise Invalid(f"This must be {LONGEST_NOTE:,} characters or fewer.", "note")
    locked = lock_claim(claim)
    require_no_part(locked, by)
    if locked.status is not ClaimStatus.SUBMITTED:
        raise Conflict("You can speak only for a business that is silent on a claim.")
    if not is_silent(locked, at):
        raise Conflict("The business can still answer: its last day is not over yet.")
    enter_confirmed(locked, by=by, at=at, evidence=words)
    record_event(locked, "claim.confirmed_on_behalf", by=by, at=at)
