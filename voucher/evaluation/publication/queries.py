"""Reads of sign-offs and publications: what was published, what may be, and each version."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import aliased, undefer

from voucher.core.db import session
from voucher.core.errors import NotFound
from voucher.core.paging import Page, page_of
from voucher.core.references import normalise_reference
from voucher.evaluation.models import Report
from voucher.evaluation.publication.models import ReportPublication, ReportSignOff
from voucher.evaluation.publication.rules import PUBLISHED_KINDS
from voucher.files.models import StoredFile
from voucher.programmes.models import Programme, Round


@dataclass(frozen=True)
class Published:
    """A published version with its report, round and programme's name."""

    publication: ReportPublication
    report: Report
    round: Round
    programme: str


def published_reports(page: int = 1) -> Page[Published]:
    """One page of the newest version of every published report, the latest published first."""
    newer = aliased(ReportPublication)
    query = (
        select(ReportPublication, Report, Round, Programme.name)
        .join(Report, Report.id == ReportPublication.report_id)
        .join(Round, Round.id == Report.round_id)
        .join(Programme, Programme.id == Round.programme_id)
        .outerjoin(newer, newer.supersedes_id == ReportPublication.id)
        .where(newer.id.is_(None))
        .order_by(ReportPublication.id.desc())
    )
    return page_of(query, page, key=ReportPublication.id, make=lambda row: Published(*row))


def published_report(reference: str) -> Published:
    """The published version with this report's reference, its page loaded too; or NotFound."""
    query = (
        select(ReportPublication, Report, Round, Programme.name)
        .join(Report, Report.id == ReportPublication.report_id)
        .join(Round, Round.id == Report.round_id)
        .join(Programme, Programme.id == Round.programme_id)
        .options(undefer(Report.page))
        .where(Report.reference == (normalise_reference(reference) or ""))
    )
    found = session.execute(query).one_or_none()
    if found is None:
        raise NotFound("There is no such published report.")
    return Published(*found)


def versions_of(subject: str) -> Sequence[tuple[ReportPublication, str]]:
    """Every published version of a subject with its report's reference, the newest first."""
    query = (
        select(ReportPublication, Report.reference)
        .join(Report, Report.id == ReportPublication.report_id)
        .where(ReportPublication.subject == subject)
        .order_by(ReportPublication.version.desc())
    )
    return [(row[0], row[1]) for row in session.execute(query)]


def figures_published(round_id: int, by: datetime) -> Sequence[Mapping[str, Any]]:
    """The figures of every version about the round that was published by `by` (aware UTC), of data
    older than that."""
    query = (
        select(Report.figures)
        .join(ReportPublication, ReportPublication.report_id == Report.id)
        .where(
            Report.round_id == round_id,
            Report.kind.in_(PUBLISHED_KINDS),
            Report.data_cut_at < by,
            ReportPublication.published_at <= by,
        )
        .order_by(ReportPublication.id)
    )
    return [each for each in session.execute(query).scalars() if each]


def sign_off_of(report_id: int) -> ReportSignOff | None:
    """The sign-off of a report, or None."""
    query = select(ReportSignOff).where(ReportSignOff.report_id == report_id)
    return session.execute(query).scalar_one_or_none()


def publication_of(report_id: int) -> ReportPublication | None:
    """The publication of a report, or None."""
    query = select(ReportPublication).where(ReportPublication.report_id == report_id)
    return session.execute(query).scalar_one_or_none()


def newest_version(subject: str) -> ReportPublication | None:
    """The version of a subject that stands, or None."""
    query = (
        select(ReportPublication)
        .where(ReportPublication.subject == subject)
        .order_by(ReportPublication.version.desc())
        .limit(1)
    )
    return session.execute(query).scalar_one_or_none()


def report_to_publish(reference: str) -> tuple[Report, Any, str | None]:
    """A report with its round, its page loaded, and its document's SHA-256; or NotFound."""
    query = (
        select(Report, Round, StoredFile.sha256)
        .outerjoin(Round, Round.id == Report.round_id)
        .outerjoin(StoredFile, StoredFile.id == Report.file_id)
        .options(undefer(Report.page))
        .where(Report.reference == (normalise_reference(reference) or ""))
    )
    found = session.execute(query).one_or_none()
    if found is None:
        raise NotFound("There is no such report.")
    return found[0], found[1], found[2]


def summaries_of_provider(provider_id: int) -> Sequence[Report]:
    """The summaries of a provider that an evaluator has signed off, the newest first."""
    query = (
        select(Report)
        .join(ReportSignOff, ReportSignOff.report_id == Report.id)
        .where(Report.provider_id == provider_id)
        .order_by(Report.id.desc())
    )
    return session.execute(query).scalars().all()


def summary_of_provider(provider_id: int, reference: str) -> Report:
    """One of them, its page loaded too; or NotFound, as for any other report."""
    query = (
        select(Report)
        .join(ReportSignOff, ReportSignOff.report_id == Report.id)
        .options(undefer(Report.page))
        .where(
            Report.provider_id == provider_id,
            Report.reference == (normalise_reference(reference) or ""),
        )
    )
    found = session.execute(query).scalar_one_or_none()
    if found is None:
        raise NotFound("There is no such summary.")
    return found
