"""The first pages people see, in a real browser."""

import pytest

from tests.factories.scheme import make_member
from voucher.accounts.roles import Role

PAGES = ["/", "/accessibility-statement", "/privacy-notice", "/cookies"]


def test_public_pages_are_in_order(visitor):
    for path in PAGES:
        visitor.go(path)
        assert visitor.page.locator("h1").count() == 1


def test_what_is_not_there_says_so_and_leads_on(visitor):
    visitor.go("/no-such-page")
    assert "not found" in visitor.page.title().lower()


def test_the_browser_checks_can_fail(visitor):
    visitor.page.goto(visitor.address + "/")
    visitor.page.evaluate("document.querySelector('h1').style.width = '2000px'")
    with pytest.raises(AssertionError, match="px wide"):
        visitor.look()
    visitor.page.evaluate("document.body.innerHTML = '<input>'")
    with pytest.raises(AssertionError, match="Form elements must have labels"):
        visitor.look()
    visitor.page.evaluate("setTimeout(() => { throw new Error('broken') }, 0)")
    visitor.page.wait_for_function("() => true")
    visitor.page.goto(visitor.address + "/")
    with pytest.raises(AssertionError, match="broken"):
        visitor.look()


def test_somebody_signed_in_reaches_their_pages(visitor, arrange):
    with arrange():
        auditor = make_member(Role.AUDITOR)
    visitor.sign_in(auditor).go("/staff/audit/")
    assert visitor.page.url == f"{visitor.address}/staff/audit/"
