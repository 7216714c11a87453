"""Steps of the officers on a case: take it up, ask, hold, decide, second, answer appeals."""

from datetime import datetime, timedelta

from voucher.applications.models import Application, ApplicationStatus, DecisionOutcome
from voucher.applications.operations.appeal import answer_appeal, appeal
from voucher.applications.operations.assess import (
    add_note,
    assign,
    hold,
    release_hold,
    request_corrections,
)
from voucher.applications.operations.decide import award_room, decide, second
from voucher.applications.queries.staff import open_appeal
from voucher.eligibility.models import CheckOutcome, EligibilityCheck
from voucher.eligibility.queries import latest_check
from voucher.programmes.queries import round_by_id
from voucher.sandbox.seed.case import Case
from voucher.sandbox.seed.scheme import CAP_PENCE, SECOND_FROM_PENCE

AWARDS = (50_000, 60_000, 60_000, 75_000, 75_000, 80_000, CAP_PENCE, CAP_PENCE)
LARGE_AWARDS = (SECOND_FROM_PENCE, CAP_PENCE)
NOTES = (
    "Rang the applicant. The problem is as described; they have tried a spreadsheet before.",
    "Register and form agree. Nothing further needed.",
    "Asked a colleague who knows the trade: a taster fits.",
)
BY_RULE = {
    "in_the_north": "outside_area",
    "size": "too_large",
    "trading": "not_trading",
    "signatory": "no_authority",
    "problem_described": "problem_unclear",
    "subsidy_exhausted": "subsidy_limit",
    "no_live_voucher": "live_voucher",
}
"""The catalogue's reason for a refusal by each rule."""
OTHER_REFUSALS = ("not_a_taster", "problem_unclear", "already_uses")
HOLD_REASONS = (
    "Same telephone number as another applicant; asked both.",
    "Bank of the provider they name asked us to wait.",
)
GROUNDS = (
    "You say the problem is not clear. We wrote down what it costs us every week and what we have "
    "tried. Please look at the second paragraph again."
)


def take_up(case: Case, at: datetime) -> None:
    """An officer takes the case."""
    application = case.row(Application, "application")
    assign(application=application, officer_id=case.caseworker, by=case.caseworker, at=at)


def write_note(case: Case, at: datetime) -> None:
    """Keep a note."""
    words = NOTES[case.number % len(NOTES)]
    application = case.row(Application, "application")
    add_note(application=application, words=words, by=case.caseworker, at=at)


def send_back(case: Case, at: datetime) -> None:
    """Ask for corrections."""
    application = case.row(Application, "application")
    items = [
        {"section": "problem", "words": "Say how often it happens and what it costs you."},
        {"section": "people", "words": "Check the number of people: the register names two more."},
    ]
    request_corrections(
        application=application, items=items[: 1 + case.number % 2], by=case.caseworker, at=at
    )


def put_on_hold(case: Case, at: datetime) -> None:
    """Hold the case."""
    reason = HOLD_REASONS[case.number % len(HOLD_REASONS)]
    hold(application=case.row(Application, "application"), reason=reason, by=case.caseworker, at=at)


def let_go(case: Case, at: datetime) -> None:
    """Release the hold."""
    release_hold(
        application=case.row(Application, "application"),
        by=case.caseworker,
        at=at,
        note="Both explained it: a shared yard, two separate firms.",
    )


def approve(case: Case, at: datetime) -> None:
    """Decide in the business's favour, unless the rules say otherwise."""
    _decide(case, at, by=case.caseworker, wanted=case.draw.choice(AWARDS))


def propose(case: Case, at: datetime) -> None:
    """Decide on an award that takes a second person."""
    _decide(case, at, by=case.caseworker, wanted=case.draw.choice(LARGE_AWARDS))


def approve_again(case: Case, at: datetime) -> None:
    """Decide anew after an appeal was upheld: another officer must."""
    _decide(case, at, by=case.other_caseworker, wanted=case.draw.choice(AWARDS))


