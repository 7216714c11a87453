"""What a plan comes to: the effects it can find, the businesses it needs, what it costs.

All sizes are plain numbers for JSON: shares and effects on shares from 0 to 1, money in pence. An
effect on all who were offered a voucher is the effect on users times the share who use theirs.
"""

from typing import Any

from voucher.evaluation.estimators.power import (
    Design,
    detectable_mean,
    detectable_share,
    needed_for_mean,
    needed_for_share,
    power_of_mean,
    power_of_share,
)
from voucher.evaluation.plans.rules import AnalysisPlan, Assumptions

CURVE_STEPS = 24
BEYOND = 1.6
"""How far the curve goes past the larger of what can be found and what is worth finding."""
NEARLY = 0.999
MULTIPLES = (0.5, 0.75, 1, 1.5, 2)
"""Effects of the table of needs, as multiples of the smallest worth finding."""


def plan_figures(plan: AnalysisPlan) -> dict[str, Any]:
    """Every figure of a plan that was checked (`checks.check_plan`).

    {"replies", "cost", "compared": None} where nobody is compared; otherwise `compared` holds
    `detectable` and `detectable_users` (None: no possible effect is large enough), `power` at what
    is worth finding, `needs` by effect, and `curve`: the power at effects from nothing upwards.
    """
    sizes = plan.assumptions
    vouchers = round(sizes.places * sizes.take_up)
    return {
        "replies": {
            "offered": round(sizes.places * sizes.response),
            "comparison": round((sizes.demand - sizes.places) * sizes.response),
        },
        "cost": {
            "vouchers": vouchers,
            "pence": vouchers * sizes.voucher_pence,
            "comparison": sizes.demand - sizes.places,
        },
        "compared": _compared(plan) if plan.comparison else None,
    }


def planned_power(sizes: Assumptions) -> dict[str, float | None]:
    """What a plan with a comparison can find, on its page and in the report alike.

    `detectable`: the smallest effect on those offered that is found with the power wanted, None
    where no possible one is; `power`: at the smallest effect on users worth finding.
    """
    design = sizes.design()
    worth = (sizes.worth_finding or 0) * design.moved
    return {
        "detectable": _rounded(detectable_effect(sizes)),
        "power": _rounded(_power(design, sizes, worth)),
    }


def _compared(plan: AnalysisPlan) -> dict[str, Any]:
    sizes, design = plan.assumptions, plan.assumptions.design()
    detectable = detectable_effect(sizes)
    worth = (sizes.worth_finding or 0) * design.moved
    return {
        **planned_power(sizes),
        "detectable_users": _rounded(detectable / design.moved if detectable else None),
        "needs": [_need(design, sizes, multiple) for multiple in _multiples(sizes)],
        "curve": _curve(design, sizes, _furthest(detectable, worth, largest_rise(sizes))),
    }


def detectable_effect(sizes: Assumptions) -> float | None:
    """The smallest effect on those offered a voucher that such a trial finds with its power.

    In the primary outcome's unit, a share's as a share; None where no possible effect is large
    enough. Raises Undefined for fewer than two answers in an arm.
    """
    design, most = sizes.design(), largest_rise(sizes)
    if sizes.spread is not None:
        return detectable_mean(design, sizes.spread)
    found = detectable_share(design, sizes.before)
    return found if found is not None and most is not None and found <= most else None


def largest_rise(sizes: Assumptions) -> float | None:
    """The most that an offer can move a share: all of its users; None for an average."""
    if sizes.spread is not None:
        return None
    return sizes.design().moved * (1 - sizes.before) * NEARLY


def _power(design: Design, sizes: Assumptions, effect: float) -> float:
    """The chance to find `effect` on all who were offered a voucher."""
    if sizes.spread is not None:
        return power_of_mean(design, effect, sizes.spread)
    return power_of_share(design, sizes.before, sizes.before + effect)


def _multiples(sizes: Assumptions) -> list[float]:
    worth = sizes.worth_finding or 0
    within = sizes.spread is not None
    return [each for each in MULTIPLES if within or sizes.before + worth * each < NEARLY]


def _need(design: Design, sizes: Assumptions, multiple: float) -> dict[str, Any]:
    """How many businesses an effect on users of so many times the smallest worth finding needs."""
    users = (sizes.worth_finding or 0) * multiple
    effect = users * design.moved
    if sizes.spread is not None:
        drawn = needed_for_mean(design, users, sizes.spread)
    else:
        drawn = needed_for_share(design, sizes.before, sizes.before + users)
    offered = None if drawn is None else round(drawn * design.offered_share)
    return {
        "multiple": multiple,
        "users": _rounded(users),
        "effect": _rounded(effect),
        "power": _rounded(_power(design, sizes, effect)),
        "drawn": drawn,
        "offered": offered,
        "comparison": None if drawn is None or offered is None else drawn - offered,
    }


def _furthest(detectable: float | None, worth: float, most: float | None) -> float:
    """Where the curve ends: past all that matters, but at no effect that can't be."""
    wanted = BEYOND * max(detectable or 0, worth)
    if most is None:
        return wanted
    return most if detectable is None else min(wanted, most)


def _curve(design: Design, sizes: Assumptions, furthest: float) -> list[dict[str, Any]]:
    points = []
    for step in range(CURVE_STEPS + 1):
        effect = furthest * step / CURVE_STEPS
        power = _power(design, sizes, effect)
        points.append(
            {
                "effect": _rounded(effect),
                "users": _rounded(effect / design.moved),
                "power": _rounded(power),
            }
        )
    return points


def _rounded(value: float | None) -> float | None:
    """To six significant digits, so that the last of the arithmetic's are not published.

    Not to decimals: an effect may be small in its unit, and nothing is nothing only if it is.
    """
    return None if value is None else float(f"{value:.6g}")
