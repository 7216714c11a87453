"""The books, statements and reports on them, as people see them at both widths."""

import pytest

from tests.factories.books import BusyScheme
from tests.factories.cases import make_officer
from tests.factories.scheme import make_member
from voucher.accounts.roles import Role
from voucher.core.db import session


@pytest.fixture
def busy(arrange):
    with arrange():
        return BusyScheme()


def person(arrange, make):
    with arrange():
        found = make()
        session.expunge(found)
    return found


def test_finance_reads_the_books_and_makes_the_claim(arrange, busy, visitor):
    visitor.sign_in(person(arrange, lambda: make_officer(Role.FINANCE)))
    visitor.go("/staff/books/").look("books-accounts")
    visitor.page.get_by_role("link", name="Paid to providers’ banks").first.click()
    visitor.look("books-entries")
    visitor.go("/staff/books/entries?first-day=40").look("books-filter-error")
    visitor.go("/staff/books/reports/").look("books-reports-empty")
    visitor.page.get_by_role("link", name="Claim to the funder").click()
    for name, value in zip(("day", "month", "year"), ("1", "6", "2026"), strict=True):
        visitor.page.fill(f"#first-{name}", value)
    for name, value in zip(("day", "month", "year"), ("31", "7", "2026"), strict=True):
        visitor.page.fill(f"#last-{name}", value)
    visitor.page.select_option("#programme", busy.programme.slug)
    visitor.page.get_by_role("button", name="Show").click()
    visitor.look("books-funder-claim")
    visitor.page.get_by_role("button", name="Make this claim").click()
    visitor.look("books-report-kept")
    assert "The books give the same figures today" in visitor.page.inner_text("main")
    slug = busy.programme.slug
    day = "day-day=15&day-month=7&day-year=2026"
    visitor.go(f"/staff/books/reports/accruals?programme={slug}&{day}").look("books-accruals")
    visitor.go(f"/staff/books/reports/year?programme={slug}&year=2027").look("books-year")
    visitor.go("/staff/books/reports/year?programme=").look("books-year-error")
    address = f"/staff/books/statements/{busy.provider.reference}"
    visitor.go(address).look("books-statements")
    visitor.go(f"{address}/2026-07").look("books-statement")
    visitor.go("/staff/books/reports/").look("books-reports")


def test_a_provider_reads_its_statement_and_asks_for_a_pdf(arrange, busy, visitor):
    member = person(arrange, lambda: make_member(Role.PROVIDER, provider=busy.provider))
    visitor.sign_in(member)
    visitor.go("/provider/money/")
    visitor.page.get_by_role("link", name="Monthly statements").click()
    visitor.look("statements")
    visitor.page.get_by_role("link", name="July 2026").click()
    visitor.look("statement")
    visitor.page.get_by_role("button", name="Make a PDF").click()
    visitor.look("statements-waiting")
    assert "Waiting to be built" in visitor.page.inner_text("main")
