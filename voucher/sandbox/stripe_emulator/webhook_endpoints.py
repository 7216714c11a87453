"""Webhook endpoints: where events go, each with its own signing secret.

Deliveries leave for addresses of this machine only: a sandbox must not call anybody else.
"""

from __future__ import annotations

import ipaddress
import secrets
from typing import Any
from urllib.parse import urlsplit

from voucher.sandbox.stripe_emulator import metadata, problems
from voucher.sandbox.stripe_emulator.events import API_VERSION
from voucher.sandbox.stripe_emulator.listing import page
from voucher.sandbox.stripe_emulator.store import PLATFORM, Session, new_id


def create(session: Session, params: dict[str, Any]) -> dict[str, Any]:
    """POST /v1/webhook_endpoints: the only answer that shows the secret."""
    secret = f"whsec_{secrets.token_hex(16)}"
    endpoint = put(
        session,
        identifier=new_id("we"),
        url=params["url"],
        secret=secret,
        connect=params.get("connect", False),
        events=params["enabled_events"],
    )
    endpoint["description"] = params.get("description")
    endpoint["metadata"] = metadata.fresh(params)
    return session.replace(endpoint) | {"secret": secret}


def put(
    session: Session,
    *,
    identifier: str,
    url: str,
    secret: str,
    connect: bool,
    events: list[str],
) -> dict[str, Any]:
    """Add an endpoint, or give the endpoint of that id its new address and secret."""
    endpoint: dict[str, Any] = {
        "id": identifier,
        "object": "webhook_endpoint",
        "api_version": API_VERSION,
        "application": None,
        "created": session.now(),
        "description": None,
        "enabled_events": events,
        "livemode": False,
        "metadata": {},
        "status": "enabled",
        "url": local_address(url),
    }
    private = {"secret": secret, "connect": connect}
    if session.find(identifier, "webhook_endpoint") is None:
        return session.add(endpoint, account=PLATFORM, private=private)
    session.keep_private(identifier, private)
    return session.replace(endpoint)


def current_secrets(session: Session, endpoint: str) -> list[str]:
    """What deliveries to an endpoint are signed with: its secret, and one being phased out."""
    private = session.private(endpoint)
    old = private.get("old_secret")
    still_good = old is not None and private["old_until"] > session.now()
    return [private["secret"], old] if still_good else [private["secret"]]


def rotate(
    session: Session, endpoint: str, *, seconds: int, secret: str | None = None
) -> dict[str, Any]:
    """Give an endpoint a new secret; the old one signs too for `seconds` of the clock."""
    read(session, {}, endpoint)
    private = session.private(endpoint)
    new = secret or f"whsec_{secrets.token_hex(16)}"
    until = session.now() + seconds
    session.keep_private(
        endpoint, private | {"secret": new, "old_secret": private["secret"], "old_until": until}
    )
    return {"id": endpoint, "secret": new, "old_until": until}


def local_address(url: str) -> str:
    """The address, or the problem of one that is not on this machine."""
    if not is_local(url):
        raise problems.invalid("The sandbox delivers to this machine only.", "url", "url_invalid")
    return url


def is_local(url: str) -> bool:
    """Whether an address is on the loopback interface."""
    host = urlsplit(url).hostname or ""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def read(session: Session, params: dict[str, Any], endpoint: str) -> dict[str, Any]:
    """GET /v1/webhook_endpoints/{id}"""
    found = session.find(endpoint, "webhook_endpoint", PLATFORM)
    if found is None:
        raise problems.missing("webhook endpoint", endpoint)
    return found


def list_endpoints(session: Session, params: dict[str, Any]) -> dict[str, Any]:
    """GET /v1/webhook_endpoints"""
    return page(session, "webhook_endpoint", params, "/v1/webhook_endpoints")


def update(session: Session, params: dict[str, Any], endpoint: str) -> dict[str, Any]:
    """POST /v1/webhook_endpoints/{id}: address, events, description, metadata, on or off."""
    body = read(session, {}, endpoint)
    body["url"] = local_address(params.get("url", body["url"]))
    body["enabled_events"] = params.get("enabled_events", body["enabled_events"])
    body["description"] = params.get("description", body["description"])
    body["metadata"] = metadata.changed(body["metadata"], params)
    if "disabled" in params:
        body["status"] = "disabled" if params["disabled"] else "enabled"
    return session.replace(body)


def delete(session: Session, params: dict[str, Any], endpoint: str) -> dict[str, Any]:
    """DELETE /v1/webhook_endpoints/{id}: nothing more is delivered there."""
    read(session, {}, endpoint)
    session.remove(endpoint)
    session.connection.execute("DELETE FROM deliveries WHERE endpoint = ?", (endpoint,))
    return {"id": endpoint, "object": "webhook_endpoint", "deleted": True}
