"""The effect on those who use their voucher because they were offered one (CACE)."""

from typing import Any

import numpy as np

from voucher.evaluation.estimators.inference import with_t
from voucher.evaluation.estimators.regressions import (
    ARM,
    Design,
    Groups,
    adjustments,
    clusters_of,
    dropped_of,
    intercept,
    least_squares,
    require_full_rank,
)
from voucher.evaluation.estimators.trial import (
    ROUNDING,
    Estimate,
    Numbers,
    Trial,
    Undefined,
    complete,
    require_spread,
)

TAKE_UP = "the take-up"


def cace(trial: Trial) -> Estimate:
    """The complier average causal effect: take-up instrumented by the offer (Imbens and Angrist
    1994), by two-stage least squares with HC1 and t with n − k.

    Beside it covariates and a dummy for each stratum but the first, where there are any. With
    clusters: CR1 as in Stata, t with G − 1. With weights the squares are weighted. `first_stage_f`
    is the square of the offer's t in the regression of take-up on the same columns, with the same
    kind of standard error; None where the offer settles the take-up of every row, so that the first
    stage has no error.
    Raises Undefined where the offer moves nobody's take-up.
    """
    from linearmodels.iv import IV2SLS

    if trial.take_up is None:
        raise Undefined("This estimator needs the column of the take-up (--takeup).")
    kept = complete(trial)
    columns, names = adjustments(kept, needed=False)
    exogenous = intercept(len(kept)).joined(columns, names)
    offer, used = kept.offered.astype(float), np.asarray(kept.take_up, dtype=float)
    _require_moved(exogenous, offer, used, kept.weight)
    groups = clusters_of(kept)
    model = IV2SLS(kept.outcome, exogenous.columns, used, offer, weights=kept.weight)
    fit = model.fit(**_covariance(groups))
    # Where nothing is left unexplained, rounding can make the variance less than nothing: the
    # standard error is then no number, which `require_spread` refuses.
    with np.errstate(invalid="ignore"):
        standard_error = float(fit.std_errors.iloc[-1])
    require_spread(standard_error, kept.outcome)
    freedom = len(kept) - fit.params.size if groups is None else int(groups.max())
    found = with_t(
        fit.params.iloc[-1],
        standard_error,
        freedom,
        dropped_strata=dropped_of(trial),
        also={"first_stage_f": _first_stage(exogenous, kept, groups)},
    )
    return found.counting(trial, kept)


def _require_moved(
    exogenous: Design, offer: Numbers, used: Numbers, weight: Numbers | None
) -> None:
    if np.ptp(used) == 0:
        raise Undefined("Every row has the same take-up, so there is nobody whom the offer moved.")
    require_full_rank(exogenous.joined([offer], [ARM]))
    require_full_rank(exogenous.joined([used], [TAKE_UP]))
    scale = np.ones(len(used)) if weight is None else np.sqrt(weight)
    columns = exogenous.joined([offer], [ARM]).columns * scale[:, None]
    moved = np.linalg.lstsq(columns, used * scale)[0][-1]
    if abs(moved) < ROUNDING:
        raise Undefined(
            "Take-up is the same in both arms, so there is nobody whom the offer moved."
        )


def _covariance(groups: Groups | None) -> dict[str, Any]:
    if groups is None:
        return {"cov_type": "robust", "debiased": True}
    return {"cov_type": "clustered", "clusters": groups, "debiased": True}


def _first_stage(exogenous: Design, kept: Trial, groups: Groups | None) -> float | None:
    columns = exogenous.joined([kept.offered.astype(float)], [ARM]).columns
    model = least_squares(np.asarray(kept.take_up, dtype=float), columns, kept.weight)
    if groups is None:
        fit = model.fit(cov_type="HC1", use_t=True)
    else:
        fit = model.fit(cov_type="cluster", cov_kwds={"groups": groups}, use_t=True)
    variance = float(fit.cov_params()[-1, -1])
    return None if variance < ROUNDING**2 else float(fit.params[-1] ** 2 / variance)
