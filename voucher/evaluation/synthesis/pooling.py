"""Pooled effects of several trials, by random effects. Pure.

Estimates y_i with variances v_i of k trials. The variance between trials, τ², is that of Paule and
Mandel (1982, Journal of Research of the National Bureau of Standards 87): the one for which
Σ w_i (y_i − μ)² = k − 1, w_i = 1/(v_i + τ²). The mean μ is weighted by w_i. Its standard error is
that of Hartung and Knapp (2001, Statistics in Medicine 20), √(q/Σw_i) with
q = Σ w_i (y_i − μ)²/(k − 1), t with k − 1 degrees of freedom; q is never less than 1, so that
few trials that happen to agree get no narrower an interval than chance allows (Röver, Knapp and
Friede 2015, BMC Medical Research Methodology 15). Heterogeneity: Cochran's Q, and
I² = (Q − (k − 1))/Q, not below 0 (Higgins and Thompson 2002). The range in which a further trial's
true effect is expected: μ ± t(k − 2)·√(τ² + SE²) (Higgins, Thompson and Spiegelhalter 2009).

From two trials τ² can't be told, and the interval with one degree of freedom (t = 12.7) says
nothing (Gonnermann and others 2015, Biometrical Journal 57; Bender and others 2018, Research
Synthesis Methods 9). For them there is the mean under one common effect: weighted by 1/v_i,
standard error 1/√Σ(1/v_i), normal (inverse variance; Hedges and Olkin 1985, Statistical Methods for
Meta-Analysis, chapter 6). It holds for these trials alone, and only if the two effects are the
same; if not, it is an average of the two as they are weighted (Rice, Higgins and Lumley 2018,
Journal of the Royal Statistical Society A 181). Nothing keeps the interval of a share within the
100 points it can change by: figures stay as worked out, and words and pages cut them with a reason.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from voucher.core.errors import DomainError

LEVEL = 0.95
LEAST_FOR_PREDICTION = 3
TOLERANCES = (1e-10, 1e-8, 1e-6)
MOST_STEPS = 1000


class NotPoolable(DomainError):
    """These trials have no average; the message says why."""


@dataclass(frozen=True)
class Pooled:
    """The mean effect with its interval, and how the trials differ, in the effects' own unit.

    `weights`: shares of each trial, adding up to 1. The prediction is None with two trials.
    """

    trials: int
    estimate: float
    standard_error: float
    df: int
    ci_low: float
    ci_high: float
    p_value: float
    tau_squared: float
    i_squared: float
    q: float
    q_p_value: float
    prediction_low: float | None
    prediction_high: float | None
    weights: tuple[float, ...]


@dataclass(frozen=True)
class Common:
    """The mean of trials taken to have one effect, with its interval, in the effects' own unit."""

    trials: int
    estimate: float
    standard_error: float
    ci_low: float
    ci_high: float
    q: float
    q_p_value: float


def common_effect(estimates: Sequence[float], standard_errors: Sequence[float]) -> Common:
    """The mean of two or more trials that are taken to have the same effect; see the module.

    Raises NotPoolable as `pool` does.
    """
    import numpy as np
    from scipy import stats
    from statsmodels.stats.meta_analysis import combine_effects

    effects, errors = _checked(estimates, standard_errors)
    with np.errstate(divide="ignore", invalid="ignore"):  # trials that agree exactly: Q is 0
        found = combine_effects(effects, errors**2, "dl")
    mean, error = float(found.mean_effect_fe), float(found.sd_eff_w_fe)
    reach = float(stats.norm.ppf((1 + LEVEL) / 2)) * error
    q = float(found.q)
    return Common(
        trials=len(effects),
        estimate=mean,
        standard_error=error,
        ci_low=mean - reach,
        ci_high=mean + reach,
        q=q,
        q_p_value=float(stats.chi2.sf(q, len(effects) - 1)),
    )


def pool(estimates: Sequence[float], standard_errors: Sequence[float]) -> Pooled:
    """Pool two or more trials.

    Raises NotPoolable with fewer, with lists of different lengths, and where a standard error is
    not above nothing or a number is not finite.
    """
    from scipy import stats

    effects, errors = _checked(estimates, standard_errors)
    trials = len(effects)
    found = _combined(effects, errors**2)
    freedom = trials - 1
    tau_squared, mean = float(found.tau2), float(found.mean_effect_re)
    scale = max(1.0, float(found.scale_hksj_re))
    error = math.sqrt(scale / float(found.weights_re.sum()))
    reach = float(stats.t.ppf((1 + LEVEL) / 2, freedom)) * error
    beyond = _prediction_reach(trials, tau_squared, error)
    return Pooled(
        trials=trials,
        estimate=mean,
        standard_error=error,
        df=freedom,
        ci_low=mean - reach,
        ci_high=mean + reach,
        p_value=float(2 * stats.t.sf(abs(mean) / error, freedom)),
        tau_squared=tau_squared,
        i_squared=max(0.0, 1 - freedom / float(found.q)) if found.q > 0 else 0.0,
        q=float(found.q),
        q_p_value=float(stats.chi2.sf(found.q, freedom)),
        prediction_low=None if beyond is None else mean - beyond,
        prediction_high=None if beyond is None else mean + beyond,
        weights=tuple(float(each) for each in found.weights_re / found.weights_re.sum()),
    )


def _checked(estimates: Sequence[float], standard_errors: Sequence[float]) -> tuple[Any, Any]:
    import numpy as np

    if len(estimates) < 2:
        raise NotPoolable("One trial alone can’t be pooled: at least two are needed.")
    effects, errors = np.array(estimates, float), np.array(standard_errors, float)
    if effects.shape != errors.shape:
        raise NotPoolable("Every estimate needs its standard error.")
    if not (np.isfinite(effects).all() and np.isfinite(errors).all() and (errors > 0).all()):
        raise NotPoolable("Every estimate must be a number with a standard error above nothing.")
    return effects, errors


def _combined(effects: Any, variances: Any) -> Any:
    """statsmodels' combination, and never its τ² of nothing that is only a rounding error.

    Its iteration goes up to the solution and gives 0 once a step comes out beyond it, if only by
    the last digit. Q tells whether 0 is right; with another tolerance the steps end elsewhere.
    """
    import numpy as np
    from statsmodels.stats.meta_analysis import combine_effects

    for tolerance in TOLERANCES:
        with np.errstate(divide="ignore", invalid="ignore"):  # trials that agree exactly: Q is 0
            found = combine_effects(effects, variances, "pm", atol=tolerance, maxiter=MOST_STEPS)
        if found.tau2 > 0 or found.q <= len(effects) - 1:
            return found
    raise NotPoolable("How far the trials differ could not be worked out.")


def _prediction_reach(trials: int, tau_squared: float, error: float) -> float | None:
    from scipy import stats

    if trials < LEAST_FOR_PREDICTION:
        return None
    return float(stats.t.ppf((1 + LEVEL) / 2, trials - 2)) * math.sqrt(tau_squared + error**2)
