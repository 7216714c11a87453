"""A scheme that lives at random: awards, redemptions, claims, payments and all that ends them.

Every rule calls the operations that people and worker call; what is refused must change no balance.
Stripe is the emulator over HTTP. The invariants are asked after every step.
"""

import io
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import ClassVar

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from sqlalchemy import select

from tests.domain.money import invariants
from tests.domain.payments.test_clawback import Desk
from tests.domain.payments.world import World
from tests.factories.cases import CODE_KEY, make_match, make_officer, make_voucher
from tests.factories.scheme import make_business, make_member, make_offering
from tests.factories.work import PDF, right_values
from voucher.accounts.roles import Role
from voucher.applications.models import Application
from voucher.applications.operations import assess
from voucher.businesses.models import Business
from voucher.claims import operations as claims
from voucher.claims.models import Claim
from voucher.claims.operations import review
from voucher.claims.rules import EvidenceKind
from voucher.core.db import session, transaction
from voucher.core.errors import DomainError
from voucher.integrations.storage.store import ContentStore
from voucher.integrations.stripe.errors import StripeFailure
from voucher.matching.models import Match
from voucher.payments.clawbacks.jobs import set_off_debts
from voucher.payments.clawbacks.models import Clawback
from voucher.payments.clawbacks.operations import deciding
from voucher.payments.jobs.sending import queue_approved_claims
from voucher.payments.models import Payment
from voucher.payments.operations import queueing
from voucher.programmes.models import Round
from voucher.providers.models import Provider
from voucher.providers.operations.due_diligence import reinstate, suspend
from voucher.vouchers import operations as vouchers
from voucher.vouchers.models import Redemption, Voucher
from voucher.vouchers.operations.life import cancel, expire

BUDGET_PENCE = 900_000
FAULTS = ("rate_limited", "dropped_before", "dropped_after", "error_after", "malformed_after")
WHICH = st.integers(0, 9)
SMALL, LARGE = 100_000, 200_000


def there_is(model):
    """A rule that needs a row of the model to be tried on."""
    return precondition(lambda machine: model in machine.known)


