"""Reminders: on the right days, once, never for a voucher that has ended."""

from datetime import timedelta

from sqlalchemy import select

from tests.factories.cases import make_officer, make_voucher
from tests.factories.evaluation import FOLLOW_UP, make_redeemed, make_survey
from tests.factories.scheme import AT
from voucher.allocation.models import Arm
from voucher.evaluation.operations import answer, opt_out
from voucher.notifications.jobs import remind_of_surveys, remind_of_vouchers, reminding
from voucher.notifications.models import Message
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


def test_an_unanswered_survey_is_mentioned_once_more(session, desk):
    response = make_survey(make_redeemed())
    asked = response.asked_at
    session.commit()
    assert remind_of_surveys(desk, asked + timedelta(days=13)) == 0
    assert remind_of_surveys(desk, asked + timedelta(days=14)) == 1
    assert remind_of_surveys(desk, asked + timedelta(days=15)) == 0
    assert remind_of_surveys(desk, asked + timedelta(days=40)) == 0
    assert "This is the only reminder" in session.execute(select(Message.text_body)).scalar_one()


def test_who_answered_or_declined_is_left_alone(session, desk):
    first, second = make_survey(make_redeemed()), make_survey(make_redeemed())
    at = first.asked_at
    answer(response=first, arm=Arm.VOUCHER, answers=FOLLOW_UP, sending=True, at=at)
    opt_out(response=second, at=at)
    session.commit()
    assert remind_of_surveys(desk, at + timedelta(days=14)) == 0


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
