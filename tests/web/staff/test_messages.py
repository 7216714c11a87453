"""Messages that were not delivered, as the staff sees them."""

import pytest

from tests.factories.scheme import AT, make_member
from tests.page import text_of
from tests.web.statements import counting
from voucher.accounts.roles import Role
from voucher.core.db import session
from voucher.notifications.models import Message, MessageStatus
from voucher.notifications.operations import enqueue, mark_failed, take_next

PAGE = "/staff/messages/"


@pytest.fixture
def officers(arrange):
    """One of each role that reads or does not."""
    roles = (Role.CASEWORKER, Role.PROGRAMME_MANAGER, Role.AUDITOR, Role.EVALUATOR)
    with arrange():
        people = {role: make_member(role) for role in roles}
        for person in people.values():
            session.refresh(person)
            session.expunge(person)
    return people


@pytest.fixture
def fail(arrange):
    """Puts a message into the outbox that the server refused for good."""

    def failing(number, reason="550 no such user", **values):
        with arrange():
            enqueue(
                **{
                    "once_key": f"test:{number}",
                    "kind": "voucher_issued",
                    "recipient": f"person{number}@example.org",
                    "user_id": None,
                    "subject": f"Message {number} <b>",
                    "text_body": "SECRET https://x.example/account/invitations/TOKEN",
                    "html_body": "SECRET",
                    "at": AT,
                    **values,
                }
            )
            taken = take_next(at=AT)
            mark_failed(message_id=taken.id, reason=reason, permanent=True, at=AT)
        return taken.id

    return failing


def test_a_failed_message_is_shown_with_its_reason_and_sent_again(app, client, officers, fail):
    number = fail(1)
    client.sign_in(officers[Role.CASEWORKER])
    assert client.get("/staff/").page.link("Mail") == PAGE
    page = client.get(PAGE).page
    for words in ("person1@example.org", "Message 1 <b>", "550 no such user", "1 try"):
        assert words in page.text
    assert "SECRET" not in page.text
    assert "TOKEN" not in page.text
    done = client.submit(PAGE, button="Send again “Message 1 <b>” to person1@example.org")
    assert "goes out again" in done.page.text
    with app.app_context():
        assert session.get(Message, number).status is MessageStatus.WAITING
    again = client.post(f"{PAGE}again", data={"message": number})
    assert again.status_code in (400, 409)


def test_auditors_see_and_do_not_send_evaluators_do_not_see(app, client, officers, fail):
    number = fail(1)
    client.sign_in(officers[Role.AUDITOR])
    page = client.get(PAGE).page
    assert "person1@example.org" in page.text
    assert "Send again" not in " ".join(text_of(each) for each in page.elements("button"))
    token = page.elements("meta", name="csrf-token")
    assert client.post(f"{PAGE}again", data={"message": number}).status_code in (400, 403)
    assert token == []
    client.sign_in(officers[Role.EVALUATOR])
    assert client.get(PAGE).status_code == 403
    with app.app_context():
        assert session.get(Message, number).status is MessageStatus.FAILED


def test_a_message_whose_link_has_ended_can_not_be_sent(client, officers, fail):
    fail(1, text_body="", html_body="")
    client.sign_in(officers[Role.CASEWORKER])
    page = client.get(PAGE).page
    assert "Its link has ended" in page.text
    assert "Send again" not in " ".join(text_of(each) for each in page.elements("button"))


def test_the_list_is_filtered_and_turned_over_at_a_constant_cost(app, client, officers, fail):
    client.sign_in(officers[Role.PROGRAMME_MANAGER])
    assert "Every message was delivered" in client.get(PAGE).page.text
    costs = []
    for numbers in (range(1), range(1, 27)):
        for number in numbers:
            fail(number)
        with counting(app) as statements:
            page = client.get(PAGE).page
        costs.append(len(statements))
    assert costs[0] == costs[1] <= 8
    assert "27 messages" in page.text
    assert "person0@example.org" not in page.text
    assert "person0@example.org" in client.get(f"{PAGE}?page=2").page.text
    found = client.get(f"{PAGE}?q=PERSON3@").page.text
    assert "person3@example.org" in found
    assert "person4@example.org" not in found
    assert "No message fits" in client.get(f"{PAGE}?status=trying").page.text


@pytest.mark.parametrize("query", ["?page=99999", "?status=%00", "?q=%00", "?q=" + "x" * 300])
def test_odd_addresses_are_answered(client, officers, query):
    client.sign_in(officers[Role.CASEWORKER])
    assert client.get(f"{PAGE}{query}").status_code == 200
