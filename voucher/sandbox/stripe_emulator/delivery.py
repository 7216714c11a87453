"""The courier: a background thread that moves payouts on and delivers signed webhooks.

Both by the emulator's own clock: advancing it by three days brings three-day-late webhooks. Failed
deliveries come again with growing pauses for about three days, as at Stripe.
"""

from __future__ import annotations

import hashlib
import http.client
import logging
import threading
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from voucher.sandbox.stripe_emulator import events, payouts, webhook_endpoints
from voucher.sandbox.stripe_emulator import faults as fault_list
from voucher.sandbox.stripe_emulator.faults import Fault
from voucher.sandbox.stripe_emulator.spoiling import prepare, sign
from voucher.sandbox.stripe_emulator.store import Session, Store

__all__ = ["Courier", "outstanding", "requeue", "sign"]

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
    secrets: list[str]
    event: dict[str, Any]
    attempts: int
    fault: Fault | None


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
        if parcel.fault and parcel.fault.kind in POSTPONING:
            with self.store.session() as session:
                POSTPONING[parcel.fault.kind](session, parcel, parcel.fault)
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
    """The deliveries that are due, none while paused: oldest first, or shuffled by a seed."""
    if session.setting("webhooks_paused", False):
        return []
    rows = session.connection.execute(
        "SELECT seq, event, endpoint, attempts FROM deliveries WHERE delivered_at IS NULL"
        " AND due_at <= ? AND attempts < ? ORDER BY seq LIMIT ?",
        (session.now(), ATTEMPTS, BATCH),
    ).fetchall()
    seed = session.setting("webhooks_shuffled_by")
    if seed is not None:
        rows.sort(key=lambda row: hashlib.sha256(f"{seed}:{row[0]}".encode()).digest())
    return [parcel(session, *row) for row in rows]


def parcel(session: Session, delivery: int, event: str, endpoint: str, attempts: int) -> Parcel:
    """One row of the queue with all that is needed to send it."""
    body = session.find(event, "event") or {}
    place = session.find(endpoint, "webhook_endpoint") or {}
    fault = fault_list.take(session, "delivery", "", body["type"])
    secrets = webhook_endpoints.current_secrets(session, endpoint)
    return Parcel(delivery, place["url"], secrets, body, attempts, fault)


def post(parcel: Parcel) -> str:
    """Send the event; the answer's status, or what went wrong on the way."""
    payload, header = prepare(parcel.event, parcel.secrets, parcel.fault)
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


def record(session: Session, parcel: Parcel, answer: str) -> None:
    """Delivered on any 2xx (or lost on order); otherwise due again after a longer pause."""
    if answer.startswith("2") or is_missing(parcel):
        session.connection.execute(
            "UPDATE deliveries SET delivered_at = ?, attempts = attempts + 1, answer = ?"
            " WHERE seq = ?",
            (session.now(), answer, parcel.delivery),
        )
        settle_event(session, parcel)
        return
    pause = min(2.0**parcel.attempts, LONGEST_PAUSE_SECONDS)
    session.connection.execute(
        "UPDATE deliveries SET attempts = attempts + 1, answer = ?, due_at = ? WHERE seq = ?",
        (answer, session.now() + pause, parcel.delivery),
    )


def postpone(session: Session, parcel: Parcel, fault: Fault) -> None:
    """Put a delivery back for some seconds of the emulator's clock."""
    session.connection.execute(
        "UPDATE deliveries SET due_at = ? WHERE seq = ?",
        (session.now() + float(fault.parameters.get("seconds", 60)), parcel.delivery),
    )


def put_behind(session: Session, parcel: Parcel, fault: Fault) -> None:
    """Put a delivery behind everything that waits now, so that later events overtake it."""
    session.connection.execute(
        "UPDATE deliveries SET seq = (SELECT max(seq) + 1 FROM deliveries) WHERE seq = ?",
        (parcel.delivery,),
    )


POSTPONING = {"webhook_late": postpone, "webhook_shuffled": put_behind}


def follow_clock_back(session: Session, seconds: float) -> None:
    """The clock was put back by so many seconds: what waits goes on waiting as long as before."""
    session.connection.execute(
        "UPDATE deliveries SET due_at = due_at - ? WHERE delivered_at IS NULL", (seconds,)
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
