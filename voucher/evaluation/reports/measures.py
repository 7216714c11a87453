"""How a report writes its numbers: shares, effects, intervals, ratios. Pure.

A share is from 0 to 1 and is written in per cent; an effect on a share is written in percentage
points. A number that isn't nothing is never written as nothing: it gets the decimals it needs.
"""

from collections.abc import Mapping
from typing import Any

MINUS = "−"
UNKNOWN = "–"
SCALE = "1 to 5"
MOST_DECIMALS = 6


def figure(value: float, decimals: int = 1) -> str:
    """The number with a real minus sign, to `decimals` places, or more where it'd look like 0."""
    places = decimals
    while value and not float(f"{value:.{places}f}") and places < MOST_DECIMALS:
        places += 1
    words = f"{abs(value):,.{places}f}"
    if value and not float(words.replace(",", "")):
        words = f"{abs(value):.0e}"
    is_nothing = not value
    return words if is_nothing or value > 0 else MINUS + words


def signed(value: float, decimals: int = 1) -> str:
    """The number with its sign, plus too."""
    return "+" + figure(value, decimals) if value > 0 else figure(value, decimals)


def level(outcome: Mapping[str, Any], value: float | None) -> str:
    """A mean of an outcome or of a baseline line: "38.2%", or "4.3"; a dash for none."""
    if value is None:
        return UNKNOWN
    return f"{figure(100 * value)}%" if is_share(outcome) else figure(value)


def is_share(line: Mapping[str, Any]) -> bool:
    """Whether the values of an outcome or baseline line are shares from 0 to 1."""
    return bool(line.get("is_share", line["unit"] == "%"))


def scaled(outcome: Mapping[str, Any], value: float) -> float:
    """An effect in the unit it is written in: percentage points for a share."""
    return 100 * value if is_share(outcome) else value


def effect_unit(outcome: Mapping[str, Any]) -> str:
    """The unit of an effect in words."""
    if is_share(outcome):
        return "percentage points"
    unit = str(outcome["unit"])
    return f"points on the scale of {unit}" if unit == SCALE else unit


def level_unit(outcome: Mapping[str, Any]) -> str:
    """What stands after a mean that `level` wrote: nothing for a share, which has its sign."""
    if is_share(outcome):
        return ""
    unit = str(outcome["unit"])
    return f" on the scale of {unit}" if unit == SCALE else f" {unit}"


def named(line: Mapping[str, Any]) -> str:
    """What is measured, with its unit where that isn't a percentage: for the head of a row."""
    return str(line["label"]) if is_share(line) else f"{line['label']} ({line['unit']})"


def effect(outcome: Mapping[str, Any], value: float | None) -> str:
    """An effect with its sign and without its unit; a dash for none."""
    return UNKNOWN if value is None else signed(scaled(outcome, value))


def interval(outcome: Mapping[str, Any], found: Mapping[str, Any] | None) -> str:
    """The 95% interval as "−1.2 to +17.1"; a dash for none."""
    if found is None or None in (found["ci_low"], found["ci_high"]):
        return UNKNOWN
    return f"{effect(outcome, found['ci_low'])} to {effect(outcome, found['ci_high'])}"


def ratio(found: Mapping[str, Any] | None) -> str:
    """A relative effect as "1.31 times (1.05 to 1.63)"; a dash for none."""
    if found is None or None in (found["estimate"], found["ci_low"], found["ci_high"]):
        return UNKNOWN
    middle, low, high = (figure(found[key], 2) for key in ("estimate", "ci_low", "ci_high"))
    return f"{middle} times ({low} to {high})"


def share(value: float | None) -> str:
    """A share in per cent to one decimal; a dash for none."""
    return UNKNOWN if value is None else f"{figure(100 * value)}%"


def p_value(value: float | None) -> str:
    """A p-value to three decimals, "below 0.001" where that is all one should say."""
    if value is None:
        return UNKNOWN
    return "below 0.001" if value < 0.001 else f"{value:.3f}"
