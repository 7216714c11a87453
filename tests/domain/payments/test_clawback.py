"""Money asked back: by two people, once each, whatever is lost on the way, and what it leaves."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from tests.domain.payments.test_transfer import Crash, crash
from tests.domain.payments.world import PENCE
from tests.factories.cases import make_officer
from tests.factories.scheme import make_member
from voucher.accounts.roles import Role
from voucher.claims.models import ClaimStatus
from voucher.core.clock import london_date
from voucher.core.db import session, transaction
from voucher.core.errors import Conflict, Invalid, NotPermitted
from voucher.integrations.stripe.gateway import StripeGateway
from voucher.ledger.models import AccountKind
from voucher.payments.clawbacks import jobs
from voucher.payments.clawbacks.models import (
    Clawback,
    ClawbackAttempt,
    ClawbackReason,
    ClawbackStatus,
)
from voucher.payments.clawbacks.operations import deciding, entering, owing
from voucher.payments.clawbacks.operations.taking import take_up
from voucher.payments.jobs.reconciling import reconcile
from voucher.payments.models import Payment, PaymentStatus
from voucher.payments.operations.queueing import cancellable
from voucher.programmes.models import Round
from voucher.providers.models import Provider
from voucher.subsidy.queries import assistance_of_notice
from voucher.vouchers.models import Award, VoucherStatus

C, P = ClawbackStatus, PaymentStatus
A = AccountKind


class Desk:
    """Two finance officers, and the worker's step about clawbacks."""

    def __init__(self, world):
        self.world = world
        with transaction():
            self.asker = make_officer(Role.FINANCE).id
            self.agreer = make_officer(Role.APPROVER).id

    def ask(self, payment_id, pence=PENCE, by=None):
        """A request; its id."""
        with transaction():
            return deciding.request(
                payment=session.get(Payment, payment_id),
                pence=pence,
                reason=ClawbackReason.NOT_DELIVERED,
                words="Nothing was installed.",
                by=by or self.asker,
                at=self.world.at,
            ).id

    def do(self, operation, clawback_id, by=None, **values):
        """One operation on a clawback by the second person."""
        with transaction():
            operation(
                clawback=session.get(Clawback, clawback_id),
                by=by or self.agreer,
                at=self.world.at,
                **values,
            )

    def approved(self, payment_id, pence=PENCE):
        """A request that the second person has approved; its id."""
        clawback_id = self.ask(payment_id, pence)
        self.do(deciding.approve, clawback_id)
        return clawback_id

    def owed(self, payment_id, pence=PENCE):
        """What a provider owes of a payment that has reached its bank."""
        clawback_id = self.approved(payment_id, pence)
        self.work()
        assert self.status(clawback_id) is C.SHORTFALL
        return clawback_id

    def work(self, stripe=None):
        """What the worker does about clawbacks."""
        return jobs.take_back(stripe or self.world.stripe, "test", self.world.at)

    def one(self, clawback_id) -> Clawback:
        """The clawback as it is now."""
        session.rollback()
        return session.get(Clawback, clawback_id)

    def status(self, clawback_id):
        """Its status now."""
        return self.one(clawback_id).status

    def attempts(self, clawback_id):
        """Number and outcome of every request."""
        query = select(ClawbackAttempt).where(ClawbackAttempt.clawback_id == clawback_id)
        rows = session.execute(query.order_by(ClawbackAttempt.number)).scalars()
        return [(one.number, one.outcome and one.outcome.value) for one in rows]

    def reversals(self, payment_id):
        """What Stripe took back of the payment's transfer, in pence."""
        transfer_id = self.world.payment(payment_id).stripe_transfer_id
        found = self.world.stripe.list_reversals(transfer_id=transfer_id)
        return [one.amount_pence for one in found]


@pytest.fixture
def desk(world):
    """A desk; afterwards a reconciliation finds no difference at all."""
    yield Desk(world)
    world.calm()
    session.rollback()
    assert reconcile(world.stripe, world.at).differences == []


def spent(world):
    session.rollback()
    return session.get(Round, world.round_id).spent_pence


def support(world, payment_id):
    award = session.get(Award, world.voucher_of(payment_id).award_id)
    return assistance_of_notice(award.notice_id)


def test_a_full_clawback_undoes_the_payment(world, desk):
    payment_id = world.transferred()
    clawback_id = desk.approved(payment_id)
    assert desk.work() == 1
    assert desk.status(clawback_id) is C.REVERSED
    assert desk.reversals(payment_id) == [PENCE]
    payment = world.payment(payment_id)
    assert (payment.status, payment.to_bank_pence) == (P.REVERSED, 0)
    assert world.claim_of(payment_id).status is ClaimStatus.REJECTED
    assert world.voucher_of(payment_id).status is VoucherStatus.CANCELLED
    assert support(world, payment_id).released_at is not None
    assert spent(world) == 0
    assert world.books(A.AT_PROVIDER) == 0
    assert world.books(A.CASH_AT_STRIPE) == 1_000_000
    world.pay_out()
    assert world.status(payment_id) is P.REVERSED


