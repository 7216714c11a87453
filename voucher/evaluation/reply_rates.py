"""Reply rates by arm and part of the list, and how far apart the arms are. Pure.

A rate that differs between the arms biases every comparison that rests on the survey, so the gap
is shown while something can still be done about it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from voucher.allocation.models import Arm
from voucher.evaluation.models import Wave


@dataclass(frozen=True)
class Replies:
    """Of one arm (and part of the list) in one wave, how many were asked, and what came of it.

    `begun`: saved and not sent. `by_phone`: answered on the telephone. `overdue`: open, unanswered
    28 days after asking. `closed`: their time ran out unanswered.
    """

    wave: Wave
    arm: Arm
    stratum: str
    asked: int
    answered: int
    by_phone: int
    begun: int
    opted_out: int
    overdue: int
    closed: int

    @property
    def rate_bps(self) -> int:
        """Answered of asked in basis points, half up. A group is listed once it was asked."""
        return (20_000 * self.answered + self.asked) // (2 * self.asked)


class Row(NamedTuple):
    """Replies, and the rate of those offered a voucher less this one, in basis points; None for
    those offered, or where none of them was asked."""

    replies: Replies
    gap_bps: int | None


COUNTS = ("asked", "answered", "by_phone", "begun", "opted_out", "overdue", "closed")


def by_arm(found: Sequence[Replies]) -> list[Row]:
    """One row for each wave and arm, all parts of the list together."""
    merged = [
        _sum([each for each in found if (each.wave, each.arm) == key], "")
        for key in dict.fromkeys((each.wave, each.arm) for each in found)
    ]
    return _with_gaps(merged)


def by_stratum(found: Sequence[Replies]) -> list[Row]:
    """One row for each wave, part of the list and arm."""
    return _with_gaps(found)


def _sum(parts: Sequence[Replies], stratum: str) -> Replies:
    totals = {name: sum(getattr(each, name) for each in parts) for name in COUNTS}
    return Replies(parts[0].wave, parts[0].arm, stratum, **totals)


def _with_gaps(rows: Sequence[Replies]) -> list[Row]:
    waves, arms = list(Wave), list(Arm)
    ordered = sorted(
        rows, key=lambda each: (waves.index(each.wave), each.stratum, arms.index(each.arm))
    )
    offered = {
        (each.wave, each.stratum): each.rate_bps for each in ordered if each.arm is Arm.VOUCHER
    }
    return [Row(each, _gap(each, offered.get((each.wave, each.stratum)))) for each in ordered]


def _gap(replies: Replies, offered_bps: int | None) -> int | None:
    if replies.arm is Arm.VOUCHER or offered_bps is None:
        return None
    return offered_bps - replies.rate_bps


def points(bps: int) -> str:
    """A difference of rates in percentage points with its sign, to one decimal: "+3.5"."""
    tenths = (abs(bps) + 5) // 10
    sign = "" if not tenths else "+" if bps > 0 else "−"
    return f"{sign}{tenths // 10}.{tenths % 10}"


def per_cent(bps: int) -> str:
    """Basis points as per cent to one decimal, half up: "61.5%"."""
    return f"{points(bps).lstrip('+')}%"
