"""From the provider's Stripe account to the bank, and back if the bank refuses."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from tests.domain.payments.test_transfer import Crash, crash, suspend
from tests.domain.payments.world import PENCE
from tests.factories.cases import make_officer
from voucher.audit.models import AuditEvent
from voucher.claims.models import ClaimStatus
from voucher.core.db import session, transaction
from voucher.core.errors import Conflict
from voucher.ledger.models import AccountKind, LedgerJournal
from voucher.payments.jobs import following
from voucher.payments.jobs.following import follow_payouts, refresh_accounts
from voucher.payments.models import Payment, PaymentStatus
from voucher.payments.operations.queueing import retry
from voucher.programmes.models import Round
from voucher.vouchers.models import VoucherStatus

P = PaymentStatus


def test_the_whole_way_to_the_bank(world):
    payment_id = world.paid()
    payment = world.payment(payment_id)
    assert payment.paid_at == world.at
    assert world.claim_of(payment_id).status is ClaimStatus.PAID
    assert world.voucher_of(payment_id).status is VoucherStatus.COMPLETED
    assert world.books(AccountKind.SETTLED) == PENCE
    assert world.books(AccountKind.AT_PROVIDER) == 0
    assert world.attempts(payment_id) == [("transfer", 1, "done"), ("payout", 1, "done")]


def test_every_step_is_an_event(world):
    payment_id = world.paid()
    actions = session.execute(
        select(AuditEvent.action)
        .where(AuditEvent.record_kind == "payment", AuditEvent.record_id == payment_id)
        .order_by(AuditEvent.id)
    ).scalars()
    steps = ["queued", "sending", "transferred", "payout_sent", "in_transit", "paid"]
    assert list(actions) == [f"payment.{step}" for step in steps]


def test_the_money_rests_for_the_days_of_the_round(world):
    with transaction():
        session.get(Round, world.round_id).hold_days = 5
    payment_id = world.transferred()
    world.later(days=4, hours=23)
    assert world.pay_out() == 0
    world.later(hours=1)
    assert world.pay_out() == 1
    assert world.status(payment_id) is P.IN_TRANSIT


def test_paid_is_entered_once_however_often_it_is_read(world):
    payment_id = world.paid()
    journals = select(func.count()).select_from(LedgerJournal)
    before = session.execute(journals).scalar_one()
    world.follow()
    world.follow()
    assert session.execute(journals).scalar_one() == before
    assert world.status(payment_id) is P.PAID


def test_a_payout_that_the_bank_refuses_leaves_the_money_with_stripe(world):
    world.emulator.control("payouts/outcome", outcome="failed", failure_code="account_closed")
    payment_id = world.in_transit()
    world.bank_day()
    world.follow()
    payment = world.payment(payment_id)
    assert payment.status is P.PAYOUT_FAILED
    assert payment.status_note == "The money came back: the bank account has been closed."
    assert world.books(AccountKind.AT_PROVIDER) == PENCE
    assert world.books(AccountKind.SETTLED) == 0
    assert world.claim_of(payment_id).status is ClaimStatus.APPROVED


def test_a_paid_payout_that_comes_back_is_taken_out_of_the_books(world):
    world.emulator.control("payouts/outcome", outcome="paid_then_failed")
    payment_id = world.paid()
    world.bank_day()
    world.follow()
    payment = world.payment(payment_id)
    assert (payment.status, payment.paid_at) == (P.PAYOUT_FAILED, None)
    assert world.books(AccountKind.AT_PROVIDER) == PENCE
    assert world.books(AccountKind.SETTLED) == 0
    with transaction():
        retry(payment=world.payment(payment_id), by=make_officer().id, at=world.at)
    world.pay_out()
    world.bank_day()
    world.follow()
    assert world.status(payment_id) is P.PAID
    assert world.books(AccountKind.SETTLED) == PENCE
    assert world.attempts(payment_id)[1:] == [("payout", 1, "done"), ("payout", 2, "done")]
    assert world.claim_of(payment_id).status is ClaimStatus.PAID


def test_a_paid_payout_is_watched_for_two_weeks_and_no_longer(world):
    world.paid()
    world.later(days=13)
    assert follow_payouts(world.stripe, world.at) == 1
    assert follow_payouts(world.stripe, world.at) == 0
    world.later(days=2)
    assert follow_payouts(world.stripe, world.at) == 0


def test_a_new_bank_account_after_a_failure_sends_it_again_after_cooling(world):
    world.emulator.control("payouts/outcome", outcome="failed")
    payment_id = world.in_transit()
    world.bank_day()
    world.follow()
    world.later(hours=1)
    account_id = world.account().stripe_account_id
    world.emulator.control(f"accounts/{account_id}/bank", number="11112222")
    refresh_accounts(world.stripe, world.at)
    assert world.account().bank_changed_at == world.at
    assert world.release() == 1
    assert world.pay_out() == 0
    assert "bank account was changed" in world.payment(payment_id).status_note
    world.later(days=3)
    assert world.pay_out() == 1
    assert world.status(payment_id) is P.IN_TRANSIT


def test_a_bank_account_changed_after_the_transfer_makes_the_payout_wait(world):
    payment_id = world.transferred()
    account_id = world.account().stripe_account_id
    world.emulator.control(f"accounts/{account_id}/bank", number="11112222")
    world.later(minutes=20)
    refresh_accounts(world.stripe, world.at)
    assert world.pay_out() == 0
    assert world.status(payment_id) is P.TRANSFERRED
    assert world.payment(payment_id).next_step_at == world.at + timedelta(days=3)


def test_a_suspended_provider_gets_no_payout(world):
    payment_id = world.transferred()
    suspend(world)
    assert world.pay_out() == 0
    assert world.payment(payment_id).status_note == "The provider is suspended."
    suspend(world, False)
    world.later(hours=1)
    assert world.pay_out() == 1


def test_a_crash_between_answer_and_entry_pays_out_once(world, monkeypatch):
    payment_id = world.transferred()
    with monkeypatch.context() as patch:
        patch.setattr("voucher.payments.jobs.sending.enter_payout", crash)
        with pytest.raises(Crash):
            world.pay_out()
    assert world.status(payment_id) is P.PAYOUT_SENDING
    world.later(minutes=5)
    world.pay_out()
    payment = world.payment(payment_id)
    assert payment.status in (P.IN_TRANSIT, P.PAID)
    since = world.at - timedelta(days=2)
    listed = world.stripe.find_payouts(account_id=payment.stripe_account_id, created_since=since)
    assert [one.payout_id for one in listed] == [payment.stripe_payout_id]


def payout_past_the_books(world, payment_id, number):
    """Made at Stripe under the key of attempt `number`, and never heard of here."""
    payment = world.payment(payment_id)
    key = f"test:pay:{payment.reference}:payout:{number}"
    return world.stripe.create_payout(
        account_id=payment.stripe_account_id,
        amount_pence=payment.to_bank_pence,
        metadata={"payment": payment.reference, "attempt": key},
        key=f"{key}, forgotten",
    )


def refused_payout(world):
    """A payment whose first payout Stripe refused, about to be sent again."""
    payment_id = world.transferred()
    standing = f"accounts/{world.account().stripe_account_id}/standing"
    world.emulator.control(standing, payouts_enabled=False)
    world.pay_out()
    world.emulator.control(standing, payouts_enabled=True)
    world.later(hours=2)
    refresh_accounts(world.stripe, world.at)
    assert world.attempts(payment_id)[1:] == [("payout", 1, "rejected")]
    return payment_id


def test_nothing_more_is_paid_out_after_a_payout_of_an_attempt_given_up(world):
    payment_id = refused_payout(world)
    stray = payout_past_the_books(world, payment_id, number=1)
    world.pay_out()
    payment = world.payment(payment_id)
    assert payment.status is P.ATTENTION
    assert payment.status_note == (
        f"Stripe made {stray.payout_id} after its attempt had been given up."
    )
    since = world.at - timedelta(days=9)
    listed = world.stripe.find_payouts(account_id=payment.stripe_account_id, created_since=since)
    assert listed == [stray]


def test_two_payouts_of_one_attempt_are_shown_to_a_person(world):
    payment_id = world.transferred()
    world.fault("dropped_after", path="/v1/payouts", times=9)
    world.pay_out()
    world.calm()
    world.transferred()  # the money of another payment lies in the same account
    stray = payout_past_the_books(world, payment_id, number=1)
    world.later(minutes=10)
    world.pay_out()
    payment = world.payment(payment_id)
    assert payment.status is P.ATTENTION
    assert payment.status_note.startswith("Stripe has 2 payouts for this payment: ")
    assert stray.payout_id in payment.status_note


@pytest.mark.parametrize("kind", ["rate_limited", "dropped_after", "error_after", "error_before"])
def test_a_payout_without_a_clear_answer_is_looked_up(world, kind):
    payment_id = world.transferred()
    world.fault(kind, path="/v1/payouts", times=3 if kind != "error_after" else 1)
    world.pay_out()
    world.calm()
    for hours in (1, 20, 1):
        world.later(hours=hours)
        world.pay_out()
    assert world.status(payment_id) in (P.IN_TRANSIT, P.PAID)
    assert [one[2] for one in world.attempts(payment_id)].count("done") == 2


def test_a_payout_that_stripe_refuses_waits_and_is_tried_anew(world):
    payment_id = world.transferred()
    standing = f"accounts/{world.account().stripe_account_id}/standing"
    world.emulator.control(standing, payouts_enabled=False)
    world.pay_out()
    payment = world.payment(payment_id)
    assert payment.status is P.TRANSFERRED
    assert payment.status_note.startswith("Stripe refused")
    world.emulator.control(standing, payouts_enabled=True)
    world.later(hours=2)
    refresh_accounts(world.stripe, world.at)
    world.pay_out()
    assert world.status(payment_id) is P.IN_TRANSIT
    assert world.attempts(payment_id)[1:] == [("payout", 1, "rejected"), ("payout", 2, "done")]


def test_a_payout_that_was_paid_at_once_is_entered_as_paid(world):
    payment_id = world.transferred()
    world.fault("malformed_after", path="/v1/payouts", times=3)
    world.pay_out()
    assert world.status(payment_id) is P.PAYOUT_UNKNOWN
    world.calm()
    world.bank_day()
    world.later(minutes=1)
    world.pay_out()
    assert world.status(payment_id) is P.PAID


def test_an_account_that_left_us_is_noted_and_does_not_hold_up_others(world):
    lost = world.in_transit()
    account_id = world.account().stripe_account_id
    with transaction():
        session.get(Payment, lost).stripe_account_id = "acct_gone"
    world.provider_id = world.add_provider()
    kept = world.in_transit()
    world.bank_day()
    world.follow()
    assert "can’t be read" in world.payment(lost).status_note
    assert world.status(kept) is P.PAID
    with transaction():
        session.get(Payment, lost).stripe_account_id = account_id


def test_only_what_needs_a_person_can_be_retried(world):
    payment_id = world.transferred()
    with pytest.raises(Conflict), transaction():
        retry(payment=world.payment(payment_id), by=make_officer().id, at=world.at)


def test_a_payout_that_a_fault_of_ours_meets_keeps_none_behind_it_waiting(world, monkeypatch):
    failing, sound = world.in_transit(), world.in_transit()
    world.bank_day()
    real = following.follow

    def faulty(*, payment_id, **rest):
        if payment_id == failing:
            raise KeyError("a fault of ours")
        real(payment_id=payment_id, **rest)

    with monkeypatch.context() as patch:
        patch.setattr(following, "follow", faulty)
        world.follow()
    assert world.status(sound) is P.PAID
    assert world.status(failing) is P.IN_TRANSIT
    assert world.payment(failing).next_step_at > world.at
    world.follow()
    assert world.status(failing) is P.PAID
