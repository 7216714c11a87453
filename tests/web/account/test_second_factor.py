"""The app that staff need: setting it up, its codes, recovery codes."""

import re
import threading

import pytest

from tests.people import PASSWORD, make_cast, next_code, sign_in, sign_in_quickly
from voucher.accounts.models import User
from voucher.accounts.roles import Role
from voucher.core import clock
from voucher.core.db import session, transaction
from voucher.sandbox.cast import code_at

pytestmark = pytest.mark.both_databases


@pytest.fixture
def cast(arrange):
    with arrange():
        return make_cast()


def forget_app(app, person):
    with app.app_context(), transaction():
        user = session.get(User, person.user_id)
        user.tf_primary_method = user.tf_totp_secret = None


def code_for(key: str) -> str:
    from passlib.totp import TOTP

    made = TOTP(key=key, format="base32").generate(time=int(clock.now().timestamp()))
    return made.token


def half_way(client, person):
    """Give the password, and stand before the question for the code."""
    values = {"email": person.email, "password": PASSWORD}
    return client.submit("/account/sign-in", values)


def test_staff_are_not_in_before_the_code(client, cast):
    answer = half_way(client, cast.approver)
    assert answer.page.heading == "Enter the code from your app"
    assert client.get("/account/details").status_code == 302
    assert client.get("/staff/team/recovery").status_code == 302


def test_staff_without_an_app_set_one_up_before_anything_else(app, client, cast):
    forget_app(app, cast.approver)
    answer = half_way(client, cast.approver)
    assert answer.page.heading == "Protect your account with an app"
    assert client.get("/account/details").status_code == 302
    shown = client.submit("/account/app")
    key = re.sub(r"\s|-", "", re.search(r'scheme-code">([^<]+)<', shown.page.html)[1])
    token = shown.page.form().find(".//input[@name='csrf_token']").get("value")
    wrong = client.post("/account/code", data={"code": "000000", "csrf_token": token})
    assert "That code is not right" in wrong.page.errors[0]
    right = client.post("/account/code", data={"code": code_for(key), "csrf_token": token})
    assert right.status_code == 302
    assert client.get("/account/details").status_code == 200
    with app.app_context():
        stored = session.get(User, cast.approver.user_id).tf_totp_secret
        session.rollback()
    assert key not in stored


def test_one_code_opens_one_session(client, clients, cast):
    second = clients()
    half_way(client, cast.approver)
    half_way(second, cast.approver)
    code = next_code(client, cast.approver)
    assert client.submit("/account/code", {"code": code}).page.errors == []
    refused = second.submit("/account/code", {"code": code})
    assert "has been used" in refused.page.errors[0]
    assert second.get("/account/details").status_code == 302


def test_a_code_older_than_the_last_one_is_refused(client, clients, cast):
    half_way(client, cast.approver)
    now = clock.now()
    step = int(now.timestamp()) // 30
    client.submit("/account/code", {"code": code_at(now, last_counter=step)})
    second = clients()
    half_way(second, cast.approver)
    refused = second.submit("/account/code", {"code": code_at(now)})
    assert refused.page.errors
    assert second.get("/account/details").status_code == 302


@pytest.mark.parametrize("code", ["", "12345", "1234567", "abcdef", "１２３４５６", "0" * 500])
def test_what_is_no_code_is_refused(client, cast, code):
    half_way(client, cast.approver)
    answer = client.submit("/account/code", {"code": code})
    assert answer.page.errors
    assert client.get("/account/details").status_code == 302


def test_staff_can_not_do_without_the_app(app, client, cast):
    sign_in(client, cast.approver)
    page = client.get("/account/app").page
    assert "Stop using an app" not in page.text
    token = page.form().find(".//input[@name='csrf_token']").get("value")
    client.post("/account/app", data={"setup": "disable", "csrf_token": token})
    with app.app_context():
        assert session.get(User, cast.approver.user_id).has_second_factor
        session.rollback()


def test_without_an_app_nobody_acts_as_staff_whatever_their_session_says(app, client, cast):
    forget_app(app, cast.manager)
    sign_in_quickly(client, cast.manager)
    assert client.get("/staff/team/").status_code == 403
    assert client.get("/account/").location == "/account/app"


