"""The first place at which two versions of a report's figures part. Pure.

Numbers agree to a relative 1e-9, because another machine may add in another order.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

TOLERANCE = 1e-9


@dataclass(frozen=True)
class Difference:
    """Where two versions of the figures part, and what each says there."""

    where: str
    stated: Any
    found: Any

    def __str__(self) -> str:
        return f"{self.where}: the report says {self.stated!r}, the data say {self.found!r}"


def first_difference(stated: Any, found: Any, where: str = "") -> Difference | None:
    """The first place, keys in order, at which the two differ; None where they agree."""
    if isinstance(stated, Mapping) and isinstance(found, Mapping):
        return _of_mappings(stated, found, where)
    if isinstance(stated, list) and isinstance(found, list):
        return _of_lists(stated, found, where)
    return None if _agree(stated, found) else Difference(where or "everything", stated, found)


def _of_mappings(
    stated: Mapping[str, Any], found: Mapping[str, Any], where: str
) -> Difference | None:
    for key in sorted({*stated, *found}):
        place = f"{where}.{key}" if where else key
        if key not in stated or key not in found:
            return Difference(place, stated.get(key, "nothing"), found.get(key, "nothing"))
        differing = first_difference(stated[key], found[key], place)
        if differing is not None:
            return differing
    return None


def _of_lists(stated: Sequence[Any], found: Sequence[Any], where: str) -> Difference | None:
    if len(stated) != len(found):
        return Difference(where, f"{len(stated)} lines", f"{len(found)} lines")
    for number, (one, other) in enumerate(zip(stated, found, strict=True), 1):
        differing = first_difference(one, other, f"{where}[{number}]")
        if differing is not None:
            return differing
    return None


def _agree(stated: Any, found: Any) -> bool:
    if isinstance(stated, bool) or isinstance(found, bool):
        return stated is found
    if isinstance(stated, int | float) and isinstance(found, int | float):
        try:
            return math.isclose(stated, found, rel_tol=TOLERANCE, abs_tol=TOLERANCE)
        except OverflowError:  # a whole number beyond all floats
            return stated == found
    return bool(stated == found)
