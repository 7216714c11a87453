"""Digits that would tell more than the figure, cut where a list was drawn in parts.

A share standardised to the parts of a list (`analysis.arms.arm_means`) is a sum of one fraction per
part. All its digits fit one set of counts alone, so somebody who knows how large the parts are
could work out that two of the 21 businesses of one part had an outcome. Three decimals, a tenth of
a percentage point, fit hundreds of sets. Whatever follows from such a share is cut alike: effects,
bounds, p-values, the cost of an adopter. Rounding changes no conclusion but towards care: an
interval whose end is rounded to nothing counts as holding it, and a p-value is rounded up.

Pure; everything here changes the findings in place, and changes nothing the second time.
"""

from collections.abc import Iterable
from decimal import ROUND_UP, Decimal
from typing import Any

from voucher.evaluation.count_table import ARMS, BESIDE

DECIMALS = 3
"""Of a share, and of an effect on one: tenths of a percentage point."""
DIGITS = 3
"""Significant digits of what is divided by an effect."""
STEP = Decimal(1).scaleb(-DECIMALS)
INFERENCE = ("estimate", "standard_error", "ci_low", "ci_high")
OF_THE_OFFER = ("detectable", "achieved_detectable")
COSTS = ("per_adopter_pence", "per_adopter_low_pence", "per_adopter_high_pence")


def cut_digits(content: dict[str, Any]) -> None:
    """Cut the digits of everything standardised to the parts of the list, where there are parts."""
    if not is_divided(content):
        return
    for outcome in content.get("outcomes", []):
        _outcome(outcome)
    for line in content.get("baseline", []):
        _cut(line, ("standardised",))
        if is_share(line):
            _cut(line, [f"mean_{arm}" for arm in ARMS])
    for part in BESIDE:
        for line in filter(is_share, (content.get(part) or {}).values()):
            _cut(line, ARMS)
    shares = {each["code"] for each in content.get("outcomes", []) if is_share(each)}
    for row in content.get("subgroups", []):
        _raise(row, ("interaction_p",))
        if row["code"] in shares:
            _cut(row, ("estimate", "ci_low", "ci_high"))
    _beside(content, shares)


def is_divided(content: dict[str, Any]) -> bool:
    """Whether the figures are standardised to several parts of the list."""
    return ((content.get("strata") or {}).get("parts") or 0) > 1


def is_share(line: Any) -> bool:
    """Whether an outcome, or a line of the baseline, is a share of businesses."""
    return bool(line.get("is_share", line.get("unit") == "%"))


def _outcome(outcome: dict[str, Any]) -> None:
    """p-values of any outcome; of a share whatever was worked out from it."""
    effects = [outcome[name] for name in ("itt", "users") if outcome[name] is not None]
    for holder in (outcome, *effects, outcome["attrition"]):
        _raise(holder, ("p_value", "holm", "benjamini_hochberg"))
    _cut(outcome["attrition"], ("difference", "ci_low", "ci_high"))
    for holder in effects:
        _shorten(holder, ("first_stage_f",))
    if not is_share(outcome):
        return
    _cut(outcome, [f"mean_{arm}" for arm in ARMS])
    for holder in effects:
        _cut(holder, INFERENCE)
    _shorten(outcome["relative"] or {}, INFERENCE)
    _cut(outcome["lee"] or {}, ("lower", "upper", "trimmed_share"))


def _beside(content: dict[str, Any], shares: set[str]) -> None:
    """What the design and the costs have from the effects."""
    primary = [each for each in content.get("outcomes", []) if each["role"] == "primary"]
    if any(each["code"] in shares for each in primary):
        _cut(content.get("design") or {}, OF_THE_OFFER)
    cost = content.get("cost") or {}
    for name in COSTS:
        if cost.get(name) is not None:
            cost[name] = int(float(f"{cost[name]:.{DIGITS}g}"))


def _cut(holder: dict[str, Any], names: Iterable[str]) -> None:
    for name in names:
        if holder.get(name) is not None:
            holder[name] = round(holder[name], DECIMALS) + 0.0


def _shorten(holder: dict[str, Any], names: Iterable[str]) -> None:
    for name in names:
        if holder.get(name) is not None:
            holder[name] = float(f"{holder[name]:.{DIGITS}g}")


def _raise(holder: dict[str, Any], names: Iterable[str]) -> None:
    for name in names:
        if holder.get(name) is not None:
            holder[name] = float(Decimal(str(holder[name])).quantize(STEP, ROUND_UP))
