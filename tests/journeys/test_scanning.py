"""A voucher's QR code, scanned by a provider who has to sign in first."""

import pytest

from tests.browser import DESKTOP
from tests.factories.work import agree, make_job
from tests.people import PASSWORD, password_hash
from voucher.core import clock
from voucher.core.db import session
from voucher.core.references import display_code
from voucher.vouchers.queries import code_of


@pytest.fixture
def job(app, arrange):
    key = app.extensions["settings"].voucher_code_key.encode()
    with arrange():
        made = agree(make_job(at=clock.now(), code_key=key), at=clock.now())
        made.worker.password = password_hash(PASSWORD)
        session.flush()
        made.code = display_code(code_of(voucher=made.voucher, code_key=key))
        for person in (made.worker, made.owner):
            session.refresh(person)
            session.expunge(person)
    return made


@pytest.fixture
def asked(app):
    """Every address that the server is asked for, with query."""
    seen = []

    def note():
        from flask import request

        seen.append(request.full_path)

    app.before_request_funcs.setdefault(None, []).append(note)
    yield seen
    app.before_request_funcs[None].remove(note)


def sign_in(page, person):
    page.get_by_label("Email address").fill(person.email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()


def test_the_code_is_still_there_after_signing_in_and_never_in_an_address(visitor, job, asked):
    visitor.go(f"/redeem#{job.code}").look("scanned")
    assert visitor.page.url.endswith("/redeem")
    assert visitor.page.get_by_text("We have kept the code").is_visible()
    assert not visitor.page.get_by_text("type the code").is_visible()
    visitor.page.get_by_role("button", name="Sign in and redeem").click()
    sign_in(visitor.page, job.worker)
    visitor.look("scanned-and-signed-in")
    assert visitor.page.get_by_label("Voucher code").input_value() == job.code
    visitor.page.get_by_role("button", name="Check the code").click()
    visitor.look()
    assert visitor.page.get_by_role("button", name="Redeem").is_visible()
    visitor.go("/provider/redeem")
    assert visitor.page.get_by_label("Voucher code").input_value() == ""
    assert asked
    assert not [path for path in asked if job.code[:9] in path]


def test_who_is_signed_in_already_lands_on_the_filled_form(visitor, job):
    visitor.sign_in(job.worker).go(f"/redeem#{job.code}")
    assert visitor.page.get_by_label("Voucher code").input_value() == job.code
    assert visitor.page.url.endswith("/provider/redeem")


@pytest.mark.parametrize("behind", ["", "#", "#%E0%A4%A", "#main", "#<b>x</b>aaaaaaaaaaaa"])
def test_what_is_no_code_is_not_kept(visitor, job, behind):
    visitor.go(f"/redeem{behind}")
    assert visitor.page.get_by_text("type the code").is_visible()
    visitor.sign_in(job.worker).go("/provider/redeem")
    assert visitor.page.get_by_label("Voucher code").input_value() == ""


def test_without_a_script_the_page_says_to_type_it(browser, address, job):
    context = browser.new_context(java_script_enabled=False, viewport=DESKTOP)
    try:
        page = context.new_page()
        page.goto(f"{address}/redeem#{job.code}")
        assert page.get_by_text("type the code").is_visible()
        assert not page.get_by_text("We have kept the code").is_visible()
        page.get_by_role("button", name="Sign in and redeem").click()
        sign_in(page, job.worker)
        page.get_by_label("Voucher code").fill(job.code)
        page.get_by_role("button", name="Check the code").click()
        assert page.get_by_role("button", name="Redeem").is_visible()
    finally:
        context.close()
