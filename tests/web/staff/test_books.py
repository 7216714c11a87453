"""The books, statements and reports on the books, as finance and the auditor see them."""

import csv
import re
from io import StringIO

import pytest

from tests.factories.books import PENCE, BusyScheme
from tests.factories.cases import make_officer
from tests.web.statements import counting
from voucher.accounts.roles import Role
from voucher.core import clock
from voucher.core.db import session
from voucher.ledger.queries import balances
from voucher.payments.books.models import BooksDocument, BooksReport
from voucher.payments.books.operations import begin_document, fail_document

DAY = {"day-day": "15", "day-month": "7", "day-year": "2026"}
JUNE = {
    "first-day": "1",
    "first-month": "6",
    "first-year": "2026",
    "last-day": "30",
    "last-month": "6",
    "last-year": "2026",
}

HOME = "/staff/books/reports/"


@pytest.fixture
def busy(arrange):
    with arrange():
        return BusyScheme()


@pytest.fixture
def finance(arrange, client, busy):
    return signed_in(arrange, client, Role.FINANCE)


def signed_in(arrange, client, role):
    with arrange():
        person = make_officer(role)
        session.expunge(person)
    client.sign_in(person)
    return client


def rows_of(answer):
    text = answer.get_data(as_text=True)
    assert text.startswith("\ufeff")
    assert answer.headers["Content-Disposition"].startswith("attachment; filename=")
    return list(csv.reader(StringIO(text.removeprefix("\ufeff"))))


def pence_of(text):
    return int(text.replace(".", ""))


def test_the_accounts_come_to_what_the_books_say_in_few_statements(app, finance, busy):
    with counting(app) as seen:
        page = finance.get("/staff/books/").page
    assert "Programme’s Stripe balance" in page.text
    assert busy.rival.name in page.text
    sides = re.findall(r"Together (£[\d,.]+)", page.text)
    assert len(sides) == 2
    assert len(set(sides)) == 1
    assert "Together" not in finance.get("/staff/books/?kind=spent").page.text
    assert len(seen) <= 8, seen
    rows = rows_of(finance.get("/staff/books/accounts.csv"))
    with app.app_context():
        found = [one for one in balances() if one.used]
    assert len(rows) == len(found) + 1
    assert sum(pence_of(row[5]) for row in rows[1:]) == sum(one.pence for one in found)


def test_filters_narrow_accounts_and_file_alike(app, finance, busy):
    address = f"?kind=spent&part={busy.programme.slug}"
    page = finance.get(f"/staff/books/{address}").page
    assert "2 accounts" in page.text
    rows = rows_of(finance.get(f"/staff/books/accounts.csv{address}"))
    assert {row[0] for row in rows[1:]} == {"Spent"}
    assert sum(pence_of(row[5]) for row in rows[1:]) == 3 * PENCE - 45_000
    until_june = f"{address}&last-day=30&last-month=6&last-year=2026"
    rows = rows_of(finance.get(f"/staff/books/accounts.csv{until_june}"))
    assert sum(pence_of(row[5]) for row in rows[1:]) == 2 * PENCE
    alone = f"?provider={busy.rival.reference.lower()}"
    assert busy.rival.name in finance.get(f"/staff/books/{alone}").page.text
    assert "No account fits" in finance.get("/staff/books/?provider=nobody").page.text
    assert "No account fits" in finance.get("/staff/books/?provider=%25").page.text


def test_nonsense_in_the_address_counts_as_no_filter(finance):
    page = finance.get("/staff/books/?kind=gold&part=none&page=x").page
    assert "Programme’s Stripe balance" in page.text
    answer = finance.get("/staff/books/?first-day=1")
    assert answer.status_code == 422
    assert "The first day must include a month and year" in answer.page.text
    assert finance.get("/staff/books/entries?last-day=99").status_code == 422


def test_entries_say_who_when_and_what_caused_them_in_few_statements(app, finance, busy):
    with counting(app) as seen:
        page = finance.get(f"/staff/books/entries?provider={busy.provider.reference}").page
    assert f"/staff/payments/{busy.paid.reference}" in page.html
    assert "Written off" in page.text
    assert "Fictional Person" in finance.get("/staff/books/entries?kind=payable").page.text
    assert len(seen) <= 8, seen
    assert "No entry fits" in finance.get("/staff/books/entries?provider=nobody").page.text


