"""A forgotten password, a changed one, and what happens to other sessions."""

import pytest

from tests.people import PASSWORD, make_cast, sign_in
from tests.web.account.outbox import link_in, mail_to

NEW = "four quite different words"


@pytest.fixture
def cast(arrange):
    with arrange():
        return make_cast()


def ask(client, email):
    return client.submit("/account/password/reset", {"email": email})


def test_a_forgotten_password_is_replaced_and_every_session_ends(app, client, clients, cast):
    elsewhere = clients()
    sign_in(elsewhere, cast.owner)
    ask(client, cast.owner.email)
    path = link_in(mail_to(app, cast.owner.email)[0])
    client.submit(path, {"password": NEW, "password_confirm": NEW})
    assert elsewhere.get("/account/details").status_code == 302
    assert sign_in(client, cast.owner).page.errors
    assert sign_in(client, cast.owner, NEW).request.path == "/business/"
    assert mail_to(app, cast.owner.email)[-1].subject == "Your password was changed"


def test_the_link_works_once(app, client, cast):
    ask(client, cast.owner.email)
    path = link_in(mail_to(app, cast.owner.email)[0])
    client.submit(path, {"password": NEW, "password_confirm": NEW})
    again = client.get(path, follow_redirects=True)
    assert again.page.heading == "Get a new password"
    assert "has been used" in again.page.text


def test_opening_the_link_changes_nothing(app, client, cast):
    ask(client, cast.owner.email)
    client.get(link_in(mail_to(app, cast.owner.email)[0]))
    assert sign_in(client, cast.owner).request.path == "/business/"


def test_resetting_a_password_does_not_pass_by_the_app(app, client, cast):
    ask(client, cast.finance.email)
    path = link_in(mail_to(app, cast.finance.email)[0])
    client.submit(path, {"password": NEW, "password_confirm": NEW})
    values = {"email": cast.finance.email, "password": NEW}
    answer = client.submit("/account/sign-in", values)
    assert answer.page.heading == "Enter the code from your app"


def test_asking_for_an_unknown_address_looks_the_same_and_sends_nothing(app, client, cast):
    known, unknown = ask(client, cast.owner.email), ask(client, "nobody@example.org")
    assert known.page.text == unknown.page.text
    assert mail_to(app, "nobody@example.org") == []


def test_the_link_names_our_address_whatever_the_request_says(app, client, cast):
    page = client.get("/account/password/reset").page
    token = page.form().find(".//input[@name='csrf_token']").get("value")
    client.post(
        "/account/password/reset",
        data={"email": cast.owner.email, "csrf_token": token},
        headers={"Host": "evil.example", "X-Forwarded-Host": "evil.example"},
        base_url="http://localhost",
    )
    for message in mail_to(app, cast.owner.email):
        assert "evil.example" not in message.text_body + message.html_body


def change(client, old, new, again=None):
    return client.submit(
        "/account/password",
        {"password": old, "new_password": new, "new_password_confirm": again or new},
    )


def test_changing_the_password_ends_the_other_sessions_and_keeps_this_one(client, clients, cast):
    elsewhere = clients()
    sign_in(elsewhere, cast.owner)
    sign_in(client, cast.owner)
    assert change(client, PASSWORD, NEW).page.errors == []
    assert client.get("/account/details").status_code == 200
    assert elsewhere.get("/account/details").status_code == 302


@pytest.mark.parametrize(
    ("old", "new", "again"),
    [
        ("not the old one", NEW, NEW),
        ("", NEW, NEW),
        (PASSWORD, PASSWORD, PASSWORD),
        (PASSWORD, NEW, "something else"),
        (PASSWORD, "short", "short"),
        (PASSWORD, "Oona Owner it is", "Oona Owner it is"),
        (PASSWORD, "x" * 300, "x" * 300),
    ],
)
def test_a_change_that_breaks_a_rule_changes_nothing(client, cast, old, new, again):
    sign_in(client, cast.owner)
    assert change(client, old, new, again).page.errors
    assert sign_in(client, cast.owner).request.path == "/business/"
