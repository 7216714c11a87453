"""The engine on a published randomised experiment, against what others computed from it.

The data are the National Supported Work demonstration's, in the subset of Dehejia and Wahba (1999,
Journal of the American Statistical Association 94), as the package `causaldata` (MIT licence)
carries them: 185 offered, 260 not; outcome: earnings in 1978 in dollars.
"""

import numpy as np
import pytest
import statsmodels.formula.api as smf
from causaldata import nsw_mixtape
from scipy import stats

from voucher.evaluation.estimators.means import difference, stratified
from voucher.evaluation.estimators.regressions import ancova, lin
from voucher.evaluation.estimators.trial import Trial

COVARIATES = ("age", "educ", "black", "hisp", "marr", "nodegree", "re74", "re75")


@pytest.fixture(scope="module")
def rows():
    return nsw_mixtape.load_pandas().data


def trial(rows, *, covariates=(), stratum=None):
    return Trial(
        outcome=rows["re78"].to_numpy(float),
        offered=rows["treat"].to_numpy() == 1,
        covariates={name: rows[name].to_numpy(float) for name in covariates},
        stratum=None if stratum is None else rows[stratum].astype(int).astype(str).to_numpy(),
    )


def test_the_published_effect(rows):
    found = difference(trial(rows))
    assert found.estimate == pytest.approx(1794.34, abs=0.01)  # their table 3: 1,794
    welch = stats.ttest_ind(
        *(rows["re78"].astype(float)[rows["treat"] == arm] for arm in (1, 0)), equal_var=False
    )
    assert found.df == pytest.approx(welch.df, rel=1e-9)
    assert found.p_value == pytest.approx(welch.pvalue, rel=1e-9)


def assert_is_statsmodels(found, fit):
    expected = (fit.params["treat"], fit.bse["treat"], fit.pvalues["treat"])
    assert (found.estimate, found.standard_error, found.p_value) == pytest.approx(
        expected, rel=1e-6
    )
    interval = tuple(fit.conf_int().loc["treat"])
    assert (found.ci_low, found.ci_high) == pytest.approx(interval, rel=1e-6)


def test_ancova_is_what_statsmodels_formulas_give(rows):
    formula = f"re78 ~ treat + {' + '.join(COVARIATES)}"
    fit = smf.ols(formula, rows).fit(cov_type="HC2", use_t=True)
    assert_is_statsmodels(ancova(trial(rows, covariates=COVARIATES)), fit)


def test_lin_is_what_statsmodels_formulas_give(rows):
    centred = " + ".join(f"center({name})" for name in COVARIATES)
    fit = smf.ols(f"re78 ~ treat * ({centred})", rows).fit(cov_type="HC2", use_t=True)
    assert_is_statsmodels(lin(trial(rows, covariates=COVARIATES)), fit)


def test_stratified_is_the_saturated_regression_averaged(rows):
    found = stratified(trial(rows, stratum="black"))
    fit = smf.ols("re78 ~ 0 + C(black) + C(black):treat", rows).fit(cov_type="HC2", use_t=True)
    share = rows["black"].mean()
    weights = np.array([0, 0, 1 - share, share])
    tested = fit.t_test(weights)
    expected = (float(tested.effect[0]), float(tested.sd[0, 0]), float(tested.pvalue))
    assert (found.estimate, found.standard_error, found.p_value) == pytest.approx(
        expected, rel=1e-6
    )
    assert found.df == fit.df_resid
