"""Reads of trials: what can be tried, and what was."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import joinedload

from voucher.allocation.scored.models import (
    ScoringAnswer,
    ScoringEntry,
    ScoringPlan,
    ScoringSlot,
    SlotStatus,
)
from voucher.allocation.trials.models import AllocationTrial
from voucher.allocation.trials.rules import Entrant
from voucher.applications.models import Application, Decision, DecisionOutcome
from voucher.businesses.models import Business
from voucher.core.db import session
from voucher.core.errors import NotFound
from voucher.core.paging import Page, page_of
from voucher.core.references import normalise_reference
from voucher.programmes.models import Programme, Round


def rounds_to_try() -> Sequence[Any]:
    """Rounds with applications that were found to qualify, the newest first.

    Each as (round, its programme's name, how many).
    """
    qualified = _qualified().subquery()
    query = (
        select(Round, Programme.name, func.count())
        .join(Programme, Programme.id == Round.programme_id)
        .join(Application, Application.round_id == Round.id)
        .join(qualified, qualified.c.application_id == Application.id)
        .group_by(Round.id, Programme.name)
        .order_by(Round.opens_on.desc(), Round.id.desc())
    )
    return session.execute(query).all()


def entrants_of(round_id: int, most_pence: int) -> list[Entrant]:
    """Every application of the round that was found to qualify, in the order of the decisions.

    Awards are those decided, but no more than `most_pence`, which is what the new round gives.
    Marks are there if the round was scored and its list is settled: before, nobody who may still
    have to score sees a mark of somebody else.
    """
    totals = _totals(round_id)
    qualified = _qualified().subquery()
    query = (
        select(
            Application.id,
            Application.reference,
            Application.outcome_areas,
            Business.local_authority,
            Business.headcount_band,
            Business.sector,
            qualified.c.award_pence,
            qualified.c.settled_at,
        )
        .join(qualified, qualified.c.application_id == Application.id)
        .join(Business, Business.id == Application.business_id)
        .where(Application.round_id == round_id)
        .order_by(qualified.c.settled_at, Application.reference)
    )
    return [
        Entrant(
            reference=row.reference,
            decided_at=row.settled_at,
            award_pence=min(row.award_pence, most_pence),
            council=row.local_authority or "",
            areas=tuple(row.outcome_areas),
            size=row.headcount_band,
            sector=row.sector or "",
            totals=totals.get(row.id, ()),
        )
        for row in session.execute(query)
    ]


def _totals(round_id: int) -> dict[int, tuple[int, ...]]:
    """By application: the totals that were handed in, in hundredths of a point out of 100.

    Rounded half up: a total is out of 10,000 × the highest mark. Those with one alone are left out.
    """
    settled = select(ScoringAnswer.scoring_id).where(ScoringAnswer.agreed)
    query = (
        select(ScoringEntry.application_id, ScoringSlot.total, ScoringPlan.highest_mark)
        .join(Application, Application.id == ScoringEntry.application_id)
        .join(ScoringSlot, ScoringSlot.entry_id == ScoringEntry.id)
        .join(ScoringPlan, ScoringPlan.id == ScoringSlot.plan_id)
        .where(
            Application.round_id == round_id,
            ScoringEntry.scoring_id.in_(settled),
            ScoringSlot.status == SlotStatus.HANDED_IN,
        )
        .order_by(ScoringSlot.id)
    )
    found: dict[int, tuple[int, ...]] = {}
    for application_id, total, highest in session.execute(query):
        points = (2 * total + highest) // (2 * highest)
        found[application_id] = (*found.get(application_id, ()), points)
    return {key: totals for key, totals in found.items() if len(totals) > 1}


def _qualified() -> Select[Any]:
    """The last decision of each application, where it was to approve and is final."""
    last = select(func.max(Decision.id)).group_by(Decision.application_id)
    return select(
        Decision.application_id,
        Decision.award_pence,
        func.coalesce(Decision.second_at, Decision.decided_at).label("settled_at"),
    ).where(
        Decision.id.in_(last),
        Decision.outcome == DecisionOutcome.APPROVE,
        Decision.award_pence.is_not(None),
        or_(Decision.needs_second.is_(False), Decision.second_agreed.is_(True)),
    )


def trials_of(round_id: int, page: int = 1) -> Page[AllocationTrial]:
    """One page of the round's trials, each with its source, the latest first."""
    query = (
        select(AllocationTrial)
        .options(joinedload(AllocationTrial.source_round))
        .where(AllocationTrial.round_id == round_id)
        .order_by(AllocationTrial.id.desc())
    )
    return page_of(query, page, key=AllocationTrial.id, make=lambda row: row[0])


def trial_by_reference(reference: str) -> AllocationTrial:
    """One trial with its round, programme and source, or NotFound."""
    query = (
        select(AllocationTrial)
        .options(
            joinedload(AllocationTrial.round, innerjoin=True).joinedload(
                Round.programme, innerjoin=True
            ),
            joinedload(AllocationTrial.source_round),
        )
        .where(AllocationTrial.reference == (normalise_reference(reference) or ""))
    )
    found = session.execute(query).scalar_one_or_none()
    if found is None:
        raise NotFound("There is no such trial.")
    return found
