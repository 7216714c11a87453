"""Webhooks as they arrive: signed, on the right side, again after a failure, spoilt on order."""

import queue
from datetime import UTC, datetime

import pytest

from tests.contract.openapi import event_faults
from voucher.integrations.stripe.errors import InvalidSignature
from voucher.integrations.stripe.webhooks import verify


def check(webhook, secret):
    """Verify as the product does, now, and judge the event by Stripe's description."""
    payload, header = webhook
    event = verify(payload, header, [secret], datetime.now(UTC))
    assert event_faults(event) == []
    return event


def test_events_of_the_platform_reach_its_endpoint_signed(emulator, receivers):
    emulator.control("funds", amount=500)
    kinds = [check(receivers.platform.next(), receivers.platform_secret)["type"] for _ in "ab"]
    assert kinds == ["topup.created", "topup.succeeded"]


def test_events_of_an_account_reach_the_connect_endpoint(emulator, receivers, gateway, provider):
    event = check(receivers.connect.next(), receivers.connect_secret)
    assert event["account"] == provider
    assert event["livemode"] is False
    with pytest.raises(queue.Empty):
        receivers.platform.received.get_nowait()


def test_a_payout_tells_of_every_step(emulator, receivers, gateway, funds, pay, provider):
    emulator.control("clock", at=1_800_000_000, frozen=True)
    pay()
    gateway.create_payout(account_id=provider, amount_pence=30_000, metadata={}, key="p1")
    emulator.control("advance", seconds=2)
    emulator.control("advance", seconds=2)
    wanted, seen = ["payout.created", "payout.updated", "payout.paid"], []
    while len(seen) < 3:
        event = check(receivers.connect.next(), receivers.connect_secret)
        if event["type"].startswith("payout."):
            seen.append(event["type"])
    assert seen == wanted


def test_a_failed_delivery_comes_again(emulator, receivers):
    receivers.platform.statuses = [500]
    emulator.control("funds", amount=500)
    ids = [check(receivers.platform.next(), receivers.platform_secret)["id"] for _ in "abc"]
    assert len(set(ids)) == 2


def order(emulator, kind, **parameters):
    """Order a fault on the delivery of `topup.succeeded`."""
    emulator.control("faults", kind=kind, path="topup.succeeded", parameters=parameters)


def test_a_duplicate_carries_the_same_id(emulator, receivers):
    order(emulator, "webhook_duplicated")
    emulator.control("funds", amount=500)
    ids = [check(receivers.platform.next(), receivers.platform_secret)["id"] for _ in "abc"]
    assert ids[1] == ids[2] != ids[0]


@pytest.mark.parametrize("kind", ["webhook_forged", "webhook_stale"])
def test_a_forged_or_stale_webhook_is_not_believed(emulator, receivers, kind):
    order(emulator, kind)
    emulator.control("funds", amount=500)
    check(receivers.platform.next(), receivers.platform_secret)
    with pytest.raises(InvalidSignature):
        check(receivers.platform.next(), receivers.platform_secret)


def test_a_webhook_of_live_mode_shows_it(emulator, receivers):
    order(emulator, "webhook_livemode")
    emulator.control("funds", amount=500)
    receivers.platform.next()
    event = check(receivers.platform.next(), receivers.platform_secret)
    assert event["livemode"] is True


def test_a_lost_webhook_can_be_sent_again(emulator, receivers, gateway):
    order(emulator, "webhook_missing")
    emulator.control("funds", amount=500)
    receivers.platform.next()
    emulator.control("deliver")
    assert receivers.platform.received.empty()
    newest = next(gateway.list_events(created_since=datetime(2020, 1, 1, tzinfo=UTC)))
    emulator.control(f"events/{newest.event_id}/resend")
    again = check(receivers.platform.next(), receivers.platform_secret)
    assert again["id"] == newest.event_id


def test_paused_webhooks_wait(emulator, receivers):
    emulator.control("webhooks", paused=True)
    emulator.control("funds", amount=500)
    emulator.control("deliver")
    assert receivers.platform.received.empty()
    assert emulator.control("health", "GET")["undelivered"] == 2
    emulator.control("webhooks", paused=False)
    receivers.platform.next()


