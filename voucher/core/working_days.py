"""Working days in England and Wales: Monday to Friday without bank holidays.

Bank holidays come from the `holidays` library: those proclaimed so far, and those that the Banking
and Financial Dealings Act 1971 and custom give for years to come. A holiday proclaimed later needs
a newer version of the library. It is imported at the first question, not with the module (it costs
some 0.3 seconds and 10 MB).
"""

from datetime import date, timedelta
from functools import lru_cache

_DAY = timedelta(days=1)


def is_working_day(on: date) -> bool:
    """Whether `on` is a working day in England and Wales."""
    return on.weekday() < 5 and on not in bank_holidays(on.year)


def add_working_days(start: date, count: int) -> date:
    """The `count`-th working day after `start`; `start` itself is never counted.

    With 0: `start`, or the first working day after it if it is none. Raises ValueError for a
    negative count.
    """
    if count < 0:
        raise ValueError("working days are added, not taken away")
    day = start
    for _ in range(count):
        day = _first_working_day(day + _DAY)
    return _first_working_day(day)


def working_days_between(start: date, end: date) -> int:
    """How many working days lie after `start` up to and including `end`; negative if it is earlier.

    The counterpart of `add_working_days`: between(start, add(start, n)) is n.
    """
    if end < start:
        return -working_days_between(end, start)
    weeks, rest = divmod((end - start).days, 7)
    odd_days = sum((start.weekday() + number) % 7 < 5 for number in range(1, rest + 1))
    years = range(start.year, end.year + 1)
    free = sum(start < day <= end for year in years for day in _weekday_holidays(year))
    return 5 * weeks + odd_days - free


def _first_working_day(day: date) -> date:
    while not is_working_day(day):
        day += _DAY
    return day


@lru_cache(maxsize=64)
def bank_holidays(year: int) -> frozenset[date]:
    """The bank holidays of `year` in England and Wales, substitutes included."""
    from holidays import country_holidays

    # Wales has had the same days as England in every year since 1971.
    return frozenset(country_holidays("GB", subdiv="ENG", years=year))


@lru_cache(maxsize=64)
def _weekday_holidays(year: int) -> tuple[date, ...]:
    return tuple(day for day in bank_holidays(year) if day.weekday() < 5)
