"""A scheme that lives at random: awards, redemptions, claims, payments and all that ends them.

Every rule calls the operations that people and worker call; what is refused must change no balance.
Stripe is the emulator over HTTP. The invariants are asked after every step; those that are asked of
the database whole are not asked again of one that nothing has been written to since.
"""

from collections import Counter
from typing import ClassVar

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from sqlalchemy import String, cast, exists, literal, select, union_all

from tests.domain.money import invariants
from tests.domain.money.choosing import LARGE, SMALL, WHICH, there_is
from tests.domain.money.claiming import UNCLAIMED, Claiming
from tests.domain.money.people import People
from tests.domain.money.spending import Spending
from tests.domain.money.varying import Varying
from tests.domain.money.watching import OF_LOOKING, Onlookers, Writes
from tests.domain.payments.test_clawback import Desk
from tests.domain.payments.world import World
from tests.factories.cases import make_officer
from tests.factories.scheme import make_member
from voucher.accounts.roles import Role
from voucher.applications.models import Application
from voucher.claims.jobs import escalate_silence, escalate_unpaid, lapse_amendments, screen_claims
from voucher.claims.models import Amendment, Claim, UnpaidContribution
from voucher.cli.rendering import desk_of
from voucher.core.db import db, session, transaction
from voucher.core.errors import DomainError
from voucher.core.status import StatusChange
from voucher.integrations.stripe.errors import StripeFailure
from voucher.matching.jobs import lapse_variations
from voucher.matching.models import Variation
from voucher.notifications import jobs as notifications
from voucher.payments.clawbacks.jobs import set_off_debts
from voucher.payments.clawbacks.models import Clawback
from voucher.payments.jobs.sending import queue_approved_claims
from voucher.payments.models import Payment
from voucher.payments.runs.models import PaymentRun
from voucher.programmes.models import ReleaseMethod, Round
from voucher.programmes.operations import budget
from voucher.providers.models import Provider
from voucher.vouchers.jobs import expire_vouchers
from voucher.vouchers.models import Redemption, Voucher

BUDGET_PENCE = 900_000
FAULTS = ("rate_limited", "dropped_before", "dropped_after", "error_after", "malformed_after")
PATHS = ("/v1/transfers", "/v1/payouts")
WITH_STATUS = (
    Voucher,
    Variation,
    Claim,
    Amendment,
    UnpaidContribution,
    Payment,
    PaymentRun,
    Clawback,
)


class Postbox:
    """A mail server that takes everything and keeps the numbers of the messages."""

    def __init__(self):
        self.taken = []

    def send(self, letter):
        """Take a letter."""
        self.taken.append(int(letter.message_id.partition("@")[0].rpartition("-")[2]))


