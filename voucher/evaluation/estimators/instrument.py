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
    clusters: CR1 as in Stata, t with G − 1. `first_stage_f` is the square of the offer's t in the
    regression of take-up on the same columns, with the same kind of standard error; None where
    the offer settles the take-up of every row, so that the first stage has no error.
    Raises Undefined where the offer moves nobody's take-up.
    """
    from linearmodels.iv import IV2SLS

    if trial.take_up is None:
        raise Undefined("This estimator needs the column of the take-up (--takeup).")
    kept = complete(trial)
    columns, names = adjustments(kept, needed=False)
    exogenous = intercept(len(kept)).joined(columns, names)
    offer, used = kept.offered.astype(float), np.asarray(kept.take_up, dtype=float)
    _require_moved(exogenous, offer, used)
    groups = clusters_of(kept)
    fit = IV2SLS(kept.outcome, exogenous.columns, used, offer).fit(**_covariance(groups))
    standard_error = float(fit.std_errors.iloc[-1])
    require_spread(standard_error, kept.outcome)
    freedom = len(kept) - fit.params.size if groups is None else int(groups.max())
    found = with_t(
        fit.params.iloc[-1],
        standard_error,
        freedom,
        dropped_strata=dropped_of(trial),
        also={"first_stage_f": _first_stage(exogenous, offer, used, groups)},
    )
    return found.counting(trial, kept)


def _require_moved(exogenous: Design, offer: Numbers, used: Numbers) -> None:
    if np.ptp(used) == 0:
        raise Undefined("Every row has the same take-up, so there is nobody whom the offer moved.")
    require_full_rank(exogenous.joined([offer], [ARM]))
    require_full_rank(exogenous.joined([used], [TAKE_UP]))
    moved = np.linalg.lstsq(exogenous.joined([offer], [ARM]).columns, used)[0][-1]
    if abs(moved) < ROUNDING:
        raise Undefined(
            "Take-up is the same in both arms, so there is nobody whom the offer moved."
        )


def _covariance(groups: Groups | None) -> dict[str, Any]:
    if groups is None:
        return {"cov_type": "robust", "debiased": True}
    return {"cov_type": "clustered", "clusters": groups, "debiased": True}


def _first_stage(
    exogenous: Design, offer: Numbers, used: Numbers, groups: Groups | None
) -> float | None:
    import statsmodels.api as sm

    model = sm.OLS(used, np.column_stack([exogenous.columns, offer]))
    if groups is None:
        fit = model.fit(cov_type="HC1", use_t=True)
    else:
        fit = model.fit(cov_type="cluster", cov_kwds={"groups": groups}, use_t=True)
    variance = float(fit.cov_params()[-1, -1])
    return None if variance < ROUNDING**2 else float(fit.params[-1] ** 2 / variance)
