"""Guessing is slowed down, and nobody is locked out by somebody else's guessing."""

import pytest

from tests.people import PASSWORD, make_cast, sign_in

SOMEWHERE, ELSEWHERE = "203.0.113.{}", "198.51.100.7"


@pytest.fixture
def cast(arrange):
    with arrange():
        return make_cast()


def guess(client, email, password="wrong guess", address=ELSEWHERE):
    page = client.get("/account/sign-in").page
    token = page.form().find(".//input[@name='csrf_token']").get("value")
    return client.post(
        "/account/sign-in",
        data={"email": email, "password": password, "csrf_token": token},
        environ_base={"REMOTE_ADDR": address},
    )


def test_the_eleventh_guess_from_one_place_waits(client, cast):
    answers = [guess(client, cast.owner.email).status_code for _ in range(11)]
    assert answers == [200] * 10 + [429]
    # Not even the right password is tried now, and case makes no other account.
    assert guess(client, cast.owner.email.upper(), PASSWORD).status_code == 429


def test_other_people_at_the_same_place_are_not_kept_out(client, cast):
    for _ in range(11):
        guess(client, cast.owner.email)
    assert guess(client, cast.provider.email, PASSWORD).status_code == 302


def test_guessing_from_everywhere_is_slowed_but_the_owners_device_still_gets_in(
    client, clients, cast
):
    sign_in(client, cast.owner)
    client.submit("/account/details", button="Sign out")
    attacker = clients()
    answers = [
        guess(attacker, cast.owner.email, address=SOMEWHERE.format(number % 30)).status_code
        for number in range(61)
    ]
    assert answers[:59] == [200] * 59
    assert answers[-1] == 429
    stranger = clients()
    assert guess(stranger, cast.owner.email, PASSWORD, "192.0.2.1").status_code == 429
    assert guess(client, cast.owner.email, PASSWORD, "192.0.2.2").status_code == 302


def test_a_made_up_device_cookie_is_worth_nothing(client, cast):
    client.set_cookie("voucher_device", "WyJ4IixbXV0.forged")
    answers = [guess(client, cast.owner.email).status_code for _ in range(11)]
    assert answers[-1] == 429


def test_codes_can_not_be_guessed_quickly_either(client, cast):
    client.submit("/account/sign-in", {"email": cast.approver.email, "password": PASSWORD})
    token = client.get("/account/code").page.form().find(".//input[@name='csrf_token']")
    data = {"code": "000000", "csrf_token": token.get("value")}
    answers = [client.post("/account/code", data=data).status_code for _ in range(11)]
    assert answers[-1] == 429


def test_a_place_that_asks_for_much_mail_waits(client, cast):
    for number in range(20):
        client.submit("/account/password/reset", {"email": f"p{number}@example.org"})
    answer = client.submit("/account/password/reset", {"email": cast.owner.email})
    assert answer.status_code == 429
