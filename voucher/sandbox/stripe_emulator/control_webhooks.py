"""Levers for webhooks: hold, shuffle, send again, invent an event, change a signing secret."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, abort, jsonify

from voucher.sandbox.stripe_emulator import delivery, events, webhook_endpoints
from voucher.sandbox.stripe_emulator.delivery import Courier
from voucher.sandbox.stripe_emulator.store import PLATFORM, Store
from voucher.sandbox.stripe_emulator.visitors import asked

DAY = 86_400


def add_webhooks(pages: Blueprint, store: Store, courier: Courier) -> None:
    """webhooks (paused, shuffled_by); deliver; events (type, object, account); resend; rotate."""

    @pages.post("/webhooks")
    def direct_webhooks() -> Any:
        wish = asked()
        with store.session() as session:
            session.keep_setting("webhooks_paused", bool(wish.get("paused")))
            session.keep_setting("webhooks_shuffled_by", wish.get("shuffled_by"))
        courier.wake()
        return jsonify(paused=bool(wish.get("paused")), shuffled_by=wish.get("shuffled_by"))

    @pages.post("/deliver")
    def deliver() -> Any:
        return jsonify(tried=courier.round())

    @pages.post("/events")
    def invent_event() -> Any:
        wish = asked()
        with store.session() as session:
            subject = session.find(str(wish.get("object")))
            if subject is None or not wish.get("type"):
                abort(400)
            account = wish.get("account") or PLATFORM
            event = events.emit(session, wish["type"], subject, account=account)
        courier.wake()
        return jsonify(event)

    @pages.post("/events/<event>/resend")
    def resend(event: str) -> Any:
        with store.session() as session:
            count = delivery.requeue(session, event)
        courier.wake()
        return jsonify(queued=count)

    @pages.post("/webhook_endpoints/<endpoint>/rotate")
    def rotate(endpoint: str) -> Any:
        wish = asked()
        with store.session() as session:
            return jsonify(
                webhook_endpoints.rotate(
                    session,
                    endpoint,
                    seconds=int(wish.get("seconds", DAY)),
                    secret=wish.get("secret"),
                )
            )
