"""Sending: leases, retries, giving up, and looking again at the last moment."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from tests.factories.cases import make_officer, make_voucher
from tests.factories.scheme import AT, make_user
from voucher.core.status import StatusChange
from voucher.integrations.mail import MailRefused, MailUnavailable
from voucher.notifications.jobs import forget_old_messages, send_messages
from voucher.notifications.models import Message, MessageStatus
from voucher.notifications.operations import enqueue, take_next
from voucher.vouchers.operations import cancel, extend


class Server:
    """A mail server that keeps what it takes, or does to each letter what it is told."""

    def __init__(self, *answers):
        self.letters = []
        self.answers = list(answers)

    def send(self, letter):
        """Take the letter, or raise the next answer."""
        answer = self.answers.pop(0) if self.answers else None
        if answer is not None:
            raise answer
        self.letters.append(letter)


def waiting(once="test:1", **values):
    user = make_user()
    return enqueue(
        **{
            "once_key": once,
            "kind": "voucher_issued",
            "recipient": user.email,
            "user_id": user.id,
            "subject": "Hello",
            "text_body": "Words",
            "html_body": "<p>Words</p>",
            "at": AT,
            **values,
        }
    )


def send(server, at=AT, **values):
    return send_messages(server, at, domain="vouchers.example", **values)


def state(session, message):
    session.expire_all()
    return session.get(Message, message.id)


def test_a_message_is_sent_once(session):
    message = waiting()
    session.commit()
    server = Server()
    assert send(server) == 1
    assert send(server, AT + timedelta(days=1)) == 0
    (letter,) = server.letters
    assert (letter.to, letter.subject) == (message.recipient, "Hello")
    assert letter.message_id == f"message-{message.id}@vouchers.example"
    found = state(session, message)
    assert (found.status, found.sent_at, found.tries) == (MessageStatus.SENT, AT, 1)
    assert found.lease_until is None


def test_the_same_occasion_is_told_once(session):
    assert waiting() is not None
    assert waiting() is None


def test_every_step_is_in_the_history(session):
    message = waiting()
    session.commit()
    send(Server())
    query = select(StatusChange.to_status).where(
        StatusChange.record_kind == "message", StatusChange.record_id == message.id
    )
    assert session.execute(query.order_by(StatusChange.id)).scalars().all() == [
        "waiting",
        "sending",
        "sent",
    ]


def test_a_temporary_refusal_is_tried_again_later(session):
    message = waiting()
    session.commit()
    server = Server(MailRefused("450 busy", permanent=False))
    assert send(server) == 0
    found = state(session, message)
    assert (found.status, found.last_error) == (MessageStatus.WAITING, "450 busy")
    assert found.send_after == AT + timedelta(minutes=1)
    assert send(server, AT + timedelta(seconds=59)) == 0
    assert send(server, AT + timedelta(minutes=1)) == 1
    assert state(session, message).last_error is None


def test_a_permanent_refusal_is_final(session):
    message = waiting()
    session.commit()
    server = Server(MailRefused("550 no such user" + "x" * 400, permanent=True))
    send(server)
    found = state(session, message)
    assert found.status is MessageStatus.FAILED
    assert len(found.last_error) == 300
    assert send(server, AT + timedelta(days=30)) == 0


def test_after_twelve_failures_it_is_given_up(session):
    message = waiting()
    session.commit()
    at = AT
    for _ in range(12):
        send(Server(MailUnavailable("down")), at)
        at += timedelta(hours=7)
    assert state(session, message).status is MessageStatus.FAILED


def test_one_bad_letter_does_not_hold_up_the_others(session):
    waiting("a:1")
    waiting("a:2")
    session.commit()
    server = Server(MailRefused("550 no", permanent=True))
    assert send(server) == 1


def test_when_the_server_is_down_the_rest_waits_untouched(session):
    first, second = waiting("a:1"), waiting("a:2")
    session.commit()
    assert send(Server(MailUnavailable("down"))) == 0
    assert state(session, first).tries == 1
    assert state(session, second).tries == 0


def test_a_message_whose_sender_died_is_sent_again_with_the_same_id(session):
    message = waiting()
    session.commit()
    assert take_next(at=AT).id == message.id
    session.commit()
    server = Server()
    assert send(server, AT + timedelta(minutes=4)) == 0
    assert send(server, AT + timedelta(minutes=6)) == 1
    assert server.letters[0].message_id == f"message-{message.id}@vouchers.example"
    assert state(session, message).tries == 2


def test_two_workers_send_different_messages(session):
    first, second = waiting("a:1"), waiting("a:2")
    session.commit()
    assert {take_next(at=AT).id, take_next(at=AT).id} == {first.id, second.id}
    assert take_next(at=AT) is None


@pytest.mark.parametrize("kind", ["voucher_issued", "voucher_reminder"])
def test_nothing_is_sent_about_a_voucher_cancelled_meanwhile(session, kind):
    voucher = make_voucher()
    message = waiting(kind=kind, voucher_id=voucher.id)
    other = waiting("a:2", kind="voucher_cancelled", voucher_id=voucher.id)
    cancel(voucher=voucher, reason="Handed back", by=make_officer().id, at=AT)
    session.commit()
    server = Server()
    assert send(server) == 1
    assert server.letters[0].to == other.recipient
    assert state(session, message).status is MessageStatus.DROPPED


def test_a_reminder_of_the_old_last_day_is_dropped(session):
    voucher = make_voucher()
    message = waiting(kind="voucher_reminder", voucher_id=voucher.id)
    at = AT + timedelta(days=1)
    extend(voucher=voucher, reason="Ill", by=make_officer().id, at=at)
    session.commit()
    assert send(Server(), at) == 0
    assert state(session, message).status is MessageStatus.DROPPED


def test_a_run_sends_no_more_than_its_limit(session):
    for number in range(3):
        waiting(f"a:{number}")
    session.commit()
    server = Server()
    assert send(server, limit=2) == 2
    assert send(server, limit=2) == 1


def test_words_and_links_are_forgotten_after_ninety_days(session):
    message, young = waiting(), waiting("a:2")
    session.commit()
    send(Server(MailUnavailable("down")))
    send(Server(), AT + timedelta(hours=1))
    young.created_at = AT + timedelta(days=5)
    session.commit()
    assert forget_old_messages(AT + timedelta(days=90)) == 0
    assert forget_old_messages(AT + timedelta(days=91)) == 1
    assert forget_old_messages(AT + timedelta(days=91)) == 0
    found = state(session, message)
    assert (found.text_body, found.html_body, found.subject) == ("", "", "Hello")


def test_a_waiting_message_is_never_forgotten(session):
    message = waiting()
    session.commit()
    assert forget_old_messages(AT + timedelta(days=365)) == 0
    assert state(session, message).text_body == "Words"
