"""Reads of analysis plans: the draft, what was locked, and what was done otherwise since."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from voucher.core.db import session
from voucher.core.errors import NotFound
from voucher.core.paging import Page, page_of
from voucher.core.references import normalise_reference
from voucher.programmes.models import Round
from voucher.programmes.plans.models import AnalysisPlan, AnalysisPlanDraft, PlanDeviation


def locked_plan(round_id: int) -> AnalysisPlan | None:
    """The plan of the round as it was locked, or None."""
    query = select(AnalysisPlan).where(AnalysisPlan.round_id == round_id)
    return session.execute(query).scalar_one_or_none()


def draft_of(round_id: int) -> AnalysisPlanDraft | None:
    """The plan of the round as it is being drawn up (it stays after locking), or None."""
    query = select(AnalysisPlanDraft).where(AnalysisPlanDraft.round_id == round_id)
    return session.execute(query).scalar_one_or_none()


def deviations(plan_id: int) -> Sequence[PlanDeviation]:
    """What was done otherwise than the locked plan says, the first noted first."""
    query = select(PlanDeviation).where(PlanDeviation.plan_id == plan_id)
    return session.execute(query.order_by(PlanDeviation.id)).scalars().all()


def plan_by_reference(reference: str) -> AnalysisPlan:
    """The locked plan with its round and programme, or NotFound."""
    query = (
        select(AnalysisPlan)
        .options(joinedload(AnalysisPlan.round).joinedload(Round.programme))
        .where(AnalysisPlan.reference == (normalise_reference(reference) or ""))
    )
    found = session.execute(query).scalar_one_or_none()
    if found is None:
        raise NotFound("There is no such analysis plan.")
    return found


def published_plans(page: int = 1) -> Page[AnalysisPlan]:
    """One page of the locked plans with round and programme, the newest first."""
    query = (
        select(AnalysisPlan)
        .options(joinedload(AnalysisPlan.round).joinedload(Round.programme))
        .order_by(AnalysisPlan.id.desc())
    )
    return page_of(query, page, key=AnalysisPlan.id, make=lambda row: row[0])
