"""What a webhook looks like on the wire: its payload and signature, spoilt if a fault says so.

A signature carries the wall clock's time of sending, not the emulator's: it protects the way of
the message, and the receiver judges its age by its own clock.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from datetime import UTC, datetime
from typing import Any

from voucher.core import clock
from voucher.sandbox.stripe_emulator.faults import Fault

FAR_SECONDS = 3600
HUGE_BYTES = 5 * 1024 * 1024 + 1
UNHEARD_OF = "sandbox.unheard_of"


def sign(payload: bytes, secret: str, at: int) -> str:
    """Stripe's signature header: HMAC-SHA256 of `time.payload` under the endpoint's secret."""
    return sign_with_all(payload, [secret], at)


def sign_with_all(payload: bytes, secrets: list[str], at: int) -> str:
    """The header with one signature for each secret: two while a secret is being rotated."""
    signed = f"{at}.".encode() + payload
    macs = [hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest() for secret in secrets]
    return ",".join([f"t={at}", *(f"v1={mac}" for mac in macs)])


def prepare(event: dict[str, Any], secrets: list[str], fault: Fault | None) -> tuple[bytes, str]:
    """The payload and its signature header."""
    kind = fault.kind if fault else ""
    payload = json.dumps(spoilt(event, kind), indent=2).encode()
    if fault and kind == "webhook_huge":
        payload = payload.ljust(int(fault.parameters.get("bytes", HUGE_BYTES)))
    used = ["whsec_somebody_else"] if kind == "webhook_forged" else secrets
    shift = {"webhook_stale": -FAR_SECONDS, "webhook_future": FAR_SECONDS}.get(kind, 0)
    return payload, sign_with_all(payload, used, int(clock.now().timestamp()) + shift)


def spoilt(event: dict[str, Any], kind: str) -> dict[str, Any]:
    """The event as the fault wants it to be seen."""
    if kind == "webhook_livemode":
        return event | {"livemode": True}
    if kind == "webhook_unknown":
        return event | {"type": UNHEARD_OF}
    return thin(event) if kind == "webhook_thin" else event


def thin(event: dict[str, Any]) -> dict[str, Any]:
    """The event in the thin form of Stripe's second interface: it only names its object."""
    subject = event["data"]["object"]
    created = datetime.fromtimestamp(event["created"], UTC).isoformat(timespec="milliseconds")
    return {
        "id": event["id"],
        "object": "v2.core.event",
        "type": f"v1.{event['type']}",
        "created": created.replace("+00:00", "Z"),
        "livemode": False,
        "related_object": {
            "id": subject.get("id"),
            "type": subject.get("object"),
            "url": f"/v1/{subject.get('object')}s/{subject.get('id')}",
        },
    }
