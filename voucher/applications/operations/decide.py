"""The decision: a first officer's, and from the round's threshold on a second person's.

Nobody decides for a business they belong to, nobody seconds their own decision, and nobody decides
again what was overturned on appeal. That is a rule here, so it holds from wherever it is called.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from voucher.applications.models import (
    APPLICATION_MOVES,
    Appeal,
    Application,
    ApplicationStatus,
    Decision,
    DecisionOutcome,
)
from voucher.applications.operations.assess import (
    LONGEST_NOTE,
    lock_case,
    require_no_bar,
    words_between,
)
from voucher.applications.queries.draws import compared_until
from voucher.applications.queries.staff import latest_decision, promised_pence
from voucher.applications.rules import (
    APPROVAL_REASONS,
    CATALOGUE,
    IDENTITY_UNPROVED,
    NOTICE_ANSWER_WORKING_DAYS,
    REFUSAL_REASONS,
    CaseAction,
    approval_obstacles,
    deadline,
    may_review,
    needs_second,
)
from voucher.audit.operations import record
from voucher.businesses.queries import is_of_enterprise, same_enterprise_ids
from voucher.core.clock import london_date
from voucher.core.db import session
from voucher.core.errors import Conflict, Invalid, NotPermitted
from voucher.core.money import Money
from voucher.core.status import transition
from voucher.eligibility.models import CheckOutcome, EligibilityCheck
from voucher.eligibility.queries import latest_check
from voucher.programmes.models import AllocationMethod, Round
from voucher.programmes.queries import round_by_id
from voucher.subsidy.operations import send_notice, set_aside
from voucher.subsidy.queries import headroom

IN_COMPARISON = (
    "This business is in the comparison group of a draw, so nothing is offered to it before"
)
REASONS_FOR = {
    DecisionOutcome.APPROVE: frozenset(reason.code for reason in APPROVAL_REASONS),
    DecisionOutcome.REFUSE: frozenset(reason.code for reason in REFUSAL_REASONS),
}


@dataclass(frozen=True)
class AwardRoom:
    """How much an award on this application may be, in pence, and by which limit.

    `cap_pence`: the round's maximum; `headroom_pence`: left under the subsidy limit;
    `round_pence`: left in the round after what is reserved, committed, spent and promised.
    """

    cap_pence: int
    headroom_pence: int
    round_pence: int

    @property
    def most_pence(self) -> int:
        """The most that can be awarded; nothing when a limit is used up."""
        return max(0, min(self.cap_pence, self.headroom_pence, self.round_pence))

    def refusal(self, award_pence: int) -> str:
        """Why `award_pence` is too much, in words for the officer; empty when it is not."""
        if award_pence > self.cap_pence:
            return f"The most that this round awards is {Money(self.cap_pence)}."
        if award_pence > self.headroom_pence:
            left = Money(self.headroom_pence)
            return f"Only {left} is left under the subsidy limit. Award that or less, or refuse."
        if award_pence > self.round_pence:
            return f"The round has {Money(max(0, self.round_pence))} left after what is promised."
        return ""


def award_room(*, application: Application, round_: Round, at: datetime) -> AwardRoom:
    """The three limits of an award on this application at this moment."""
    today = london_date(at)
    taken = round_.reserved_pence + round_.committed_pence + round_.spent_pence
    return AwardRoom(
        cap_pence=round_.value_cap_pence,
        headroom_pence=headroom(application.business_id, today),
        round_pence=round_.budget_pence - taken - promised_pence(round_.id, today),
    )


def decide(
    *,
    application: Application,
    outcome: DecisionOutcome,
    award_pence: int | None,
    reasons: Sequence[str],
    note: str,
    by: int,
    at: datetime,
) -> Decision:
    """Decide an application that waits for it, with reasons of the catalogue and a note.

    After: REFUSED; or PROPOSED when the award reaches the round's threshold for a second person;
    or APPROVED, with the subsidy notice sent; or, in a round shared by lot or scores, ELIGIBLE.
    `award_pence` is the voucher's maximum and None for a refusal. Raises Invalid (on "outcome",
    "award_pence", "reasons"), Conflict when something stands in the way, NotPermitted for somebody
    who may not decide this one.
    """
    round_ = _round_of(application)
    locked = lock_case(application)
    require_no_bar(CaseAction.DECIDE, locked)
    _refuse_the_conflicted(locked, by)
    check = _check_of(locked)
    _require_reasons(outcome, reasons, check)
    if outcome is DecisionOutcome.APPROVE:
        award_pence = _require_award(locked, round_, award_pence, at)
        _require_approvable(locked, check, round_, at)
    else:
        award_pence = None
    decision = Decision(
        application_id=locked.id,
        check_id=check.id,
        outcome=outcome,
        award_pence=award_pence,
        reasons=list(reasons),
        note=note.strip()[:LONGEST_NOTE],
        decided_by_id=by,
        decided_at=at,
        needs_second=award_pence is not None
        and needs_second(award_pence, round_.second_approver_from_pence),
    )
    _move_on(locked, decision, round_, by=by, at=at)
    return decision


def second(*, application: Application, agree: bool, note: str, by: int, at: datetime) -> Decision:
    """Agree to a proposed award (APPROVED, notice sent) or send it back to be decided again.

    Raises NotPermitted for the officer who proposed it, Invalid on "note" when it is sent back
    without a word, Conflict when it does not wait for a second person, is held, or something stands
    in the way.
    """
    round_ = _round_of(application)
    locked = lock_case(application)
    decision = latest_decision(locked.id)
    require_no_bar(CaseAction.SECOND, locked)
    if decision is None:
        raise Conflict("Nothing was proposed that a second person could agree to.")
    if not may_review(by, (decision.decided_by_id,)):
        raise NotPermitted("You made this decision, so somebody else must look at it.")
    _refuse_the_conflicted(locked, by)
    if not agree:
        words_between(note, "note", "Say why you send it back.", LONGEST_NOTE)
    decision.second_by_id, decision.second_at = by, at
    decision.second_agreed, decision.second_note = agree, note.strip()[:LONGEST_NOTE]
    if agree:
        _second_award(locked, decision, round_, by=by, at=at)
    else:
        transition(locked, ApplicationStatus.SUBMITTED, moves=APPLICATION_MOVES, at=at, by=by)
        _note(locked, "application.sent_back", decision, by=by, at=at)
    return decision


def _round_of(application: Application) -> Round:
    """The round, locked where it has a list to be frozen: that is not done meanwhile."""
    round_ = round_by_id(application.round_id)
    if round_.allocation_method is not AllocationMethod.ROLLING:
        # Key share: whoever begins an application looks at the round, and need not wait.
        columns = ["status", "list_frozen_at"]
        session.refresh(round_, columns, with_for_update={"key_share": True})
    return round_


def _second_award(
    locked: Application, decision: Decision, round_: Round, *, by: int, at: datetime
) -> None:
    _require_approvable(locked, _check_of(locked), round_, at)
    refusal = award_room(application=locked, round_=round_, at=at).refusal(_award_of(decision))
    if refusal:
        raise Conflict(f"{refusal} Send it back to be decided again.")
    _settle(locked, decision, round_, by=by, at=at)


def _move_on(
    locked: Application, decision: Decision, round_: Round, *, by: int, at: datetime
) -> None:
    if decision.needs_second:
        _record_move(locked, decision, ApplicationStatus.PROPOSED, by=by, at=at)
    elif decision.outcome is DecisionOutcome.APPROVE:
        _settle(locked, decision, round_, by=by, at=at)
    else:
        _record_move(locked, decision, ApplicationStatus.REFUSED, by=by, at=at)
        if IDENTITY_UNPROVED in decision.reasons:
            set_aside(business_id=locked.business_id)


def _settle(
    locked: Application, decision: Decision, round_: Round, *, by: int, at: datetime
) -> None:
    """Approved: the notice follows at once, or the draw or the scores decide who gets one."""
    if round_.allocation_method is AllocationMethod.ROLLING:
        approve(locked, decision, round_, by=by, at=at)
    else:
        _record_move(locked, decision, ApplicationStatus.ELIGIBLE, by=by, at=at)


def approve(
    locked: Application, decision: Decision, round_: Round, *, by: int | None, at: datetime
) -> None:
    """Move a locked application to APPROVED and send the notice of what was decided."""
    _record_move(locked, decision, ApplicationStatus.APPROVED, by=by, at=at)
    send_notice(
        business_id=locked.business_id,
        application_id=locked.id,
        gross_pence=_award_of(decision),
        answer_by_on=deadline(london_date(at), NOTICE_ANSWER_WORKING_DAYS),
        scheme_name=round_.programme.name,
        at=at,
        by=by,
        case=locked.reference,
    )


def _record_move(
    locked: Application, decision: Decision, to: ApplicationStatus, *, by: int | None, at: datetime
) -> None:
    transition(locked, to, moves=APPLICATION_MOVES, at=at, by=by)
    session.add(decision)
    session.flush()
    _note(locked, f"application.{to.value}", decision, by=by, at=at)


def _note(
    locked: Application, action: str, decision: Decision, *, by: int | None, at: datetime
) -> None:
    session.flush()
    record(
        action=action,
        subject=locked,
        at=at,
        by=by,
        case=locked.reference,
        details={
            "decision": decision.id,
            "check": decision.check_id,
            "award_pence": decision.award_pence,
            "reasons": list(decision.reasons),
        },
    )


def _award_of(decision: Decision) -> int:
    if decision.award_pence is None:
        raise Conflict("This decision awards nothing.")
    return decision.award_pence


def _check_of(locked: Application) -> EligibilityCheck:
    check = latest_check(locked.id)
    if check is None:
        raise Conflict("This application has not been checked against the rules yet.")
    return check


def _refuse_the_conflicted(locked: Application, by: int) -> None:
    if is_of_enterprise(by, locked.business_id):
        raise NotPermitted("You belong to this business, so somebody else must decide.")
    overturned = session.execute(
        select(Appeal.decided_by_id, Appeal.seconded_by_id).where(
            Appeal.application_id == locked.id, Appeal.upheld.is_(True)
        )
    ).all()
    if any(by in row for row in overturned):
        raise NotPermitted("Your decision was overturned on appeal, so somebody else must decide.")


def _require_reasons(
    outcome: DecisionOutcome, reasons: Sequence[str], check: EligibilityCheck
) -> None:
    if not reasons:
        raise Invalid("Select at least one reason.", "reasons")
    if set(reasons) - REASONS_FOR[outcome]:
        raise Invalid("Select reasons that belong to this decision.", "reasons")
    pending = check.outcome is CheckOutcome.PENDING
    if pending and any(CATALOGUE[code].rests_on_register for code in reasons):
        raise Invalid(
            "The register has not answered yet, so this reason can’t be given. Wait for it, or "
            "give another.",
            "reasons",
        )


def _require_award(
    locked: Application, round_: Round, award_pence: int | None, at: datetime
) -> int:
    if award_pence is None or award_pence <= 0:
        raise Invalid("Enter the voucher’s maximum.", "award_pence")
    refusal = award_room(application=locked, round_=round_, at=at).refusal(award_pence)
    if refusal:
        raise Invalid(refusal, "award_pence")
    return award_pence


def _require_approvable(
    locked: Application, check: EligibilityCheck, round_: Round, at: datetime
) -> None:
    obstacles = approval_obstacles(
        held=locked.held_at is not None,
        check_outcome=check.outcome,
        list_frozen=round_.list_frozen_at is not None,
    )
    if obstacles:
        raise Conflict(" ".join(obstacle.words for obstacle in obstacles))
    until = compared_until(same_enterprise_ids(locked.business_id), london_date(at))
    if until is not None:
        raise Conflict(f"{IN_COMPARISON} {until.day} {until:%B %Y}.")
