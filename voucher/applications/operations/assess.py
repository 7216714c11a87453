"""What officers do before a decision: assign, note, hold and release, ask for corrections.

Nobody moves the case of a business they belong to. That holds from wherever it is called.
Every operation flushes and never commits. Lock order: round → voucher → application.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import func, select

from voucher.accounts.permissions import Permission
from voucher.accounts.queries import officers_who_may
from voucher.applications.models import (
    APPLICATION_MOVES,
    Application,
    ApplicationStatus,
    CaseNote,
    CorrectionRequest,
)
from voucher.applications.operations.check import check_application
from voucher.applications.queries.drafts import whole_application
from voucher.applications.queries.facts import register_before_asking
from voucher.applications.rules import (
    CORRECTION_SECTIONS,
    MOST_CORRECTIONS,
    CaseAction,
    bar_to,
    resumed_deadline,
)
from voucher.audit.operations import record
from voucher.businesses.queries import is_of_enterprise
from voucher.core.clock import london_date
from voucher.core.db import lock, session
from voucher.core.errors import Conflict, Invalid, NotFound, NotPermitted
from voucher.core.status import transition
from voucher.eligibility.models import EligibilityCheck

LONGEST_REASON = 500
LONGEST_NOTE = 4_000
_NOT_A_CASE = (ApplicationStatus.DRAFT, ApplicationStatus.WITHDRAWN)


def assign(*, application: Application, officer_id: int | None, by: int, at: datetime) -> None:
    """Give the case to an officer, or (None) back to nobody.

    Raises Invalid on "officer_id" for somebody who may neither assess nor approve cases.
    """
    locked = lock_case(application)
    if officer_id is not None and officer_id not in case_officers():
        raise Invalid("Choose somebody who works on cases.", "officer_id")
    locked.assigned_to_id = officer_id
    record(
        action="application.assigned",
        subject=locked,
        at=at,
        by=by,
        case=locked.reference,
        details={"officer": officer_id},
    )


def case_officers() -> dict[int, str]:
    """Names by user id of everybody to whom a case can be given."""
    return officers_who_may(Permission.CASE_ASSESS) | officers_who_may(Permission.CASE_APPROVE)


def add_note(*, application: Application, words: str, by: int, at: datetime) -> CaseNote:
    """Keep a note on the case; the business never sees it. Raises Invalid on "words"."""
    text = words_between(words, "words", "Enter a note.", LONGEST_NOTE)
    note = _keep_note(application, text, by, at)
    record(
        action="application.noted",
        subject=application,
        at=at,
        by=by,
        case=application.reference,
        details={"note": note.id},
    )
    return note


def hold(*, application: Application, reason: str, by: int, at: datetime) -> None:
    """Hold the case: nothing is decided, awarded, redeemed or paid until it is released.

    The reason is kept on the case and as a note, so that it is still known after the release.
    Raises Invalid on "reason", Conflict for a draft, a withdrawn case and one held already.
    """
    text = words_between(reason, "reason", "Say why the case is held.", LONGEST_REASON)
    locked = lock_case_of_others(application, by)
    require_no_bar(CaseAction.HOLD, locked)
    locked.held_at, locked.held_by_id, locked.hold_reason = at, by, text
    _keep_note(locked, f"Put on hold: {text}", by, at)
    record(action="application.held", subject=locked, at=at, by=by, case=locked.reference)


def release_hold(*, application: Application, by: int, at: datetime, note: str = "") -> None:
    """Let a held case go on. Raises Conflict when it is not held."""
    locked = lock_case_of_others(application, by)
    require_no_bar(CaseAction.RELEASE, locked)
    locked.held_at = locked.held_by_id = locked.hold_reason = None
    if note.strip():
        text = words_between(note, "note", "", LONGEST_REASON)
        _keep_note(locked, f"Released: {text}", by, at)
    record(action="application.released", subject=locked, at=at, by=by, case=locked.reference)


def request_corrections(
    *, application: Application, items: Sequence[Mapping[str, str]], by: int, at: datetime
) -> CorrectionRequest:
    """Send the business one consolidated list of what to put right; the decision clock stops.

    `items`: 1 to 8 of {"section": a code of CORRECTION_SECTIONS, "words": what to do}. Before: the
    application waits for a decision. After: it is RETURNED, and the list waits for its answer
    (see `answer_corrections`). Raises Invalid on "items", Conflict when it can't be returned or the
    case is held.
    """
    checked = _check_items(items)
    locked = lock_case_of_others(application, by)
    require_no_bar(CaseAction.CORRECT, locked)
    transition(locked, ApplicationStatus.RETURNED, moves=APPLICATION_MOVES, at=at, by=by)
    request = CorrectionRequest(
        application_id=locked.id, items=checked, asked_by_id=by, asked_at=at
    )
    session.add(request)
    session.flush()
    record(
        action="application.returned",
        subject=locked,
        at=at,
        by=by,
        case=locked.reference,
        details={"request": request.id, "sections": [item["section"] for item in checked]},
    )
    return request


def check_again(
    *, application: Application, holds_live_voucher: bool, by: int, at: datetime
) -> EligibilityCheck:
    """Run the rules anew on the facts of today, because the facts or the register have changed.

    A company's check then waits for the register, which the worker asks at once. The caller says
    `holds_live_voucher`, which the vouchers package knows. Raises Conflict unless it is with us.
    """
    locked = lock_case_of_others(application, by)
    require_no_bar(CaseAction.CHECK, locked)
    whole = whole_application(locked.id)
    return check_application(
        application=whole,
        register=register_before_asking(whole.business),
        holds_live_voucher=holds_live_voucher,
        by=by,
        at=at,
    )


def answer_corrections(*, application: Application, at: datetime) -> None:
    """Close the open list of corrections and let the decision clock go on where it stood.

    Called by the resubmission, in its transaction. The clock stops once: a later list closes in the
    same way but the day of the decision stays. Does nothing where no list is open.
    """
    requests = session.execute(
        select(CorrectionRequest)
        .where(CorrectionRequest.application_id == application.id)
        .order_by(CorrectionRequest.id)
    )
    lists = requests.scalars().all()
    for number, request in enumerate(lists, start=1):
        if request.answered_at is not None:
            continue
        request.answered_at = at
        if number == 1 and application.decide_by_on is not None:
            application.decide_by_on = resumed_deadline(
                application.decide_by_on, london_date(request.asked_at), london_date(at)
            )
    session.flush()


def lists_sent(application_id: int) -> int:
    """How many lists of corrections the business has been sent."""
    query = select(func.count(CorrectionRequest.id)).where(
        CorrectionRequest.application_id == application_id
    )
    return session.execute(query).scalar_one()


def lock_case(application: Application) -> Application:
    """The application, fresh and locked; Conflict for a draft or one that was withdrawn.

    The row's relationships must be loaded again afterwards.
    """
    locked: Application | None = lock(Application, application.id)
    if locked is None:
        raise NotFound("There is no such application.")
    if locked.status in _NOT_A_CASE:
        raise Conflict(f"This can’t be done now: it is “{locked.status.staff_label}”.")
    return locked


def lock_case_of_others(application: Application, by: int) -> Application:
    """As `lock_case`; NotPermitted for a member of the case's own business."""
    locked = lock_case(application)
    if is_of_enterprise(by, locked.business_id):
        raise NotPermitted("You belong to this business, so a colleague must do this.")
    return locked


