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
    rows drawn; a stratum with nobody, or no answer, in one arm is left out and named. With weights,
    answers and rows count for theirs. Lee assumes that an offer never makes a business stop
    answering (in each stratum, or start).
    """
    require_finite("outcome", trial.outcome)
    drawn = trial if trial.weight is None else trial.only(~np.isnan(trial.weight))
    strata = [("", drawn)] if drawn.stratum is None else by_stratum(drawn)
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
    arms = {each.trimmed_arm for _, each in found if each.trimmed_share}
    if trial.stratum is None:
        also["trimmed_arm"] = found[0][1].trimmed_arm
    else:
        also["trimmed_arms"] = tuple(sorted(arms))
    counted = Estimate(dropped_strata=None if trial.stratum is None else dropped, also=also)
    kept = [each.only(~np.isnan(each.outcome)) for _, each in usable]
    return counted.counting(trial, *kept)


def _answers_in_both(trial: Trial) -> bool:
    known = ~np.isnan(trial.outcome)
    return bool((known & trial.offered).any() and (known & ~trial.offered).any())


def _bounds(trial: Trial) -> Bounds:
    known = ~np.isnan(trial.outcome)
    counts = np.ones(len(trial)) if trial.weight is None else trial.weight
    arms = [trial.offered, ~trial.offered]
    answered = [float(counts[known & arm].sum() / counts[arm].sum()) for arm in arms]
    values = [(trial.outcome[known & arm], counts[known & arm]) for arm in arms]
    more = 0 if answered[0] >= answered[1] else 1
    share = (answered[more] - answered[1 - more]) / answered[more]
    left = float(values[more][1].sum()) * answered[1 - more] / answered[more]
    kept, own = values[more]
    low, high = (mean_of_part(kept, left, lowest=end, counts=own) for end in (True, False))
    other = float(np.average(values[1 - more][0], weights=values[1 - more][1]))
    if more == 0:
        return Bounds(low - other, high - other, share, 1 if share else None)
    return Bounds(other - high, other - low, share, 0)


def mean_of_part(
    values: Numbers, left: float, *, lowest: bool, counts: Numbers | None = None
) -> float:
    """The mean of the lowest or highest values that together count for `left`; the last of them
    may count in part. Without `counts` each counts for one."""
    counts = np.ones(len(values)) if counts is None else counts
    order = np.argsort(values, kind="stable")[:: 1 if lowest else -1]
    before = np.cumsum(counts[order]) - counts[order]
    weights = np.clip(left - before, 0, counts[order])
    return float((weights * values[order]).sum() / left)
