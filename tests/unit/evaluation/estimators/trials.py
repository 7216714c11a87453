"""Trials for the tests, and the plainest way to each number, in matrices, without our own code."""

import numpy as np
from scipy import stats

from voucher.evaluation.estimators.trial import Trial

COLUMNS = ("stratum", "covariates", "take_up", "cluster", "weight")


def made_trial(seed=1, rows=160, *, missing=0.1, strata=4):
    """A trial with every column; the outcome depends on all of them."""
    draw = np.random.default_rng(seed)
    stratum = np.array([f"s{number}" for number in draw.integers(0, strata, rows)])
    offered = draw.random(rows) < 0.5
    size, age = draw.normal(size=rows), draw.normal(5, 3, rows)
    take_up = offered & (draw.random(rows) < 0.6) | (draw.random(rows) < 0.05)
    outcome = 3 + size + 0.3 * age + 2 * take_up + (stratum == "s1") + draw.normal(size=rows)
    outcome[draw.random(rows) < missing] = np.nan
    return Trial(
        outcome=outcome,
        offered=offered,
        stratum=stratum,
        covariates={"size": size, "age": age},
        take_up=take_up,
        cluster=np.array([f"g{number}" for number in draw.integers(0, 25, rows)]),
    )


def without(trial, *columns):
    """The trial without some of its columns."""
    kept = {name: getattr(trial, name) for name in COLUMNS}
    kept.update({name: {} if name == "covariates" else None for name in columns})
    return Trial(outcome=trial.outcome, offered=trial.offered, **kept)


def known(trial):
    """The rows with a known outcome."""
    return trial.only(~np.isnan(trial.outcome))


def dummies(labels):
    """A column for each label but the first."""
    return [(labels == label).astype(float) for label in sorted(set(labels))[1:]]


def least_squares(outcome, columns, which, *, instead=None, kind, clusters=None):
    """Coefficient `which` with its standard error and degrees of freedom, by the formulas of a
    textbook. With `instead`, the columns of two-stage least squares' second stage are `columns`,
    and `instead` are the instruments."""
    x = np.column_stack(columns)
    z = x if instead is None else np.column_stack(instead)
    rows, width = x.shape
    projected = z @ np.linalg.inv(z.T @ z) @ z.T @ x
    bread = np.linalg.inv(projected.T @ projected)
    coefficients = bread @ projected.T @ outcome
    residuals = outcome - x @ coefficients
    if clusters is not None:
        groups = sorted(set(clusters))
        sums = [projected[clusters == name].T @ residuals[clusters == name] for name in groups]
        count = len(groups)
        factor = count / (count - 1) * (rows - 1) / (rows - width)
        meat, freedom = factor * sum(np.outer(each, each) for each in sums), count - 1
    else:
        leverage = np.einsum("ij,jk,ik->i", projected, bread, projected)
        weight = 1 / (1 - leverage) if kind == "HC2" else rows / (rows - width)
        meat = projected.T @ (projected * (weight * residuals**2)[:, None])
        freedom = rows - width
    variance = (bread @ meat @ bread)[which, which]
    return coefficients[which], np.sqrt(variance), freedom


def assert_is(found, estimate, error, freedom):
    """The estimate with its standard error, interval and p-value, to 1e-9 of each."""
    reach = stats.t.ppf(0.975, freedom) * error
    p_value = 2 * stats.t.cdf(-abs(estimate / error), freedom)
    expected = (estimate, error, freedom, estimate - reach, estimate + reach, p_value)
    names = ("estimate", "standard_error", "df", "ci_low", "ci_high", "p_value")
    np.testing.assert_allclose([getattr(found, name) for name in names], expected, rtol=1e-9)
