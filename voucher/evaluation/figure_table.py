"""Published figures as a table of part, figure and value; what is None says why. Pure.

A figure that is not there may be withheld, may never have been known, may not have been estimated,
or may not apply: these are told apart by what stands beside it and by the report's own list of what
was withheld.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import Any

from voucher.evaluation.count_table import name_of
from voucher.evaluation.disclosure_words import UNTOLD
from voucher.evaluation.indicators import OUTCOMES
from voucher.payments.books.tables import written

WITHHELD, NOT_KNOWN = "withheld", "not known"
NOT_ESTIMATED, NOT_APPLICABLE = "not estimated", "not applicable"
REASONS = ("refused", "why", "not_rated")
COUNTS = ("n", "answered", "asked", "count", "all", "sent")
"""Fields that say how many a figure rests on: where it is 0, nothing is known."""
ADJUSTED = ("holm", "benjamini_hochberg")
NOT_BEFORE = frozenset(each.code for each in OUTCOMES if not each.in_baseline)


@dataclass(frozen=True)
class _Place:
    """Where a figure stands: its name in the table, and in the list of what was withheld."""

    told: tuple[str, ...]
    listed: tuple[str, ...]
    within: tuple[Mapping[str, Any], ...] = ()

    def under(self, told: str, listed: str) -> "_Place":
        """The place one step further in."""
        return replace(self, told=(*self.told, told), listed=(*self.listed, listed))


def csv_rows(
    figures: Mapping[str, Any], *, part: str = "", withheld: Collection[str] | None = None
) -> list[tuple[str, str, str]]:
    """Every published figure as (part, figure, value), for the file attached to the report.

    A text stands on one line, and one that a spreadsheet would take for a formula begins with "'".

    `withheld`: where figures were taken out, as `disclosure.Withheld.where`; None where a report
    keeps no such list. `part`: the name of the part that `figures` are, where they aren't all.
    """
    rows: list[tuple[str, str, str]] = []
    _flatten(figures, _Place((), (part,) if part else ()), rows, withheld)
    return rows


def _flatten(
    value: Any,
    place: _Place,
    rows: list[tuple[str, str, str]],
    withheld: Collection[str] | None,
) -> None:
    if isinstance(value, Mapping):
        inside = replace(place, within=(*place.within, value))
        for key, inner in value.items():
            _flatten(inner, inside.under(str(key), str(key)), rows, withheld)
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            told = _name_of(inner) or str(number + 1)
            _flatten(inner, place.under(told, _listed(inner, number)), rows, withheld)
    else:
        told = place.told
        if isinstance(value, str):
            shown = written(value)
        else:
            shown = _absent(place, withheld) if value is None else str(value)
        rows.append((written(told[0]), written(".".join(told[1:]) or told[0]), shown))


def _name_of(line: Any) -> str:
    """What a line of a list is called: its part of the whole, or its code and when it was asked."""
    if not isinstance(line, Mapping):
        return ""
    if "by" in line:
        return f"{line['by']} {line['value']}"
    name = str(line.get("code") or line.get("key") or "")
    return f"{name} {line['wave']}" if "wave" in line else name


def _listed(line: Any, number: int) -> str:
    """The same as the list of what was withheld calls it."""
    if not isinstance(line, Mapping) or "by" in line or "code" not in line:
        return str(number)
    return name_of(line) if "wave" in line else str(line["code"])


def _absent(place: _Place, withheld: Collection[str] | None) -> str:
    """Why there is no figure at a place."""
    key, beside = place.listed[-1], place.within[-1] if place.within else {}
    if "equality" in place.listed:
        return WITHHELD
    if key.endswith(REASONS) or _does_not_apply(key, beside):
        return NOT_APPLICABLE
    reason = str(_reason(key, beside) or "")
    if reason.startswith("Withheld") or reason == UNTOLD:
        return WITHHELD
    if withheld is not None and _is_listed(place, withheld):
        return WITHHELD
    if reason:
        return NOT_ESTIMATED
    if withheld is not None or any(beside.get(each) == 0 for each in COUNTS):
        return NOT_KNOWN
    return WITHHELD


def _does_not_apply(key: str, beside: Mapping[str, Any]) -> bool:
    if key in ADJUSTED:
        return beside.get("role") == "primary"
    if key == "relative":
        return beside.get("is_share") is False
    return key == "before" and beside.get("code") in NOT_BEFORE


def _reason(key: str, beside: Mapping[str, Any]) -> Any:
    """The reason told beside a figure: its own, that of the effect it belongs to, or the line's."""
    for name in (f"{key}_refused", "refused", "why", "not_rated"):
        if beside.get(name):
            return beside[name]
    return beside.get("itt_refused") if key in (*ADJUSTED, "randomisation") else None


def _is_listed(place: _Place, withheld: Collection[str]) -> bool:
    """Whether the list names the figure, what it is part of, or the means it was made from."""
    parts = place.listed[1:] if place.listed[0] == "findings" else place.listed
    names = {".".join(parts[:number]) for number in range(1, len(parts) + 1)}
    head = ".".join(parts[:2])
    names |= {f"{head}.{part}" for part in parts[2:]}
    if parts[-1] in (*ADJUSTED, "randomisation"):
        names |= {f"{head}.mean_offered", f"{head}.mean_comparison"}
    return not names.isdisjoint(withheld)
