"""When things happen in the timeline: people of the scheme in office hours, others whenever."""

import random
from datetime import UTC, date, datetime, time, timedelta

from voucher.core.clock import LONDON, london_date
from voucher.core.working_days import is_working_day

OFFICE_OPENS, OFFICE_CLOSES = 9, 17
EVENING = time(19, 0)


def on_day(day: date, hour: int, minute: int = 0) -> datetime:
    """The moment of a London clock time on `day`, in UTC."""
    return datetime.combine(day, time(hour, minute), LONDON).astimezone(UTC)


def evening_of(day: date) -> datetime:
    """When the worker's evening round of `day` begins."""
    return datetime.combine(day, EVENING, LONDON).astimezone(UTC)


def next_moment(after: datetime, days: float, *, office: bool, draw: random.Random) -> datetime:
    """About `days` after `after`, at a minute drawn; in office hours of a working day if `office`.

    Always later than `after`, and never later than the evening round of its day.
    """
    aimed = after + timedelta(days=days, minutes=draw.randrange(3, 40))
    day = london_date(aimed)
    hour = aimed.astimezone(LONDON).hour
    last = OFFICE_CLOSES - 1 if office else 18
    if hour > last or (office and not is_working_day(day)):
        day, hour = day + timedelta(days=1), OFFICE_OPENS
    while office and not is_working_day(day):
        day += timedelta(days=1)
    opens = OFFICE_OPENS if office else 7
    found = on_day(day, min(max(hour, opens), last), draw.randrange(60))
    found += timedelta(seconds=draw.randrange(60))
    return found if found > after else after + timedelta(minutes=draw.randrange(1, 5))