def require_no_bar(action: CaseAction, locked: Application) -> None:
    """Raise Conflict, saying why, when the state of the locked case bars `action`."""
    bar = bar_to(action, status=locked.status, held=locked.held_at is not None)
    if bar:
        raise Conflict(bar)


def words_between(text: str, field: str, missing: str, longest: int) -> str:
    """The text without its ends' spaces; Invalid on `field` when empty or over `longest`."""
    tidy = text.strip()
    if not tidy:
        raise Invalid(missing, field)
    if len(tidy) > longest:
        raise Invalid(f"This must be {longest:,} characters or fewer.", field)
    return tidy


def _check_items(items: Sequence[Mapping[str, str]]) -> list[dict[str, str]]:
    if not items:
        raise Invalid("Say at least one thing that the business must put right.", "items")
    if len(items) > MOST_CORRECTIONS:
        raise Invalid(f"Ask for {MOST_CORRECTIONS} things or fewer.", "items")
    for item in items:
        if item["section"] not in CORRECTION_SECTIONS:
            raise Invalid("Choose the part of the application that must be put right.", "items")
    return [
        {
            "section": item["section"],
            "words": words_between(item["words"], "items", "Say what to do.", LONGEST_REASON),
        }
        for item in items
    ]


def _keep_note(application: Application, words: str, by: int, at: datetime) -> CaseNote:
    note = CaseNote(application_id=application.id, words=words, written_by_id=by, written_at=at)
    session.add(note)
    session.flush()
    return note
