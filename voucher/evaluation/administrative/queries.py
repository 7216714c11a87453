"""Reads of official figures: whom a file could be about, what was imported, a round's figures."""

from collections import defaultdict
from datetime import date, datetime

from sqlalchemy import select

from voucher.applications.models import Application
from voucher.businesses.models import Business
from voucher.core.clock import london_date
from voucher.core.db import session
from voucher.core.errors import NotFound
from voucher.core.paging import Page, page_of
from voucher.evaluation.administrative.models import (
    AdministrativeFigure,
    AdministrativeImport,
    Measure,
)
from voucher.evaluation.administrative.rules import Known
from voucher.screening.models import PartyRecord
from voucher.screening.rules import BUSINESS, GONE

CONVERTED = "converted-closed"
"""What the register says of a company that became another kind of body, which may go on."""


def known_businesses() -> dict[str, list[Known]]:
    """The businesses that sent an application and have a company number, by it; one statement.

    What a business told us is of its latest application.
    """
    query = (
        select(
            Business.id,
            Business.reference,
            Business.company_number,
            Application.baseline,
            PartyRecord.company_status,
        )
        .join(Application, Application.business_id == Business.id)
        .outerjoin(
            PartyRecord,
            (PartyRecord.party == BUSINESS)
            & (PartyRecord.party_id == Business.id)
            & (PartyRecord.company_number == Business.company_number),
        )
        .where(Application.submitted_at.is_not(None), Business.company_number.is_not(None))
        .order_by(Business.id, Application.id)
    )
    latest = {}
    for business_id, reference, number, baseline, status in session.execute(query):
        ceased = status in GONE and status != CONVERTED
        known = Known(business_id, baseline, status in GONE, reference, ceased)
        latest[business_id] = number, known
    found: dict[str, list[Known]] = defaultdict(list)
    for number, known in latest.values():
        found[number].append(known)
    return dict(found)


def ceased_on(cut_at: datetime) -> dict[str, date]:
    """Reference of a business → the London day of the first import by the cut at which the register
    called it gone."""
    query = (
        select(AdministrativeImport.imported_at, AdministrativeImport.gone)
        .where(AdministrativeImport.imported_at <= cut_at)
        .order_by(AdministrativeImport.imported_at)
    )
    found: dict[str, date] = {}
    for imported_at, gone in session.execute(query):
        for reference in gone or ():
            found.setdefault(reference, london_date(imported_at))
    return found


def kept_keys() -> set[tuple[int, Measure, date]]:
    """Of which business, measure and period there is a figure already."""
    query = select(
        AdministrativeFigure.business_id,
        AdministrativeFigure.measure,
        AdministrativeFigure.period_end_on,
    ).distinct()
    return {(row[0], row[1], row[2]) for row in session.execute(query)}


def import_of(file_sha256: str) -> AdministrativeImport | None:
    """The import of the file with this hash, if there was one."""
    query = select(AdministrativeImport).where(AdministrativeImport.file_sha256 == file_sha256)
    return session.execute(query).scalar_one_or_none()


def import_by_reference(reference: str) -> AdministrativeImport:
    """One import, or NotFound."""
    query = select(AdministrativeImport).where(AdministrativeImport.reference == reference)
    found = session.execute(query).scalar_one_or_none()
    if found is None:
        raise NotFound("There is no such import.")
    return found


def imports(page: int) -> Page[AdministrativeImport]:
    """One page of the imports, newest first."""
    query = select(AdministrativeImport).order_by(AdministrativeImport.id.desc())
    return page_of(query, page, key=AdministrativeImport.id, make=lambda row: row[0])


def figures_of(round_id: int, cut_at: datetime) -> dict[int, list[AdministrativeFigure]]:
    """The official figures of a round's applications as they were known at `cut_at`, oldest first.

    By application id; of the same measure and period the latest import holds. An application
    without any is left out. One statement.
    """
    query = (
        select(Application.id, AdministrativeFigure)
        .join(AdministrativeFigure, AdministrativeFigure.business_id == Application.business_id)
        .join(AdministrativeImport, AdministrativeImport.id == AdministrativeFigure.import_id)
        .where(
            Application.round_id == round_id,
            Application.submitted_at.is_not(None),
            AdministrativeImport.imported_at <= cut_at,
        )
        .order_by(Application.id, AdministrativeFigure.period_end_on, AdministrativeImport.id)
    )
    found: dict[int, dict[tuple[Measure, date], AdministrativeFigure]] = defaultdict(dict)
    for application_id, figure in session.execute(query):
        found[application_id][figure.measure, figure.period_end_on] = figure
    return {application_id: list(each.values()) for application_id, each in found.items()}