def test_two_partial_ones_leave_the_rest_to_be_paid_out(world, desk):
    payment_id = world.transferred()
    desk.approved(payment_id, 10_000)
    desk.approved(payment_id, 20_000)
    assert desk.work() == 2
    assert sorted(desk.reversals(payment_id)) == [10_000, 20_000]
    assert spent(world) == PENCE - 30_000
    assert support(world, payment_id).redeemed_pence == PENCE - 30_000
    world.pay_out()
    world.bank_day()
    world.follow()
    assert world.status(payment_id) is P.PAID
    assert world.books(A.SETTLED) == PENCE - 30_000
    assert world.books(A.AT_PROVIDER) == 0
    assert world.voucher_of(payment_id).status is VoucherStatus.COMPLETED


def test_the_last_part_ends_the_payment(world, desk):
    payment_id = world.transferred()
    desk.approved(payment_id, PENCE - 1)
    desk.work()
    assert world.status(payment_id) is P.TRANSFERRED
    desk.approved(payment_id, 1)
    desk.work()
    assert world.status(payment_id) is P.REVERSED


@pytest.mark.parametrize("pence", [0, -5, PENCE + 1])
def test_more_than_was_transferred_or_nothing_is_refused(world, desk, pence):
    payment_id = world.transferred()
    with pytest.raises(Invalid) as refused:
        desk.ask(payment_id, pence)
    assert refused.value.field == "pence"


def test_what_is_asked_for_already_counts_and_what_was_refused_does_not(world, desk):
    payment_id = world.transferred()
    first = desk.ask(payment_id, PENCE - 100)
    with pytest.raises(Invalid):
        desk.ask(payment_id, 101)
    desk.do(deciding.refuse, first, words="The work was done after all.")
    desk.ask(payment_id, PENCE)
    with pytest.raises(Conflict, match="All of this"):
        desk.ask(payment_id, 1)


def test_nothing_is_asked_back_of_what_was_not_transferred(world, desk):
    payment_id = world.queue()
    with pytest.raises(Conflict, match="Cancel the payment instead"):
        desk.ask(payment_id)


def test_two_people_decide_and_none_of_a_party(world, desk):
    payment_id = world.transferred()
    clawback_id = desk.ask(payment_id)
    with pytest.raises(NotPermitted, match="second person"):
        desk.do(deciding.approve, clawback_id, by=desk.asker)
    with transaction():
        provider = session.get(Provider, world.provider_id)
        member = make_member(Role.PROVIDER, provider=provider).id
    with pytest.raises(NotPermitted):
        desk.do(deciding.approve, clawback_id, by=member)
    with pytest.raises(NotPermitted):
        desk.ask(payment_id, by=member)
    desk.do(deciding.approve, clawback_id)
    with pytest.raises(Conflict, match="decided already"):
        desk.do(deciding.approve, clawback_id)
    assert desk.work() == 1
    assert desk.work() == 0


def test_the_payout_waits_for_a_request_and_goes_on_when_it_is_refused(world, desk):
    payment_id = world.transferred()
    clawback_id = desk.ask(payment_id, 500)
    world.pay_out()
    payment = world.payment(payment_id)
    assert payment.status is P.TRANSFERRED
    assert payment.status_note == "Money is being asked back, so the payout waits."
    desk.do(deciding.refuse, clawback_id, words="It was a mistake.")
    world.pay_out()
    assert world.status(payment_id) is P.IN_TRANSIT


def test_it_can_be_withdrawn_until_it_is_approved(world, desk):
    payment_id = world.transferred()
    clawback_id = desk.ask(payment_id)
    desk.do(deciding.withdraw, clawback_id, by=desk.asker)
    assert desk.status(clawback_id) is C.WITHDRAWN
    second = desk.approved(payment_id)
    with pytest.raises(Conflict):
        desk.do(deciding.withdraw, second, by=desk.asker)


def test_a_payout_under_way_is_waited_for_and_then_the_money_is_owed(world, desk):
    payment_id = world.in_transit()
    clawback_id = desk.approved(payment_id)
    assert desk.work() == 0
    assert desk.status(clawback_id) is C.APPROVED
    world.bank_day()
    world.follow()
    world.later(minutes=15)
    desk.work()
    assert desk.status(clawback_id) is C.SHORTFALL
    assert desk.reversals(payment_id) == []
    assert world.books(A.RECOVERABLE) == PENCE
    assert world.books(A.SETTLED) == 0
    assert spent(world) == PENCE


