"""A place left before issue: the next of the same stratum has it, if the round's plan says so."""

from datetime import datetime

from voucher.allocation.models import Draw, DrawReplacement
from voucher.allocation.offers.operations import settle_by_hand
from voucher.allocation.queries import next_waiting, places_left, places_not_offered
from voucher.applications.models import Application
from voucher.applications.operations.drawn import offer_place
from voucher.audit.operations import record
from voucher.businesses.queries import is_of_enterprise
from voucher.core.db import session, translating_constraints
from voucher.core.errors import Conflict, NotPermitted
from voucher.programmes.models import Round


def replace(*, draw: Draw, leaver_reference: str, by: int, at: datetime) -> DrawReplacement:
    """Give the place of somebody who left before issue to the next who waits in the stratum.

    After: the replacement is recorded, the successor APPROVED with its notice sent. Raises
    Conflict unless the plan of the round replaces, the place was left before a voucher was issued
    and not given on yet, and somebody waits in its stratum who can be offered it, NotPermitted
    for a person of either business.
    """
    _lock(draw)
    if not draw.replaces:
        raise Conflict("The plan of this round does not replace who leaves.")
    left = {row.reference: row for row in places_left(draw.id)}
    leaver = left.get(leaver_reference)
    if leaver is None:
        raise Conflict("This place was not left before issue, or was given to the next already.")
    waiting = next_waiting(draw.id, leaver.stratum)
    if waiting is None:
        raise Conflict("Nobody waits in this part of the list any more, so the place stays free.")
    successor = _application(waiting.application_id)
    _require_outsider(by, _application(leaver.id), successor)
    replaced = DrawReplacement(
        draw_id=draw.id,
        stratum=leaver.stratum,
        leaver_id=leaver.id,
        successor_id=waiting.application_id,
        replaced_at=at,
        replaced_by_id=by,
    )
    with translating_constraints():
        session.add(replaced)
        session.flush()
    details = {"draw": draw.id, "leaver": leaver.id, "successor": waiting.application_id}
    record(action="draw.replaced", subject=replaced, at=at, by=by, details=details)
    offer_place(application=successor, by=by, at=at)
    return replaced


def offer_again(*, draw: Draw, reference: str, by: int, at: datetime) -> None:
    """Offer a place that could not be offered before, or is not yet. Raises Conflict with the bar,
    NotPermitted for a person of the business."""
    _lock(draw)
    barred = {application.reference: application for application in places_not_offered(draw.id)}
    if reference not in barred:
        raise Conflict("This place has been offered already, or there is none.")
    _require_outsider(by, barred[reference])
    offer_place(application=barred[reference], by=by, at=at)
    settle_by_hand(application=barred[reference], at=at)


def _require_outsider(by: int, *applications: Application) -> None:
    if any(is_of_enterprise(by, each.business_id) for each in applications):
        raise NotPermitted("You belong to this business, so somebody else must do this.")


def _lock(draw: Draw) -> None:
    round_ = session.get_one(Round, draw.round_id)
    session.refresh(round_, ["status"], with_for_update={"key_share": True})


def _application(application_id: int) -> Application:
    return session.get_one(Application, application_id)
