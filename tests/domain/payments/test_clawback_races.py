"""Money asked back by several people and workers at the same moment."""

import pytest

from tests.domain.payments.test_clawback import Desk
from tests.domain.payments.world import COOLING_DAYS, PENCE
from tests.factories.cases import make_officer
from tests.together import together
from voucher.accounts.roles import Role
from voucher.core.db import session, transaction
from voucher.core.errors import Conflict, Invalid
from voucher.ledger.models import AccountKind
from voucher.payments.clawbacks import jobs
from voucher.payments.clawbacks.models import Clawback, ClawbackStatus
from voucher.payments.clawbacks.operations import deciding, owing
from voucher.payments.jobs.reconciling import reconcile
from voucher.payments.jobs.sending import send_payouts, send_transfers
from voucher.payments.models import Payment, PaymentStatus

C, P = ClawbackStatus, PaymentStatus
REFUSED = (Conflict, Invalid)


@pytest.fixture
def desk(world):
    """A desk; afterwards the books agree with Stripe's in everything."""
    yield Desk(world)
    session.rollback()
    assert reconcile(world.stripe, world.at).differences == []


def refusals(answers):
    return [one for one in answers if isinstance(one, REFUSED)]


def test_a_double_click_asks_once_for_all_of_it(app, world, desk):
    payment_id = world.transferred()
    answers = together(app, *[lambda: desk.ask(payment_id)] * 4)
    assert len(refusals(answers)) == 3


def test_two_people_ask_for_more_than_there_is(app, world, desk):
    payment_id = world.transferred()
    with transaction():
        other = make_officer(Role.FINANCE).id
    answers = together(
        app,
        lambda: desk.ask(payment_id, 60_000),
        lambda: desk.ask(payment_id, 60_000, by=other),
    )
    assert len(refusals(answers)) == 1


def test_two_people_decide_at_once(app, world, desk):
    payment_id = world.transferred()
    clawback_id = desk.ask(payment_id)
    with transaction():
        other = make_officer(Role.APPROVER).id
    answers = together(
        app,
        lambda: desk.do(deciding.approve, clawback_id),
        lambda: desk.do(deciding.refuse, clawback_id, by=other, words="No."),
        lambda: desk.do(deciding.approve, clawback_id, by=other),
    )
    assert len(refusals(answers)) == 2
    desk.work()
    taken = desk.status(clawback_id) is C.REVERSED
    assert desk.reversals(payment_id) == ([PENCE] if taken else [])


def test_two_workers_take_back_once(app, world, desk):
    payment_id = world.transferred()
    clawback_id = desk.approved(payment_id, 500)
    together(app, desk.work, desk.work, desk.work)
    assert desk.status(clawback_id) is C.REVERSED
    assert desk.reversals(payment_id) == [500]


def test_a_request_races_the_payout(app, world, desk):
    payment_id = world.transferred()

    def pay_out():
        return send_payouts(world.stripe, "test", COOLING_DAYS, world.at)

    together(app, lambda: desk.ask(payment_id, 500), pay_out)
    left = world.status(payment_id)
    assert left in (P.TRANSFERRED, P.IN_TRANSIT)
    clawback_id = session.query(Clawback).one().id
    desk.do(deciding.approve, clawback_id)
    world.bank_day()
    world.follow()
    world.later(minutes=15)
    desk.work()
    reversed_ = left is P.TRANSFERRED
    assert desk.status(clawback_id) is (C.REVERSED if reversed_ else C.SHORTFALL)
    world.pay_out()
    world.bank_day()
    world.follow()
    assert world.books(AccountKind.SETTLED) == PENCE - 500


def test_set_off_races_the_transfer(app, world, desk):
    clawback_id = desk.owed(world.paid(), 30_000)
    payment_id = world.queue()

    def send():
        return send_transfers(world.stripe, "test", world.at)

    together(
        app,
        lambda: desk.do(owing.net_off, clawback_id),
        lambda: jobs.set_off_debts(world.at),
        lambda: jobs.set_off_debts(world.at),
        send,
        send,
    )
    jobs.set_off_debts(world.at)
    world.send()
    payment = world.payment(payment_id)
    assert payment.status is P.TRANSFERRED
    assert payment.netted_pence in (0, 30_000)
    assert [one.amount_pence for one in world.transfers(payment_id)] == [payment.transfer_pence]
    recovered = desk.one(clawback_id).recovered_pence
    assert recovered == payment.netted_pence


def test_one_debt_against_two_payments_is_taken_once(app, world, desk):
    clawback_id = desk.owed(world.paid(), 30_000)
    desk.do(owing.net_off, clawback_id)
    payments = [world.queue(), world.queue()]
    together(app, *[lambda: jobs.set_off_debts(world.at)] * 3)
    assert desk.status(clawback_id) is C.RECOVERED
    netted = [session.get(Payment, one).netted_pence for one in payments]
    assert sorted(netted) == [0, 30_000]
    assert world.books(AccountKind.RECOVERABLE) == 0


def test_two_people_write_off_and_keep_at_once(app, world, desk):
    clawback_id = desk.owed(world.paid(), 1_000)
    desk.do(owing.ask_write_off, clawback_id, by=desk.asker, words="Too small to sue for.")
    answers = together(
        app,
        lambda: desk.do(owing.write_off, clawback_id),
        lambda: desk.do(owing.keep_owed, clawback_id),
    )
    assert len(refusals(answers)) == 1
    written = desk.status(clawback_id) is C.WRITTEN_OFF
    assert world.books(AccountKind.WRITTEN_OFF) == (1_000 if written else 0)
