"""One claim, one transfer, whatever is lost on the way."""

from datetime import timedelta

import pytest

from tests.domain.payments.world import PENCE
from tests.factories.scheme import make_provider
from voucher.applications.models import Application
from voucher.core.db import session, transaction
from voucher.integrations.stripe.errors import StripeMisconfigured
from voucher.integrations.stripe.gateway import StripeGateway
from voucher.ledger.models import AccountKind
from voucher.payments.jobs.following import refresh_accounts
from voucher.payments.jobs.sending import queue_approved_claims, send_transfers
from voucher.payments.models import Payment, PaymentStatus
from voucher.payments.operations import entering
from voucher.payments.operations.taking import take_up_transfer
from voucher.programmes.models import Round
from voucher.providers.models import Provider, ProviderStatus

P = PaymentStatus


class Crash(BaseException):
    """The process is gone."""


def crash(*_args, **_kwargs):
    raise Crash


def test_an_approved_claim_is_queued_once(world):
    world.approve_claim()
    assert queue_approved_claims(world.at) == 1
    assert queue_approved_claims(world.at) == 0


def test_a_transfer_moves_the_money_and_the_books(world):
    payment_id = world.queue()
    assert world.send() == 1
    payment = world.payment(payment_id)
    assert payment.status is P.TRANSFERRED
    assert payment.lease_until is None
    assert world.attempts(payment_id) == [("transfer", 1, "done")]
    made = world.transfers(payment_id)
    assert [one.transfer_id for one in made] == [payment.stripe_transfer_id]
    assert made[0].amount_pence == PENCE
    round_ = session.get(Round, world.round_id)
    assert (round_.committed_pence, round_.spent_pence) == (0, PENCE)
    assert world.books(AccountKind.PAYABLE) == 0
    assert world.books(AccountKind.AT_PROVIDER) == PENCE


def test_the_key_names_environment_payment_and_attempt(world):
    payment_id = world.queue()
    with transaction():
        order = take_up_transfer(payment_id=payment_id, environment="test", at=world.at)
        reference = session.get(Payment, payment_id).reference
    assert order.key == f"test:pay:{reference}:transfer:1"
    world.later(minutes=6)
    world.send()


def test_nothing_is_sent_before_its_time(world):
    payment_id = world.queue()
    with transaction():
        session.get(Payment, payment_id).next_step_at = world.at + timedelta(minutes=1)
    assert world.send() == 0


def test_a_crash_before_anything_is_asked_is_taken_over_after_the_lease(world):
    payment_id = world.queue()
    with transaction():
        take_up_transfer(payment_id=payment_id, environment="test", at=world.at)
    assert world.send() == 0
    world.later(minutes=4, seconds=59)
    assert world.send() == 0
    world.later(seconds=1)
    assert world.send() == 1
    assert world.status(payment_id) is P.TRANSFERRED
    assert world.attempts(payment_id) == [("transfer", 1, "done")]


def test_a_crash_before_the_lease_is_stored_changes_nothing(world, monkeypatch):
    payment_id = world.queue()
    with monkeypatch.context() as patch:
        patch.setattr("voucher.core.db.session.commit", crash)
        with pytest.raises(Crash):
            world.send()
    assert world.status(payment_id) is P.QUEUED
    assert world.attempts(payment_id) == []


def test_a_crash_between_answer_and_entry_pays_once(world, monkeypatch):
    payment_id = world.queue()
    with monkeypatch.context() as patch:
        patch.setattr("voucher.payments.jobs.sending.enter_transfer", crash)
        with pytest.raises(Crash):
            world.send()
    assert world.status(payment_id) is P.SENDING
    assert len(world.transfers(payment_id)) == 1
    world.later(minutes=5)
    world.send()
    assert world.status(payment_id) is P.TRANSFERRED
    assert len(world.transfers(payment_id)) == 1


def test_a_crash_in_the_middle_of_the_entry_leaves_nothing_half_entered(world, monkeypatch):
    payment_id = world.queue()
    with monkeypatch.context() as patch:
        patch.setattr(entering.budget, "record_transfer", crash)
        with pytest.raises(Crash):
            world.send()
    payment = world.payment(payment_id)
    assert payment.status is P.SENDING
    assert payment.stripe_transfer_id is None
    assert world.attempts(payment_id) == [("transfer", 1, None)]
    world.later(minutes=5)
    world.send()
    assert world.status(payment_id) is P.TRANSFERRED


@pytest.mark.parametrize("kind", ["rate_limited", "unavailable"])
def test_an_overloaded_stripe_is_asked_again_later(world, kind):
    payment_id = world.queue()
    world.fault(kind, times=3)
    world.send()
    assert world.status(payment_id) is P.UNKNOWN
    assert world.transfers(payment_id) == []
    assert world.send() == 0
    world.calm()
    world.later(minutes=1)
    world.send()
    assert world.status(payment_id) is P.TRANSFERRED
    assert world.attempts(payment_id) == [("transfer", 1, "done")]


