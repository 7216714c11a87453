"""Stripe's webhooks at the door: genuine, fresh, for us, once."""

import json
import sys
from datetime import timedelta

import pytest
from sqlalchemy import select

from tests.databases import settings_for_tests
from voucher.core import clock
from voucher.core.db import session
from voucher.payments.models import InboxStatus, StripeEvent
from voucher.sandbox.stripe_emulator.delivery import sign
from voucher.web.webhooks.stripe import LARGEST_BODY

PLATFORM, CONNECT = "whsec_demonstration_platform", "whsec_demonstration_connect"


def event(identifier="evt_1", **changed):
    body = {
        "id": identifier,
        "object": "event",
        "type": "payout.paid",
        "account": "acct_1",
        "data": {"object": {"id": "po_1", "object": "payout"}},
        "livemode": False,
        "created": 1_780_000_000,
    }
    return json.dumps({**body, **changed}).encode()


def send(client, payload, *, secret=CONNECT, to="connect", age=timedelta(0), header=None):
    at = int((clock.now() - age).timestamp())
    signature = sign(payload, secret, at) if header is None else header
    return client.post(
        f"/webhooks/stripe/{to}",
        data=payload,
        headers={"Stripe-Signature": signature},
        content_type="application/json",
    )


def kept(app):
    with app.app_context():
        rows = session.execute(select(StripeEvent.stripe_event_id, StripeEvent.status)).all()
        return [(row[0], row[1]) for row in rows]


def test_a_genuine_webhook_is_kept_once_and_answered(app, client):
    for _ in range(3):
        assert send(client, event()).status_code == 200
    assert kept(app) == [("evt_1", InboxStatus.NEW)]


def test_both_addresses_have_their_own_secret(app, client):
    assert send(client, event(), secret=PLATFORM, to="platform").status_code == 200
    assert send(client, event("evt_2"), secret=CONNECT, to="platform").status_code == 400
    assert send(client, event("evt_3"), secret=PLATFORM, to="connect").status_code == 400
    assert [name for name, _ in kept(app)] == ["evt_1"]


@pytest.mark.parametrize("header", ["", "t=1", "v1=abc", "nonsense", "t=x,v1=abc"])
def test_without_a_signature_nothing_is_kept(app, client, header):
    assert send(client, event(), header=header).status_code == 400
    assert kept(app) == []


@pytest.mark.parametrize("age", [timedelta(minutes=6), timedelta(minutes=-6)])
def test_stale_and_future_webhooks_are_refused(app, client, age):
    assert send(client, event(), age=age).status_code == 400
    assert kept(app) == []


def test_a_changed_body_is_refused(app, client):
    header = sign(event(), CONNECT, int(clock.now().timestamp()))
    assert send(client, event("evt_2"), header=header).status_code == 400
    assert kept(app) == []


def test_the_other_mode_is_kept_as_not_for_us(app, client):
    assert send(client, event(livemode=True)).status_code == 200
    assert kept(app) == [("evt_1", InboxStatus.IGNORED)]


@pytest.mark.parametrize(
    "payload", [b'{"id": "evt_1", "object": "v2.core.event"}', b"{}", event(data=None)]
)
def test_what_is_no_event_of_ours_is_answered_and_dropped(app, client, payload):
    assert send(client, payload).status_code == 200
    assert kept(app) == []


@pytest.mark.parametrize("payload", [b"", b"[]", b"\xff\xfe", b"not json", event("e" * 81)])
def test_what_can_not_be_read_is_refused(app, client, payload):
    assert send(client, payload).status_code == 400
    assert kept(app) == []


def test_a_body_of_five_megabytes_is_refused_unread(app, client):
    assert send(client, b" " * (5 * 1024 * 1024)).status_code == 413
    assert send(client, event(padding=" " * LARGEST_BODY)).status_code == 413
    assert kept(app) == []


def test_while_a_secret_is_changed_both_count(app, client, monkeypatch):
    both = settings_for_tests(
        app.extensions["settings"].data_dir, stripe_connect_secrets=("whsec_new", "whsec_old")
    )
    monkeypatch.setitem(app.extensions, "settings", both)
    for number, secret in enumerate(("whsec_new", "whsec_old")):
        assert send(client, event(f"evt_{number}"), secret=secret).status_code == 200
    assert send(client, event("evt_9"), secret=CONNECT).status_code == 400


def test_only_posts_are_taken(client):
    assert client.get("/webhooks/stripe/connect").status_code in (404, 405)


def test_the_library_of_stripe_is_not_needed(app, client, monkeypatch):
    monkeypatch.setitem(sys.modules, "stripe", None)
    assert send(client, event()).status_code == 200
