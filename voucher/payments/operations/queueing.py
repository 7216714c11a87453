"""Which claims are paid: queued once each, released when what blocked them is gone, retried or
cancelled by a finance officer.

Lock order: round → voucher → application → claim → payment.
"""

import secrets
from datetime import datetime

from sqlalchemy import select

from voucher.applications.models import Application
from voucher.claims.models import Claim, ClaimStatus
from voucher.claims.operations.review import (
    call_off,
    require_no_part,
    require_not_decider,
)
from voucher.core.db import lock, session, translating_constraints
from voucher.core.errors import Conflict, Invalid
from voucher.core.references import make_reference
from voucher.core.status import opened
from voucher.ledger.models import AccountKind
from voucher.ledger.queries import moved_into
from voucher.payments.models import BEFORE_TRANSFER, AttemptKind, Payment, PaymentStatus
from voucher.payments.operations.gates import (
    blocked_by,
    payee_of,
    screened_out,
    stopped_by,
)
from voucher.payments.operations.steps import lock_whole, move, note
from voucher.payments.operations.taking import open_attempt
from voucher.programmes.models import ReleaseMethod, Round
from voucher.programmes.operations import budget

_P = PaymentStatus
LONGEST_REASON = 250


def queue_claim(*, claim_id: int, at: datetime) -> Payment | None:
    """Make the one payment of an approved claim; None when it is not approved, or has one.

    READY in a round whose payments finance releases, else QUEUED.
    Whether it may be sent is asked anew when it is sent, under the locks of that moment.
    """
    claim: Claim | None = lock(Claim, claim_id)
    if claim is None or claim.status is not ClaimStatus.APPROVED or claim.voucher_pence is None:
        return None
    method, known = _released_and_known(claim)
    if known is not None:
        return None
    status = _P.READY if method is ReleaseMethod.BY_FINANCE else _P.QUEUED
    payment = Payment(
        reference=make_reference("PAY", secrets.token_bytes(8)),
        claim_id=claim.id,
        provider_id=claim.provider_id,
        round_id=claim.round_id,
        amount_pence=claim.voucher_pence,
        status=status,
        next_step_at=at,
        created_at=at,
    )
    with translating_constraints():
        session.add(payment)
        session.flush()
    opened(payment, at=at, by=None)
    note(payment, f"payment.{status.value}", at=at, details={"claim": claim.reference})
    return payment


def _released_and_known(claim: Claim) -> tuple[ReleaseMethod, int | None]:
    """How payments of the claim's round are released, and the id of the one it has, if any."""
    query = (
        select(Round.release_method, Payment.id)
        .select_from(Round)
        .outerjoin(Payment, Payment.claim_id == claim.id)
        .where(Round.id == claim.round_id)
    )
    method, known = session.execute(query).one()
    return method, known


def release(*, payment_id: int, at: datetime) -> bool:
    """Queue a blocked payment again if what blocked it is gone; whether it was.

    BLOCKED_PAYEE: Stripe can pay the provider, as last read. ON_HOLD: the case is not held, the
    provider not suspended, and the checks before paying pass. PAYOUT_FAILED: the bank account was
    changed since; the payout is sent anew when the cooling period is over.
    """
    application_id = session.execute(
        select(Claim.application_id)
        .join(Payment, Payment.claim_id == Claim.id)
        .where(Payment.id == payment_id)
    ).scalar_one()
    application: Application = lock(Application, application_id)
    payment: Payment = lock(Payment, payment_id)
    gone = {
        _P.BLOCKED_PAYEE: lambda: blocked_by(payee_of(payment)) is None,
        _P.ON_HOLD: lambda: _may_go_on(payment, application, at),
        _P.PAYOUT_FAILED: lambda: _bank_changed_since(payment),
    }
    if payment.status not in gone or not gone[payment.status]():
        return False
    _let_go(payment, at)
    return True


def _may_go_on(payment: Payment, application: Application, at: datetime) -> bool:
    if stopped_by(payee_of(payment), application) is not None:
        return False
    claim = session.get_one(Claim, payment.claim_id, populate_existing=True)
    return screened_out(claim, at, keep=None) is None


