"""What a draw does to applications: offer a place, keep waiting, leave to the comparison.

Places of a ranked list are offered here too. The draw itself is made above this package, which
says what it gave.
"""

from collections.abc import Sequence
from datetime import datetime

from voucher.applications.models import APPLICATION_MOVES, Application, ApplicationStatus, CaseNote
from voucher.applications.operations.assess import lock_case, words_between
from voucher.applications.operations.decide import IN_COMPARISON, approve
from voucher.applications.queries.draws import compared_until
from voucher.applications.queries.staff import latest_decision
from voucher.audit.operations import record, record_all
from voucher.businesses.queries import is_of_enterprise, same_enterprise_ids
from voucher.core.clock import london_date
from voucher.core.db import session
from voucher.core.errors import Conflict, NotPermitted
from voucher.core.status import transition, transition_all
from voucher.programmes.queries import round_by_id
from voucher.subsidy.queries import headroom

REOPENED_WORDS = 500


def bar_to_offer(application: Application, at: datetime) -> str:
    """Why a drawn place can’t be offered now, in words for the officer; empty where it can."""
    decision = latest_decision(application.id)
    if application.status is not ApplicationStatus.ELIGIBLE or decision is None:
        return f"It is “{application.status.staff_label}”."
    if application.held_at is not None:
        return "It is on hold."
    today = london_date(at)
    until = compared_until(same_enterprise_ids(application.business_id), today)
    if until is not None:
        return f"{IN_COMPARISON} {until.day} {until:%B %Y}."
    if headroom(application.business_id, today) < (decision.award_pence or 0):
        return "The award would pass the subsidy limit."
    return ""


def offer_place(*, application: Application, by: int, at: datetime) -> None:
    """Offer a drawn place: the application is APPROVED and its subsidy notice is sent.

    Before: the round is locked and the application ELIGIBLE. Raises Conflict with the bar to it.
    """
    bar = offer_unless_barred(application=application, by=by, at=at)
    if bar:
        raise Conflict(f"The place can’t be offered now. {bar}")


def offer_unless_barred(*, application: Application, by: int | None, at: datetime) -> str:
    """The same, but for a barred place nothing changes; the bar in words, empty if offered.

    `by`: None where the worker makes the offers of a draw or a ranked list.
    """
    locked = lock_case(application)
    bar = bar_to_offer(locked, at)
    decision = latest_decision(locked.id)
    if not bar and decision is not None:
        approve(locked, decision, round_by_id(locked.round_id), by=by, at=at)
    return bar


def keep_waiting(*, waiting: Sequence[tuple[Application, int]], by: int, at: datetime) -> None:
    """Note that the draw put these on the waiting list, each with its number there."""
    cases = [(application, {"number": number}) for application, number in waiting]
    record_all(action="application.waiting", cases=cases, by=by, at=at)


def leave_to_comparison(*, left: Sequence[tuple[Application, str]], by: int, at: datetime) -> None:
    """Move eligible applications that were not drawn to COMPARISON, each with its arm's kind."""
    moved = [application for application, _ in left]
    transition_all(moved, ApplicationStatus.COMPARISON, moves=APPLICATION_MOVES, at=at, by=by)
    cases = [(application, {"arm": arm}) for application, arm in left]
    record_all(action="application.compared", cases=cases, by=by, at=at)


def reconsider(*, application: Application, note: str, by: int, at: datetime) -> None:
    """Take an eligible application back to be decided again, before the list is frozen.

    After: SUBMITTED again, with the note kept. Raises Invalid on "note" without words, NotPermitted
    for somebody of the business, Conflict once the list is frozen.
    """
    words = words_between(note, "note", "Say why it is decided again.", REOPENED_WORDS)
    round_ = round_by_id(application.round_id)
    session.refresh(round_, ["list_frozen_at"], with_for_update={"key_share": True})
    if round_.list_frozen_at is not None:
        raise Conflict("The list of this round is frozen, so nobody can leave it.")
    locked = lock_case(application)
    if is_of_enterprise(by, locked.business_id):
        raise NotPermitted("You belong to this business, so somebody else must do this.")
    transition(locked, ApplicationStatus.SUBMITTED, moves=APPLICATION_MOVES, at=at, by=by)
    session.add(CaseNote(application_id=locked.id, words=words, written_by_id=by, written_at=at))
    record(action="application.reconsidered", subject=locked, at=at, by=by, case=locked.reference)
