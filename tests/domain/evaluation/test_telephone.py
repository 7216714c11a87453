"""Follow-ups by telephone: whom to ring, what came of it, and whose hands typed the answers."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from tests.factories.cases import make_officer
from tests.factories.evaluation import (
    FOLLOW_UP,
    make_assigned,
    make_drawn_survey,
    make_redeemed,
    make_survey,
)
from tests.factories.scheme import AT, make_business, make_programme, make_round, stored
from voucher.accounts.models import Membership
from voucher.accounts.roles import Role
from voucher.allocation.models import Arm
from voucher.applications.models import Application
from voucher.audit.models import AuditEvent
from voucher.businesses.models import Business
from voucher.core.errors import Conflict, Invalid, NotFound, NotPermitted
from voucher.evaluation.models import Mode, Wave
from voucher.evaluation.operations import UnusualAnswers, answer, opt_out
from voucher.evaluation.telephone.models import CallOutcome, SurveyCall
from voucher.evaluation.telephone.operations import enter_answers, note_call
from voucher.evaluation.telephone.queries import (
    calls_due,
    calls_of,
    contact_of,
    follow_up_of,
    follow_ups_of,
    rounds_with_follow_ups,
)

LATE = timedelta(days=28)


def reference_of(session, response):
    return session.get(Application, response.application_id).reference


def enter(response, by, *, sending=True, answers=FOLLOW_UP, confirmed=None):
    enter_answers(
        response=response,
        arm=Arm.VOUCHER,
        answers=answers,
        sending=sending,
        confirmed=confirmed or {},
        by=by,
        at=response.asked_at + LATE,
    )


def actions(session):
    query = select(AuditEvent).where(AuditEvent.record_kind == "survey_response")
    events = session.execute(query.order_by(AuditEvent.id)).scalars()
    return [(each.action, each.actor_user_id) for each in events]


def test_answers_typed_by_staff_say_who_when_and_how(session):
    response, officer = make_survey(make_redeemed()), make_officer()
    enter(response, officer.id, sending=False, answers={"trial": "stopped"})
    assert (response.mode, response.entered_by_id) == (Mode.PHONE, officer.id)
    assert calls_of(response.id) == []
    enter(response, officer.id)
    assert (response.answers, response.answered_at) == (FOLLOW_UP, response.asked_at + LATE)
    assert (response.mode, response.entered_by_id) == (Mode.PHONE, officer.id)
    (call,) = calls_of(response.id)
    assert (call.outcome, call.called_by_id) == (CallOutcome.ANSWERED, officer.id)
    assert actions(session) == [
        ("survey.asked", None),
        ("survey.answered", officer.id),
        ("survey.called", officer.id),
    ]


def test_what_the_business_typed_and_has_not_sent_is_not_saved_over(session):
    """The officer's page can be older than what was typed by the link since."""
    response, officer = make_survey(make_redeemed()), make_officer()
    at = response.asked_at + timedelta(days=1)
    own = {"trial": "stopped"}
    answer(response=response, arm=Arm.VOUCHER, answers=own, sending=False, at=at)
    with pytest.raises(Conflict, match="begun this by its link"):
        enter(response, officer.id, sending=False, answers={"trial": "running"})
    assert (response.answers, response.mode) == (own, Mode.WEB)
    enter(response, officer.id)
    assert (response.answers, response.mode) == (FOLLOW_UP, Mode.PHONE)


def test_what_was_begun_on_the_telephone_can_be_sent_by_the_link(session):
    response, officer = make_survey(make_redeemed()), make_officer()
    enter(response, officer.id, sending=False, answers={"trial": "stopped"})
    answer(
        response=response, arm=Arm.VOUCHER, answers=FOLLOW_UP, sending=True, at=response.asked_at
    )
    assert (response.mode, response.entered_by_id) == (Mode.WEB, None)


def test_staff_are_asked_about_unusual_answers_too(session):
    response, officer = make_survey(make_redeemed()), make_officer()
    unusual = {**FOLLOW_UP, "staff": 400}
    with pytest.raises(UnusualAnswers):
        enter(response, officer.id, answers=unusual)
    enter(response, officer.id, answers=unusual, confirmed={"staff": 400})
    assert response.confirmed == ["staff"]


@pytest.mark.parametrize(
    "outcome", [each for each in CallOutcome if each not in (CallOutcome.ANSWERED,)]
)
def test_a_call_that_came_to_nothing_is_kept_with_its_reason(session, outcome):
    response, officer = make_survey(make_redeemed()), make_officer()
    at = response.asked_at + LATE
    note_call(response=response, outcome=outcome, by=officer.id, at=at)
    (call,) = session.execute(select(SurveyCall)).scalars()
    assert (call.outcome, call.called_at, call.called_by_id) == (outcome, at, officer.id)
    declined = outcome is CallOutcome.DECLINED
    assert (response.opted_out_at == at) is declined
    wanted = [("survey.opted_out", officer.id)] if declined else []
    assert actions(session)[1:] == [*wanted, ("survey.called", officer.id)]


