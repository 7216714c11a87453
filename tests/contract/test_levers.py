"""The levers that other processes pull: each does what its client's method says."""

from contextlib import suppress
from datetime import UTC, datetime, timedelta

import pytest

from voucher.integrations.stripe.errors import (
    StripeMisconfigured,
    StripeRejected,
    StripeUnreachable,
)
from voucher.sandbox.stripe_emulator.control_client import Controls, LeverRefused

START = datetime(2027, 1, 15, 8, 0, tzinfo=UTC)
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


@pytest.fixture
def controls(emulator):
    """The levers of the emulator."""
    return Controls(emulator.address)


@pytest.fixture
def payout(controls, gateway, provider, funds, pay):
    """A payout of £300 with its three days still to go."""
    controls.stop_clock(START)
    controls.set_payout_delay(3 * 86_400)
    pay()
    yield gateway.create_payout(account_id=provider, amount_pence=30_000, metadata={}, key="p1")
    controls.set_payout_delay(4)


@pytest.fixture
def status(gateway, provider, payout):
    """The payout's status now."""
    return lambda: gateway.read_payout(account_id=provider, payout_id=payout.payout_id).status


def test_days_of_the_clock_bring_a_payout_to_the_bank(controls, payout, status):
    controls.advance(timedelta(hours=35))
    assert status() == "pending"
    controls.advance(timedelta(hours=1))
    assert status() == "in_transit"
    controls.advance(timedelta(days=2))
    assert status() == "paid"


def test_a_payout_is_paid_and_then_failed_by_hand(controls, gateway, provider, payout, status):
    assert controls.settle_payout(payout.payout_id, "paid")["status"] == "paid"
    assert controls.settle_payout(payout.payout_id, "failed")["status"] == "failed"
    assert gateway.connected_balance_pence(provider) == 30_000
    with pytest.raises(LeverRefused):
        controls.settle_payout(payout.payout_id, "paid")
    controls.advance(timedelta(days=9))
    assert status() == "failed"


def test_a_payout_is_cancelled_while_it_is_pending(controls, gateway, provider, payout, status):
    assert controls.cancel_payout(payout.payout_id)["status"] == "canceled"
    assert gateway.connected_balance_pence(provider) == 30_000
    controls.advance(timedelta(days=9))
    assert status() == "canceled"
    with pytest.raises(LeverRefused):
        controls.cancel_payout(payout.payout_id)


def test_a_transfer_by_hand_is_seen_only_in_the_balance(controls, gateway, provider, funds):
    made = controls.transfer_by_hand(provider, 1_500, description="Typed in the dashboard")
    assert gateway.connected_balance_pence(provider) == 1_500
    assert [one["id"] for one in controls.objects("transfer")] == [made["id"]]
    newest = next(gateway.balance_transactions(created_since=LONG_AGO))
    assert (newest.kind, newest.source_id, newest.net_pence) == ("transfer", made["id"], -1_500)
    with pytest.raises(LeverRefused):
        controls.transfer_by_hand(provider, funds)


def test_a_fee_of_stripes_own_is_seen_only_in_the_balance(controls, gateway, funds):
    controls.move_by_stripe("stripe_fee", -250)
    seen = next(gateway.balance_transactions(created_since=LONG_AGO))
    assert (seen.kind, seen.net_pence, seen.source_id) == ("stripe_fee", -250, None)
    with pytest.raises(LeverRefused):
        controls.move_by_stripe("wish", -250)


def test_a_top_up_may_wait_or_fail(controls, gateway, emulator):
    waiting = controls.add_funds(700, "pending")
    assert controls.add_funds(100, "failed")["status"] == "failed"
    assert gateway.balance_pence() == 0
    assert controls.settle_topup(waiting["id"])["status"] == "succeeded"
    assert gateway.balance_pence() == 700
    with pytest.raises(LeverRefused):
        controls.settle_topup(waiting["id"])


def test_a_closed_account_is_out_of_reach_and_cannot_be_paid(controls, gateway, provider, pay):
    controls.add_funds(100_000)
    pay(100)
    controls.close_account(provider)
    with pytest.raises(StripeRejected) as refusal:
        gateway.read_account(account_id=provider)
    assert refusal.value.code == "account_invalid"
    with pytest.raises(StripeRejected) as refusal:
        gateway.connected_balance_pence(provider)
    assert refusal.value.code == "account_invalid"
    with pytest.raises(StripeRejected) as refusal:
        pay(key="t2")
    assert refusal.value.code == "resource_missing"
    assert [one["type"] for one in controls.objects("event")][-1] == (
        "account.application.deauthorized"
    )


@pytest.mark.parametrize("kind", ["unauthorised", "forbidden"])
def test_a_right_that_is_lost_for_a_moment_stops_us(controls, gateway, kind):
    controls.order_fault(kind)
    with pytest.raises(StripeMisconfigured):
        gateway.balance_pence()
    assert gateway.balance_pence() == 0
    assert controls.pending_faults() == []


def test_insufficient_funds_on_order_are_kept_under_the_key(controls, gateway, funds, pay):
    controls.order_fault("insufficient_funds", method="POST", path="/v1/transfers")
    for _ in "ab":
        with pytest.raises(StripeRejected) as refusal:
            pay(key="t1")
        assert refusal.value.code == "balance_insufficient"
    assert pay(key="t2").amount_pence == 30_000


@pytest.mark.parametrize("kind", ["key_in_use", "lock_timeout"])
def test_a_conflict_leaves_the_key_free(controls, gateway, funds, provider, wire, pay, kind):
    controls.order_fault(kind, method="POST", path="/v1/transfers", times=3)
    with suppress(StripeUnreachable):  # which of them the library resends by itself is its affair
        pay(key="t1")
    controls.call_off_faults()
    pay(key="t1")
    assert len(gateway.find_transfers(transfer_group="OP-1")) == 1


@pytest.mark.parametrize("shape", ["cut", "empty", "page"])
def test_no_unreadable_answer_is_believed(controls, gateway, funds, pay, shape):
    controls.order_fault("malformed_after", method="POST", path="/v1/transfers", **{"as": shape})
    with pytest.raises(StripeUnreachable):
        pay(key="t1")
    assert gateway.find_transfers(transfer_group="OP-1") == [pay(key="t1")]


def test_the_levers_refuse_nonsense(controls):
    for lever, wish in (
        ("faults", {"kind": "earthquake"}),
        ("payouts/outcome", {"outcome": "lost"}),
        ("funds", {"amount": 1, "outcome": "maybe"}),
        ("events", {"type": "payout.paid", "object": "po_none"}),
    ):
        with pytest.raises(LeverRefused) as refusal:
            controls.pull(lever, **wish)
        assert refusal.value.status == 400


def test_time_can_go_back_without_holding_webhooks_up(controls, receivers):
    controls.stop_clock(START)
    controls.order_fault("webhook_late", path="topup.created", seconds=60)
    controls.add_funds(100)
    receivers.platform.next()
    controls.stop_clock(START - timedelta(days=30))
    controls.advance(timedelta(seconds=60))
    assert b"topup.created" in receivers.platform.next()[0]
