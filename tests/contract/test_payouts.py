"""Payouts: pending, in transit, paid, failed, failed after paid; each in its own account."""

from datetime import UTC, datetime

import pytest

from voucher.integrations.stripe.errors import StripeRejected

LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


@pytest.fixture
def payout(gateway, provider, funds, pay):
    """A payout of £300 that has just been made."""
    pay(30_000)
    return gateway.create_payout(
        account_id=provider, amount_pence=30_000, metadata={"operation": "OP-1"}, key="p1"
    )


@pytest.fixture
def follow(emulator, gateway, provider):
    """Advance the clock by half the way to the bank and read the payout again."""

    def step(payout_id):
        emulator.control("advance", seconds=2)
        return gateway.read_payout(account_id=provider, payout_id=payout_id)

    return step


@pytest.fixture(autouse=True)
def frozen_clock(emulator):
    """Nothing moves unless the test moves the clock."""
    emulator.control("clock", at=1_800_000_000, frozen=True)


def test_a_payout_reaches_the_bank_by_the_clock(gateway, provider, payout, follow):
    assert payout.status == "pending"
    assert payout.arrival_on == datetime.fromtimestamp(1_800_000_004, UTC).date()
    assert gateway.balance_pence(account_id=provider) == 0
    assert follow(payout.payout_id).status == "in_transit"
    assert follow(payout.payout_id).status == "paid"
    assert follow(payout.payout_id).status == "paid"


def test_a_failed_payout_returns_the_money_with_a_reason(
    emulator, gateway, provider, funds, pay, follow
):
    emulator.control("payouts/outcome", outcome="failed", failure_code="account_closed")
    pay(30_000)
    made = gateway.create_payout(account_id=provider, amount_pence=30_000, metadata={}, key="p1")
    follow(made.payout_id)
    failed = follow(made.payout_id)
    assert (failed.status, failed.failure_code) == ("failed", "account_closed")
    assert gateway.balance_pence(account_id=provider) == 30_000


def test_a_paid_payout_can_still_fail_later(emulator, gateway, provider, funds, pay, follow):
    emulator.control("payouts/outcome", outcome="paid_then_failed")
    pay(30_000)
    made = gateway.create_payout(account_id=provider, amount_pence=30_000, metadata={}, key="p1")
    seen = [follow(made.payout_id).status for _ in range(4)]
    assert seen == ["in_transit", "paid", "paid", "failed"]


def test_payouts_are_found_by_date_and_told_apart_by_metadata(gateway, provider, payout):
    assert gateway.find_payouts(account_id=provider, created_since=LONG_AGO) == [payout]
    later = datetime.fromtimestamp(1_800_000_001, UTC)
    assert gateway.find_payouts(account_id=provider, created_since=later) == []
    assert payout.metadata == {"operation": "OP-1"}


def test_another_account_does_not_see_a_payout(emulator, gateway, payout):
    other = gateway.create_account(
        email="o@provider.example", name="Other", reference="PRV-2", key="other"
    ).account_id
    assert gateway.find_payouts(account_id=other, created_since=LONG_AGO) == []
    with pytest.raises(StripeRejected):
        gateway.read_payout(account_id=other, payout_id=payout.payout_id)


def test_an_account_without_payouts_is_refused(emulator, gateway, provider, funds, pay):
    pay(30_000)
    emulator.control(f"accounts/{provider}/standing", payouts_enabled=False)
    with pytest.raises(StripeRejected) as refusal:
        gateway.create_payout(account_id=provider, amount_pence=1, metadata={}, key="p1")
    assert refusal.value.code == "payouts_not_allowed"


def test_more_than_the_balance_is_not_paid_out(gateway, provider, funds, pay):
    pay(30_000)
    with pytest.raises(StripeRejected) as refusal:
        gateway.create_payout(account_id=provider, amount_pence=30_001, metadata={}, key="p1")
    assert refusal.value.code == "balance_insufficient"