def _decide(case: Case, at: datetime, *, by: int, wanted: int) -> None:
    application = case.row(Application, "application")
    check = _check(case)
    room = award_room(application=application, round_=round_by_id(case.round_id), at=at)
    if check.outcome in (CheckOutcome.REFUSED, CheckOutcome.PENDING) or room.most_pence < 1:
        _refuse(case, at, by=by)
        case.over = True
        return
    referred = check.outcome is CheckOutcome.REFER
    reason = "referral_cleared" if referred else "meets_rules"
    if check.differences:
        reason = "differences_explained"
    decide(
        application=application,
        outcome=DecisionOutcome.APPROVE,
        award_pence=min(wanted, room.most_pence),
        reasons=[reason],
        note="",
        by=by,
        at=at,
    )


def _check(case: Case) -> EligibilityCheck:
    check = latest_check(case.ids["application"])
    if check is None:
        raise LookupError(f"{case.business.name} was never checked")
    return check


def refuse(case: Case, at: datetime) -> None:
    """Refuse the application, for what the check found or for a reason of judgement."""
    _refuse(case, at, by=case.caseworker)


def _refuse(case: Case, at: datetime, *, by: int) -> None:
    found = _check(case).results
    reasons = [BY_RULE[row["code"]] for row in found if _is_against(row)]
    judged = OTHER_REFUSALS[case.number % len(OTHER_REFUSALS)]
    decide(
        application=case.row(Application, "application"),
        outcome=DecisionOutcome.REFUSE,
        award_pence=None,
        reasons=reasons or [judged],
        note="Rang the applicant to explain.",
        by=by,
        at=at,
    )


def _is_against(row: dict[str, str]) -> bool:
    against = row["result"] == "failed" and row["severity"] == "refuse"
    return against and row["code"] in BY_RULE


def agree_second(case: Case, at: datetime) -> None:
    """The second person agrees, where one is needed."""
    application = case.row(Application, "application")
    if application.status is ApplicationStatus.PROPOSED:
        second(application=application, agree=True, note="", by=case.approver, at=at)


def disagree_second(case: Case, at: datetime) -> None:
    """The second person sends it back."""
    application = case.row(Application, "application")
    if application.status is ApplicationStatus.PROPOSED:
        words = "The problem needs a smaller award. Please look at the offerings' prices."
        second(application=application, agree=False, note=words, by=case.approver, at=at)


def contest(case: Case, at: datetime) -> None:
    """The business appeals."""
    application = case.row(Application, "application")
    appeal(application=application, grounds=GROUNDS, by=case.user_id, at=at)


def uphold(case: Case, at: datetime) -> None:
    """A person with no part in it upholds the appeal; the case is given to the other officer."""
    _answer(case, at, uphold=True, answer="You are right: the second paragraph says it clearly.")
    application = case.row(Application, "application")
    officer = case.other_caseworker
    moment = at + timedelta(seconds=6)
    assign(application=application, officer_id=officer, by=case.approver, at=moment)


def dismiss(case: Case, at: datetime) -> None:
    """A person with no part in it dismisses the appeal."""
    _answer(case, at, uphold=False, answer="We read it again. A taster would not be enough here.")


def _answer(case: Case, at: datetime, *, uphold: bool, answer: str) -> None:
    answer_appeal(
        appeal=open_appeal(case.ids["application"]),
        uphold=uphold,
        answer=answer,
        by=case.approver,
        at=at,
    )


STEPS = {
    "assign": take_up,
    "note": write_note,
    "return": send_back,
    "hold": put_on_hold,
    "hold_at_once": put_on_hold,
    "release": let_go,
    "decide": approve,
    "propose": propose,
    "decide_again": approve_again,
    "refuse": refuse,
    "second": agree_second,
    "send_back": disagree_second,
    "appeal": contest,
    "uphold": uphold,
    "dismiss": dismiss,
}
