"""A place left before issue: the next of the ranked list has it, if the round's plan says so."""

from datetime import datetime

from voucher.allocation.scored.models import Scoring, ScoringReplacement
from voucher.allocation.scored.operations.plan import lock_round, store
from voucher.allocation.scored.queries import (
    places_left,
    places_not_offered,
    plan_in_use,
    waiting_list,
)
from voucher.applications.operations.decide import award_room
from voucher.applications.operations.drawn import offer_place
from voucher.applications.queries.draws import awards_decided
from voucher.audit.operations import record
from voucher.core.errors import Conflict
from voucher.programmes.models import Round
from voucher.programmes.queries import round_by_id


def replace(
    *, scoring: Scoring, leaver_reference: str, by: int, at: datetime
) -> ScoringReplacement:
    """Give the place of somebody who left before issue to the next who waits.

    After: the replacement is recorded, the successor APPROVED with its notice sent. Raises
    Conflict unless the plan replaces, the place was left before a voucher was issued and not given
    on yet, somebody waits who can be offered it, and the money pays for their award.
    """
    round_ = _locked(scoring)
    if not plan_in_use(scoring.round_id).replaces:
        raise Conflict("The plan of this round does not replace who leaves.")
    left = {row.reference: row for row in places_left(scoring.id)}
    leaver = left.get(leaver_reference)
    if leaver is None:
        raise Conflict("This place was not left before issue, or was given to the next already.")
    waiting = next(iter(waiting_list(scoring.id)), None)
    if waiting is None:
        raise Conflict("Nobody waits any more, so the place stays free.")
    award = awards_decided([waiting.id]).get(waiting.id, round_.value_cap_pence)
    refusal = award_room(application=waiting, round_=round_, at=at).refusal(award)
    if refusal:
        raise Conflict(f"The next can’t have it now. {refusal}")
    replaced = ScoringReplacement(
        scoring_id=scoring.id,
        leaver_id=leaver.id,
        successor_id=waiting.id,
        replaced_at=at,
        replaced_by_id=by,
    )
    store(replaced)
    details = {"scoring": scoring.id, "leaver": leaver.id, "successor": waiting.id}
    record(action="scoring.replaced", subject=replaced, at=at, by=by, details=details)
    offer_place(application=waiting, by=by, at=at)
    return replaced


def offer_again(*, scoring: Scoring, reference: str, by: int, at: datetime) -> None:
    """Offer a place that could not be offered when it was settled. Conflict with the bar."""
    _locked(scoring)
    barred = {row.reference: row for row in places_not_offered(scoring.id)}
    if reference not in barred:
        raise Conflict("This place has been offered already, or there is none.")
    offer_place(application=barred[reference], by=by, at=at)


def _locked(scoring: Scoring) -> Round:
    round_ = round_by_id(scoring.round_id)
    lock_round(round_)
    return round_
