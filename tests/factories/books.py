"""Money that has moved: claims paid, reversed, asked back, netted. Names are fictional."""

from datetime import datetime, timedelta
from typing import Any

from tests.factories.payments import make_approved_claim, make_payment
from tests.factories.scheme import (
    AT,
    make_programme,
    make_provider,
    make_round,
    make_user,
    next_number,
    reference,
    stored,
)
from voucher.claims.models import ClaimStatus
from voucher.payments.clawbacks.models import (
    Clawback,
    ClawbackReason,
    ClawbackReceipt,
    ClawbackStatus,
)
from voucher.payments.models import Payment, PaymentStatus, TopUp
from voucher.programmes.operations import budget

PENCE = 90_000
"""What one claim of the factories is worth."""

AWKWARD = 'O’Neill & "Söhne" \\ d\'Été\nLtd; ✂'
"""A name with everything in it that breaks files."""


def make_top_up(pence: int = 1_000_000, at: datetime = AT) -> TopUp:
    """Money that the funder has put into the Stripe balance, in the books."""
    top_up = stored(
        TopUp(
            stripe_topup_id=f"tu_test{next_number()}",
            amount_pence=pence,
            arrived_at=at,
            noticed_at=at,
        )
    )
    budget.record_top_up(pence=pence, source=top_up, at=at, by=None)
    return top_up


def transfer(payment: Payment, at: datetime = AT, pence: int | None = None) -> None:
    """Enter the transfer of a queued payment, of `pence` if some of it is netted."""
    number = next_number()
    payment.status = PaymentStatus.TRANSFERRED
    payment.stripe_account_id, payment.stripe_transfer_id = f"acct_{number}", f"tr_test{number}"
    payment.transferred_at = at
    budget.record_transfer(**money_of(payment, at, pence))


def pay_out(payment: Payment, at: datetime = AT, pence: int | None = None) -> None:
    """Enter that the money of a transferred payment has reached the bank; its claim is paid."""
    payment.status, payment.paid_at = PaymentStatus.PAID, at
    payment.stripe_payout_id = f"po_test{next_number()}"
    budget.record_payout(number=1, **money_of(payment, at, pence))


def make_paid(round_: Any = None, provider: Any = None, at: datetime = AT) -> Payment:
    """A claim for £900, approved at AT less an hour, transferred at `at`, paid out a day later."""
    claim = make_approved_claim(round_, provider)
    payment = make_payment(claim)
    transfer(payment, at)
    pay_out(payment, at + timedelta(days=1))
    claim.status = ClaimStatus.PAID
    return stored(payment)


def money_of(payment: Payment, at: datetime, pence: int | None = None) -> dict[str, Any]:
    """The arguments that name a payment's money to the operations of the books."""
    return {
        "round_id": payment.round_id,
        "provider_id": payment.provider_id,
        "pence": payment.amount_pence if pence is None else pence,
        "source": payment,
        "at": at,
        "by": None,
    }


def make_clawback(payment: Payment, pence: int = 100) -> tuple[Clawback, ClawbackReceipt]:
    """A clawback of a paid payment that came back by the provider's bank transfer."""
    asked, decided = make_user(), make_user()
    clawback = stored(
        Clawback(
            reference=reference("CLW", next_number()),
            payment_id=payment.id,
            provider_id=payment.provider_id,
            round_id=payment.round_id,
            pence=pence,
            reason=ClawbackReason.OTHER,
            note="Fictional.",
            status=ClawbackStatus.RECOVERED,
            requested_at=AT,
            requested_by_id=asked.id,
            decided_at=AT,
            decided_by_id=decided.id,
            next_step_at=AT,
            recovered_pence=pence,
            finished_at=AT,
        )
    )
    receipt = ClawbackReceipt(
        clawback_id=clawback.id,
        pence=pence,
        received_on=AT.date(),
        bank_reference="FICTIONAL 1",
        entered_at=AT,
        entered_by_id=asked.id,
    )
    return clawback, stored(receipt)


class BusyScheme:
    """Two programmes and two providers with every kind of entry in June and July 2026."""

    def __init__(self) -> None:
        self.june, self.july = AT, AT + timedelta(days=30)
        self.programme = make_programme(name=f"Programme of {AWKWARD}")
        self.other = make_programme()
        self.round = make_round(self.programme, name="First")
        self.second = make_round(self.programme, name="Second")
        self.elsewhere = make_round(self.other)
        self.provider = make_provider(name=AWKWARD)
        self.rival = make_provider()
        self.top_up = make_top_up()
        self.paid = make_paid(self.round, self.provider)
        self.reversed = make_payment(make_approved_claim(self.round, self.provider))
        self.netted = make_payment(make_approved_claim(self.second, self.provider))
        self.owed = make_payment(make_approved_claim(self.round, self.provider))
        self.rivals = make_paid(self.elsewhere, self.rival)
        self._move()

    def _move(self) -> None:
        transfer(self.reversed, self.june + timedelta(days=2))
        back = money_of(self.reversed, self.july, 30_000)
        budget.record_reversal(effect="reversed_1", **back)
        asked = money_of(self.paid, self.july, 25_000)
        budget.record_recoverable(effect="asked_back", **asked)
        netted = money_of(self.netted, self.july + timedelta(hours=1), 10_000)
        netted["round_id"] = self.paid.round_id
        budget.record_recovered_by_netting(
            effect="netted", paying_round_id=self.netted.round_id, **netted
        )
        transfer(self.netted, self.july + timedelta(hours=1), PENCE - 10_000)
        rest = money_of(self.paid, self.july + timedelta(days=1), 5_000)
        budget.record_recovered_by_invoice(effect="repaid", **rest)
        budget.record_write_off(effect="written_off", **rest)
        plain = {"source": self.top_up, "at": self.july, "by": None}
        budget.record_fee(pence=-150, effect="fee", **plain)
        budget.record_suspense(pence=-700, effect="by_hand", **plain)
