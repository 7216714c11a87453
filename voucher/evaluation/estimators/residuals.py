"""The outcome less what was to be expected of each business from what was known before the draw."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from voucher.evaluation.estimators.regressions import ARM, adjustments, intercept, require_full_rank
from voucher.evaluation.estimators.trial import Numbers, Trial, complete, is_complete


def unexplained(trial: Trial, *, beside_arm: bool = False) -> Trial:
    """The trial with Y − (X − X̄)β in place of the outcome and no covariates left: NaN where the
    outcome or a covariate is not known.

    β is that of least squares on the covariates and a dummy for each stratum but the first, without
    the arm: then it is the same however the arms had been drawn, and Fisher's test of what is left
    is exact (Rosenbaum 2002, Statistical Science 17). So it takes no weights, which are those of
    the arm that a row was drawn into. `beside_arm`: β as in `ancova`, weighted where that is, so
    that without strata the difference in means of what is left is that estimate. Raises Undefined
    as `ancova` does.
    """
    kept = complete(trial)
    columns, names = adjustments(kept, needed=False)
    arm = [kept.offered.astype(float)] if beside_arm else []
    design = intercept(len(kept)).joined([*arm, *columns], [*([ARM] if arm else []), *names])
    require_full_rank(design)
    weight = kept.weight if beside_arm else None
    scale = np.ones(len(kept)) if weight is None else np.sqrt(weight)
    fitted = np.linalg.lstsq(design.columns * scale[:, None], kept.outcome * scale)[0]
    left = np.full(len(trial), np.nan)
    covariates = columns[: len(kept.covariates)]  # the dummies of strata come after them
    coefficients = [float(each) for each in fitted[1 + len(arm) :]]
    left[is_complete(trial)] = kept.outcome - _expected(covariates, coefficients, weight)
    return replace(trial, outcome=left, covariates={})


def _expected(
    covariates: Sequence[Numbers], coefficients: Sequence[float], weight: Numbers | None
) -> Numbers | float:
    """What the covariates add or take, about their means."""
    return sum(
        coefficient * (values - np.average(values, weights=weight))
        for values, coefficient in zip(covariates, coefficients, strict=False)
    )
