"""The pages of keys: make one, see its secret once, replace it, revoke it; nobody else's."""

import re

import pytest
from sqlalchemy import select

from tests.factories.programs import EVERYTHING, Program
from tests.factories.scheme import make_member, make_provider
from voucher.accounts.roles import Role
from voucher.core.db import session
from voucher.providers.api_keys.models import ApiKey

SECRET = re.compile(r"ttvkey_[0-9A-Za-z_-]{51}")
VALUES = {"name": "Till", "scopes": ["claims:read"], "life_days": "90"}


@pytest.fixture
def person(arrange):
    with arrange():
        made = make_member(Role.PROVIDER, provider=make_provider())
        session.refresh(made)
        session.expunge(made)
    return made


@pytest.fixture
def browser(client, person):
    return client.sign_in(person)


def stored(app):
    with app.app_context():
        return session.execute(select(ApiKey).order_by(ApiKey.id)).scalars().all()


def make(browser, **values):
    answer = browser.submit("/provider/api-keys/new", {**VALUES, **values})
    assert answer.status_code == 200
    return SECRET.search(answer.page.text)[0]


def test_a_key_is_made_and_its_secret_is_shown_once(browser, app, clients):
    assert "No keys yet" in browser.get("/provider/api-keys/").page.text
    secret = make(browser, scopes=list(EVERYTHING))
    assert Program(clients(), secret).get("/key").json["scopes"] == list(EVERYTHING)
    (key,) = stored(app)
    for path in ("/provider/api-keys/", f"/provider/api-keys/{key.reference}"):
        page = browser.get(path).page
        assert secret not in page.html
        assert secret[:11] in page.text
    assert "Last used" in page.text
    assert "Never" not in page.text


def test_a_form_that_says_too_little_is_shown_again(browser, app):
    answer = browser.submit("/provider/api-keys/new", {})
    assert len(answer.page.errors) == 3
    assert stored(app) == []


def test_a_replaced_key_goes_on_for_a_while(browser, app, clients):
    old = make(browser)
    (key,) = stored(app)
    answer = browser.submit(f"/provider/api-keys/{key.reference}", button="Replace this key")
    new = SECRET.search(answer.page.text)[0]
    assert "The old key" in answer.page.text
    for secret in (old, new):
        assert Program(clients(), secret).get("/key").status_code == 200
    listed = browser.get("/provider/api-keys/").page.text
    assert "Replaced, ending" in listed
    assert "Replace it" not in browser.get(f"/provider/api-keys/{key.reference}").page.text


def test_a_revoked_key_is_refused_at_once(browser, app, clients):
    secret = make(browser)
    (key,) = stored(app)
    answer = browser.submit(f"/provider/api-keys/{key.reference}", button="Revoke this key")
    assert "Revoked" in answer.page.text
    assert Program(clients(), secret).get("/key").json["code"] == "key_revoked"
    again = browser.post("/provider/api-keys/revoke", data={"key": key.reference})
    assert again.status_code == 400  # No token: the button is gone with the page's form.


def test_another_providers_key_is_not_found(browser, app, arrange, clients):
    make(browser)
    (key,) = stored(app)
    with arrange():
        made = make_member(Role.PROVIDER, provider=make_provider())
        session.refresh(made)
        session.expunge(made)
    stranger = clients().sign_in(made)
    assert stranger.get(f"/provider/api-keys/{key.reference}").status_code == 404
    token = stranger.get("/provider/api-keys/new").page.elements("input", name="csrf_token")[0]
    sent = {"key": key.reference, "csrf_token": token.get("value")}
    for act in ("replace", "revoke"):
        assert stranger.post(f"/provider/api-keys/{act}", data=sent).status_code == 404
    assert stored(app)[0].revoked_at is None


def test_the_way_to_the_keys(browser):
    team = browser.get("/account/team/").page
    assert browser.get(team.link("API keys")).page.heading == "API keys"


def test_the_interface_can_be_read(client):
    page = client.get("/api").page
    assert "Redeem a voucher" in page.text
    assert page.elements(id="voucher_expired")
    assert client.get(page.link("openapi.json")).json["openapi"] == "3.1.0"
