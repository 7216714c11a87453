"""The timeline: day after day, what people do by hand, then what the worker does in the evening."""

from collections import defaultdict
from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta

from voucher.core.clock import london_date
from voucher.core.db import session, transaction
from voucher.sandbox.seed.moments import evening_of, on_day

Action = tuple[datetime, Callable[[datetime], object]]


class Timeline:
    """Actions by London day. Those of one day are done in the order of time, in one transaction."""

    def __init__(self) -> None:
        self._days: defaultdict[date, list[Action]] = defaultdict(list)

    def add(self, at: datetime, action: Callable[[datetime], object]) -> None:
        """Have `action` called with its moment when its time comes."""
        self._days[london_date(at)].append((at, action))

    def add_on_busy_days(
        self, since: date, hour: int, minute: int, action: Callable[[datetime], object]
    ) -> None:
        """Have `action` called at a London clock time of every day from `since` on, on which
        something is done already."""
        for day in sorted(day for day in self._days if day >= since):
            self.add(on_day(day, hour, minute), action)

    def play(
        self, until: datetime, *, evening: Callable[[datetime], None], every_days: int = 1
    ) -> Mapping[str, int]:
        """Play all days up to the moment `until`; how many actions and evenings there were.

        `evening` is called after each day on which something was done, and otherwise every
        `every_days` days, with a moment that is never later than `until`.
        """
        counts = {"actions": 0, "evenings": 0}
        day, last_evening = min(self._days), min(self._days)
        while day <= london_date(until):
            done = self._play_day(day, until)
            counts["actions"] += done
            if done or (day - last_evening).days >= every_days:
                evening(min(evening_of(day), until))
                last_evening = day
                counts["evenings"] += 1
            day += timedelta(days=1)
        return counts

    def _play_day(self, day: date, until: datetime) -> int:
        due = sorted(self._days.pop(day, ()), key=lambda action: action[0])
        due = [(at, action) for at, action in due if at <= until]
        if due:
            with transaction():
                for at, action in due:
                    action(at)
            # Nothing is carried from one day into the next but ids.
            session.expunge_all()
        return len(due)
