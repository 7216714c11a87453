"""Working days in England and Wales: weekends, bank holidays, substitutes, one-off holidays."""

from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from voucher.core.working_days import (
    add_working_days,
    bank_holidays,
    is_working_day,
    working_days_between,
)

DAYS = st.dates(date(2022, 1, 1), date(2032, 12, 31))


@pytest.mark.parametrize(
    "holiday",
    [
        date(2022, 6, 3),  # Platinum Jubilee
        date(2022, 9, 19),  # state funeral
        date(2023, 5, 8),  # coronation
        date(2026, 4, 3),  # Good Friday
        date(2026, 4, 6),  # Easter Monday
        date(2026, 12, 28),  # substitute for a Saturday Boxing Day
        date(2027, 12, 27),  # both Christmas days on a weekend
        date(2027, 12, 28),
        date(2028, 1, 3),  # substitute for a Saturday New Year's Day
    ],
)
def test_bank_holidays_are_no_working_days(holiday):
    assert holiday in bank_holidays(holiday.year)
    assert not is_working_day(holiday)


@pytest.mark.parametrize(
    "on",
    [
        date(2026, 1, 2),  # a holiday in Scotland only
        date(2026, 3, 17),  # in Northern Ireland only
        date(2026, 11, 30),  # in Scotland only
        date(2026, 4, 2),
    ],
)
def test_holidays_of_other_nations_are_working_days(on):
    assert is_working_day(on)


def test_weekends_are_no_working_days():
    assert not is_working_day(date(2026, 6, 13))
    assert not is_working_day(date(2026, 6, 14))
    assert is_working_day(date(2026, 6, 15))


@pytest.mark.parametrize(
    ("start", "count", "day"),
    [
        (date(2026, 6, 15), 5, date(2026, 6, 22)),
        (date(2026, 4, 2), 1, date(2026, 4, 7)),  # over Easter
        (date(2026, 12, 24), 2, date(2026, 12, 30)),  # over Christmas
        (date(2026, 6, 13), 1, date(2026, 6, 15)),  # from a Saturday
        (date(2026, 6, 13), 0, date(2026, 6, 15)),
        (date(2026, 6, 15), 0, date(2026, 6, 15)),
    ],
)
def test_adds_working_days(start, count, day):
    assert add_working_days(start, count) == day


def test_refuses_to_add_a_negative_number():
    with pytest.raises(ValueError, match="not taken away"):
        add_working_days(date(2026, 6, 15), -1)


@settings(max_examples=60)
@given(DAYS, st.integers(0, 30))
def test_adding_and_counting_are_counterparts(start, count):
    day = add_working_days(start, count)
    assert is_working_day(day)
    assert working_days_between(start, day) == (count or (day > start))
    assert working_days_between(day, start) == -working_days_between(start, day)


@settings(max_examples=60)
@given(DAYS, st.integers(0, 60), st.integers(0, 60))
def test_counts_add_up(start, first, second):
    middle, end = start + timedelta(days=first), start + timedelta(days=first + second)
    parts = working_days_between(start, middle) + working_days_between(middle, end)
    assert working_days_between(start, end) == parts
