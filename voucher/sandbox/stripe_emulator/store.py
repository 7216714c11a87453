"""The emulator's books on disk: one SQLite file, separate from the application's database.

Every Stripe object is a row holding its JSON body; balances are a table of their own whose
triggers refuse an overdraft that was not allowed. A `Session` is one transaction on behalf of one
account.
"""

from __future__ import annotations

import json
import secrets
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from voucher.core import clock

PLATFORM = "acct_1SandboxPlatform"

SCHEMA = """
CREATE TABLE IF NOT EXISTS objects (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    kind TEXT NOT NULL,
    account TEXT NOT NULL,
    created INTEGER NOT NULL,
    body TEXT NOT NULL CHECK (json_valid(body)),
    private TEXT NOT NULL DEFAULT '{}' CHECK (json_valid(private))
);
CREATE INDEX IF NOT EXISTS objects_listed ON objects (kind, account, seq);
CREATE INDEX IF NOT EXISTS objects_grouped
    ON objects (json_extract(body, '$.transfer_group')) WHERE kind = 'transfer';
CREATE INDEX IF NOT EXISTS payouts_due
    ON objects (json_extract(private, '$.due_at')) WHERE kind = 'payout';
CREATE TABLE IF NOT EXISTS balances (
    account TEXT PRIMARY KEY,
    available INTEGER NOT NULL,
    overdraft INTEGER NOT NULL DEFAULT 0 CHECK (overdraft >= 0)
);
CREATE TRIGGER IF NOT EXISTS no_overdraft_added BEFORE INSERT ON balances
WHEN NEW.available < -NEW.overdraft BEGIN SELECT raise(ABORT, 'overdrawn'); END;
CREATE TRIGGER IF NOT EXISTS no_overdraft_moved BEFORE UPDATE OF available ON balances
WHEN NEW.available < OLD.available AND NEW.available < -NEW.overdraft
BEGIN SELECT raise(ABORT, 'overdrawn'); END;
CREATE TABLE IF NOT EXISTS idempotency (
    account TEXT NOT NULL,
    key TEXT NOT NULL,
    fingerprint TEXT NOT NULL,
    created INTEGER NOT NULL,
    status INTEGER,
    body TEXT,
    PRIMARY KEY (account, key)
);
CREATE TABLE IF NOT EXISTS deliveries (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    event TEXT NOT NULL,
    endpoint TEXT NOT NULL,
    due_at REAL NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0,
    delivered_at REAL,
    answer TEXT
);
CREATE INDEX IF NOT EXISTS deliveries_due ON deliveries (due_at) WHERE delivered_at IS NULL;
CREATE TABLE IF NOT EXISTS faults (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    kind TEXT NOT NULL,
    method TEXT NOT NULL DEFAULT '',
    path TEXT NOT NULL DEFAULT '',
    remaining INTEGER NOT NULL CHECK (remaining >= 0),
    parameters TEXT NOT NULL DEFAULT '{}'
);
CREATE TABLE IF NOT EXISTS settings (name TEXT PRIMARY KEY, value TEXT NOT NULL);
"""


@dataclass(frozen=True)
class Origin:
    """Who asked: the scoped account, the request and its idempotency key, our own address."""

    account: str = PLATFORM
    request_id: str | None = None
    key: str | None = None
    base_url: str = ""


def new_id(prefix: str) -> str:
    """An identifier of Stripe's shape, `prefix_1` and 22 random characters."""
    return f"{prefix}_1{secrets.token_hex(11)}"