class Scheme(People, Varying, Claiming, Spending, RuleBasedStateMachine):
    """One round with money for a few vouchers, one provider, and what happens to them.

    `bench`, `emulator`, `folder` and `writes` are set by the test; `steps` counts over all runs.
    """

    bench = emulator = folder = writes = None
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
        self.post_desk = desk_of(self.bench.app.extensions["services"])
        with transaction():
            round_ = session.get(Round, self.world.round_id)
            round_.evidence_sample_bps, round_.full_evidence_from_pence = 0, 5_000_000
            self.officer = make_officer(Role.FINANCE).id
            provider = session.get(Provider, self.world.provider_id)
            self.worker = make_member(Role.PROVIDER, provider=provider).id
        self.lower_budget()
        self.onlookers = Onlookers(self.bench.app, self.world.provider_id)
        self.final: set = set()
        self.known: set = set()
        self.stopped: dict = {}
        self.numbered = 0
        self.reminded: list = []
        self.writes.take()
        self.balances = invariants.money()

    def lower_budget(self):
        """The factory's budget is endless for a machine: most of it is reserved by somebody."""
        with transaction():
            round_ = session.get(Round, self.world.round_id)
            self.budget_pence = round_.budget_pence
            rest = round_.budget_pence - BUDGET_PENCE
            at = self.world.at
            budget.reserve(round_id=round_.id, pence=rest, source=round_, at=at, by=None)

    def teardown(self):
        """Count what became of things; let go of what was opened."""
        session.rollback()
        query = select(StatusChange.record_kind, StatusChange.to_status)
        self.ends.update(f"{kind} {status}" for kind, status in session.execute(query))
        session.remove()
        self.onlookers.close()
        self.context.pop()

    # --- what may be refused -----------------------------------------------------------------

    def attempt(self, act):
        """1: in a transaction of its own; a refusal changes no balance."""
        session.rollback()
        before = self.money()
        try:
            with transaction():
                act()
        except DomainError:
            type(self).refused += 1
            session.rollback()
            assert invariants.money() == before

    def money(self):
        """Every balance, read again only if anything was written since."""
        if self.writes.tables:
            self.balances = invariants.money()
        return self.balances

    def pick(self, model, which, *statuses):
        """The id of one of the newest rows of a model, in these statuses if any are named."""
        session.rollback()
        query = select(model.id).order_by(model.id.desc()).limit(4)
        if statuses:
            query = query.where(model.status.in_(statuses))
        ids = session.execute(query).scalars().all()
        return ids[which % len(ids)] if ids else None

    @initialize(
        pences=st.lists(st.sampled_from([SMALL, LARGE]), min_size=2, max_size=4),
        steps=st.integers(0, 4),
        second=st.sampled_from([None, None, SMALL, LARGE * 2]),
        paid=st.booleans(),
    )
    def begin(self, pences, steps, second, paid):
        """Some vouchers that have come some way, one of them perhaps to the bank; in half the
        rounds finance releases payments."""
        if second:
            with transaction():
                round_ = session.get(Round, self.world.round_id)
                round_.release_method = ReleaseMethod.BY_FINANCE
                round_.second_release_pence = second
        for pence in pences:
            self.attempt(lambda each=pence: self.give(None, each))
        for _ in range(steps):
            self.step(self.pick(Voucher, len(pences)))
        if paid:
            self.see_through(0)

    # --- the worker, the bank, the calendar --------------------------------------------------

    @there_is("claim approved", "payment")
    @rule()
    def send(self):
        queue_approved_claims(self.world.at)
        set_off_debts(self.world.at)
        self.quietly(self.world.send)

    @there_is("payment", "clawback")
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

    @there_is("claim approved", "payment")
    @rule()
    def work_and_wait(self):
        """A quiet hour: the money goes one leg on."""
        self.world.calm()
        self.world.later(hours=1)
        self.send()
        self.pay_out()

    @there_is("voucher issued", "voucher redeemed")
    @rule(which=WHICH)
    def see_through(self, which):
        """Everybody does their part, and the money reaches the bank."""
        voucher_id = self.pick(Voucher, which, "issued", "redeemed")
        for _ in range(4):
            self.step(voucher_id)
        queue_approved_claims(self.world.at)
        if self.pick(Payment, which, "ready"):
            self.release(which, True)
        self.work_and_wait()
        self.bank("paid")

    @there_is("payment", "claim approved")
    @rule(kind=st.sampled_from(FAULTS), path=st.sampled_from(PATHS))
    def fail(self, kind, path):
        self.world.calm()
        self.world.fault(kind, path=path, times=3 if kind != "error_after" else 1)

    @there_is("payment in_transit", "payment paid")
    @rule(outcome=st.sampled_from(["paid", "paid", "failed", "paid_then_failed"]))
    def bank(self, outcome):
        self.world.emulator.control("payouts/outcome", outcome=outcome)
        self.world.bank_day()
        self.world.follow()

    @there_is("payment blocked_funds", "payment queued")
    @rule()
    def top_up(self):
        self.world.fund(50_000)
        self.quietly(self.world.release)

    @there_is("claim confirmed", "payment")
    @rule(hours=st.sampled_from([1, 22, 24 * 20]))
    def later(self, hours):
        self.world.calm()
        self.world.later(hours=hours)
        screen_claims(self.world.at)
        self.world.release()

    @there_is("voucher issued", "claim submitted", "amendment offered")
    @rule(days=st.sampled_from([20, 30, 60, 91]))
    def days_pass(self, days):
        """Time enough for vouchers to lapse, and for what reminds of that."""
        self.world.later(days=days)
        expire_vouchers(self.world.at)
        self.let_lapse()
        self.post()

    def let_lapse(self):
        """What the worker does about last days that are over."""
        for job in (escalate_silence, escalate_unpaid, lapse_amendments, lapse_variations):
            job(self.world.at)

    def post(self):
        """The reminders that are due are written, and go out."""
        at, box = self.world.at, Postbox()
        notifications.write_messages(self.post_desk, at)
        notifications.remind_of_vouchers(self.post_desk, at)
        notifications.remind_of_deadlines(self.post_desk, at)
        notifications.send_messages(box, at, domain="vouchers.example")
        self.reminded = box.taken

    # --- after every step --------------------------------------------------------------------

    @invariant()
    def the_ten_invariants_hold(self):
        """2 to 6, 9 and 10 if anything was written; then 7 and 8 by asking for a page each."""
        type(self).steps += 1
        session.rollback()
        known = self.money()
        if self.writes.take():
            invariants.require_all(known)
            self.what_is_stopped_does_not_move()
            self.cancelled_is_final()
            self.count()
        self.looking_changes_nothing()
        self.a_stranger_sees_nothing()

    def what_is_stopped_does_not_move(self):
        """6: what was stopped before the step and still is has not been sent or redeemed."""
        before, self.stopped = self.stopped, invariants.stopped()
        for one in before.keys() & self.stopped.keys():
            assert before[one] == self.stopped[one]

    def cancelled_is_final(self):
        """9: what is cancelled stays so, and nobody is reminded of it."""
        before, self.final = self.final, invariants.final()
        assert before <= self.final
        assert invariants.reminded_in_vain(self.reminded) == []
        self.reminded = []

    def count(self):
        """Which rows there are, for the rules that need one."""
        rows = [
            select(literal(each.__tablename__), cast(each.status, String)).distinct()
            for each in WITH_STATUS
        ]
        rows += [
            select(literal(each.__tablename__), literal("")).where(select(each.id).exists())
            for each in (Application, Redemption)
        ]
        rows.append(select(literal("redemption"), literal("unclaimed")).where(exists(UNCLAIMED)))
        found = session.execute(union_all(*rows)).all()
        self.known = {name for name, _ in found} | {f"{name} {status}" for name, status in found}
        self.known.add(f"round {'with' if self.left() >= SMALL else 'without'} money")
        session.rollback()

    def left(self):
        """What the round has not promised to anybody, in pence."""
        [(_, *taken)], _ = self.balances
        return self.budget_pence - sum(taken)

    def looking_changes_nothing(self):
        """7: nothing is written for a GET, be it shown or, like a draft to officers, not there."""
        seen = self.onlookers.look(may_see=True)
        assert seen is None or seen[1] < 500, seen
        assert self.writes.take() <= OF_LOOKING, seen

    def a_stranger_sees_nothing(self):
        """8: somebody else's record is not there for a business or provider it is not of."""
        seen = self.onlookers.look(may_see=False)
        assert seen is None or seen[1] == 404, seen
        assert self.writes.take() <= OF_LOOKING, seen


def watched(bench):
    """What the application on this bench writes."""
    with bench.app.app_context():
        return Writes(db.engine)
