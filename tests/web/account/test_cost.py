"""Knowing who asks costs two statements, however many places they belong to."""

from tests.factories.scheme import AT, make_business
from tests.people import make_cast, sign_in_quickly
from tests.web.statements import counting
from voucher.accounts.operations import join_business


def test_identity_costs_two_statements(app, client, arrange):
    with arrange():
        cast = make_cast()
        for _ in range(5):
            join_business(user_id=cast.owner.user_id, business_id=make_business().id, at=AT)
    sign_in_quickly(client, cast.owner)
    with counting(app) as seen:
        assert client.get("/accessibility-statement").status_code == 200
    assert len(seen) <= 2, seen
    with counting(app) as seen:
        assert client.get("/account/details").status_code == 200
    assert len(seen) <= 3, seen


def test_a_stranger_costs_nothing(app, client):
    with counting(app) as seen:
        client.get("/accessibility-statement")
    assert seen == []
