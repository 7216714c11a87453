"""A provider makes, replaces and revokes a key in a real browser, and reads what it is for."""

import pytest

from tests.people import make_cast


@pytest.fixture
def cast(arrange):
    with arrange():
        return make_cast()


def test_a_key_from_making_to_revoking(visitors, cast):
    provider = visitors().sign_in(cast.provider)
    page = provider.page
    provider.go("/account/team/").look("api-keys-team")
    page.get_by_role("link", name="API keys").click()
    provider.look("api-keys-none")
    page.get_by_role("link", name="Make a key").click()
    page.get_by_role("button", name="Make the key").click()
    provider.look("api-keys-errors")
    page.get_by_label("Name").fill("Booking system at the Leeds office")
    for words in ("Redeem vouchers", "See claims", "Write and send claims"):
        page.get_by_label(words).check()
    page.get_by_label("1 year").check()
    page.get_by_role("button", name="Make the key").click()
    provider.look("api-keys-made")
    page.get_by_role("button", name="I have copied it").click()
    page.get_by_role("link", name="Booking system at the Leeds office").click()
    provider.look("api-keys-key")
    page.get_by_role("button", name="Replace this key").click()
    provider.look("api-keys-replaced")
    page.get_by_role("button", name="I have copied it").click()
    provider.look("api-keys-two")
    page.get_by_role("link", name="Booking system at the Leeds office").first.click()
    page.get_by_role("button", name="Revoke this key").click()
    provider.look("api-keys-revoked")


def test_what_it_is_for_can_be_read(visitor):
    visitor.go("/api").look("api-reference")
    assert visitor.page.get_by_role("heading", name="Redeem a voucher").is_visible()
