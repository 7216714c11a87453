"""The demonstration's post office: there, safe, and nowhere else."""

from dataclasses import replace

import pytest

from tests.databases import make_application, migrate, settings_for_tests
from tests.factories.scheme import AT
from voucher.core.db import db, transaction
from voucher.notifications.operations import enqueue
from voucher.web.public.messages import linked


def put(number, **values):
    return enqueue(
        **{
            "once_key": f"test:{number}",
            "kind": "test",
            "recipient": f"person{number}@example.org",
            "user_id": None,
            "subject": f"Message {number} <b>",
            "text_body": "Go on:\nhttp://127.0.0.1:8000/business/\n\nhttps://evil.example/ <b>",
            "html_body": "<h1>Source</h1><script>alert(1)</script>",
            "at": AT,
            **values,
        }
    )


@pytest.fixture
def post_office(tmp_path):
    """A client of an application in demonstration mode with thirty messages."""
    settings = settings_for_tests(tmp_path, f"sqlite:///{tmp_path / 'x.sqlite'}")
    app = make_application(replace(settings, environment="demonstration"))
    migrate(app)
    with app.app_context(), transaction():
        for number in range(30):
            put(number)
    yield app.test_client()
    with app.app_context():
        db.engine.dispose()


def test_it_is_not_there_outside_the_demonstration(client, arrange):
    with arrange():
        put(1)
    assert client.get("/demonstration/messages/").status_code == 404
    assert client.get("/demonstration/messages/1").status_code == 404


def test_messages_are_listed_and_filtered(post_office):
    page = post_office.get("/demonstration/messages/").page
    assert "Message 29 <b>" in page.text
    assert page.link("Message 29 <b>")
    assert "Message 3 <b>" not in page.text
    assert "Message 3 <b>" in post_office.get("/demonstration/messages/?page=2").page.text
    found = post_office.get("/demonstration/messages/?to=PERSON7@").page.text
    assert "Message 7 <b>" in found
    assert "Message 8 <b>" not in found
    found = post_office.get("/demonstration/messages/?about=message%2017&to=person").page.text
    assert "Message 17 <b>" in found
    assert "Message 7 <b>" not in found
    assert "No messages" in post_office.get("/demonstration/messages/?about=%25nothing").page.text
    assert "No messages" in post_office.get("/demonstration/messages/?to=%25nobody").page.text


def test_a_message_is_shown_with_its_own_links_only_and_runs_nothing(post_office):
    page = post_office.get("/demonstration/messages/1").page
    links = [each.get("href") for each in page.elements("a")]
    assert "/business/" in links
    assert "https://evil.example/" not in links
    assert "https://evil.example/ <b>" in page.text
    assert "<script>alert(1)</script>" in page.text
    assert not page.elements("iframe")


@pytest.mark.parametrize("number", ["0", "999", "99999999999999999999999", "x"])
def test_an_unknown_message_is_not_found(post_office, number):
    assert post_office.get(f"/demonstration/messages/{number}").status_code == 404


def test_only_addresses_of_this_service_become_links():
    text = "https://a.example https://a.example.evil/ https://a.example/x?y=1&z=2, https://b/"
    made = str(linked(text, "https://a.example"))
    assert made.count("<a ") == 2
    assert 'href="/"' in made
    assert 'href="/x?y=1&amp;z=2"' in made
