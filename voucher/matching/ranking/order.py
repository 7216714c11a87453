"""The ranking of a catalogue for one need: the list that is shown, and what is not on it. Pure.

Ties are broken by HMAC-SHA256(seed, need and offering), not by the alphabet, so that no provider
is always first. A few of the last places are kept for providers with few tasters whose offering
has nearly as many points: otherwise nobody would ever get a first one. One provider has a few of
the places and no more while others fit: otherwise whoever publishes the same work ten times under
ten titles would be the whole list.
"""

import hmac
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property
from typing import Any

from voucher.matching.ranking.catalogue import Catalogue
from voucher.matching.ranking.parts import (
    BARRIERS,
    DEFAULT_WEIGHTS,
    ON_THE_LIST,
    Columns,
    Need,
    Today,
    Weights,
    columns_of,
)
from voucher.matching.ranking.reasons import (
    NEARBY,
    NEEDS_MET,
    NEWCOMER,
    OVER_BUDGET,
    REMOTE_WORK,
    LeftOutCode,
    Part,
    Ranked,
    Reason,
    pack_ids,
)

LIST_LENGTH = 10
KEPT_PLACES = 2
"""At most so many of the list's places go to newcomers who have not the points for one."""
FEW_TASTERS = 3
"""A provider with fewer done is a newcomer."""
MOST_OF_ONE = 3
"""So many of the list's places go to one provider; more only where they would stay empty."""
NEAR_ENOUGH = 100
"""Tenths of a point that a newcomer may lack to the last place by points."""


