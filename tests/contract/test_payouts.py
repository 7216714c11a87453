"""Payouts: pending, in transit, paid, failed, failed after paid; each in its own account."""

import time
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest

from voucher.core import clock
from voucher.integrations.stripe.errand import LONGEST_ERRAND, errand
from voucher.integrations.stripe.errors import StripeRejected, StripeUnreachable
from voucher.payments.rules import LEASE

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


@pytest.fixture
def pass_time(emulator, tmp_path):
    """Time passes, by the clock of everybody."""
    ahead = tmp_path / "clock"
    clock.follow(str(ahead))
    passed = [timedelta(0)]

    def passing(span):
        passed.append(passed[-1] + span)
        ahead.write_text(str(passed[-1].total_seconds()))
        emulator.control("advance", seconds=int(span.total_seconds()))

    yield passing
    clock.follow("")


def test_a_request_is_not_repeated_after_its_time(
    emulator, gateway, provider, funds, pay, pass_time, monkeypatch
):
    """A machine is suspended for 14 hours whenever the library waits before a repetition."""
    import stripe

    pay(60_000)
    nights = []

    def night(_seconds):
        nights.append(timedelta(hours=14))
        pass_time(nights[-1])

    monkeypatch.setattr(stripe._http_client, "time", SimpleNamespace(sleep=night, time=time.time))
    lost = {"kind": "dropped_after", "method": "POST", "path": "/v1/payouts", "times": 3}
    emulator.control("faults", **lost, parameters={})
    with pytest.raises(StripeUnreachable):
        gateway.create_payout(account_id=provider, amount_pence=30_000, metadata={}, key="p1")
    emulator.control("faults", "DELETE")
    assert len(nights) == 1
    assert len(gateway.find_payouts(account_id=provider, created_since=LONG_AGO)) == 1


def test_nothing_more_is_asked_after_an_errand_s_time(gateway, provider, funds, pay, pass_time):
    pay(30_000)
    with errand():
        assert gateway.find_payouts(account_id=provider, created_since=LONG_AGO) == []
        pass_time(LONGEST_ERRAND + timedelta(seconds=1))
        with pytest.raises(StripeUnreachable):
            gateway.create_payout(account_id=provider, amount_pence=30_000, metadata={}, key="p1")
    assert gateway.find_payouts(account_id=provider, created_since=LONG_AGO) == []


def test_a_worker_s_lease_outlasts_its_errand():
    assert LONGEST_ERRAND < LEASE


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
