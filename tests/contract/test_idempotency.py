"""One key, one effect: repeats, mismatches, stored failures, keys in use, keys forgotten."""

import threading

import pytest

from voucher.integrations.stripe.errors import (
    MissingKey,
    StripeKeyMismatch,
    StripeRejected,
    StripeUnreachable,
)


@pytest.mark.at_stripe_too
def test_the_same_key_gives_the_same_transfer(gateway, funds, pay, wire):
    assert pay(key="t1") == pay(key="t1")
    assert len(gateway.find_transfers(transfer_group="OP-1")) == 1
    replayed = [exchange.headers.get("Idempotent-Replayed") for exchange in wire.exchanges]
    assert replayed.count("true") == 1


@pytest.mark.at_stripe_too
def test_the_same_key_with_other_parameters_is_a_mismatch(gateway, funds, pay):
    pay(30_000, key="t1")
    with pytest.raises(StripeKeyMismatch):
        pay(30_001, key="t1")
    assert gateway.balance_pence() == funds - 30_000


@pytest.mark.at_stripe_too
def test_the_same_key_at_another_address_is_a_mismatch(gateway, funds, pay):
    made = pay(key="t1")
    with pytest.raises(StripeKeyMismatch):
        gateway.reverse_transfer(
            transfer_id=made.transfer_id, amount_pence=1, metadata={}, key="t1"
        )


@pytest.mark.parametrize("key", ["", None, "x" * 256])
def test_a_write_without_a_usable_key_is_never_sent(wire, pay, key):
    sent = wire.requests
    with pytest.raises(MissingKey):
        pay(key=key)
    assert wire.requests == sent


def test_an_error_after_the_work_is_replayed_and_the_money_moved_once(
    emulator, gateway, funds, pay
):
    emulator.control("faults", kind="error_after", method="POST", path="/v1/transfers")
    for _ in range(3):
        with pytest.raises(StripeUnreachable):
            pay(key="t1")
    assert len(gateway.find_transfers(transfer_group="OP-1")) == 1
    assert gateway.balance_pence() == funds - 30_000


def test_an_error_before_the_work_is_replayed_and_no_money_moved(emulator, gateway, funds, pay):
    emulator.control("faults", kind="error_before", method="POST", path="/v1/transfers")
    for _ in range(2):
        with pytest.raises(StripeUnreachable):
            pay(key="t1")
    assert gateway.find_transfers(transfer_group="OP-1") == []
    assert pay(key="t2").amount_pence == 30_000


def test_a_key_is_in_use_until_its_first_request_is_answered(emulator, gateway, funds, pay, wire):
    emulator.control("faults", kind="held_before", method="POST", path="/v1/transfers")
    made = []
    first = threading.Thread(target=lambda: made.append(pay(key="t1")))
    first.start()
    assert emulator.control("held", "GET")["held"]
    with pytest.raises(StripeUnreachable):
        pay(key="t1")
    emulator.control("release")
    first.join()
    refused = [exchange for exchange in wire.exchanges if exchange.status == 409]
    assert len(refused) == 3  # the library tried twice more
    assert gateway.find_transfers(transfer_group="OP-1") == made


def test_a_key_is_forgotten_after_a_day_and_then_pays_again(emulator, gateway, funds, pay):
    # Stripe's documented behaviour, and the reason why the worker looks up instead of resending.
    emulator.control("clock", at=1_800_000_000, frozen=True)
    pay(key="t1")
    emulator.control("advance", seconds=86_399)
    pay(key="t1")
    assert len(gateway.find_transfers(transfer_group="OP-1")) == 1
    emulator.control("advance", seconds=1)
    pay(key="t1")
    assert len(gateway.find_transfers(transfer_group="OP-1")) == 2


@pytest.mark.at_stripe_too
def test_a_key_belongs_to_its_account(gateway, provider, funds, pay):
    pay(30_000, key="shared")
    made = gateway.create_payout(
        account_id=provider, amount_pence=30_000, metadata={}, key="shared"
    )
    assert made.amount_pence == 30_000


@pytest.mark.at_stripe_too
def test_a_refusal_by_validation_leaves_the_key_free(funds, pay):
    with pytest.raises(StripeRejected):
        pay(0, key="t1")
    assert pay(30_000, key="t1").amount_pence == 30_000