def test_recovery_codes_are_shown_once_and_work_once(app, client, clients, cast):
    sign_in(client, cast.approver)
    made = client.submit("/account/recovery-codes", button="Make new codes")
    codes = re.findall(r"\b[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}\b", made.page.text)
    assert len(codes) == 8
    for address in ("/account/recovery-codes", "/account/recovery-codes?show_codes=y"):
        assert codes[0] not in client.get(address).page.html
    with app.app_context():
        stored = session.get(User, cast.approver.user_id).mf_recovery_codes
        session.rollback()
    assert not any(code in str(stored) for code in codes)

    lost = clients()
    half_way(lost, cast.approver)
    typed = codes[0].replace("-", " ").upper()
    lost.submit("/account/recovery-code", {"code": typed})
    assert lost.get("/account/details").status_code == 200

    thief = clients()
    half_way(thief, cast.approver)
    refused = thief.submit("/account/recovery-code", {"code": codes[0]})
    assert refused.page.errors == ["That recovery code is not right or has been used."]
    assert thief.get("/account/details").status_code == 302


def test_new_recovery_codes_end_the_old(client, clients, cast):
    sign_in(client, cast.approver)
    old = client.submit("/account/recovery-codes", button="Make new codes")
    code = re.search(r"\b[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}\b", old.page.text)[0]
    client.submit("/account/recovery-codes", button="Make new codes")
    lost = clients()
    half_way(lost, cast.approver)
    assert lost.submit("/account/recovery-code", {"code": code}).page.errors


def test_a_business_may_use_an_app_and_is_asked_from_then_on(client, clients, cast):
    sign_in(client, cast.owner)
    shown = client.submit("/account/app", button="Set up an app")
    key = re.sub(r"\s|-", "", re.search(r'scheme-code">([^<]+)<', shown.page.html)[1])
    form = shown.page.form()
    token = form.find(".//input[@name='csrf_token']").get("value")
    done = client.post(form.get("action"), data={"code": code_for(key), "csrf_token": token})
    assert done.status_code == 302
    assert half_way(clients(), cast.owner).page.heading == "Enter the code from your app"


def test_the_code_page_is_not_for_those_who_gave_no_password(client):
    for path in ("/account/code", "/account/recovery-code", "/account/app"):
        assert client.get(path).status_code == 302
    assert client.get("/account/code/rescue").status_code == 404


def test_an_invited_business_person_becomes_staff_only_with_an_app(app, client, clients, cast):
    manager = sign_in_quickly(clients(), cast.manager)
    manager.submit(
        "/staff/team/",
        {"email": cast.nobody.email, "role": Role.AUDITOR.value},
        button="Send the invitation",
    )
    sign_in(client, cast.nobody)
    path = client.get("/account/begin").page.link("Join The scheme’s staff")
    landed = client.submit(path, button="Accept the invitation")
    assert landed.page.heading == "Sign in"
    assert half_way(client, cast.nobody).page.heading == "Protect your account with an app"


@pytest.mark.parametrize("kind", ["recovery", "app"])
def test_at_the_same_moment_one_code_still_opens_one_session(client, clients, cast, kind):
    sign_in(client, cast.approver)
    made = client.submit("/account/recovery-codes", button="Make new codes")
    code = re.search(r"\b[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}\b", made.page.text)[0]
    path = "/account/recovery-code"
    if kind == "app":
        code, path = next_code(client, cast.approver), "/account/code"
    crowd = [clients() for _ in range(5)]
    for each in crowd:
        half_way(each, cast.approver)
    tokens = [
        each.get(path).page.form().find(".//input[@name='csrf_token']").get("value")
        for each in crowd
    ]
    start = threading.Barrier(len(crowd))

    def use(each, token):
        start.wait()
        each.post(path, data={"code": code, "csrf_token": token})

    threads = [threading.Thread(target=use, args=pair) for pair in zip(crowd, tokens, strict=True)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    let_in = [each.get("/account/details").status_code for each in crowd]
    assert sorted(let_in) == [200, 302, 302, 302, 302]
