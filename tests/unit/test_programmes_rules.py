"""Where a round stands by the calendar, which its status alone does not say."""

from datetime import date

import pytest

from voucher.programmes.models import RoundStatus
from voucher.programmes.rules import RoundStanding, standing_of

FIRST, LAST = date(2026, 9, 1), date(2026, 11, 30)


@pytest.mark.parametrize(
    ("status", "today", "standing"),
    [
        (RoundStatus.DRAFT, date(2026, 10, 1), RoundStanding.DRAFT),
        (RoundStatus.OPEN, date(2026, 8, 31), RoundStanding.TO_OPEN),
        (RoundStatus.OPEN, FIRST, RoundStanding.OPEN),
        (RoundStatus.OPEN, LAST, RoundStanding.OPEN),
        (RoundStatus.OPEN, date(2026, 12, 1), RoundStanding.OVER),
        (RoundStatus.CLOSED, date(2026, 10, 1), RoundStanding.CLOSED),
    ],
)
def test_a_round_is_open_between_its_first_and_its_last_day(status, today, standing):
    found = standing_of(status=status, opens_on=FIRST, closes_on=LAST, today=today)
    assert found is standing
    assert (found.staff_label == "Open for applications") == (standing is RoundStanding.OPEN)
