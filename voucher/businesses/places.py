"""Where a business is: the north of England by postcode district, and distances between districts.

The facts are in ``northern_outcodes.csv`` beside this module, whose header names their source and
date. A district (the first half of a postcode, "M1", "YO62") is all this module ever sees: the
second half of a postcode can point at a single house and is not needed to answer "which council?"
or "how far?".
"""

import csv
import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

NORTHERN_REGIONS = ("North East", "North West", "Yorkshire and the Humber")

_SOURCE = Path(__file__).with_name("northern_outcodes.csv")
_WHOLE_BPS = 10_000
# Mean radius of the Earth by IUGG 1980 (6,371.0088 km) in statute miles of 1.609344 km.
_EARTH_RADIUS_MILES = 6371.0088 / 1.609344


@dataclass(frozen=True, slots=True)
class Place:
    """A postcode district: its principal council, region, and centre (WGS 84 degrees).

    ``northern_bps`` is the share of the district's postcodes that lie in the three northern
    regions, in basis points rounded down: 10,000 for all but two dozen districts on the border.
    """

    outcode: str
    local_authority: str
    region: str
    latitude: float
    longitude: float
    local_authority_code: str
    northern_bps: int

    @property
    def is_northern(self) -> bool:
        """Whether the council that holds most of the district is in a northern region."""
        return self.region in NORTHERN_REGIONS

    @property
    def straddles_the_border(self) -> bool:
        """Whether part of the district lies outside the north, so that only a full address tells.

        One postcode in two hundred is allowed for misplaced ones in the source.
        """
        return self.northern_bps < _WHOLE_BPS - 50


def place_of(outcode: str) -> Place | None:
    """The northern district of that code, in any case and spacing, or None if it is not one.

    A district on the border may answer with a region outside the north: ask ``is_northern`` and
    ``straddles_the_border`` before deciding anything.
    """
    return _places().get("".join(outcode.split()).upper())


def all_places() -> tuple[Place, ...]:
    """Every district of the source, in postcode order."""
    return tuple(_places().values())


def northern_local_authorities() -> tuple[str, ...]:
    """The names of the 62 councils of the three regions, in alphabetical order."""
    return tuple(sorted({place.local_authority for place in all_places() if place.is_northern}))


def distance_miles(a: Place, b: Place) -> float:
    """Great-circle distance between the centres of two districts, in miles (haversine formula).

    Between neighbours it is a rough figure: a district can be fifteen miles across.
    """
    north_a, north_b = math.radians(a.latitude), math.radians(b.latitude)
    half_lat = (north_b - north_a) / 2
    half_lon = math.radians(b.longitude - a.longitude) / 2
    chord = math.sin(half_lat) ** 2 + math.cos(north_a) * math.cos(north_b) * (
        math.sin(half_lon) ** 2
    )
    return 2 * _EARTH_RADIUS_MILES * math.asin(math.sqrt(min(1.0, chord)))


@lru_cache(maxsize=1)
def _places() -> dict[str, Place]:
    with _SOURCE.open(encoding="utf-8", newline="") as source:
        rows = csv.DictReader(_without_comments(source))
        return {row["outcode"]: _read_place(row) for row in rows}


def _without_comments(lines: Iterator[str]) -> Iterator[str]:
    return (line for line in lines if not line.startswith("#"))


def _read_place(row: dict[str, str]) -> Place:
    return Place(
        outcode=row["outcode"],
        local_authority=row["local_authority"],
        region=row["region"],
        latitude=float(row["latitude"]),
        longitude=float(row["longitude"]),
        local_authority_code=row["local_authority_code"],
        northern_bps=int(row["northern_bps"]),
    )
