"""Why an offering stands where it stands, or does not: codes with parameters, as they are stored.

A reason carries the points that its part adds, in tenths of a point out of a hundred: whole
numbers, so that what is stored and shown adds up to the score without rounding.
"""

import base64
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

FULL_SCORE = 1_000
"""A hundred points, in tenths."""


class Part(StrEnum):
    """What an offering gets points for. A reason's code is its part's, but for OVER_BUDGET."""

    TEXT = "text"
    """matched_terms: the need's own words that the offering also uses, the rarest first."""
    TOPICS = "topics"
    """topics: the names of those that both clearly speak of; none where it is other words alone."""
    PAST = "past"
    """No parameters: it was chosen and done for problems like this one."""
    OUTCOME_AREAS = "outcome_areas"
    """areas: those in common."""
    PLACE = "place"
    """Worded as NEARBY or REMOTE."""
    PRICE = "price"
    """net_price_pence, voucher_pence, vat_pence, contribution_pence."""
    WISHES = "wishes"
    """met: the ways wished for that it offers (codes). No part where nothing was wished for."""
    START = "start"
    """start_on (ISO date), capacity_left."""
    TRACK_RECORD = "track_record"
    """tasters_done, ratings, stars (their mean in tenths, where there are any)."""


NEARBY = "nearby"
"""place, miles (whole, or None)."""
REMOTE_WORK = "remote"
"""No parameters."""
OVER_BUDGET = "over_budget"
"""contribution_pence, most_to_pay_pence; no points."""
NEEDS_MET = "needs_met"
"""met: the ways that the business said it needs, all of which it offers (codes); no points."""
NEWCOMER = "newcomer"
"""places: how many of the list's are kept; no points."""


class LeftOutCode(StrEnum):
    """Why an offering is not on the list."""

    NOT_OPEN = "not_open"
    CONFLICT = "conflict"
    """Stored for each provider: provider_id, conflict (the kind that was handed in)."""
    PLACE_NOT_SERVED = "place_not_served"
    NEED_NOT_MET = "need_not_met"
    """It lacks a language, or a way of making it accessible, that the business needs."""
    NO_CAPACITY = "no_capacity"
    """After what lasts: whoever reads that it is full may wait for a place."""
    NOTHING_IN_COMMON = "nothing_in_common"
    FURTHER_DOWN = "further_down"
    """It could be chosen, but others have the places."""


@dataclass(frozen=True, slots=True)
class Reason:
    """A code, the points that go with it (tenths), and what a template needs to word it."""

    code: str
    points: int = 0
    parameters: Mapping[str, Any] = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        """The reason as JSON can hold it."""
        return {"code": str(self.code), "points": self.points, **self.parameters}


@dataclass(frozen=True, slots=True)
class Ranked:
    """One place on the shortlist, the first being 1; `points` in tenths are its reasons' sum."""

    offering_id: int
    rank: int
    points: int
    reasons: tuple[Reason, ...]

    @property
    def score(self) -> float:
        """The points as a share of all there are, between 0 and 1."""
        return self.points / FULL_SCORE


def pack_ids(ids: Sequence[int]) -> dict[str, Any]:
    """Ids as one short string: a bit for each number from the smallest on, zlib, base64."""
    first = min(ids)
    bits = sum(1 << (number - first) for number in set(ids))
    raw = bits.to_bytes(bits.bit_length() // 8 + 1, "little")
    packed = base64.b64encode(zlib.compress(raw, 9)).decode()
    return {"count": len(set(ids)), "first": first, "bits": packed}


def unpack_ids(entry: Mapping[str, Any]) -> list[int]:
    """The ids of one stored entry about what was left out, the smallest first.

    Entries stored before there were groups name one offering each.
    """
    if "offering_id" in entry:
        return [entry["offering_id"]]
    bits = int.from_bytes(zlib.decompress(base64.b64decode(entry["bits"])), "little")
    return [entry["first"] + place for place in range(bits.bit_length()) if bits >> place & 1]