def test_money_that_came_back_from_the_bank_is_reversed(world, desk):
    world.emulator.control("payouts/outcome", outcome="failed", failure_code="account_closed")
    payment_id = world.in_transit()
    world.bank_day()
    world.follow()
    assert world.status(payment_id) is P.PAYOUT_FAILED
    desk.approved(payment_id)
    desk.work()
    assert world.status(payment_id) is P.REVERSED
    assert spent(world) == 0


def test_what_the_account_does_not_cover_is_owed(world):
    desk = Desk(world)
    payment_id = world.transferred()
    account_id = world.account().stripe_account_id
    world.stripe.create_payout(
        account_id=account_id, amount_pence=PENCE, metadata={}, key="by the provider"
    )
    clawback_id = desk.approved(payment_id, PENCE)
    desk.work()
    assert desk.status(clawback_id) is C.SHORTFALL
    assert desk.attempts(clawback_id) == [(1, "rejected")]
    assert world.status(payment_id) is P.REVERSED
    assert world.books(A.RECOVERABLE) == PENCE
    assert world.books(A.AT_PROVIDER) == 0
    assert world.claim_of(payment_id).status is ClaimStatus.PAID
    assert reconcile(world.stripe, world.at).differences == []


@pytest.mark.parametrize("kind", ["dropped_before", "dropped_after", "malformed_after"])
def test_a_lost_answer_takes_back_once(world, desk, kind):
    payment_id = world.transferred()
    clawback_id = desk.approved(payment_id, 400)
    transfer_id = world.payment(payment_id).stripe_transfer_id
    world.fault(kind, path=f"/v1/transfers/{transfer_id}/reversals", times=3)
    desk.work()
    assert desk.status(clawback_id) is C.UNKNOWN
    world.calm()
    world.later(minutes=1)
    desk.work()
    assert desk.status(clawback_id) is C.REVERSED
    assert desk.reversals(payment_id) == [400]
    assert desk.attempts(clawback_id) == [(1, "done")]


def test_a_time_out_after_stripe_has_done_it_takes_back_once(world, desk):
    payment_id = world.transferred()
    clawback_id = desk.approved(payment_id)
    transfer_id = world.payment(payment_id).stripe_transfer_id
    world.fault("held_after", path=f"/v1/transfers/{transfer_id}/reversals", times=3)
    desk.work(StripeGateway("sk_test_domain", world.emulator.address, read_timeout=0.2))
    assert desk.status(clawback_id) is C.UNKNOWN
    world.pay_out()
    assert world.status(payment_id) is P.TRANSFERRED
    world.calm()
    world.later(minutes=1)
    desk.work()
    assert desk.status(clawback_id) is C.REVERSED
    assert desk.reversals(payment_id) == [PENCE]


def test_a_crash_before_the_entry_takes_back_once_and_is_no_difference(world, desk, monkeypatch):
    payment_id = world.transferred()
    clawback_id = desk.approved(payment_id, 700)
    with monkeypatch.context() as patch:
        patch.setattr(entering, "enter_reversal", crash)
        with pytest.raises(Crash):
            desk.work()
    assert desk.status(clawback_id) is C.SENDING
    assert reconcile(world.stripe, world.at).differences == []
    world.later(minutes=5)
    desk.work()
    assert desk.reversals(payment_id) == [700]
    assert desk.status(clawback_id) is C.REVERSED


def test_after_twenty_hours_it_is_looked_up_and_asked_anew(world, desk):
    payment_id = world.transferred()
    clawback_id = desk.approved(payment_id, 800)
    with transaction():
        assert take_up(clawback_id=clawback_id, environment="test", at=world.at)
    world.later(hours=21)
    assert desk.work() == 1
    assert desk.status(clawback_id) is C.APPROVED
    desk.work()
    assert desk.attempts(clawback_id) == [(1, "absent"), (2, "done")]
    assert desk.reversals(payment_id) == [800]


def test_a_reversal_done_by_hand_meanwhile_needs_a_person(world):
    desk = Desk(world)
    payment_id = world.transferred()
    clawback_id = desk.approved(payment_id)
    world.stripe.reverse_transfer(
        transfer_id=world.payment(payment_id).stripe_transfer_id,
        amount_pence=1,
        metadata={},
        key="by hand",
    )
    desk.work()
    assert desk.status(clawback_id) is C.ATTENTION
    desk.do(deciding.go_on, clawback_id)
    assert desk.status(clawback_id) is C.APPROVED
    desk.work()
    assert desk.attempts(clawback_id) == [(1, "rejected"), (2, "rejected")]
    desk.do(deciding.withdraw, clawback_id)
    world.fund_by_hand(-1)


