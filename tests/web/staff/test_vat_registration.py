"""An officer puts right whether an approved provider is registered for VAT."""

import pytest

from tests.factories.cases import make_officer
from tests.factories.scheme import AT, make_member, make_provider
from voucher.accounts.roles import Role
from voucher.core.db import session
from voucher.core.errors import NotPermitted
from voucher.providers.models import Provider, ProviderStatus
from voucher.providers.operations import correct_vat

NUMBER = "GB990000157"


@pytest.fixture
def page(arrange, client):
    """The address of a provider's page, with a caseworker signed in; `status`: where it stands."""

    def make(**values):
        with arrange():
            provider = make_provider(**values)
            officer = make_officer(Role.CASEWORKER)
            session.expunge(officer)
            address = f"/staff/providers/{provider.reference}"
        client.sign_in(officer)
        return address

    return make


def stored(app):
    with app.app_context():
        provider = session.query(Provider).one()
        return provider.vat_registered, provider.vat_number


def test_a_provider_that_has_registered_and_one_that_no_longer_is(app, client, page):
    address = page(vat_registered=False, vat_number=None)
    assert client.get(address).page.link("Change VAT") == f"{address}/vat"
    yes = {"registered": "yes", "vat_number": "990 0001 57", "reason": "Seen."}
    assert NUMBER in client.submit(f"{address}/vat", yes).page.text
    assert stored(app) == (True, NUMBER)
    gone = client.submit(f"{address}/vat", {"registered": "no", "reason": "Seen."})
    assert "Not registered" in gone.page.text
    assert stored(app) == (False, None)


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ({"registered": "yes", "vat_number": ""}, "Enter the VAT registration number."),
        ({"registered": "yes", "vat_number": "GB123456789"}, "VAT"),
        ({"registered": "no", "vat_number": NUMBER}, "This is what we have already."),
    ],
)
def test_what_can_not_be_is_refused_at_its_field(app, client, page, typed, words):
    address = page(vat_registered=False, vat_number=None)
    answer = client.submit(f"{address}/vat", {"reason": "Seen.", **typed})
    assert answer.status_code == 422
    assert words in answer.page.errors[0]
    assert stored(app) == (False, None)


def test_before_approval_the_provider_changes_it_itself(app, client, page):
    address = page(status=ProviderStatus.SUBMITTED, vat_registered=False, vat_number=None)
    assert f"{address}/vat" not in client.get(address).page.html
    yes = {"registered": "yes", "vat_number": NUMBER, "reason": "Seen."}
    assert client.submit(f"{address}/vat", yes).status_code == 409
    assert stored(app) == (False, None)


def test_nobody_puts_right_their_own_provider(arrange):
    with arrange():
        provider = make_provider(vat_registered=False, vat_number=None)
        member = make_member(Role.PROVIDER, provider=provider)
        with pytest.raises(NotPermitted):
            correct_vat(
                provider=provider,
                registered=True,
                number=NUMBER,
                reason="Seen.",
                by=member.id,
                at=AT,
            )
