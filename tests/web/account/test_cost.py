"""Knowing who asks costs two statements, however many places they belong to."""

from contextlib import contextmanager

from sqlalchemy import event

from tests.factories.scheme import AT, make_business
from tests.people import make_cast, sign_in_quickly
from voucher.accounts.operations import join_business
from voucher.core.db import db


@contextmanager
def statements(app):
    seen = []
    with app.app_context():
        engine = db.engine

    def note(_connection, _cursor, statement, *_rest):
        if not statement.startswith(("BEGIN", "PRAGMA", "SAVEPOINT")):
            seen.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(engine, "before_cursor_execute", note)


def test_identity_costs_two_statements(app, client, arrange):
    with arrange():
        cast = make_cast()
        for _ in range(5):
            join_business(user_id=cast.owner.user_id, business_id=make_business().id, at=AT)
    sign_in_quickly(client, cast.owner)
    with statements(app) as seen:
        assert client.get("/accessibility-statement").status_code == 200
    assert len(seen) <= 2, seen
    with statements(app) as seen:
        assert client.get("/account/details").status_code == 200
    assert len(seen) <= 3, seen


def test_a_stranger_costs_nothing(app, client):
    with statements(app) as seen:
        client.get("/accessibility-statement")
    assert seen == []
