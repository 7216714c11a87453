"""The chain of events: sealing, and every way of tampering with it behind our back."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from tests.factories.scheme import make_business
from voucher.audit.models import AuditSeal
from voucher.audit.operations import record, seal
from voucher.audit.queries import timeline, verify_chain
from voucher.core.db import transaction

AT = datetime(2026, 6, 15, 9, 0, tzinfo=UTC)


@pytest.fixture
def chain(session):
    """Five sealed events on one business, committed."""
    with transaction():
        business = make_business()
        for number in range(5):
            record(
                action="application.noted",
                subject=business,
                at=AT + timedelta(minutes=number),
                by=None if number else 7,
                case="APP-TEST",
                details={"number": number, "words": "größer & O'Neill"},
            )
        seal(at=AT)
    return business


def tamper(session, statement):
    """Run SQL as somebody who owns the database and has taken the trigger away would."""
    dialect = session.get_bind().dialect.name
    if dialect == "postgresql":
        session.execute(text("SET LOCAL session_replication_role = replica"))
        session.execute(text(statement))
    else:
        session.execute(text("PRAGMA defer_foreign_keys = ON"))
        for name in ("audit_event", "audit_seal"):
            for verb in ("update", "delete"):
                session.execute(text(f"DROP TRIGGER IF EXISTS {name}_no_{verb}"))
        session.execute(text(statement))
    session.expire_all()


def test_a_whole_chain_verifies(chain):
    found = verify_chain()
    assert (found.sealed, found.unsealed, found.fault) == (5, 0, None)
    assert verify_chain(found.head).whole


def test_sealing_twice_seals_nothing_twice(chain):
    with transaction():
        assert seal(at=AT) == 0
    assert verify_chain().sealed == 5


def test_events_written_later_are_sealed_on_top(chain):
    head = verify_chain().head
    with transaction():
        record(action="application.held", subject=chain, at=AT, by=1)
    assert verify_chain().unsealed == 1
    with transaction():
        assert seal(at=AT) == 1
    found = verify_chain(head)
    assert (found.sealed, found.unsealed, found.whole) == (6, 0, True)


@pytest.mark.parametrize(
    "column",
    [
        "action = 'application.approved'",
        "actor_user_id = 99",
        "record_id = record_id + 1",
        "case_reference = 'APP-OTHER'",
        "details = '{\"number\": 3}'",
        "content_sha256 = '" + "a" * 64 + "'",
    ],
)
def test_a_changed_event_is_named(session, chain, column):
    third = session.query(AuditSeal).filter_by(position=3).one().event_id
    tamper(session, f"UPDATE audit_event SET {column} WHERE id = {third}")
    assert f"event {third} " in verify_chain().fault


def test_a_deleted_event_is_named(session, chain):
    third = session.query(AuditSeal).filter_by(position=3).one().event_id
    tamper(session, f"DELETE FROM audit_event WHERE id = {third}")
    assert verify_chain().fault == f"event {third} (seal 3) is missing"


def test_a_deleted_seal_is_named(session, chain):
    tamper(session, "DELETE FROM audit_seal WHERE position = 3")
    assert verify_chain().fault == "seal 3 is missing: the next one found is 4"


def test_a_shortened_chain_is_seen_with_the_published_head(session, chain):
    head = verify_chain().head
    tamper(session, "DELETE FROM audit_seal WHERE position = 5")
    assert verify_chain().whole
    assert head in verify_chain(head).fault


def test_swapped_events_do_not_fit(session, chain):
    tamper(session, "UPDATE audit_seal SET previous_hash = 'x' WHERE position = 2")
    assert "does not fit the chain" in verify_chain().fault


@pytest.mark.parametrize("table", ["audit_event", "audit_seal"])
@pytest.mark.parametrize("statement", ["UPDATE {} SET {} = {}", "DELETE FROM {}"])
def test_the_database_itself_refuses_changes(session, chain, table, statement):
    column = "action" if table == "audit_event" else "hash"
    with pytest.raises(DBAPIError, match="append-only"):
        session.execute(text(statement.format(table, column, column)))
    session.rollback()


def test_an_event_stands_or_falls_with_its_transaction(session, chain):
    def hold_and_fail():
        with transaction():
            record(action="application.held", subject=chain, at=AT, by=1)
            raise RuntimeError("the operation failed")

    with pytest.raises(RuntimeError, match="the operation failed"):
        hold_and_fail()
    assert verify_chain().unsealed == 0


def test_the_timeline_of_a_case_is_newest_first(chain):
    assert [event.details["number"] for event in timeline("APP-TEST")] == [4, 3, 2, 1, 0]
    assert timeline("APP-NONE") == []
