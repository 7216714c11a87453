"""The fictional businesses: enough, distinct, lawful in form, and the same every time."""

from collections import Counter
from datetime import date, timedelta

import pytest

from voucher.businesses.models import LegalForm
from voucher.businesses.outcome_areas import OutcomeArea
from voucher.businesses.rules import (
    normalise_charity_number,
    normalise_company_number,
    normalise_utr,
)
from voucher.sandbox.companies_house.register import FICTIONAL_FROM, FICTIONAL_TO
from voucher.sandbox.material.businesses import (
    CHARITY,
    COMPANY,
    SOLE_TRADER,
    RegisterTwist,
    businesses,
)
from voucher.sandbox.material.problems import problems
from voucher.sandbox.material.trades import SECTOR_LABELS, TRADES

TODAY = date(2026, 11, 22)


@pytest.fixture(scope="module")
def all_of_them():
    return businesses(TODAY)


def test_there_are_enough_and_no_two_are_alike(all_of_them):
    assert len(all_of_them) >= 220
    for member in ("name", "problem"):
        assert len({getattr(one, member) for one in all_of_them}) == len(all_of_them)
    assert len({one.contact.email for one in all_of_them}) == len(all_of_them)
    assert len({one.address.postcode for one in all_of_them}) == len(all_of_them)


def test_they_are_the_same_every_time(all_of_them):
    assert businesses(TODAY) == all_of_them
    assert businesses(TODAY, 10) == all_of_them[:10]


def test_the_mix_is_that_of_a_scheme(all_of_them):
    forms = Counter(one.legal_form for one in all_of_them)
    assert set(forms) == set(LegalForm) == {COMPANY, SOLE_TRADER, CHARITY}
    assert min(forms.values()) >= 20
    assert {one.trade.sector for one in all_of_them} == set(SECTOR_LABELS)
    assert {one.sector for one in all_of_them} == set(SECTOR_LABELS.values())
    assert len({one.address.place.local_authority for one in all_of_them}) == 62
    small = sum(one.headcount < 50 for one in all_of_them)
    assert 0.85 < small / len(all_of_them) < 1


def test_each_is_known_by_the_number_of_its_form_only(all_of_them):
    for one in all_of_them:
        numbers = {
            COMPANY: one.company_number,
            SOLE_TRADER: one.utr,
            CHARITY: one.charity_number,
        }
        assert [form for form, number in numbers.items() if number] == [one.legal_form]
        assert one.turnover_pence % 100 == 0 < one.turnover_pence


def test_numbers_have_the_right_form_and_can_be_nobodys(all_of_them):
    for one in all_of_them:
        if one.company_number:
            assert normalise_company_number(one.company_number) == one.company_number
            assert FICTIONAL_FROM <= int(one.company_number) <= FICTIONAL_TO
        if one.utr:
            assert normalise_utr(one.utr) == one.utr
            assert one.utr[1:5] == "0000"
        if one.charity_number:
            assert normalise_charity_number(one.charity_number) == one.charity_number
            assert one.charity_number.startswith("99")


def test_every_twist_of_the_register_occurs_and_most_have_none(all_of_them):
    twists = Counter(one.twist for one in all_of_them)
    assert set(twists) == set(RegisterTwist)
    assert twists[RegisterTwist.NONE] > 200
    assert all(one.legal_form == COMPANY for one in all_of_them if one.twist != RegisterTwist.NONE)


def test_young_is_young_whenever_it_is_asked():
    for day in (TODAY, date(2031, 2, 28)):
        ages = [day - one.trading_since_on for one in businesses(day) if one.twist == "young"]
        assert ages
        assert all(timedelta(20) <= age <= timedelta(80) for age in ages)


def test_a_problem_fits_whoever_tells_it(all_of_them):
    for one in all_of_them:
        assert one.trade.noun in one.statement.trades
        fits = one.statement.fewest_people <= one.headcount <= one.statement.most_people
        assert fits or one.headcount >= 250


def test_some_are_too_large_for_the_scheme(all_of_them):
    assert sum(one.headcount >= 250 for one in all_of_them) == 2


def test_all_problems_are_told(all_of_them):
    assert {one.statement for one in all_of_them} == set(problems())


def test_problems_are_many_distinct_and_spread_over_the_areas():
    told = Counter(one.outcome_area for one in problems())
    assert set(told) == {area.value for area in OutcomeArea}
    assert min(told.values()) >= 6
    assert len({one.problem for one in problems()}) == len({one.good for one in problems()}) >= 60
    for one in problems():
        assert 80 <= len(one.problem) <= 500
        assert 50 <= len(one.good) <= 250
        assert set(one.trades) <= set(TRADES)


def test_there_is_an_end_to_the_names():
    with pytest.raises(ValueError, match="there are names for"):
        businesses(TODAY, 10_000)
