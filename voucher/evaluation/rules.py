"""When surveys are asked, how their links are made, and how a published count is protected. Pure.

Dates are Europe/London dates.
"""

import base64
import calendar
import hashlib
import hmac
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from voucher.evaluation.models import Wave

MONTHS = {Wave.MONTH_3: 3, Wave.MONTH_6: 6, Wave.MONTH_12: 12}
OPEN_DAYS = 60
"""How long a follow-up can be answered, and how late it is still asked."""
OVERDUE_DAYS = 28
"""From how many days after asking an unanswered follow-up is overdue, and worth a call: a week
after the last reminder."""
SMALLEST_COUNT = 5
"""Published counts from 1 to 4 are withheld: they could point at a single business."""
SMALL_GROUP = 20
"""Below it a share of nobody or everybody says something about each business of the group."""


def add_months(start: date, months: int) -> date:
    """The same day `months` later, or the last day of that month where it has no such day."""
    year, month = divmod(start.year * 12 + start.month - 1 + months, 12)
    last = calendar.monthrange(year, month + 1)[1]
    return date(year, month + 1, min(start.day, last))


def due_on(wave: Wave, start: date) -> date:
    """The day a follow-up is due, counted from `start`, see `queries.surveys.subjects`."""
    return add_months(start, MONTHS[wave])


def wave_to_ask(start: date, today: date, asked: Collection[Wave]) -> Wave | None:
    """The follow-up to ask today, or None.

    A wave is asked from its day on for 60 days; one whose time was missed altogether is left out,
    so that nobody is asked about three months after a year.
    """
    for wave in MONTHS:
        begins = due_on(wave, start)
        if begins <= today < begins + timedelta(days=OPEN_DAYS) and wave not in asked:
            return wave
    return None


def is_open(due: date | None, today: date) -> bool:
    """Whether a follow-up that was due on `due` can still be answered."""
    return due is not None and today < due + timedelta(days=OPEN_DAYS)


def draft_mark(saved_at: datetime | None) -> str:
    """What a page carries of the answers that it showed, to tell whether others came since."""
    return saved_at.isoformat() if saved_at else ""


def survey_token(key: bytes, nonce: str) -> str:
    """The secret in a survey's link: HMAC-SHA256 of its nonce, 43 URL-safe characters.

    Derived, so that the link can be written again without the token being stored anywhere.
    """
    made = hmac.new(key, b"survey\x00" + nonce.encode("ascii"), hashlib.sha256).digest()
    return base64.urlsafe_b64encode(made).decode("ascii").rstrip("=")


def share_tells_of_few(yes: int, number: int) -> bool:
    """Whether a share of `yes` in a group of `number` must be withheld.

    A share beside its number is a count: from 1 to 4 on either side it is withheld in a group of
    any size. That nobody or everybody did is a disclosure about each in a small group only
    (Griffiths et al. 2019, Handbook on Statistical Disclosure Control for Outputs: a threshold for
    every cell, and class disclosure by cells that are empty or full).
    """
    side = min(yes, number - yes)
    return 0 < side < SMALLEST_COUNT or (side == 0 and number < SMALL_GROUP)


@dataclass(frozen=True)
class Sum:
    """A published total and the parts that add up to it, as keys of the counts."""

    total: str
    parts: tuple[str, ...]


def withheld(
    counts: dict[str, int],
    sums: Sequence[Sum],
    known: Collection[str] = (),
    *,
    kept: Collection[str] = (),
) -> frozenset[str]:
    """The keys of counts that must not be published.

    Primary: every count from 1 to 4. Secondary: in a sum with just one withheld count that count
    could be worked out, so the smallest other one goes too (a part above nothing first, then the
    total), until every sum lacks none or at least two. `known`: keys withheld for other reasons.
    `kept`: keys that are never withheld for another's sake, where readers must be able to add up.
    """
    hidden = {key for key, count in counts.items() if 0 < count < SMALLEST_COUNT} | set(known)
    changed = True
    while changed:
        changed = False
        for each in sums:
            keys = (each.total, *each.parts)
            if sum(key in hidden for key in keys) == 1:
                also = _smallest_other(counts, each, hidden | set(kept))
                if also is not None:
                    hidden.add(also)
                    changed = True
    return frozenset(hidden)


def _smallest_other(counts: dict[str, int], each: Sum, hidden: set[str]) -> str | None:
    parts = [key for key in each.parts if key not in hidden and counts[key] > 0]
    if parts:
        return min(parts, key=lambda key: (counts[key], key))
    return each.total if each.total not in hidden and counts[each.total] > 0 else None