def test_the_file_of_entries_has_all_of_them(finance, busy):
    rows = rows_of(finance.get(f"/staff/books/entries.csv?kind=spent&part={busy.programme.slug}"))
    sums = {"in": 0, "out": 0}
    for row in rows[1:]:
        sums["in"] += pence_of(row[14]) * (row[11] == "Spent")
        sums["out"] += pence_of(row[14]) * (row[8] == "Spent")
    assert sums["in"] - sums["out"] == 3 * PENCE - 45_000
    assert len(rows[0]) == len(rows[1]) == 16
    assert {(row[5], row[15]) for row in rows[1:]} >= {
        ("transferred", "Transferred to the provider")
    }


def test_many_entries_are_turned_over(finance):
    page = finance.get("/staff/books/entries?page=2").page
    assert "/staff/books/entries?page=1" in page.html
    assert finance.get("/staff/books/entries?page=99999").status_code == 200


def test_a_statement_of_a_provider_and_its_file(app, finance, busy):
    reference = busy.provider.reference
    assert "June 2026" in finance.get(f"/staff/books/statements/{reference}").page.text
    with counting(app) as seen:
        page = finance.get(f"/staff/books/statements/{reference}/2026-07").page
    assert len(seen) <= 10, seen
    assert "Set off against a debt" in page.text
    rows = rows_of(finance.get(f"/staff/books/statements/{reference}/2026-07/lines.csv"))
    assert rows[1][1] == "Brought forward"
    for place in range(5, 9):
        assert sum(pence_of(row[place]) for row in rows[1:-1]) == pence_of(rows[-1][place])
    assert finance.get(f"/staff/books/statements/{reference}/2026-07/none.csv").status_code == 404
    for wrong in ("2026-13", "2199-01", "july"):
        assert finance.get(f"/staff/books/statements/{reference}/{wrong}").status_code == 404


def send(client, address, data=None):
    """Send with the token that any page of a signed-in person carries."""
    (token, *_) = client.get(HOME).page.elements("input", name="csrf_token")
    return client.post(address, data={**(data or {}), "csrf_token": token.get("value")})


def kept(app):
    with app.app_context():
        found = session.query(BooksReport).order_by(BooksReport.id).all()
        for one in found:
            session.expunge(one)
    return found


def test_a_statement_is_kept_with_its_document_to_come(app, finance, busy):
    address = f"/staff/books/statements/{busy.provider.reference}/2026-06"
    send(finance, f"{address}/document")
    (report,) = kept(app)
    page = finance.get(f"/staff/books/reports/{report.reference}").page
    assert "The PDF is being built" in page.text
    assert finance.get(f"/staff/books/reports/{report.reference}/document").status_code == 404
    assert report.reference in finance.get("/staff/books/reports/").page.text
    listed = finance.get(f"/staff/books/statements/{busy.provider.reference}").page
    assert "Waiting to be built" in listed.text


REPORTS = {
    "accruals": (DAY, "Owed back by providers"),
    "funder-claim": (JUNE, "Defrayed in this period"),
    "year": ({"year": "2026"}, "Accounts of the rounds"),
}


@pytest.mark.parametrize(("name", "fields", "words"), [(k, *v) for k, v in REPORTS.items()])
def test_a_report_is_looked_at_before_it_is_kept(app, finance, busy, name, fields, words):
    address = f"/staff/books/reports/{name}"
    assert finance.get(address).status_code == 200
    sent = {"programme": busy.programme.slug, **fields}
    page = finance.get(address, query_string=sent).page
    assert words in page.text
    assert kept(app) == []
    answer = send(finance, address, data=sent)
    assert answer.status_code == 302
    (report,) = kept(app)
    page = finance.get(f"/staff/books/reports/{report.reference}").page
    assert report.sha256 in page.html
    first = report.figures["tables"][0]
    rows = rows_of(finance.get(f"/staff/books/reports/{report.reference}/{first['name']}.csv"))
    assert len(rows) == 1 + len(first["rows"]) + (1 if first["total"] else 0)


def test_accruals_of_a_day_that_is_not_over_are_not_offered_to_be_kept(app, finance, busy):
    day = clock.today()
    typed = {"day-day": day.day, "day-month": day.month, "day-year": day.year}
    sent = {"programme": busy.programme.slug, **typed}
    page = finance.get("/staff/books/reports/accruals", query_string=sent).page
    assert "This day is not over" in page.text
    assert "Keep these accruals" not in page.text


