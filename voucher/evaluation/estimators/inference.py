"""Intervals and p-values by Student's t."""

from typing import Any

from scipy import stats

from voucher.evaluation.estimators.trial import Estimate

LEVEL = 0.95


def with_t(estimate: float, standard_error: float, freedom: float, **more: Any) -> Estimate:
    """An estimate with its interval of 95 % and its two-sided p-value, by t with `freedom`."""
    reach = float(stats.t.ppf((1 + LEVEL) / 2, freedom)) * standard_error
    return Estimate(
        estimate=float(estimate),
        standard_error=float(standard_error),
        df=float(freedom),
        ci_low=float(estimate - reach),
        ci_high=float(estimate + reach),
        p_value=float(2 * stats.t.sf(abs(estimate) / standard_error, freedom)),
        **more,
    )
