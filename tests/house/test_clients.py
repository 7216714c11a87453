"""The client that the tests of pages use is what it says: a browser with a person before it."""

import pytest

from tests.factories.scheme import make_member
from tests.page import PageProblem
from voucher.accounts.roles import Role


@pytest.fixture
def auditor(arrange):
    with arrange():
        user = make_member(Role.AUDITOR)
    return user


def test_somebody_signed_in_is_let_in_and_nobody_is_not(client, auditor):
    assert client.get("/staff/audit/").status_code == 302
    assert client.sign_in(auditor).get("/staff/audit/").status_code == 200
    assert client.sign_out().get("/staff/audit/").status_code == 302


def test_two_clients_are_two_people(clients, auditor):
    one, other = clients(), clients()
    one.sign_in(auditor)
    assert other.get("/staff/audit/").status_code == 302


def test_a_form_is_filled_in_as_people_see_it(client):
    answer = client.submit(
        "/account/sign-in", {"email": "nobody@x.example", "password": "wrong-pass-phrase"}
    )
    assert answer.page.errors
    assert 'value="nobody@x.example"' in answer.page.html


def test_what_is_not_in_the_form_can_not_be_filled_in(client):
    with pytest.raises(PageProblem, match="has no"):
        client.submit("/account/sign-in", {"is_admin": "yes"})


def test_a_form_without_its_token_is_refused(client):
    answer = client.post("/account/sign-in", data={"email": "a@x.example", "password": "x"})
    assert answer.status_code == 400


def test_requests_are_not_sent_from_inside_a_session(session, request):
    with pytest.raises(AssertionError, match="use `arrange`"):
        request.getfixturevalue("client")
