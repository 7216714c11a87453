"""Faults on order: each kind says at which moment of a request, or of a delivery, it strikes.

A fault is a row: kind, optional method and path prefix, how often, parameters. The first row that
fits is used up once per strike. Kinds by moment:

arrival     before anything, nothing is remembered: unauthorised (401), forbidden (403),
            key_in_use (409), rate_limited, lock_timeout (429), unavailable (503), dropped_before
claimed     the key is taken, nothing has been done: error_before (500, stored),
            insufficient_funds (stored), held_before
effect      the work is committed but a 500 is answered, and stored: error_after
answer      the answer is on its way, be it new or stored: dropped_after, held_after,
            malformed_after (as: cut, empty, page), webhook_first (its events arrive before it)
delivery    of a webhook: webhook_missing, webhook_duplicated, webhook_late (seconds of the
            emulator's clock), webhook_shuffled (behind what waits), webhook_forged, webhook_stale,
            webhook_future, webhook_livemode, webhook_thin, webhook_unknown, webhook_huge (bytes)

`held_…` waits until `/_control/release`, or for the parameter `seconds`. A spoilt webhook that is
refused comes again in order, as Stripe's own would.
"""

from __future__ import annotations

import json
import threading
from dataclasses import dataclass
from typing import Any

from voucher.sandbox.stripe_emulator.store import Session

KINDS = {
    "unauthorised": "arrival",
    "forbidden": "arrival",
    "key_in_use": "arrival",
    "rate_limited": "arrival",
    "lock_timeout": "arrival",
    "unavailable": "arrival",
    "dropped_before": "arrival",
    "error_before": "claimed",
    "insufficient_funds": "claimed",
    "held_before": "claimed",
    "error_after": "effect",
    "dropped_after": "answer",
    "held_after": "answer",
    "malformed_after": "answer",
    "webhook_first": "answer",
    "webhook_missing": "delivery",
    "webhook_duplicated": "delivery",
    "webhook_late": "delivery",
    "webhook_shuffled": "delivery",
    "webhook_forged": "delivery",
    "webhook_stale": "delivery",
    "webhook_future": "delivery",
    "webhook_livemode": "delivery",
    "webhook_thin": "delivery",
    "webhook_unknown": "delivery",
    "webhook_huge": "delivery",
}
LONGEST_HOLD_SECONDS = 120


@dataclass(frozen=True)
class Fault:
    """One strike of a fault."""

    kind: str
    parameters: dict[str, Any]


def order(
    session: Session,
    kind: str,
    *,
    method: str = "",
    path: str = "",
    times: int = 1,
    parameters: dict[str, Any] | None = None,
) -> None:
    """Order a fault. For deliveries, `path` is the beginning of the event's type.

    Raises KeyError for a kind that does not exist.
    """
    if kind not in KINDS:
        raise KeyError(kind)
    session.connection.execute(
        "INSERT INTO faults (kind, method, path, remaining, parameters) VALUES (?, ?, ?, ?, ?)",
        (kind, method, path, times, json.dumps(parameters or {})),
    )


def take(session: Session, moment: str, method: str, path: str) -> Fault | None:
    """Use up one strike of the first fault that fits this moment, or None."""
    rows = session.connection.execute(
        "SELECT seq, kind, parameters FROM faults WHERE remaining > 0"
        " AND method IN ('', ?) AND substr(?, 1, length(path)) = path ORDER BY seq",
        (method, path),
    ).fetchall()
    for seq, kind, parameters in rows:
        if KINDS[kind] == moment:
            session.connection.execute(
                "UPDATE faults SET remaining = remaining - 1 WHERE seq = ?", (seq,)
            )
            return Fault(kind, json.loads(parameters))
    return None


def pending(session: Session) -> list[dict[str, Any]]:
    """The faults that have strikes left."""
    rows = session.connection.execute(
        "SELECT kind, method, path, remaining FROM faults WHERE remaining > 0 ORDER BY seq"
    )
    names = ("kind", "method", "path", "remaining")
    return [dict(zip(names, row, strict=True)) for row in rows]


def forget_all(session: Session) -> None:
    """Call off every fault."""
    session.connection.execute("DELETE FROM faults")


class Holds:
    """Requests that wait. `release` lets all of them go on; who waits can be awaited too."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._waiting = 0
        self._released = 0

    def wait(self, seconds: float) -> None:
        """Wait here until the next release, at most `seconds`."""
        with self._changed:
            ticket = self._released
            self._waiting += 1
            self._changed.notify_all()
            self._changed.wait_for(lambda: self._released > ticket, timeout=seconds)
            self._waiting -= 1

    def release(self) -> int:
        """Let every waiting request go on; how many there were."""
        with self._changed:
            self._released += 1
            self._changed.notify_all()
            return self._waiting

    def await_waiting(self, seconds: float) -> bool:
        """Block until at least one request waits; False when none came in time."""
        with self._changed:
            return self._changed.wait_for(lambda: self._waiting > 0, timeout=seconds)
