"""The fairness report as staff see it: sentences, tables, files, few statements."""

import csv
from io import StringIO

import pytest

from tests.factories.scheme import make_business, make_round
from tests.factories.work import choose, make_job, redeemed
from tests.people import sign_in_quickly
from tests.web.statements import counting

TABLES = ("needs", "gaps", "areas", "districts", "providers", "waits")


@pytest.fixture
def busy(arrange):
    with arrange():
        round_ = make_round(evidence_sample_bps=0, full_evidence_from_pence=500_000)
        done = redeemed(make_job(round_))
        choose(make_job(round_, provider=done.provider))
        job = make_job(round_)
        found = round_.reference, done.provider.name, job.application.reference
    return found


@pytest.fixture
def manager(client, cast):
    return sign_in_quickly(client, cast.manager)


def test_each_table_has_its_finding(manager, busy):
    reference, provider, application = busy
    page = manager.get(f"/staff/fairness/{reference}").page
    assert "1 of 3 eligible applications has an agreement with a provider" in page.text
    assert "1 has a voucher and no provider" in page.text
    assert "The commonest gap: the business has a list and has not chosen (1 of 1)." in page.text
    assert "as if by 1.0 equal providers of" in page.text
    assert provider in page.text
    assert application in page.text
    assert "Small numbers are shown as they are" in page.text


def test_every_table_is_a_file(manager, busy):
    for name in TABLES:
        answer = manager.get(f"/staff/fairness/{busy[0]}/{name}.csv")
        assert answer.status_code == 200
        heading, *rows = csv.reader(StringIO(answer.get_data(as_text=True).lstrip("\ufeff")))
        assert rows
        assert {len(row) for row in rows} == {len(heading)}
    assert manager.get(f"/staff/fairness/{busy[0]}/none.csv").status_code == 404
    assert manager.get("/staff/fairness/RND-0000-0000").status_code == 404


def test_a_round_without_anybody_says_so(manager, arrange):
    with arrange():
        reference = make_round().reference
    page = manager.get(f"/staff/fairness/{reference}").page
    for words in ("No application is eligible yet", "No list has been made yet", "No voucher has"):
        assert words in page.text


def test_statements_do_not_grow_with_rows(app, manager, busy, arrange):
    def count():
        with counting(app) as seen:
            manager.get(f"/staff/fairness/{busy[0]}")
        return len(seen)

    before = count()
    with arrange():
        from voucher.core.db import session
        from voucher.programmes.models import Round

        round_ = session.query(Round).filter_by(reference=busy[0]).one()
        for _ in range(5):
            make_job(round_, make_business())
    assert count() == before <= 14


def test_who_may_read_it(client, cast, busy):
    sign_in_quickly(client, cast.evaluator)
    assert client.get(f"/staff/fairness/{busy[0]}").status_code == 403
    sign_in_quickly(client, cast.auditor)
    assert client.get(f"/staff/fairness/{busy[0]}").status_code == 200
