"""Connected accounts: creation, hosted onboarding, standing, a change of bank."""

import re

import pytest
import requests

from voucher.integrations.stripe.errors import StripeRejected

LINK = {
    "refresh_url": "http://127.0.0.1:9/again",
    "return_url": "http://127.0.0.1:9/back",
}


@pytest.fixture
def newcomer(gateway):
    """An account whose owner has not been onboarded."""
    return gateway.create_account(
        email="new@provider.example", name="Newcomer", reference="PRV-7", key="newcomer"
    ).account_id


def open_link(link):
    """Follow an account link up to the form: the session and the form's answer."""
    browser = requests.Session()
    browser.trust_env = False
    return browser, browser.get(link.url, timeout=10)


def values_of(page: str) -> dict[str, str]:
    """The form's fields as they are filled in."""
    fields = re.findall(r'name="(holder|sort_code|number)".*?value="([^"]*)"', page, re.S)
    return dict(fields)


@pytest.mark.at_stripe_too
def test_a_new_account_is_asked_for_as_designed_and_is_not_payable(wire, gateway, newcomer):
    state = gateway.read_account(account_id=newcomer)
    assert not state.payable
    assert state.past_due
    assert state.bank_last4 is None
    created = wire.exchanges[0].answer
    assert created["controller"]["losses"] == {"payments": "application"}
    assert created["controller"]["fees"] == {"payer": "application"}
    assert created["controller"]["stripe_dashboard"] == {"type": "express"}
    assert created["settings"]["payouts"]["schedule"]["interval"] == "manual"
    assert created["metadata"] == {"reference": "PRV-7"}


def test_the_onboarding_page_makes_an_account_payable(gateway, newcomer):
    link = gateway.create_account_link(account_id=newcomer, key="link", **LINK)
    browser, form = open_link(link)
    assert "Sandbox: not Stripe" in form.text
    answer = browser.post(
        form.url, data={**values_of(form.text), "action": "finish"}, allow_redirects=False
    )
    assert answer.status_code == 303
    assert answer.headers["Location"] == LINK["return_url"]
    state = gateway.read_account(account_id=newcomer)
    assert state.payable
    assert state.details_submitted
    assert state.bank_last4 == values_of(form.text)["number"][-4:]
    assert state.bank_fingerprint


def test_two_providers_do_not_share_a_bank(emulator, gateway, provider, newcomer):
    emulator.control(f"accounts/{newcomer}/onboard")
    ours, theirs = (gateway.read_account(account_id=one) for one in (newcomer, provider))
    assert ours.bank_fingerprint != theirs.bank_fingerprint


def test_wrong_bank_details_come_back_with_what_was_typed(gateway, newcomer):
    link = gateway.create_account_link(account_id=newcomer, key="link", **LINK)
    browser, form = open_link(link)
    typed = {"holder": "", "sort_code": "12-34", "number": "<b>١</b>", "action": "finish"}
    answer = browser.post(form.url, data=typed)
    assert answer.status_code == 422
    assert values_of(answer.text)["number"] == "&lt;b&gt;١&lt;/b&gt;"
    assert answer.text.count("Error:") == 4  # the title and three fields
    assert not gateway.read_account(account_id=newcomer).details_submitted


def test_leaving_unfinished_returns_and_changes_nothing(gateway, newcomer):
    link = gateway.create_account_link(account_id=newcomer, key="link", **LINK)
    browser, form = open_link(link)
    answer = browser.post(form.url, data={"action": "leave"}, allow_redirects=False)
    assert answer.headers["Location"] == LINK["return_url"]
    assert not gateway.read_account(account_id=newcomer).payable


def test_a_link_works_once_and_then_leads_to_the_refresh_address(gateway, newcomer):
    link = gateway.create_account_link(account_id=newcomer, key="link", **LINK)
    open_link(link)
    again = requests.get(link.url, allow_redirects=False, timeout=10)
    assert again.headers["Location"] == LINK["refresh_url"]


def test_an_old_link_leads_to_the_refresh_address(emulator, gateway, newcomer):
    link = gateway.create_account_link(account_id=newcomer, key="link", **LINK)
    emulator.control("advance", seconds=301)
    answer = requests.get(link.url, allow_redirects=False, timeout=10)
    assert answer.headers["Location"] == LINK["refresh_url"]


def test_a_changed_bank_shows_in_the_fingerprint(emulator, gateway, provider):
    before = gateway.read_account(account_id=provider)
    emulator.control(f"accounts/{provider}/bank", number="00099999")
    after = gateway.read_account(account_id=provider)
    assert after.bank_last4 == "9999"
    assert after.bank_fingerprint != before.bank_fingerprint


@pytest.mark.parametrize(
    "change",
    [
        {"capabilities": {"transfers": "inactive"}},
        {"payouts_enabled": False},
        {"past_due": ["company.tax_id"]},
    ],
)
def test_each_loss_of_standing_makes_an_account_unpayable(emulator, gateway, provider, change):
    assert gateway.read_account(account_id=provider).payable
    emulator.control(f"accounts/{provider}/standing", **change)
    assert not gateway.read_account(account_id=provider).payable


@pytest.mark.at_stripe_too
def test_a_foreign_account_is_a_refusal_and_not_a_fault_of_our_set_up(gateway):
    with pytest.raises(StripeRejected) as refusal:
        gateway.read_account(account_id="acct_of_somebody_else")
    assert refusal.value.code == "account_invalid"
