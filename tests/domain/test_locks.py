"""A locked row keeps others from changing it, and not from writing rows that refer to it."""

from datetime import UTC, datetime
from threading import Event

import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from tests.together import together
from voucher.accounts.models import User
from voucher.core.db import lock, session, transaction

PATIENCE = "SET LOCAL lock_timeout = '500ms'"


@pytest.fixture
def user_id(session, database_kind):
    if database_kind == "sqlite":
        pytest.skip("SQLite has one writer at a time: there is nothing to wait for")
    session.execute(text('CREATE TABLE referring (user_id BIGINT REFERENCES "user" (id))'))
    user = User(
        email="a@x.example",
        full_name="A",
        active=True,
        fs_uniquifier="a",
        registered_at=datetime(2026, 6, 15, 9, tzinfo=UTC),
        totp_last_counter=0,
    )
    session.add(user)
    session.commit()
    yield user.id
    session.rollback()
    session.execute(text("DROP TABLE referring"))
    session.commit()


def while_locked(app, user_id, statement):
    """Carry a statement out while another transaction holds the row; the error, if there was."""
    locked, done = Event(), Event()

    def hold():
        with transaction():
            lock(User, user_id)
            locked.set()
            done.wait(20)

    def write():
        locked.wait(20)
        try:
            with transaction():
                session.execute(text(PATIENCE))
                session.execute(text(statement), {"id": user_id})
        except OperationalError as error:
            return error
        finally:
            done.set()
        return None

    return together(app, hold, write)[1]


def test_a_row_may_refer_to_one_that_is_locked(app, user_id):
    # Else a worker that enters an attempt of a payment waits for whoever holds its round, who may
    # wait for the worker's claim: a deadlock.
    assert while_locked(app, user_id, "INSERT INTO referring VALUES (:id)") is None


def test_a_locked_row_is_changed_by_nobody_else(app, user_id):
    statement = "UPDATE \"user\" SET full_name = 'B' WHERE id = :id"
    assert "lock timeout" in str(while_locked(app, user_id, statement))
