"""A refusal contested in time, once, and answered by somebody who had no part in it."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy.exc import IntegrityError

from tests.factories.cases import make_case, make_decision, make_officer, make_refused
from tests.factories.scheme import AT, make_business, make_round, stored
from voucher.accounts.models import Membership
from voucher.accounts.roles import Role
from voucher.applications.models import Appeal, ApplicationStatus, DecisionOutcome
from voucher.applications.operations.appeal import answer_appeal, appeal
from voucher.applications.operations.assess import hold, release_hold
from voucher.applications.operations.decide import decide
from voucher.applications.queries.staff import open_appeals
from voucher.businesses.models import Business, LegalForm
from voucher.businesses.operations import identify
from voucher.core.errors import Conflict, Invalid, NotPermitted
from voucher.eligibility.models import CheckOutcome
from voucher.eligibility.queries import latest_check


def contest(case, **changed):
    values = {"grounds": "The number is right", "by": case.started_by_id, "at": AT}
    return appeal(application=case, **{**values, **changed})


def answer(made, *, by=None, **changed):
    values = {"uphold": True, "answer": "You are right", "at": AT}
    by = by or make_officer(Role.APPROVER)
    answer_appeal(appeal=made, by=by.id, **{**values, **changed})


def test_an_appeal_waits_for_its_answer_while_the_refusal_stands(session):
    case, decision = make_refused()
    made = contest(case)
    assert case.status is ApplicationStatus.REFUSED
    assert (made.decision_id, made.decided_by_id) == (decision.id, decision.decided_by_id)
    assert made.answer_by_on == date(2026, 6, 29)


@pytest.mark.parametrize("grounds", ["", "   ", "x" * 4_001])
def test_an_appeal_says_why(session, grounds):
    with pytest.raises(Invalid) as refused:
        contest(make_refused()[0], grounds=grounds)
    assert refused.value.field == "grounds"


def test_a_decision_is_appealed_once(session):
    case, _ = make_refused()
    contest(case)
    with pytest.raises(Conflict, match="appealed already"):
        contest(case)


def test_the_last_day_to_appeal_ends_at_midnight_in_london(session):
    london = ZoneInfo("Europe/London")
    late = datetime(2026, 7, 14, 0, 0, tzinfo=london)
    case, other = make_refused()[0], make_refused()[0]
    with pytest.raises(Conflict, match="time to appeal is over"):
        contest(case, at=late)
    assert contest(other, at=late - timedelta(seconds=1)).id


@pytest.mark.parametrize(
    "status", [each for each in ApplicationStatus if each is not ApplicationStatus.REFUSED]
)
def test_only_a_refusal_is_appealed(session, status):
    case = make_case(status=status)
    make_decision(case, DecisionOutcome.REFUSE)
    with pytest.raises(Conflict):
        contest(case)


def test_upheld_it_is_checked_on_the_facts_of_now(session):
    business = make_business(legal_form=LegalForm.SOLE_TRADER, utr="1234567890")
    case, _ = make_refused(business=business, check=CheckOutcome.ELIGIBLE)
    made = contest(case)
    identify(business=business, values={"postcode": "SW1A 1AA"}, by=case.started_by_id, at=AT)
    answer(made, at=AT + timedelta(days=3))
    check = latest_check(case.id)
    assert (check.run_at, check.outcome) == (AT + timedelta(days=3), CheckOutcome.REFUSED)
    with pytest.raises(Conflict, match="does not meet the rules"):
        decide(
            application=case,
            outcome=DecisionOutcome.APPROVE,
            award_pence=100_000,
            reasons=["meets_rules"],
            note="",
            by=make_officer().id,
            at=AT + timedelta(days=4),
        )


def test_upheld_it_waits_for_a_new_decision_with_a_new_clock(session):
    case, _ = make_refused(assigned_to_id=make_officer().id)
    made = contest(case)
    reviewer = make_officer(Role.APPROVER)
    answer(made, by=reviewer, at=AT + timedelta(days=3))
    assert case.status is ApplicationStatus.SUBMITTED
    assert (case.decide_by_on, case.assigned_to_id) == (date(2026, 6, 25), None)
    assert (made.upheld, made.answered_by_id) == (True, reviewer.id)


def test_dismissed_the_refusal_stands(session):
    case, _ = make_refused()
    made = contest(case)
    answer(made, uphold=False, answer="The rules are clear")
    assert case.status is ApplicationStatus.REFUSED
    assert made.upheld is False
    with pytest.raises(Conflict, match="answered already"):
        answer(made)


def test_whoever_decided_or_seconded_may_not_answer(session):
    case = make_case(status=ApplicationStatus.REFUSED)
    first, other = make_officer(), make_officer(Role.APPROVER)
    make_decision(
        case,
        DecisionOutcome.REFUSE,
        decided_by_id=first.id,
        second_by_id=other.id,
        second_at=AT,
        second_agreed=True,
    )
    made = contest(case)
    for person in (first, other):
        with pytest.raises(NotPermitted, match="part in this decision"):
            answer(made, by=person)
        assert open_appeals(person.id) == []
    assert len(open_appeals(make_officer(Role.APPROVER).id)) == 1


def test_the_database_refuses_an_answer_by_whoever_decided(session):
    case, decision = make_refused()
    made = contest(case)
    made.answered_at, made.answered_by_id, made.upheld = AT, decision.decided_by_id, False
    with pytest.raises(IntegrityError, match="answered_by_another"):
        session.flush()


def test_a_member_of_the_business_may_not_answer(session):
    case, _ = make_refused()
    made, officer = contest(case), make_officer(Role.APPROVER)
    stored(
        Membership(
            user_id=officer.id, role=Role.BUSINESS, business_id=case.business_id, joined_at=AT
        )
    )
    with pytest.raises(NotPermitted):
        answer(made, by=officer)


@pytest.mark.parametrize("uphold", [True, False])
def test_the_appeal_of_a_held_case_waits_for_its_release(session, uphold):
    case, _ = make_refused()
    made = contest(case)
    officer = make_officer()
    hold(application=case, reason="Same bank account twice", by=officer.id, at=AT)
    with pytest.raises(Conflict, match=r"held.*Release it first"):
        answer(made, uphold=uphold)
    assert (case.status, made.answered_at) == (ApplicationStatus.REFUSED, None)
    release_hold(application=case, by=officer.id, at=AT)
    answer(made, uphold=uphold)
    assert made.upheld is uphold


def test_the_business_of_a_held_case_may_still_appeal_before_its_time_is_over(session):
    case, _ = make_refused(held_at=AT, hold_reason="Same bank account twice")
    assert contest(case).id


def test_an_answer_needs_words(session):
    made = contest(make_refused()[0])
    with pytest.raises(Invalid) as refused:
        answer(made, answer=" ")
    assert refused.value.field == "answer"


def test_it_can_not_be_reopened_beside_a_newer_application_of_the_round(session):
    round_ = make_round()
    case, _ = make_refused(round_)
    made = contest(case)
    make_case(round_, session.get(Business, case.business_id), status=ApplicationStatus.DRAFT)
    with pytest.raises(Conflict, match="open application"):
        answer(made)


def test_after_an_upheld_appeal_the_next_refusal_can_be_appealed_too(session):
    case, _ = make_refused()
    answer(contest(case))
    case.status = ApplicationStatus.REFUSED
    session.flush()
    make_decision(case, DecisionOutcome.REFUSE)
    again = contest(case)
    assert session.get(Appeal, again.id).answered_at is None
