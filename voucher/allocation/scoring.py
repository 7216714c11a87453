"""Scored allocation: marks of two people, a third where they differ, and a ranked list. Pure.

The rule, whole. Its form (weighted criteria, two scorers apart from each other, a third where they
differ by more than a set amount) is that of the scheme; its figures are a plan's:

1. A scorer gives every criterion a whole mark from 0 to the plan's highest. Their total is the sum
   of weight (basis points, together 10,000) × mark: from 0 to 10,000 × the highest mark.
2. Two scorers differ when their totals are further apart than the plan allows (basis points of the
   highest total) or, where the plan says so, their marks of any one criterion are. Exactly as far
   apart as allowed is not differing. Where they differ a third person scores.
3. The result is the mean of two totals, or the median of three. So a third total that lies between
   the first two is the result; one that lies outside leaves the nearer of the two. Unlike the mean
   of the two closest, the median never falls because a mark was raised.
4. Results below the plan's least are out. The others are ranked from the highest; equal results go
   by HMAC-SHA256(key = seed, message = reference in UTF-8), ascending as bytes, as in a draw.
5. Places are given from the top while there is one and the money left pays for the next award. The
   first that can't be paid for ends it: nobody is overtaken for asking more. The others wait.

Results are kept doubled, so that the mean of two is a whole number and nothing is ever rounded
before it is compared. `points` puts a result out of 100, as a fraction.
"""

import hmac
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from statistics import median_low

from voucher.allocation.draw import SEED_BYTES
from voucher.core.errors import Invalid

WHOLE_BPS = 10_000
MOST_CRITERIA = 12
LARGEST_MARK = 100
LONGEST_NAME = 80
LONGEST_WORDS = 1_000

Marks = Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Criterion:
    """One thing that is marked. `words` tell scorers what to look for; `weight_bps` of 10,000."""

    code: str
    name: str
    words: str
    weight_bps: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoringRule:
    """A plan's criteria and figures.

    `highest_mark`: the scale of every criterion is 0 to this. `apart_bps`: how far two totals may
    lie apart, in basis points of the highest total. `apart_marks`: how far two marks of one
    criterion may; None: it does not matter. `least_bps`: the least result, in basis points of the
    highest, that can have a place. `places`: the most places; None: as many as the money pays for.
    """

    criteria: Sequence[Criterion]
    highest_mark: int
    apart_bps: int
    apart_marks: int | None = None
    least_bps: int = 0
    places: int | None = None

    @property
    def highest_doubled(self) -> int:
        """The highest result there can be, doubled as results are."""
        return 2 * WHOLE_BPS * self.highest_mark


@dataclass(frozen=True, slots=True)
class Difference:
    """How two scorers' marks lie apart. True where that calls for a third.

    `totals`: between their totals; `total_differs`: further than allowed; `criteria`: the codes of
    the criteria whose marks are further apart than allowed, in the plan's order.
    """

    totals: int
    total_differs: bool
    criteria: tuple[str, ...]

    def __bool__(self) -> bool:
        return self.total_differs or bool(self.criteria)


@dataclass(frozen=True, slots=True)
class Candidate:
    """Somebody to be ranked: their doubled result, and the award decided for them in pence."""

    reference: str
    doubled: int
    award_pence: int


@dataclass(frozen=True, slots=True)
class Ranking:
    """Who is offered a place, who waits, who is below the least: each from the highest result."""

    offered: tuple[Candidate, ...]
    waiting: tuple[Candidate, ...]
    below: tuple[Candidate, ...]


def check_rule(rule: ScoringRule) -> None:
    """Raise Invalid, naming the field, for the first thing in a plan that makes no sense."""
    if not 1 <= len(rule.criteria) <= MOST_CRITERIA:
        raise Invalid(f"A plan has 1 to {MOST_CRITERIA} criteria.", "criteria")
    for criterion in rule.criteria:
        _check_criterion(criterion)
    for what in ("code", "name"):
        if len({getattr(one, what).casefold() for one in rule.criteria}) < len(rule.criteria):
            raise Invalid("Two criteria have the same name.", "criteria")
    weights = sum(criterion.weight_bps for criterion in rule.criteria)
    if weights != WHOLE_BPS:
        words = f"The weights come to {weights / 100:g} per cent; they must come to 100."
        raise Invalid(words, "criteria")
    bounds: tuple[tuple[str, int | None, int, int, str], ...] = (
        ("highest_mark", rule.highest_mark, 1, LARGEST_MARK, f"1 to {LARGEST_MARK}"),
        ("apart_bps", rule.apart_bps, 0, WHOLE_BPS, "0 to 100"),
        ("apart_marks", rule.apart_marks, 0, rule.highest_mark, "0 to the highest mark"),
        ("least_bps", rule.least_bps, 0, WHOLE_BPS, "0 to 100"),
        ("places", rule.places, 1, 1_000_000, "1 to 1,000,000"),
    )
    for field, value, least, most, words in bounds:
        if value is not None and not least <= value <= most:
            raise Invalid(f"Enter a number from {words}.", field)


def check_marks(rule: ScoringRule, marks: Marks) -> None:
    """Raise Invalid unless every criterion has a mark in the scale.

    The field of a mark is `mark_` and the code of its criterion.
    """
    for criterion in rule.criteria:
        mark = marks.get(criterion.code)
        if mark is None or not 0 <= mark <= rule.highest_mark:
            words = f"Give “{criterion.name}” a whole mark from 0 to {rule.highest_mark}."
            raise Invalid(words, f"mark_{criterion.code}")
    if len(marks) > len(rule.criteria):
        raise Invalid("There is a mark for something that is not in the plan.")


