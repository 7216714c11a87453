"""What a plan comes to, in sentences made of its figures by rules. Pure; plain text."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from voucher.core.money import Money
from voucher.evaluation.indicators import Indicator
from voucher.evaluation.plans.choices import OUTCOMES
from voucher.evaluation.plans.rules import AnalysisPlan

SCALE = "1 to 5"
Figures = Mapping[str, Any]


def number(value: float) -> str:
    """A number with as many decimals as it needs, at most two: "0.25", "12.5", "1,200".

    What two would make nothing of has two digits: "0.0034".
    """
    if 0 < abs(value) < 0.005:
        return f"{Decimal(f'{value:.1e}'):f}".rstrip("0")
    return f"{value:,.2f}".rstrip("0").rstrip(".")


def amount(value: float, outcome: Indicator) -> str:
    """An effect on the outcome, with its unit: "12.5 percentage points", "2 hours a week"."""
    if outcome.is_share:
        return f"{number(points(value))} percentage points"
    if outcome.unit == SCALE:
        return f"{number(value)} of a point on the scale of {SCALE}"
    return f"{number(value)} {outcome.unit}"


def points(share: float) -> float:
    """A share in per cent, to a tenth where that is not nothing."""
    return round(100 * share, 1) or 100 * share


def level(value: float, outcome: Indicator) -> str:
    """Where the outcome stands: "30%", "10 hours a week"."""
    if outcome.is_share:
        return f"{number(points(value))}%"
    return number(value) if outcome.unit == SCALE else f"{number(value)} {outcome.unit}"


def chance(power: float) -> str:
    """A chance in words: "80 times in 100"; never "100 times in 100"."""
    if power > 0.99:
        return "more than 99 times in 100"
    return "less than once in 100" if power < 0.01 else f"{round(100 * power)} times in 100"


def is_underpowered(plan: AnalysisPlan, figures: Figures) -> bool:
    """Whether the smallest effect worth finding would be missed more often than the plan allows."""
    compared = figures["compared"]
    return bool(compared) and compared["power"] < plan.assumptions.power


def sentences(plan: AnalysisPlan, figures: Figures) -> list[str]:
    """What the trial can find and what it can't, for somebody who knows no statistics."""
    compared, sizes = figures["compared"], plan.assumptions
    if compared is None:
        return [
            "Nobody is drawn in this round, so there is no group to compare with. Its report says "
            "what happened and claims no effect of the vouchers."
        ]
    outcome = OUTCOMES[plan.primary.code]
    others = sizes.demand - sizes.places
    replies = round(100 * sizes.response)
    found = [
        f"Of {sizes.demand:,} businesses {sizes.places:,} would be offered a voucher and "
        f"{others:,} would not. If {replies} in 100 of each answer, "
        f"{_can_find(plan, figures, outcome)}",
        _worth(plan, figures, outcome),
        "A smaller effect may be there and not be found: if this trial finds none, that does not "
        "show that vouchers do nothing.",
    ]
    return found


def _can_find(plan: AnalysisPlan, figures: Figures, outcome: Indicator) -> str:
    detectable = figures["compared"]["detectable"]
    users = figures["compared"]["detectable_users"]
    if detectable is None:
        return f"no possible effect on “{outcome.label}” is large enough to be found reliably."
    sizes = plan.assumptions
    often = chance(sizes.power)
    using = round(100 * sizes.take_up)
    if outcome.is_share:
        rise = f"a rise of {amount(detectable, outcome)} or more in “{outcome.label}”"
        across = f" (from {level(sizes.before, outcome)} to "
        across += f"{level(sizes.before + detectable, outcome)})"
    else:
        rise, across = f"a change of {amount(detectable, outcome)} in “{outcome.label}”", ""
    return (
        f"{rise} among those offered a voucher{across} would be found {often}. As {using} in 100 "
        f"would use theirs, that is {amount(users, outcome)} among users."
    )


def _worth(plan: AnalysisPlan, figures: Figures, outcome: Indicator) -> str:
    compared, sizes = figures["compared"], plan.assumptions
    need = next(each for each in compared["needs"] if each["multiple"] == 1)
    worth = amount(sizes.worth_finding or 0, outcome)
    said = f"The smallest effect on users worth finding, {worth}, would be found "
    said += f"{chance(compared['power'])}."
    if not is_underpowered(plan, figures):
        return said
    if need["drawn"] is None:
        return f"{said} No round could be large enough to find it {chance(sizes.power)}."
    return (
        f"{said} To find it {chance(sizes.power)}, {need['offered']:,} offered a voucher and "
        f"{need['comparison']:,} to compare with would be needed."
    )


def cost_sentence(plan: AnalysisPlan, figures: Figures) -> str:
    """What the trial costs: the vouchers that are used, and those who go without."""
    cost = figures["cost"]
    using = round(100 * plan.assumptions.take_up)
    each = Money(plan.assumptions.voucher_pence).formatted().removesuffix(".00")
    total = Money(cost["pence"]).formatted().removesuffix(".00")
    said = (
        f"If {using} in 100 of {plan.assumptions.places:,} use their voucher, {cost['vouchers']:,} "
        f"are redeemed at {each} each: {total}."
    )
    if figures["compared"] is None:
        return said
    said += f" The other {cost['comparison']:,} cost nothing but the surveys,"
    return f"{said} which ask every group alike."


def curve_words(plan: AnalysisPlan, figures: Figures) -> str:
    """The alternative text of the curve of power."""
    compared, outcome = figures["compared"], OUTCOMES[plan.primary.code]
    last = compared["curve"][-1]
    said = (
        f"Line chart. The chance to find a true effect on “{outcome.label}” among those offered a "
        f"voucher rises from {round(100 * compared['curve'][0]['power'])}% where there is none to "
        f"{round(100 * last['power'])}% at {amount(last['effect'], outcome)}."
    )
    if compared["detectable"] is None:
        return said
    power = round(100 * plan.assumptions.power)
    return f"{said} It reaches {power}% at {amount(compared['detectable'], outcome)}."
