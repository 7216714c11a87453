"""Weights: as in weighted least squares, and nothing changed where all weigh the same."""

from dataclasses import replace

import numpy as np
import pytest
import statsmodels.api as sm
from linearmodels.iv import IV2SLS

from tests.unit.evaluation.estimators.trials import dummies, known, made_trial, without
from voucher.evaluation.estimators.bounds import lee
from voucher.evaluation.estimators.instrument import cace
from voucher.evaluation.estimators.means import difference, stratified
from voucher.evaluation.estimators.registry import ESTIMATORS
from voucher.evaluation.estimators.regressions import ancova, lin
from voucher.evaluation.estimators.trial import Trial, Undefined


@pytest.fixture(scope="module")
def weighted():
    trial = made_trial(4, 120)
    return replace(trial, weight=np.random.default_rng(1).uniform(0.5, 2, len(trial)))


def assert_is_coefficient(found, fit, place):
    estimate, error = (
        np.asarray(fit.params)[place],
        np.sqrt(np.asarray(fit.cov_params())[place, place]),
    )
    assert found.estimate == pytest.approx(estimate, rel=1e-9)
    assert found.standard_error == pytest.approx(error, rel=1e-9)


def hc2(trial, columns):
    model = sm.WLS(trial.outcome, np.column_stack(columns), weights=trial.weight)
    return model.fit(cov_type="HC2", use_t=True)


def test_a_difference_is_that_of_weighted_least_squares(weighted):
    rows = known(weighted)
    fit = hc2(rows, [np.ones(len(rows)), rows.offered])
    assert_is_coefficient(difference(without(weighted, "covariates")), fit, 1)


def test_strata_are_those_of_a_saturated_regression(weighted):
    trial = without(weighted, "covariates")
    rows, shares = known(trial), []
    levels = [(rows.stratum == name).astype(float) for name in sorted(set(rows.stratum))]
    fit = hc2(rows, [*levels, *(level * rows.offered for level in levels)])
    shares = np.array([level.mean() for level in levels])
    contrast = np.concatenate([np.zeros(len(levels)), shares])
    found = stratified(trial)
    assert found.estimate == pytest.approx(contrast @ fit.params, rel=1e-9)
    variance = contrast @ fit.cov_params() @ contrast
    assert found.standard_error == pytest.approx(np.sqrt(variance), rel=1e-9)
    assert found.df == len(rows) - 2 * len(levels)


def test_regressions_are_weighted(weighted):
    rows = known(weighted)
    others = [*rows.covariates.values(), *dummies(rows.stratum)]
    ones, arm = np.ones(len(rows)), rows.offered.astype(float)
    assert_is_coefficient(
        ancova(replace(weighted, cluster=None)), hc2(rows, [ones, arm, *others]), 1
    )
    centred = [each - np.average(each, weights=rows.weight) for each in others]
    columns = [ones, arm, *centred, *(arm * each for each in centred)]
    assert_is_coefficient(lin(replace(weighted, cluster=None)), hc2(rows, columns), 1)


def test_two_stages_are_weighted(weighted):
    rows, trial = known(weighted), without(weighted, "covariates", "stratum", "cluster")
    model = IV2SLS(
        rows.outcome,
        np.ones(len(rows)),
        rows.take_up * 1.0,
        rows.offered * 1.0,
        weights=rows.weight,
    )
    fit = model.fit(cov_type="robust", debiased=True)
    found = cace(trial)
    assert found.estimate == pytest.approx(fit.params.iloc[-1], rel=1e-9)
    assert found.standard_error == pytest.approx(fit.std_errors.iloc[-1], rel=1e-9)


@pytest.mark.parametrize("name", ["difference", "stratified", "ancova", "lin", "cace", "lee"])
def test_equal_weights_change_nothing(weighted, name):
    trial = replace(weighted, cluster=None)
    trial = trial if name in ("ancova", "lin", "cace") else without(trial, "covariates")
    even, plain = (
        ESTIMATORS[name].estimate(replace(trial, weight=each))
        for each in (np.full(len(trial), 1.5), None)
    )
    assert even.n_treated == plain.n_treated
    keys = ("lower", "upper", "trimmed_share")
    for one, other in (
        *(
            (getattr(even, key), getattr(plain, key))
            for key in ("estimate", "standard_error", "df")
        ),
        *((even.also.get(key), plain.also.get(key)) for key in keys),
    ):
        assert (one is None) == (other is None)
        assert one is None or one == pytest.approx(other, rel=1e-9)


def test_rows_that_count_twice_are_trimmed_as_two():
    outcome, offered = [1, 2, 3, 6, 2, 4, np.nan], [1, 1, 1, 1, 0, 0, 0]
    twice = np.array([1, 2, 1, 1, 1, 1, 2.0])
    rows = np.repeat(np.arange(7), twice.astype(int))
    whole = Trial(outcome=np.array(outcome), offered=np.array(offered, bool))
    counted, written = lee(replace(whole, weight=twice)), lee(whole.only(rows))
    for key in ("lower", "upper", "trimmed_share"):
        assert counted.also[key] == pytest.approx(written.also[key])


def test_a_row_without_a_weight_is_left_out(weighted):
    some = weighted.weight.copy()
    some[:20] = np.nan
    trial = replace(weighted, cluster=None)
    left_out = ancova(replace(trial, weight=some))
    rest = ancova(trial.only(np.arange(len(trial)) >= 20))
    assert left_out.estimate == rest.estimate
    bounds = lee(without(replace(weighted, weight=some), "covariates"))
    assert bounds.n_treated + bounds.n_comparison < np.count_nonzero(~np.isnan(weighted.outcome))


@pytest.mark.parametrize("wrong", [0.0, -1.0, np.inf])
def test_a_weight_must_be_above_nothing(weighted, wrong):
    with pytest.raises(Undefined, match="above nothing"):
        difference(
            replace(without(weighted, "covariates"), weight=np.where(weighted.offered, 1.0, wrong))
        )
