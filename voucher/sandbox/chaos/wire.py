"""Webhooks as somebody might send them straight to the web server, by real HTTP."""

import http.client
import json
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

from voucher.sandbox.chaos.crew import WEB
from voucher.sandbox.chaos.field import Field
from voucher.sandbox.stripe_emulator.spoiling import HUGE_BYTES, sign

TIMEOUT_SECONDS = 10
REFUSED = (400, 413)
UNBELIEVED = ("forged", "stale", "future", "huge")
"""The others are Stripe's own but not for us: taken, so that they don't come again, no more."""
FAR = timedelta(hours=1)
CONNECT = "/webhooks/stripe/connect"


@dataclass(frozen=True, slots=True)
class Letter:
    """A webhook to send, and how it must be answered."""

    payload: bytes
    header: str
    answers: tuple[int, ...]


def send_spoilt(field: Field, variant: str) -> None:
    """Send the newest event of a provider's account, spoilt as `variant` says.

    An answer that is not as it must be is kept as wrong. A web server that is being killed gives
    none, and none is missed.
    """
    events = [one for one in field.levers.objects("event") if one.get("account")]
    if not events:
        return
    letter = _letter(field, events[-1], variant)
    field.crew.await_ready(WEB)
    for _ in range(2):
        status = _post(field.crew.place.web_address, letter)
        if status is not None and status not in letter.answers:
            field.wrong.append(f"15: a webhook that is {variant} was answered {status}")


def _letter(field: Field, event: dict[str, Any], variant: str) -> Letter:
    secret = field.ground.services.settings.stripe_connect_secrets[0]
    moment = field.at + {"stale": -FAR, "future": FAR}.get(variant, timedelta(0))
    spoilt = {**event, **_CHANGES.get(variant, {})}
    payload = json.dumps(spoilt).encode()
    if variant == "thin":
        payload = json.dumps({"id": event["id"], "object": "v2.core.event"}).encode()
    elif variant == "huge":
        payload = payload.ljust(HUGE_BYTES)
    used = "whsec_of_somebody_else" if variant == "forged" else secret
    header = sign(payload, used, int(moment.timestamp()))
    return Letter(payload, header, REFUSED if variant in UNBELIEVED else (200,))


_CHANGES: dict[str, dict[str, Any]] = {
    "livemode": {"livemode": True},
    "unknown": {"type": "sandbox.unheard_of"},
}


def _post(address: str, letter: Letter) -> int | None:
    """The answer's status; None when the connection broke, as it does for a body too large."""
    parts = urlsplit(address)
    connection = http.client.HTTPConnection(
        parts.hostname or "", parts.port, timeout=TIMEOUT_SECONDS
    )
    headers = {"Content-Type": "application/json", "Stripe-Signature": letter.header}
    try:
        connection.request("POST", CONNECT, letter.payload, headers)
        return connection.getresponse().status
    except (OSError, http.client.HTTPException):
        return None
    finally:
        connection.close()
