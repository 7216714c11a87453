"""The rows of a trial, checked, and those of them that an estimate is made of."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from voucher.evaluation.estimators.undefined import Undefined

__all__ = ["Flags", "Labels", "Numbers", "Trial", "Undefined"]

Numbers = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
Labels = npt.NDArray[Any]
ROUNDING = 1e-12
"""What a spread may be, as a share of the size of the numbers, and still be rounding alone."""


_MAY_BE_NONE = ("stratum", "take_up", "cluster", "weight", "block")


@dataclass(frozen=True)
class Trial:
    """One row for each business that was drawn or not, n of them; all arrays are of length n.

    `outcome` and the covariates may hold NaN where nothing is known; `offered` is true for those
    offered a voucher by lot, false for the comparison. `stratum` and `cluster` are labels,
    `take_up` is true for those who used what they were offered. `weight`: what a row counts for in
    its arm and stratum, above nothing; NaN leaves it out. `block`: what the arms were drawn within,
    where a stratum is several of them joined; a block's rows of an arm have one weight.
    """

    outcome: Numbers
    offered: Flags
    stratum: Labels | None = None
    covariates: Mapping[str, Numbers] = field(default_factory=dict)
    take_up: Flags | None = None
    cluster: Labels | None = None
    weight: Numbers | None = None
    block: Labels | None = None

    def __len__(self) -> int:
        return len(self.outcome)

    def __post_init__(self) -> None:
        columns = (self.offered, *(getattr(self, name) for name in _MAY_BE_NONE))
        lengths = {len(one) for one in (*columns, *self.covariates.values()) if one is not None}
        if lengths != {len(self.outcome)}:
            raise ValueError("The columns of a trial must be of one length.")

    def only(self, wanted: Flags) -> "Trial":
        """The rows that are wanted, in their order."""
        columns = {name: getattr(self, name) for name in _MAY_BE_NONE}
        return Trial(
            outcome=self.outcome[wanted],
            offered=self.offered[wanted],
            covariates={name: values[wanted] for name, values in self.covariates.items()},
            **{name: None if one is None else one[wanted] for name, one in columns.items()},
        )


@dataclass(frozen=True)
class Estimate:
    """What an estimator found, in the outcome's own unit. What does not apply to it is None.

    The interval is of 95 %. `n_…` are the rows that the estimate was made of, `missing_…` those
    that were left out, by arm. `also` holds what belongs to one estimator alone.
    """

    estimate: float | None = None
    standard_error: float | None = None
    df: float | None = None
    ci_low: float | None = None
    ci_high: float | None = None
    p_value: float | None = None
    n_treated: int = 0
    n_comparison: int = 0
    dropped_strata: tuple[str, ...] | None = None
    missing_outcome_treated: int = 0
    missing_outcome_comparison: int = 0
    missing_covariate_treated: int = 0
    missing_covariate_comparison: int = 0
    also: Mapping[str, Any] = field(default_factory=dict)

    def counting(self, whole: Trial, *kept: Trial) -> "Estimate":
        """This estimate with the counts of the rows it was made of and of those it was not."""
        no_outcome = np.isnan(whole.outcome)
        no_covariate = ~no_outcome & _missing(whole.covariates, len(whole))
        return replace(
            self,
            n_treated=sum(int(each.offered.sum()) for each in kept),
            n_comparison=sum(int((~each.offered).sum()) for each in kept),
            missing_outcome_treated=int((no_outcome & whole.offered).sum()),
            missing_outcome_comparison=int((no_outcome & ~whole.offered).sum()),
            missing_covariate_treated=int((no_covariate & whole.offered).sum()),
            missing_covariate_comparison=int((no_covariate & ~whole.offered).sum()),
        )


def complete(trial: Trial) -> Trial:
    """The rows whose outcome and covariates (and weight, where there are any) are all known.

    Raises Undefined where one arm has none left, a number is infinite, or a weight is not above
    nothing.
    """
    require_finite("outcome", trial.outcome)
    for name, values in trial.covariates.items():
        require_finite(f"covariate “{name}”", values)
    kept = trial.only(is_complete(trial))
    require_both_arms(kept.offered)
    if kept.weight is not None and not (np.isfinite(kept.weight) & (kept.weight > 0)).all():
        raise Undefined("A weight must be a number above nothing.")
    return kept


def is_complete(trial: Trial) -> Flags:
    """Which rows have all that an estimate takes: outcome, covariates, and weight."""
    lacking = np.isnan(trial.outcome) | _missing(trial.covariates, len(trial))
    return ~lacking if trial.weight is None else ~(lacking | np.isnan(trial.weight))


def require_both_arms(offered: Flags, least: int = 1) -> None:
    """Raise Undefined unless each arm has at least so many rows."""
    for count, name in ((offered.sum(), "offered (1)"), ((~offered).sum(), "comparison (0)")):
        if count < least:
            rows = "no row" if count == 0 else f"only {count} row"
            raise Undefined(f"The arm {name} has {rows} with a known outcome; {least} are needed.")


def require_spread(standard_error: float, outcome: Numbers) -> None:
    """Raise Undefined where the standard error is nothing, or rounding alone."""
    if not standard_error > ROUNDING * np.abs(outcome).max():
        raise Undefined(
            "The outcome leaves nothing unexplained, so there is no standard error to give."
        )


def by_stratum(trial: Trial) -> list[tuple[str, Trial]]:
    """The rows of each stratum, ordered by the stratum's label. Raises Undefined without strata."""
    if trial.stratum is None:
        raise Undefined("This estimator needs the column of the strata (--stratum).")
    return [(str(name), trial.only(trial.stratum == name)) for name in labels(trial.stratum)]


def labels(column: Labels) -> Sequence[Any]:
    """The different labels of a column, in order."""
    return list(np.unique(column))


def require_finite(name: str, values: Numbers) -> None:
    """Raise Undefined naming the first row with an infinite number."""
    if np.isinf(values).any():
        row = int(np.flatnonzero(np.isinf(values))[0]) + 1
        raise Undefined(f"The {name} is infinite in row {row}.")


def _missing(covariates: Mapping[str, Numbers], rows: int) -> Flags:
    missing = np.zeros(rows, dtype=bool)
    for values in covariates.values():
        missing |= np.isnan(values)
    return missing
