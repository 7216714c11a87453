"""A next version of the provider terms, and one's own sessions, in a real browser."""

from datetime import timedelta

import pytest

from tests.people import make_cast
from voucher.core import clock


@pytest.fixture
def cast(arrange):
    with arrange():
        return make_cast()


def test_the_terms_change_and_a_provider_agrees(visitors, cast):
    manager = visitors().sign_in(cast.manager)
    manager.go("/staff/provider-terms/new")
    manager.page.get_by_label("The terms").fill("1. Be good.\n\n2. Be better.")
    manager.page.get_by_role("button", name="Keep this version").click()
    manager.look("provider-terms-errors")
    day = clock.today() + timedelta(days=40)
    for label, part in (("Day", day.day), ("Month", day.month), ("Year", day.year)):
        manager.page.get_by_label(label).fill(str(part))
    manager.page.get_by_role("button", name="Keep this version").click()
    manager.page.get_by_text("Version 2, written on").click()
    manager.look("provider-terms-versions")
    provider = visitors().sign_in(cast.provider)
    provider.go("/provider/checklist").look("provider-terms-asked")
    assert provider.page.get_by_text("New version to agree to").is_visible()
    provider.page.get_by_role("link", name="The provider terms", exact=True).click()
    provider.look("provider-terms-to-agree")
    provider.page.get_by_label("I agree").check()
    provider.page.get_by_role("button", name="Agree").click()
    provider.go("/provider/terms").look("provider-terms-agreed")


def test_signing_out_on_every_device(visitors, cast):
    phone, desk = visitors().sign_in(cast.owner), visitors().sign_in(cast.owner)
    desk.go("/account/details").look("account-details")
    desk.page.get_by_role("button", name="Sign out on every device").click()
    desk.look("signed-out-everywhere")
    phone.go("/account/details")
    assert "/account/sign-in" in phone.page.url
    assert phone.page.get_by_text("You have been signed out").is_visible()
    phone.look("signed-out-elsewhere")
