"""What people do in the scheme: redeem, claim, agree, decide, ask back. Rules of the machine.

A rule may ask for what is refused; then no balance may change.
"""

import io

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule
from sqlalchemy import select

from tests.factories.cases import CODE_KEY, make_match, make_voucher
from tests.factories.scheme import make_offering
from tests.factories.work import PDF, right_values
from voucher.applications.models import Application
from voucher.applications.operations import assess
from voucher.businesses.models import Business
from voucher.claims import operations as claims
from voucher.claims.models import Claim
from voucher.claims.operations import amending, review
from voucher.claims.queries.amendments import open_amendment
from voucher.claims.rules import EvidenceKind
from voucher.core.db import session
from voucher.integrations.storage.store import ContentStore
from voucher.payments.clawbacks.models import Clawback, ClawbackReason
from voucher.payments.clawbacks.operations import deciding, owing
from voucher.payments.models import Payment
from voucher.payments.operations import queueing
from voucher.payments.runs.models import PaymentRun
from voucher.payments.runs.operations import releasing
from voucher.programmes.models import Round
from voucher.providers.models import Provider
from voucher.providers.operations.due_diligence import reinstate, suspend
from voucher.vouchers import operations as vouchers
from voucher.vouchers.models import Redemption, Voucher
from voucher.vouchers.operations.life import cancel

WHICH = st.integers(0, 9)
SMALL, LARGE = 100_000, 200_000


def there_is(*any_of):
    """A rule that needs a row such as "voucher issued", or "voucher" in any status."""
    return precondition(lambda machine: not machine.known.isdisjoint(any_of))


