"""What a plan is worked out from, what it is compared with, and what bars a suggestion. Pure.

Points in tenths, as the ranking gives them.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from voucher.vouchers.suggesting.models import Bar, SuggestionStatus

if TYPE_CHECKING:
    from voucher.matching.assignment import Market

FRESH_FOR = timedelta(hours=24)
"""A preview older than this is not proposed: offerings and choices have moved on."""

DAYS_TO_CHOOSE = 14
"""A suggestion stands so many days: its place may be suggested to somebody else afterwards."""


@dataclass(frozen=True, slots=True)
class Option:
    """One offering on a business's list: the first has place 1."""

    offering: str
    points: int
    place: int


@dataclass(frozen=True, slots=True)
class Want:
    """A voucher without a choice, and what it could go to, the best first. `why`: where there is
    nothing, the reason if one is known."""

    voucher: str
    options: tuple[Option, ...] = ()
    why: str = ""


@dataclass(frozen=True, slots=True)
class Outcome:
    """How many businesses would have a provider one way or another, and their points together."""

    matched: int
    points: int


def given_of(wants: Sequence[Want], rooms: Mapping[str, int]) -> dict[str, Any]:
    """What is assigned, in the form that `flask voucher assign` reads; the order is the names'."""
    needs = [
        {
            "id": want.voucher,
            "options": [
                {"offering": option.offering, "score": option.points} for option in want.options
            ],
        }
        for want in sorted(wants, key=lambda want: want.voucher)
    ]
    named = {option.offering for want in wants for option in want.options}
    return {"needs": needs, "capacity": {name: max(0, rooms[name]) for name in sorted(named)}}


def canonical(given: Mapping[str, Any]) -> bytes:
    """The bytes whose SHA-256 is kept: JSON with sorted keys, without spaces, UTF-8."""
    text = json.dumps(given, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return text.encode()


def sha256_of(given: Mapping[str, Any]) -> str:
    """The hash of what was assigned, as hexadecimal."""
    return hashlib.sha256(canonical(given)).hexdigest()


def market_of(given: Mapping[str, Any]) -> "Market":
    """The same as the solver takes it."""
    import numpy as np

    from voucher.matching.assignment import Market

    offerings = list(given["capacity"])
    position = {name: number for number, name in enumerate(offerings)}
    options = [
        (number, position[option["offering"]], option["score"])
        for number, need in enumerate(given["needs"])
        for option in need["options"]
    ]
    return Market(
        [need["id"] for need in given["needs"]],
        offerings,
        np.array([need for need, _, _ in options], dtype=np.int64),
        np.array([offering for _, offering, _ in options], dtype=np.int64),
        np.array([score for _, _, score in options], dtype=np.float64),
        np.array([given["capacity"][name] for name in offerings], dtype=np.int64),
    )


def one_after_the_other(wants: Sequence[Want], rooms: Mapping[str, int]) -> Outcome:
    """What there would be if each in turn took the best that still has room."""
    return _taking(wants, rooms, most=None)


def first_choices(wants: Sequence[Want], rooms: Mapping[str, int]) -> Outcome:
    """What there would be if each in turn asked its first choice and nobody else."""
    return _taking(wants, rooms, most=1)


def _taking(wants: Sequence[Want], rooms: Mapping[str, int], most: int | None) -> Outcome:
    left, taken = dict(rooms), []
    for want in wants:
        free = (option for option in want.options[:most] if left[option.offering] > 0)
        found = next(free, None)
        if found is not None:
            left[found.offering] -= 1
            taken.append(found.points)
    return Outcome(len(taken), sum(taken))


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What is known of a voucher and an offering at one moment. `room`: places not chosen yet;
    `in_time`: the suggestion's last day is not over."""

    chosen: bool
    voucher_live: bool
    held: bool
    connected: bool
    on_offer: bool
    room: int
    declined: bool
    in_time: bool = True


def bar_of(now: Standing) -> Bar | None:
    """Why a suggestion can't be made, or does not stand any more; None where it can or does."""
    tests = (
        (now.chosen, Bar.CHOSEN),
        (not now.voucher_live, Bar.VOUCHER_OVER),
        (not now.in_time, Bar.DAY_OVER),
        (now.held, Bar.HELD),
        (now.declined, Bar.DECLINED),
        (now.connected, Bar.CONNECTED),
        (not now.on_offer, Bar.NOT_OPEN),
        (now.room <= 0, Bar.FULL),
    )
    return next((bar for found, bar in tests if found), None)


def last_day_to_choose(made_on: date, expires_on: date) -> date:
    """The last day on which a suggestion stands: two weeks, or as long as the voucher can be used.

    >>> last_day_to_choose(date(2026, 11, 2), date(2027, 1, 31)).isoformat()
    '2026-11-16'
    """
    return min(made_on + timedelta(days=DAYS_TO_CHOOSE), expires_on)


def settled_as(bar: Bar, chosen_offering_id: int | None, offering_id: int) -> SuggestionStatus:
    """What becomes of an open suggestion that `bar` has ended."""
    if bar is not Bar.CHOSEN:
        return SuggestionStatus.EXPIRED
    same = chosen_offering_id == offering_id
    return SuggestionStatus.TAKEN if same else SuggestionStatus.PASSED


def bar_to_propose(*, matched: int | None, worked_out_at: datetime | None, at: datetime) -> str:
    """Why a preview that was worked out can't be proposed, or ""."""
    if not is_fresh(worked_out_at, at):
        return "This preview is more than a day old. Have a new one worked out."
    return "" if matched else "There is nothing to propose."


def is_fresh(worked_out_at: datetime | None, at: datetime) -> bool:
    """Whether a preview is recent enough to be proposed."""
    return worked_out_at is not None and at - worked_out_at <= FRESH_FOR
