"""What each way of sharing would give the same applications: rolling, by lot, scored. Pure.

Who has a place:

- Rolling: in the order of the decisions, while there is a place; whoever asks for more than the
  money left is passed over, because the next decided may ask for less.
- By lot: each stratum's quota is that of the draw (`draw.share_places`); everybody in it has the
  same chance, quota ÷ size, so that expected numbers are exact. How far a draw may lie from them is
  found by drawing many times. Of such a draw only who is in matters, not the order, so each is a
  seeded sample and not an HMAC for every reference: the same chances, a tenth of the time.
- Scored: by `scoring.rank`, where everybody has the totals of two scorers (or three).

Money in whole pence, totals of scorers in hundredths of a point out of 100, shares in basis points.
"""

import hashlib
import random
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction

from voucher.allocation.draw import SEED_BYTES, share_places, voucher_places
from voucher.allocation.rules import stratum_of
from voucher.allocation.scoring import WHOLE_BPS, Candidate, ScoringRule, doubled_result, rank
from voucher.businesses.models import HeadcountBand
from voucher.core.errors import Invalid
from voucher.programmes.models import StratumBasis

MOST_DRAWS = 1_000
MOST_DRAWN = 1_000_000
"""Draws × applications: about a second's work."""
MOST_ENTRANTS = 5_000
NOT_KNOWN = "Not known"
KINDS = ("council", "outcome_area", "size", "sector")
SIZES = [band.staff_label for band in HeadcountBand]


