"""A provider sets up payment with Stripe: there, back, and only for themselves."""

from dataclasses import replace
from urllib.parse import urlsplit

import pytest

from tests.contract.wire import speak
from tests.factories.cases import make_officer
from tests.factories.scheme import make_member, make_provider
from voucher.accounts.roles import Role
from voucher.core.db import session
from voucher.integrations.stripe.gateway import StripeGateway
from voucher.providers.models import ConnectedAccount, ProviderStatus

HERE = "/provider/money/onboarding/"


@pytest.fixture
def stripe(app, emulator, monkeypatch):
    """The application talks to the emulator."""
    gateway = StripeGateway("sk_test_web", emulator.address)
    services = replace(app.extensions["services"], stripe=gateway)
    monkeypatch.setitem(app.extensions, "services", services)
    return gateway


@pytest.fixture
def provider(client, arrange, stripe):
    """An approved provider without an account at Stripe, signed in; its id."""
    return sign_in(client, arrange)


def sign_in(client, arrange, **values):
    with arrange():
        made = make_provider(payable=False, **values)
        session.query(ConnectedAccount).filter_by(provider_id=made.id).delete()
        person = make_member(Role.PROVIDER, provider=made)
        session.expunge(person)
    client.sign_in(person)
    return made.id


def account(app, provider_id):
    with app.app_context():
        found = session.query(ConnectedAccount).filter_by(provider_id=provider_id).one_or_none()
        if found:
            session.expunge(found)
    return found


def go_to_stripe(client, address=HERE):
    answer = client.submit(address, button="Continue to Stripe", follow=False)
    assert answer.status_code == 303, answer.text
    return answer.headers["Location"]


def test_the_page_says_what_is_needed_and_changes_nothing(app, client, provider):
    page = client.get(HERE).page
    assert "sort code" in page.text
    assert account(app, provider) is None


def test_there_and_back(app, client, provider, emulator):
    location = go_to_stripe(client)
    assert location.startswith(emulator.address)
    made = account(app, provider)
    assert made.stripe_account_id
    client.get(HERE + "return")
    assert not account(app, provider).payable
    emulator.control(f"accounts/{made.stripe_account_id}/onboard")
    answer = client.get(HERE + "return", follow_redirects=True)
    assert "You can be paid" in answer.page.text
    assert account(app, provider).payable
    assert account(app, provider).bank_last4 in answer.page.text


def test_a_second_time_leads_to_the_same_account(app, client, provider):
    first = go_to_stripe(client)
    made = account(app, provider).stripe_account_id
    assert go_to_stripe(client) != first
    assert account(app, provider).stripe_account_id == made


def test_a_used_link_brings_back_and_makes_a_new_one(client, provider, emulator):
    location = go_to_stripe(client)
    path = urlsplit(location).path
    speak(emulator.address, "GET", path, b"", {})
    status, headers, _ = speak(emulator.address, "GET", path, b"", {})
    assert status == 303
    back = urlsplit(headers["Location"]).path
    assert back == HERE + "refresh"
    answer = client.get(back)
    assert answer.status_code == 303
    assert answer.headers["Location"] not in (location, "")


def test_without_an_account_there_is_nothing_to_refresh_or_return_from(client, provider):
    for path in ("refresh", "return"):
        answer = client.get(HERE + path)
        assert (answer.status_code, answer.headers["Location"]) == (302, HERE)


@pytest.mark.parametrize("status", [ProviderStatus.DRAFT, ProviderStatus.REFUSED])
def test_registration_comes_first(app, client, arrange, stripe, status):
    provider_id = sign_in(client, arrange, status=status, approved_at=None)
    page = client.get(HERE).page
    assert "Send your registration first" in page.text
    assert account(app, provider_id) is None


def test_when_stripe_does_not_answer_nothing_is_lost(
    app,
    client,
    provider,
    emulator,
):
    emulator.control("faults", kind="malformed_after", method="POST", path="/v1/accounts", times=3)
    answer = client.submit(HERE, button="Continue to Stripe")
    assert "Stripe does not answer" in answer.page.text
    emulator.control("faults", "DELETE")
    go_to_stripe(client)
    made = account(app, provider)
    assert (made.creation_attempt, bool(made.stripe_account_id)) == (1, True)
    emulator.control("faults", kind="unavailable", method="GET", path="/v1/accounts", times=9)
    answer = client.get(HERE + "return", follow_redirects=True)
    assert "Stripe does not answer" in answer.page.text
    emulator.control("faults", "DELETE")
    emulator.control("faults", kind="unavailable", path="/v1/account_links", times=9)
    answer = client.get(HERE + "refresh", follow_redirects=True)
    assert "Stripe does not answer" in answer.page.text


def test_a_changed_bank_account_is_told(app, client, provider, emulator):
    go_to_stripe(client)
    account_id = account(app, provider).stripe_account_id
    emulator.control(f"accounts/{account_id}/onboard")
    client.get(HERE + "return")
    emulator.control(f"accounts/{account_id}/bank", number="11112222")
    answer = client.get(HERE + "return", follow_redirects=True)
    assert "bank account was changed" in answer.page.text
    assert account(app, provider).bank_changed_at


def test_everybody_gets_their_own_account(app, client, arrange, provider):
    go_to_stripe(client)
    other = sign_in(client, arrange)
    go_to_stripe(client)
    assert account(app, provider).stripe_account_id != account(app, other).stripe_account_id


def test_officers_and_strangers_have_no_business_here(client, arrange, stripe):
    assert client.get(HERE).status_code == 302
    with arrange():
        person = make_officer(Role.FINANCE)
        session.expunge(person)
    client.sign_in(person)
    assert client.get(HERE).status_code == 403
