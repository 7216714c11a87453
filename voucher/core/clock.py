"""The only reader of the system clock.

Operations take their moment as an argument (`at=`), so that rules can be tried at any date; the
entry points (web, worker, command line) read the clock once, here, and hand the moment down.
"""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

LONDON = ZoneInfo("Europe/London")


def now() -> datetime:
    """The present moment, timezone-aware, in UTC."""
    return datetime.now(UTC)


def today() -> date:
    """Today's date in London, where the scheme's deadlines are counted."""
    return london_date(now())


def london_date(at: datetime) -> date:
    """The date in London at the moment `at` (timezone-aware)."""
    return at.astimezone(LONDON).date()
