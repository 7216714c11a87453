"""Accounts in a real browser: every page of signing in and of teams, in its states."""

import re
from urllib.parse import urlsplit

import pytest

from tests.people import PASSWORD, make_cast, next_code_of
from voucher.core.db import session
from voucher.notifications.models import Message

LONG = "Wolstenholme-Featherstonehaugh & Daughters of Todmorden, Hebden Bridge and Mytholmroyd Ltd"


@pytest.fixture
def cast(arrange):
    with arrange():
        return make_cast()


def press(visitor, words):
    visitor.page.get_by_role("button", name=words, exact=True).click()
    return visitor.look()


def latest_link(app, email):
    with app.app_context():
        query = session.query(Message).filter_by(recipient=email).order_by(Message.id.desc())
        text = query.first().text_body
        session.rollback()
    return urlsplit(re.search(r"https?://\S+", text)[0]).path


def test_from_no_account_to_a_team(app, visitor, visitors, cast):
    visitor.go("/account/register")
    press(visitor, "Create an account").look("account-register-errors")
    for label, value in (
        ("Your full name", "Wren Hartley"),
        ("Email address", "wren@example.org"),
        ("Choose a password", PASSWORD),
        ("Type the password again", PASSWORD),
    ):
        visitor.page.get_by_label(label).fill(value)
    press(visitor, "Create an account")
    visitor.go(latest_link(app, "wren@example.org")).look("account-confirm")
    press(visitor, "Confirm my address")
    visitor.page.get_by_label("Email address").fill("wren@example.org")
    visitor.page.get_by_label("Password").fill(PASSWORD)
    press(visitor, "Sign in").look("account-begin")
    press(visitor, "Continue")
    visitor.page.get_by_label("I want to try a technology").check()
    visitor.page.get_by_label("Name of your business").fill(LONG)
    press(visitor, "Continue")
    visitor.go("/account/team/")
    visitor.page.get_by_label("Email address").fill(cast.nobody.email)
    press(visitor, "Send the invitation").look("account-team")
    guest = visitors().sign_in(cast.nobody)
    guest.go("/account/begin")
    guest.go(latest_link(app, cast.nobody.email)).look("account-invitation")
    press(guest, "Accept the invitation")
    guest.go("/account/details").look("account-details")


def test_staff_sign_in_with_their_app(app, visitor, cast):
    visitor.go("/account/sign-in")
    visitor.page.get_by_label("Email address").fill(cast.manager.email)
    visitor.page.get_by_label("Password").fill("not the one")
    press(visitor, "Sign in").look("account-sign-in-wrong")
    visitor.page.get_by_label("Password").fill(PASSWORD)
    press(visitor, "Sign in").look("account-code")
    visitor.page.get_by_label("6-digit code").fill("000000")
    press(visitor, "Continue")
    visitor.page.get_by_label("6-digit code").fill(next_code_of(app, cast.manager))
    press(visitor, "Continue")
    visitor.go("/account/app").look("account-app")
    press(visitor, "Set up an app").look("account-app-picture")
    visitor.go("/account/recovery-codes")
    press(visitor, "Make new codes").look("account-recovery-codes")
    visitor.go("/account/password")
    press(visitor, "Change the password")
    visitor.go("/account/verify")


def test_the_staff_page_and_the_recovery(visitor, visitors, cast):
    visitor.sign_in(cast.manager).go("/staff/team/").look("staff-team")
    press(visitor, "Send the invitation").look("staff-team-errors")
    visitor.go("/staff/team/recovery")
    press(visitor, "Ask for it")
    visitor.page.get_by_label("Email address of the person").fill(cast.finance.email)
    visitor.page.get_by_label("How did you make sure").fill("I met her at the office.")
    press(visitor, "Ask for it").look("staff-recovery-first")
    second = visitors().sign_in(cast.approver)
    second.go("/staff/team/recovery").look("staff-recovery-second")


def test_the_ways_back_in(app, visitor, cast):
    visitor.go("/account/password/reset")
    visitor.page.get_by_label("Email address").fill(cast.owner.email)
    press(visitor, "Send me the link").look("account-reset-sent")
    visitor.go(latest_link(app, cast.owner.email)).look("account-reset")
    press(visitor, "Save the new password")
    visitor.go("/account/confirm")
    visitor.go("/account/confirm/no-such-token").look("account-dead-link")
