"""The band that a number of people belongs to."""

import pytest

from voucher.businesses.models import HeadcountBand
from voucher.businesses.rules import headcount_band


@pytest.mark.parametrize(
    ("people", "band"),
    [
        (1, HeadcountBand.ONE),
        (2, HeadcountBand.TWO_TO_NINE),
        (9, HeadcountBand.TWO_TO_NINE),
        (10, HeadcountBand.TEN_TO_49),
        (49, HeadcountBand.TEN_TO_49),
        (50, HeadcountBand.FIFTY_TO_249),
        (249, HeadcountBand.FIFTY_TO_249),
        (250, HeadcountBand.FROM_250),
        (500_000, HeadcountBand.FROM_250),
    ],
)
def test_every_edge(people, band):
    assert headcount_band(people) == band


@pytest.mark.parametrize("people", [0, -1])
def test_nobody_is_no_business(people):
    with pytest.raises(ValueError, match="at least one"):
        headcount_band(people)
