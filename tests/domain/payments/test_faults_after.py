"""Faults 17 to 23: banks, accounts, money asked back, people at the same moment, other clocks."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from tests.contract.wire import speak
from tests.domain.payments.resting import come_to_rest, prove
from tests.domain.payments.test_accounts import begin
from tests.domain.payments.test_clawback import Desk
from tests.domain.payments.test_transfer import Crash
from tests.domain.payments.world import COOLING_DAYS, PENCE
from tests.factories.cases import make_officer
from tests.factories.payments import make_confirmed_claim
from tests.factories.scheme import make_provider
from tests.together import at_once
from voucher.accounts.roles import Role
from voucher.claims.models import Claim
from voucher.claims.operations.review import approve
from voucher.core.db import session, transaction
from voucher.core.errors import Conflict, DomainError
from voucher.integrations.stripe.errors import StripeUnreachable
from voucher.integrations.stripe.gateway import StripeGateway
from voucher.payments.clawbacks.models import ClawbackStatus as C
from voucher.payments.jobs.following import refresh_accounts
from voucher.payments.jobs.onboarding import read_again
from voucher.payments.jobs.reconciling import reconcile
from voucher.payments.jobs.sending import send_transfers
from voucher.payments.models import Payment
from voucher.payments.models import PaymentStatus as P
from voucher.payments.operations.queueing import cancel, queue_claim
from voucher.payments.operations.taking import take_up_transfer
from voucher.payments.queries.work import account_of
from voucher.programmes.models import Round
from voucher.providers.models import ConnectedAccount, Provider
from voucher.sandbox.stripe_emulator.control_client import Controls

pytestmark = pytest.mark.long


def rest_paid(world, *payments):
    come_to_rest(world)
    assert {world.status(payment_id) for payment_id in payments} == {P.PAID}
    prove(world)


@pytest.mark.parametrize("outcome", ["failed", "paid_then_failed", "cancelled"])
def test_fault_17_payout_failed_paid_then_failed_cancelled(world, outcome):
    controls = Controls(world.emulator.address)
    if outcome != "cancelled":
        controls.order_payout_outcome(outcome)
    payment_id = world.in_transit()
    if outcome == "cancelled":
        controls.cancel_payout(world.payment(payment_id).stripe_payout_id)
    for _ in range(2):
        world.bank_day()
        world.follow()
    assert world.status(payment_id) is P.PAYOUT_FAILED
    rest_paid(world, payment_id)
    assert [one[0] for one in world.attempts(payment_id)].count("payout") == 2


def test_fault_18_capability_lost_between_approval_and_sending(world):
    payment_id, controls = world.queue(), Controls(world.emulator.address)
    account_id = world.account().stripe_account_id
    controls.change_standing(account_id, capabilities={"transfers": "inactive"})
    world.send()
    assert world.status(payment_id) is P.BLOCKED_PAYEE
    controls.change_standing(account_id, capabilities={"transfers": "active"})
    rest_paid(world, payment_id)


@pytest.mark.parametrize("moment", ["queue", "transferred"])
def test_fault_18_bank_changed_between_approval_and_sending(world, moment):
    payment_id = getattr(world, moment)()
    Controls(world.emulator.address).change_bank(
        world.account().stripe_account_id, number="11112222"
    )
    world.later(days=1, minutes=1)
    refresh_accounts(world.stripe, world.at)
    changed_at = world.at
    world.send()
    assert world.pay_out() == 0
    rest_paid(world, payment_id)
    assert world.payment(payment_id).paid_at >= changed_at + timedelta(days=COOLING_DAYS)


@pytest.mark.parametrize("parts", [(PENCE,), (30_000, 60_000)], ids=("full", "two partial"))
def test_fault_19_clawback_full_and_two_partial(world, parts):
    payment_id, desk = world.transferred(), Desk(world)
    for pence in parts:
        desk.approved(payment_id, pence)
        desk.work()
    assert sorted(desk.reversals(payment_id)) == sorted(parts)
    assert world.status(payment_id) is P.REVERSED
    assert session.get(Round, world.round_id).spent_pence == 0
    come_to_rest(world)
    prove(world)


def test_fault_19_clawback_over_the_amount(world):
    payment_id, desk = world.transferred(), Desk(world)
    desk.ask(payment_id, 50_000)
    with pytest.raises(DomainError):
        desk.ask(payment_id, PENCE - 50_000 + 1)
    assert desk.reversals(payment_id) == []


def test_fault_19_clawback_after_the_payout(world):
    payment_id, desk = world.paid(), Desk(world)
    desk.owed(payment_id)
    assert desk.reversals(payment_id) == []
    come_to_rest(world)
    prove(world)


@pytest.mark.parametrize("kind", ["held_after", "dropped_after", "error_after"])
def test_fault_19_clawback_without_an_answer_after_stripe_committed(world, kind):
    payment_id, desk = world.transferred(), Desk(world)
    clawback_id = desk.approved(payment_id)
    world.fault(kind, times=1 if kind == "error_after" else 3)
    desk.work(StripeGateway("sk_test_domain", world.emulator.address, read_timeout=0.2))
    assert desk.status(clawback_id) is C.UNKNOWN
    world.calm()
    world.later(minutes=2)
    desk.work()
    assert desk.status(clawback_id) is C.REVERSED
    assert desk.reversals(payment_id) == [PENCE]
    come_to_rest(world)
    prove(world)


@pytest.mark.parametrize("people", [1, 2], ids=("double click", "two administrators"))
def test_fault_20_double_click_and_two_administrators(world, app, people):
    with transaction():
        round_ = session.get(Round, world.round_id)
        claim_id = make_confirmed_claim(round_, session.get(Provider, world.provider_id)).id
        officers = [make_officer(Role.APPROVER).id for _ in range(people)] * (2 // people)

    def click(officer_id):
        claim = session.get(Claim, claim_id)
        approve(claim=claim, by=officer_id, at=world.at, note="")
        return True

    answers = at_once(app, *(lambda each=each: click(each) for each in officers))
    assert answers.count(True) == 1
    made = at_once(app, *[lambda: queue_claim(claim_id=claim_id, at=world.at) is not None] * 4)
    assert made.count(True) == 1
    payment_id = session.execute(select(Payment.id)).scalar_one()
    rest_paid(world, payment_id)


def test_fault_20_cancel_racing_the_sending(world, app):
    payments = [world.queue() for _ in range(6)]
    with transaction():
        officer_id = make_officer(Role.FINANCE).id
    taken, cancelled = [], []
    for payment_id in payments:
        answers = at_once(app, *both_ends(world, payment_id, officer_id))
        taken += [payment_id] if answers[0] is True else []
        cancelled += [payment_id] if answers[1] is True else []

    assert sorted(taken + cancelled) == payments  # never both, never neither
    come_to_rest(world)
    assert {world.status(each) for each in cancelled} <= {P.CANCELLED}
    assert {world.status(each) for each in taken} <= {P.PAID}
    prove(world)


def both_ends(world, payment_id, officer_id):
    """Taking a payment up, and cancelling it; each says whether it got through."""

    def take():
        order = take_up_transfer(payment_id=payment_id, environment="test", at=world.at)
        return order is not None

    def call_off():
        payment = session.get(Payment, payment_id)
        cancel(payment=payment, reason="Paid by invoice", by=officer_id, at=world.at)
        return True

    return take, call_off


@pytest.mark.parametrize("kind", ["dropped_after", "malformed_after", "error_before"])
def test_fault_21_onboarding_creation_without_an_answer(world, kind):
    with transaction():
        provider_id = make_provider(payable=False).id
        session.query(ConnectedAccount).filter_by(provider_id=provider_id).delete()
    world.fault(kind, path="/v1/accounts", times=1 if kind == "error_before" else 3)
    with pytest.raises(StripeUnreachable):
        begin(world.stripe, provider_id, at=world.at)
    world.calm()
    world.later(hours=25 if kind == "error_before" else 1)
    made = begin(world.stripe, provider_id, at=world.at)
    assert account_of(provider_id).stripe_account_id == made
    ours = [one for one in Controls(world.emulator.address).objects("account")
            if one["id"] != world.account().stripe_account_id]  # fmt: skip
    assert [one["id"] for one in ours] == [made]
    finish_onboarding(world, provider_id, made)


def test_fault_21_onboarding_link_reused_and_return_unfinished(world):
    with transaction():
        provider_id = make_provider(payable=False).id
        session.query(ConnectedAccount).filter_by(provider_id=provider_id).delete()
    made = begin(world.stripe, provider_id, at=world.at)
    here = "http://127.0.0.1:1/provider/money/onboarding"
    link = world.stripe.create_account_link(
        account_id=made, refresh_url=f"{here}/refresh", return_url=f"{here}/return", key="link"
    )
    target = link.url[link.url.index("/", len("http://")) :]
    first = speak(world.emulator.address, "GET", target, b"", {})
    assert not first[1]["Location"].endswith("/refresh")
    assert speak(world.emulator.address, "GET", first[1]["Location"], b"", {})[0] == 200
    again = speak(world.emulator.address, "GET", target, b"", {})
    assert again[1]["Location"].endswith("/refresh")
    assert not read_again(world.stripe, provider_id=provider_id, account_id=made, at=world.at)
    finish_onboarding(world, provider_id, made)


def finish_onboarding(world, provider_id, account_id):
    """A claim of that provider waits for the account, and is paid once it is set up."""
    payment_id = world.queue(provider_id)
    world.send()
    assert world.status(payment_id) is P.BLOCKED_PAYEE
    Controls(world.emulator.address).onboard(account_id)
    rest_paid(world, payment_id)


def test_fault_22_transfer_made_in_the_dashboard_by_hand(world):
    payment_id = world.queue()
    controls = Controls(world.emulator.address)
    controls.transfer_by_hand(world.account().stripe_account_id, 500)
    seen = reconcile(world.stripe, world.at)
    assert {one["kind"] for one in seen.differences} == {"suspense"}
    come_to_rest(world)
    assert world.status(payment_id) is P.PAID
    prove(world, explained={"suspense"})


def test_fault_23_restart_in_the_middle_of_a_batch(world, monkeypatch):
    payments = [world.queue() for _ in range(3)]
    real = StripeGateway.create_transfer
    made = []

    def die_at_the_second(self, **wish):
        made.append(real(self, **wish))
        if len(made) == 2:
            raise Crash
        return made[-1]

    with monkeypatch.context() as patch:
        patch.setattr(StripeGateway, "create_transfer", die_at_the_second)
        with pytest.raises(Crash):
            world.send()
    states = [world.status(payment_id) for payment_id in payments]
    assert states == [P.TRANSFERRED, P.SENDING, P.QUEUED]
    assert world.send() == 1  # the restarted worker leaves the one under lease alone
    rest_paid(world, *payments)


@pytest.mark.parametrize("minutes", [-240, -7, 7, 240])
def test_fault_23_clocks_that_differ(world, minutes):
    """A second worker's clock, and so its leases, is off; then ours is, from Stripe's."""
    payments = [world.queue(), world.queue()]
    world.fault("dropped_after", times=3)
    world.send()
    world.calm()
    send_transfers(world.stripe, "test", world.at + timedelta(minutes=minutes))
    world.emulator.control("advance", seconds=-minutes * 60)
    rest_paid(world, *payments)


def test_cancelled_while_being_sent_is_refused(world):
    payment_id = world.queue()
    with transaction():
        take_up_transfer(payment_id=payment_id, environment="test", at=world.at)
        officer_id = make_officer(Role.FINANCE).id
    with pytest.raises(Conflict), transaction():
        cancel(payment=world.payment(payment_id), reason="Late", by=officer_id, at=world.at)
    rest_paid(world, payment_id)
