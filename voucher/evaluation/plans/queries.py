"""Reads of the documents of analysis plans."""

from collections import Counter
from collections.abc import Mapping

from sqlalchemy import func, select

from voucher.allocation.rules import stratum_of
from voucher.applications.models import Application, ApplicationStatus
from voucher.businesses.models import Business
from voucher.core.db import session
from voucher.evaluation.models import Report, ReportKind, ReportStatus
from voucher.programmes.models import StratumBasis
from voucher.programmes.plans.models import AnalysisPlan, PlanDeviation


def businesses_by_part(round_id: int, basis: StratumBasis) -> Mapping[str, int]:
    """How many businesses have applied so far, by the part of the list that each would be in."""
    query = (
        select(Business.local_authority, Business.headcount_band, func.count())
        .join(Application, Application.business_id == Business.id)
        .where(
            Application.round_id == round_id,
            Application.submitted_at.is_not(None),
            Application.status.not_in((ApplicationStatus.REFUSED, ApplicationStatus.WITHDRAWN)),
        )
        .group_by(Business.local_authority, Business.headcount_band)
    )
    found: Counter[str] = Counter()
    for place, size, number in session.execute(query):
        found[stratum_of(basis, place=place, size=size)] += number
    return found


def plan_document_under_way(round_id: int) -> Report | None:
    """A document of the round's plan that is asked for and will hold every deviation noted."""
    last = (
        select(func.max(PlanDeviation.noted_at))
        .join(AnalysisPlan, AnalysisPlan.id == PlanDeviation.plan_id)
        .where(AnalysisPlan.round_id == round_id)
        .scalar_subquery()
    )
    query = select(Report).where(
        Report.round_id == round_id,
        Report.kind == ReportKind.PLAN,
        Report.status.in_((ReportStatus.QUEUED, ReportStatus.BUILDING)),
        Report.data_cut_at >= func.coalesce(last, Report.data_cut_at),
    )
    return session.execute(query.limit(1)).scalar_one_or_none()


def plan_document(round_id: int) -> Report | None:
    """The document of the round's plan that was asked for last, whatever became of it."""
    query = select(Report).where(Report.round_id == round_id, Report.kind == ReportKind.PLAN)
    return session.execute(query.order_by(Report.id.desc()).limit(1)).scalar_one_or_none()


def built_document(round_id: int) -> Report | None:
    """The newest document of the round's plan that is built; None before the first."""
    query = select(Report).where(
        Report.round_id == round_id, Report.kind == ReportKind.PLAN, Report.file_id.is_not(None)
    )
    return session.execute(query.order_by(Report.id.desc()).limit(1)).scalar_one_or_none()
