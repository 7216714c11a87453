"""Everything that the page of one case shows, read in a fixed number of statements."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask_login import current_user

from voucher.accounts.permissions import Permission
from voucher.accounts.queries import names_of
from voucher.applications.models import (
    Appeal,
    Application,
    CaseNote,
    CorrectionRequest,
    Decision,
)
from voucher.applications.queries import staff
from voucher.applications.rules import CaseAction, possible_actions
from voucher.audit.models import AuditEvent
from voucher.audit.queries import timeline
from voucher.eligibility.models import EligibilityCheck
from voucher.eligibility.queries import checks_of
from voucher.eligibility.rules import Result, Severity
from voucher.files.models import StoredFile
from voucher.files.queries import files_of
from voucher.vouchers.queries import CaseMoney, money_of
from voucher.web.access import current_member
from voucher.web.business.answers import AnswerGroup, answer_groups
from voucher.web.staff.queue import Age, age_of
from voucher.web.staff.timeline import TimelineEvent, timeline_of

RESULT_LABELS = {
    Result.PASSED: ("Met", "green"),
    Result.FAILED: ("Not met", "red"),
    Result.PENDING: ("Waiting", "grey"),
    Result.NOT_ASKED: ("Not asked", "grey"),
}
SEVERITY_LABELS = {
    Severity.REFUSE: "Refuses",
    Severity.REFER: "A person looks",
    Severity.RECORD: "For the record",
}
DIFFERENCE_LABELS = {
    "name": "Name",
    "former_name": "Name (the declared one is a former name)",
    "postcode": "Postcode (the registered office may be elsewhere)",
    "status": "Status on the register",
    "same_number": "Other entries with the same number",
}
NEEDED = {
    CaseAction.DECIDE: Permission.CASE_ASSESS,
    CaseAction.CORRECT: Permission.CASE_ASSESS,
    CaseAction.SECOND: Permission.CASE_APPROVE,
    CaseAction.ANSWER_APPEAL: Permission.CASE_APPROVE,
    CaseAction.HOLD: Permission.CASE_ASSESS,
    CaseAction.RELEASE: Permission.CASE_ASSESS,
    CaseAction.ASSIGN: Permission.CASE_ASSESS,
    CaseAction.CHECK: Permission.CASE_ASSESS,
    CaseAction.RECONSIDER: Permission.CASE_ASSESS,
}


@dataclass(frozen=True)
class CheckLine:
    """One rule of the latest check in words."""

    result: str
    colour: str
    severity: str
    words: str
    failed: bool


@dataclass(frozen=True)
class CaseFile:
    """One case on one page."""

    case: Application
    age: Age
    answers: Sequence[AnswerGroup]
    check: EligibilityCheck | None
    lines: Sequence[CheckLine]
    earlier_checks: Sequence[EligibilityCheck]
    decisions: Sequence[tuple[Decision, Appeal | None]]
    corrections: Sequence[CorrectionRequest]
    notes: Sequence[CaseNote]
    files: Sequence[StoredFile]
    money: CaseMoney | None
    related: Sequence[Application]
    events: Sequence[TimelineEvent]
    names: dict[int, str]
    actions: frozenset[str]


def case_file(reference: str, today: date) -> CaseFile:
    """Read the case. NotFound for a draft and for an unknown reference."""
    case = staff.case_by_reference(reference)
    checks = checks_of(case.id)
    decisions = staff.decisions_of(case.id)
    corrections, notes = staff.corrections_of(case.id), staff.notes_of(case.id)
    events = timeline(case.reference)
    names = names_of(_people(case, decisions, corrections, notes, events))
    return CaseFile(
        case=case,
        age=age_of(case, today),
        answers=answer_groups(case),
        check=checks[0] if checks else None,
        lines=check_lines(checks[0]) if checks else [],
        earlier_checks=checks[1:],
        decisions=decisions,
        corrections=corrections,
        notes=notes,
        files=files_of(case),
        money=money_of(case.id),
        related=staff.related_cases(case),
        events=timeline_of(events, names),
        names=names,
        actions=allowed_actions(case, decisions),
    )


@dataclass(frozen=True)
class DecisionFile:
    """What was decided on a case and asked of the business, with the names of who did it.

    `may_release`: whether the present person may release a held case.
    """

    decisions: Sequence[tuple[Decision, Appeal | None]]
    corrections: Sequence[CorrectionRequest]
    names: dict[int, str]
    may_release: bool


def decision_file(case: Application) -> DecisionFile:
    """Read what was decided and asked, for a page that has nothing left to do."""
    decisions, corrections = staff.decisions_of(case.id), staff.corrections_of(case.id)
    names = names_of(_people(case, decisions, corrections, (), ()))
    may_release = current_member().may(NEEDED[CaseAction.RELEASE])
    return DecisionFile(decisions, corrections, names, may_release)


def allowed_actions(
    case: Application, decisions: Sequence[tuple[Decision, Appeal | None]]
) -> frozenset[str]:
    """What this member may do with the case now: by its state, and by their permissions."""
    proposed = decisions[0][0] if decisions else None
    appeal = next((each for _, each in decisions if each and each.answered_at is None), None)
    possible = possible_actions(
        officer_id=current_user.id,
        status=case.status,
        held=case.held_at is not None,
        proposed_by_id=proposed.decided_by_id if proposed else None,
        appeal_parties=(appeal.decided_by_id, appeal.seconded_by_id) if appeal else None,
    )
    if case.round.list_frozen_at is not None:
        possible -= {CaseAction.RECONSIDER}
    member = current_member()
    return frozenset(action.value for action in possible if member.may(NEEDED[action]))


def check_lines(check: EligibilityCheck) -> list[CheckLine]:
    """The rules of a stored check: those not met first, then those that wait, then the others."""
    order = {Result.FAILED: 0, Result.PENDING: 1, Result.NOT_ASKED: 2, Result.PASSED: 3}
    found = sorted(check.results, key=lambda item: order[Result(item["result"])])
    return [_check_line(item) for item in found]


def _check_line(item: dict[str, Any]) -> CheckLine:
    result = Result(item["result"])
    label, colour = RESULT_LABELS[result]
    failed = result is Result.FAILED
    return CheckLine(
        result=label,
        colour=colour,
        severity=SEVERITY_LABELS[Severity(item["severity"])],
        words=item["reason"] if failed else _rule_name(item["code"]),
        failed=failed,
    )


def _rule_name(code: str) -> str:
    return code.replace("_", " ").capitalize()


def _people(
    case: Application,
    decisions: Sequence[tuple[Decision, Appeal | None]],
    corrections: Sequence[CorrectionRequest],
    notes: Sequence[CaseNote],
    events: Sequence[AuditEvent],
) -> list[int | None]:
    people = [case.assigned_to_id, case.held_by_id]
    for decision, appeal in decisions:
        people += [decision.decided_by_id, decision.second_by_id]
        people += [appeal.made_by_id, appeal.answered_by_id] if appeal else []
    people += [each.asked_by_id for each in corrections]
    people += [each.written_by_id for each in notes]
    people += [event.actor_user_id for event in events]
    return people + [event.details.get("officer") for event in events]
