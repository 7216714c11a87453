"""Faults 13 to 16: webhooks before, late, twice, never, forged; sent over HTTP by the emulator.

The application listens on a socket of its own; the emulator signs and delivers as Stripe does.
"""

import json
import threading
from dataclasses import replace
from types import SimpleNamespace
from urllib.parse import urlencode

import pytest
from sqlalchemy import func, select
from werkzeug.serving import WSGIRequestHandler, make_server

from tests.contract.wire import speak
from tests.domain.payments.resting import come_to_rest, prove
from tests.domain.payments.test_transfer import Crash, crash
from tests.domain.payments.world import SECRET_KEY
from voucher.core import clock
from voucher.core.db import session
from voucher.ledger.models import AccountKind
from voucher.payments.jobs.inbox import read_inbox
from voucher.payments.models import InboxStatus, StripeEvent
from voucher.payments.models import PaymentStatus as P
from voucher.sandbox.stripe_emulator.control_client import Controls

pytestmark = pytest.mark.long

SIDES = ("platform", "connect")


class Quiet(WSGIRequestHandler):
    """Serves without a line for every request."""

    def log(self, *_):
        """Say nothing."""


@pytest.fixture
def door(app, world, monkeypatch):
    """The application on a socket, known to the emulator as both webhook endpoints."""
    # A webhook's signature is judged by the wall clock; so the others go on from there.
    world.later(seconds=max(0, int((clock.now() - world.at).total_seconds()) + 1))
    server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=Quiet)
    serving = threading.Thread(target=server.serve_forever)
    serving.start()
    address = f"http://127.0.0.1:{server.server_port}/webhooks/stripe"
    secrets = {side: register(world, f"{address}/{side}", side) for side in SIDES}
    settings = replace(
        app.extensions["settings"],
        stripe_platform_secrets=(secrets["platform"],),
        stripe_connect_secrets=(secrets["connect"],),
    )
    monkeypatch.setitem(app.extensions, "settings", settings)
    controls = Controls(world.emulator.address)
    controls.direct_webhooks(paused=True)
    yield SimpleNamespace(controls=controls)
    session.rollback()
    world.emulator.control("faults", "DELETE")
    server.shutdown()
    serving.join()
    server.server_close()


def register(world, url, side):
    form = {"url": url, "enabled_events[]": "*", "connect": str(side == "connect").lower()}
    headers = {
        "Authorization": f"Bearer {SECRET_KEY}",
        "Content-Type": "application/x-www-form-urlencoded",
    }
    body = urlencode(form).encode()
    answer = speak(world.emulator.address, "POST", "/v1/webhook_endpoints", body, headers)
    return json.loads(answer[2])["secret"]


def arrived(kind=""):
    """How many events of a kind were kept."""
    session.rollback()
    query = select(func.count(StripeEvent.id)).where(StripeEvent.event_type.startswith(kind))
    return session.execute(query).scalar_one()


def deliver(world, door):
    """Let everything that waits be delivered, the repetitions of what failed too.

    Otherwise webhooks are held back: SQLite has one writer, and between two lines of a test that
    may be the test itself.
    """
    session.rollback()
    door.controls.direct_webhooks(paused=False)
    for _ in range(6):
        if not door.controls.health()["undelivered"]:
            break
        door.controls.deliver()
        world.later(minutes=2)
    door.controls.direct_webhooks(paused=True)


def end_paid(world, door, *payments):
    """Deliver all, come to rest, prove."""
    come_to_rest(world)
    deliver(world, door)
    read_inbox(world.stripe, world.at)
    assert {world.status(payment_id) for payment_id in payments} == {P.PAID}
    prove(world)


def test_fault_13_webhook_before_the_answer(world, door):
    payment_id = world.queue()
    session.rollback()
    door.controls.direct_webhooks(paused=False)
    world.fault("webhook_first")
    world.send()
    world.fault("webhook_first", path="/v1/payouts")
    world.pay_out()
    door.controls.direct_webhooks(paused=True)
    assert arrived("transfer.created") == arrived("payout.created") == 1
    read_inbox(world.stripe, world.at)
    end_paid(world, door, payment_id)


@pytest.mark.parametrize(
    "kind", ["webhook_duplicated", "webhook_shuffled", "webhook_late", "webhook_missing"]
)
def test_fault_14_webhooks_repeated_shuffled_late_missing(world, door, kind):
    days = {"seconds": 3 * 86_400} if kind == "webhook_late" else {}
    door.controls.order_fault(kind, path="payout", times=3, **days)
    payment_id = world.in_transit()
    deliver(world, door)
    read_inbox(world.stripe, world.at)
    settled = world.books(AccountKind.SETTLED)
    end_paid(world, door, payment_id)
    assert world.books(AccountKind.SETTLED) >= settled
    world.later(days=4)
    end_paid(world, door, payment_id)
    ids = session.execute(select(StripeEvent.stripe_event_id)).scalars().all()
    assert len(ids) == len(set(ids))
    if kind == "webhook_late":
        assert arrived("payout") >= 2


REFUSED = ["webhook_forged", "webhook_stale", "webhook_future", "webhook_huge"]


@pytest.mark.parametrize(
    "kind", [*REFUSED, "webhook_livemode", "webhook_thin", "webhook_unknown", "wrong_secret"]
)
def test_fault_15_webhooks_that_must_not_be_believed(world, door, app, monkeypatch, kind):
    payment_id = world.transferred()
    deliver(world, door)
    if kind == "wrong_secret":
        settings = replace(app.extensions["settings"], stripe_connect_secrets=("whsec_another",))
        monkeypatch.setitem(app.extensions, "settings", settings)
    else:
        door.controls.order_fault(kind, path="payout", times=1)
    before = arrived()
    world.pay_out()
    session.rollback()
    door.controls.direct_webhooks(paused=False)
    door.controls.deliver()
    door.controls.direct_webhooks(paused=True)
    kept = session.execute(
        select(StripeEvent.status, StripeEvent.event_type).offset(before)
    ).all()  # fmt: skip
    if kind in (*REFUSED, "wrong_secret", "webhook_thin"):
        assert [row for row in kept if row[1] == "payout.created"] == []
    if kind == "webhook_livemode":
        assert InboxStatus.IGNORED in {row[0] for row in kept}
    assert world.status(payment_id) is P.IN_TRANSIT  # moved by the answer alone
    end_paid(world, door, payment_id)


@pytest.mark.parametrize("moment", ["_read_payout", "follow", "finish"])
def test_fault_16_crash_in_the_event_worker(world, door, monkeypatch, moment):
    payment_id = world.in_transit()
    world.bank_day()
    deliver(world, door)
    with monkeypatch.context() as patch:
        if moment == "_read_payout":
            patch.setattr("voucher.payments.jobs.inbox.ACTIONS", (("payout.", crash),))
        else:
            patch.setattr(f"voucher.payments.jobs.inbox.{moment}", crash)
        with pytest.raises(Crash):
            read_inbox(world.stripe, world.at)
    unread = select(func.count(StripeEvent.id)).where(StripeEvent.status == InboxStatus.NEW)
    assert session.execute(unread).scalar_one() > 0
    end_paid(world, door, payment_id)
