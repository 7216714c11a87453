"""Words and p-values that would tell what is withheld beside them, made to tell nothing.

The engine says in words why a figure can't be given ("has only 1 row with a known outcome") and
what lowers the design; p-values have digits enough to work out the number of answers from the
estimate and its interval. Pure; everything here changes the findings in place.
"""

from collections.abc import Collection, Iterable
from decimal import ROUND_UP, Decimal
from typing import Any

UNTOLD = "Not given, because it rests on too few businesses."
LOWERED = "A level is taken off for a reason not given, because it rests on too few businesses."
EFFECTS = ("itt", "relative", "users", "lee")
FINEST = -3
"""The power of ten of the last digit that a coarse p-value may have: below it nobody reads on."""


def untell_effects(
    content: dict[str, Any], outcome: dict[str, Any], effects: Iterable[str] = EFFECTS
) -> None:
    """Fixed words for why effects of `outcome` can't be given, wherever the findings say it."""
    head = f"{outcome['label']} ({outcome['wave']}), "
    refusals = content.get("refusals", [])
    for effect in effects:
        told = outcome.get(f"{effect}_refused")
        if not told:
            continue
        outcome[f"{effect}_refused"] = UNTOLD
        for number, line in enumerate(refusals):
            if line.startswith(head):
                refusals[number] = _untold(line, told)
        for each in (content.get("plan") or {}).get("deviations", ()):
            if each["why"] == told:
                each["why"] = UNTOLD
        design = content.get("design") or {}
        if outcome["role"] == "primary" and design.get("not_rated"):
            design["not_rated"] = _untold(design["not_rated"], told)


def untell_downgrades(content: dict[str, Any], gone: Collection[str]) -> None:
    """Downgrades without what the figures in `gone`, by where they stood, would have told."""
    used = "flow.received.comparison" in gone
    support = any(name.startswith("contamination.similar_support.") for name in gone)
    asked = any(name.startswith("baseline.") and ".n_" in name for name in gone)
    unlike = [
        line["label"]
        for line in content.get("baseline", [])
        if f"baseline.{line['code']}.standardised" in gone
    ]
    design = content.get("design") or {}
    for each in design.get("downgrades", []):
        reason = each["reason"]
        if (
            (used and "of the comparison redeemed" in reason)
            or (support and "of the comparison had similar support" in reason)
            or (asked and reason.startswith("How alike"))
            or _tells_of(unlike, reason)
        ):
            each["reason"] = LOWERED
    if "notes" in design:
        design["notes"] = [n for n in design["notes"] if not _tells_of(unlike, n["reason"])]


def _tells_of(unlike: Collection[str], reason: str) -> bool:
    return reason.startswith("The arms differ") and any(word in reason for word in unlike)


def _untold(line: str, told: str) -> str:
    return f"{line.removesuffix(told)}{UNTOLD}" if line.endswith(told) else line


def coarse(p_value: float | None) -> float | None:
    """A p-value rounded up to one significant digit, 0.001 at the finest.

    Up, so that it never claims more than was found, and an adjusted one is never below its own.
    """
    if p_value is None:
        return None
    exact = Decimal(str(p_value))
    step = Decimal(1).scaleb(max(exact.adjusted(), FINEST))
    return float(exact.quantize(step, ROUND_UP))


def significant(number: float | None) -> float | None:
    """A number to two significant digits."""
    return None if number is None else float(f"{number:.2g}")