class Scheme(RuleBasedStateMachine):
    """One round with money for a few vouchers, one provider, and what happens to them.

    `bench`, `emulator` and `folder` are set by the test; `steps` counts over all runs.
    """

    bench = emulator = folder = None
    steps = 0
    refused = 0
    ends: ClassVar[Counter] = Counter()

    def __init__(self) -> None:
        super().__init__()
        self.bench.renew()
        self.emulator.control("faults", "DELETE")
        self.emulator.control("reset")
        self.context = self.bench.app.app_context()
        self.context.push()
        self.world = World(self.emulator, funds=400_000)
        self.desk = Desk(self.world)
        with transaction():
            round_ = session.get(Round, self.world.round_id)
            round_.evidence_sample_bps, round_.full_evidence_from_pence = 0, 5_000_000
            self.officer = make_officer(Role.FINANCE).id
            provider = session.get(Provider, self.world.provider_id)
            self.worker = make_member(Role.PROVIDER, provider=provider).id
            self.stranger = make_member(Role.BUSINESS, business=make_business())
            session.expunge(self.stranger)
        self.lower_budget()
        self.final: set = set()
        self.known: set = set()
        self.stopped = ({}, 0)
        self.stranger_client = self.bench.app.test_client()
        self.browser = ThreadPoolExecutor(1)
        self.browser.submit(self.stranger_client.sign_in, self.stranger).result()
        self.browser.submit(self.stranger_client.get, "/business/").result()

    def lower_budget(self):
        """The factory's budget is endless for a machine: most of it is reserved by somebody."""
        from voucher.programmes.operations import budget

        with transaction():
            round_ = session.get(Round, self.world.round_id)
            rest = round_.budget_pence - BUDGET_PENCE
            at = self.world.at
            budget.reserve(round_id=round_.id, pence=rest, source=round_, at=at, by=None)

    def teardown(self):
        """Count how things ended; let go of what was opened."""
        session.rollback()
        for model in (Voucher, Claim, Payment, Clawback):
            for status in session.execute(select(model.status)).scalars():
                self.ends[f"{model.__tablename__} {status.value}"] += 1
        session.remove()
        self.browser.shutdown()
        self.context.pop()

    # --- what may be refused -----------------------------------------------------------------

    def attempt(self, act):
        """1: in a transaction of its own; a refusal changes no balance."""
        session.rollback()
        before = invariants.money()
        try:
            with transaction():
                act()
        except DomainError:
            type(self).refused += 1
            session.rollback()
            assert invariants.money() == before

    def pick(self, model, which):
        """One of the newest rows of a model, or None."""
        session.rollback()
        ids = session.execute(select(model.id).order_by(model.id.desc()).limit(4)).scalars().all()
        return ids[which % len(ids)] if ids else None

    @initialize(
        pences=st.lists(st.sampled_from([SMALL, LARGE]), min_size=2, max_size=4),
        steps=st.integers(0, 20),
    )
    def begin(self, pences, steps):
        """Some vouchers that have come some way."""
        for pence in pences:
            self.attempt(lambda each=pence: self._award(None, each))
        for step in range(steps):
            self.move_on(step)

    # --- people ------------------------------------------------------------------------------

    @rule(pence=st.sampled_from([SMALL, 150_000, LARGE]))
    def award(self, pence):
        self.attempt(lambda: self._award(None, pence))

    @there_is(Voucher)
    @rule(which=WHICH)
    def award_again(self, which):
        voucher_id = self.pick(Voucher, which)
        if voucher_id:
            self.attempt(lambda: self._award(session.get(Voucher, voucher_id).business_id, SMALL))

    def _award(self, business_id, pence):
        round_ = session.get(Round, self.world.round_id)
        business = session.get(Business, business_id) if business_id else None
        voucher = make_voucher(round_, business, award_pence=pence, at=self.world.at)
        provider = session.get(Provider, self.world.provider_id)
        make_match(voucher, make_offering(provider, net_price_pence=pence * 2 - 20_000))

    @there_is(Voucher)
    @rule(which=WHICH)
    def redeem(self, which):
        voucher_id = self.pick(Voucher, which)
        if voucher_id:
            self.attempt(lambda: self._redeem(voucher_id))

    def _redeem(self, voucher_id):
        vouchers.redeem(
            code=vouchers.code_of(voucher=session.get(Voucher, voucher_id), code_key=CODE_KEY),
            provider_id=self.world.provider_id,
            by=self.worker,
            at=self.world.at,
            code_key=CODE_KEY,
        )

    @there_is(Redemption)
    @rule(which=WHICH)
    def claim(self, which):
        redemption_id = self.pick(Redemption, which)
        if redemption_id:
            self.attempt(lambda: self._claim(redemption_id))

    def _claim(self, redemption_id):
        at, redemption = self.world.at, session.get(Redemption, redemption_id)
        made = claims.start(redemption=redemption, by=self.worker, at=at)
        claims.save(claim=made, values=right_values(redemption, at.date()), by=self.worker, at=at)
        claims.attach(
            claim=made,
            kind=EvidenceKind.INVOICE,
            stream=io.BytesIO(PDF + b"%% %d" % redemption_id),  # a file twice would be a doubt
            name="Invoice.pdf",
            content_store=ContentStore(self.folder),
            by=self.worker,
            at=at,
        )
        claims.submit(claim=made, by=self.worker, at=at)

    @there_is(Claim)
    @rule(which=WHICH)
    def confirm(self, which):
        self.on_claim(which, self._confirm)

    def _confirm(self, claim):
        owner = session.get(Application, claim.application_id).started_by_id
        claims.confirm(claim=claim, by=owner, at=self.world.at)

    @there_is(Claim)
    @rule(which=WHICH)
    def approve(self, which):
        self.on_claim(
            which, lambda claim: review.approve(claim=claim, by=self.officer, at=self.world.at)
        )

    @there_is(Voucher)
    @rule(which=WHICH)
    def move_on(self, which):
        """The next thing that the people would do about one of the newest vouchers."""
        voucher_id = self.pick(Voucher, which)
        redemption = session.execute(
            select(Redemption.id).where(Redemption.voucher_id == voucher_id)
        ).scalar_one_or_none()
        claim = session.execute(
            select(Claim).where(Claim.redemption_id == redemption)
        ).scalar_one_or_none()
        if redemption is None:
            self.attempt(lambda: self._redeem(voucher_id))
        elif claim is None:
            self.attempt(lambda: self._claim(redemption))
        elif claim.status == "submitted":
            self.attempt(lambda: self._confirm(claim))
        else:
            at, by = self.world.at, self.officer
            self.attempt(lambda: review.approve(claim=claim, by=by, at=at))

    @there_is(Claim)
    @rule(which=WHICH)
    def reject(self, which):
        at = self.world.at
        self.on_claim(
            which, lambda claim: review.reject(claim=claim, note="No.", by=self.officer, at=at)
        )

    def on_claim(self, which, act):
        claim_id = self.pick(Claim, which)
        if claim_id:
            self.attempt(lambda: act(session.get(Claim, claim_id)))

    @there_is(Voucher)
    @rule(which=WHICH)
    def cancel_voucher(self, which):
        voucher_id, at = self.pick(Voucher, which), self.world.at
        if voucher_id and which < 4:
            by = self.officer
            self.attempt(
                lambda: cancel(
                    voucher=session.get(Voucher, voucher_id), reason="Asked.", by=by, at=at
                )
            )

    @there_is(Payment)
    @rule(which=WHICH)
    def cancel_payment(self, which):
        payment_id, at = self.pick(Payment, which), self.world.at
        if payment_id and which < 4:
            self.attempt(
                lambda: queueing.cancel(
                    payment=session.get(Payment, payment_id), reason="No.", by=self.officer, at=at
                )
            )

    @there_is(Payment)
    @rule(which=WHICH)
    def retry(self, which):
        payment_id, at = self.pick(Payment, which), self.world.at
        if payment_id:
            self.attempt(
                lambda: queueing.retry(
                    payment=session.get(Payment, payment_id), by=self.officer, at=at
                )
            )

    @there_is(Application)
    @rule(which=WHICH)
    def hold_or_let_go(self, which):
        case_id = self.pick(Application, which)
        if case_id:
            self.attempt(lambda: self._turn_hold(case_id))

    def _turn_hold(self, case_id):
        case = session.get(Application, case_id)
        if case.held_at is None:
            assess.hold(application=case, reason="Looked at", by=self.officer, at=self.world.at)
        else:
            assess.release_hold(application=case, by=self.officer, at=self.world.at)

    @rule(really=WHICH)
    def suspend_or_reinstate(self, really):
        provider_id, at = self.world.provider_id, self.world.at

        def turn():
            provider = session.get(Provider, provider_id)
            if provider.suspended_at is None or provider.status == "approved":
                suspend(provider=provider, reason="Looked at", by=self.officer, at=at)
            else:
                reinstate(provider=provider, by=self.officer, at=at)

        session.rollback()
        if really < 3 or session.get(Provider, provider_id).status != "approved":
            self.attempt(turn)

    @there_is(Payment)
    @rule(which=WHICH, pence=st.sampled_from([10_000, SMALL - 10_000, LARGE]))
    def reverse(self, which, pence):
        payment_id = self.pick(Payment, which)
        if payment_id and which < 5:
            self.attempt(lambda: self.ask_back(payment_id, pence))

    def ask_back(self, payment_id, pence):
        """Asked by one finance officer, approved by another."""
        from voucher.payments.clawbacks.models import ClawbackReason

        asked = deciding.request(
            payment=session.get(Payment, payment_id),
            pence=pence,
            reason=ClawbackReason.NOT_DELIVERED,
            words="Nothing was installed.",
            by=self.desk.asker,
            at=self.world.at,
        )
        agreer = self.desk.agreer
        deciding.approve(clawback=asked, by=agreer, at=self.world.at)

    # --- the worker, the bank, the calendar --------------------------------------------------

    @rule()
    def send(self):
        queue_approved_claims(self.world.at)
        set_off_debts(self.world.at)
        self.quietly(self.world.send)

    @rule()
    def pay_out(self):
        self.quietly(self.desk.work)
        self.quietly(self.world.pay_out)

    def quietly(self, act):
        """A failure of Stripe ends the worker's job, which is done again later."""
        session.rollback()
        try:
            act()
        except StripeFailure:
            session.rollback()

    @there_is(Payment)
    @rule()
    def work_and_wait(self):
        """A quiet hour: the money goes one leg on."""
        self.world.calm()
        self.world.later(hours=1)
        self.send()
        self.pay_out()

    @rule(kind=st.sampled_from(FAULTS), path=st.sampled_from(["/v1/transfers", "/v1/payouts"]))
    def fail(self, kind, path):
        self.world.calm()
        self.world.fault(kind, path=path, times=3 if kind != "error_after" else 1)

    @rule(outcome=st.sampled_from(["paid", "failed", "paid_then_failed"]))
    def bank(self, outcome):
        self.world.emulator.control("payouts/outcome", outcome=outcome)
        self.world.bank_day()
        self.world.follow()

    @rule()
    def top_up(self):
        self.world.fund(50_000)
        self.quietly(self.world.release)

    @rule(hours=st.sampled_from([1, 22, 24 * 20]))
    def later(self, hours):
        self.world.calm()
        self.world.later(hours=hours)
        self.world.release()

    @rule()
    def expire(self):
        session.rollback()
        live = select(Voucher.id).where(Voucher.status == "issued")
        for voucher_id in session.execute(live).scalars().all():
            self.attempt(
                lambda each=voucher_id: expire(voucher=session.get(Voucher, each), at=self.world.at)
            )

    # --- after every step --------------------------------------------------------------------

    @invariant()
    def the_books_keep_every_rule(self):
        """2, 3, 4, 5, 6, 9, 10."""
        type(self).steps += 1
        session.rollback()
        invariants.require_all()

    @invariant()
    def what_is_stopped_does_not_move(self):
        """6: what was stopped before the step and still is has not been sent or redeemed."""
        session.rollback()
        before, now = self.stopped, invariants.stopped()
        for payment_id in before[0].keys() & now[0].keys():
            assert before[0][payment_id] == now[0][payment_id]
        self.stopped = now

    @invariant()
    def cancelled_is_final(self):
        """9."""
        session.rollback()
        now = invariants.final()
        assert self.final <= now
        self.final = now
        tables = (Application, Voucher, Redemption, Claim, Payment)
        self.known = {one for one in tables if session.execute(select(one.id).limit(1)).first()}

    @invariant()
    def a_stranger_sees_nothing_and_looking_changes_nothing(self):
        """7 and 8: a GET of somebody else's newest record is refused, and changes no balance."""
        session.rollback()
        voucher = session.execute(select(Voucher.reference).order_by(Voucher.id.desc())).first()
        if voucher is None:
            return
        before = self.state()
        get = self.stranger_client.open
        answer = self.browser.submit(get, f"/business/vouchers/{voucher[0]}").result()
        assert answer.status_code == 404
        assert self.state() == before

    def state(self):
        """Every balance, and how many rows there are of what has a status."""
        tables = (Voucher, Match, Redemption, Claim, Payment, Clawback)
        found = invariants.money(), invariants.final(), [
            session.execute(select(model.id, model.status)).all() if hasattr(model, "status")
            else session.execute(select(model.id)).all()
            for model in tables
        ]  # fmt: skip
        session.rollback()
        return found
