"""The whole taster in Chromium: the rehearsal's acts, every page checked at both widths."""

from functools import partial

import pytest

from tests.rehearsing import InChromium, demonstration
from voucher.sandbox.rehearsal.performance import perform
from voucher.sandbox.rehearsal.troupe import Troupe
from voucher.sandbox.rehearsal.wishes import Wishes

pytestmark = pytest.mark.slow


def test_a_taster_from_the_pre_check_to_the_paid_claim(browser, pictures, tmp_path):
    told = []
    with demonstration(tmp_path, size=0) as household:
        make_browser = partial(InChromium, chromium=browser, pictures=pictures)
        troupe = Troupe(household, Wishes(), told.append, make_browser=make_browser)
        troupe.enter_in_register()
        perform(troupe)
        seen = sum(each.pages_seen for each in troupe.browsers.values())
        for each in troupe.browsers.values():
            each.tab.context.close()
    assert any("sees the claim paid" in line for line in told)
    assert seen > 80
