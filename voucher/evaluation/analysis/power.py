"""What a trial could find, beside what its plan set out to find and what is worth finding."""

from collections.abc import Mapping
from typing import Any

from scipy.stats import norm

from voucher.evaluation.estimators.trial import Undefined
from voucher.evaluation.plans.rules import AnalysisPlan
from voucher.evaluation.plans.sizes import planned_power

POWER_TOLERANCE = 1.05
"""What a trial may fall short of its planned precision: assumptions are not known any closer."""
NO_ESTIMATE, FINDS_NOTHING = "no_estimate", "finds_nothing"
PLANNED_LOW, LESS_PRECISE, BEYOND_WORTH = "planned_low", "less_precise", "beyond_worth"
OF_THE_PLAN = (FINDS_NOTHING, PLANNED_LOW)
"""Why a trial is underpowered; `reports.trust` has the words."""


def power_findings(
    plan: AnalysisPlan,
    itt: Mapping[str, Any] | None,
    moved: float | None = None,
    *,
    is_over: bool = True,
) -> dict[str, Any]:
    """What the plan set out to find and what this trial could find, as effects of the offer.

    `detectable`: by the plan's own reckoning (`plans.sizes`); `achieved_detectable`:
    (z₁₋α⁄₂ + z_power) standard errors of the estimate (Bloom 1995, Evaluation Review 19).
    `worth_finding` is the plan's smallest effect on users, `moved` the share whom the offer moved
    to use a voucher (as planned where it is not known): their product is what the trial should
    have been able to find. `power_reasons`: why it is underpowered, codes of this module; before
    the follow-up `is_over` only what the plan itself can't find counts.
    """
    sizes = plan.assumptions
    planned = _planned(plan)
    achieved = None
    if itt is not None and itt["standard_error"] is not None:
        wanted = (1 - sizes.significance / 2, sizes.power)
        achieved = float(sum(norm.ppf(wanted))) * itt["standard_error"]
    worth = None
    if sizes.worth_finding is not None:
        worth = sizes.worth_finding * (sizes.take_up if moved is None else max(moved, 0.0))
    reasons = [
        code
        for code, holds in (
            (FINDS_NOTHING, planned["detectable"] is None),
            (PLANNED_LOW, _is_low(planned["power"], plan)),
            (NO_ESTIMATE, achieved is None),
            (LESS_PRECISE, _is_above(achieved, planned["detectable"], POWER_TOLERANCE)),
            (BEYOND_WORTH, _is_above(achieved, worth, 1.0)),
        )
        if holds and (is_over or code in OF_THE_PLAN)
    ]
    return {
        "underpowered": bool(reasons),
        "power_reasons": reasons,
        "detectable": planned["detectable"],
        "achieved_detectable": achieved,
        "planned_power": planned["power"],
        "worth_finding": sizes.worth_finding,
        "planned_n": planned["size"],
    }


def _planned(plan: AnalysisPlan) -> dict[str, Any]:
    """What the plan can find; nothing where its assumptions describe no trial."""
    try:
        size = round(sum(plan.assumptions.design().answering))
        found = planned_power(plan.assumptions)
    except (Undefined, ZeroDivisionError):
        return {"detectable": None, "power": None, "size": None}
    known = plan.assumptions.worth_finding is not None
    return {**found, "power": found["power"] if known else None, "size": size}


def _is_low(power: float | None, plan: AnalysisPlan) -> bool:
    return power is not None and power < plan.assumptions.power


def _is_above(achieved: float | None, limit: float | None, times: float) -> bool:
    return None not in (achieved, limit) and achieved > times * limit  # type: ignore[operator]
