"""The PDF of a kept report: built by the worker, readable by all, the same bytes twice."""

from datetime import timedelta
from io import BytesIO

import pypdf
import pytest

from tests.documents import check_pdf
from tests.factories.books import BusyScheme
from tests.factories.cases import make_officer
from tests.factories.scheme import AT
from voucher.accounts.roles import Role
from voucher.cli.rendering import render
from voucher.core.db import reading, session, transaction
from voucher.files.models import StoredFile
from voucher.integrations.pdf import PdfFailed
from voucher.integrations.storage.store import ContentStore
from voucher.payments.books.jobs import LONGEST_BUILD, build_documents, pdf_of
from voucher.payments.books.models import BooksDocument, BooksReport, DocumentStatus
from voucher.payments.books.operations import (
    ask_document,
    claim_from_funder,
    close_year,
    keep_accruals,
    keep_statement,
)
from voucher.payments.books.queries.kept import document_of, waiting_document
from voucher.payments.books.rules import financial_year, month_named

JULY = month_named("2026-07")
LATER = AT + timedelta(days=400)


@pytest.fixture
def statement_id(app, arrange):
    with arrange():
        kept = keep_statement(provider=BusyScheme().provider, period=JULY, by=None, at=LATER)
    return kept.id


def document_row(report_id):
    session.rollback()
    return document_of(report_id)


@pytest.mark.slow
def test_a_statement_is_built_for_its_provider(app, statement_id, tmp_path):
    store = ContentStore(tmp_path)
    with app.app_context():
        assert build_documents(store, render, LATER) == 1
        assert build_documents(store, render, LATER) == 0
        document = document_row(statement_id)
        assert document.status is DocumentStatus.READY
        file = session.get_one(StoredFile, document.file_id)
        report = session.get_one(BooksReport, statement_id)
        assert file.provider_id == report.provider_id
        assert file.name == f"{report.reference}.pdf"
        with store.open(file.sha256) as content:
            text = "".join(page.extract_text() for page in pypdf.PdfReader(content).pages)
        assert "Brought forward" in text
        assert report.sha256[:20] in "".join(text.split())


def make_every_kind():
    busy, officer = BusyScheme(), make_officer(Role.FINANCE).id
    given = {"by": officer, "at": LATER}
    year = financial_year(AT.date(), 3)
    return [
        keep_statement(provider=busy.provider, period=JULY, **given),
        keep_accruals(programme=busy.programme, day=JULY.last, **given),
        claim_from_funder(programme=busy.programme, period=JULY, **given),
        close_year(programme=busy.programme, ends_on=year.last, **given),
    ]


@pytest.mark.slow
@pytest.mark.parametrize("which", range(4))
def test_every_kind_is_pdf_ua_and_the_same_bytes_twice(app, arrange, tmp_path, which):
    with arrange():
        report_id = make_every_kind()[which].id
    with app.app_context(), reading():
        report = session.get_one(BooksReport, report_id)
        made = pdf_of(report, render)
        assert made == pdf_of(report, render)
    check_pdf(made, tmp_path / "report.pdf")
    assert pypdf.PdfReader(BytesIO(made)).trailer["/Root"]["/Lang"] == "en-GB"


@pytest.mark.parametrize(
    ("fault", "words"),
    [(PdfFailed("no Pango"), "no Pango"), (RuntimeError("secret"), "could not be built")],
)
def test_a_failure_is_told_and_can_be_asked_again(app, statement_id, tmp_path, fault, words):
    def broken(*_arguments):
        raise fault

    with app.app_context():
        assert build_documents(ContentStore(tmp_path), broken, LATER) == 0
        document = document_row(statement_id)
        assert document.status is DocumentStatus.FAILED
        assert words in document.failure
        assert "secret" not in document.failure
        with transaction():
            report = session.get_one(BooksReport, statement_id)
            ask_document(report=report, by=None, at=LATER)
        assert document_row(statement_id).status is DocumentStatus.QUEUED


def test_a_builder_that_died_leaves_its_document_to_be_taken_again(app, statement_id, tmp_path):
    class Died(BaseException):
        """The process was killed."""

    def killed(*_arguments):
        raise Died

    with app.app_context():
        with pytest.raises(Died):
            build_documents(ContentStore(tmp_path), killed, LATER)
        session.rollback()
        assert document_row(statement_id).status is DocumentStatus.BUILDING
        assert waiting_document(LATER - LONGEST_BUILD) is None
        later = LATER + LONGEST_BUILD + timedelta(seconds=1)
        assert build_documents(ContentStore(tmp_path), broken_once(), later) == 0
        assert session.query(BooksDocument).one().status is DocumentStatus.FAILED


def broken_once():
    def broken(*_arguments):
        raise PdfFailed("gone")

    return broken
