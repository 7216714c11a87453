"""The emulator's books on disk: what they refuse, and books of an earlier shape."""

import sqlite3

import pytest

from voucher.sandbox.stripe_emulator.store import PLATFORM, Store

OLD_BALANCES = """
CREATE TABLE balances (
    account TEXT PRIMARY KEY, available INTEGER NOT NULL CHECK (available >= 0)
);
INSERT INTO balances VALUES ('acct_1SandboxPlatform', 700);
"""


def test_the_books_themselves_refuse_an_overdraft(tmp_path):
    store = Store(tmp_path)
    with pytest.raises(sqlite3.IntegrityError), store.session() as session:
        session.move(PLATFORM, -1)
    with store.session() as session:
        session.move(PLATFORM, 100)
    with pytest.raises(sqlite3.IntegrityError), store.session() as session:
        session.move(PLATFORM, -101)
    with store.session() as session:
        assert session.balance(PLATFORM) == 100


def test_books_from_before_overdrafts_are_taken_over(tmp_path):
    connection = sqlite3.connect(tmp_path / "stripe-emulator.sqlite3")
    connection.executescript(OLD_BALANCES)
    connection.close()
    for _ in "ab":
        with Store(tmp_path).session() as session:
            assert session.balance(PLATFORM) == 700
            session.allow_overdraft(PLATFORM, 5)
            assert session.overdraft(PLATFORM) == 5
