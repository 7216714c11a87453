"""What scorers do: declare conflicts of interest, take an application, hand in their sheet.

Each locks the round, so of two people after the last sheet one has it and the other is told.
"""

from collections.abc import Collection, Mapping
from datetime import datetime

from sqlalchemy import select

from voucher.allocation.scored.models import (
    SLOT_MOVES,
    Score,
    Scorer,
    ScorerConflict,
    Scoring,
    ScoringSlot,
    SlotStatus,
)
from voucher.allocation.scored.operations.plan import lock_round, store
from voucher.allocation.scored.queries import (
    EntryState,
    conflicts_of,
    plan_in_use,
    scorer_of,
    state_of,
    states_of,
)
from voucher.allocation.scored.rules import Stage, check_reasons, place_to_take, rule_of
from voucher.allocation.scoring import Marks, total
from voucher.audit.operations import record
from voucher.businesses.queries import own_enterprise_ids
from voucher.core.db import session
from voucher.core.errors import Conflict, Invalid, NotPermitted
from voucher.core.status import opened, transition
from voucher.programmes.queries import round_by_id


def declare(*, scoring: Scoring, conflicts: Collection[int], by: int, at: datetime) -> Scorer:
    """Become a scorer of a round, having said on the list of names where one has a conflict.

    `conflicts`: ids of applications on the list. Those of enterprises that the person belongs to
    are added. After: none of them is ever offered to this scorer. Raises Invalid for an application
    that is not on the list, Conflict if they have declared already.
    """
    _lock(scoring)
    states = states_of(scoring)
    entries = {state.application.id: state.entry.id for state in states}
    if not set(conflicts) <= set(entries):
        raise Invalid("Select businesses that are on the list.", "conflicts")
    scorer = Scorer(scoring_id=scoring.id, user_id=by, declared_at=at)
    store(scorer)
    own = own_enterprise_ids(by)
    kept = set(conflicts) | {
        state.application.id for state in states if state.application.business_id in own
    }
    session.add_all(
        ScorerConflict(scorer_id=scorer.id, entry_id=entries[application_id], declared_at=at)
        for application_id in sorted(kept)
    )
    session.flush()
    details = {"scoring": scoring.id, "conflicts": len(kept)}
    record(action="scoring.declared", subject=scorer, at=at, by=by, details=details)
    return scorer


def take(*, scoring: Scoring, number: int, by: int, at: datetime) -> ScoringSlot:
    """Take an application to score: the first, the second, or the third sheet where that is due.

    Taking again what one has is taking it once. Raises NotPermitted for who has not declared, who
    has a conflict, who belongs to the business, and who had it before; Conflict when no sheet of it
    is free.
    """
    _lock(scoring)
    scorer, state = _scorer(scoring, by), state_of(scoring, number)
    if by in state.taken:
        return state.taken[by]
    _require_free_of_conflict(scorer, state, by)
    place = place_to_take(state.stage, state.places_occupied)
    if place is None:
        raise Conflict(f"It can’t be taken now: {state.stage.staff_label.lower()}.")
    slot = ScoringSlot(
        entry_id=state.entry.id,
        place=place,
        scorer_id=scorer.id,
        status=SlotStatus.TAKEN,
        taken_at=at,
    )
    store(slot)
    opened(slot, at=at, by=by)
    note_sheet("scoring.taken", slot, state, by=by, at=at, place=place)
    return slot


def hand_in(
    *,
    scoring: Scoring,
    number: int,
    plan_version: int,
    marks: Marks,
    reasons: Mapping[str, str],
    by: int,
    at: datetime,
) -> ScoringSlot:
    """Hand in a sheet: a mark and a reason for every criterion. It can't be changed after.

    `plan_version`: of the plan that the scorer read. Raises Invalid naming the criterion's field,
    Conflict if it was handed in, given back or never taken, if the application left the round, or
    the plan is another; NotPermitted for who has joined the business since they took it.
    """
    _lock(scoring)
    state, plan = state_of(scoring, number), plan_in_use(scoring.round_id)
    slot = _taken_by(state, by)
    refuse_the_own(state, by)
    if state.stage is Stage.GONE:
        raise Conflict("This application has left the round, so it is scored no more.")
    if plan.version != plan_version:
        raise Conflict("The plan was changed meanwhile. Read the criteria again.")
    rule = rule_of(plan)
    sum_ = total(rule, marks)
    kept = check_reasons(rule, reasons)
    transition(
        slot,
        SlotStatus.HANDED_IN,
        moves=SLOT_MOVES,
        at=at,
        by=by,
        handed_in_at=at,
        plan_id=plan.id,
        total=sum_,
    )
    session.add_all(
        Score(slot_id=slot.id, criterion=code, mark=marks[code], reason=words)
        for code, words in kept.items()
    )
    session.flush()
    note_sheet("scoring.handed_in", slot, state, by=by, at=at, place=slot.place)
    return slot


def stand_back(*, scoring: Scoring, number: int, by: int, at: datetime) -> ScoringSlot:
    """Give an application back for a conflict noticed in reading. Raises Conflict if handed in."""
    _lock(scoring)
    scorer, state = _scorer(scoring, by), state_of(scoring, number)
    slot = _taken_by(state, by)
    store(ScorerConflict(scorer_id=scorer.id, entry_id=state.entry.id, declared_at=at))
    return give_back(slot, state, by=by, at=at)


def give_back(slot: ScoringSlot, state: EntryState, *, by: int, at: datetime) -> ScoringSlot:
    """Free a sheet that was taken and not handed in."""
    transition(slot, SlotStatus.GIVEN_BACK, moves=SLOT_MOVES, at=at, by=by, given_back_at=at)
    note_sheet("scoring.given_back", slot, state, by=by, at=at, place=slot.place)
    return slot


def _taken_by(state: EntryState, user_id: int) -> ScoringSlot:
    if state.sheet_of(user_id):
        raise Conflict("This sheet has been handed in already, and can’t be changed.")
    slot = state.taken.get(user_id)
    if slot is None:
        raise Conflict("This application is not taken, or was given back.")
    return slot


def _scorer(scoring: Scoring, by: int) -> Scorer:
    scorer = scorer_of(scoring.id, by)
    if scorer is None:
        raise NotPermitted("Declare your conflicts of interest first.")
    return scorer


def _require_free_of_conflict(scorer: Scorer, state: EntryState, by: int) -> None:
    if state.entry.id in conflicts_of(scorer):
        raise NotPermitted("You have a conflict of interest here, so somebody else must score it.")
    refuse_the_own(state, by)
    had = select(ScoringSlot.id).where(
        ScoringSlot.entry_id == state.entry.id, ScoringSlot.scorer_id == scorer.id
    )
    if session.execute(had).first() is not None:
        raise NotPermitted("You had this application already, so somebody else must score it.")


def refuse_the_own(state: EntryState, by: int) -> None:
    """Raise NotPermitted for a person of the business whose application it is."""
    if state.application.business_id in own_enterprise_ids(by):
        raise NotPermitted("You belong to this business, so somebody else must do this.")


def _lock(scoring: Scoring) -> None:
    lock_round(round_by_id(scoring.round_id))


def note_sheet(
    action: str, slot: ScoringSlot, state: EntryState, *, by: int, at: datetime, **details: int
) -> None:
    """Record what was done with a sheet, in the case that it is of."""
    record(
        action=action,
        subject=slot,
        at=at,
        by=by,
        case=state.application.reference,
        details={"entry": state.entry.id, **details},
    )
