"""Writes of the books' reports: keeping one with its figures, and the building of its document.

What is kept never changes. The figures of a period that has ended stay what they are, because an
entry counts by the moment it is made; `differences` proves that of a kept report.
"""

import secrets
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any, BinaryIO

from voucher.audit.operations import record
from voucher.core.clock import london_date
from voucher.core.db import lock, session
from voucher.core.errors import Conflict, Invalid
from voucher.core.references import make_reference
from voucher.core.status import opened, transition
from voucher.files.operations import store as store_file
from voucher.integrations.storage.store import ContentStore
from voucher.payments.books.models import (
    DOCUMENT_MOVES,
    BooksDocument,
    BooksKind,
    BooksReport,
    DocumentStatus,
)
from voucher.payments.books.queries.accruals import accruals
from voucher.payments.books.queries.funder import funder_claim
from voucher.payments.books.queries.kept import document_of, last_of, same_figures
from voucher.payments.books.queries.statements import statement
from voucher.payments.books.queries.years import CASH_SUMS, financial_year_figures
from voucher.payments.books.rules import Period, digest, financial_year
from voucher.payments.books.tables import Figures
from voucher.programmes.models import Programme
from voucher.providers.models import Provider

LONGEST_FAILURE = 300
ADDED_LATER = frozenset(CASH_SUMS)
"""Sums that reports kept before they were added do not have, and can't differ in."""
SETTLING = timedelta(days=1)
"""How long after its end a period may be closed: what was being entered then is in the books."""


def keep_statement(
    *, provider: Provider, period: Period, by: int | None, at: datetime
) -> BooksReport:
    """Keep a provider's statement as it is now, and have its document built.

    The same figures are kept once: of two who ask at once the second is given the first's. Raises
    Invalid on "month" for one that has not begun.
    """
    lock(Provider, provider.id)
    if period.first > london_date(at):
        raise Invalid("Choose a month that has begun.", "month")
    figures = statement(provider, period)
    return _keep(BooksKind.STATEMENT, figures, period, by, at, provider_id=provider.id)


def keep_accruals(*, programme: Programme, day: date, by: int, at: datetime) -> BooksReport:
    """Keep the accruals at the end of `day`. Raises Invalid on "day" unless it is over."""
    lock(Programme, programme.id)
    if day >= london_date(at):
        raise Invalid("Choose a day that is over.", "day")
    figures = accruals(programme, day)
    period = Period(day, day)
    return _keep(BooksKind.ACCRUALS, figures, period, by, at, programme_id=programme.id)


def claim_from_funder(
    *, programme: Programme, period: Period, by: int, at: datetime
) -> BooksReport:
    """Keep the claim of a period to the funder.

    Claims follow each other without gap or overlap, so that no line is claimed twice or never.
    Raises Invalid on "first" or "last".
    """
    lock(Programme, programme.id)
    require_claimable(programme=programme, period=period, at=at)
    figures = funder_claim(programme, period)
    return _keep(BooksKind.FUNDER_CLAIM, figures, period, by, at, programme_id=programme.id)


def require_claimable(*, programme: Programme, period: Period, at: datetime) -> None:
    """Raise Invalid on "first" or "last" unless `period` is the next to be claimed, and over."""
    _require_next(last_of(BooksKind.FUNDER_CLAIM, programme.id), period, "claim")
    _require_settled(period, at, "last")


def close_year(*, programme: Programme, ends_on: date, by: int, at: datetime) -> BooksReport:
    """Close the financial year that ends on `ends_on`: its figures and their hash are kept.

    Entries that are made later carry their own moment and so fall into a later year. Raises Invalid
    on "year" for a year that is not over, is no year of the programme, or is not the next.
    """
    lock(Programme, programme.id)
    year = year_ending(programme=programme, ends_on=ends_on)
    require_closable(programme=programme, year=year, at=at)
    figures = financial_year_figures(programme, year)
    return _keep(BooksKind.YEAR_CLOSE, figures, year, by, at, programme_id=programme.id)


def require_closable(*, programme: Programme, year: Period, at: datetime) -> None:
    """Raise Invalid on "year" unless `year` is the next to be closed, and over."""
    last = last_of(BooksKind.YEAR_CLOSE, programme.id)
    if last is not None and last.to_on >= year.first:
        raise Invalid("That year has been closed already.", "year")
    if last is not None and last.to_on + timedelta(days=1) != year.first:
        raise Invalid("Close the year before it first.", "year")
    _require_settled(year, at, "year")


def year_ending(*, programme: Programme, ends_on: date) -> Period:
    """The financial year that ends on `ends_on`; Invalid on "year" if none of the programme does.

    It begins the day after the year that was closed last where that would overlap: so it is shorter
    when the programme has moved the end of its year.
    """
    year = financial_year(ends_on, programme.year_end_month)
    if year.last != ends_on:
        raise Invalid("That is not the end of a financial year of this programme.", "year")
    last = last_of(BooksKind.YEAR_CLOSE, programme.id)
    if last is not None and year.first <= last.to_on < year.last:
        return Period(last.to_on + timedelta(days=1), year.last)
    return year


