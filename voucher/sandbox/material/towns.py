"""The towns of the demonstration: true districts, with an address in each that can't be real."""

import csv
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from voucher.businesses.places import Place, place_of

_STREET_NAMES = (
    "Tenterfield Lane,Ropewalk Yard,Weighbridge Road,Old Tannery Street,Canal Basin,Foundry Row,"
    "Packhorse Way,Lower Sidings,Bobbin Court,Saltergate Yard,Turbine Road,Drovers Lane"
)
_STREETS = tuple(_STREET_NAMES.split(","))
# The letters that may end a postcode are all but C, I, K, M, O and V (Royal Mail).
_LAST_LETTERS = "ABDEFGHJLNPQRSTUWXYZ"


@dataclass(frozen=True, slots=True)
class Address:
    """A fictional address in a true town and postcode district."""

    line: str
    town: str
    postcode: str
    place: Place


@lru_cache(maxsize=1)
def towns() -> tuple[tuple[Place, str, str], ...]:
    """(district, town, unused start of its inward codes) in the order of the file."""
    source = Path(__file__).with_name("towns.csv").read_text(encoding="utf-8")
    rows = csv.DictReader(line for line in source.splitlines() if not line.startswith("#"))
    return tuple((_known(row["outcode"]), row["town"], row["unit"]) for row in rows)


def address(town_number: int, number: int) -> Address:
    """The `number`th address in the `town_number`th town, both counted round and round."""
    place, town, unit = towns()[town_number % len(towns())]
    line = f"{number % 97 + 1} {_STREETS[number % len(_STREETS)]}"
    postcode = f"{place.outcode} {unit}{_LAST_LETTERS[number % len(_LAST_LETTERS)]}"
    return Address(line, town, postcode, place)


def address_in(outcode: str, number: int) -> Address:
    """The `number`th address of a district. Raises LookupError for one without a town here."""
    for town_number, (place, _, _) in enumerate(towns()):
        if place.outcode == outcode:
            return address(town_number, number)
    raise LookupError(f"{outcode} is not among the towns of the demonstration")


def _known(outcode: str) -> Place:
    place = place_of(outcode)
    if place is None:
        raise LookupError(f"{outcode} is not a district of the north")
    return place
