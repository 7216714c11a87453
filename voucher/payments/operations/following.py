"""What became of a payout, as Stripe has it now: on its way, paid, or come back.

The state moves forward once, whoever reports it and however often: a webhook, the worker that
follows payouts, or the answer itself. A paid payout can still come back, days later.
"""

from datetime import datetime

from sqlalchemy import select

from voucher.claims.models import Claim, ClaimStatus
from voucher.claims.operations.review import mark_paid
from voucher.core.db import lock, session
from voucher.core.errors import Conflict
from voucher.integrations.stripe.answers import PayoutState
from voucher.payments.models import AttemptKind, Payment, PaymentAttempt, PaymentStatus
from voucher.payments.operations.steps import LONGEST_NOTE, lock_whole, move, note
from voucher.payments.rules import PAID_LOOK_AGAIN, PAYOUT_LOOK_AGAIN, bank_words
from voucher.programmes.operations import budget
from voucher.vouchers.models import Redemption, Voucher
from voucher.vouchers.operations import complete

_P = PaymentStatus
CAME_BACK = ("failed", "canceled")


def follow(*, payment_id: int, payout: PayoutState, at: datetime) -> None:
    """Move the payment to where its newest payout is; nothing changes for any other payout."""
    payment, claim = lock_whole(payment_id)
    if payment.stripe_payout_id == payout.payout_id:
        follow_locked(payment, claim, payout, at)


def follow_locked(payment: Payment, claim: Claim, payout: PayoutState, at: datetime) -> None:
    """The same under locks already taken (`lock_whole`)."""
    came_back = payout.status in CAME_BACK
    if payout.status == "paid" and payment.status is _P.IN_TRANSIT:
        _enter_paid(payment, claim, payout, at)
    elif came_back and payment.status in (_P.IN_TRANSIT, _P.PAID):
        _enter_came_back(payment, payout, at)
    elif payment.status is _P.IN_TRANSIT:
        payment.next_step_at = at + PAYOUT_LOOK_AGAIN
    elif payment.status is _P.PAID:
        payment.next_step_at = at + PAID_LOOK_AGAIN
    session.flush()


def look_later(*, payment_id: int, words: str, at: datetime) -> None:
    """Enter that Stripe does not show the payout, for example because the provider cut the tie."""
    payment: Payment = lock(Payment, payment_id)
    payment.status_note = f"The payout can’t be read: {words}"[:LONGEST_NOTE]
    payment.next_step_at = at + PAID_LOOK_AGAIN
    session.flush()


def _enter_paid(payment: Payment, claim: Claim, payout: PayoutState, at: datetime) -> None:
    later = at + PAID_LOOK_AGAIN
    move(payment, _P.PAID, at, paid_at=at, next_step_at=later, status_note=None, failed_at=None)
    budget.record_payout(
        round_id=payment.round_id,
        provider_id=payment.provider_id,
        pence=payment.to_bank_pence,
        number=_number_of(payout),
        source=payment,
        at=at,
        by=None,
    )
    note(payment, "payment.paid", at=at, details={"payout": payout.payout_id})
    # A payout that is sent again after it came back finds the claim paid and the voucher complete.
    if claim.status is ClaimStatus.APPROVED:
        mark_paid(claim=claim, at=at)
        complete(voucher=_voucher_of(claim), at=at)


def _enter_came_back(payment: Payment, payout: PayoutState, at: datetime) -> None:
    was_paid = payment.status is _P.PAID
    words = bank_words(payout.failure_code)
    move(payment, _P.PAYOUT_FAILED, at, paid_at=None, failed_at=at, status_note=words)
    if was_paid:
        budget.record_payout_failed(
            round_id=payment.round_id,
            provider_id=payment.provider_id,
            pence=payment.to_bank_pence,
            number=_number_of(payout),
            source=payment,
            at=at,
            by=None,
        )
    details = {"payout": payout.payout_id, "code": payout.failure_code or payout.status}
    note(payment, "payment.failed", at=at, details=details)


def _number_of(payout: PayoutState) -> int:
    query = select(PaymentAttempt.number).where(
        PaymentAttempt.kind == AttemptKind.PAYOUT,
        PaymentAttempt.stripe_object_id == payout.payout_id,
    )
    number = session.execute(query).scalar_one_or_none()
    if number is None:
        raise Conflict(f"The payout {payout.payout_id} belongs to no attempt.")
    return number


def _voucher_of(claim: Claim) -> Voucher:
    query = (
        select(Voucher)
        .join(Redemption, Redemption.voucher_id == Voucher.id)
        .where(Redemption.id == claim.redemption_id)
    )
    return session.execute(query).scalar_one()