@pytest.mark.parametrize("kind", ["dropped_before", "dropped_after", "malformed_after"])
def test_a_lost_or_broken_answer_pays_once(world, kind):
    payment_id = world.queue()
    world.fault(kind, times=3)
    world.send()
    world.calm()
    world.later(minutes=1)
    world.send()
    assert world.status(payment_id) is P.TRANSFERRED
    assert len(world.transfers(payment_id)) == 1


def test_a_time_out_after_stripe_has_done_it_pays_once(world):
    payment_id = world.queue()
    world.fault("held_after", times=3)
    world.send(StripeGateway("sk_test_domain", world.emulator.address, read_timeout=0.2))
    assert world.status(payment_id) is P.UNKNOWN
    world.calm()
    world.later(minutes=1)
    world.send()
    assert world.status(payment_id) is P.TRANSFERRED
    assert len(world.transfers(payment_id)) == 1


def test_an_error_after_stripe_has_done_it_is_found_by_looking(world):
    payment_id = world.queue()
    world.fault("error_after")
    world.send()
    assert world.status(payment_id) is P.UNKNOWN
    world.later(minutes=1)
    world.send()
    assert world.status(payment_id) is P.TRANSFERRED
    assert world.attempts(payment_id) == [("transfer", 1, "done")]


def test_a_stored_error_is_replaced_by_a_new_attempt_only_after_the_window(world):
    payment_id = world.queue()
    world.fault("error_before")
    world.send()
    for hours in (1, 10, 9):
        world.later(hours=hours)
        world.send()
        assert world.status(payment_id) is P.UNKNOWN
        assert world.attempts(payment_id) == [("transfer", 1, None)]
    world.later(hours=2)
    world.send()
    assert world.attempts(payment_id) == [("transfer", 1, "absent")]
    world.send()
    assert world.status(payment_id) is P.TRANSFERRED
    assert world.attempts(payment_id) == [("transfer", 1, "absent"), ("transfer", 2, "done")]


def test_after_a_long_outage_what_happened_is_found_though_the_key_is_forgotten(world, monkeypatch):
    payment_id = world.queue()
    with monkeypatch.context() as patch:
        patch.setattr("voucher.payments.jobs.sending.enter_transfer", crash)
        with pytest.raises(Crash):
            world.send()
    world.later(hours=30)
    world.send()
    assert world.status(payment_id) is P.TRANSFERRED
    assert world.attempts(payment_id) == [("transfer", 1, "done")]
    assert len(world.transfers(payment_id)) == 1


def test_after_a_long_outage_what_never_happened_is_sent_anew(world):
    payment_id = world.queue()
    world.fault("dropped_before", times=3)
    world.send()
    world.later(hours=30)
    world.send()
    assert world.attempts(payment_id) == [("transfer", 1, "absent")]
    world.send()
    assert world.status(payment_id) is P.TRANSFERRED


def test_two_workers_with_an_expired_lease_enter_one_transfer(world, monkeypatch):
    payment_id = world.queue()
    real = StripeGateway.create_transfer

    def slowly(self, **asked):
        made = real(self, **asked)
        monkeypatch.setattr(StripeGateway, "create_transfer", real)
        world.later(minutes=6)
        world.send()
        assert world.status(payment_id) is P.TRANSFERRED
        return made

    monkeypatch.setattr(StripeGateway, "create_transfer", slowly)
    world.send()
    assert world.status(payment_id) is P.TRANSFERRED
    assert world.attempts(payment_id) == [("transfer", 1, "done")]
    assert len(world.transfers(payment_id)) == 1


def test_a_slow_worker_that_learns_nothing_does_not_undo_the_fast_one(world, monkeypatch):
    payment_id = world.queue()
    real = StripeGateway.create_transfer

    def fail_slowly(self, **asked):
        monkeypatch.setattr(StripeGateway, "create_transfer", real)
        world.later(minutes=6)
        world.send()
        world.fault("rate_limited", times=3)
        return real(self, **asked)

    monkeypatch.setattr(StripeGateway, "create_transfer", fail_slowly)
    world.send()
    assert world.status(payment_id) is P.TRANSFERRED


def test_without_funds_it_waits_and_goes_on_after_a_top_up(poor_world):
    world = poor_world
    payment_id = world.queue()
    world.send()
    assert world.status(payment_id) is P.BLOCKED_FUNDS
    assert world.attempts(payment_id) == [("transfer", 1, "rejected")]
    assert world.release() == 0
    world.fund(1)
    assert world.release() == 1
    world.send()
    assert world.status(payment_id) is P.TRANSFERRED
    assert world.attempts(payment_id) == [("transfer", 1, "rejected"), ("transfer", 2, "done")]


def test_money_for_one_pays_one_and_the_other_waits(poor_world):
    world = poor_world
    world.fund(10)
    first, second = world.queue(), world.queue()
    world.send()
    assert world.status(first) is P.TRANSFERRED
    assert world.status(second) is P.BLOCKED_FUNDS
    third = world.queue()
    world.fund(PENCE)
    assert world.release() == 0  # the third, queued, has first call on it
    world.send()
    assert world.status(third) is P.TRANSFERRED
    world.fund(PENCE)
    assert world.release() == 1