def total(rule: ScoringRule, marks: Marks) -> int:
    """One scorer's total: the sum of weight × mark. Raises Invalid for marks that are not whole."""
    check_marks(rule, marks)
    return sum(criterion.weight_bps * marks[criterion.code] for criterion in rule.criteria)


def difference(rule: ScoringRule, first: Marks, second: Marks) -> Difference:
    """How far two scorers lie apart, and whether a third is needed; their order doesn't matter."""
    totals = abs(total(rule, first) - total(rule, second))
    allowed = rule.highest_mark if rule.apart_marks is None else rule.apart_marks
    return Difference(
        totals=totals,
        total_differs=totals > rule.apart_bps * rule.highest_mark,
        criteria=tuple(
            criterion.code
            for criterion in rule.criteria
            if abs(first[criterion.code] - second[criterion.code]) > allowed
        ),
    )


def scorers_needed(rule: ScoringRule, sheets: Sequence[Marks]) -> int:
    """How many people must score, as far as the first sheets tell: 2, or 3 where two differ."""
    return 3 if len(sheets) > 1 and difference(rule, *sheets[:2]) else 2


def result(rule: ScoringRule, sheets: Sequence[Marks]) -> int:
    """The doubled result of the sheets: mean of two totals, median of three.

    `sheets`: the first two scorers', then the third's. Raises Invalid where one is missing or one
    too many.
    """
    needed = scorers_needed(rule, sheets)
    if len(sheets) != needed:
        raise Invalid(f"{len(sheets)} people have scored this; it needs {needed}.")
    return doubled_result([total(rule, marks) for marks in sheets])


def doubled_result(totals: Sequence[int]) -> int:
    """Twice the mean of two totals, or twice the median of three. Raises Invalid for any other."""
    if len(totals) == 2:
        return sum(totals)
    if len(totals) == 3:
        return 2 * median_low(totals)
    raise Invalid(f"There are {len(totals)} totals; a result has two or three.")


def rank(
    rule: ScoringRule, candidates: Iterable[Candidate], *, free_pence: int, seed: bytes
) -> Ranking:
    """Rank the candidates and give places by the rule above; their order does not matter.

    `free_pence`: what the round can still promise. Raises Invalid for a reference that stands
    twice, a result that can't be, and a seed that is not 32 bytes.
    """
    if len(seed) != SEED_BYTES:
        raise Invalid(f"The seed has {len(seed)} bytes; it must have {SEED_BYTES}.")
    ordered = sorted(candidates, key=lambda one: (-one.doubled, tie_key(one.reference, seed)))
    _check_candidates(rule, ordered)
    able = [one for one in ordered if reaches_least(rule, one.doubled)]
    paid_for = places_paid_for(rule, [one.award_pence for one in able], free_pence)
    return Ranking(
        offered=tuple(able[:paid_for]),
        waiting=tuple(able[paid_for:]),
        below=tuple(ordered[len(able) :]),
    )


def places_paid_for(rule: ScoringRule, awards_pence: Iterable[int], free_pence: int) -> int:
    """How many from the top have a place; `awards_pence` in ranked order."""
    given, left = 0, free_pence
    for award_pence in awards_pence:
        left -= award_pence
        if left < 0 or given == rule.places:
            break
        given += 1
    return given


def reaches_least(rule: ScoringRule, doubled: int) -> bool:
    """Whether a result can have a place at all; exactly the least can."""
    return doubled * WHOLE_BPS >= rule.least_bps * rule.highest_doubled


def tie_key(reference: str, seed: bytes) -> bytes:
    """What equal results are ordered by."""
    return hmac.digest(seed, reference.encode(), "sha256")


def points(rule: ScoringRule, doubled: int) -> Fraction:
    """A doubled result out of 100, exactly. Of one scorer's total: give it doubled."""
    return Fraction(100 * doubled, rule.highest_doubled)


def in_words(value: Fraction) -> str:
    """Points for a reader: two decimals, half up. Order is never taken from it.

    >>> in_words(Fraction(200, 3)), in_words(Fraction(72))
    ('66.67', '72')
    """
    hundredths = (200 * value.numerator + value.denominator) // (2 * value.denominator)
    whole, rest = divmod(hundredths, 100)
    return f"{whole}.{rest:02}" if rest else str(whole)


def _check_criterion(criterion: Criterion) -> None:
    if not re.fullmatch(r"[a-z0-9_]{1,40}", criterion.code, re.ASCII):
        words = f"Give “{criterion.name[:LONGEST_NAME]}” a name with letters or numbers in it."
        raise Invalid(words, "criteria")
    if not 0 < len(criterion.name.strip()) <= LONGEST_NAME:
        raise Invalid(f"The name of a criterion has 1 to {LONGEST_NAME} characters.", "criteria")
    if not 0 < len(criterion.words.strip()) <= LONGEST_WORDS:
        words = f"Say what scorers look for in “{criterion.name}”, in up to {LONGEST_WORDS:,} "
        raise Invalid(f"{words}characters.", "criteria")
    if criterion.weight_bps <= 0:
        raise Invalid(f"“{criterion.name}” must have a weight.", "criteria")


def _check_candidates(rule: ScoringRule, candidates: Sequence[Candidate]) -> None:
    seen: set[str] = set()
    for one in candidates:
        if one.reference in seen:
            raise Invalid(f"The reference “{one.reference}” stands on the list twice.")
        seen.add(one.reference)
        if not 0 <= one.doubled <= rule.highest_doubled or one.award_pence < 0:
            raise Invalid(f"The result or award of “{one.reference}” can’t be.")
