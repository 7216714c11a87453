"""How many answers each part of a round's list is expected to give in each arm. Pure.

The list of a draw is divided into parts, each drawn by itself. A part in which an arm gives hardly
an answer says next to nothing by itself: it is told before the plan is locked, while the list can
still be divided otherwise.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from voucher.businesses.models import HeadcountBand
from voucher.evaluation.plans.rules import AnalysisPlan
from voucher.programmes.models import StratumBasis

WHOLE = 10_000
MOST_NAMED = 10
FEW_EXPECTED = 5
"""Fewer answers expected of an arm than this, and chance alone may leave it with hardly any. More
than a plan joins parts at, which goes by the answers that came."""


@dataclass(frozen=True)
class Part:
    """A part of the list: its name, its businesses, and the answers expected of two groups."""

    name: str
    businesses: int
    offered: int
    comparison: int


@dataclass(frozen=True)
class Parts:
    """What is expected of the parts. `known`: applications that say so; none where it is a guess.

    `small`: the parts where an arm is expected to give fewer than `fewest` answers, the smallest
    first and at most ten; `number` of `total` parts are like that.
    """

    known: int
    total: int
    number: int
    small: Sequence[Part]
    fewest: int
    joined: bool


def parts_of(
    plan: AnalysisPlan, arms: Sequence[Mapping[str, Any]], applied: Mapping[str, int]
) -> Parts | None:
    """What is expected of the parts; None where the list is not divided or nothing is known.

    `applied`: businesses that have applied so far, by part. The others are expected in the same
    proportions; before anybody applied, in parts by size, evenly.
    """
    basis, known = StratumBasis(plan.stratum_basis), sum(applied.values())
    if not plan.comparison or basis is StratumBasis.NONE:
        return None
    if not applied:
        if basis is not StratumBasis.SIZE:
            return None
        applied = {band.staff_label: 1 for band in HeadcountBand}
    expected = max(plan.assumptions.demand, known) / sum(applied.values())
    compared = {*plan.offered, *plan.comparison}
    shares = {arm["code"]: arm["share_bps"] for arm in arms if arm["code"] in compared}
    all_shares = sum(shares.values()) or WHOLE
    offered = sum(shares.get(code, 0) for code in plan.offered) / all_shares
    found = [
        _part(name, number * expected, offered, plan.assumptions.response)
        for name, number in applied.items()
    ]
    fewest = max(plan.fewest_in_stratum, FEW_EXPECTED)
    small = sorted(
        (each for each in found if min(each.offered, each.comparison) < fewest),
        key=lambda each: (min(each.offered, each.comparison), each.name),
    )
    return Parts(
        known=known,
        total=len(found),
        number=len(small),
        small=small[:MOST_NAMED],
        fewest=fewest,
        joined=plan.fewest_in_stratum > 0,
    )


def _part(name: str, businesses: float, offered: float, response: float) -> Part:
    return Part(
        name,
        round(businesses),
        round(businesses * offered * response),
        round(businesses * (1 - offered) * response),
    )