@dataclass(frozen=True)
class Ranking:
    """The whole answer. `rows`: those of the list, in order; `newcomers`: the rows among them that
    stand on a kept place; `by_points`: the rows that the list would have without kept places, by
    points but for a provider's rows beyond its share of the places."""

    need: Need
    catalogue: Catalogue
    today: Today
    seed: bytes
    columns: Columns
    rows: tuple[int, ...]
    by_points: tuple[int, ...]

    @property
    def newcomers(self) -> frozenset[int]:
        """Rows on a place that is kept for newcomers."""
        return frozenset(self.rows) - frozenset(self.by_points)

    @cached_property
    def shortlist(self) -> tuple[Ranked, ...]:
        """The places shown, with reasons."""
        return tuple(
            Ranked(self.offering_id(row), rank, int(self.columns.total[row]), reasons)
            for rank, (row, reasons) in enumerate(
                zip(self.rows, self.reasons_of(self.rows), strict=True), start=1
            )
        )

    def offering_id(self, row: int) -> int:
        """The offering that stands in a row of the catalogue."""
        return self.catalogue.offers[row].offering_id

    def listed(self) -> int:
        """How many offerings could be chosen, shown or not."""
        return int((self.columns.barrier == ON_THE_LIST).sum())

    def rank_of(self, row: int) -> int:
        """The rank by points of one row that could be chosen, ties as the seed has them."""
        total, open_ones = self.columns.total, self.columns.barrier == ON_THE_LIST
        better = int((open_ones & (total > total[row])).sum())
        equal = (open_ones & (total == total[row])).nonzero()[0]
        own = _chance(self.seed, self.need, self.offering_id(row))
        first = sum(_chance(self.seed, self.need, self.offering_id(each)) < own for each in equal)
        return better + first + 1

    def has_its_share(self, row: int) -> bool:
        """Whether a row has the points for a place that its provider's share keeps it from."""
        provider_ids = self.catalogue.provider_ids
        there = sum(provider_ids[each] == provider_ids[row] for each in self.by_points)
        chance = _chances(self.need, self.catalogue, self.seed, (row, self.by_points[-1]))
        own, last = ((-self.columns.total[each], found) for each, found in chance.items())
        return bool(there >= MOST_OF_ONE and own < last)

    def left_out(self) -> list[dict[str, Any]]:
        """Everything that is not on the list, as it is stored: ids grouped by code, conflicts by
        provider with their kind."""
        groups: list[dict[str, Any]] = []
        shown = set(self.rows)
        for code in LeftOutCode:
            rows = [row for row in self.barred_by(code) if row not in shown]
            if code is LeftOutCode.CONFLICT:
                groups += self._conflicts(rows)
            elif rows:
                ids = [self.offering_id(row) for row in rows]
                groups.append({"code": code.value, **pack_ids(ids)})
        return groups

    def barred_by(self, code: LeftOutCode) -> list[int]:
        """The rows that one barrier keeps off the list; those without one for FURTHER_DOWN."""
        number = ON_THE_LIST if code is LeftOutCode.FURTHER_DOWN else BARRIERS.index(code) + 1
        found: list[int] = (self.columns.barrier == number).nonzero()[0].tolist()
        return found

    def _conflicts(self, rows: Sequence[int]) -> list[dict[str, Any]]:
        by_provider: dict[int, list[int]] = {}
        for row in rows:
            offer = self.catalogue.offers[row]
            by_provider.setdefault(offer.provider_id, []).append(offer.offering_id)
        return [
            {
                "code": LeftOutCode.CONFLICT.value,
                "provider_id": provider_id,
                "conflict": str(self.today.conflicts[provider_id]),
                **pack_ids(ids),
            }
            for provider_id, ids in sorted(by_provider.items())
        ]

    def missing(self, row: int) -> tuple[str, ...]:
        """The ways that the business needs and the offering in a row does not have."""
        needed = (*self.need.ways_needed, *self.need.ways_assumed)
        return tuple(way for way in needed if way not in self.catalogue.offers[row].ways)

    # --- reasons -----------------------------------------------------------------------------

    def reasons_of(self, rows: Sequence[int]) -> list[tuple[Reason, ...]]:
        """For each row: a reason for every part with points, and remarks without any."""
        keys = [self.offering_id(row) for row in rows]
        shared = self.catalogue.texts.shared(self.need.text, keys)
        return [
            tuple(reason for reason in self._reasons(row, common) if reason)
            for row, common in zip(rows, shared, strict=True)
        ]

    def _reasons(self, row: int, common: Any) -> list[Reason | None]:
        return [
            self._reason(row, Part.TEXT, matched_terms=list(common.words)),
            self._reason(row, Part.TOPICS, topics=list(common.topics)),
            self._reason(row, Part.PAST),
            self._reason(row, Part.OUTCOME_AREAS, areas=self._areas(row)),
            self._place(row),
            self._price(row),
            self._reason(row, Part.WISHES, met=self._has(row, self.need.ways_wished)),
            self._start(row),
            self._track_record(row),
            self._needs_met(),
            Reason(NEWCOMER, 0, {"places": KEPT_PLACES}) if row in self.newcomers else None,
        ]

    def _reason(self, row: int, part: Part, **parameters: Any) -> Reason | None:
        points = int(self.columns.points[part][row])
        return Reason(part.value, points, parameters) if points else None

    def _areas(self, row: int) -> list[str]:
        covered = self.catalogue.offers[row].outcome_areas
        return [area for area in self.need.outcome_areas if area in covered]

    def _has(self, row: int, ways: Sequence[str]) -> list[str]:
        return [way for way in ways if way in self.catalogue.offers[row].ways]

    def _needs_met(self) -> Reason | None:
        needed = self.need.ways_needed
        return Reason(NEEDS_MET, 0, {"met": list(needed)}) if needed else None

    def _place(self, row: int) -> Reason | None:
        points, position = int(self.columns.points[Part.PLACE][row]), self.columns.served_by[row]
        if position == len(self.need.places):
            return Reason(REMOTE_WORK, points)
        miles = float(self.columns.miles[row])
        whole = None if miles != miles else round(miles)
        place = self.need.places[position]
        return Reason(NEARBY, points, {"place": place, "miles": whole})

    def _price(self, row: int) -> Reason | None:
        net, vat = int(self.catalogue.net_prices[row]), int(self.catalogue.vat[row])
        voucher, most = int(self.columns.voucher[row]), self.need.most_to_pay_pence
        pays = net + vat - voucher
        if most is not None and pays > most:
            beyond = {"contribution_pence": pays, "most_to_pay_pence": most}
            return Reason(OVER_BUDGET, 0, beyond)
        amounts = {
            "net_price_pence": net,
            "voucher_pence": voucher,
            "vat_pence": vat,
            "contribution_pence": pays,
        }
        return Reason(Part.PRICE.value, int(self.columns.points[Part.PRICE][row]), amounts)

    def _start(self, row: int) -> Reason | None:
        days = max(0, int(self.catalogue.days_to_start[row]))
        start_on = (self.today.on + timedelta(days=days)).isoformat()
        left = int(self.columns.capacity_left[row])
        return self._reason(row, Part.START, start_on=start_on, capacity_left=left)

    def _track_record(self, row: int) -> Reason | None:
        record = self.today.records.get(self.offering_id(row))
        if record is None:
            return self._reason(row, Part.TRACK_RECORD, tasters_done=0, ratings=0)
        known: dict[str, Any] = {"tasters_done": record.done, "ratings": record.ratings}
        if record.ratings:
            known["stars"] = round(10 * record.stars / record.ratings)
        return self._reason(row, Part.TRACK_RECORD, **known)


