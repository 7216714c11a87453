"""A funded programme before a real emulator, with both clocks turned by hand."""

from collections import Counter
from datetime import datetime, timedelta

from sqlalchemy import select

from tests.factories.payments import make_approved_claim
from tests.factories.scheme import AT, make_provider, make_round
from voucher.claims.models import Claim
from voucher.core.db import session, transaction
from voucher.integrations.stripe.gateway import StripeGateway
from voucher.ledger.models import AccountKind
from voucher.ledger.queries import total
from voucher.payments.jobs.following import follow_payouts, notice_top_ups, release_blocked
from voucher.payments.jobs.sending import queue_approved_claims, send_payouts, send_transfers
from voucher.payments.models import Payment, PaymentStatus
from voucher.payments.operations.accounts import keep_account
from voucher.payments.queries.work import account_of, attempts_of
from voucher.programmes.models import Round
from voucher.providers.models import Provider
from voucher.vouchers.models import Redemption, Voucher

SECRET_KEY = "sk_test_domain"
COOLING_DAYS = 3
PENCE = 90_000


class World:
    """One provider that can be paid, one round, money at Stripe; claims on demand."""

    def __init__(self, emulator, *, funds=1_000_000):
        self.emulator = emulator
        self.stripe = StripeGateway(SECRET_KEY, emulator.address)
        self.at = AT
        emulator.control("clock", at=AT.timestamp(), frozen=True)
        emulator.control("payouts/delay", seconds=4)
        with transaction():
            self.round_id = make_round(hold_days=0).id
        self.provider_id = self.add_provider()
        if funds:
            self.fund(funds)

    # --- arranging ---------------------------------------------------------------------------

    def add_provider(self) -> int:
        """A provider whose account at the emulator can be paid."""
        with transaction():
            provider = make_provider(payable=False)
            provider_id, reference, name = provider.id, provider.reference, provider.name
        made = self.stripe.create_account(
            email="money@provider.example", name=name, reference=reference, key=reference
        )
        self.emulator.control(f"accounts/{made.account_id}/onboard")
        state = self.stripe.read_account(account_id=made.account_id)
        with transaction():
            keep_account(provider_id=provider_id, state=state, by=None, at=self.at)
        return provider_id

    def fund(self, pence):
        """Money arrives at Stripe, and is noticed."""
        self.emulator.control("funds", amount=pence)
        notice_top_ups(self.stripe, self.at)

    def fund_by_hand(self, pence):
        """Level what a test took from the balance by hand."""
        self.emulator.control("funds", amount=pence)

    def approve_claim(self, provider_id=None) -> int:
        """An approved claim of £900, not queued yet; its id."""
        with transaction():
            round_ = session.get(Round, self.round_id)
            provider = session.get(Provider, provider_id or self.provider_id)
            return make_approved_claim(round_, provider).id

    def queue(self, provider_id=None) -> int:
        """A queued payment; its id."""
        claim_id = self.approve_claim(provider_id)
        queue_approved_claims(self.at)
        return session.execute(select(Payment.id).where(Payment.claim_id == claim_id)).scalar_one()

    def transferred(self) -> int:
        """A payment whose transfer was made; its id."""
        payment_id = self.queue()
        self.send()
        assert self.status(payment_id) is PaymentStatus.TRANSFERRED
        return payment_id

    def in_transit(self) -> int:
        """A payment whose payout is on its way; its id."""
        payment_id = self.transferred()
        self.pay_out()
        assert self.status(payment_id) is PaymentStatus.IN_TRANSIT
        return payment_id

    def paid(self) -> int:
        """A payment that has reached the bank; its id."""
        payment_id = self.in_transit()
        self.bank_day()
        self.follow()
        assert self.status(payment_id) is PaymentStatus.PAID
        return payment_id

    # --- the worker --------------------------------------------------------------------------

    def send(self, stripe=None):
        """What the worker does about transfers."""
        return send_transfers(stripe or self.stripe, "test", self.at)

    def pay_out(self, stripe=None):
        """What the worker does about payouts."""
        return send_payouts(stripe or self.stripe, "test", COOLING_DAYS, self.at)

    def follow(self):
        """What the worker does about payouts on their way."""
        return follow_payouts(self.stripe, self.at, all_recent=True)

    def release(self):
        """What the worker does about blocked payments."""
        return release_blocked(self.stripe, self.at)

    # --- time --------------------------------------------------------------------------------

    def later(self, **span) -> datetime:
        """Both clocks move on."""
        self.at += timedelta(**span)
        self.emulator.control("advance", seconds=int(timedelta(**span).total_seconds()))
        return self.at

    def bank_day(self):
        """Long enough for payouts to arrive, or to come back."""
        self.later(seconds=4)
        self.later(seconds=4)

    def fault(self, kind, path="/v1/transfers", method="POST", times=1, **parameters):
        """Order a fault."""
        wish = {"kind": kind, "path": path, "method": method, "times": times}
        self.emulator.control("faults", **wish, parameters=parameters)

    def calm(self):
        """Call off every fault."""
        self.emulator.control("faults", "DELETE")

    # --- looking -----------------------------------------------------------------------------

    def payment(self, payment_id) -> Payment:
        """The payment as it is now."""
        session.rollback()
        return session.get(Payment, payment_id)

    def status(self, payment_id) -> PaymentStatus:
        """The payment's status now."""
        return self.payment(payment_id).status

    def claim_of(self, payment_id) -> Claim:
        """The payment's claim as it is now."""
        return session.get(Claim, self.payment(payment_id).claim_id)

    def voucher_of(self, payment_id) -> Voucher:
        """The payment's voucher as it is now."""
        redemption = session.get(Redemption, self.claim_of(payment_id).redemption_id)
        return session.get(Voucher, redemption.voucher_id)

    def attempts(self, payment_id):
        """Number and outcome of every attempt."""
        return [
            (one.kind.value, one.number, one.outcome and one.outcome.value)
            for one in attempts_of(payment_id)
        ]

    def transfers(self, payment_id):
        """What Stripe has for the payment's claim."""
        return self.stripe.find_transfers(transfer_group=self.claim_of(payment_id).reference)

    def account(self):
        """The provider's connected account, as we last read it."""
        session.rollback()
        return account_of(self.provider_id)

    def books(self, kind: AccountKind) -> int:
        """A balance in the ledger, in pence."""
        return total(kind)

    def assert_in_order(self):
        """No claim paid twice; ledger cash is Stripe's balance less what is not entered yet."""
        self.calm()
        session.rollback()
        payments = session.execute(select(Payment)).scalars().all()
        known = {one.id: one.stripe_transfer_id for one in payments}
        unentered = 0
        for payment_id, transfer_id in known.items():
            made = self.transfers(payment_id)
            assert len(made) <= 1, f"payment {payment_id} has {len(made)} transfers"
            if made and transfer_id is None:
                unentered += made[0].amount_pence
        balance = self.emulator.control("books", "GET")["platform"]
        assert self.books(AccountKind.CASH_AT_STRIPE) == balance + unentered
        used = Counter(transfer_id for transfer_id in known.values() if transfer_id)
        assert all(count == 1 for count in used.values())
