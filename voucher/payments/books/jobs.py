"""What the worker does with the books: build the documents of kept reports."""

import logging
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from io import BytesIO
from typing import Any

from voucher.core.db import lock, reading, session, transaction
from voucher.core.errors import DomainError
from voucher.integrations.pdf import PdfFailed, render_pdf
from voucher.integrations.storage.store import ContentStore
from voucher.payments.books.models import BooksDocument, BooksReport, DocumentStatus
from voucher.payments.books.operations import begin_document, fail_document, finish_document
from voucher.payments.books.queries.kept import waiting_document

Render = Callable[[str, Mapping[str, Any]], str]
logger = logging.getLogger("voucher.payments")
LONGEST_BUILD = timedelta(minutes=15)
TABLE_ROWS = 200
NOT_BUILT = "The PDF could not be built. Ask for it again; if it fails again, tell the operator."


def build_documents(store: ContentStore, render: Render, at: datetime, limit: int = 5) -> int:
    """Build up to `limit` documents that wait; how many became ready.

    The PDF is made between two transactions. A builder that dies leaves its document to be taken
    again after 15 minutes. A failure is told to whoever asked, and logged.
    """
    ready = 0
    for _ in range(limit):
        taken = _take(at)
        if taken is None:
            break
        ready += _build(taken, store, render, at)
    return ready


def _take(at: datetime) -> int | None:
    with transaction():
        document = waiting_document(at - LONGEST_BUILD)
        if document is None:
            return None
        begin_document(document=document, at=at)
        return document.id


def _build(document_id: int, store: ContentStore, render: Render, at: datetime) -> bool:
    try:
        with reading():
            document = session.get_one(BooksDocument, document_id)
            report = session.get_one(BooksReport, document.report_id)
            report_id, name = report.id, f"{report.reference}.pdf"
            content = pdf_of(report, render)
            session.rollback()
    except (DomainError, PdfFailed) as error:
        return _failed(document_id, str(error), at)
    except Exception:
        logger.exception("the document %s could not be built", document_id)
        return _failed(document_id, NOT_BUILT, at)
    with transaction():
        finish_document(
            document=lock(BooksDocument, document_id),
            report=session.get_one(BooksReport, report_id),
            content=BytesIO(content),
            name=name,
            store=store,
            at=at,
        )
    return True


def pdf_of(report: BooksReport, render: Render) -> bytes:
    """The kept figures as PDF/UA-1; the same report gives the same bytes."""
    figures = report.figures
    title = f"{figures['title']} {report.reference}"
    context = {
        "title": figures["title"],
        "subtitle": figures["subtitle"],
        "made_at": report.made_at,
        "report": report,
        "figures": figures,
        "rows_at_once": TABLE_ROWS,
    }
    html = render("reports/books.html", context)
    return render_pdf(html, title=title, created_at=report.made_at)


def _failed(document_id: int, words: str, at: datetime) -> bool:
    with transaction():
        document = lock(BooksDocument, document_id)
        if document.status is DocumentStatus.BUILDING:
            fail_document(document=document, failure=words, at=at)
    return False
