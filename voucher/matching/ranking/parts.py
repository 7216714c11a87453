"""What each offering gets points for, as columns over the catalogue; and what bars it. Pure."""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from voucher.matching.ranking.catalogue import REMOTE, Catalogue, Point
from voucher.matching.ranking.reasons import FULL_SCORE, LeftOutCode, Part

EARTH_RADIUS_MILES = 6371.0088 / 1.609344
"""Mean radius by IUGG 1980 in statute miles, as in businesses/places.py."""
PRIOR_TASTERS = 5
"""How many tasters at the programme's mean an offering is taken to have had before its first."""
PRIOR_STARS = 4.0
"""The programme's mean before the first rating, of five."""
ON_THE_LIST = 0
BARRIERS = tuple(code for code in LeftOutCode if code is not LeftOutCode.FURTHER_DOWN)
"""In the order in which they are tried: the first that stands is told."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """One application's problem. `outcode` is the district where the work is wanted.

    `ways_needed` and `ways_wished`: codes of languages and accessibility that the business named;
    `ways_assumed`: needed as well, though it did not say so.
    """

    reference: str
    text: str
    outcome_areas: tuple[str, ...] = ()
    outcode: str = ""
    local_authority: str = ""
    point: Point | None = None
    on_site_only: bool = False
    most_to_pay_pence: int | None = None
    """What the business can pay itself, VAT included; None if it did not say."""
    ways_needed: tuple[str, ...] = ()
    ways_wished: tuple[str, ...] = ()
    ways_assumed: tuple[str, ...] = ()

    @property
    def places(self) -> tuple[str, ...]:
        """What an offering must serve one of, the narrowest first."""
        return places_of(self.outcode, self.local_authority)


def places_of(outcode: str, local_authority: str) -> tuple[str, ...]:
    """A district, its postcode area and its council, as far as they are known."""
    area = re.split(r"[0-9]", outcode, maxsplit=1)[0]
    return tuple(place for place in (outcode, area, local_authority) if place)


@dataclass(frozen=True, slots=True)
class Record:
    """What is known of one offering's tasters: how many were done and paid, and their ratings."""

    done: int = 0
    ratings: int = 0
    stars: int = 0
    """The sum of the ratings, each from 1 to 5."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Today:
    """What changes from hour to hour, read at the moment of ranking.

    `on_offer`: ids of the offerings that may be chosen (None: all). `taken`: live choices in the
    last thirty days, by offering. `conflicts`: by provider, how it is connected with the business.
    `records`: by offering. `tasters`: by provider, how many of its tasters were done, those of
    offerings that are gone among them (None: those of the offerings here). The voucher pays
    min(`cap_pence`, `share_bps` of the net price).
    """

    on: date
    cap_pence: int
    share_bps: int
    on_offer: Collection[int] | None = None
    taken: Mapping[int, int] = field(default_factory=dict)
    conflicts: Mapping[int, str] = field(default_factory=dict)
    records: Mapping[int, Record] = field(default_factory=dict)
    tasters: Mapping[int, int] | None = None


@dataclass(frozen=True, slots=True)
class Weights:
    """How much each part counts; only their proportion matters. `text` is shared by the words, the
    topics and the past problems. `wishes` counts only for a need that has some."""

    text: int = 50
    outcome_areas: int = 20
    place: int = 12
    price: int = 8
    wishes: int = 8
    start: int = 5
    track_record: int = 5


DEFAULT_WEIGHTS = Weights()


@dataclass(frozen=True)
class Columns:
    """By row of the catalogue. `barrier`: 0 or the place in BARRIERS, from 1. `points`: by part, in
    tenths. The others say what reasons are worded with."""

    barrier: Any
    points: Mapping[Part, Any]
    total: Any
    served_by: Any
    miles: Any
    voucher: Any
    capacity_left: Any


def columns_of(need: Need, catalogue: Catalogue, today: Today, weights: Weights) -> Columns:
    """Everything about every offering, for one need."""
    import numpy as np

    served_by = _served_by(need, catalogue)
    left = catalogue.capacities - catalogue.spread(today.taken).astype(np.int64)
    barrier = _barriers(need, catalogue, today, served_by, left)
    open_ones = barrier == ON_THE_LIST
    likeness = catalogue.texts.compare(need.text, among=open_ones, past=catalogue.past).parts
    areas = _areas(need, catalogue)
    unlike = (likeness["words"] == 0) & (likeness["topics"] == 0) & (areas == 0)
    nothing = BARRIERS.index(LeftOutCode.NOTHING_IN_COMMON) + 1
    barrier = np.where(open_ones & unlike, nothing, barrier)
    miles, voucher = _miles(need, catalogue), _voucher(catalogue, today)
    weights = weights if need.ways_wished else replace(weights, wishes=0)
    shares = {
        Part.TEXT: (weights.text, likeness["letters"] + likeness["words"]),
        Part.TOPICS: (weights.text, likeness["topics"] + likeness["company"]),
        Part.PAST: (weights.text, likeness.get("past", np.zeros(len(catalogue)))),
        Part.OUTCOME_AREAS: (weights.outcome_areas, areas),
        Part.PLACE: (weights.place, _nearness(need, served_by, miles)),
        Part.PRICE: (weights.price, _price(need, catalogue, voucher)),
        Part.WISHES: (weights.wishes, _wishes(need, catalogue)),
        Part.START: (weights.start, 28 / (28 + np.maximum(catalogue.days_to_start, 0))),
        Part.TRACK_RECORD: (weights.track_record, track_records(catalogue, today.records)),
    }
    points = _in_tenths(shares, weights)
    total = sum(points.values())
    return Columns(barrier, points, total, served_by, miles, voucher, left)


def _in_tenths(shares: Mapping[Part, tuple[int, Any]], weights: Weights) -> dict[Part, Any]:
    """Shares of each weight as tenths of a point, rounded half to even, part by part."""
    import numpy as np

    whole = sum(getattr(weights, name) for name in weights.__slots__)
    return {
        part: np.rint(FULL_SCORE * weight * share / whole).astype(np.int64)
        for part, (weight, share) in shares.items()
    }


def _barriers(
    need: Need, catalogue: Catalogue, today: Today, served_by: Any, capacity_left: Any
) -> Any:
    """The first thing that stands against choosing each offering at all."""
    import numpy as np

    closed = np.zeros(len(catalogue), dtype=bool)
    if today.on_offer is not None:
        closed[:] = True
        closed[catalogue.rows_of(today.on_offer)] = False
    connected = np.isin(catalogue.provider_ids, list(today.conflicts))
    tests = {
        LeftOutCode.NOT_OPEN: closed,
        LeftOutCode.CONFLICT: connected,
        LeftOutCode.PLACE_NOT_SERVED: served_by < 0,
        LeftOutCode.NEED_NOT_MET: ~_meets_needs(need, catalogue),
        LeftOutCode.NO_CAPACITY: capacity_left <= 0,
    }
    barrier = np.zeros(len(catalogue), dtype=np.int64)
    for code in reversed(tests):
        barrier[tests[code]] = BARRIERS.index(code) + 1
    return barrier


def _meets_needs(need: Need, catalogue: Catalogue) -> Any:
    """Whether each offering has every way that the business needs."""
    import numpy as np

    met = np.ones(len(catalogue), dtype=bool)
    for way in (*need.ways_needed, *need.ways_assumed):
        met &= catalogue.offering_way(way)
    return met


def _wishes(need: Need, catalogue: Catalogue) -> Any:
    """The share of the ways wished for that each offering has."""
    import numpy as np

    met = np.zeros(len(catalogue))
    for way in need.ways_wished:
        met += catalogue.offering_way(way)
    return met / max(1, len(need.ways_wished))


def _served_by(need: Need, catalogue: Catalogue) -> Any:
    """Which of the need's places each offering serves: its position, one more for work from afar,
    −1 for none."""
    import numpy as np

    found = np.full(len(catalogue), -1)
    if not need.on_site_only:
        found[catalogue.serving(REMOTE)] = len(need.places)
    for position in reversed(range(len(need.places))):
        found[catalogue.serving(need.places[position])] = position
    return found


def _nearness(need: Need, served_by: Any, miles: Any) -> Any:
    """On site: 1 next door, ½ at thirty miles, ¾ where the distance is not known; from afar: ½."""
    import numpy as np

    on_site = np.where(np.isnan(miles), 0.75, 30 / (30 + np.nan_to_num(miles)))
    return np.where(served_by == len(need.places), 0.5, on_site) * (served_by >= 0)


def _miles(need: Need, catalogue: Catalogue) -> Any:
    """Great-circle distances in miles (haversine formula); not a number where one end is unknown.

    The distance between districts' centres, as in businesses/places.py, for all rows at once.
    """
    import numpy as np

    if need.point is None:
        return np.full(len(catalogue), np.nan)
    north, east = np.radians(need.point)
    norths, easts = catalogue.points.T
    chord = np.sin((norths - north) / 2) ** 2
    chord = chord + np.cos(north) * np.cos(norths) * np.sin((easts - east) / 2) ** 2
    return 2 * EARTH_RADIUS_MILES * np.arcsin(np.sqrt(np.minimum(1.0, chord)))


def _areas(need: Need, catalogue: Catalogue) -> Any:
    """The share of the areas asked for that each offering covers."""
    import numpy as np

    covered = np.zeros(len(catalogue))
    for area in need.outcome_areas:
        covered += catalogue.covering(area)
    return covered / max(1, len(need.outcome_areas))


def _voucher(catalogue: Catalogue, today: Today) -> Any:
    """What the voucher pays of each price, in pence: the share rounded down, at most the cap."""
    import numpy as np

    return np.minimum(today.cap_pence, catalogue.net_prices * today.share_bps // 10_000)


def _price(need: Need, catalogue: Catalogue, voucher: Any) -> Any:
    """The share of the net price that the voucher pays; nothing where it is beyond the business."""
    import numpy as np

    share = voucher / catalogue.net_prices
    if need.most_to_pay_pence is None:
        return share
    pays = catalogue.net_prices + catalogue.vat - voucher
    return np.where(pays > need.most_to_pay_pence, 0.0, share)


def track_records(catalogue: Catalogue, records: Mapping[int, Record]) -> Any:
    """How good each offering's tasters were, and how sure that is; from 0 to 1.

    Quality is the mean of its ratings and of `PRIOR_TASTERS` more at the programme's mean (the
    posterior mean of a normal model), as a share of what stars there are; it counts half for a
    newcomer and in full after many tasters: done ÷ (done + `PRIOR_TASTERS`). So two perfect
    ratings do not beat ten at the programme's mean or above it.
    """
    import numpy as np

    rated = sum(record.ratings for record in records.values())
    mean = sum(record.stars for record in records.values()) / rated if rated else PRIOR_STARS
    done, ratings, stars = np.zeros((3, len(catalogue)))
    for offering_id, record in records.items():
        row = catalogue.texts.row_of.get(offering_id)
        if row is not None:
            done[row], ratings[row], stars[row] = record.done, record.ratings, record.stars
    quality = ((stars + PRIOR_TASTERS * mean) / (ratings + PRIOR_TASTERS) - 1) / 4
    return quality * (1 + done / (done + PRIOR_TASTERS)) / 2