def test_a_held_case_is_not_paid_until_it_is_released(world):
    payment_id = world.queue()
    with transaction():
        application = session.get(Application, world.claim_of(payment_id).application_id)
        application.held_at, application.hold_reason = world.at, "Looked at"
    world.send()
    assert world.status(payment_id) is P.ON_HOLD
    assert world.transfers(payment_id) == []
    assert world.release() == 0
    with transaction():
        application = session.get(Application, world.claim_of(payment_id).application_id)
        application.held_at = application.hold_reason = None
    assert world.release() == 1
    world.send()
    assert world.status(payment_id) is P.TRANSFERRED


def suspend(world, suspended=True):
    with transaction():
        provider = session.get(Provider, world.provider_id)
        provider.status = ProviderStatus.SUSPENDED if suspended else ProviderStatus.APPROVED
        provider.suspended_at = world.at if suspended else None


def test_a_suspended_provider_is_not_paid(world):
    payment_id = world.queue()
    suspend(world)
    world.send()
    assert world.status(payment_id) is P.ON_HOLD
    suspend(world, False)
    world.release()
    world.send()
    assert world.status(payment_id) is P.TRANSFERRED


def test_a_provider_suspended_while_the_outcome_is_open_is_only_looked_up(world):
    payment_id = world.queue()
    world.fault("dropped_before", times=3)
    world.send()
    suspend(world)
    world.calm()
    world.later(minutes=1)
    assert world.send() == 1
    assert world.status(payment_id) is P.UNKNOWN
    assert world.transfers(payment_id) == []
    world.later(hours=21)
    world.send()
    assert world.attempts(payment_id) == [("transfer", 1, "absent")]
    world.send()
    assert world.status(payment_id) is P.ON_HOLD


def test_a_capability_lost_between_approval_and_sending_blocks_the_payee(world):
    payment_id = world.queue()
    account_id = world.account().stripe_account_id
    standing = f"accounts/{account_id}/standing"
    world.emulator.control(standing, capabilities={"transfers": "inactive"})
    world.send()
    assert world.status(payment_id) is P.BLOCKED_PAYEE
    assert not world.account().payable
    assert world.release() == 0
    world.emulator.control(standing, capabilities={"transfers": "active"})
    world.later(minutes=16)
    assert refresh_accounts(world.stripe, world.at) == 1
    assert world.release() == 1
    world.send()
    assert world.status(payment_id) is P.TRANSFERRED


def test_a_provider_without_an_account_is_waited_for(world):
    with transaction():
        provider_id = make_provider(payable=False).id
    payment_id = world.queue(provider_id)
    world.send()
    assert world.status(payment_id) is P.BLOCKED_PAYEE
    assert "not set up payment" in world.payment(payment_id).status_note


def test_another_amount_under_the_same_key_is_frozen(world):
    payment_id = world.queue()
    reference = world.payment(payment_id).reference
    world.stripe.create_transfer(
        amount_pence=1,
        destination=world.account().stripe_account_id,
        transfer_group="another",
        metadata={},
        key=f"test:pay:{reference}:transfer:1",
    )
    world.send()
    assert world.status(payment_id) is P.ATTENTION
    assert world.attempts(payment_id) == [("transfer", 1, "mismatch")]
    assert world.transfers(payment_id) == []
    world.fund_by_hand(1)


def test_a_claim_paid_by_hand_under_our_group_needs_a_person(world):
    payment_id = world.queue()
    world.stripe.create_transfer(
        amount_pence=PENCE,
        destination=world.account().stripe_account_id,
        transfer_group=world.claim_of(payment_id).reference,
        metadata={},
        key="by hand",
    )
    world.send()
    payment = world.payment(payment_id)
    assert payment.status is P.ATTENTION
    assert "not from here" in payment.status_note
    assert len(world.transfers(payment_id)) == 1


def test_a_wrong_key_of_ours_stops_the_job_and_loses_nothing(world):
    first, second = world.queue(), world.queue()
    stranger = StripeGateway("rk_test_refused", world.emulator.address)
    with pytest.raises(StripeMisconfigured):
        send_transfers(stranger, "test", world.at)
    assert world.status(first) is P.UNKNOWN
    assert world.status(second) is P.QUEUED
    world.later(minutes=1)
    world.send()
    assert {world.status(first), world.status(second)} == {P.TRANSFERRED}


def test_an_amount_that_the_books_do_not_owe_is_not_sent(world):
    payment_id = world.queue()
    with transaction():
        session.get(Payment, payment_id).amount_pence = PENCE + 1
    world.send()
    payment = world.payment(payment_id)
    assert payment.status is P.ATTENTION
    assert "the books do not owe" in payment.status_note
    assert world.attempts(payment_id) == []
