"""A provider's own statements: months, files, PDFs; nobody else's."""

import pytest

from tests.factories.books import BusyScheme
from tests.factories.scheme import make_member
from tests.web.statements import counting
from voucher.accounts.roles import Role
from voucher.cli.rendering import render
from voucher.core.clock import now
from voucher.core.db import session
from voucher.integrations.storage.store import ContentStore
from voucher.payments.books.jobs import build_documents
from voucher.payments.books.models import BooksReport

HOME = "/provider/money/statements/"


@pytest.fixture
def busy(arrange):
    with arrange():
        return BusyScheme()


def signed_in(arrange, client, provider):
    with arrange():
        person = make_member(Role.PROVIDER, provider=provider)
        session.expunge(person)
    client.sign_in(person)
    return client


def send(client, address, data=None):
    """Send with the token that any page of a signed-in person carries."""
    (token, *_) = client.get(HOME).page.elements("input", name="csrf_token")
    return client.post(address, data={**(data or {}), "csrf_token": token.get("value")})


def kept(app):
    with app.app_context():
        found = session.query(BooksReport).one()
        session.expunge(found)
    return found


def test_months_lead_to_statements_and_files(app, arrange, client, busy):
    us = signed_in(arrange, client, busy.provider)
    assert "Monthly statements" in us.get("/provider/money/").page.text
    page = us.get("/provider/money/statements/").page
    assert "June 2026" in page.text
    assert "May 2026" not in page.text
    with counting(app) as seen:
        page = us.get("/provider/money/statements/2026-07").page
    assert len(seen) <= 10, seen
    for words in ("Brought forward", "Asked back", "Set off against a debt", "Carried forward"):
        assert words in page.text
    assert busy.netted.reference in page.text
    answer = us.get("/provider/money/statements/2026-07/claims.csv")
    assert "Price before VAT (£)" in answer.get_data(as_text=True)
    assert us.get("/provider/money/statements/2026-07/none.csv").status_code == 404
    assert us.get("/provider/money/statements/2999-01").status_code == 404


@pytest.mark.slow
def test_a_pdf_is_asked_for_built_and_fetched_by_its_provider_only(app, arrange, clients, busy):
    us = signed_in(arrange, clients(), busy.provider)
    rival = signed_in(arrange, clients(), busy.rival)
    send(us, "/provider/money/statements/2026-07/document")
    report = kept(app)
    address = f"/provider/money/statements/kept/{report.reference}"
    assert us.get(address).status_code == 404
    send(us, address)
    assert "Waiting to be built" in us.get("/provider/money/statements/").page.text
    with app.app_context():
        store: ContentStore = app.extensions["services"].store
        assert build_documents(store, render, now()) == 1
    assert us.get(address).data.startswith(b"%PDF-")
    assert "Download" in us.get("/provider/money/statements/").page.text
    assert rival.get(address).status_code == 404
    assert send(rival, address).status_code == 404
    assert report.reference not in rival.get("/provider/money/statements/").page.text


def test_a_rival_sees_nothing_of_it(arrange, client, busy):
    rival = signed_in(arrange, client, busy.rival)
    page = rival.get("/provider/money/statements/2026-07").page
    assert busy.netted.reference not in page.text
    assert "Asked back" not in page.text


def test_a_provider_without_money_is_told_so(arrange, client):
    from tests.factories.scheme import make_provider

    with arrange():
        provider = make_provider()
    us = signed_in(arrange, client, provider)
    assert "No statements yet" in us.get("/provider/money/statements/").page.text
    page = us.get("/provider/money/statements/2026-07").page
    assert "£0.00" in page.text
