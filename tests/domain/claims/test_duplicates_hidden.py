"""Invoice numbers dressed up, or lost in a crowd: the check for duplicates sees them all."""

import pytest

from tests.factories.work import LATER, drafted, make_job
from voucher.claims import operations
from voucher.claims.operations.screening import findings_on
from voucher.claims.queries import likes
from voucher.screening.models import Gate


def sent(provider, folder, number):
    price = 150_000 + 100 * len(number)
    job = drafted(make_job(provider=provider, net_price_pence=price), folder, invoice_number=number)
    operations.submit(claim=job.claim, by=job.worker.id, at=LATER)
    return job.claim


@pytest.fixture
def first(session, tmp_path, monkeypatch):
    """A claim on invoice "INV-7"; that all have the same file does not count here."""
    monkeypatch.setattr(likes, "_same_file", lambda claim: [])
    monkeypatch.setattr(likes, "_files", lambda claim_ids: {})
    return drafted(make_job(), tmp_path, invoice_number="INV-7")


@pytest.fixture
def send(first, tmp_path):
    operations.submit(claim=first.claim, by=first.worker.id, at=LATER)
    return lambda number: sent(first.provider, tmp_path, number)


@pytest.mark.parametrize("dressed", ["INV-7)", "INV-7*", "(INV) 7", "INV,7", "inv·007’"])
def test_punctuation_hides_no_number(send, first, dressed):
    assert _number_reason(send(dressed))
    assert _number_reason(first.claim)


@pytest.mark.parametrize("dressed", ["A,B", "AB!", "a b"])
def test_nor_one_without_a_digit(send, dressed):
    plain = send("AB")
    assert _number_reason(send(dressed))
    assert _number_reason(plain)


def test_nor_do_many_newer_ones_that_end_alike(send, monkeypatch):
    monkeypatch.setattr(likes, "_MOST", 1)
    last = send("inv 7")
    send("B-17")
    assert _number_reason(last)


def test_another_number_is_another_invoice(send):
    assert not _number_reason(send("INV-17"))


def _number_reason(claim):
    (found,) = (one for one in findings_on(claim, LATER) if one.gate is Gate.DUPLICATE)
    return any("same invoice number" in reason for reason in found.reasons)
