"""What the businesses of a trial can be divided by, for a plan's exploratory subgroups. Pure.

A label that fewer than five businesses share is joined with others (`joined_labels`), so that
neither a figure nor the extract points at one business.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from voucher.businesses.outcome_areas import AREAS
from voucher.evaluation.rules import SMALLEST_COUNT

NOT_KNOWN = "Not known"
OTHERS = "Others"
SEVERAL = "Several areas"
_AREA_LABELS = {area.code.value: area.label for area in AREAS}


@dataclass(frozen=True)
class Subgroup:
    """A way to divide businesses; `read` gives the label of one (business, application)."""

    code: str
    label: str
    read: Callable[[Any, Any], str]


def _size(business: Any, _application: Any) -> str:
    band = business.headcount_band
    return band.staff_label if band else NOT_KNOWN


def _place(business: Any, _application: Any) -> str:
    return business.local_authority or NOT_KNOWN


def _sector(business: Any, _application: Any) -> str:
    return business.sector or NOT_KNOWN


def _area(_business: Any, application: Any) -> str:
    areas = application.outcome_areas
    if len(areas) > 1:
        return SEVERAL
    return _AREA_LABELS.get(areas[0], areas[0]) if areas else NOT_KNOWN


SUBGROUPS = {
    each.code: each
    for each in (
        Subgroup("size", "How many people work there", _size),
        Subgroup("place", "Local authority", _place),
        Subgroup("area", "What the technology was to help with", _area),
        Subgroup("sector", "Sector", _sector),
    )
}


def joined_labels(labels: Sequence[str]) -> tuple[str, ...]:
    """The labels, with those that fewer than five share joined as “Others”.

    Where these would still be fewer than five together, the smallest other label goes with them.
    """
    counts = Counter(labels)
    few = {label for label, count in counts.items() if count < SMALLEST_COUNT}
    if few and sum(counts[label] for label in few) < SMALLEST_COUNT and len(counts) > len(few):
        few.add(min(set(counts) - few, key=lambda label: (counts[label], label)))
    return tuple(OTHERS if label in few else label for label in labels)