class Session:
    """One transaction: objects, balances and settings, seen on behalf of `origin.account`."""

    def __init__(self, connection: sqlite3.Connection, origin: Origin) -> None:
        self.connection = connection
        self.origin = origin

    @property
    def account(self) -> str:
        """The account whose objects this conversation sees."""
        return self.origin.account

    def now(self) -> int:
        """Unix seconds by the emulator's own clock (frozen, or the wall clock with an offset)."""
        frozen = self.setting("clock_frozen_at")
        if frozen is not None:
            return int(frozen)
        return int(clock.now().timestamp() + float(self.setting("clock_offset", 0)))

    def setting(self, name: str, default: Any = None) -> Any:
        """A stored setting, or `default`."""
        row = self.connection.execute(
            "SELECT value FROM settings WHERE name = ?", (name,)
        ).fetchone()
        return default if row is None else json.loads(row[0])

    def keep_setting(self, name: str, value: Any) -> None:
        """Store a setting; None forgets it."""
        if value is None:
            self.connection.execute("DELETE FROM settings WHERE name = ?", (name,))
            return
        self.connection.execute(
            "INSERT INTO settings VALUES (?, ?) "
            "ON CONFLICT (name) DO UPDATE SET value = excluded.value",
            (name, json.dumps(value)),
        )

    def add(
        self,
        body: dict[str, Any],
        *,
        account: str | None = None,
        private: dict[str, Any] | None = None,
    ) -> dict[str, Any]:
        """Store a new object under its own `object` kind and hand it back."""
        self.connection.execute(
            "INSERT INTO objects (id, kind, account, created, body, private)"
            " VALUES (?, ?, ?, ?, ?, ?)",
            (
                body["id"],
                body["object"],
                account or self.account,
                body["created"],
                json.dumps(body),
                json.dumps(private or {}),
            ),
        )
        return body

    def find(
        self, identifier: str, kind: str | None = None, account: str | None = None
    ) -> dict[str, Any] | None:
        """An object by id, of a kind and in an account if they are given; None when absent."""
        row = self.connection.execute(
            "SELECT body FROM objects WHERE id = ? AND (? IS NULL OR kind = ?)"
            " AND (? IS NULL OR account = ?)",
            (identifier, kind, kind, account, account),
        ).fetchone()
        return None if row is None else json.loads(row[0])

    def owner(self, identifier: str) -> str | None:
        """The account in which an object lives."""
        row = self.connection.execute(
            "SELECT account FROM objects WHERE id = ?", (identifier,)
        ).fetchone()
        return None if row is None else row[0]

    def replace(self, body: dict[str, Any]) -> dict[str, Any]:
        """Write an object's new body."""
        self.connection.execute(
            "UPDATE objects SET body = ? WHERE id = ?", (json.dumps(body), body["id"])
        )
        return body

    def put_out_of_reach(self, account: str) -> None:
        """An account that has left the platform: its books stay, but nobody finds it again."""
        self.connection.execute(
            "UPDATE objects SET kind = 'departed_account' WHERE id = ? AND kind = 'account'",
            (account,),
        )

    def remove(self, identifier: str) -> None:
        """Delete an object (webhook endpoints only)."""
        self.connection.execute("DELETE FROM objects WHERE id = ?", (identifier,))

    def private(self, identifier: str) -> dict[str, Any]:
        """What the emulator remembers of an object and Stripe would not show."""
        row = self.connection.execute(
            "SELECT private FROM objects WHERE id = ?", (identifier,)
        ).fetchone()
        return {} if row is None else json.loads(row[0])

    def keep_private(self, identifier: str, private: dict[str, Any]) -> None:
        """Replace what the emulator remembers of an object."""
        self.connection.execute(
            "UPDATE objects SET private = ? WHERE id = ?", (json.dumps(private), identifier)
        )

    def every(self, kind: str) -> list[dict[str, Any]]:
        """All objects of a kind in any account, oldest first."""
        rows = self.connection.execute(
            "SELECT body FROM objects WHERE kind = ? ORDER BY seq", (kind,)
        )
        return [json.loads(row[0]) for row in rows]

    def forget_everything(self) -> None:
        """Empty the books; only the payout delay stays as it was set at the start."""
        for table in ("objects", "balances", "idempotency", "deliveries", "faults"):
            self.connection.execute(f"DELETE FROM {table}")  # noqa: S608
        self.connection.execute("DELETE FROM settings WHERE name <> 'payout_delay'")

    def balance(self, account: str) -> int:
        """Available pence of an account."""
        row = self.connection.execute(
            "SELECT available FROM balances WHERE account = ?", (account,)
        ).fetchone()
        return 0 if row is None else row[0]

    def overdraft(self, account: str) -> int:
        """By how many pence a reversal may take an account below nothing."""
        row = self.connection.execute(
            "SELECT overdraft FROM balances WHERE account = ?", (account,)
        ).fetchone()
        return 0 if row is None else row[0]

    def allow_overdraft(self, account: str, pence: int) -> None:
        """Let reversals take an account below nothing, down to `-pence`."""
        self.connection.execute(
            "INSERT INTO balances VALUES (?, 0, ?) "
            "ON CONFLICT (account) DO UPDATE SET overdraft = excluded.overdraft",
            (account, pence),
        )

    def move(self, account: str, pence: int) -> None:
        """Add `pence` (negative to take away) to a balance; the caller has checked the cover."""
        moved = self.connection.execute(
            "UPDATE balances SET available = available + ? WHERE account = ?", (pence, account)
        )
        if not moved.rowcount:
            self.connection.execute(
                "INSERT INTO balances (account, available) VALUES (?, ?)", (account, pence)
            )


def set_old_balances_aside(connection: sqlite3.Connection) -> None:
    """Books of the time before overdrafts: their table of balances makes way for the new one."""
    columns = {row[1] for row in connection.execute("PRAGMA table_info(balances)")}
    if columns and "overdraft" not in columns:
        connection.execute("ALTER TABLE balances RENAME TO balances_without_overdraft")


def take_old_balances_over(connection: sqlite3.Connection) -> None:
    """Fill the new table of balances from the one set aside, if there is one."""
    if list(connection.execute("PRAGMA table_info(balances_without_overdraft)")):
        connection.executescript(
            "BEGIN; INSERT INTO balances (account, available)"
            " SELECT account, available FROM balances_without_overdraft;"
            " DROP TABLE balances_without_overdraft; COMMIT;"
        )


class Store:
    """The file with the books. Each session opens its own connection: threads share nothing."""

    def __init__(self, directory: Path) -> None:
        directory.mkdir(parents=True, exist_ok=True)
        self.path = directory / "stripe-emulator.sqlite3"
        with closing(self._connect()) as connection:
            connection.execute("PRAGMA journal_mode = WAL")
            set_old_balances_aside(connection)
            connection.executescript(SCHEMA)
            take_old_balances_over(connection)
            # A key whose request died with the last process would answer "in use" for ever.
            connection.execute("DELETE FROM idempotency WHERE status IS NULL")

    def _connect(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self.path, isolation_level=None, timeout=10)
        connection.execute("PRAGMA synchronous = NORMAL")
        return connection

    @contextmanager
    def session(self, origin: Origin | None = None) -> Iterator[Session]:
        """One writing transaction: committed at the end, rolled back on any exception."""
        with closing(self._connect()) as connection:
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield Session(connection, origin or Origin())
            except BaseException:
                connection.execute("ROLLBACK")
                raise
            connection.execute("COMMIT")
