"""What a message about a struck sheet needs to know, and who must not have it."""

from voucher.allocation.scored.models import Scoring, ScoringEntry, ScoringSlot
from voucher.allocation.scored.queries import state_of
from voucher.allocation.scored.removals import barred_scorers
from voucher.allocation.scored.rules import place_to_take
from voucher.audit.models import AuditEvent
from voucher.core.db import session
from voucher.notifications.queries.cases import Facts
from voucher.notifications.rules import one_line
from voucher.programmes.queries import round_by_id


def of_sheet(event: AuditEvent) -> Facts | None:
    """Facts of a sheet that was struck, while another scorer is needed; else None.

    By number alone: whoever scores does not read whose application it is. `extra["not_for"]`: ids
    of those who can't be that scorer.
    """
    slot = session.get_one(ScoringSlot, event.record_id)
    entry = session.get_one(ScoringEntry, slot.entry_id)
    scoring = session.get_one(Scoring, entry.scoring_id)
    state = state_of(scoring, entry.number)
    if place_to_take(state.stage, state.places_occupied) is None:
        return None
    words = {
        "number": entry.number,
        "round": one_line(round_by_id(scoring.round_id).name),
        "scoring": scoring.reference,
    }
    return Facts(words, extra={"not_for": barred_scorers(state)})