def test_nobody_rings_or_answers_for_their_own_enterprise(session):
    """Under whichever entry of it: they have their own link."""
    response, officer = make_survey(make_redeemed()), make_officer()
    case = session.get_one(Application, response.application_id)
    number = session.get_one(Business, case.business_id).company_number
    other = make_business(company_number=number)
    member = {"business_id": other.id, "role": Role.BUSINESS, "joined_at": AT}
    stored(Membership(user_id=officer.id, **member))
    at = response.asked_at + LATE
    with pytest.raises(NotPermitted, match="You belong to this business"):
        note_call(response=response, outcome=CallOutcome.NO_ANSWER, by=officer.id, at=at)
    with pytest.raises(NotPermitted, match="You belong to this business"):
        enter(response, officer.id)
    assert response.saved_at is None


def test_a_call_is_not_answered_without_answers(session):
    response, officer = make_survey(make_redeemed()), make_officer()
    with pytest.raises(Invalid, match="Type the answers"):
        note_call(
            response=response, outcome=CallOutcome.ANSWERED, by=officer.id, at=response.asked_at
        )


@pytest.mark.parametrize("ending", ["answered", "declined", "over"])
def test_nobody_is_rung_about_what_is_over(session, ending):
    response, officer = make_survey(make_redeemed()), make_officer()
    at = response.asked_at
    if ending == "answered":
        answer(response=response, arm=Arm.VOUCHER, answers=FOLLOW_UP, sending=True, at=at)
    elif ending == "declined":
        opt_out(response=response, at=at)
    else:
        at += timedelta(days=60)
    with pytest.raises(Conflict):
        note_call(response=response, outcome=CallOutcome.NO_ANSWER, by=officer.id, at=at)
    assert calls_due(at=at, everybody=True, page=1).rows == []


def test_overdue_follow_ups_are_rung_about_those_that_close_soonest_first(session):
    round_ = make_round(name="Spring round")
    first = make_survey(make_redeemed(round_, business=make_business(name="First Ltd")))
    later = make_redeemed(at=AT + timedelta(days=3))
    second = make_survey(later)
    officer = make_officer()
    at = first.asked_at + LATE

    def due(at=at, **more):
        found = calls_due(at=at, everybody=more.pop("everybody", False), page=1, **more)
        return [(each.reference, each.calls, each.last_outcome) for each in found.rows]

    names = [reference_of(session, each) for each in (first, second)]
    assert due() == [(names[0], 0, None)]
    assert [row[0] for row in due(everybody=True)] == names
    assert [row[0] for row in due(at + timedelta(days=3))] == names
    assert due(at - timedelta(seconds=1)) == []
    for outcome in (CallOutcome.NO_ANSWER, CallOutcome.CALL_BACK):
        note_call(response=first, outcome=outcome, by=officer.id, at=at)
    assert due() == [(names[0], 2, CallOutcome.CALL_BACK)]
    assert due(round_reference=round_.reference) == due()
    assert due(round_reference="RND-NONE") == []
    assert [each.id for each in rounds_with_follow_ups()] == [second.round_id, first.round_id]
    (row,) = calls_due(at=at, everybody=False, page=1).rows
    assert (row.business_name, row.round_name, row.wave) == (
        "First Ltd",
        "Spring round",
        Wave.MONTH_3,
    )
    assert (row.begun, row.last_day) == (False, row.due_on + timedelta(days=59))


def test_nobody_is_rung_who_declined_another_survey_of_the_programme(session):
    programme, business = make_programme(), make_business()
    first = make_survey(make_redeemed(make_round(programme), business=business))
    second = make_drawn_survey(make_round(programme), business)
    elsewhere = make_drawn_survey(make_round(), business)
    neighbour = make_survey(make_redeemed(make_round(programme)))
    opt_out(response=first, at=first.asked_at)
    found = calls_due(at=second.asked_at + LATE, everybody=True, page=1)
    wanted = [reference_of(session, each) for each in (elsewhere, neighbour)]
    assert [each.reference for each in found.rows] == wanted


def test_the_list_does_not_say_in_which_arm_a_business_is(session):
    make_survey(make_redeemed())
    (row,) = calls_due(at=AT + timedelta(days=130), everybody=True, page=1).rows
    assert "arm" not in vars(row)


def test_a_follow_up_is_found_by_its_application_and_wave(session):
    response = make_survey(make_redeemed())
    reference = reference_of(session, response)
    assert follow_up_of(reference, "month_3") is response
    assert list(follow_ups_of(reference)) == [response]
    for other in ((reference, "month_6"), (reference, "baseline"), ("APP-NONE", "month_3")):
        with pytest.raises(NotFound):
            follow_up_of(*other)
    contact = contact_of(reference)
    assert contact.reference == reference
    assert contact.person == "Fictional Person"
    with pytest.raises(NotFound):
        contact_of("APP-NONE")


def test_an_application_nobody_was_asked_about_has_no_follow_ups(session):
    case = make_assigned(make_round(), Arm.COMPARISON)
    assert list(follow_ups_of(case.reference)) == []
