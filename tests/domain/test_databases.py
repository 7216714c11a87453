"""The databases that the tests run on are what they claim to be, and each test gets a fresh one."""

import pytest
from sqlalchemy import inspect, text
from sqlalchemy.exc import DBAPIError

from tests.databases import KINDS


def rows_by_table(session):
    tables = inspect(session.connection()).get_table_names()
    counts = {}
    for table in tables:
        counts[table] = session.execute(text(f'SELECT count(*) FROM "{table}"')).scalar_one()
    return counts


@pytest.mark.parametrize("turn", [1, 2, 3])
def test_what_one_test_commits_the_next_does_not_see(session, turn):
    session.execute(text("CREATE TABLE IF NOT EXISTS leftover (turn INTEGER)"))
    session.rollback()
    users = 'INSERT INTO "user" (email, full_name, active, fs_uniquifier, registered_at, '
    users += "totp_last_counter) VALUES ('same@x.example', 'x', TRUE, 'same', CURRENT_TIMESTAMP, 0)"
    session.execute(text(users))
    session.commit()
    assert rows_by_table(session)["user"] == 1


def test_each_kind_is_that_kind(session, database_kind):
    dialect = session.connection().dialect.name
    assert {"sqlite": "sqlite", "postgres": "postgresql"}[database_kind] == dialect
    assert database_kind in KINDS


def test_the_tables_were_laid_by_the_migrations(session):
    counts = rows_by_table(session)
    assert counts["alembic_version"] == 1
    assert len(counts) > 30


def test_foreign_keys_hold(session, database_kind):
    if database_kind == "sqlite":
        assert session.execute(text("PRAGMA foreign_keys")).scalar_one() == 1
    else:
        role = session.execute(text("SHOW session_replication_role")).scalar_one()
        assert role == "origin"


def test_an_error_does_not_say_what_people_answered(session):
    """What the database refuses is logged; the values in it are people's own."""
    with pytest.raises(DBAPIError) as refused:
        session.execute(text("INSERT INTO nowhere VALUES (:answer)"), {"answer": "a secret"})
    assert "a secret" not in str(refused.value)
    session.rollback()
