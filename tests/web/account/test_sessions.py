"""A session ends on our side: a stolen copy of the cookie is worth nothing afterwards."""

import re
from datetime import timedelta

import pytest

from tests.factories.scheme import AT, make_user
from tests.people import PASSWORD, make_cast, sign_in, sign_in_quickly
from tests.web.account.test_second_factor import code_for
from voucher.accounts.jobs import forget_old_sessions
from voucher.accounts.models import SignedInSession
from voucher.accounts.operations import begin_session, end_session
from voucher.accounts.operations.sessions import KEPT_AFTER_THE_END
from voucher.audit.models import AuditEvent
from voucher.core import clock
from voucher.core.db import session, transaction

NEW = "four quite different words"
INSIDE = "/account/details"


@pytest.fixture
def cast(arrange):
    with arrange():
        return make_cast()


def copy_of(client, clients):
    """Somebody else with a copy of everything that the client's browser holds."""
    thief = clients()
    with client.session_transaction() as cookie:
        held = dict(cookie)
    with thief.session_transaction() as cookie:
        cookie.update(held)
    assert thief.get(INSIDE).status_code == 200
    return thief


def is_in(client):
    return client.get(INSIDE).status_code == 200


def change(app, **values):
    """Set columns of the only live session."""
    with app.app_context(), transaction():
        held = session.query(SignedInSession).filter_by(ended_at=None).one()
        for name, value in values.items():
            setattr(held, name, value)


def test_signing_out_ends_every_copy_of_the_cookie(client, clients, cast):
    sign_in(client, cast.owner)
    thief = copy_of(client, clients)
    client.submit(INSIDE, button="Sign out")
    assert not is_in(client)
    assert not is_in(thief)
    assert "You have been signed out" in thief.get("/account/sign-in").page.text


def test_another_device_stays_signed_in_until_one_signs_out_everywhere(app, client, clients, cast):
    phone, desk = clients(), clients()
    for device in (client, phone, desk):
        sign_in(device, cast.owner)
    phone.submit(INSIDE, button="Sign out")
    assert is_in(client)
    assert is_in(desk)
    page = client.submit(INSIDE, button="Sign out on every device").page
    assert "You are signed out on every device." in page.text
    assert not is_in(client)
    assert not is_in(desk)
    with app.app_context():
        found = session.query(AuditEvent).filter_by(action="user.signed_out_everywhere").one()
        assert found.actor_user_id == cast.owner.user_id
        assert session.query(SignedInSession).filter_by(ended_at=None).count() == 0
    sign_in(client, cast.owner)
    assert is_in(client)


def test_a_new_password_ends_every_other_session(client, clients, cast):
    sign_in(client, cast.owner)
    thief = copy_of(client, clients)
    values = {"password": PASSWORD, "new_password": NEW, "new_password_confirm": NEW}
    client.submit("/account/password", values)
    assert is_in(client)
    assert not is_in(thief)


def test_an_app_set_up_ends_every_other_session(client, clients, cast):
    sign_in(client, cast.owner)
    other = sign_in_quickly(clients(), cast.owner)
    shown = client.submit("/account/app", button="Set up an app")
    key = re.sub(r"\s|-", "", re.search(r'scheme-code">([^<]+)<', shown.page.html)[1])
    form = shown.page.form()
    token = form.find(".//input[@name='csrf_token']").get("value")
    client.post(form.get("action"), data={"code": code_for(key), "csrf_token": token})
    assert is_in(client)
    assert not is_in(other)


@pytest.mark.parametrize(
    ("who", "unused", "goes_on"),
    [
        ("caseworker", timedelta(minutes=29), True),
        ("caseworker", timedelta(minutes=31), False),
        ("owner", timedelta(hours=11, minutes=59), True),
        ("owner", timedelta(hours=12, minutes=1), False),
    ],
)
def test_an_unused_session_runs_out(app, client, cast, who, unused, goes_on):
    sign_in_quickly(client, getattr(cast, who))
    last = clock.now() - unused
    change(app, began_at=last, last_seen_at=last)
    assert is_in(client) is goes_on
    assert is_in(client) is goes_on


@pytest.mark.parametrize(
    ("who", "age", "goes_on"),
    [
        ("caseworker", timedelta(hours=11, minutes=59), True),
        ("caseworker", timedelta(hours=12, minutes=1), False),
        ("owner", timedelta(days=6, hours=23), True),
        ("owner", timedelta(days=7, minutes=1), False),
    ],
)
def test_no_session_lasts_for_ever_however_much_it_is_used(app, client, cast, who, age, goes_on):
    sign_in_quickly(client, getattr(cast, who))
    change(app, began_at=clock.now() - age)
    assert is_in(client) is goes_on


def test_use_is_noted_by_looking_too_though_not_at_every_page(app, client, cast):
    sign_in_quickly(client, cast.owner)
    before = clock.now() - timedelta(minutes=30)
    change(app, began_at=before, last_seen_at=before)
    for _ in range(2):
        assert is_in(client)
        with app.app_context():
            seen = session.query(SignedInSession).one().last_seen_at
            assert clock.now() - seen < timedelta(minutes=1)
    fresh = seen
    is_in(client)
    with app.app_context():
        assert session.query(SignedInSession).one().last_seen_at == fresh


def test_a_token_of_somebody_else_is_worth_nothing(app, client, clients, cast):
    sign_in(client, cast.owner)
    other = sign_in_quickly(clients(), cast.stranger)
    with client.session_transaction() as cookie:
        token = cookie["signed_in"]
    for value in (token, "", "x", "\x00"):
        with other.session_transaction() as cookie:
            cookie["signed_in"] = value
        assert not is_in(other)
        sign_in_quickly(other, cast.stranger)
    with other.session_transaction() as cookie:
        del cookie["signed_in"]
    assert not is_in(other)


def test_staff_whose_session_moved_have_ended_it_for_the_thief_too(client, clients, cast):
    sign_in(client, cast.finance)
    thief = copy_of(client, clients)
    assert thief.get(INSIDE, headers={"User-Agent": "Another/1.0"}).status_code == 302
    assert not is_in(thief)
    assert not is_in(client)


def test_old_sessions_are_forgotten_and_live_ones_stay(app, arrange):
    at = clock.now()
    with arrange():
        user = make_user()
        begin_session(user=user, token="long over", at=AT)
        end_session(token="long over", at=AT)
        begin_session(user=user, token="long unused", at=at - KEPT_AFTER_THE_END * 2)
        begin_session(user=user, token="live", at=at)
    with app.app_context():
        forget_old_sessions(at)
        kept = session.query(SignedInSession).all()
        assert [held.began_at for held in kept] == [at]