def rank(
    need: Need,
    catalogue: Catalogue,
    today: Today,
    seed: bytes,
    *,
    weights: Weights = DEFAULT_WEIGHTS,
    length: int = LIST_LENGTH,
) -> Ranking:
    """Rank what is in `catalogue` for `need`, with what is known `today`.

    The answer is the same for the same input and seed, whatever the order of the catalogue. Raises
    ValueError for an empty seed.
    """
    if not seed:
        raise ValueError("ties are broken by a seed: it must not be empty")
    columns = columns_of(need, catalogue, today, weights)
    by_points = _best(need, catalogue, columns, seed, length)
    rows = _with_newcomers(need, catalogue, columns, today, seed, by_points)
    return Ranking(need, catalogue, today, seed, columns, rows, by_points)


def _best(
    need: Need, catalogue: Catalogue, columns: Columns, seed: bytes, length: int
) -> tuple[int, ...]:
    """The rows with the most points, ties in the seed's order, no provider beyond its share."""
    candidates = _candidates(catalogue, columns, length)
    chance = _chances(need, catalogue, seed, candidates)
    ordered = sorted(candidates, key=lambda row: (-columns.total[row], chance[row]))
    places: Counter[int] = Counter()
    within: list[int] = []
    beyond: list[int] = []
    for row in ordered:
        provider = int(catalogue.provider_ids[row])
        places[provider] += 1
        (within if places[provider] <= MOST_OF_ONE else beyond).append(row)
    listed = set([*within, *beyond][:length])
    return tuple(row for row in ordered if row in listed)


def _candidates(catalogue: Catalogue, columns: Columns, length: int) -> list[int]:
    """The rows that chance could put on the list: it is asked of no others."""
    import numpy as np

    rows = np.flatnonzero(columns.barrier == ON_THE_LIST)
    totals, providers = columns.total[rows], catalogue.provider_ids[rows]
    order = np.lexsort((-totals, providers))
    place, first = np.arange(len(rows)), np.diff(providers[order], prepend=-1) != 0
    # Each row's place among its provider's, the one with the most points having 0.
    place -= np.maximum.accumulate(np.where(first, place, 0))
    best = totals[order][place < MOST_OF_ONE]
    if len(best) > length:
        rows = rows[totals >= np.partition(best, len(best) - length)[len(best) - length]]
    found: list[int] = rows.tolist()
    return found


def _with_newcomers(
    need: Need,
    catalogue: Catalogue,
    columns: Columns,
    today: Today,
    seed: bytes,
    by_points: tuple[int, ...],
) -> tuple[int, ...]:
    """The list with its last places given to newcomers, one of each provider, drawn by the seed.

    Newcomers who stand on the list by their points count towards the places kept.
    """
    import numpy as np

    if len(by_points) < LIST_LENGTH:
        return by_points
    new = _newcomers(catalogue, today)
    there = {int(catalogue.provider_ids[row]) for row in by_points if new[row]}
    places = KEPT_PLACES - len(there)
    if places <= 0:
        return by_points
    near = columns.total >= columns.total[by_points[-1]] - NEAR_ENOUGH
    rows = np.flatnonzero(new & near & (columns.barrier == ON_THE_LIST))
    chance = _chances(need, catalogue, b"newcomer" + seed, rows.tolist())
    drawn: list[int] = []
    for row in sorted(rows.tolist(), key=lambda each: chance[each]):
        provider = int(catalogue.provider_ids[row])
        if len(drawn) < places and provider not in there and row not in by_points:
            there.add(provider)
            drawn.append(row)
    drawn.sort(key=lambda row: (-columns.total[row], chance[row]))
    return (*by_points[: len(by_points) - len(drawn)], *drawn)


def _newcomers(catalogue: Catalogue, today: Today) -> Any:
    """Which rows are of providers with few tasters done."""
    import numpy as np

    done = _tasters_here(catalogue, today) if today.tasters is None else today.tasters
    known = [provider for provider, tasters in done.items() if tasters >= FEW_TASTERS]
    return ~np.isin(catalogue.provider_ids, known)


def _tasters_here(catalogue: Catalogue, today: Today) -> Mapping[int, int]:
    done: Counter[int] = Counter()
    for offering_id, record in today.records.items():
        row = catalogue.texts.row_of.get(offering_id)
        if row is not None:
            done[catalogue.offers[row].provider_id] += record.done
    return done


def _chances(
    need: Need, catalogue: Catalogue, seed: bytes, rows: Sequence[int]
) -> dict[int, bytes]:
    return {row: _chance(seed, need, catalogue.offers[row].offering_id) for row in rows}


def _chance(seed: bytes, need: Need, offering_id: int) -> bytes:
    return hmac.digest(seed, f"{need.reference}|{offering_id}".encode(), "sha256")
