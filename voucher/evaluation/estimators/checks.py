"""What a report says beside an effect: balance of the arms, unequal response, many outcomes."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from voucher.evaluation.estimators.means import difference
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

    `standardised` is the difference in means divided by √((s₁² + s₀²)/2) (Imbens and Rubin 2015,
    chapter 14), None where neither arm varies. No significance test: the arms were drawn.
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
    in shares, as `difference` gives it, of all rows.

    Where everybody answered, or nobody's answer varies, the estimate is given without a standard
    error.
    """
    answered = (~np.isnan(trial.outcome)).astype(float)
    require_both_arms(trial.offered, least=2)
    shares = [answered[arm] for arm in (trial.offered, ~trial.offered)]
    if all(np.ptp(share) == 0 for share in shares):
        found = Estimate(estimate=float(shares[0].mean() - shares[1].mean()))
        return found.counting(replace(trial, outcome=answered), trial)
    return difference(replace(trial, outcome=answered, covariates={}))


def adjusted(p_values: Mapping[str, float]) -> dict[str, dict[str, float]]:
    """Each outcome's p-value as it is among all of them: `holm` holds the chance of any false
    find, `benjamini_hochberg` the share of false finds (Holm 1979; Benjamini and Hochberg 1995).
    """
    from statsmodels.stats.multitest import multipletests

    if not p_values:
        return {}
    values = list(p_values.values())
    if not all(0 <= value <= 1 for value in values):
        raise Undefined("A p-value must lie from 0 to 1.")
    ways = {"holm": "holm", "benjamini_hochberg": "fdr_bh"}
    found = {name: multipletests(values, method=method)[1] for name, method in ways.items()}
    return {
        outcome: {name: float(adjusted[number]) for name, adjusted in found.items()}
        for number, outcome in enumerate(p_values)
    }


def _balance(values: Numbers, trial: Trial) -> Balance:
    known = ~np.isnan(values)
    require_both_arms(trial.offered[known], least=2)
    treated, comparison = values[known & trial.offered], values[known & ~trial.offered]
    spread = float(np.sqrt((treated.var(ddof=1) + comparison.var(ddof=1)) / 2))
    apart = float(treated.mean() - comparison.mean())
    return Balance(
        mean_treated=float(treated.mean()),
        mean_comparison=float(comparison.mean()),
        n_treated=len(treated),
        n_comparison=len(comparison),
        standardised=apart / spread if spread else None,
    )
