"""Why is this offering not on the list? An answer for any offering, from a ranking. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from voucher.matching.ranking.order import Ranking
from voucher.matching.ranking.parts import BARRIERS, ON_THE_LIST
from voucher.matching.ranking.reasons import LeftOutCode, Part, Reason


class Standing(StrEnum):
    """How an offering stands to a list. What bars one has the name of its LeftOutCode."""

    LISTED = "listed"
    GAVE_WAY = "gave_way"
    """It has the points for a place that is kept for newcomers."""
    ONE_OF_MANY = "one_of_many"
    """It has the points for a place; its provider has as many as one may have while others fit."""
    FURTHER_DOWN = "further_down"
    NOT_OPEN = "not_open"
    CONFLICT = "conflict"
    NO_CAPACITY = "no_capacity"
    PLACE_NOT_SERVED = "place_not_served"
    NEED_NOT_MET = "need_not_met"
    NOTHING_IN_COMMON = "nothing_in_common"


@dataclass(frozen=True, slots=True)
class Difference:
    """What one part gives an offering and the last on the list by points, in tenths."""

    part: Part
    own: int
    last: int


@dataclass(frozen=True, slots=True)
class Answer:
    """`rank` (by points), `points`, `reasons` and `differences` are there where nothing bars it.

    The differences are those of every part that differs, the largest lack first; they add up to
    what it has less than the last on the list. `conflict`: the kind of connection. `missing`: the
    ways that the business needs and it does not offer.
    """

    offering_id: int
    standing: Standing
    rank: int = 0
    points: int = 0
    last_points: int = 0
    reasons: tuple[Reason, ...] = ()
    differences: tuple[Difference, ...] = ()
    conflict: str = ""
    missing: tuple[str, ...] = ()


def why(ranking: Ranking, offering_ids: Sequence[int]) -> list[Answer]:
    """An answer for each offering. One that is not in the catalogue is not open."""
    row_of = ranking.catalogue.texts.row_of
    return [
        _answer(ranking, row_of[each]) if each in row_of else Answer(each, Standing.NOT_OPEN)
        for each in offering_ids
    ]


def _answer(ranking: Ranking, row: int) -> Answer:
    offering_id = ranking.offering_id(row)
    barrier = int(ranking.columns.barrier[row])
    if barrier != ON_THE_LIST:
        code = BARRIERS[barrier - 1]
        provider_id = ranking.catalogue.offers[row].provider_id
        kind = ranking.today.conflicts.get(provider_id, "")
        told = str(kind) if code is LeftOutCode.CONFLICT else ""
        lacks = ranking.missing(row) if code is LeftOutCode.NEED_NOT_MET else ()
        return Answer(offering_id, Standing(code.value), conflict=told, missing=lacks)
    last = ranking.by_points[-1]
    return Answer(
        offering_id,
        _standing(ranking, row),
        rank=ranking.rank_of(row),
        points=int(ranking.columns.total[row]),
        last_points=int(ranking.columns.total[last]),
        reasons=ranking.reasons_of([row])[0],
        differences=_differences(ranking, row, last),
    )


def _standing(ranking: Ranking, row: int) -> Standing:
    if row in ranking.rows:
        return Standing.LISTED
    if row in ranking.by_points:
        return Standing.GAVE_WAY
    return Standing.ONE_OF_MANY if ranking.has_its_share(row) else Standing.FURTHER_DOWN


def _differences(ranking: Ranking, row: int, last: int) -> tuple[Difference, ...]:
    points = ranking.columns.points
    every = (
        Difference(part, int(column[row]), int(column[last])) for part, column in points.items()
    )
    differing = [each for each in every if each.own != each.last]
    return tuple(sorted(differing, key=lambda each: each.own - each.last))