def test_the_key_names_environment_clawback_and_attempt(world, desk):
    payment_id = world.transferred()
    clawback_id = desk.approved(payment_id, 100)
    with transaction():
        order = take_up(clawback_id=clawback_id, environment="test", at=world.at)
        reference = session.get(Clawback, clawback_id).reference
    assert order.key == f"test:claw:{reference}:reversal:1"
    world.later(minutes=6)
    desk.work()


@pytest.mark.slow
def test_a_debt_is_set_off_against_the_next_payments(world, desk):
    clawback_id = desk.owed(world.paid(), 120_000 - PENCE)
    other = desk.owed(world.paid(), PENCE)
    for one in (clawback_id, other):
        desk.do(owing.net_off, one)
    whole, part = world.queue(), world.queue()
    assert jobs.set_off_debts(world.at) == 120_000
    assert world.status(whole) is P.NETTED
    assert world.claim_of(whole).status is ClaimStatus.PAID
    assert world.voucher_of(whole).status is VoucherStatus.COMPLETED
    payment = world.payment(part)
    assert (payment.netted_pence, payment.transfer_pence) == (30_000, 60_000)
    assert not cancellable(payment)
    assert desk.status(clawback_id) is C.RECOVERED
    assert desk.status(other) is C.RECOVERED
    world.send()
    assert [one.amount_pence for one in world.transfers(part)] == [60_000]
    assert world.transfers(whole) == []
    assert world.books(A.RECOVERABLE) == 0
    assert world.books(A.PAYABLE) == 0
    assert spent(world) == 4 * PENCE - 120_000


def test_no_transfer_goes_before_the_debt_is_set_off(world, desk):
    desk.do(owing.net_off, desk.owed(world.paid(), 1_000))
    payment_id = world.queue()
    assert world.send() == 0
    assert world.status(payment_id) is P.QUEUED
    jobs.set_off_debts(world.at)
    assert world.send() == 1
    assert [one.amount_pence for one in world.transfers(payment_id)] == [PENCE - 1_000]


def test_nothing_is_set_off_while_a_check_before_paying_is_in_doubt(world, desk):
    desk.do(owing.net_off, desk.owed(world.paid(), 1_000))
    payment_id = world.queue()
    with transaction():
        world.account().holder_name = "Somebody Quite Different"
    assert jobs.set_off_debts(world.at) == 0
    assert world.send() == 0
    assert world.status(payment_id) is P.ON_HOLD
    assert world.payment(payment_id).netted_pence == 0


def test_a_debt_larger_than_the_payment_is_carried_on(world, desk):
    first = world.paid()
    desk.do(owing.net_off, owed := desk.owed(first))
    half = world.queue()
    with transaction():
        session.get(Payment, half)
    jobs.set_off_debts(world.at)
    assert world.status(half) is P.NETTED
    assert desk.status(owed) is C.RECOVERED
    assert support(world, first).redeemed_pence == 0
    assert jobs.set_off_debts(world.at) == 0


def test_an_invoice_is_paid_in_parts(world, desk):
    clawback_id = desk.owed(world.paid())
    today = london_date(world.at)
    desk.do(owing.invoice, clawback_id, number="INV-1", due_on=today + timedelta(days=30))

    def pay(pence, name):
        desk.do(owing.receive, clawback_id, pence=pence, received_on=today, bank_reference=name)

    pay(30_000, "first")
    assert desk.status(clawback_id) is C.INVOICED
    with pytest.raises(Invalid, match="entered already"):
        pay(30_000, "first")
    with pytest.raises(Invalid):
        pay(60_001, "too much")
    pay(60_000, "second")
    assert desk.status(clawback_id) is C.RECOVERED
    assert world.books(A.RECOVERABLE) == 0
    assert spent(world) == 0


def test_a_write_off_takes_two_people_and_stays_spent(world, desk):
    payment_id = world.paid()
    clawback_id = desk.owed(payment_id)
    desk.do(owing.ask_write_off, clawback_id, by=desk.asker, words="The provider is gone.")
    with pytest.raises(NotPermitted):
        desk.do(owing.write_off, clawback_id, by=desk.asker)
    desk.do(owing.write_off, clawback_id)
    assert desk.status(clawback_id) is C.WRITTEN_OFF
    assert world.books(A.WRITTEN_OFF) == PENCE
    assert spent(world) == PENCE
    assert support(world, payment_id).redeemed_pence == PENCE


def test_another_way_can_be_chosen(world, desk):
    clawback_id = desk.owed(world.paid())
    desk.do(owing.net_off, clawback_id)
    desk.do(owing.choose_again, clawback_id)
    desk.do(owing.ask_write_off, clawback_id, words="Too small.")
    desk.do(owing.keep_owed, clawback_id)
    assert desk.status(clawback_id) is C.SHORTFALL
