"""What a report says beside an effect: balance of the arms, unequal response, many outcomes."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from voucher.evaluation.estimators.means import difference, parts_of, standardised_means, stratified
from voucher.evaluation.estimators.trial import (
    Estimate,
    Numbers,
    Trial,
    Undefined,
    require_both_arms,
)


@dataclass(frozen=True)
class Balance:
    """One covariate in both arms, in its own unit, among the rows where it is known.

    The means are those of the strata by their share of the rows, where there are strata
    (`means.standardised_means`). `standardised` is the difference in means divided by
    √((s₁² + s₀²)/2) (Imbens and Rubin 2015, chapter 14), None where neither arm varies. No
    significance test: the arms were drawn.
    """

    mean_treated: float
    mean_comparison: float
    n_treated: int
    n_comparison: int
    standardised: float | None


def balance(trial: Trial) -> dict[str, Balance]:
    """How alike the arms are in each covariate. Raises Undefined where one is known in one arm of
    fewer than two rows."""
    return {name: _balance(values, trial) for name, values in trial.covariates.items()}


def attrition(trial: Trial) -> Estimate:
    """By how much more often the offered have a known outcome than the comparison: the difference
    in shares, as `stratified` gives it where there are strata, otherwise as `difference`, of all
    rows.

    Where everybody answered, or nobody's answer varies, the estimate is given without a standard
    error.
    """
    answered = (~np.isnan(trial.outcome)).astype(float)
    require_both_arms(trial.offered, least=2)
    response = replace(trial, outcome=answered, covariates={})
    arms = [arm for _, both in parts_of(response) for arm in both]
    means = standardised_means(response)
    if means is not None and all(np.ptp(arm.values) == 0 for arm in arms):
        return Estimate(estimate=means[0] - means[1]).counting(response, trial)
    return difference(response) if trial.stratum is None else stratified(response)


def adjusted(p_values: Mapping[str, float]) -> dict[str, dict[str, float]]:
    """Each outcome's p-value as it is among all of them: `holm` holds the chance of any false
    find, `benjamini_hochberg` the share of false finds (Holm 1979; Benjamini and Hochberg 1995).
    """
    from scipy.stats import false_discovery_control

    if not p_values:
        return {}
    values = np.array(list(p_values.values()), dtype=float)
    if not ((values >= 0) & (values <= 1)).all():
        raise Undefined("A p-value must lie from 0 to 1.")
    found = {"holm": _holm(values), "benjamini_hochberg": false_discovery_control(values)}
    return {
        outcome: {name: float(adjusted[number]) for name, adjusted in found.items()}
        for number, outcome in enumerate(p_values)
    }


def _holm(values: Numbers) -> Numbers:
    """Holm's step-down: the k-th smallest of m times m − k + 1, never less than the one before.

    Written out, for the library's own collects all garbage each time, a third of a second in a
    process that writes reports.
    """
    order = np.argsort(values, kind="stable")
    stepped = values[order] * np.arange(len(values), 0, -1)
    found = np.empty(len(values))
    found[order] = np.minimum(1.0, np.maximum.accumulate(stepped))
    return found


def _balance(values: Numbers, trial: Trial) -> Balance:
    known = ~np.isnan(values)
    require_both_arms(trial.offered[known], least=2)
    treated, comparison = values[known & trial.offered], values[known & ~trial.offered]
    spread = float(np.sqrt((treated.var(ddof=1) + comparison.var(ddof=1)) / 2))
    plain = (float(treated.mean()), float(comparison.mean()))
    means = standardised_means(replace(trial, outcome=values, covariates={})) or plain
    apart = means[0] - means[1]
    return Balance(
        mean_treated=means[0],
        mean_comparison=means[1],
        n_treated=len(treated),
        n_comparison=len(comparison),
        standardised=apart / spread if spread else None,
    )
