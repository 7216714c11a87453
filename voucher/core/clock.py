"""The only reader of the system clock.

Operations take their moment as an argument (`at=`), so that rules can be tried at any date; the
entry points (web, worker, command line) read the clock once, here, and hand the moment down.
"""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

LONDON = ZoneInfo("Europe/London")
_followed: Path | None = None


def follow(path: str) -> None:
    """Go ahead of the system clock by the seconds that the file at `path` holds; "" ends that.

    For trials of what days and weeks bring, in which several processes share one file. Settings
    refuse it in production. While the file can't be read the system clock counts.
    """
    global _followed
    _followed = Path(path) if path else None


def now() -> datetime:
    """The present moment, timezone-aware, in UTC."""
    return datetime.now(UTC) + _ahead()


def seconds() -> float:
    """Seconds since 1970 by the system clock itself, by which counters of requests go."""
    return datetime.now(UTC).timestamp()


def _ahead() -> timedelta:
    if _followed is None:
        return timedelta(0)
    try:
        return timedelta(seconds=float(_followed.read_text() or 0))
    except (OSError, ValueError):
        return timedelta(0)


def today() -> date:
    """Today's date in London, where the scheme's deadlines are counted."""
    return london_date(now())


def london_date(at: datetime) -> date:
    """The date in London at the moment `at` (timezone-aware)."""
    return at.astimezone(LONDON).date()
