"""Baselines and follow-ups: who is asked when, by which link, and what is kept."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from tests.factories.applications import make_draft, make_submitted
from tests.factories.draws import DRAWN_AT, QUARTERS, make_lottery
from tests.factories.evaluation import (
    FOLLOW_UP,
    OLDER_FOLLOW_UP,
    SURVEY_KEY,
    make_assigned,
    make_redeemed,
    make_survey,
    subject_of,
)
from tests.factories.scheme import AT, make_business, make_programme, make_round, stored
from tests.web.statements import counting
from voucher.accounts.rules import token_digest
from voucher.allocation.models import Arm, Assignment, DrawReplacement
from voucher.audit.models import AuditEvent
from voucher.core.db import transaction
from voucher.core.errors import Conflict, Invalid, NotFound
from voucher.evaluation.jobs import ask_follow_ups, take_baselines
from voucher.evaluation.models import Mode, SurveyResponse, Wave
from voucher.evaluation.operations import (
    UnusualAnswers,
    answer,
    ask,
    opt_out,
    take_baseline,
)
from voucher.evaluation.queries.surveys import (
    Subject,
    place_of,
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


def asked_at(session, days, step=1):
    """After how many days from AT who was asked what."""
    found = {}
    for day in range(0, days, step):
        before = {each.id for each in responses(session)}
        ask_follow_ups(SURVEY_KEY, AT + timedelta(days=day))
        for each in responses(session):
            if each.id not in before:
                found.setdefault(each.application_id, []).append((day, each.wave))
    return found


def test_the_comparison_group_is_asked_from_its_assignment(session):
    make_assigned(drawn_round(), Arm.COMPARISON)
    session.commit()
    assert ask_follow_ups(SURVEY_KEY, AT + timedelta(days=92)) == 1
    (response,) = responses(session)
    assert place_of(response).arm is Arm.COMPARISON


def drawn_round():
    """A round shared by lot."""
    return make_round(allocation_method=AllocationMethod.RANDOM)


def test_in_a_drawn_round_both_arms_are_asked_at_the_same_time_after_the_draw(session):
    """Redeemed late or never: whoever was offered is asked when the comparison is."""
    round_ = drawn_round()
    late = make_assigned(round_, redeemed_at=AT + timedelta(days=60))
    never = make_assigned(round_)
    compared = make_assigned(round_, Arm.COMPARISON)
    session.commit()
    times = asked_at(session, 380, 2)
    assert set(times) == {late.id, never.id, compared.id}
    assert len({tuple(each) for each in times.values()}) == 1
    assert times[never.id] == [
        (92, Wave.MONTH_3),
        (184, Wave.MONTH_6),
        (366, Wave.MONTH_12),
    ]


def test_who_was_given_a_place_that_was_left_stays_in_the_arm_of_the_draw(session):
    lottery = make_lottery(8, arms=QUARTERS)
    result = lottery.draw()
    arms = dict(session.execute(select(Assignment.application_id, Assignment.arm)).all())
    of = {arm: next(key for key, its in arms.items() if its is arm) for arm in Arm}
    stored(
        DrawReplacement(
            draw_id=result.draw_id,
            stratum="",
            leaver_id=of[Arm.VOUCHER],
            successor_id=of[Arm.WAITING],
            replaced_at=DRAWN_AT,
            replaced_by_id=lottery.manager.id,
        )
    )
    found = subjects(AT + timedelta(days=100))
    assert {each.application_id: each.arm for each in found} == arms
    assert {each.start_at for each in found} == {DRAWN_AT}


def test_a_ranked_list_is_followed_up_from_the_day_it_was_settled_too(session):
    round_ = make_round(allocation_method=AllocationMethod.SCORED)
    case = make_assigned(round_, method=AllocationMethod.SCORED, redeemed_at=AT + timedelta(60))
    session.commit()
    (subject,) = subjects(AT + timedelta(days=100))
    assert (subject.application_id, subject.start_at) == (case.id, AT)


def test_a_survey_asked_before_keeps_its_day(session):
    """Asked by an earlier clock: the row is not touched, and the wave is not asked again."""
    round_, redeemed_at = drawn_round(), AT + timedelta(days=60)
    case = make_assigned(round_, redeemed_at=redeemed_at)
    subject = Subject(case.id, round_.id, Arm.VOUCHER, redeemed_at, frozenset(), False)
    asked = ask(subject=subject, wave=Wave.MONTH_3, key=SURVEY_KEY, at=AT + timedelta(days=153))
    due = asked.due_on
    session.commit()
    assert ask_follow_ups(SURVEY_KEY, AT + timedelta(days=154)) == 0
    assert [each.due_on for each in responses(session)] == [due]
    assert ask_follow_ups(SURVEY_KEY, AT + timedelta(days=185)) == 1


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
    opt_out(response=response, at=at)
    assert (response.answers, response.mode, response.opted_out_at) == (FOLLOW_UP, Mode.WEB, at)


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


def test_who_opts_out_is_asked_nothing_of_another_application_in_the_programme(session):
    programme, business = make_programme(), make_business()
    first = make_redeemed(make_round(programme), business=business)
    second = make_assigned(make_round(programme), Arm.COMPARISON, business=business)
    elsewhere = make_redeemed(business=business)
    neighbour = make_redeemed(make_round(programme))
    opt_out(response=make_survey(first), at=AT + timedelta(days=93))
    session.commit()
    found = {each.application_id: each.opted_out for each in subjects(AT + timedelta(days=94))}
    assert found == {
        first.application_id: True,
        second.id: True,
        elsewhere.application_id: False,
        neighbour.application_id: False,
    }
    assert ask_follow_ups(SURVEY_KEY, AT + timedelta(days=94)) == 2
    asked = {each.application_id for each in responses(session, Wave.MONTH_3)}
    assert asked == {first.application_id, elsewhere.application_id, neighbour.application_id}


def test_opting_out_holds_years_later_for_a_new_application(session):
    programme, business = make_programme(), make_business()
    first = make_redeemed(make_round(programme), business=business)
    opt_out(response=make_survey(first), at=AT + timedelta(days=93))
    later = AT + timedelta(days=800)
    make_assigned(make_round(programme), business=business, at=later)
    session.commit()
    assert [each.opted_out for each in subjects(later + timedelta(days=95))] == [True]


def test_who_is_to_be_asked_takes_as_many_statements_for_one_as_for_many(app, session):
    def statements():
        with counting(app) as made:
            subjects(AT + timedelta(days=95))
        return len(made)

    programme, business = make_programme(), make_business()
    opt_out(
        response=make_survey(make_redeemed(make_round(programme), business=business)),
        at=AT + timedelta(days=93),
    )
    one = statements()
    for _ in range(3):
        make_assigned(make_round(programme), business=business)
    assert statements() == one == 4


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
        ("survey.answered", {"wave": "month_3", "mode": "web"}),
    ]


def test_what_lies_too_far_back_is_not_read(session):
    make_redeemed()
    assert len(subjects(AT + timedelta(days=420))) == 1
    assert subjects(AT + timedelta(days=430)) == []


def test_an_unusual_answer_is_kept_once_it_was_said_to_be_right(session):
    response = make_survey(make_redeemed())
    at = response.asked_at
    session.commit()
    unusual = {**FOLLOW_UP, "hours_lost_week": 400, "staff": 300}

    def send(**more):
        with transaction():
            answer(response=response, arm=Arm.VOUCHER, answers=unusual, sending=True, at=at, **more)

    with pytest.raises(UnusualAnswers) as doubted:
        send()
    assert set(doubted.value.doubts) == {"hours_lost_week", "staff"}
    with pytest.raises(UnusualAnswers) as doubted:
        send(confirmed={"hours_lost_week": 400, "staff": 30})
    assert set(doubted.value.doubts) == {"staff"}
    session.expire_all()
    assert session.get(SurveyResponse, response.id).answers == {}
    send(confirmed={"hours_lost_week": 400, "staff": 300, "errors_in_100": 3})
    found = session.get(SurveyResponse, response.id)
    assert (found.answers, found.confirmed) == (unusual, ["hours_lost_week", "staff"])
    assert (found.mode, found.entered_by_id) == (Mode.WEB, None)


def test_an_unusual_answer_can_be_saved_for_later(session):
    response = make_survey(make_redeemed())
    few = {"staff": 300}
    at = response.asked_at
    answer(response=response, arm=Arm.VOUCHER, answers=few, sending=False, at=at)
    assert (response.answers, response.confirmed, response.mode) == (few, [], Mode.WEB)
    opt_out(response=response, at=at)
    assert response.mode is None


def test_a_survey_asked_in_the_older_version_is_answered_in_it(session):
    response = make_survey(make_redeemed())
    response.questions_version = "2026-1"
    session.flush()
    given = {**OLDER_FOLLOW_UP, "custom": "won"}
    answer(response=response, arm=Arm.VOUCHER, answers=given, sending=True, at=response.asked_at)
    assert response.answers == OLDER_FOLLOW_UP


def test_new_follow_ups_are_asked_in_the_newest_version(session):
    assert make_survey(make_redeemed()).questions_version == "2026-2"
