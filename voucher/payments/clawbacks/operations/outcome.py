"""What money that came back, or is owed, means for the payment, the claim and the support given.

Everything under the locks of `lock_clawback`.
"""

from datetime import datetime

from sqlalchemy import select

from voucher.claims.models import Claim, ClaimStatus
from voucher.claims.operations.review import call_off, mark_paid
from voucher.core.db import session
from voucher.ledger.models import AccountKind
from voucher.payments.clawbacks.models import Clawback, ClawbackStatus
from voucher.payments.clawbacks.operations.steps import let_payout_go, move, note
from voucher.payments.clawbacks.queries import come_back
from voucher.payments.models import Payment, PaymentStatus
from voucher.payments.operations.steps import move as move_payment
from voucher.payments.operations.steps import note as note_payment
from voucher.programmes.operations import budget
from voucher.subsidy.operations import record_redeemed
from voucher.vouchers.models import Award, Redemption, Voucher, VoucherStatus
from voucher.vouchers.operations import complete

_P = PaymentStatus


def enter_back_at_stripe(
    clawback: Clawback, payment: Payment | None, at: datetime, by: int | None
) -> None:
    """Enter in the books, and on the payment, that Stripe took the whole of a clawback back."""
    if payment is None:
        budget.record_debt_reversed(
            provider_id=clawback.provider_id,
            pence=clawback.pence,
            source=clawback,
            effect="reversed",
            at=at,
            by=by,
        )
        return
    budget.record_reversal(
        round_id=clawback.booked_round_id,
        provider_id=clawback.provider_id,
        pence=clawback.pence,
        source=clawback,
        effect="reversed",
        at=at,
        by=by,
    )
    take_from_payment(payment, clawback.pence, at)
    lessen_support(clawback, payment, at)


def enter_shortfall(
    clawback: Clawback, payment: Payment | None, *, out_of: AccountKind, at: datetime
) -> None:
    """Enter that Stripe can't give the money back, so that the provider owes it.

    `out_of`: SETTLED, or AT_PROVIDER when the account did not hold what it should; then the payout
    is made smaller by it. A debt of no payment stands in the books already.
    """
    short_at_stripe = out_of is AccountKind.AT_PROVIDER and payment is not None
    move(
        clawback,
        ClawbackStatus.SHORTFALL,
        at,
        lease_until=None,
        out_of_account=short_at_stripe,
        status_note=None,
    )
    note(clawback, "clawback.short", at=at)
    if payment is None:
        return
    budget.record_recoverable(
        round_id=clawback.booked_round_id,
        provider_id=clawback.provider_id,
        pence=clawback.pence,
        source=clawback,
        effect="owed",
        at=at,
        by=None,
        out_of=out_of,
    )
    if short_at_stripe:
        take_from_payment(payment, clawback.pence, at)


def take_from_payment(payment: Payment, pence: int, at: datetime) -> None:
    """Make what goes on to the bank smaller. A payment of which nothing is left ends here."""
    payment.taken_back_pence += pence
    session.flush()
    let_payout_go(payment, at)
    if payment.to_bank_pence:
        return
    move_payment(payment, _P.REVERSED, at, lease_until=None, status_note=None)
    note_payment(payment, "payment.reversed", at=at)
    claim: Claim = session.get_one(Claim, payment.claim_id)
    if claim.status is not ClaimStatus.APPROVED:
        return
    if come_back(claim.id) == payment.amount_pence:
        call_off(
            claim=claim,
            reason="The money was taken back.",
            by=None,
            at=at,
            because="Its payment was taken back.",
        )
    else:
        close_as_paid(claim, at)


def close_as_paid(claim: Claim, at: datetime) -> None:
    """The provider has had its money in another way than by a payout."""
    mark_paid(claim=claim, at=at)
    complete(voucher=_voucher_of(claim), at=at)


def lessen_support(clawback: Clawback, payment: Payment, at: datetime) -> None:
    """Enter that the business has had less support than its voucher gave, and tell it.

    A voucher that was cancelled counts for nothing anyway.
    """
    claim = session.get_one(Claim, payment.claim_id)
    voucher = _voucher_of(claim)
    if voucher.status is VoucherStatus.CANCELLED:
        return
    redeemed = session.execute(
        select(Redemption.voucher_pence).where(Redemption.id == claim.redemption_id)
    ).scalar_one()
    left = redeemed - come_back(claim.id)
    notice_id = session.get_one(Award, voucher.award_id).notice_id
    record_redeemed(notice_id=notice_id, pence=left)
    note(clawback, "clawback.support_lessened", at=at, details={"support_pence": left})


def _voucher_of(claim: Claim) -> Voucher:
    query = (
        select(Voucher)
        .join(Redemption, Redemption.voucher_id == Voucher.id)
        .where(Redemption.id == claim.redemption_id)
    )
    return session.execute(query).scalar_one()
