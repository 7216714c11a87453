"""Sending an application, sending it again after corrections, and taking it back."""

from datetime import datetime

from sqlalchemy import select

from voucher.applications.models import APPLICATION_MOVES, Application, ApplicationStatus
from voucher.applications.operations.assess import answer_corrections
from voucher.applications.operations.check import check_application
from voucher.applications.operations.draft import (
    DECLARATIONS,
    WRITABLE,
    lock_business,
    note_done,
    require_open,
)
from voucher.applications.queries.drafts import evidence_of, whole_application
from voucher.applications.queries.facts import register_before_asking
from voucher.applications.rules import deadline
from voucher.applications.sections import needs_proof, still_to_do
from voucher.audit.operations import record
from voucher.core.clock import london_date
from voucher.core.db import lock, session, translating_constraints
from voucher.core.errors import Conflict, Invalid, NotFound
from voucher.core.status import transition
from voucher.subsidy.models import SubsidyNotice
from voucher.subsidy.operations import (
    decline_notice,
    set_aside,
    stand_behind,
    withdraw_open_notices,
)

_A = ApplicationStatus
_NOT_APPROVED_YET = (_A.SUBMITTED, _A.RETURNED, _A.PROPOSED)


def submit(
    *, application: Application, by: int, at: datetime, holds_live_voucher: bool = False
) -> Application:
    """Send the application to the officers; the first check is stored in the same transaction.

    Before: it is a draft in an open round, or was sent back for corrections, and every part is
    done. After: SUBMITTED, with the day by which it will be decided. Sending twice is sending once:
    the second of a double click finds it sent and changes nothing. `holds_live_voucher` is known to
    the vouchers package, above this one, so the caller says it.

    Raises Invalid when something is missing, Conflict when it can't be sent (any more).
    """
    locked = _lock(application)
    if locked.status is _A.SUBMITTED:
        return locked
    again = locked.status is _A.RETURNED
    if not again:
        require_open(locked.round, at)
    _require_whole(locked)
    _move_to_officers(locked, again=again, by=by, at=at)
    stand_behind(business_id=locked.business_id, at=at)
    record(
        action="application.resubmitted" if again else "application.submitted",
        subject=locked,
        at=at,
        by=by,
        case=locked.reference,
        details={"round": locked.round_id, "terms": locked.round.terms_id},
    )
    check_application(
        application=locked,
        register=register_before_asking(locked.business),
        holds_live_voucher=holds_live_voucher,
        by=None,
        at=at,
    )
    return locked


def _lock(application: Application) -> Application:
    locked = lock(Application, application.id)
    if locked is None:
        raise NotFound("There is no such application.")
    if locked.status in WRITABLE:
        lock_business(locked.business_id)  # what is checked now must not change meanwhile
    return whole_application(application.id)


def _require_whole(locked: Application) -> None:
    business = locked.business
    if needs_proof(business.legal_form) and not evidence_of(locked):
        note_done(locked, "evidence", False)
    current = {f"{code}:{locked.round.terms.version}" for code in DECLARATIONS}
    if current - set(locked.declarations):
        note_done(locked, "declarations", False)
    missing = still_to_do(business.legal_form, locked.sections_done)
    if missing:
        titles = "; ".join(section.title for section in missing)
        raise Invalid(f"You can send the application when every part is done. To do: {titles}.")


def _move_to_officers(locked: Application, *, again: bool, by: int, at: datetime) -> None:
    if again:
        with translating_constraints():
            transition(locked, _A.SUBMITTED, moves=APPLICATION_MOVES, at=at, by=by)
        answer_corrections(application=locked, at=at)
        return
    decide_by = deadline(london_date(at), locked.round.decision_working_days)
    with translating_constraints():
        transition(
            locked,
            _A.SUBMITTED,
            moves=APPLICATION_MOVES,
            at=at,
            by=by,
            submitted_at=at,
            submitted_by_id=by,
            decide_by_on=decide_by,
        )


def withdraw(*, application: Application, by: int, at: datetime) -> Application:
    """Take the application back, at any time before an award. A notice sent is thereby declined.

    What was declared with it counts for this entry alone again, unless officers have approved it
    or another application stands behind it: otherwise anybody could use up a rival's limit by
    sending an application and taking it back before anyone has looked at it.

    Raises Conflict once it is awarded or decided against. Withdrawing twice is withdrawing once.
    """
    locked = _lock(application)
    if locked.status is _A.WITHDRAWN:
        return locked
    unseen = locked.status in _NOT_APPROVED_YET
    transition(locked, _A.WITHDRAWN, moves=APPLICATION_MOVES, at=at, by=by)
    if unseen and not _stands_elsewhere(locked):
        set_aside(business_id=locked.business_id)
    withdraw_open_notices(application_id=locked.id, at=at)
    record(action="application.withdrawn", subject=locked, at=at, by=by, case=locked.reference)
    return locked


def _stands_elsewhere(locked: Application) -> bool:
    """Whether another application of the entry was sent and neither taken back nor refused."""
    query = select(Application.id).where(
        Application.business_id == locked.business_id,
        Application.id != locked.id,
        Application.status.not_in((_A.DRAFT, _A.WITHDRAWN, _A.REFUSED)),
    )
    return session.execute(query.limit(1)).first() is not None


def decline_award(
    *, application: Application, notice: SubsidyNotice, by: int, at: datetime
) -> Application:
    """Say no to the proposed award: the notice is declined and the application withdrawn.

    Raises Conflict when the notice has been answered, or the application does not wait for it.
    """
    locked = _lock(application)
    if notice.application_id != locked.id or locked.status is not _A.APPROVED:
        raise Conflict("This application does not wait for an answer to a notice.")
    decline_notice(notice=notice, by=by, at=at, case=locked.reference)
    return withdraw(application=locked, by=by, at=at)
