"""A trial of the ways of sharing in words: its findings, from the figures as they were kept."""

from collections.abc import Mapping, Sequence
from typing import Any

from voucher.allocation.trials.rules import NOT_KNOWN, SIZES
from voucher.businesses.outcome_areas import wording_of
from voucher.web.display import counted, grouped, listed, pounds
from voucher.web.findings import NUMBER, TEXT, Finding

Figures = Mapping[str, Any]
KIND_TITLES = {
    "council": ("districts", "Places by district (council)", "District"),
    "outcome_area": ("areas", "Places by outcome area", "Outcome area"),
    "size": ("sizes", "Places by size", "People who work there"),
    "sector": ("sectors", "Places by sector", "Sector"),
}
ONE_PLACE = 100
"""In hundredths, as expected numbers are kept."""


LOT_PLACES = (
    "A draw has no more places than the money would pay for if everybody had the largest award, "
    "because nobody knows beforehand who is drawn."
)


def findings_of(figures: Figures) -> tuple[Finding, ...]:
    """The trial's tables in order."""
    return (
        _methods(figures),
        _differences(figures),
        *(_groups(figures, kind) for kind in KIND_TITLES),
    )


def in_hundredths(value: int | None) -> str:
    """A number kept in hundredths, to one decimal (half up); whole ones without."""
    if value is None:
        return ""
    tenths = (value + 5) // 10
    return grouped(tenths // 10) if tenths % 10 == 0 else f"{grouped(tenths // 10)}.{tenths % 10}"


def _methods(figures: Figures) -> Finding:
    drawn = figures["drawn_pence"]
    rows: list[tuple[object, ...]] = [
        (
            "First decided, first served",
            grouped(figures["rolling"]),
            pounds(figures["rolling_pence"]),
            "",
        ),
        (
            "By lot",
            grouped(figures["drawn"]),
            pounds((drawn["expected"] + 50) // 100),
            f"{pounds(drawn['lowest'])} to {pounds(drawn['highest'])}",
        ),
    ]
    note = LOT_PLACES
    if figures["scored"] is None:
        note += (
            f" Nothing is said of scoring: {_no_marks(figures)}. Take the applications as a file, "
            "add the marks of two scorers, and try that file."
        )
    else:
        scored = grouped(figures["scored"]), pounds(figures["scored_pence"]), ""
        rows.append(("Scored", *scored))
    first_served = grouped(figures["rolling"])
    verb = "has" if figures["rolling"] == 1 else "have"
    ways = [
        f"{first_served} {verb} a place by the order of decisions",
        f"{grouped(figures['drawn'])} by lot",
    ]
    if figures["scored"] is not None:
        ways.append(f"{grouped(figures['scored'])} by marks")
    return Finding(
        "methods",
        "Places and money",
        f"Of {counted(figures['entrants'], 'application')}, {listed(ways)}.",
        (("Way of sharing", TEXT), ("Places", NUMBER), ("Money used", NUMBER), ("Range", TEXT)),
        rows,
        note,
    )


def _no_marks(figures: Figures) -> str:
    if figures["unmarked"] == figures["entrants"]:
        return "these applications carry no marks"
    carry = "carries" if figures["unmarked"] == 1 else "carry"
    return f"{grouped(figures['unmarked'])} of these applications {carry} no marks"


def _differences(figures: Figures) -> Finding:
    pairs = (
        ("First served, and a draw", figures["rolling_drawn"]),
        ("First served, and scored", figures["rolling_scored"]),
        ("Scored, and a draw", figures["scored_drawn"]),
        ("One draw, and another", figures["drawn_drawn"]),
    )
    return Finding(
        "differences",
        "For how many the way decides",
        f"For about {in_hundredths(figures['rolling_drawn'])} of "
        f"{counted(figures['entrants'], 'application')} it matters whether places go by the order "
        "of decisions or by lot: they have one by one way and not by the other.",
        (("Between", TEXT), ("Applications", NUMBER)),
        [(words, in_hundredths(value)) for words, value in pairs if value is not None],
        "Where a draw is one of the two, the number is what is to be expected.",
    )


def _groups(figures: Figures, kind: str) -> Finding:
    name, title, heading = KIND_TITLES[kind]
    lines = [line for line in figures["groups"] if line["kind"] == kind]
    scored = figures["scored"] is not None
    columns = [
        (heading, TEXT),
        ("Applications", NUMBER),
        ("First served", NUMBER),
        ("By lot, expected", NUMBER),
        ("Fewest", NUMBER),
        ("Most", NUMBER),
        *([("Scored", NUMBER)] if scored else []),
    ]
    return Finding(
        name,
        title,
        _widest(lines, kind),
        tuple(columns),
        [_group(line, scored) for line in _in_order(lines, kind)],
        "An application with several areas counts in each of them." if kind == KIND_AREA else "",
    )


KIND_AREA = "outcome_area"


def _in_order(lines: Sequence[Figures], kind: str) -> list[Figures]:
    """Sizes as they were kept, from the smallest; other groups with the largest first."""
    if kind == "size":
        return sorted(lines, key=lambda line: _place_of_size(line["name"]))
    return sorted(lines, key=lambda line: -line["entrants"])


def _place_of_size(name: str) -> int:
    return SIZES.index(name) if name in SIZES else len(SIZES)


def _widest(lines: Sequence[Figures], kind: str) -> str:
    """The group to which it matters most whether places go by time or by lot."""

    def gap(line: Figures) -> int:
        return int(100 * line["rolling"] - line["drawn"]["expected"])

    widest = max(lines, key=lambda line: abs(gap(line)))
    if abs(gap(widest)) < ONE_PLACE:
        return "No group gains or loses as much as one place by the order of decisions."
    return (
        f"The widest gap: {_label(widest)} has {grouped(widest['rolling'])} by the order of "
        f"decisions and {in_hundredths(widest['drawn']['expected'])} by lot."
    )


def _group(line: Figures, scored: bool) -> tuple[object, ...]:
    drawn = line["drawn"]
    return (
        _label(line),
        line["entrants"],
        line["rolling"],
        in_hundredths(drawn["expected"]),
        drawn["lowest"],
        drawn["highest"],
        *([line["scored"]] if scored else []),
    )


def _label(line: Figures) -> str:
    name: str = line["name"]
    known = line["kind"] == KIND_AREA and name != NOT_KNOWN
    return wording_of(name).label if known else name
