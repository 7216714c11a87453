"""What speaks for care with a trial's figures, in plain English, by rules alone. Pure."""

from collections.abc import Iterator, Mapping, Set
from typing import Any

from voucher.evaluation.reports.interim import interim_sentences
from voucher.evaluation.reports.measures import effect_unit, figure, scaled

SIGNIFICANT = 0.05
FULL_LEVEL = 5
SCALE = "the Maryland Scientific Methods Scale"
UNRATED = "Not rated"
COULD_MISS = "could easily miss an effect that is there."
NO_ESTIMATE = "gave no estimate of the primary outcome"


def doubts(outcome: Mapping[str, Any], design: Mapping[str, Any]) -> list[str]:
    """Why an effect that its interval shows is told with "may have" only."""
    found = []
    if design["sms_level"] is None:
        found.append("the design could not be rated")
    elif design["sms_level"] < FULL_LEVEL:
        found.append("the design lost a level, as told below")
    if design["underpowered"]:
        found.append("the trial was too small for what it was to find, and such trials overstate")
    if design.get("departures"):
        found.append("the analysis departs from its plan")
    if _bounds_hold_nothing(outcome):
        found.append("it could come from who answered and who did not")
    by_chance = outcome["randomisation"]
    if by_chance is not None and _not_below(by_chance["p_value"]):
        found.append("drawing again could often give as much")
    if outcome["role"] != "primary" and _not_below(outcome["holm"]):
        found.append("of several outcomes looked at, one may differ by chance")
    return found


def _bounds_hold_nothing(outcome: Mapping[str, Any]) -> bool:
    bounds = outcome["lee"]
    if bounds is None or None in (bounds["lower"], bounds["upper"]):
        return False
    return bool(bounds["lower"] <= 0 <= bounds["upper"])


def _not_below(p_value: float | None) -> bool:
    return p_value is None or p_value >= SIGNIFICANT


def trust(findings: Mapping[str, Any]) -> Iterator[str]:
    """How far to trust it: the level with its reasons, power, departures, and what is missing."""
    design = findings["design"]
    yield from interim_sentences(findings)
    yield level_sentence(design)
    if design["underpowered"]:
        yield underpowered_sentence(findings)
    departed = departures_sentence(findings)
    if departed:
        yield departed
    if findings["refusals"]:
        yield "Some figures could not be estimated; each is named with its reason."


def level_sentence(design: Mapping[str, Any]) -> str:
    """The level of the design with what lowered it, or why there is none."""
    if design["sms_level"] is None:
        return f"{UNRATED} on {SCALE}. {design.get('not_rated') or ''}".rstrip()
    beside = (*design["downgrades"], *design.get("notes", ()))
    told = f"The design reaches level {design['sms_level']} of 5 on {SCALE}."
    return told + "".join(f" {each['reason']}" for each in beside)


def departures_sentence(findings: Mapping[str, Any]) -> str:
    """In how many points the analysis departs from its plan; nothing where in none."""
    departed = len((findings["plan"] or {}).get("deviations", ()))
    if not departed:
        return ""
    times = "one point, which is" if departed == 1 else f"{departed} points, which are"
    return f"The analysis departs from its plan in {times} named in this report."


def underpowered_sentence(findings: Mapping[str, Any]) -> str:
    """Why the trial is underpowered, and what follows: what its plan lacked, then what came out."""
    design = findings["design"]
    primary = next((each for each in findings["outcomes"] if each["role"] == "primary"), None)
    codes = frozenset(design.get("power_reasons", ()))
    sizes = {name: _size(primary, design.get(name)) for name in ("detectable", "worth_finding")}
    planned = _short_by_plan(codes, sizes["worth_finding"])
    came_out = _short_as_it_came_out(codes, **sizes)
    if planned and came_out:
        return f"Underpowered: {planned}. It then {came_out}. So it {COULD_MISS}"
    why = planned or f"the trial {came_out or 'turned out too small for what it was to find'}"
    return f"Underpowered: {why}, so it {COULD_MISS}"


def _short_by_plan(codes: Set[str], worth: str) -> str:
    """What the trial could not have found even as planned; nothing where that is not why."""
    if "finds_nothing" in codes:
        return "the trial as planned could find no effect that is possible"
    if "planned_low" in codes:
        return (
            "even as planned, the trial would too often have missed the smallest effect on users"
            f" worth finding{worth}"
        )
    return ""


def _short_as_it_came_out(codes: Set[str], detectable: str, worth_finding: str) -> str:
    """In what the trial itself fell short, without its subject; nothing where in nothing."""
    if "no_estimate" in codes:
        return NO_ESTIMATE
    found = []
    if "less_precise" in codes:
        found.append(
            "less precise than planned for the effect of the offer it was to find" + detectable
        )
    if "beyond_worth" in codes:
        goal = f"the smallest effect on users worth finding{worth_finding}"
        if codes & {"planned_low", "finds_nothing"} == {"planned_low"}:
            goal = "that effect"  # it was named just before
        found.append(f"too imprecise for {goal}")
    return f"turned out {', and '.join(found)}" if found else ""


def _size(outcome: Mapping[str, Any] | None, size: float | None) -> str:
    if outcome is None or size is None:
        return ""
    return f" ({figure(abs(scaled(outcome, size)))} {effect_unit(outcome)})"
