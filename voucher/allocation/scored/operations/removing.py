"""What an officer does with a sheet that its scorer should not, or can't, hand in: freed before it
is handed in, struck after. Both with a reason that is kept.
"""

from datetime import datetime

from voucher.allocation.scored.models import (
    SLOT_MOVES,
    Scoring,
    ScoringRemoval,
    ScoringSlot,
    SlotStatus,
)
from voucher.allocation.scored.operations.plan import lock_round, store
from voucher.allocation.scored.operations.sheets import give_back, note_sheet, refuse_the_own
from voucher.allocation.scored.queries import EntryState, settled_list, state_of
from voucher.allocation.scored.rules import LONGEST_REASON, SHORTEST_REASON, Stage
from voucher.core.errors import Conflict, Invalid, NotPermitted
from voucher.core.status import transition
from voucher.programmes.queries import round_by_id


def take_off(
    *, scoring: Scoring, number: int, place: int, seen: str, reason: str, by: int, at: datetime
) -> ScoringSlot:
    """Take the sheet at `place` (1 to 3) off its scorer: `strike` or `take_away`, as it stands.

    `seen`: the sheet as it was when the officer decided (`sight_of`). Meanwhile it may have been
    handed in, or be another scorer's: raises Conflict then, and where nobody has that sheet, and
    what those two raise.
    """
    lock_round(round_by_id(scoring.round_id))
    state = state_of(scoring, number)
    held = {slot.place: (user_id, slot) for user_id, slot in state.taken.items()}
    held |= {sheet.slot.place: (sheet.user_id, sheet.slot) for sheet in state.sheets}
    if place not in held:
        raise Conflict("Nobody has this sheet any more.")
    user_id, slot = held[place]
    if sight_of(slot) != seen:
        raise Conflict("This sheet has changed since you looked at it. Look at it again.")
    remove = strike if slot.status is SlotStatus.HANDED_IN else take_away
    return remove(scoring=scoring, number=number, user_id=user_id, reason=reason, by=by, at=at)


def sight_of(slot: ScoringSlot) -> str:
    """Which sheet it is and how it stands, as text that a form carries."""
    return f"{slot.id} {slot.status.value}"


def take_away(
    *, scoring: Scoring, number: int, user_id: int, reason: str, by: int, at: datetime
) -> ScoringSlot:
    """Free a sheet whose scorer can't hand it in, for somebody else.

    After: GIVEN_BACK, with the reason kept. Raises Invalid on "reason", Conflict if it is handed
    in or not taken, NotPermitted for a person of the business.
    """
    state, words = _locked(scoring, number, by), _words(reason)
    if state.sheet_of(user_id):
        raise Conflict("This sheet has been handed in already, and can’t be changed.")
    slot = state.taken.get(user_id)
    if slot is None:
        raise Conflict("This application is not taken, or was given back.")
    _keep(slot, words, by, at)
    return give_back(slot, state, by=by, at=at)


def strike(
    *, scoring: Scoring, number: int, user_id: int, reason: str, by: int, at: datetime
) -> ScoringSlot:
    """Strike a sheet that was handed in, for example by somebody found to have a conflict since.

    After: STRUCK: it is kept and counts no more; the application is scored by another, who was not
    on it before, unless the sheets that are left make a result. A list that was proposed with it
    can only be sent back. Raises Invalid on "reason"; NotPermitted for whoever scores this
    application, because their own marks weigh more without it, and people of the business; Conflict
    if it is not handed in, the list is settled or the application has left the round.
    """
    state, words = _locked(scoring, number, by), _words(reason)
    if by in state.taken or state.sheet_of(by):
        raise NotPermitted("You score this application, so somebody else must strike the sheet.")
    if settled_list(scoring.id) is not None:
        raise Conflict("The list of this round is settled, so no sheet of it can be struck.")
    if state.stage is Stage.GONE:
        raise Conflict("This application has left the round, so its sheets count no more.")
    sheet = state.sheet_of(user_id)
    if sheet is None:
        raise Conflict("This sheet is not handed in, or was struck already.")
    _keep(sheet.slot, words, by, at)
    transition(sheet.slot, SlotStatus.STRUCK, moves=SLOT_MOVES, at=at, by=by)
    note_sheet("scoring.struck", sheet.slot, state, by=by, at=at, place=sheet.slot.place)
    return sheet.slot


def _locked(scoring: Scoring, number: int, by: int) -> EntryState:
    lock_round(round_by_id(scoring.round_id))
    state = state_of(scoring, number)
    refuse_the_own(state, by)
    return state


def _words(reason: str) -> str:
    words = reason.strip()
    if not SHORTEST_REASON <= len(words) <= LONGEST_REASON:
        raise Invalid(f"Say why, in {SHORTEST_REASON} to {LONGEST_REASON:,} characters.", "reason")
    return words


def _keep(slot: ScoringSlot, words: str, by: int, at: datetime) -> None:
    store(ScoringRemoval(slot_id=slot.id, reason=words, removed_at=at, removed_by_id=by))