def test_a_late_webhook_comes_by_the_clock(emulator, receivers):
    emulator.control("clock", at=1_800_000_000, frozen=True)
    emulator.control("faults", kind="webhook_late", path="topup.created", parameters=THREE_DAYS)
    emulator.control("funds", amount=500)
    assert check(receivers.platform.next(), receivers.platform_secret)["type"] == "topup.succeeded"
    emulator.control("advance", days=2, hours=23)
    emulator.control("deliver")
    assert receivers.platform.received.empty()
    emulator.control("advance", hours=1)
    assert check(receivers.platform.next(), receivers.platform_secret)["type"] == "topup.created"


THREE_DAYS = {"seconds": 3 * 86_400}


def test_one_webhook_overtakes_another(emulator, receivers):
    emulator.control("webhooks", paused=True)
    emulator.control("faults", kind="webhook_shuffled", path="topup.created")
    emulator.control("funds", amount=500)
    emulator.control("webhooks", paused=False)
    kinds = [check(receivers.platform.next(), receivers.platform_secret)["type"] for _ in "ab"]
    assert kinds == ["topup.succeeded", "topup.created"]


def test_a_seed_shuffles_what_waited_the_same_way_every_time(emulator, receivers):
    orders = []
    for _ in "ab":
        emulator.control("webhooks", paused=True)
        for pence in range(1, 6):
            emulator.control("funds", amount=pence)
        rows = emulator.control("objects/event", "GET")["objects"][-10:]
        emulator.control("webhooks", paused=False, shuffled_by=len(orders) + 1)
        ids = [check(receivers.platform.next(), receivers.platform_secret)["id"] for _ in rows]
        orders.append([[row["id"] for row in rows].index(one) for one in ids])
    assert all(sorted(order) == list(range(10)) for order in orders)
    assert list(range(10)) not in orders


def test_a_webhook_of_the_future_is_not_believed(emulator, receivers):
    order(emulator, "webhook_future")
    emulator.control("funds", amount=500)
    check(receivers.platform.next(), receivers.platform_secret)
    with pytest.raises(InvalidSignature):
        check(receivers.platform.next(), receivers.platform_secret)


def test_a_huge_webhook_is_larger_than_five_megabytes_and_genuine(emulator, receivers):
    order(emulator, "webhook_huge")
    emulator.control("funds", amount=500)
    receivers.platform.next()
    webhook = receivers.platform.next()
    assert len(webhook[0]) == 5 * 1024 * 1024 + 1
    assert check(webhook, receivers.platform_secret)["type"] == "topup.succeeded"


def test_a_thin_webhook_only_names_its_object(emulator, receivers):
    order(emulator, "webhook_thin")
    emulator.control("funds", amount=500)
    receivers.platform.next()
    payload, header = receivers.platform.next()
    event = verify(payload, header, [receivers.platform_secret], datetime.now(UTC))
    assert (event["object"], event["type"]) == ("v2.core.event", "v1.topup.succeeded")
    assert event["related_object"]["type"] == "topup"
    assert "data" not in event


def test_an_event_of_a_type_nobody_knows(emulator, receivers):
    order(emulator, "webhook_unknown")
    topup = emulator.control("funds", amount=500)
    receivers.platform.next()
    assert b'"sandbox.unheard_of"' in receivers.platform.next()[0]
    emulator.control("events", type="topup.reversed", object=topup["id"])
    event = check(receivers.platform.next(), receivers.platform_secret)
    assert (event["type"], event["data"]["object"]["id"]) == ("topup.reversed", topup["id"])


def test_webhooks_may_come_before_the_answer(emulator, receivers, gateway, funds, pay, provider):
    emulator.control("deliver")
    while not receivers.platform.received.empty():
        receivers.platform.next()
    emulator.control("faults", kind="webhook_first", method="POST", path="/v1/transfers")
    pay()
    event = check(receivers.platform.received.get_nowait(), receivers.platform_secret)
    assert event["type"] == "transfer.created"


def test_two_secrets_sign_while_one_is_rotated_and_then_the_new_one_alone(emulator, receivers):
    emulator.control("clock", at=1_800_000_000, frozen=True)
    endpoint = emulator.control("objects/webhook_endpoint", "GET")["objects"][0]["id"]
    new = emulator.control(f"webhook_endpoints/{endpoint}/rotate", seconds=3600)["secret"]
    emulator.control("funds", amount=1)
    webhook = receivers.platform.next()
    assert check(webhook, receivers.platform_secret)["id"] == check(webhook, new)["id"]
    receivers.platform.next()
    emulator.control("advance", hours=1)
    emulator.control("funds", amount=1)
    webhook = receivers.platform.next()
    assert check(webhook, new)
    with pytest.raises(InvalidSignature):
        check(webhook, receivers.platform_secret)
