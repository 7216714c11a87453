"""Effects by least squares: with covariates (ANCOVA), and fully interacted (Lin 2013)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from voucher.evaluation.estimators.inference import with_t
from voucher.evaluation.estimators.trial import (
    Estimate,
    Numbers,
    Trial,
    Undefined,
    complete,
    labels,
    require_spread,
)

Groups = npt.NDArray[np.intp]
ARM = "the arm"
LONGEST_LEVERAGE = 1 - 1e-9
"""A row whose leverage is above this is fitted by itself alone: HC2 divides by nothing."""


@dataclass(frozen=True)
class Design:
    """The columns of a regression, n × k, each with a name for messages."""

    columns: Numbers
    names: Sequence[str]

    def joined(self, columns: Sequence[Numbers], names: Sequence[str]) -> "Design":
        """This design with more columns to the right."""
        return Design(np.column_stack([self.columns, *columns]), [*self.names, *names])


def ancova(trial: Trial) -> Estimate:
    """The arm's coefficient beside covariates and, where there are strata, one dummy for each but
    the first: ordinary least squares with HC2 (MacKinnon and White 1985) and t with n − k.

    With clusters: CR1 as in Stata, G/(G − 1) · (n − 1)/(n − k), t with G − 1. With weights the
    squares are weighted.
    """
    kept = complete(trial)
    columns, names = adjustments(kept)
    design = intercept(len(kept)).joined([kept.offered.astype(float), *columns], [ARM, *names])
    return _fitted(trial, kept, design)


def lin(trial: Trial) -> Estimate:
    """As `ancova`, with covariates and dummies centred on the rows analysed (on their weighted
    means, where there are weights) and interacted with the arm (Lin 2013), so that the arm's
    coefficient is the mean effect."""
    kept = complete(trial)
    columns, names = adjustments(kept)
    means = [np.average(column, weights=kept.weight) for column in columns]
    centred = [column - mean for column, mean in zip(columns, means, strict=True)]
    arm = kept.offered.astype(float)
    design = intercept(len(kept)).joined([arm, *centred], [ARM, *names])
    design = design.joined([arm * each for each in centred], [f"{name} × arm" for name in names])
    return _fitted(trial, kept, design)


def intercept(rows: int) -> Design:
    """The column of ones that every regression begins with."""
    return Design(np.ones((rows, 1)), ["the constant"])


def adjustments(kept: Trial, *, needed: bool = True) -> tuple[list[Numbers], list[str]]:
    """The columns besides the arm: covariates, then a dummy for each stratum but the first.

    Each covariate is in a unit of its own, a power of two, in which none of it is above 1: the
    arm's coefficient knows no such unit, but the libraries' pseudo-inverse loses columns that are
    much larger or smaller than the others. Raises Undefined where there are none though some are
    needed, or where one is constant.
    """
    columns = [_scaled(values) for values in kept.covariates.values()]
    names = [f"“{name}”" for name in kept.covariates]
    for name, values in kept.covariates.items():
        if np.ptp(values) == 0:
            raise Undefined(f"The covariate “{name}” is the same in every row analysed.")
    if kept.stratum is not None:
        for label in labels(kept.stratum)[1:]:
            columns.append((kept.stratum == label).astype(float))
            names.append(f"stratum “{label}”")
    if needed and kept.stratum is None and not columns:
        raise Undefined("This estimator needs covariates or strata.")
    return columns, names


def _scaled(values: Numbers) -> Numbers:
    """The values divided by a power of two, so exactly, into −1 to 1."""
    _, exponent = np.frexp(np.abs(values).max())
    return np.asarray(np.ldexp(values, -int(exponent)))


def require_full_rank(design: Design) -> None:
    """Raise Undefined naming the first column that the ones before it already make up, or saying
    that there are more columns than rows leave freedom for."""
    rows, width = design.columns.shape
    if rows <= width:
        raise Undefined(
            f"{rows} rows leave no freedom for {width} coefficients and a standard error."
        )
    scaled = design.columns / np.abs(design.columns).max(axis=0)
    if np.linalg.matrix_rank(scaled) < width:
        ranks = [np.linalg.matrix_rank(scaled[:, : k + 1]) for k in range(width)]
        name = next(name for k, name in enumerate(design.names) if ranks[k] <= k)
        raise Undefined(f"Perfect collinearity: {name} can be made up of the columns before it.")


def clusters_of(kept: Trial) -> Groups | None:
    """The clusters as whole numbers, or None. Raises Undefined where there is only one."""
    if kept.cluster is None:
        return None
    different, numbers = np.unique(kept.cluster, return_inverse=True)
    if len(different) < 2:
        raise Undefined("There is one cluster only; at least two are needed.")
    return np.asarray(numbers, dtype=np.intp)


def dropped_of(trial: Trial) -> tuple[str, ...] | None:
    """A regression leaves no stratum out; without strata the question does not arise."""
    return None if trial.stratum is None else ()


def least_squares(outcome: Numbers, columns: Numbers, weights: Numbers | None) -> Any:
    """The model of statsmodels, not fitted yet: ordinary, or weighted where there are weights."""
    import statsmodels.api as sm

    if weights is None:
        return sm.OLS(outcome, columns)
    return sm.WLS(outcome, columns, weights=weights)


def _fitted(trial: Trial, kept: Trial, design: Design) -> Estimate:
    require_full_rank(design)
    groups = clusters_of(kept)
    model = least_squares(kept.outcome, design.columns, kept.weight)
    if groups is None:
        _require_no_row_alone(design, kept)
        fit = model.fit(cov_type="HC2", use_t=True)
        freedom = len(kept) - design.columns.shape[1]
    else:
        fit = model.fit(cov_type="cluster", cov_kwds={"groups": groups}, use_t=True)
        freedom = int(groups.max())
    standard_error = float(np.sqrt(fit.cov_params()[1, 1]))
    require_spread(standard_error, kept.outcome)
    found = with_t(fit.params[1], standard_error, freedom, dropped_strata=dropped_of(trial))
    return found.counting(trial, kept)


def _require_no_row_alone(design: Design, kept: Trial) -> None:
    scale = 1.0 if kept.weight is None else np.sqrt(kept.weight)[:, None]
    basis, _ = np.linalg.qr(design.columns * scale)
    leverage = (basis**2).sum(axis=1)
    if leverage.max() > LONGEST_LEVERAGE:
        row = int(leverage.argmax())
        where = "" if kept.stratum is None else f" (stratum “{kept.stratum[row]}”)"
        raise Undefined(
            f"One row{where} is fitted by itself alone, so HC2 is undefined. Join strata, or leave "
            "it out."
        )
