"""Verification of Stripe's webhooks, without the library: an HMAC and a clock.

Scheme (Stripe's documentation, "Verify webhook signatures manually"): the header holds `t`, the
Unix time of sending, and one or more `v1`, each the hexadecimal HMAC-SHA256 of `t.payload` under
an endpoint's secret; other schemes are to be ignored.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from voucher.integrations.stripe.errors import InvalidSignature

TOLERANCE_SECONDS = 300


def verify(
    payload: bytes,
    header: str,
    secrets: Sequence[str],
    now: datetime,
    tolerance_seconds: int = TOLERANCE_SECONDS,
) -> dict[str, Any]:
    """The event of a genuine and fresh webhook.

    `payload` is the body exactly as it came; `secrets` are the endpoint's current secrets, two
    while one is being rotated; `now` is a UTC time. Stripe's library accepts signatures of the
    future, this refuses both sides. Raises InvalidSignature, also for a body that is no object.
    """
    sent_at, signatures = read_header(header)
    if abs(now.timestamp() - sent_at) > tolerance_seconds:
        raise InvalidSignature("The signature is too old or lies in the future.")
    signed = f"{sent_at}.".encode() + payload
    # No early end: the time taken must not tell which secret or signature was close.
    matches = [
        hmac.compare_digest(expected(signed, secret), signature)
        for secret in secrets
        if secret
        for signature in signatures
    ]
    if not any(matches):
        raise InvalidSignature("No signature matches.")
    return read_event_body(payload)


def expected(signed: bytes, secret: str) -> bytes:
    """The signature that a secret gives."""
    return hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest().encode()


def read_header(header: str) -> tuple[int, list[bytes]]:
    """The time of sending and the `v1` signatures. Raises InvalidSignature if there is none."""
    pairs = [part.strip().partition("=") for part in header.split(",")]
    times = [value for name, _, value in pairs if name == "t"]
    signatures = [value.encode() for name, _, value in pairs if name == "v1"]
    if len(times) != 1 or not (times[0].isascii() and times[0].isdecimal()) or not signatures:
        raise InvalidSignature("The signature header is incomplete.")
    if len(times[0]) > 12:
        raise InvalidSignature("The signature's time is out of range.")
    return int(times[0]), signatures


def read_event_body(payload: bytes) -> dict[str, Any]:
    """The JSON object of a verified body."""
    try:
        body = json.loads(payload)
    except ValueError as error:
        raise InvalidSignature("The body is not JSON.") from error
    if not isinstance(body, dict):
        raise InvalidSignature("The body is not an object.")
    return body