@pytest.mark.parametrize("name", REPORTS)
def test_what_is_missing_is_said_at_its_field(app, finance, busy, name):
    address = f"/staff/books/reports/{name}"
    answer = finance.get(address, query_string={"programme": ""})
    assert answer.status_code == 422
    assert "Select a programme" in answer.page.text
    answer = send(finance, address, data={"programme": busy.programme.slug})
    assert answer.status_code == 422
    assert "Enter " in answer.page.text
    assert kept(app) == []


def test_where_the_last_claim_ended_is_said_before_the_next(finance, busy):
    address = f"{HOME}funder-claim"
    assert "The next begins on" not in finance.get(address).page.text
    send(finance, address, data={"programme": busy.programme.slug, **JUNE})
    assert "The next begins on 1 July 2026." in finance.get(address).page.text
    assert "The next begins on" not in finance.get(f"{HOME}year").page.text


def test_a_claim_that_overlaps_is_refused_at_its_first_day(app, finance, busy):
    sent = {"programme": busy.programme.slug, **JUNE}
    send(finance, "/staff/books/reports/funder-claim", data=sent)
    later = sent | {"last-month": "7", "last-day": "31"}
    answer = send(finance, "/staff/books/reports/funder-claim", data=later)
    assert answer.status_code == 422
    assert "so this one begins on 1 July 2026" in answer.page.text
    backwards = sent | {"last-month": "5"}
    for answer in (
        finance.get("/staff/books/reports/funder-claim", query_string=backwards),
        send(finance, "/staff/books/reports/funder-claim", data=backwards),
    ):
        assert answer.status_code == 422
        assert "The last day must not be before the first" in answer.page.text
    assert len(kept(app)) == 1


def test_a_closed_year_says_when_the_books_no_longer_agree(app, arrange, finance, busy):
    send(
        finance,
        "/staff/books/reports/year",
        data={"programme": busy.programme.slug, "year": "2026"},
    )
    (report,) = kept(app)
    address = f"/staff/books/reports/{report.reference}"
    assert "The books give the same figures today" in finance.get(address).page.text
    with arrange():
        from tests.factories.books import make_paid
        from tests.factories.scheme import AT
        from voucher.programmes.models import Round

        make_paid(session.get(Round, busy.round.id), at=AT.replace(month=3))
    # The factory's entries are of June: not of this year. One of March is.
    page = finance.get(address).page
    assert "The books no longer give these figures" in page.text


@pytest.mark.parametrize(
    ("what", "sent", "button", "words"),
    [
        ("year", {"year": "2026"}, "Close this year", "That year has been closed already."),
        ("funder-claim", JUNE, "Make this claim", "so this one begins on 1 July 2026"),
    ],
)
def test_what_was_closed_is_not_offered_to_be_closed_again(
    finance, busy, what, sent, button, words
):
    address, sent = f"/staff/books/reports/{what}", {"programme": busy.programme.slug, **sent}
    assert button in finance.get(address, query_string=sent).page.text
    send(finance, address, data=sent)
    page = finance.get(address, query_string=sent).page
    assert button not in page.text
    assert words in page.text
    assert page.elements("caption")


def test_a_document_that_failed_is_asked_for_again(app, arrange, finance, busy):
    send(finance, f"/staff/books/statements/{busy.provider.reference}/2026-06/document")
    (report,) = kept(app)
    with arrange():
        document = session.query(BooksDocument).one()
        begin_document(document=document, at=report.made_at)
        fail_document(document=document, failure="No Pango here.", at=report.made_at)
    address = f"/staff/books/reports/{report.reference}"
    assert "No Pango here." in finance.get(address).page.text
    send(finance, f"{address}/document")
    assert "The PDF is being built" in finance.get(address).page.text


def test_the_auditor_reads_and_keeps_nothing(app, arrange, client, busy):
    auditor = signed_in(arrange, client, Role.AUDITOR)
    sent = {"programme": busy.programme.slug, **JUNE}
    page = auditor.get("/staff/books/reports/funder-claim", query_string=sent).page
    assert "Make this claim" not in page.text
    assert send(auditor, "/staff/books/reports/funder-claim", data=sent).status_code == 403
    assert kept(app) == []
    assert auditor.get("/staff/books/reports/BKS-0000-0000").status_code == 404


def test_an_empty_scheme_says_so(arrange, client):
    finance = signed_in(arrange, client, Role.FINANCE)
    assert "No account fits" in finance.get("/staff/books/").page.text
    assert "No report was kept yet" in finance.get("/staff/books/reports/").page.text