def release_funded(*, payment_id: int, at: datetime) -> bool:
    """Queue a payment again that waited for funds, now that the balance covers it."""
    payment: Payment = lock(Payment, payment_id)
    if payment.status is not _P.BLOCKED_FUNDS:
        return False
    _let_go(payment, at)
    return True


def _let_go(payment: Payment, at: datetime, by: int | None = None) -> None:
    was = payment.status
    to = _P.TRANSFERRED if was is _P.PAYOUT_FAILED else _P.QUEUED
    move(payment, to, at, by, next_step_at=at, status_note=None)
    note(payment, "payment.released", at=at, by=by, details={"from": was.value})


def _bank_changed_since(payment: Payment) -> bool:
    account = payee_of(payment).account
    changed = account.bank_changed_at if account else None
    return bool(changed and payment.failed_at and changed > payment.failed_at)


def retry(*, payment: Payment, by: int, at: datetime) -> None:
    """Let a payment that needed a person, or whose payout failed, go on; a finance officer says so.

    Before: ATTENTION or PAYOUT_FAILED. After: what was never sent is queued, with every check made
    anew; what may have happened is looked up first, never sent again blindly; a payout that came
    back is sent anew. Raises Conflict in any other state, NotPermitted for a member of a party and
    for who decided on the award.
    """
    locked, claim = lock_whole(payment.id)
    require_no_part(claim, by)
    require_not_decider(claim, by)
    if locked.status is _P.PAYOUT_FAILED:
        _let_go(locked, at, by)
        return
    if locked.status is not _P.ATTENTION:
        raise Conflict(f"Nothing to retry: the payment is “{locked.status.staff_label}”.")
    to = _after_attention(locked)
    move(locked, to, at, by, next_step_at=at, status_note=None)
    note(locked, "payment.released", at=at, by=by, details={"from": _P.ATTENTION.value})


def _after_attention(payment: Payment) -> PaymentStatus:
    """Where the payment was before a person had to look."""
    if payment.stripe_transfer_id is None:
        return _P.UNKNOWN if open_attempt(payment, AttemptKind.TRANSFER) else _P.QUEUED
    return _P.PAYOUT_UNKNOWN if open_attempt(payment, AttemptKind.PAYOUT) else _P.TRANSFERRED


def cancel(*, payment: Payment, reason: str, by: int, at: datetime) -> None:
    """Cancel a payment for good and give its money back to the round.

    Before: nothing was ever transferred and no request is open. After: CANCELLED, which is final;
    the provider is owed nothing for this claim any more, which is rejected with that reason, and
    its voucher is cancelled, so that nothing of it counts as assistance. Raises Invalid on
    "reason", Conflict when money is, or may be, on its way, NotPermitted for a member of a party.
    """
    words = reason.strip()
    if not words:
        raise Invalid("Say why the payment is cancelled.", "reason")
    if len(words) > LONGEST_REASON:
        raise Invalid(f"The reason must be {LONGEST_REASON} characters or fewer.", "reason")
    locked, claim = lock_whole(payment.id)
    require_no_part(claim, by)
    if not cancellable(locked):
        raise Conflict("Money is, or may be, on its way. This payment can’t be cancelled.")
    move(locked, _P.CANCELLED, at, by, status_note=f"Cancelled: {words}")
    owed = moved_into(AccountKind.PAYABLE, claim)
    if owed:
        budget.release_payable(
            round_id=locked.round_id,
            provider_id=locked.provider_id,
            pence=owed,
            source=locked,
            reason="cancelled",
            at=at,
            by=by,
        )
    if claim.status is ClaimStatus.APPROVED:
        call_off(claim=claim, reason=words, by=by, at=at)
    note(locked, "payment.cancelled", at=at, by=by, details={"released_pence": owed})


def cancellable(payment: Payment) -> bool:
    """Whether nothing was transferred or set off, and no request to Stripe is open."""
    if payment.stripe_transfer_id is not None or payment.netted_pence:
        return False
    if payment.status is _P.ATTENTION:
        return open_attempt(payment, AttemptKind.TRANSFER) is None
    return payment.status in BEFORE_TRANSFER
