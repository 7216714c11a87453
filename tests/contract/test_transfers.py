"""Transfers: money moves once, never without cover, never more than there is."""

from datetime import UTC, datetime

import pytest

from voucher.integrations.stripe.errors import StripeRejected

LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


@pytest.mark.at_stripe_too
def test_a_transfer_moves_money_and_is_found_by_its_group(gateway, provider, funds, pay):
    made = pay(30_000, group="OP-9")
    assert (made.amount_pence, made.destination) == (30_000, provider)
    assert made.metadata == {"claim": "OP-9"}
    assert gateway.find_transfers(transfer_group="OP-9") == [made]
    assert gateway.find_transfers(transfer_group="OP-8") == []
    assert gateway.balance_pence() == funds - 30_000
    assert gateway.balance_pence(account_id=provider) == 30_000


def test_too_little_money_moves_nothing_and_a_new_key_works_after_a_top_up(
    emulator, gateway, provider, pay
):
    with pytest.raises(StripeRejected) as refusal:
        pay(key="t1")
    assert refusal.value.code == "balance_insufficient"
    emulator.control("funds", amount=30_000)
    with pytest.raises(StripeRejected):  # the refusal is kept under its key
        pay(key="t1")
    assert pay(key="t2").amount_pence == 30_000
    assert len(gateway.find_transfers(transfer_group="OP-1")) == 1


def test_a_destination_without_the_capability_is_refused(emulator, provider, funds, pay):
    emulator.control(f"accounts/{provider}/standing", capabilities={"transfers": "inactive"})
    with pytest.raises(StripeRejected) as refusal:
        pay()
    assert refusal.value.code == "insufficient_capabilities_for_transfer"


@pytest.mark.at_stripe_too
def test_an_unknown_destination_is_refused(provider, funds, pay):
    with pytest.raises(StripeRejected) as refusal:
        pay(destination="acct_nobody")
    assert refusal.value.code == "resource_missing"


@pytest.mark.at_stripe_too
@pytest.mark.parametrize("pence", [0, -1, 10**12])
def test_an_amount_out_of_range_is_refused_and_its_key_stays_free(funds, pay, pence):
    with pytest.raises(StripeRejected):
        pay(pence)
    assert pay(100).amount_pence == 100


def test_balance_transactions_add_up_on_both_sides(emulator, gateway, provider, funds, pay):
    made = pay(30_000)
    gateway.reverse_transfer(transfer_id=made.transfer_id, amount_pence=500, metadata={}, key="r1")
    ours = list(gateway.balance_transactions(created_since=LONG_AGO))
    assert [entry.kind for entry in ours] == ["transfer_refund", "transfer", "topup"]
    assert sum(entry.net_pence for entry in ours) == gateway.balance_pence()
    theirs = gateway.balance_transactions(created_since=LONG_AGO, account_id=provider)
    assert sum(entry.net_pence for entry in theirs) == 29_500
    assert ours[1].source_id == made.transfer_id
    assert emulator.control("books", "GET")["consistent"]
