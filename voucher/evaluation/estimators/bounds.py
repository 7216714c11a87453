"""Bounds on the effect where answers are missing more often in one arm than in the other."""

from dataclasses import dataclass

import numpy as np

from voucher.evaluation.estimators.trial import (
    Estimate,
    Numbers,
    Trial,
    Undefined,
    by_stratum,
    require_finite,
)


@dataclass(frozen=True)
class Bounds:
    """Lower and upper bound of an effect, the share trimmed and from which arm."""

    lower: float
    upper: float
    trimmed_share: float
    trimmed_arm: int | None


def lee(trial: Trial) -> Estimate:
    """Lee's (2009) bounds on the effect for those who would answer in either arm.

    The arm that answers more often is trimmed by (q₁ − q₀)/q₁ of its answers, from the top for the
    one bound and from the bottom for the other; the last answer is trimmed in part, so that the
    share is exact with ties too. With strata the bounds of each are weighted by its share of all
    rows drawn; a stratum with nobody, or no answer, in one arm is left out and named.
    Lee assumes that an offer never makes a business stop answering (in each stratum, or start).
    """
    require_finite("outcome", trial.outcome)
    strata = [("", trial)] if trial.stratum is None else by_stratum(trial)
    usable = [(name, each) for name, each in strata if _answers_in_both(each)]
    if not usable:
        raise Undefined("There is no known outcome in one of the arms.")
    rows = sum(len(each) for _, each in usable)
    found = [(len(each) / rows, _bounds(each)) for _, each in usable]
    lower, upper, share = (
        sum(weight * getattr(each, name) for weight, each in found)
        for name in ("lower", "upper", "trimmed_share")
    )
    dropped = tuple(sorted({name for name, _ in strata} - {name for name, _ in usable}))
    also = {"lower": lower, "upper": upper, "trimmed_share": share}
    if trial.stratum is None:
        also["trimmed_arm"] = found[0][1].trimmed_arm
    counted = Estimate(dropped_strata=None if trial.stratum is None else dropped, also=also)
    kept = [each.only(~np.isnan(each.outcome)) for _, each in usable]
    return counted.counting(trial, *kept)


def _answers_in_both(trial: Trial) -> bool:
    known = ~np.isnan(trial.outcome)
    return bool((known & trial.offered).any() and (known & ~trial.offered).any())


def _bounds(trial: Trial) -> Bounds:
    known = ~np.isnan(trial.outcome)
    answered = [float(known[arm].mean()) for arm in (trial.offered, ~trial.offered)]
    values = [trial.outcome[known & arm] for arm in (trial.offered, ~trial.offered)]
    more = 0 if answered[0] >= answered[1] else 1
    share = (answered[more] - answered[1 - more]) / answered[more]
    left = len(values[more]) * answered[1 - more] / answered[more]
    low, high = (mean_of_part(values[more], left, lowest=lowest) for lowest in (True, False))
    other = float(values[1 - more].mean())
    if more == 0:
        return Bounds(low - other, high - other, share, 1 if share else None)
    return Bounds(other - high, other - low, share, 0)


def mean_of_part(values: Numbers, left: float, *, lowest: bool) -> float:
    """The mean of the lowest or highest so many values, of which the last may count in part."""
    ordered = np.sort(values)[:: 1 if lowest else -1]
    weights = np.clip(left - np.arange(len(ordered)), 0, 1)
    return float((weights * ordered).sum() / left)
