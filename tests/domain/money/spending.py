"""What finance does about payments, runs and money asked back. Rules of the machine."""

from hypothesis import strategies as st
from hypothesis.stateful import rule
from sqlalchemy import select

from tests.domain.money.choosing import LARGE, SMALL, WHICH, there_is
from voucher.core.db import session
from voucher.payments.clawbacks.models import Clawback, ClawbackReason
from voucher.payments.clawbacks.operations import deciding, owing
from voucher.payments.jobs.sending import queue_approved_claims
from voucher.payments.models import Payment
from voucher.payments.operations import queueing
from voucher.payments.runs.models import PaymentRun
from voucher.payments.runs.operations import releasing

CANCELLABLE = ("ready", "queued", "blocked_payee", "blocked_funds", "on_hold", "attention")
SENT = ("transferred", "in_transit", "paid", "payout_failed")


class Spending:
    """Their rules. The machine has `world`, `desk`, `attempt`, `quietly` and `pick`."""

    @there_is("claim approved", *(f"payment {status}" for status in CANCELLABLE))
    @rule(which=WHICH)
    def cancel_payment(self, which):
        """What is approved is queued, and called off before it is sent."""
        queue_approved_claims(self.world.at)
        self.on_payment(which, queueing.cancel, *CANCELLABLE, reason="No.")

    @there_is("payment")
    @rule(which=WHICH)
    def cancel_any_payment(self, which):
        """Whatever became of it: never once it may have been sent."""
        self.on_payment(which, queueing.cancel, reason="No.")

    @there_is("payment attention", "payment payout_failed")
    @rule(which=WHICH)
    def retry(self, which):
        self.on_payment(which, queueing.retry, "attention", "payout_failed")

    @there_is("payment queued")
    @rule(which=WHICH)
    def hold_back(self, which):
        self.on_payment(which, releasing.hold_back, "queued", reason="Wait.")

    def on_payment(self, which, operation, *statuses, **values):
        """Do it to one of the newest payments in these statuses; in none, nothing is done."""
        payment_id, by, at = self.pick(Payment, which, *statuses), self.desk.asker, self.world.at
        if payment_id is None:
            return
        self.attempt(
            lambda: operation(payment=session.get(Payment, payment_id), by=by, at=at, **values)
        )

    @there_is("payment ready")
    @rule(which=WHICH, agreed=st.booleans())
    def release(self, which, agreed):
        """Finance lets payments go; above the threshold a second person has to agree."""
        wanted = select(Payment.id).where(Payment.status == "ready").order_by(Payment.id)
        ids = session.execute(wanted.limit(1 + which % 3)).scalars().all()
        by, at = self.desk.asker, self.world.at
        self.attempt(lambda: releasing.release(payment_ids=ids, by=by, at=at))
        if agreed:
            self.agree(which, True)

    @there_is("payment_run waiting")
    @rule(which=WHICH, yes=st.booleans())
    def agree(self, which, yes):
        run_id, by, at = self.pick(PaymentRun, which, "waiting"), self.desk.agreer, self.world.at
        if run_id is None:
            return
        if yes:
            self.attempt(lambda: releasing.agree(run=session.get(PaymentRun, run_id), by=by, at=at))
        else:
            self.attempt(
                lambda: releasing.withdraw(
                    run=session.get(PaymentRun, run_id), reason="No.", by=by, at=at
                )
            )

    @there_is(*(f"payment {status}" for status in SENT))
    @rule(which=WHICH, pence=st.sampled_from([10_000, SMALL - 10_000, LARGE, None, None]))
    def ask_back(self, which, pence):
        """Asked by one officer for some or (None) all of it, approved by another."""
        payment_id = self.pick(Payment, which, *SENT)
        self.attempt(lambda: self._ask_back(payment_id, pence))

    @there_is("claim approved", "payment transferred", "payment payout_failed")
    @rule(which=WHICH)
    def take_all_back(self, which):
        """All of it is asked back while it is still at Stripe, and taken back there."""
        self.world.calm()
        queue_approved_claims(self.world.at)
        if self.pick(Payment, which, "ready"):
            self.release(which, True)
        self.quietly(self.world.send)
        payment_id = self.pick(Payment, which, "transferred", "payout_failed")
        if payment_id:
            self.attempt(lambda: self._ask_back(payment_id, None))
            self.quietly(self.desk.work)

    @there_is("payment paid")
    @rule(which=WHICH)
    def owe(self, which):
        """Some of what has reached the bank is asked back: owed, and set off against the next."""
        payment_id = self.pick(Payment, which, "paid")
        self.attempt(lambda: self._ask_back(payment_id, 10_000))
        self.world.calm()
        self.quietly(self.desk.work)
        debt_id, by, at = self.pick(Clawback, 0, "shortfall"), self.desk.asker, self.world.at
        if debt_id:
            self.attempt(
                lambda: owing.net_off(clawback=session.get(Clawback, debt_id), by=by, at=at)
            )

    def _ask_back(self, payment_id, pence):
        payment = session.get(Payment, payment_id)
        asked = deciding.request(
            payment=payment,
            pence=pence or payment.amount_pence,
            reason=ClawbackReason.NOT_DELIVERED,
            words="Nothing was installed.",
            by=self.desk.asker,
            at=self.world.at,
        )
        deciding.approve(clawback=asked, by=self.desk.agreer, at=self.world.at)

    @there_is("clawback shortfall", "clawback netting")
    @rule(which=WHICH, again=st.integers(0, 4))
    def set_off_next(self, which, again):
        """What the provider owes comes off its next payment; now and then chosen anew."""
        clawback_id, by, at = (
            self.pick(Clawback, which, "shortfall", "netting"),
            self.desk.asker,
            self.world.at,
        )
        act = owing.choose_again if again == 0 else owing.net_off
        self.attempt(lambda: act(clawback=session.get(Clawback, clawback_id), by=by, at=at))
