"""Reversals: whole or in parts, never more than was sent, never without cover, once a key."""

import json
from urllib.parse import urlencode

import pytest

from tests.contract.wire import speak
from voucher.integrations.stripe.errors import StripeRejected, StripeUnreachable


@pytest.fixture
def made(funds, pay):
    """A transfer of £300."""
    return pay(30_000)


@pytest.fixture
def reverse(gateway, made):
    """Take money back from that transfer."""

    def take_back(pence, key, **metadata):
        return gateway.reverse_transfer(
            transfer_id=made.transfer_id, amount_pence=pence, metadata=metadata, key=key
        )

    return take_back


@pytest.fixture
def send(side, wire):
    """POST a form over the judged wire: status and answer."""

    def post(target, key="", **form):
        headers = {
            "Authorization": f"Bearer {side.key}",
            "Content-Type": "application/x-www-form-urlencoded",
        }
        if key:
            headers["Idempotency-Key"] = key
        status, _, body = speak(wire.address, "POST", target, urlencode(form).encode(), headers)
        return status, json.loads(body)

    return post


@pytest.mark.at_stripe_too
def test_a_full_reversal_returns_everything(gateway, provider, funds, made, reverse):
    back = reverse(30_000, "r1", claw="CLW-1")
    assert (back.transfer_id, back.amount_pence) == (made.transfer_id, 30_000)
    assert back.metadata == {"claw": "CLW-1"}
    assert gateway.balance_pence() == funds
    assert gateway.connected_balance_pence(provider) == 0


@pytest.mark.at_stripe_too
def test_two_parts_and_then_nothing_is_left(gateway, provider, funds, made, reverse):
    first, second = reverse(10_000, "r1", claw="a"), reverse(20_000, "r2", claw="b")
    assert gateway.list_reversals(transfer_id=made.transfer_id) == [second, first]
    assert gateway.read_transfer(transfer_id=made.transfer_id).amount_reversed_pence == 30_000
    assert gateway.balance_pence() == funds
    with pytest.raises(StripeRejected) as refusal:
        reverse(1, "r3")
    assert refusal.value.code == ""


@pytest.mark.at_stripe_too
def test_without_an_amount_the_rest_comes_back(send, made, reverse):
    reverse(10_000, "r1")
    status, answer = send(f"/v1/transfers/{made.transfer_id}/reversals")
    assert (status, answer["amount"]) == (200, 20_000)


@pytest.mark.at_stripe_too
@pytest.mark.parametrize("already", [0, 10_000])
def test_more_than_is_left_cannot_be_reversed(gateway, provider, made, reverse, already):
    if already:
        reverse(already, "r0")
    with pytest.raises(StripeRejected) as refusal:
        reverse(30_001 - already, "r1")
    assert refusal.value.code == ""
    assert gateway.connected_balance_pence(provider) == 30_000 - already
    assert gateway.read_transfer(transfer_id=made.transfer_id).amount_reversed_pence == already


def test_what_was_paid_out_cannot_be_reversed_and_the_refusal_is_kept(
    emulator, gateway, provider, funds, made, reverse, pay
):
    gateway.create_payout(account_id=provider, amount_pence=10_000, metadata={}, key="p1")
    with pytest.raises(StripeRejected) as refusal:
        reverse(20_001, "r1")
    assert refusal.value.code == "balance_insufficient"
    assert gateway.connected_balance_pence(provider) == 20_000
    pay(10_000, key="t2")
    with pytest.raises(StripeRejected):  # the money is there now, the refusal stays under its key
        reverse(20_001, "r1")
    assert reverse(20_001, "r2").amount_pence == 20_001
    assert gateway.connected_balance_pence(provider) == 9_999


def test_money_of_another_transfer_covers_a_reversal(gateway, provider, funds, made, reverse, pay):
    pay(15_000, key="t2")
    gateway.create_payout(account_id=provider, amount_pence=15_000, metadata={}, key="p1")
    assert reverse(30_000, "r1").amount_pence == 30_000
    assert gateway.connected_balance_pence(provider) == 0


def test_an_allowed_overdraft_covers_a_reversal_and_later_money_fills_it(
    emulator, gateway, provider, funds, made, reverse, pay
):
    gateway.create_payout(account_id=provider, amount_pence=30_000, metadata={}, key="p1")
    emulator.control(f"accounts/{provider}/overdraft", pence=20_000)
    with pytest.raises(StripeRejected):
        reverse(20_001, "r1")
    reverse(20_000, "r2")
    assert gateway.connected_balance_pence(provider) == -20_000
    with pytest.raises(StripeRejected):
        gateway.create_payout(account_id=provider, amount_pence=1, metadata={}, key="p2")
    pay(5_000, key="t2")
    assert gateway.connected_balance_pence(provider) == -15_000
    assert emulator.control("books", "GET")["consistent"]


@pytest.mark.at_stripe_too
def test_the_same_key_reverses_once(gateway, provider, made, reverse):
    assert reverse(10_000, "r1") == reverse(10_000, "r1")
    assert gateway.connected_balance_pence(provider) == 20_000


def test_a_time_out_after_the_reversal_is_resent_and_takes_once(
    emulator, gateway, provider, made, reverse
):
    path = f"/v1/transfers/{made.transfer_id}/reversals"
    emulator.control("faults", kind="error_after", method="POST", path=path)
    with pytest.raises(StripeUnreachable):
        reverse(10_000, "r1", claw="CLW-1")
    found = gateway.list_reversals(transfer_id=made.transfer_id)
    assert [one.metadata for one in found] == [{"claw": "CLW-1"}]
    assert gateway.connected_balance_pence(provider) == 20_000


@pytest.mark.at_stripe_too
def test_reversals_are_listed_by_their_own_transfer(gateway, made, reverse, pay):
    other = pay(500, key="t2")
    reverse(1, "r1")
    assert gateway.list_reversals(transfer_id=other.transfer_id) == []
    with pytest.raises(StripeRejected) as refusal:
        gateway.list_reversals(transfer_id="tr_none")
    assert refusal.value.code == "resource_missing"


def test_many_reversals_are_all_listed(gateway, made, reverse, wire):
    for number in range(12):
        reverse(1, f"r{number}")
    assert len(gateway.list_reversals(transfer_id=made.transfer_id)) == 12
    gateway.read_transfer(transfer_id=made.transfer_id)
    embedded = wire.exchanges[-1].answer["reversals"]
    assert (len(embedded["data"]), embedded["has_more"]) == (10, True)


@pytest.mark.at_stripe_too
def test_metadata_of_a_reversal_can_be_set_and_unset(send, made, reverse):
    back = reverse(1, "r1", a="1", b="2")
    address = f"/v1/transfers/{made.transfer_id}/reversals/{back.reversal_id}"
    _, answer = send(address, **{"metadata[a]": "", "metadata[c]": "3"})
    assert answer["metadata"] == {"b": "2", "c": "3"}
    assert send(address, metadata="")[1]["metadata"] == {}


def test_the_platform_is_told_of_a_reversal(emulator, gateway, receivers, funds, pay):
    made = pay()
    gateway.reverse_transfer(transfer_id=made.transfer_id, amount_pence=7, metadata={}, key="r1")
    seen = [json.loads(receivers.platform.next()[0]) for _ in range(4)]
    assert seen[-1]["type"] == "transfer.reversed"
    assert seen[-1]["data"]["object"]["amount_reversed"] == 7
    assert seen[-1]["data"]["previous_attributes"] == {"amount_reversed": 0, "reversed": False}
