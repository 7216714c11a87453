"""Reads of the sheets that were taken off their scorers, and of who may not replace one."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select

from voucher.accounts.models import Membership
from voucher.allocation.scored.models import (
    Scorer,
    ScorerConflict,
    ScoringEntry,
    ScoringRemoval,
    ScoringSlot,
    SlotStatus,
)
from voucher.allocation.scored.queries import EntryState
from voucher.businesses.queries import same_enterprise
from voucher.core.db import session


def removals_of(entry_id: int) -> Sequence[Any]:
    """The sheets of an application that were taken off their scorers: whose, by whom, when, why."""
    return session.execute(_removals().where(ScoringSlot.entry_id == entry_id)).all()


def struck_sheets(scoring_id: int) -> Sequence[Any]:
    """The same of every sheet of a scoring that was struck."""
    struck = (ScoringEntry.scoring_id == scoring_id, ScoringSlot.status == SlotStatus.STRUCK)
    return session.execute(_removals().where(*struck)).all()


def barred_scorers(state: EntryState) -> frozenset[int]:
    """Ids of the people who can't take another sheet of an application: who has or had one, who has
    declared a conflict, and who belongs to its business under whichever entry."""
    entry_id = state.entry.id
    had = select(ScoringSlot.scorer_id).where(ScoringSlot.entry_id == entry_id)
    declared = select(ScorerConflict.scorer_id).where(ScorerConflict.entry_id == entry_id)
    scorers = select(Scorer.user_id).where(Scorer.id.in_(had) | Scorer.id.in_(declared))
    members = select(Membership.user_id).where(
        Membership.business_id.in_(same_enterprise(state.application.business)),
        Membership.ended_at.is_(None),
    )
    return frozenset(session.execute(scorers.union(members)).scalars())


def _removals() -> Any:
    return (
        select(
            ScoringEntry.number,
            ScoringSlot.handed_in_at,
            ScoringSlot.total,
            Scorer.user_id,
            ScoringRemoval.reason,
            ScoringRemoval.removed_at,
            ScoringRemoval.removed_by_id,
        )
        .join(ScoringSlot, ScoringSlot.id == ScoringRemoval.slot_id)
        .join(ScoringEntry, ScoringEntry.id == ScoringSlot.entry_id)
        .join(Scorer, Scorer.id == ScoringSlot.scorer_id)
        .order_by(ScoringRemoval.id)
    )