@dataclass(frozen=True, slots=True, kw_only=True)
class Entrant:
    """One application of a trial. `totals`: of its scorers; none where it was never scored."""

    reference: str
    decided_at: datetime
    award_pence: int
    council: str = ""
    areas: tuple[str, ...] = ()
    size: HeadcountBand | None = None
    sector: str = ""
    totals: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What the trial shares. `places`: the most there are; None: as many as the money pays for.

    `voucher_shares_bps`: of the arms of a draw, the one with vouchers first.
    """

    budget_pence: int
    places: int | None
    draws: int
    seed: bytes
    basis: StratumBasis = StratumBasis.NONE
    voucher_shares_bps: tuple[int, ...] = (10_000,)


@dataclass(frozen=True, slots=True)
class Spread:
    """A number in many draws: `expected` exactly, in hundredths, and the range that was seen."""

    expected: int
    lowest: int
    highest: int


@dataclass(frozen=True, slots=True)
class Group:
    """How many of a group have a place by each method; `scored` is None without marks."""

    kind: str
    name: str
    entrants: int
    rolling: int
    scored: int | None
    drawn: Spread


@dataclass(frozen=True, slots=True)
class Trial:
    """The outcome. Differences are applications with a place by one method and not by the other,
    in hundredths (expected, where a draw is one of them)."""

    entrants: int
    unmarked: int
    strata: int
    rolling: int
    drawn: int
    scored: int | None
    rolling_pence: int
    drawn_pence: Spread
    scored_pence: int | None
    rolling_scored: int | None
    rolling_drawn: int
    scored_drawn: int | None
    drawn_drawn: int
    groups: tuple[Group, ...]


def simulate(entrants: Sequence[Entrant], terms: Terms) -> Trial:
    """Share the same places by every method; the order of `entrants` does not matter.

    Raises Invalid, naming the field, for terms or a list that can't be tried.
    """
    _check(entrants, terms)
    entrants = sorted(entrants, key=lambda each: (each.decided_at, each.reference))
    quotas, members = _strata(entrants, terms)
    chances = [Fraction(0)] * len(entrants)
    for name, places in members.items():
        for place in places:
            chances[place] = Fraction(quotas[name], len(places))
    rolling = _rolling(entrants, terms)
    scored = _scored(entrants, terms)
    names, groups_of = _groups(entrants)
    spreads, pence = _draws(entrants, terms, quotas, members, groups_of, len(names), chances)
    return Trial(
        entrants=len(entrants),
        unmarked=sum(not each.totals for each in entrants),
        strata=len(members),
        rolling=len(rolling),
        drawn=sum(quotas.values()),
        scored=None if scored is None else len(scored),
        rolling_pence=_pence(entrants, rolling),
        drawn_pence=pence,
        scored_pence=None if scored is None else _pence(entrants, scored),
        rolling_scored=None if scored is None else 100 * len(rolling ^ scored),
        rolling_drawn=_apart(rolling, chances),
        scored_drawn=None if scored is None else _apart(scored, chances),
        drawn_drawn=_hundredths(sum((2 * each * (1 - each) for each in chances), Fraction(0))),
        groups=_group_lines(names, groups_of, rolling, scored, spreads),
    )


def _check(entrants: Sequence[Entrant], terms: Terms) -> None:
    count = len(entrants)
    if not entrants:
        raise Invalid("There is no application to try.", "source")
    if count > MOST_ENTRANTS:
        raise Invalid(f"A trial takes up to {MOST_ENTRANTS:,} applications.", "source")
    if len({each.reference for each in entrants}) < count:
        raise Invalid("A reference stands on the list twice.", "source")
    if len(terms.seed) != SEED_BYTES:
        raise Invalid(f"The seed must be {SEED_BYTES} bytes.", "seed")
    if terms.budget_pence <= 0:
        raise Invalid("The budget must be more than nothing.", "budget_pence")
    if terms.places is not None and terms.places <= 0:
        raise Invalid("Enter one place or more, or leave it empty.", "places")
    most = min(MOST_DRAWS, MOST_DRAWN // count)
    if not 1 <= terms.draws <= most:
        words = f"Of {count:,} applications there can be 1 to {most:,} draws."
        raise Invalid(words, "draws")


# --- who has a place -----------------------------------------------------------------------------


def _rolling(entrants: Sequence[Entrant], terms: Terms) -> set[int]:
    given: set[int] = set()
    left = terms.budget_pence
    for place, entrant in enumerate(entrants):
        if terms.places is not None and len(given) == terms.places:
            break
        if entrant.award_pence <= left:
            given.add(place)
            left -= entrant.award_pence
    return given


def _strata(
    entrants: Sequence[Entrant], terms: Terms
) -> tuple[Mapping[str, int], Mapping[str, list[int]]]:
    members: dict[str, list[int]] = {}
    for place, each in enumerate(entrants):
        name = stratum_of(terms.basis, place=each.council or None, size=each.size)
        members.setdefault(name, []).append(place)
    affordable = terms.budget_pence // max(each.award_pence for each in entrants)
    if terms.places is not None:
        affordable = min(affordable, terms.places)
    places = voucher_places(len(entrants), terms.voucher_shares_bps, affordable)
    return share_places({name: len(each) for name, each in members.items()}, places), members


def _scored(entrants: Sequence[Entrant], terms: Terms) -> set[int] | None:
    """None unless everybody was scored. A total of 100.00 is 10,000 bps × 100 marks."""
    if not all(each.totals for each in entrants):
        return None
    rule = ScoringRule(
        criteria=(), highest_mark=100, apart_bps=WHOLE_BPS, places=terms.places or len(entrants)
    )
    candidates = [
        Candidate(each.reference, 100 * doubled_result(each.totals), each.award_pence)
        for each in entrants
    ]
    ranked = rank(rule, candidates, free_pence=terms.budget_pence, seed=terms.seed)
    offered = {each.reference for each in ranked.offered}
    return {place for place, each in enumerate(entrants) if each.reference in offered}


# --- many draws ----------------------------------------------------------------------------------


def _draws(
    entrants: Sequence[Entrant],
    terms: Terms,
    quotas: Mapping[str, int],
    members: Mapping[str, list[int]],
    groups_of: Sequence[Sequence[int]],
    number_of_groups: int,
    chances: Sequence[Fraction],
) -> tuple[list[Spread], Spread]:
    """The spread of every group's number, and of the money."""
    awards = [each.award_pence for each in entrants]
    seen: list[list[int]] = []
    for number in range(terms.draws):
        counts = [0] * (number_of_groups + 1)
        for place in _one_draw(terms.seed, number, quotas, members):
            counts[-1] += awards[place]
            for group in groups_of[place]:
                counts[group] += 1
        seen.append(counts)
    expected = [Fraction(0)] * (number_of_groups + 1)
    for place, chance in enumerate(chances):
        expected[-1] += chance * awards[place]
        for group in groups_of[place]:
            expected[group] += chance
    spreads = [
        Spread(_hundredths(mean), min(column), max(column))
        for mean, column in zip(expected, zip(*seen, strict=True), strict=True)
    ]
    return spreads[:-1], spreads[-1]


