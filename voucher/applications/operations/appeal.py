"""A refusal contested by the business, and answered by a person who had no part in it."""

from datetime import datetime

from voucher.applications.models import (
    APPLICATION_MOVES,
    Appeal,
    Application,
    ApplicationStatus,
    DecisionOutcome,
)
from voucher.applications.operations.assess import (
    LONGEST_NOTE,
    lock_case,
    require_no_bar,
    words_between,
)
from voucher.applications.operations.check import check_application
from voucher.applications.queries.drafts import whole_application
from voucher.applications.queries.facts import register_before_asking
from voucher.applications.queries.staff import latest_decision
from voucher.applications.rules import (
    APPEAL_ANSWER_WORKING_DAYS,
    CaseAction,
    appeal_by,
    deadline,
    may_review,
)
from voucher.audit.operations import record
from voucher.businesses.queries import is_of_enterprise
from voucher.core.clock import london_date
from voucher.core.db import session, translating_constraints
from voucher.core.errors import Conflict, NotFound, NotPermitted
from voucher.core.status import transition
from voucher.programmes.queries import round_by_id
from voucher.subsidy.operations import stand_behind


def appeal(*, application: Application, grounds: str, by: int, at: datetime) -> Appeal:
    """Contest the latest decision, a refusal, within the days allowed for it.

    After: the application is still REFUSED; the appeal waits for its answer until `answer_by_on`.
    Raises Invalid on "grounds", Conflict when there is no refusal, the time is over, or it was
    appealed already.
    """
    words = words_between(
        grounds, "grounds", "Say why you think the decision is wrong.", LONGEST_NOTE
    )
    locked = lock_case(application)
    decision = latest_decision(locked.id)
    refused = decision is not None and decision.outcome is DecisionOutcome.REFUSE
    if locked.status is not ApplicationStatus.REFUSED or not refused:
        raise Conflict("There is no refusal to appeal against.")
    today = london_date(at)
    if today > appeal_by(london_date(decision.decided_at)):
        raise Conflict("The time to appeal is over. You can apply again in an open round.")
    made = Appeal(
        application_id=locked.id,
        decision_id=decision.id,
        decided_by_id=decision.decided_by_id,
        seconded_by_id=decision.second_by_id,
        grounds=words,
        made_at=at,
        made_by_id=by,
        answer_by_on=deadline(today, APPEAL_ANSWER_WORKING_DAYS),
    )
    with translating_constraints():
        session.add(made)
        session.flush()
    record(
        action="application.appealed",
        subject=locked,
        at=at,
        by=by,
        case=locked.reference,
        details={"appeal": made.id, "decision": decision.id},
    )
    return made


def answer_appeal(
    *,
    appeal: Appeal,
    uphold: bool,
    answer: str,
    by: int,
    at: datetime,
    holds_live_voucher: bool = False,
) -> None:
    """Answer an appeal: uphold it (the application waits for a new decision) or dismiss it.

    Upheld, it is checked anew: while it was refused the business could change what it says of
    itself, and the new decision must not rest on the facts of before. The caller says
    `holds_live_voucher`, which the vouchers package knows. Raises NotPermitted for whoever had a
    part in the decision or belongs to the business, Invalid on "answer", Conflict when it was
    answered already, the case is held, or a newer application is open in the round.
    """
    words = words_between(answer, "answer", "Say why, for the business to read.", LONGEST_NOTE)
    case = session.get(Application, appeal.application_id)
    if case is None:
        raise NotFound("There is no such application.")
    locked = lock_case(case)
    session.refresh(appeal)
    if appeal.answered_at is not None:
        raise Conflict("This appeal has been answered already.")
    require_no_bar(CaseAction.ANSWER_APPEAL, locked)
    _require_reviewer(appeal, locked, by)
    appeal.upheld, appeal.answer = uphold, words
    appeal.answered_at, appeal.answered_by_id = at, by
    if uphold:
        _reopen(locked, by=by, at=at)
        stand_behind(business_id=locked.business_id, at=at)
        _check_anew(locked.id, holds_live_voucher, at)
    record(
        action="application.appeal_answered",
        subject=locked,
        at=at,
        by=by,
        case=locked.reference,
        details={"appeal": appeal.id, "upheld": uphold},
    )


def _require_reviewer(appeal: Appeal, locked: Application, by: int) -> None:
    if not may_review(by, (appeal.decided_by_id, appeal.seconded_by_id)):
        raise NotPermitted("You had a part in this decision, so somebody else must answer.")
    if is_of_enterprise(by, locked.business_id):
        raise NotPermitted("You belong to this business, so somebody else must answer.")


def _reopen(locked: Application, *, by: int, at: datetime) -> None:
    round_ = round_by_id(locked.round_id)
    with translating_constraints():
        transition(
            locked,
            ApplicationStatus.SUBMITTED,
            moves=APPLICATION_MOVES,
            at=at,
            by=by,
            decide_by_on=deadline(london_date(at), round_.decision_working_days),
            assigned_to_id=None,
        )


def _check_anew(application_id: int, holds_live_voucher: bool, at: datetime) -> None:
    whole = whole_application(application_id)
    check_application(
        application=whole,
        register=register_before_asking(whole.business),
        holds_live_voucher=holds_live_voucher,
        by=None,
        at=at,
    )
