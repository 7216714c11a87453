"""Events: what happened, kept for listing and queued for the webhook endpoints that want it.

An event of a connected account goes to Connect endpoints and carries `account`; an event of the
platform goes to the others. The queue row is written in the transaction of the change itself, so
no change is without its event and no event without its change.
"""

from __future__ import annotations

from typing import Any

from voucher.sandbox.stripe_emulator import problems
from voucher.sandbox.stripe_emulator.listing import page
from voucher.sandbox.stripe_emulator.store import PLATFORM, Session, new_id

API_VERSION = "2026-10-28.endive"


def emit(
    session: Session,
    kind: str,
    subject: dict[str, Any],
    *,
    account: str,
    previous: dict[str, Any] | None = None,
) -> dict[str, Any]:
    """Record an event about `subject` in `account` and queue its deliveries."""
    data: dict[str, Any] = {"object": subject}
    if previous is not None:
        data["previous_attributes"] = previous
    event: dict[str, Any] = {
        "id": new_id("evt"),
        "object": "event",
        "api_version": API_VERSION,
        "created": session.now(),
        "data": data,
        "livemode": False,
        "pending_webhooks": 0,
        "request": {"id": session.origin.request_id, "idempotency_key": session.origin.key},
        "type": kind,
    }
    if account != PLATFORM:
        event["account"] = account
    endpoints = interested(session, kind, connect=account != PLATFORM)
    event["pending_webhooks"] = len(endpoints)
    session.add(event, account=account)
    for endpoint in endpoints:
        queue(session, event["id"], endpoint)
    return event


def interested(session: Session, kind: str, *, connect: bool) -> list[str]:
    """The ids of the endpoints of a side (platform or Connect) that want events of a kind."""
    wanted = []
    for endpoint in session.every("webhook_endpoint"):
        same_side = bool(session.private(endpoint["id"]).get("connect")) == connect
        if (
            same_side
            and endpoint["status"] == "enabled"
            and {kind, "*"} & set(endpoint["enabled_events"])
        ):
            wanted.append(endpoint["id"])
    return wanted


def queue(session: Session, event: str, endpoint: str, delay: float = 0) -> None:
    """Put one delivery in the queue, due after `delay` seconds of the emulator's clock."""
    session.connection.execute(
        "INSERT INTO deliveries (event, endpoint, due_at) VALUES (?, ?, ?)",
        (event, endpoint, session.now() + delay),
    )


def read(session: Session, params: dict[str, Any], event: str) -> dict[str, Any]:
    """GET /v1/events/{id}"""
    found = session.find(event, "event", session.account)
    if found is None:
        raise problems.missing("event", event)
    return found


def list_events(session: Session, params: dict[str, Any]) -> dict[str, Any]:
    """GET /v1/events"""
    return page(session, "event", params, "/v1/events")
