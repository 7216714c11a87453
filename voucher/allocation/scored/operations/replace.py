"""A place left before issue: the next of the ranked list has it, if the round's plan says so."""

from datetime import datetime

from voucher.allocation.offers.operations import settle_by_hand
from voucher.allocation.scored.models import Scoring, ScoringReplacement
from voucher.allocation.scored.operations.plan import lock_round, store
from voucher.allocation.scored.queries import (
    places_left,
    places_not_offered,
    plan_in_use,
    waiting_list,
)
from voucher.applications.models import Application
from voucher.applications.operations.decide import AwardRoom, award_room
from voucher.applications.operations.drawn import offer_place
from voucher.applications.queries.draws import awards_decided
from voucher.audit.operations import record
from voucher.businesses.queries import own_enterprise_ids
from voucher.core.errors import Conflict, NotPermitted
from voucher.programmes.models import Round
from voucher.programmes.queries import round_by_id


def replace(
    *, scoring: Scoring, leaver_reference: str, by: int, at: datetime
) -> ScoringReplacement:
    """Give the place of somebody who left before issue to the next who waits.

    After: the replacement is recorded, the successor APPROVED with its notice sent. Raises
    Conflict unless the plan replaces, the place was left before a voucher was issued and not given
    on yet, somebody waits who can be offered it, and the money pays for their award beside those
    of places that are still to be offered; NotPermitted for a person of the successor's business.
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
    _require_allowed(scoring, waiting, round_, by=by, at=at)
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
    """Offer a place that could not be offered before, or is not yet.

    Raises Conflict with the bar, or where the money does not pay for it; NotPermitted for a person
    of the business.
    """
    round_ = _locked(scoring)
    barred = {row.reference: row for row in places_not_offered(scoring.id)}
    if reference not in barred:
        raise Conflict("This place has been offered already, or there is none.")
    _require_allowed(scoring, barred[reference], round_, by=by, at=at)
    offer_place(application=barred[reference], by=by, at=at)
    settle_by_hand(application=barred[reference], at=at)


def _require_allowed(
    scoring: Scoring, application: Application, round_: Round, *, by: int, at: datetime
) -> None:
    """Raise NotPermitted for the business's own people, Conflict where the money does not suffice.

    A place that is not offered yet has its money all the same, before whoever is ranked below it.
    """
    if application.business_id in own_enterprise_ids(by):
        raise NotPermitted("You belong to this business, so somebody else must do this.")
    kept = [row.id for row in places_not_offered(scoring.id)]
    if application.id in kept:
        kept = kept[: kept.index(application.id)]
    awards = awards_decided([application.id, *kept])
    most = round_.value_cap_pence
    room = award_room(application=application, round_=round_, at=at)
    left = room.round_pence - sum(awards.get(each, most) for each in kept)
    refusal = AwardRoom(room.cap_pence, room.headroom_pence, left).refusal(
        awards.get(application.id, most)
    )
    if refusal:
        raise Conflict(f"It can’t be offered now. {refusal}")


def _locked(scoring: Scoring) -> Round:
    round_ = round_by_id(scoring.round_id)
    lock_round(round_)
    return round_
