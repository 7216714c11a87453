"""Reads of reports: what waits to be built, the list, what can be reported on."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import func, or_, select

from voucher.core.db import session
from voucher.core.errors import NotFound
from voucher.core.paging import Page, page_of
from voucher.evaluation.models import Report, ReportKind, ReportStatus
from voucher.programmes.models import Programme, Round, RoundStatus
from voucher.providers.models import Provider
from voucher.vouchers.models import Redemption, Voucher


def waiting_report(building_since: datetime) -> Report | None:
    """The next report to build, locked: asked for, or left behind since before `building_since`."""
    left_behind = (Report.status == ReportStatus.BUILDING) & (Report.started_at < building_since)
    query = (
        select(Report)
        .where(or_(Report.status == ReportStatus.QUEUED, left_behind))
        .order_by(Report.id)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    return session.execute(query).scalar_one_or_none()


def report_under_way(round_id: int, voucher_id: int | None) -> Report | None:
    """A report on the same matter that waits or is being built."""
    query = select(Report).where(
        Report.round_id == round_id,
        Report.kind != ReportKind.PLAN,
        Report.voucher_id == voucher_id if voucher_id else Report.voucher_id.is_(None),
        Report.status.in_((ReportStatus.QUEUED, ReportStatus.BUILDING)),
    )
    return session.execute(query.limit(1)).scalar_one_or_none()


def provider_report_under_way(provider_id: int) -> Report | None:
    """A summary of the provider that waits or is being built."""
    query = select(Report).where(
        Report.provider_id == provider_id,
        Report.status.in_((ReportStatus.QUEUED, ReportStatus.BUILDING)),
    )
    return session.execute(query.limit(1)).scalar_one_or_none()


def has_redemptions(provider_id: int) -> bool:
    """Whether any voucher was redeemed with the provider."""
    query = select(Redemption.id).where(Redemption.provider_id == provider_id).limit(1)
    return session.execute(query).scalar() is not None


def reports(page: int) -> Page[Any]:
    """One page of (report, round, programme's name, voucher's reference, provider's name).

    The newest first; what a report is not about is None.
    """
    query = (
        select(Report, Round, Programme.name, Voucher.reference, Provider.name)
        .outerjoin(Round, Round.id == Report.round_id)
        .outerjoin(Programme, Programme.id == Round.programme_id)
        .outerjoin(Voucher, Voucher.id == Report.voucher_id)
        .outerjoin(Provider, Provider.id == Report.provider_id)
        .order_by(Report.id.desc())
    )
    return page_of(query, page, key=Report.id)


def report_by_reference(reference: str) -> Report:
    """The report, or NotFound."""
    query = select(Report).where(Report.reference == reference)
    found = session.execute(query).scalar_one_or_none()
    if found is None:
        raise NotFound("There is no such report.")
    return found


def rounds_to_report() -> Sequence[tuple[str, str, str]]:
    """Reference, programme and name of every round that has opened, the newest first."""
    query = (
        select(Round.reference, Programme.name, Round.name)
        .join(Programme, Programme.id == Round.programme_id)
        .where(Round.status != RoundStatus.DRAFT)
        .order_by(Round.id.desc())
    )
    return [(row[0], row[1], row[2]) for row in session.execute(query)]


def providers_to_report() -> Sequence[tuple[str, str]]:
    """Reference and name of every provider with whom a voucher was redeemed, by name."""
    redeemed = select(Redemption.provider_id)
    query = (
        select(Provider.reference, Provider.name)
        .where(Provider.id.in_(redeemed))
        .order_by(func.lower(Provider.name), Provider.id)
    )
    return [(row[0], row[1]) for row in session.execute(query)]


def voucher_to_report(reference: str) -> Voucher:
    """A voucher that was redeemed, by its reference; NotFound otherwise."""
    query = select(Voucher).where(Voucher.reference == reference, Voucher.redeemed_at.is_not(None))
    found = session.execute(query).scalar_one_or_none()
    if found is None:
        raise NotFound("There is no redeemed voucher with this reference.")
    return found
