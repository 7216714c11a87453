"""The first person of a provider that nobody acts for yet is invited by an officer."""

import pytest

from tests.factories.scheme import make_member, make_provider
from tests.page import values_of
from voucher.accounts.models import Invitation
from voucher.accounts.roles import Role
from voucher.core.db import session
from voucher.notifications.models import Message

SEND = "Send the invitation"


@pytest.fixture
def provider(arrange):
    """The reference of a provider without people."""
    with arrange():
        return make_provider().reference


@pytest.fixture
def officer(client, arrange):
    """A caseworker, signed in."""
    with arrange():
        person = make_member(Role.CASEWORKER)
        session.refresh(person)
        session.expunge(person)
    client.sign_in(person)
    return person


def stored(app, model):
    with app.app_context():
        return session.query(model).all()


def test_the_first_person_is_invited_by_email(app, client, provider, officer):
    page = f"/staff/providers/{provider}/people"
    assert "Nobody can sign in" in client.get(page).page.text
    done = client.submit(page, {"email": "First@Provider.Example"}, button=SEND)
    assert "An invitation is on its way" in done.page.text
    (invitation,) = stored(app, Invitation)
    assert (invitation.email, invitation.role) == ("first@provider.example", Role.PROVIDER)
    (message,) = stored(app, Message)
    assert message.recipient == "first@provider.example"
    assert "/account/invitations/" in message.text_body


def test_an_address_that_is_none_is_refused_at_the_field(app, client, provider, officer):
    page = f"/staff/providers/{provider}/people"
    for typed in ("", "nobody", "a@b\x00.example", "x" * 300 + "@example.org"):
        refused = client.submit(page, {"email": typed}, button=SEND)
        assert refused.status_code in (400, 422)
    assert stored(app, Invitation) == []


def test_a_provider_with_people_invites_its_own(app, client, arrange, officer):
    with arrange():
        made = make_provider()
        make_member(Role.PROVIDER, provider=made, full_name="Somebody There")
        reference, empty = made.reference, make_provider().reference
    page = client.get(f"/staff/providers/{reference}/people").page
    assert "Somebody There" in page.text
    assert SEND not in page.text
    kept_open = client.get(f"/staff/providers/{empty}/people").page.form(SEND)
    crossed = client.post(
        f"/staff/providers/{reference}/people",
        data={**values_of(kept_open), "email": "second@provider.example"},
    )
    assert crossed.status_code == 409
    assert "Somebody acts for this provider already" in crossed.page.text
    assert stored(app, Invitation) == []


def test_somebody_who_only_reads_is_offered_no_form(client, arrange, provider):
    with arrange():
        auditor = make_member(Role.AUDITOR)
        session.refresh(auditor)
        session.expunge(auditor)
    client.sign_in(auditor)
    page = client.get(f"/staff/providers/{provider}/people").page
    assert "Nobody can sign in" in page.text
    assert SEND not in page.text


def test_an_unknown_provider_is_not_found(client, officer):
    assert client.get("/staff/providers/PRV-0000-0000/people").status_code == 404
