"""Which follow-ups were over at the data cut, which could still bring answers. Pure.

An outcome of a follow-up that is not over is interim: what is not known of it may still come in.
"""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from voucher.evaluation.models import Wave
from voucher.evaluation.plans.rules import WAVES, AnalysisPlan
from voucher.evaluation.rules import MONTHS, OPEN_DAYS, add_months, due_on

NOT_DUE, OPEN, CLOSED = "not_due", "open", "closed"
"""Not due yet; due, and answers can still come; over."""
FILING_MONTHS = 9
"""How long after its year’s end a private company has to file accounts (Companies Act 2006,
section 442)."""
Standings = Mapping[str, Mapping[str, str]]
"""Wave → "due_on", "open_until", "official_until" (ISO days), as in `standings`."""


def used_until(start: date) -> dict[str, date]:
    """By follow-up the last day on which a voucher used counts for it: the day it falls due."""
    return {wave.value: due_on(wave, start) for wave in MONTHS}


def official_window(wave: Wave, start: date) -> tuple[date, date]:
    """First day, and the day after the last, of the periods whose figures belong to a follow-up.

    From its due day to that of the next, of the last for a year: so a period belongs to one.
    """
    ordered = list(MONTHS)
    place = ordered.index(wave) + 1
    due = due_on(wave, start)
    return due, due_on(ordered[place], start) if place < len(ordered) else add_months(due, 12)


def standings(start: date) -> dict[str, dict[str, str]]:
    """The days of every follow-up of those drawn on `start`.

    `open_until`: last day for an answer; `official_until`: by which official figures of the last
    period that belongs to it must have been filed.
    """
    return {
        wave.value: {
            "due_on": due_on(wave, start).isoformat(),
            "open_until": (due_on(wave, start) + timedelta(days=OPEN_DAYS - 1)).isoformat(),
            "official_until": add_months(
                official_window(wave, start)[1], FILING_MONTHS
            ).isoformat(),
        }
        for wave in MONTHS
    }


def standing_of(waves: Standings, wave: str, cut_on: str, *, official: bool = False) -> str:
    """Where a follow-up stood on the day of the cut; over where nothing is known of its days."""
    days = waves.get(wave)
    if days is None:
        return CLOSED
    if cut_on < days["due_on"]:
        return NOT_DUE
    return OPEN if cut_on <= days["official_until" if official else "open_until"] else CLOSED


def interim(
    waves: Standings, plan: AnalysisPlan, cut_on: str, official: Sequence[str]
) -> dict[str, Any] | None:
    """Which planned follow-ups were not over at the cut, and that in words; None if all were.

    {"waves": [{"wave", "standing", "due_on", "open_until", "official", "codes"}], "why"}.
    """
    found: dict[tuple[str, bool], dict[str, Any]] = {}
    for each in plan.outcomes:
        wave, is_official = each.wave.value, each.code in official
        standing = standing_of(waves, wave, cut_on, official=is_official)
        if standing == CLOSED:
            continue
        days = waves[wave]
        line = found.setdefault(
            (wave, is_official),
            {
                "wave": wave,
                "standing": standing,
                "due_on": days["due_on"],
                "open_until": days["official_until" if is_official else "open_until"],
                "official": is_official,
                "codes": [],
            },
        )
        line["codes"].append(each.code)
    if not found:
        return None
    lines = [found[key] for key in sorted(found, key=lambda key: (found[key]["due_on"], key[1]))]
    return {"waves": lines, "why": f"Not everything is in yet: {'; '.join(map(_told, lines))}."}


def not_due_words(waves: Standings, wave: str) -> str:
    """Why nothing can be estimated of a follow-up that is not due."""
    return f"This follow-up is not due before {_day(waves[wave]['due_on'])}."


def _told(line: Mapping[str, Any]) -> str:
    when = WAVES[line["wave"]].staff_label.lower()
    if line["standing"] == NOT_DUE:
        return f"the follow-up {when} is not due before {_day(line['due_on'])}"
    what = "official figures of" if line["official"] else "answers to"
    return f"{what} the follow-up {when} can still come until {_day(line['open_until'])}"


def _day(iso: str) -> str:
    return f"{date.fromisoformat(iso):%-d %B %Y}"
