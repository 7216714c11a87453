"""Stripe's idempotency: one stored answer per account and key, 500s included.

A key is claimed before the work begins. Until the answer is stored, a second request with it gets
409; afterwards the same request gets the stored answer and any other request an error. Keys are
pruned after 24 hours by the emulator's clock, and then a repeated request is a new one: that is
Stripe's documented behaviour and the reason why nobody may resend after a day.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import Any

from voucher.sandbox.stripe_emulator import problems
from voucher.sandbox.stripe_emulator.store import Session

LIFE_SECONDS = 86_400
KEY_LIMIT = 255


@dataclass(frozen=True)
class StoredAnswer:
    """What was answered the first time."""

    status: int
    body: dict[str, Any]


def fingerprint(path: str, params: dict[str, Any]) -> str:
    """A digest of the address and the parameters, whatever their order."""
    text = json.dumps([path, params], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def claim(session: Session, key: str, mark: str) -> StoredAnswer | None:
    """Take the key for a new request, or hand back what was answered before.

    Raises the problems of a key that is in use or was used for something else.
    """
    if len(key) > KEY_LIMIT:
        raise problems.invalid("The idempotency key is too long.", "Idempotency-Key")
    prune(session)
    row = session.connection.execute(
        "SELECT fingerprint, status, body FROM idempotency WHERE account = ? AND key = ?",
        (session.account, key),
    ).fetchone()
    if row is None:
        session.connection.execute(
            "INSERT INTO idempotency (account, key, fingerprint, created) VALUES (?, ?, ?, ?)",
            (session.account, key, mark, session.now()),
        )
        return None
    if row[0] != mark:
        raise problems.key_reused(key)
    if row[1] is None:
        raise problems.key_in_use(key)
    return StoredAnswer(row[1], json.loads(row[2]))


def keep(session: Session, key: str, status: int, body: dict[str, Any]) -> None:
    """Store the answer under the claimed key."""
    session.connection.execute(
        "UPDATE idempotency SET status = ?, body = ? WHERE account = ? AND key = ?",
        (status, json.dumps(body), session.account, key),
    )


def let_go(session: Session, key: str) -> None:
    """Give the key back: the request never began, so it may come again."""
    session.connection.execute(
        "DELETE FROM idempotency WHERE account = ? AND key = ? AND status IS NULL",
        (session.account, key),
    )


def prune(session: Session) -> None:
    """Forget the keys that are older than a day by the emulator's clock."""
    session.connection.execute(
        "DELETE FROM idempotency WHERE created <= ?", (session.now() - LIFE_SECONDS,)
    )
