"""What to do when a claim does not go as agreed: the page, and the ways to it."""

import pytest

from tests.factories.cases import make_officer
from tests.factories.scheme import make_business, make_member
from voucher.accounts.roles import Role
from voucher.core.db import session
from voucher.web.staff.situations import SITUATIONS


def signed_in(arrange, clients, make):
    with arrange():
        person = make()
        session.refresh(person)
        session.expunge(person)
    return clients().sign_in(person)


@pytest.mark.parametrize("role", [Role.CASEWORKER, Role.APPROVER, Role.FINANCE, Role.AUDITOR])
def test_every_situation_says_who_where_what_and_when(arrange, clients, role):
    page = signed_in(arrange, clients, lambda: make_officer(role)).get("/staff/what-to-do/").page
    assert len(SITUATIONS) == 8
    for each in SITUATIONS:
        for words in (each.title, each.who, each.amounts, each.books, each.too_late):
            assert words in page.text


def test_every_link_leads_to_a_page(app):
    for each in SITUATIONS:
        assert each.links
        for endpoint, _ in each.links:
            assert endpoint in app.view_functions


def test_claims_and_payments_lead_to_it(arrange, clients):
    who = signed_in(arrange, clients, lambda: make_officer(Role.APPROVER))
    words = "What to do when something does not go as agreed"
    assert who.get("/staff/claims/").page.link(words) == "/staff/what-to-do/"
    finance = signed_in(arrange, clients, lambda: make_officer(Role.FINANCE))
    assert finance.get("/staff/payments/").page.link(words) == "/staff/what-to-do/"


def test_it_is_for_the_staff_alone(arrange, clients):
    make = lambda: make_member(Role.BUSINESS, business=make_business())  # noqa: E731
    assert signed_in(arrange, clients, make).get("/staff/what-to-do/").status_code == 403
