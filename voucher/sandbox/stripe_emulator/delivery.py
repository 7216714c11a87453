"""The courier: a background thread that moves payouts on and delivers signed webhooks.

A signature carries the wall clock's time of sending, not the emulator's: it protects the way of
the message, and the receiver judges its age by its own clock. Failed deliveries come again with
growing pauses for about three days, as at Stripe.
"""

from __future__ import annotations

import hashlib
import hmac
import http.client
import json
import logging
import threading
import time
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from voucher.sandbox.stripe_emulator import events, payouts
from voucher.sandbox.stripe_emulator import faults as fault_list
from voucher.sandbox.stripe_emulator.faults import Fault
from voucher.sandbox.stripe_emulator.store import Session, Store

log = logging.getLogger(__name__)

POLL_SECONDS = 0.25
TIMEOUT_SECONDS = 10
LONGEST_PAUSE_SECONDS = 3600
ATTEMPTS = 80
BATCH = 100


@dataclass(frozen=True)
class Parcel:
    """One delivery ready to go: where, what, signed with what, and what goes wrong."""

    delivery: int
    url: str
    secret: str
    event: dict[str, Any]
    attempts: int
    fault: Fault | None


def sign(payload: bytes, secret: str, at: int) -> str:
    """Stripe's signature header: HMAC-SHA256 of `time.payload` under the endpoint's secret."""
    mac = hmac.new(secret.encode(), f"{at}.".encode() + payload, hashlib.sha256)
    return f"t={at},v1={mac.hexdigest()}"


class Courier:
    """Does its round whenever it is woken, and every quarter of a second."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self._wake = threading.Event()
        self._stopped = False
        self._one_at_a_time = threading.Lock()
        self._thread = threading.Thread(target=self._run, name="courier", daemon=True)

    def start(self) -> None:
        """Begin the rounds."""
        self._thread.start()

    def wake(self) -> None:
        """Something has changed: do a round now."""
        self._wake.set()

    def stop(self) -> None:
        """Finish the parcel in hand and end."""
        self._stopped = True
        self.wake()
        self._thread.join(timeout=TIMEOUT_SECONDS + 1)

    def _run(self) -> None:
        while not self._stopped:
            try:
                self.round()
            except Exception:  # the thread must outlive any single failure, which is logged
                log.exception("The courier's round failed")
            self._wake.wait(POLL_SECONDS)
            self._wake.clear()

    def round(self) -> int:
        """Move the due payouts, deliver what is due; how many deliveries were tried."""
        with self._one_at_a_time:
            with self.store.session() as session:
                payouts.advance_due(session)
                parcels = collect(session)
            for parcel in parcels:
                if not self._stopped:
                    self.deliver(parcel)
            return len(parcels)

    def deliver(self, parcel: Parcel) -> None:
        """Send one parcel, twice if so ordered, and write down how it went."""
        if parcel.fault and parcel.fault.kind == "webhook_late":
            with self.store.session() as session:
                postpone(session, parcel, float(parcel.fault.parameters.get("seconds", 60)))
            return
        answer = "never sent" if is_missing(parcel) else post(parcel)
        if parcel.fault and parcel.fault.kind == "webhook_duplicated":
            answer = post(parcel)
        with self.store.session() as session:
            record(session, parcel, answer)


def is_missing(parcel: Parcel) -> bool:
    """Whether this delivery is to get lost for good."""
    return parcel.fault is not None and parcel.fault.kind == "webhook_missing"


def collect(session: Session) -> list[Parcel]:
    """The deliveries that are due, oldest first, none while deliveries are paused."""
    if session.setting("webhooks_paused", False):
        return []
    rows = session.connection.execute(
        "SELECT seq, event, endpoint, attempts FROM deliveries WHERE delivered_at IS NULL"
        " AND due_at <= ? AND attempts < ? ORDER BY seq LIMIT ?",
        (time.time(), ATTEMPTS, BATCH),
    ).fetchall()
    return [parcel(session, *row) for row in rows]


def parcel(session: Session, delivery: int, event: str, endpoint: str, attempts: int) -> Parcel:
    """One row of the queue with all that is needed to send it."""
    body = session.find(event, "event") or {}
    place = session.find(endpoint, "webhook_endpoint") or {}
    fault = fault_list.take(session, "delivery", "", body["type"])
    secret = session.private(endpoint)["secret"]
    return Parcel(delivery, place["url"], secret, body, attempts, fault)


def post(parcel: Parcel) -> str:
    """Send the event; the answer's status, or what went wrong on the way."""
    payload, header = prepare(parcel)
    address = urlsplit(parcel.url)
    secure = address.scheme == "https"
    kind = http.client.HTTPSConnection if secure else http.client.HTTPConnection
    connection = kind(address.hostname or "", address.port, timeout=TIMEOUT_SECONDS)
    headers = {
        "Content-Type": "application/json; charset=utf-8",
        "Stripe-Signature": header,
        "User-Agent": "Stripe/1.0 (sandbox)",
    }
    target = address.path or "/"
    try:
        connection.request("POST", target, payload, headers)
        return str(connection.getresponse().status)
    except (OSError, http.client.HTTPException) as error:
        return type(error).__name__
    finally:
        connection.close()


