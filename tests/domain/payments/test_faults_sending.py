"""Faults 1 to 12: whatever is lost on the way to Stripe and back, each claim is paid once."""

import pytest

from tests.domain.payments.resting import come_to_rest, prove
from tests.domain.payments.test_transfer import Crash, crash
from tests.domain.payments.world import PENCE
from voucher.integrations.stripe.errors import StripeMisconfigured
from voucher.integrations.stripe.gateway import StripeGateway
from voucher.payments.models import PaymentStatus as P

pytestmark = pytest.mark.long

LEGS = ("/v1/transfers", "/v1/payouts")


@pytest.fixture(params=LEGS, ids=("transfer", "payout"))
def leg(request):
    """Which of the two requests the fault strikes."""
    return request.param


def ready_for(world, leg):
    """A payment that is about to be sent on this leg; what the worker does then."""
    if leg == "/v1/transfers":
        return world.queue(), world.send
    return world.transferred(), world.pay_out


def rest_paid(world, *payments):
    """At the end every payment is paid, and all is proved."""
    come_to_rest(world)
    assert {world.status(payment_id) for payment_id in payments} == {P.PAID}
    prove(world)


def crash_in(monkeypatch, name, act):
    with monkeypatch.context() as patch:
        patch.setattr(name, crash)
        with pytest.raises(Crash):
            act()


def test_fault_01_crash_before_the_lease_commits(world, monkeypatch, leg):
    payment_id, act = ready_for(world, leg)
    before = world.status(payment_id)
    crash_in(monkeypatch, "voucher.core.db.session.commit", act)
    assert world.status(payment_id) is before
    rest_paid(world, payment_id)


def test_fault_02_crash_after_the_lease_and_before_the_request(world, monkeypatch, leg):
    payment_id, act = ready_for(world, leg)
    name = "transfer" if leg == LEGS[0] else "payout"
    crash_in(monkeypatch, f"voucher.payments.jobs.sending._ask_for_{name}", act)
    assert world.status(payment_id) in (P.SENDING, P.PAYOUT_SENDING)
    assert act() == 0  # the lease holds
    rest_paid(world, payment_id)
    assert [one[1] for one in world.attempts(payment_id)] == [1, 1]


def test_fault_03_dropped_before_stripe_worked(world, leg):
    payment_id, act = ready_for(world, leg)
    world.fault("dropped_before", path=leg, times=3)
    act()
    assert world.status(payment_id) in (P.UNKNOWN, P.PAYOUT_UNKNOWN)
    rest_paid(world, payment_id)


@pytest.mark.parametrize("kind", ["held_after", "dropped_after", "malformed_after"])
def test_fault_04_no_answer_after_stripe_committed(world, leg, kind):
    payment_id, act = ready_for(world, leg)
    world.fault(kind, path=leg, times=3)
    act(StripeGateway("sk_test_domain", world.emulator.address, read_timeout=0.2))
    assert world.status(payment_id) in (P.UNKNOWN, P.PAYOUT_UNKNOWN)
    rest_paid(world, payment_id)


@pytest.mark.parametrize("moment", ["jobs.sending.enter_{}", "operations.entering.note"])
def test_fault_05_crash_between_the_answer_and_its_entry(world, monkeypatch, leg, moment):
    payment_id, act = ready_for(world, leg)
    name = moment.format("transfer" if leg == LEGS[0] else "payout")
    crash_in(monkeypatch, f"voucher.payments.{name}", act)
    assert world.status(payment_id) in (P.SENDING, P.PAYOUT_SENDING)
    rest_paid(world, payment_id)
    assert [one[2] for one in world.attempts(payment_id)] == ["done", "done"]


@pytest.mark.parametrize("kind", ["error_before", "error_after"])
def test_fault_06_error_500_that_is_replayed(world, leg, kind):
    payment_id, act = ready_for(world, leg)
    world.fault(kind, path=leg)
    act()
    assert world.status(payment_id) in (P.UNKNOWN, P.PAYOUT_UNKNOWN)
    world.later(minutes=1)
    act()  # the stored 500 comes again where nothing was done; what was done is found
    rest_paid(world, payment_id)


@pytest.mark.parametrize("kind", ["rate_limited", "lock_timeout", "key_in_use", "unavailable"])
def test_fault_07_too_many_requests_or_conflict(world, leg, kind):
    payment_id, act = ready_for(world, leg)
    world.fault(kind, path=leg, times=3)
    act()
    assert world.status(payment_id) in (P.UNKNOWN, P.PAYOUT_UNKNOWN)
    assert act() == 0  # not again at once
    rest_paid(world, payment_id)
    assert [one[1] for one in world.attempts(payment_id)] == [1, 1]


@pytest.mark.parametrize("asked", ["create_transfer", "create_payout"])
def test_fault_08_two_workers_and_an_expired_lease(world, monkeypatch, asked):
    payment_id, act = ready_for(world, LEGS[asked == "create_payout"])
    real = getattr(StripeGateway, asked)

    def slowly(self, **wish):
        monkeypatch.setattr(StripeGateway, asked, real)
        world.later(minutes=6)
        assert act() == 1  # the second worker, while the first has not sent yet
        return real(self, **wish)

    monkeypatch.setattr(StripeGateway, asked, slowly)
    act()
    rest_paid(world, payment_id)
    assert [one[2] for one in world.attempts(payment_id)] == ["done", "done"]


@pytest.mark.parametrize("kind", ["dropped_before", "dropped_after"])
def test_fault_09_outage_over_a_day_with_the_key_forgotten(world, leg, kind):
    payment_id, act = ready_for(world, leg)
    world.fault(kind, path=leg, times=3)
    act()
    world.fault("unavailable", path="/v1/", method="", times=1000)
    for _ in range(3):
        world.later(hours=9)
        act()
    assert world.status(payment_id) in (P.UNKNOWN, P.PAYOUT_UNKNOWN)
    rest_paid(world, payment_id)
    assert len(world.transfers(payment_id)) == 1


def test_fault_10_insufficient_funds_and_then_a_top_up(poor_world):
    world = poor_world
    payments = [world.queue(), world.queue()]
    world.send()
    assert {world.status(each) for each in payments} == {P.BLOCKED_FUNDS}
    world.fund(1)
    world.release()
    world.send()
    assert sorted(world.status(each) for each in payments) == [P.BLOCKED_FUNDS, P.TRANSFERRED]
    world.fund(PENCE)
    rest_paid(world, *payments)


def test_fault_11_parameters_changed_under_one_key(world):
    payment_id = world.queue()
    key = f"test:pay:{world.payment(payment_id).reference}:transfer:1"
    account_id = world.account().stripe_account_id
    world.stripe.create_transfer(
        amount_pence=1, destination=account_id, transfer_group="another", metadata={}, key=key
    )
    world.send()
    assert world.status(payment_id) is P.ATTENTION
    come_to_rest(world)
    assert world.transfers(payment_id) == []
    assert world.attempts(payment_id) == [("transfer", 1, "mismatch")]
    prove(world, waiting=[P.ATTENTION], explained={"suspense"})


@pytest.mark.parametrize("kind", ["unauthorised", "forbidden"])
def test_fault_12_refused_keys_stop_the_job(world, leg, kind):
    (payment_id, act), other_id = ready_for(world, leg), world.queue()
    world.fault(kind, path=leg)
    with pytest.raises(StripeMisconfigured):
        act()
    assert world.status(payment_id) in (P.UNKNOWN, P.PAYOUT_UNKNOWN)
    assert world.status(other_id) is P.QUEUED
    rest_paid(world, payment_id, other_id)
