"""Bad input on the forms that change amounts: said at the field, and nothing is stored."""

import io

import pytest

from tests.factories.work import PDF, agree, drafted, make_job
from voucher.claims import operations
from voucher.claims.models import Amendment, SupersededInvoice
from voucher.core import clock
from voucher.core.db import session
from voucher.matching.models import Variation

BAD_POUNDS = ["-5", "1,000.005", "9" * 30, "12\x0012"]


@pytest.fixture
def writing(app, arrange, clients):
    """A claim that is back with its provider, signed in; the claim's address."""
    store = app.extensions["settings"].data_dir / "files"
    with arrange():
        job = drafted(make_job(at=clock.now()), store, at=clock.now())
        operations.submit(claim=job.claim, by=job.worker.id, at=clock.now())
        operations.take_back(claim=job.claim, by=job.worker.id, at=clock.now())
        worker, address = job.worker, f"/provider/claims/{job.claim.reference}"
        session.refresh(worker)
        session.expunge(worker)
    return clients().sign_in(worker), address


def nothing(app, model):
    with app.app_context():
        return session.query(model).count() == 0


def upload(name="Note.pdf"):
    return (io.BytesIO(PDF), name)


@pytest.mark.parametrize("pounds", BAD_POUNDS)
def test_no_bad_amount_is_offered(app, writing, pounds):
    client, address = writing
    for page, values in (
        ("less", {"net_price_pence": pounds, "words": "Less."}),
        ("vat", {"net_price_pence": pounds, "vat_rate": "0", "words": "Other."}),
        (
            "credit",
            {
                "credited_pence": pounds,
                "credit_number": "CN",
                "words": "Less.",
                "upload": upload(),
            },
        ),
    ):
        answer = client.submit(f"{address}/{page}", values)
        assert answer.status_code == 422, (page, pounds)
        assert answer.page.errors
    assert nothing(app, Amendment)


@pytest.mark.parametrize("words", ["a\0b", "x" * 2_001])
def test_no_bad_words_are_kept(app, writing, words):
    client, address = writing
    answer = client.submit(f"{address}/less", {"net_price_pence": "1,200", "words": words})
    assert answer.status_code == 422
    assert nothing(app, Amendment)


@pytest.mark.parametrize("year", ["99999", "\0"])
def test_no_bad_day_is_kept(app, writing, year):
    client, address = writing
    day = {"invoice_on-day": "1", "invoice_on-month": "1", "invoice_on-year": year}
    values = {"invoice_number": "I-9", "words": "Wrong.", "upload": upload(), **day}
    answer = client.submit(f"{address}/invoice", values)
    assert answer.status_code == 422
    assert nothing(app, SupersededInvoice)


@pytest.mark.parametrize("pounds", BAD_POUNDS)
def test_no_bad_price_is_proposed(app, arrange, clients, pounds):
    with arrange():
        job = agree(make_job(at=clock.now()), at=clock.now())
        worker, reference = job.worker, job.match.reference
        session.refresh(worker)
        session.expunge(worker)
    values = {"net_price_pence": pounds, "words": "Other."}
    answer = clients().sign_in(worker).submit(f"/provider/work/{reference}/change", values)
    assert answer.status_code == 422
    assert nothing(app, Variation)
