"""Messages that were given up: sent again by an officer; and words that are not kept."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from tests.domain.notifications.test_send_messages import Server, send, state, waiting
from tests.factories.cases import make_officer
from tests.factories.scheme import AT
from voucher.audit.models import AuditEvent
from voucher.core.errors import Conflict
from voucher.integrations.mail import MailRefused
from voucher.notifications.jobs import forget_old_messages
from voucher.notifications.models import MessageStatus
from voucher.notifications.operations import send_again
from voucher.notifications.queries.outbox import MessageFilter, undelivered

HOUR = timedelta(hours=1)


def refused(session, **values):
    message = waiting(**values)
    session.commit()
    send(Server(MailRefused("550 no such user", permanent=True)))
    return state(session, message)


def test_a_message_that_was_given_up_is_sent_again(session):
    message, officer = refused(session), make_officer()
    send_again(message=message, by=officer.id, at=AT + HOUR)
    session.commit()
    assert state(session, message).status is MessageStatus.WAITING
    query = select(AuditEvent).where(AuditEvent.action == "message.sent_again")
    event = session.execute(query).scalar_one()
    assert (event.record_id, event.actor_user_id) == (message.id, officer.id)
    assert message.recipient not in str(event.details)
    server = Server()
    assert send(server, AT + HOUR) == 1
    assert state(session, message).tries == 1


def test_it_is_tried_as_often_as_the_first_time(session):
    message = refused(session)
    message.tries = 12
    send_again(message=message, by=make_officer().id, at=AT)
    session.commit()
    send(Server(MailRefused("450 busy", permanent=False)))
    assert state(session, message).status is MessageStatus.WAITING


def test_only_what_was_given_up_is_sent_again(session):
    message = waiting()
    with pytest.raises(Conflict):
        send_again(message=message, by=make_officer().id, at=AT)
    session.commit()
    send(Server())
    with pytest.raises(Conflict):
        send_again(message=state(session, message), by=make_officer().id, at=AT)


def test_what_has_no_words_any_more_is_not_sent(session):
    message = refused(session, kind="account.reset_instructions", link_ends_at=AT + HOUR)
    assert forget_old_messages(AT + HOUR - timedelta(seconds=1)) == 0
    assert forget_old_messages(AT + HOUR) == 1
    assert state(session, message).text_body == ""
    with pytest.raises(Conflict, match="link"):
        send_again(message=state(session, message), by=make_officer().id, at=AT + HOUR)
    assert state(session, message).status is MessageStatus.FAILED


def test_a_message_whose_link_has_ended_is_not_sent_again_though_it_has_its_words(session):
    message = refused(session, kind="account.reset_instructions", link_ends_at=AT + HOUR)
    with pytest.raises(Conflict, match="link has ended"):
        send_again(message=message, by=make_officer().id, at=AT + HOUR)
    assert state(session, message).status is MessageStatus.FAILED


@pytest.mark.parametrize(
    "kind", ["account.invitation", "account.reset_instructions", "survey_asked", "survey_reminder"]
)
def test_a_link_that_opens_by_itself_is_forgotten_once_it_was_sent(session, kind):
    message = waiting(kind=kind)
    session.commit()
    server = Server()
    send(server)
    assert server.letters[0].text == "Words"
    found = state(session, message)
    assert (found.status, found.text_body, found.html_body) == (MessageStatus.SENT, "", "")


def test_other_words_are_kept_and_in_the_demonstration_all(session):
    plain, link = waiting("a:1", kind="voucher_cancelled"), waiting("a:2", kind="account.welcome")
    session.commit()
    send(Server(), keep_links=True)
    assert state(session, plain).text_body == "Words"
    assert state(session, link).text_body == "Words"


def test_a_link_that_has_ended_is_not_sent_at_all(session):
    message = waiting(kind="account.reset_instructions", link_ends_at=AT + HOUR)
    session.commit()
    assert send(Server(), AT + HOUR) == 0
    assert state(session, message).status is MessageStatus.DROPPED
    assert forget_old_messages(AT + HOUR) == 1


def test_what_is_not_delivered_is_listed_without_its_words(session):
    given_up = refused(session, once="a:1", kind="account.welcome", recipient="anna@example.org")
    trying = waiting("a:2", recipient="bert@example.org")
    session.commit()
    send(Server(MailRefused("450 busy", permanent=False)))
    waiting("a:3")
    session.commit()

    def found(**values):
        return [row.id for row in undelivered(MessageFilter(**values), page=1).rows]

    assert found() == [given_up.id]
    assert found(status="trying") == [trying.id]
    assert found(status="all") == [trying.id, given_up.id]
    assert found(status="all", text="ANNA@") == [given_up.id]
    assert found(text="%") == []
    row = undelivered(MessageFilter(), page=1).rows[0]
    assert (row.tries, row.last_error, row.has_words) == (1, "550 no such user", True)
    assert not hasattr(row, "text_body")
