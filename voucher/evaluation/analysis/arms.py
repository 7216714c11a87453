"""The arms of a trial set side by side: means, ratio, missing answers.

Where the estimator allows for strata, so do these: an offer need not be as likely in each stratum
(places are shared by largest remainder), so plain means would compare unlike mixtures of strata.
An arm's mean is that of its strata's means, each weighted by its share of the known outcomes of
both arms (direct standardisation), joined as for the estimate. So the means beside `stratified`
differ by its estimate exactly.
"""

import math
from dataclasses import replace
from typing import Any

import numpy as np
from scipy import stats

from voucher.evaluation.analysis.plain import INFERENCE, inference, or_reason
from voucher.evaluation.analysis.strata import joined
from voucher.evaluation.analysis.waves import CLOSED, NOT_DUE
from voucher.evaluation.estimators.checks import attrition
from voucher.evaluation.estimators.inference import LEVEL
from voucher.evaluation.estimators.means import parts_of, standardised_means
from voucher.evaluation.estimators.trial import Flags, Trial, Undefined

FEWEST_FOR_A_VARIANCE = 2


def arm_means(trial: Trial) -> dict[str, Any]:
    """Mean and number of known outcomes by arm, standardised to the strata; of nobody None.

    The number is of all known. A stratum in which one arm has none is left out of the means; where
    every one is, they are plain.
    """
    known = ~np.isnan(trial.outcome)
    means = standardised_means(trial)
    found: dict[str, Any] = {}
    for place, (name, arm) in enumerate(_arms(trial)):
        values = trial.outcome[known & arm]
        plain = float(values.mean()) if len(values) else None
        found[f"mean_{name}"] = plain if means is None else means[place]
        found[f"n_{name}"] = len(values)
    return found


def katz(trial: Trial) -> dict[str, float]:
    """The share among the offered as a multiple of that in the comparison, of known outcomes.

    Interval of 95 % on the logarithm: √(1/a − 1/n₁ + 1/c − 1/n₀), a and c those with the outcome
    (Katz, Baptista, Azen and Pike 1978, Biometrics 34). With strata √(V₁/p₁² + V₀/p₀²), where p is
    the standardised share and V = Σ(n_b/n)²p_b(1 − p_b)/n_zb its variance: the same where there is
    one stratum. Raises Undefined where in an arm nobody or everybody has the outcome, so that its
    share has no variance.
    """
    parts = parts_of(trial)
    shares = [sum(share * arms[z].mean for share, arms in parts) for z in (0, 1)]
    variances = [sum(share**2 * arms[z].variance_of_share for share, arms in parts) for z in (0, 1)]
    if not all(share > 0 for share in (*shares, *variances)):
        raise Undefined(
            "In one group nobody or everybody has the outcome, so there is no ratio with an"
            " interval."
        )
    spread = math.sqrt(sum(v / p**2 for v, p in zip(variances, shares, strict=True)))
    reach = float(stats.norm.ppf((1 + LEVEL) / 2)) * spread
    ratio = shares[0] / shares[1]
    low, high = ratio * math.exp(-reach), ratio * math.exp(reach)
    return {"estimate": ratio, "ci_low": low, "ci_high": high}


def attrition_findings(
    trial: Trial, fewest: int = 0, standing: str = CLOSED, gone: Flags | None = None
) -> dict[str, Any]:
    """How many outcomes are missing by arm, and how far the missing shares lie apart, tested.

    Per arm: known, `missing`, `not_due` and `gone` make all. `standing`: of the follow-up at the
    cut; while it is not due nothing is missing. `gone`: who is no longer on the register, a
    category of its own. `difference`: share missing among the offered less that in the comparison,
    in its interval, of all but those, within the strata as drawn where there are any (joined where
    an arm has fewer businesses than `fewest`, or than have a variance); the shares beside it are
    plain. Interval and p-value are None where an arm is too small, all or none are missing, or it
    is not due.
    """
    ended = np.zeros(len(trial), dtype=bool) if gone is None else gone
    waits = np.isnan(trial.outcome) & ~ended & (standing == NOT_DUE)
    asked = trial.only(~ended & ~waits)
    missing = np.isnan(asked.outcome)
    found: dict[str, Any] = {"standing": standing}
    for (name, arm), (_, all_of) in zip(_arms(asked), _arms(trial), strict=True):
        found[f"missing_{name}"] = int(missing[arm].sum())
        found[f"not_due_{name}"] = int(waits[all_of].sum())
        found[f"gone_{name}"] = int(ended[all_of].sum())
        found[f"share_missing_{name}"] = float(missing[arm].mean()) if arm.any() else None
    told = _tested(asked, max(fewest, FEWEST_FOR_A_VARIANCE))
    return {
        **found,
        "difference": _opposite(told["estimate"]),
        "ci_low": _opposite(told["ci_high"]),
        "ci_high": _opposite(told["ci_low"]),
        "p_value": told["p_value"],
    }


def _tested(trial: Trial, fewest: int) -> dict[str, Any]:
    """The difference in answers; strata are joined by who was drawn, so nothing counts as missing
    while they are. Of nobody there is none."""
    if not len(trial):
        return dict.fromkeys(INFERENCE)
    whole = replace(trial, outcome=np.isnan(trial.outcome).astype(float), covariates={})
    drawn, _ = joined(whole, fewest)
    answers = replace(drawn, outcome=np.where(drawn.outcome == 1, np.nan, 0.0))
    tested, _ = or_reason(lambda: inference(attrition(answers)))
    return tested or dict.fromkeys(INFERENCE)


def _arms(trial: Trial) -> tuple[tuple[str, Flags], tuple[str, Flags]]:
    return ("offered", trial.offered), ("comparison", ~trial.offered)


def _opposite(number: float | None) -> float | None:
    return None if number is None else 0.0 - number