def _one_draw(
    seed: bytes, number: int, quotas: Mapping[str, int], members: Mapping[str, list[int]]
) -> Iterable[int]:
    digest = hashlib.sha256(seed + number.to_bytes(8, "big")).digest()
    chance = random.Random(digest)  # noqa: S311 - a trial; nobody gains by knowing it
    for name in quotas:
        yield from chance.sample(members[name], quotas[name])


# --- groups --------------------------------------------------------------------------------------

_NAMES_OF: Mapping[str, Callable[[Entrant], Sequence[str]]] = {
    "council": lambda each: [each.council or NOT_KNOWN],
    "outcome_area": lambda each: sorted(set(each.areas)) or [NOT_KNOWN],
    "size": lambda each: [each.size.staff_label if each.size else NOT_KNOWN],
    "sector": lambda each: [each.sector or NOT_KNOWN],
}


def _groups(entrants: Sequence[Entrant]) -> tuple[list[tuple[str, str]], list[list[int]]]:
    """Every group as (kind, name), and the numbers of those that each entrant is in."""
    own = [[(kind, name) for kind in KINDS for name in _NAMES_OF[kind](each)] for each in entrants]
    found = {group for groups in own for group in groups}
    names = sorted(found, key=_in_order)
    number = {group: place for place, group in enumerate(names)}
    return names, [[number[group] for group in groups] for groups in own]


def _in_order(group: tuple[str, str]) -> tuple[int, int, str]:
    """Sizes from the smallest, other groups by their names."""
    kind, name = group
    return KINDS.index(kind), SIZES.index(name) if kind == "size" and name in SIZES else 0, name


def _group_lines(
    names: Sequence[tuple[str, str]],
    groups_of: Sequence[Sequence[int]],
    rolling: set[int],
    scored: set[int] | None,
    spreads: Sequence[Spread],
) -> tuple[Group, ...]:
    everybody = _count(range(len(groups_of)), groups_of, len(names))
    first = _count(rolling, groups_of, len(names))
    best = None if scored is None else _count(scored, groups_of, len(names))
    return tuple(
        Group(kind, name, everybody[at], first[at], best[at] if best else None, spreads[at])
        for at, (kind, name) in enumerate(names)
    )


def _count(places: Iterable[int], groups_of: Sequence[Sequence[int]], groups: int) -> list[int]:
    counts = [0] * groups
    for place in places:
        for group in groups_of[place]:
            counts[group] += 1
    return counts


# --- sums ----------------------------------------------------------------------------------------


def _pence(entrants: Sequence[Entrant], given: Iterable[int]) -> int:
    return sum(entrants[place].award_pence for place in given)


def _apart(given: set[int], chances: Sequence[Fraction]) -> int:
    apart = (1 - chance if place in given else chance for place, chance in enumerate(chances))
    return _hundredths(sum(apart, Fraction(0)))


def _hundredths(value: Fraction) -> int:
    """Hundredths, rounded half up."""
    return (200 * value.numerator + value.denominator) // (2 * value.denominator)
