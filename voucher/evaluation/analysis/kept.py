"""Extracts that are kept beside the report they belong to: which are due, and what is noted."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select

from voucher.allocation.models import Draw, DrawResult
from voucher.audit.models import AuditEvent
from voucher.audit.operations import record
from voucher.core.db import session
from voucher.core.errors import NotFound
from voucher.core.paging import Page, page_of
from voucher.core.references import normalise_reference
from voucher.evaluation.models import Report, ReportKind, ReportStatus
from voucher.files.models import StoredFile
from voucher.files.operations import store_made
from voucher.integrations.storage.store import ContentStore
from voucher.programmes.models import Programme, Round
from voucher.programmes.plans.models import AnalysisPlan

FAILED = "extract.failed"
MEDIA_TYPE = "application/zip"


def reports_without_extract(limit: int) -> Sequence[int]:
    """Ids of built reports on drawn rounds with a locked plan whose extract was not made yet.

    Those whose extract failed are left out: the same rows would fail again.
    """
    failed = select(AuditEvent.record_id).where(
        AuditEvent.action == FAILED, AuditEvent.record_kind == Report.__tablename__
    )
    query = (
        select(Report.id)
        .join(AnalysisPlan, AnalysisPlan.round_id == Report.round_id)
        .join(Draw, Draw.round_id == Report.round_id)
        .join(DrawResult, DrawResult.draw_id == Draw.id)
        .where(
            Report.kind == ReportKind.ROUND,
            Report.status == ReportStatus.READY,
            Report.extract_id.is_(None),
            DrawResult.drawn_at <= Report.data_cut_at,
            Report.id.not_in(failed),
        )
        .order_by(Report.id)
        .limit(limit)
    )
    return session.execute(query).scalars().all()


def keep_extract(*, report: Report, content: bytes, store: ContentStore, at: datetime) -> None:
    """Keep the extract that a report can be recomputed from. Harmless if it is there already."""
    if report.extract_id is not None:
        return
    file = store_made(
        content=content,
        name=f"{report.reference}-extract.zip",
        media_type=MEDIA_TYPE,
        purpose="extract",
        subject=report,
        by=None,
        at=at,
        store=store,
    )
    session.flush()
    report.extract_id = file.id
    details = {"file": file.id, "sha256": file.sha256}
    record(action="extract.made", subject=report, at=at, by=None, details=details)


def note_failure(*, report: Report, at: datetime) -> None:
    """Note that no extract could be made, so that it is not tried again and again."""
    record(action=FAILED, subject=report, at=at, by=None)


def note_download(*, report: Report, by: int, at: datetime) -> None:
    """Note who was given the data of single businesses, and when."""
    details = {"file": report.extract_id}
    record(action="extract.downloaded", subject=report, at=at, by=by, details=details)


def extracts(page: int) -> Page[Any]:
    """One page of (report, round's name, programme's name, file), newest first."""
    query = (
        select(Report, Round.name, Programme.name, StoredFile)
        .join(StoredFile, StoredFile.id == Report.extract_id)
        .join(Round, Round.id == Report.round_id)
        .join(Programme, Programme.id == Round.programme_id)
        .order_by(Report.id.desc())
    )
    return page_of(query, page, key=Report.id)


def report_with_extract(reference: str) -> Report:
    """The report by its reference, if its extract was made; NotFound otherwise."""
    query = select(Report).where(
        Report.reference == (normalise_reference(reference) or ""),
        Report.extract_id.is_not(None),
    )
    found = session.execute(query).scalar_one_or_none()
    if found is None:
        raise NotFound("There is no such extract.")
    return found
