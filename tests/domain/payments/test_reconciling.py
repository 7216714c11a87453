"""Our books beside Stripe's: nothing hidden, nothing made up, nothing corrected."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from tests.domain.payments.test_transfer import Crash, crash
from tests.domain.payments.test_unexplained import by_hand
from tests.domain.payments.world import PENCE
from voucher.applications.models import Application
from voucher.core.db import session, transaction
from voucher.ledger.models import AccountKind, LedgerJournal
from voucher.payments.jobs.reconciling import reconcile, reconcile_nightly
from voucher.payments.models import Payment, PaymentStatus, Reconciliation
from voucher.programmes.models import Round


def kinds(found):
    return sorted(difference["kind"] for difference in found.differences)


def test_books_in_order_agree(world):
    world.paid()
    world.in_transit()
    world.transferred()
    world.queue()
    found = reconcile(world.stripe, world.at)
    assert found.differences == []
    assert found.agrees
    assert found.matched == 4
    assert found.stripe_balance_pence == found.ledger_balance_pence == 1_000_000 - 3 * PENCE


def test_lost_webhooks_are_made_up_for(world):
    payment_id = world.in_transit()
    world.bank_day()
    world.emulator.control("funds", amount=777)
    found = reconcile(world.stripe, world.at)
    assert found.agrees
    assert world.status(payment_id) is PaymentStatus.PAID
    assert world.books(AccountKind.CASH_AT_STRIPE) == 1_000_777 - PENCE


def test_a_transfer_that_stripe_does_not_know_is_shown(world):
    payment_id = world.transferred()
    real = world.payment(payment_id).stripe_transfer_id
    with transaction():
        session.get(Payment, payment_id).stripe_transfer_id = "tr_invented"
    found = reconcile(world.stripe, world.at)
    assert kinds(found) == ["only_ours", "only_theirs"]
    with transaction():
        session.get(Payment, payment_id).stripe_transfer_id = real


def test_a_different_amount_is_shown(world):
    payment_id = world.transferred()
    with transaction():
        session.get(Payment, payment_id).amount_pence = PENCE - 1
    assert "amount" in kinds(reconcile(world.stripe, world.at))


def test_money_missing_from_a_providers_account_is_shown(world):
    world.transferred()
    account_id = world.account().stripe_account_id
    world.stripe.create_payout(
        account_id=account_id, amount_pence=100, metadata={}, key="by the provider"
    )
    found = reconcile(world.stripe, world.at)
    assert found.differences == [
        {
            "kind": "provider_balance",
            "what": account_id,
            "theirs_pence": PENCE - 100,
            "ours_pence": PENCE,
        }
    ]


def test_a_round_whose_sums_are_not_the_books_is_shown(world):
    world.transferred()
    with transaction():
        session.get(Round, world.round_id).spent_pence = PENCE - 1
    found = reconcile(world.stripe, world.at)
    assert set(kinds(found)) == {"round"}
    assert any("spent" in one["what"] for one in found.differences)


def test_a_transfer_being_entered_just_then_is_no_difference(world, monkeypatch):
    world.queue()
    with monkeypatch.context() as patch:
        patch.setattr("voucher.payments.jobs.sending.enter_transfer", crash)
        try:
            world.send()
        except Crash:
            found = reconcile(world.stripe, world.at)
    assert found.agrees
    assert found.under_way == 1


def test_a_payment_made_while_it_compares_is_no_difference(world, monkeypatch):
    payment_id = world.queue()
    real = world.stripe.balance_pence
    calls = []

    def slow_balance(**asked):
        if not calls:
            calls.append(1)
            world.send()
        return real(**asked)

    monkeypatch.setattr(world.stripe, "balance_pence", slow_balance)
    assert reconcile(world.stripe, world.at).agrees
    assert world.status(payment_id) is PaymentStatus.TRANSFERRED


def test_an_unknown_outcome_is_looked_up_first(world):
    payment_id = world.queue()
    world.fault("dropped_after", times=3)
    world.send()
    assert world.status(payment_id) is PaymentStatus.UNKNOWN
    found = reconcile(world.stripe, world.at)
    assert found.agrees
    assert world.status(payment_id) is PaymentStatus.TRANSFERRED


def test_killed_midway_it_is_simply_run_again(world, monkeypatch):
    world.paid()
    by_hand(world)
    with monkeypatch.context() as patch:
        patch.setattr("voucher.payments.jobs.reconciling.broken_invariants", crash)
        with pytest.raises(Crash):
            reconcile(world.stripe, world.at)
    assert session.execute(select(func.count(Reconciliation.id))).scalar_one() == 0
    assert kinds(reconcile(world.stripe, world.at)) == ["suspense"]
    assert world.books(AccountKind.SUSPENSE) == -500


def test_a_broken_invariant_is_shown(world):
    payment_id = world.transferred()
    with transaction():
        claim = world.claim_of(payment_id)
        application = session.get(Application, claim.application_id)
        application.held_at = world.at - timedelta(hours=1)
        application.held_by_id = claim.approved_by_id
        application.hold_reason = "Held before it was sent."
    found = reconcile(world.stripe, world.at)
    assert kinds(found) == ["invariant"]
    assert "while its case was held" in found.differences[0]["what"]


def test_it_changes_nothing_and_can_be_repeated(world):
    world.paid()
    before = session.execute(select(func.count(LedgerJournal.id))).scalar_one()
    first, second = reconcile(world.stripe, world.at), reconcile(world.stripe, world.at)
    assert first.reference != second.reference
    assert session.execute(select(func.count(LedgerJournal.id))).scalar_one() == before


def test_nightly_means_once_a_night(world):
    assert reconcile_nightly(world.stripe, world.at)
    assert not reconcile_nightly(world.stripe, world.at)
    world.later(hours=23)
    assert reconcile_nightly(world.stripe, world.at)
    assert session.execute(select(func.count(Reconciliation.id))).scalar_one() == 2
