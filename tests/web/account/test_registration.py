"""Creating an account, and confirming that the address is one's own."""

import pytest

from tests.people import PASSWORD, make_cast
from tests.web.account.outbox import link_in, mail_to
from voucher.accounts.queries import user_by_email
from voucher.core.db import session

NEW = {
    "full_name": "Wren Hartley",
    "email": "Wren@Example.org",
    "password": PASSWORD,
    "password_confirm": PASSWORD,
}

pytestmark = pytest.mark.both_databases


def register(client, **changed):
    return client.submit("/account/register", {**NEW, **changed})


def person(app, email="wren@example.org"):
    with app.app_context():
        found = user_by_email(email)
        session.expunge_all()
        session.rollback()
        return found


def test_a_new_person_confirms_by_a_button_and_signs_in(app, client):
    answer = register(client)
    assert "We have sent an email to wren@example.org" in answer.page.text
    message = mail_to(app, "wren@example.org")[0]
    path = link_in(message)

    shown = client.get(path)
    assert "Is wren@example.org your address?" in shown.page.text
    assert person(app).confirmed_at is None

    client.submit(path)
    assert person(app).confirmed_at is not None
    landed = client.submit("/account/sign-in", {"email": "WREN@example.org", "password": PASSWORD})
    assert landed.page.heading == "Begin"


@pytest.mark.parametrize("method", ["get", "head", "options"])
def test_opening_the_link_confirms_nothing(app, client, method):
    register(client)
    getattr(client, method)(link_in(mail_to(app, "wren@example.org")[0]))
    assert person(app).confirmed_at is None


def test_the_link_is_dead_after_its_use(app, client):
    register(client)
    path = link_in(mail_to(app, "wren@example.org")[0])
    client.submit(path)
    assert client.get(path).status_code == 410
    assert client.get(path[:-3]).status_code == 410


def test_the_password_is_kept_as_argon2id_and_the_address_in_lower_case(app, client):
    register(client)
    found = person(app)
    assert found.password.startswith("$argon2id$")
    assert found.email == "wren@example.org"
    assert found.full_name == "Wren Hartley"


def test_without_confirming_there_is_no_way_in_and_the_owner_is_told_why(client):
    register(client)
    right = client.submit("/account/sign-in", {"email": NEW["email"], "password": PASSWORD})
    assert right.page.errors == ["Confirm your email address first: look for our email."]
    wrong = client.submit("/account/sign-in", {"email": NEW["email"], "password": "not the one"})
    assert wrong.page.errors == ["The email address or the password is not right."]


def test_an_address_that_is_taken_gets_the_same_answer_and_another_email(app, client, arrange):
    with arrange():
        cast = make_cast()
    fresh = register(client)
    taken = register(client, email=cast.owner.email)
    assert taken.request.path == fresh.request.path
    assert taken.page.text.replace(cast.owner.email, "X") == fresh.page.text.replace(
        "wren@example.org", "X"
    )
    message = mail_to(app, cast.owner.email)[0]
    assert message.subject == "You already have an account"
    assert person(app, cast.owner.email).full_name == cast.owner.name


def test_asking_again_for_the_link_sends_at_most_one_email_a_minute(app, client):
    register(client)
    for _ in range(3):
        answer = client.submit("/account/confirm", {"email": NEW["email"]})
        assert "If we know that address" in answer.page.text
    kinds = [message.kind for message in mail_to(app, "wren@example.org")]
    assert kinds.count("account.welcome") == 1
    assert 1 <= kinds.count("account.confirmation_instructions") <= 2


def test_asking_for_an_unknown_address_looks_the_same(app, client):
    register(client)
    known = client.submit("/account/confirm", {"email": NEW["email"]})
    unknown = client.submit("/account/confirm", {"email": "nobody@example.org"})
    assert unknown.page.text == known.page.text
    assert mail_to(app, "nobody@example.org") == []


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"full_name": ""}, "Enter your full name."),
        ({"full_name": "W" * 121}, "120 characters or fewer"),
        ({"full_name": "Wren\x00Hartley"}, "characters that can’t be used"),
        ({"full_name": "Wren\u202eyeltraH"}, "characters that can’t be used"),
        ({"email": ""}, "Enter your email address."),
        ({"email": "wren"}, "Enter an email address like"),
        ({"email": "wren@" + "x" * 300 + ".org"}, "Enter an email address like"),
        ({"email": "wr\x00en@example.org"}, "characters that can’t be used"),
        ({"email": "wren@example.org\r\nBcc: all@example.org"}, "Enter an email address like"),
        ({"password": "short", "password_confirm": "short"}, "at least 12 characters"),
        (
            {"password": "password1234", "password_confirm": "password1234"},
            "first that anybody tries",
        ),
        ({"password": "Wren Hartley is me", "password_confirm": "Wren Hartley is me"}, "your name"),
        ({"password_confirm": "three other words"}, "not the same"),
    ],
)
def test_bad_answers_are_named_at_their_field_and_nothing_is_stored(app, client, changed, words):
    answer = register(client, **changed)
    assert any(words in error for error in answer.page.errors), answer.page.errors
    assert person(app) is None
    if "full_name" not in changed:
        assert "Wren Hartley" in answer.page.html


def test_a_name_with_emoji_and_accents_is_a_name(app, client):
    register(client, full_name="Zoë O’Brien-Ñandú 🧵")
    assert person(app).full_name == "Zoë O’Brien-Ñandú 🧵"