def _require_next(last: BooksReport | None, period: Period, what: str) -> None:
    if last is None:
        return
    begins = last.to_on + timedelta(days=1)
    if period.first != begins:
        raise Invalid(
            f"The last {what} ended on {last.to_on.day} {last.to_on:%B %Y}, so this one begins on "
            f"{begins.day} {begins:%B %Y}.",
            "first",
        )


def _require_settled(period: Period, at: datetime, field: str) -> None:
    if at < period.until + SETTLING:
        raise Invalid("The period must have ended at least a day ago.", field)


def _keep(
    kind: BooksKind, figures: Figures, period: Period, by: int | None, at: datetime, **subject: int
) -> BooksReport:
    kept = figures.as_json()
    about = {"kind": kind.value, "from": f"{period.first}", "to": f"{period.last}", **subject}
    sha256 = digest({**about, "figures": kept})
    known = same_figures(sha256)
    if known is not None:
        ask_document(report=known, by=by, at=at)
        return known
    report = BooksReport(
        reference=make_reference("BKS", secrets.token_bytes(8)),
        kind=kind,
        from_on=period.first,
        to_on=period.last,
        data_cut_at=min(at, period.until),
        figures=kept,
        sha256=sha256,
        made_at=at,
        made_by_id=by,
        **subject,
    )
    session.add(report)
    session.flush()
    record(
        action="books.report_kept",
        subject=report,
        at=at,
        by=by,
        details={"kind": kind.value, "report": report.reference, "sha256": sha256},
    )
    ask_document(report=report, by=by, at=at)
    return report


def differences(*, report: BooksReport) -> dict[str, tuple[int, int]]:
    """What the books say otherwise today than when the report was kept: (then, now) in pence.

    Empty for ever, unless an entry was made with a moment before the report's end, or something
    other than this service has written to the database.
    """
    then: Mapping[str, int] = report.figures["sums"]
    now = _again(report).sums
    names = sorted({*then, *now} - (ADDED_LATER - {*then}))
    return {
        name: (then.get(name, 0), now.get(name, 0))
        for name in names
        if then.get(name, 0) != now.get(name, 0)
    }


def _again(report: BooksReport) -> Figures:
    period = Period(report.from_on, report.to_on)
    if report.kind is BooksKind.STATEMENT:
        return statement(session.get_one(Provider, report.provider_id), period)
    programme = session.get_one(Programme, report.programme_id)
    if report.kind is BooksKind.FUNDER_CLAIM:
        return funder_claim(programme, period)
    if report.kind is BooksKind.YEAR_CLOSE:
        return financial_year_figures(programme, period)
    return accruals(programme, report.to_on)


def ask_document(*, report: BooksReport, by: int | None, at: datetime) -> BooksDocument:
    """Have the PDF of a kept report built, again if it failed; harmless if repeated."""
    document = document_of(report.id)
    if document is None:
        document = BooksDocument(
            report_id=report.id, status=DocumentStatus.QUEUED, asked_at=at, asked_by_id=by
        )
        session.add(document)
        session.flush()
        opened(document, at=at, by=by)
    elif document.status is DocumentStatus.FAILED:
        _move(document, DocumentStatus.QUEUED, at, by, finished_at=None, failure=None)
    return document


def begin_document(*, document: BooksDocument, at: datetime) -> None:
    """Take a document for building; one whose builder died is taken again."""
    if document.status is DocumentStatus.BUILDING:
        _move(document, DocumentStatus.QUEUED, at)
    _move(document, DocumentStatus.BUILDING, at, started_at=at)


def finish_document(
    *,
    document: BooksDocument,
    report: BooksReport,
    content: BinaryIO,
    name: str,
    store: ContentStore,
    at: datetime,
) -> None:
    """Keep the built PDF; a statement's belongs to its provider. Conflict if it is not building."""
    if document.status is not DocumentStatus.BUILDING:
        raise Conflict("This document is not being built.")
    stored = store_file(
        stream=content,
        name=name,
        purpose="books",
        subject=report,
        by=document.asked_by_id,
        at=at,
        store=store,
        provider_id=report.provider_id,
    )
    session.flush()
    facts: dict[str, Any] = {"finished_at": at, "file_id": stored.id, "failure": None}
    _move(document, DocumentStatus.READY, at, **facts)


def fail_document(*, document: BooksDocument, failure: str, at: datetime) -> None:
    """Note that a document could not be built, and why, for whoever asked."""
    words = failure[:LONGEST_FAILURE]
    _move(document, DocumentStatus.FAILED, at, finished_at=at, failure=words)


def _move(
    document: BooksDocument,
    to: DocumentStatus,
    at: datetime,
    by: int | None = None,
    **facts: Any,
) -> None:
    transition(document, to, moves=DOCUMENT_MOVES, at=at, by=by, **facts)