class People:
    """Their rules. The machine has `world`, `desk`, `officer`, `worker`, `attempt` and `pick`."""

    @rule(pence=st.sampled_from([SMALL, 150_000, LARGE]))
    def award(self, pence):
        self.attempt(lambda: self.give(None, pence))

    @there_is("voucher")
    @rule(which=WHICH)
    def award_again(self, which):
        business_id = session.get(Voucher, self.pick(Voucher, which)).business_id
        self.attempt(lambda: self.give(business_id, SMALL))

    def give(self, business_id, pence):
        round_ = session.get(Round, self.world.round_id)
        business = session.get(Business, business_id) if business_id else None
        voucher = make_voucher(round_, business, award_pence=pence, at=self.world.at)
        provider = session.get(Provider, self.world.provider_id)
        make_match(voucher, make_offering(provider, net_price_pence=pence * 2 - 20_000))

    @there_is("voucher")
    @rule(which=WHICH)
    def redeem(self, which):
        voucher_id = self.pick(Voucher, which)
        self.attempt(lambda: self._redeem(voucher_id))

    def _redeem(self, voucher_id):
        vouchers.redeem(
            code=vouchers.code_of(voucher=session.get(Voucher, voucher_id), code_key=CODE_KEY),
            provider_id=self.world.provider_id,
            by=self.worker,
            at=self.world.at,
            code_key=CODE_KEY,
        )

    @there_is("redemption")
    @rule(which=WHICH)
    def claim(self, which):
        redemption_id = self.pick(Redemption, which)
        self.attempt(lambda: self._claim(redemption_id))

    def _claim(self, redemption_id):
        at, redemption = self.world.at, session.get(Redemption, redemption_id)
        made = claims.start(redemption=redemption, by=self.worker, at=at)
        self._send(made)

    def _send(self, made):
        at, redemption = self.world.at, session.get(Redemption, made.redemption_id)
        values = right_values(redemption, at.date())
        claims.save(claim=made, values=values, by=self.worker, at=at)
        claims.attach(
            claim=made,
            kind=EvidenceKind.INVOICE,
            stream=io.BytesIO(PDF + b"%% %d" % redemption.id),  # a file twice would be a doubt
            name="Invoice.pdf",
            content_store=ContentStore(self.folder),
            by=self.worker,
            at=at,
        )
        claims.submit(claim=made, by=self.worker, at=at)

    @there_is("redemption")
    @rule(which=WHICH, share=st.sampled_from([10, 50, 99, 100]))
    def offer_less(self, which, share):
        """Less was delivered: a share of the price, in per cent."""
        redemption_id = self.pick(Redemption, which)
        self.attempt(lambda: self._offer_less(redemption_id, share))

    def _offer_less(self, redemption_id, share):
        at, redemption = self.world.at, session.get(Redemption, redemption_id)
        found = select(Claim).where(Claim.redemption_id == redemption_id)
        made = session.execute(found).scalar_one_or_none()
        made = made or claims.start(redemption=redemption, by=self.worker, at=at)
        price = redemption.net_price_pence * share // 100
        amending.offer_less(
            claim=made, net_price_pence=price, words="Half of it.", by=self.worker, at=at
        )

    @there_is("amendment offered")
    @rule(which=WHICH, how=st.sampled_from(["agree", "agree", "refuse", "take back"]))
    def answer_less(self, which, how):
        self.on_claim(which, lambda claim: self._answer_less(claim, how))

    def _answer_less(self, claim, how):
        at, owner = self.world.at, self.owner_of(claim)
        offer = open_amendment(claim.id)
        if how == "agree":
            number = offer.id if offer else 0
            amending.agree_amendment(claim=claim, offer_id=number, by=owner, at=at)
        elif how == "refuse":
            amending.refuse_amendment(claim=claim, words="It was all there.", by=owner, at=at)
        else:
            amending.withdraw_amendment(claim=claim, by=self.worker, at=at)

    def owner_of(self, claim):
        return session.get(Application, claim.application_id).started_by_id

    @there_is("claim")
    @rule(which=WHICH)
    def confirm(self, which):
        self.on_claim(which, self._confirm)

    def _confirm(self, claim):
        claims.confirm(claim=claim, by=self.owner_of(claim), at=self.world.at)

    @there_is("claim")
    @rule(which=WHICH)
    def approve(self, which):
        self.on_claim(which, self._approve)

    def _approve(self, claim):
        review.approve(claim=claim, by=self.officer, at=self.world.at)

    @there_is("voucher issued", "voucher redeemed")
    @rule(which=WHICH, steps=st.integers(1, 4))
    def move_on(self, which, steps):
        """The next things that the people would do about one of the newest vouchers."""
        voucher_id = self.pick(Voucher, which)
        for _ in range(steps):
            self.step(voucher_id)

    def step(self, voucher_id):
        session.rollback()
        found = select(Redemption.id).where(Redemption.voucher_id == voucher_id)
        redemption_id = session.execute(found).scalar_one_or_none()
        found = select(Claim).where(Claim.redemption_id == redemption_id)
        claim = session.execute(found).scalar_one_or_none()
        if redemption_id is None:
            self.attempt(lambda: self._redeem(voucher_id))
        elif claim is None:
            self.attempt(lambda: self._claim(redemption_id))
        else:
            acts = {"draft": self._send, "submitted": self._confirm, "confirmed": self._approve}
            act, claim_id = acts.get(claim.status.value), claim.id
            if act:
                self.attempt(lambda: act(session.get(Claim, claim_id)))

    @there_is("claim")
    @rule(which=WHICH)
    def reject(self, which):
        at, by = self.world.at, self.officer
        self.on_claim(which, lambda claim: review.reject(claim=claim, note="No.", by=by, at=at))

    def on_claim(self, which, act):
        claim_id = self.pick(Claim, which)
        self.attempt(lambda: act(session.get(Claim, claim_id)))

    @there_is("voucher")
    @rule(which=WHICH)
    def cancel_voucher(self, which):
        voucher_id, at, by = self.pick(Voucher, which), self.world.at, self.officer
        self.attempt(
            lambda: cancel(voucher=session.get(Voucher, voucher_id), reason="Asked.", by=by, at=at)
        )

    @there_is("payment")
    @rule(which=WHICH)
    def cancel_payment(self, which):
        self.on_payment(which, queueing.cancel, reason="No.")

    @there_is("payment attention", "payment payout_failed")
    @rule(which=WHICH)
    def retry(self, which):
        self.on_payment(which, queueing.retry)

    @there_is("payment queued")
    @rule(which=WHICH)
    def hold_back(self, which):
        self.on_payment(which, releasing.hold_back, reason="Wait.")

    def on_payment(self, which, operation, **values):
        payment_id, by, at = self.pick(Payment, which), self.desk.asker, self.world.at
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
        run_id, by, at = self.pick(PaymentRun, which), self.desk.agreer, self.world.at
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

    @there_is("application")
    @rule(which=WHICH)
    def hold_or_let_go(self, which):
        case_id = self.pick(Application, which)
        self.attempt(lambda: self._turn_hold(case_id))

    def _turn_hold(self, case_id):
        case, by, at = session.get(Application, case_id), self.officer, self.world.at
        if case.held_at is None:
            assess.hold(application=case, reason="Looked at", by=by, at=at)
        else:
            assess.release_hold(application=case, by=by, at=at)

    @rule(really=st.integers(0, 3))
    def suspend_or_reinstate(self, really):
        session.rollback()
        if really == 0 or session.get(Provider, self.world.provider_id).status != "approved":
            self.attempt(self._turn_provider)

    def _turn_provider(self):
        provider, by, at = (
            session.get(Provider, self.world.provider_id),
            self.officer,
            self.world.at,
        )
        if provider.status == "approved":
            suspend(provider=provider, reason="Looked at", by=by, at=at)
        else:
            reinstate(provider=provider, by=by, at=at)

    @there_is("payment transferred", "payment in_transit", "payment paid", "payment payout_failed")
    @rule(which=WHICH, pence=st.sampled_from([10_000, SMALL - 10_000, LARGE, None, None]))
    def ask_back(self, which, pence):
        """Asked by one officer for some or (None) all of it, approved by another."""
        payment_id = self.pick(Payment, which)
        self.attempt(lambda: self._ask_back(payment_id, pence))

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
        clawback_id, by, at = self.pick(Clawback, which), self.desk.asker, self.world.at
        act = owing.choose_again if again == 0 else owing.net_off
        self.attempt(lambda: act(clawback=session.get(Clawback, clawback_id), by=by, at=at))
