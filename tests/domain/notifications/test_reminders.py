"""Reminders: on the right days, once, never for a voucher that has ended."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from tests.factories.cases import make_officer, make_voucher
from tests.factories.evaluation import FOLLOW_UP, make_drawn_survey, make_redeemed, make_survey
from tests.factories.scheme import AT, make_business, make_programme, make_round
from voucher.allocation.models import Arm
from voucher.audit.operations import seal
from voucher.evaluation.operations import answer, opt_out
from voucher.evaluation.rules import survey_token
from voucher.notifications.jobs import (
    remind_of_surveys,
    remind_of_vouchers,
    reminding,
    write_messages,
)
from voucher.notifications.models import Message, MessageStatus
from voucher.notifications.operations import take_next
from voucher.vouchers.operations import cancel, extend


def subjects(session):
    return [row for (row,) in session.execute(select(Message.subject).order_by(Message.id))]


def days_left(session, desk, voucher, days):
    at = AT + timedelta(days=90 - days)
    return remind_of_vouchers(desk, at)


def test_reminders_go_out_30_14_7_and_1_days_before_once_each(session, desk):
    voucher = make_voucher()
    session.commit()
    sent = [days for days in range(40, -3, -1) if days_left(session, desk, voucher, days)]
    assert sent == [30, 14, 7, 1]
    assert days_left(session, desk, voucher, 1) == 0
    assert subjects(session) == [
        f"30 days left to use your voucher {voucher.reference}",
        f"14 days left to use your voucher {voucher.reference}",
        f"7 days left to use your voucher {voucher.reference}",
        f"1 day left to use your voucher {voucher.reference}",
    ]


def test_of_several_missed_reminders_only_the_nearest_is_sent(session, desk):
    voucher = make_voucher()
    session.commit()
    assert days_left(session, desk, voucher, 5) == 1
    assert subjects(session) == [f"5 days left to use your voucher {voucher.reference}"]
    assert days_left(session, desk, voucher, 4) == 0


def test_after_an_extension_they_begin_anew(session, desk):
    voucher = make_voucher()
    session.commit()
    assert days_left(session, desk, voucher, 7) == 1
    at = AT + timedelta(days=83)
    extend(voucher=voucher, reason="Ill", by=make_officer().id, at=at)
    session.commit()
    assert remind_of_vouchers(desk, at) == 0
    assert remind_of_vouchers(desk, at + timedelta(days=7)) == 1


def test_a_voucher_that_has_ended_gets_none(session, desk):
    first = make_voucher()
    make_redeemed()
    cancel(voucher=first, reason="Handed back", by=make_officer().id, at=AT)
    session.commit()
    for days in range(35, -2, -1):
        assert days_left(session, desk, first, days) == 0


def test_an_unanswered_survey_is_mentioned_after_7_and_21_days_and_no_more(session, desk):
    response = make_survey(make_redeemed())
    asked = response.asked_at
    session.commit()
    sent = [day for day in range(61) if remind_of_surveys(desk, asked + timedelta(days=day))]
    assert sent == [7, 21]
    first, last = session.execute(select(Message.text_body).order_by(Message.id)).scalars()
    assert "This is the last reminder" not in first
    assert "This is the last reminder" in last
    token = survey_token(desk.survey_key, response.token_nonce)
    assert f"/survey/{token}/stop" in first


def test_who_answered_or_declined_is_left_alone(session, desk):
    first, second = make_survey(make_redeemed()), make_survey(make_redeemed())
    at = first.asked_at
    answer(response=first, arm=Arm.VOUCHER, answers=FOLLOW_UP, sending=True, at=at)
    opt_out(response=second, at=at)
    session.commit()
    assert remind_of_surveys(desk, at + timedelta(days=7)) == 0
    assert remind_of_surveys(desk, at + timedelta(days=21)) == 0


def surveys_of_one_business(*, same_programme):
    """Two follow-ups asked of the same business in two rounds."""
    programme, business = make_programme(), make_business()
    other = make_round(programme if same_programme else None)
    redeemed = make_redeemed(make_round(programme), business=business)
    return make_survey(redeemed), make_drawn_survey(other, business)


@pytest.mark.parametrize("same_programme", [True, False])
def test_who_declined_is_not_reminded_of_another_application_in_the_programme(
    session, desk, same_programme
):
    first, second = surveys_of_one_business(same_programme=same_programme)
    opt_out(response=first, at=first.asked_at)
    session.commit()
    written = remind_of_surveys(desk, second.asked_at + timedelta(days=7))
    assert written == (0 if same_programme else 1)


@pytest.mark.parametrize("same_programme", [True, False])
def test_a_reminder_that_waits_is_dropped_once_the_business_declined_another_survey(
    session, desk, same_programme
):
    first, second = surveys_of_one_business(same_programme=same_programme)
    at = second.asked_at + timedelta(days=7)
    session.commit()
    assert remind_of_surveys(desk, at) == 2
    opt_out(response=first, at=at)
    assert (take_next(at=at) is None) == same_programme


@pytest.mark.parametrize("ending", ["answered", "declined", "neither"])
def test_a_reminder_that_waits_is_dropped_once_the_survey_is_over(session, desk, ending):
    """Written, and not sent yet because the mail server was down."""
    response = make_survey(make_redeemed())
    at = response.asked_at + timedelta(days=7)
    session.commit()
    assert remind_of_surveys(desk, at) == 1
    if ending == "answered":
        answer(response=response, arm=Arm.VOUCHER, answers=FOLLOW_UP, sending=True, at=at)
    elif ending == "declined":
        opt_out(response=response, at=at)
    taken = take_next(at=at)
    assert (taken is not None) == (ending == "neither")


def test_the_first_message_is_dropped_too_once_the_survey_was_answered(session, desk):
    response = make_survey(make_redeemed())
    at = response.asked_at
    seal(at=at)
    session.commit()
    write_messages(desk, at)
    query = select(Message.status).where(Message.kind == "survey_asked")
    assert session.execute(query).scalar_one() is MessageStatus.WAITING
    answer(response=response, arm=Arm.VOUCHER, answers=FOLLOW_UP, sending=True, at=at)
    while take_next(at=at):
        pass
    assert session.execute(query).scalar_one() is MessageStatus.DROPPED


def test_a_reminder_that_cannot_be_written_stops_no_other(session, desk, monkeypatch):
    failing, sound = make_voucher(), make_voucher()
    session.commit()
    real = reminding.voucher_facts

    def faulty(voucher, **rest):
        if voucher.id == failing.id:
            raise KeyError("a fault of ours")
        return real(voucher, **rest)

    monkeypatch.setattr(reminding, "voucher_facts", faulty)
    assert days_left(session, desk, sound, 7) == 1
    assert subjects(session) == [f"7 days left to use your voucher {sound.reference}"]
