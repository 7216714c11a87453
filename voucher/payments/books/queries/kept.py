"""Reads of reports that were kept, and of their documents."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import or_, select

from voucher.core.db import session
from voucher.core.errors import NotFound
from voucher.core.paging import Page, page_of
from voucher.core.references import normalise_reference
from voucher.payments.books.models import BooksDocument, BooksKind, BooksReport, DocumentStatus
from voucher.programmes.models import Programme
from voucher.providers.models import Provider


def last_of(kind: BooksKind, programme_id: int) -> BooksReport | None:
    """The programme's report of this kind that ends last."""
    query = select(BooksReport).where(
        BooksReport.kind == kind, BooksReport.programme_id == programme_id
    )
    return session.execute(query.order_by(BooksReport.to_on.desc()).limit(1)).scalar_one_or_none()


def same_figures(sha256: str) -> BooksReport | None:
    """The report with exactly these figures, if it is kept already."""
    return session.execute(
        select(BooksReport).where(BooksReport.sha256 == sha256)
    ).scalar_one_or_none()


def document_of(report_id: int) -> BooksDocument | None:
    """The document of a report, if one was asked for."""
    query = select(BooksDocument).where(BooksDocument.report_id == report_id)
    return session.execute(query).scalar_one_or_none()


def waiting_document(building_since: datetime) -> BooksDocument | None:
    """The next document to build, locked: asked for, or left behind since `building_since`."""
    left = (BooksDocument.status == DocumentStatus.BUILDING) & (
        BooksDocument.started_at < building_since
    )
    query = (
        select(BooksDocument)
        .where(or_(BooksDocument.status == DocumentStatus.QUEUED, left))
        .order_by(BooksDocument.id)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    return session.execute(query).scalar_one_or_none()


@dataclass(frozen=True)
class KeptReport:
    """A kept report, who it is about, and its document."""

    report: BooksReport
    about: str
    document: BooksDocument | None


def kept_reports(page: int) -> Page[KeptReport]:
    """Every kept report, newest first; a page beyond the last gives the last."""
    query = _whole().order_by(BooksReport.id.desc())
    return page_of(query, page, key=BooksReport.id, make=_kept)


def kept_by_reference(reference: str, provider_id: int | None = None) -> KeptReport:
    """One kept report; with `provider_id` only a statement of that provider. Raises NotFound."""
    wanted = normalise_reference(reference) or reference
    query = _whole().where(BooksReport.reference == wanted)
    if provider_id is not None:
        query = query.where(BooksReport.provider_id == provider_id)
    row = session.execute(query).one_or_none()
    if row is None:
        raise NotFound("There is no such report.")
    return _kept(row)


def statements_kept(provider_id: int) -> Sequence[KeptReport]:
    """The provider's kept statements, newest first, the last hundred."""
    query = _whole().where(BooksReport.provider_id == provider_id)
    found = session.execute(query.order_by(BooksReport.id.desc()).limit(100))
    return [_kept(row) for row in found]


def _whole() -> Any:
    return (
        select(BooksReport, BooksDocument, Programme.name, Provider.name)
        .outerjoin(BooksDocument, BooksDocument.report_id == BooksReport.id)
        .outerjoin(Programme, Programme.id == BooksReport.programme_id)
        .outerjoin(Provider, Provider.id == BooksReport.provider_id)
    )


def _kept(row: Any) -> KeptReport:
    report, document, programme, provider = row
    return KeptReport(report, programme or provider, document)
