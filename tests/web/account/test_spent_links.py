"""Once a message has gone, no link that opens something by itself stands in the database."""

import re
from dataclasses import replace

import pytest
from sqlalchemy import select

from tests.domain.notifications.test_send_messages import Server
from tests.factories.evaluation import make_redeemed, make_survey
from tests.factories.scheme import AT
from tests.people import make_cast, sign_in
from voucher.audit.operations import record, seal
from voucher.cli.jobs import JOBS
from voucher.core import clock
from voucher.core.db import Base, session, transaction
from voucher.notifications.models import Message, MessageStatus

ADDRESS = re.compile(r"/(?:account|survey)/[^\s<>\"]*?([A-Za-z0-9._-]{20,})")


@pytest.fixture
def cast(arrange):
    with arrange():
        return make_cast()


def work(app, name, **changed):
    """Run one of the worker's jobs with a mail server that takes everything."""
    services = replace(app.extensions["services"], mail=Server())
    services = replace(services, settings=replace(services.settings, **changed))
    with app.app_context():
        [job] = [job for job in JOBS if job.name == name]
        job.run(services, clock.now())
        session.remove()


def tokens(app):
    with app.app_context():
        bodies = session.execute(select(Message.text_body)).scalars().all()
        session.rollback()
    return {token for body in bodies for token in ADDRESS.findall(body)}


def everything_stored(app):
    """The text of every column of every row there is."""
    with app.app_context():
        rows = [
            str(value)
            for table in Base.metadata.sorted_tables
            for row in session.execute(select(table))
            for value in row
        ]
        session.rollback()
    return "\n".join(rows)


@pytest.fixture
def posted(app, client, clients, cast, arrange):
    """A new password, a registration, an invitation and a survey, all waiting in the outbox."""
    client.submit("/account/password/reset", {"email": cast.owner.email})
    values = {"email": "new@example.org", "full_name": "Nora New", "password": "very long words"}
    clients().submit("/account/register", {**values, "password_confirm": "very long words"})
    inviter = clients()
    sign_in(inviter, cast.owner)
    inviter.submit(
        "/account/team/", {"email": "colleague@example.org"}, button="Send the invitation"
    )
    with arrange():
        response = make_survey(make_redeemed())
        response.asked_at = clock.now()
        record(action="survey.asked", subject=response, at=clock.now(), by=None)
        seal(at=clock.now())
    work(app, "write messages")
    return tokens(app)


def test_no_working_link_stands_in_the_database_after_sending(app, posted):
    assert len(posted) == 4
    stored = everything_stored(app)
    assert all(token in stored for token in posted)
    work(app, "send messages")
    with app.app_context():
        assert {m.status for m in session.query(Message)} == {MessageStatus.SENT}
        session.rollback()
    stored = everything_stored(app)
    assert [token for token in posted if token in stored] == []


def test_the_demonstration_keeps_them_for_its_own_mailbox(app, posted):
    work(app, "send messages", environment="demonstration")
    assert tokens(app) == posted


def test_every_account_message_with_a_link_says_when_it_ends(app, posted):
    with app.app_context():
        ends = {
            message.kind: message.link_ends_at
            for message in session.query(Message)
            if message.kind.startswith("account.")
        }
        session.rollback()
    assert len(ends) == 3
    assert all(end is not None and end > clock.now() for end in ends.values())


def test_a_letter_given_up_is_emptied_when_its_link_ends(app, posted):
    with app.app_context(), transaction():
        for message in session.query(Message):
            message.status = MessageStatus.FAILED
            if message.link_ends_at is not None:
                message.link_ends_at = AT
    work(app, "forget old messages")
    assert len(tokens(app)) == 1