def prepare(parcel: Parcel) -> tuple[bytes, str]:
    """The payload and its signature, spoilt if a fault says so."""
    kind = parcel.fault.kind if parcel.fault else ""
    event = parcel.event | ({"livemode": True} if kind == "webhook_livemode" else {})
    payload = json.dumps(event, indent=2).encode()
    secret = "whsec_somebody_else" if kind == "webhook_forged" else parcel.secret
    at = int(time.time()) - (3600 if kind == "webhook_stale" else 0)
    return payload, sign(payload, secret, at)


def record(session: Session, parcel: Parcel, answer: str) -> None:
    """Delivered on any 2xx (or lost on order); otherwise due again after a longer pause."""
    if answer.startswith("2") or is_missing(parcel):
        session.connection.execute(
            "UPDATE deliveries SET delivered_at = ?, attempts = attempts + 1, answer = ?"
            " WHERE seq = ?",
            (time.time(), answer, parcel.delivery),
        )
        settle_event(session, parcel)
        return
    pause = min(2.0**parcel.attempts, LONGEST_PAUSE_SECONDS)
    session.connection.execute(
        "UPDATE deliveries SET attempts = attempts + 1, answer = ?, due_at = ? WHERE seq = ?",
        (answer, time.time() + pause, parcel.delivery),
    )


def postpone(session: Session, parcel: Parcel, seconds: float) -> None:
    """Put a delivery back for later."""
    session.connection.execute(
        "UPDATE deliveries SET due_at = ? WHERE seq = ?",
        (time.time() + seconds, parcel.delivery),
    )


def settle_event(session: Session, parcel: Parcel) -> None:
    """One webhook fewer is outstanding for the event."""
    event = session.find(parcel.event["id"], "event")
    if event is not None:
        event["pending_webhooks"] = max(0, event["pending_webhooks"] - 1)
        session.replace(event)


def outstanding(session: Session) -> int:
    """How many deliveries have not arrived and will still be tried."""
    row = session.connection.execute(
        "SELECT count(*) FROM deliveries WHERE delivered_at IS NULL AND attempts < ?", (ATTEMPTS,)
    ).fetchone()
    return int(row[0])


def requeue(session: Session, event: str) -> int:
    """Send an event again to every endpoint that had it; how many deliveries that makes."""
    rows = session.connection.execute(
        "SELECT DISTINCT endpoint FROM deliveries WHERE event = ?", (event,)
    ).fetchall()
    for (endpoint,) in rows:
        events.queue(session, event, endpoint)
    return len(rows)
