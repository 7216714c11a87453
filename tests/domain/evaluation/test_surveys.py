"""Baselines and follow-ups: who is asked when, by which link, and what is kept."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from tests.factories.applications import make_draft, make_submitted
from tests.factories.cases import make_case, make_officer
from tests.factories.evaluation import (
    FOLLOW_UP,
    SURVEY_KEY,
    make_redeemed,
    make_survey,
    subject_of,
)
from tests.factories.scheme import AT, make_round, stored
from voucher.accounts.rules import token_digest
from voucher.allocation.models import Arm, Assignment
from voucher.audit.models import AuditEvent
from voucher.core.db import transaction
from voucher.core.errors import Conflict, Invalid, NotFound
from voucher.evaluation.jobs import ask_follow_ups, take_baselines
from voucher.evaluation.models import SurveyResponse, Wave
from voucher.evaluation.operations import answer, ask, opt_out, take_baseline
from voucher.evaluation.queries.surveys import (
    place_of,
    reply_rates,
    response_by_digest,
    subjects,
)
from voucher.evaluation.rules import survey_token
from voucher.programmes.models import AllocationMethod


def responses(session, wave=None):
    query = select(SurveyResponse).order_by(SurveyResponse.id)
    if wave:
        query = query.where(SurveyResponse.wave == wave)
    return session.execute(query).scalars().all()


def test_the_baseline_of_every_sent_application_is_taken_once(session):
    sent = make_submitted()
    make_draft()
    session.commit()
    assert take_baselines() == 1
    assert take_baselines() == 0
    (response,) = responses(session)
    assert response.wave is Wave.BASELINE
    assert response.answers["hours_lost_week"] == 9
    assert (response.application_id, response.answered_at) == (sent.id, AT)
    assert response.token_digest is None
    assert take_baseline(application=sent) is None


def test_follow_ups_are_asked_at_3_6_and_12_months_and_once_each(session):
    redemption = make_redeemed()
    session.commit()
    asked = []
    for days in range(0, 480, 5):
        at = AT + timedelta(days=days)
        if ask_follow_ups(SURVEY_KEY, at):
            asked.append((days, responses(session)[-1].wave))
    assert [wave for _, wave in asked] == [Wave.MONTH_3, Wave.MONTH_6, Wave.MONTH_12]
    assert [days for days, _ in asked] == [95, 185, 365]
    assert {each.application_id for each in responses(session)} == {redemption.application_id}


def test_only_the_digest_of_the_link_is_stored(session):
    response = make_survey(make_redeemed())
    token = survey_token(SURVEY_KEY, response.token_nonce)
    assert response.token_digest == token_digest(token)
    assert response_by_digest(token_digest(token)) is response
    assert token not in str(vars(response))
    with pytest.raises(NotFound):
        response_by_digest(token_digest(token[:-1]))


def test_the_comparison_group_is_asked_from_its_assignment(session):
    round_ = make_round(allocation_method=AllocationMethod.RANDOM)
    case = make_case(round_)
    stored(
        Assignment(
            application_id=case.id,
            round_id=round_.id,
            arm=Arm.COMPARISON,
            method=AllocationMethod.RANDOM,
            assigned_at=AT,
            assigned_by_id=make_officer().id,
        )
    )
    session.commit()
    assert ask_follow_ups(SURVEY_KEY, AT + timedelta(days=92)) == 1
    (response,) = responses(session)
    assert place_of(response).arm is Arm.COMPARISON


def test_a_survey_cannot_be_asked_twice(session):
    redemption = make_redeemed()
    at = AT + timedelta(days=95)
    subject = subject_of(redemption, at)
    assert ask(subject=subject, wave=Wave.MONTH_3, key=SURVEY_KEY, at=at)
    assert ask(subject=subject, wave=Wave.MONTH_3, key=SURVEY_KEY, at=at) is None


def test_answers_are_saved_then_sent(session):
    response = make_survey(make_redeemed())
    at = response.asked_at
    few = {"in_use": "regularly", "staff": None, "unasked": "x"}
    answer(response=response, arm=Arm.VOUCHER, answers=few, sending=False, at=at)
    assert (response.answers, response.answered_at) == ({"in_use": "regularly"}, None)
    assert response.saved_at == at
    answer(response=response, arm=Arm.VOUCHER, answers=FOLLOW_UP, sending=True, at=at)
    assert response.answers == FOLLOW_UP
    assert response.answered_at == at
    with pytest.raises(Conflict, match="sent your answers"):
        answer(response=response, arm=Arm.VOUCHER, answers={}, sending=False, at=at)
    with pytest.raises(Conflict, match="sent your answers"):
        opt_out(response=response, at=at)


def test_wrong_answers_are_refused_all_at_once_and_change_nothing(session):
    response = make_survey(make_redeemed())
    session.commit()
    wrong = {**FOLLOW_UP, "staff": 10**12, "errors_in_100": 101, "paying": "perhaps"}
    with pytest.raises(Invalid) as refused, transaction():
        answer(
            response=response, arm=Arm.VOUCHER, answers=wrong, sending=True, at=response.asked_at
        )
    assert set(refused.value.faults) == {"staff", "errors_in_100", "paying"}
    session.expire_all()
    assert session.get(SurveyResponse, response.id).answers == {}


def test_after_sixty_days_the_survey_is_closed(session):
    response = make_survey(make_redeemed())
    late = AT + timedelta(days=92 + 60)
    with pytest.raises(Conflict, match="closed"):
        answer(response=response, arm=Arm.VOUCHER, answers=FOLLOW_UP, sending=True, at=late)


def test_a_survey_that_is_gone_is_not_found(session):
    gone = SurveyResponse(id=999_999)
    with pytest.raises(NotFound):
        opt_out(response=gone, at=AT)


def test_who_opts_out_is_asked_nothing_more_and_drafts_are_deleted(session):
    response = make_survey(make_redeemed())
    at = response.asked_at
    answer(response=response, arm=Arm.VOUCHER, answers={"staff": 3}, sending=False, at=at)
    opt_out(response=response, at=at)
    opt_out(response=response, at=at + timedelta(days=1))
    assert (response.answers, response.saved_at, response.opted_out_at) == ({}, None, at)
    with pytest.raises(Conflict, match="closed"):
        answer(response=response, arm=Arm.VOUCHER, answers=FOLLOW_UP, sending=True, at=at)
    session.commit()
    assert ask_follow_ups(SURVEY_KEY, AT + timedelta(days=190)) == 0


def test_the_record_holds_that_it_was_answered_and_not_what(session):
    response = make_survey(make_redeemed())
    answer(
        response=response, arm=Arm.VOUCHER, answers=FOLLOW_UP, sending=True, at=response.asked_at
    )
    events = session.execute(
        select(AuditEvent).where(AuditEvent.record_kind == "survey_response")
    ).scalars()
    assert [(each.action, each.details) for each in events] == [
        ("survey.asked", {"wave": "month_3"}),
        ("survey.answered", {"wave": "month_3"}),
    ]


def test_what_lies_too_far_back_is_not_read(session):
    make_redeemed()
    assert len(subjects(AT + timedelta(days=420))) == 1
    assert subjects(AT + timedelta(days=430)) == []


def test_replies_are_counted_by_round_group_and_wave(session):
    round_ = make_round()
    surveys = [make_survey(make_redeemed(round_)) for _ in range(4)]
    at = surveys[0].asked_at
    answer(response=surveys[0], arm=Arm.VOUCHER, answers=FOLLOW_UP, sending=True, at=at)
    answer(response=surveys[1], arm=Arm.VOUCHER, answers={"staff": 1}, sending=False, at=at)
    opt_out(response=surveys[2], at=at)
    (rate,) = reply_rates()
    assert (rate.asked, rate.answered, rate.begun, rate.opted_out) == (4, 1, 1, 1)
    assert (rate.round_reference, rate.arm, rate.wave, rate.percent) == (
        round_.reference,
        Arm.VOUCHER,
        Wave.MONTH_3,
        25,
    )
