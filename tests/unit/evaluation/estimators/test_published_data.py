"""Every estimator on published randomised experiments, against what others computed from them.

The package `causaldata` (MIT licence; `pip install causaldata==0.1.5`, in requirements-dev.txt)
carries both. The National Supported Work demonstration, in the subset of Dehejia and Wahba (1999,
Journal of the American Statistical Association 94): 185 offered, 260 not; outcome: earnings in 1978
in dollars. Incentives to learn the result of a test (Thornton 2008, American Economic Review 98):
see `published`.
"""

import numpy as np
import pandas as pd
import pytest
import statsmodels.formula.api as smf
from causaldata import nsw_mixtape
from scipy import stats

from tests.unit.evaluation.estimators.published import incentives, incentives_as_published
from tests.unit.evaluation.estimators.trials import assert_is, known, least_squares, without
from voucher.evaluation.estimators.bounds import lee
from voucher.evaluation.estimators.instrument import cace
from voucher.evaluation.estimators.means import difference, stratified
from voucher.evaluation.estimators.randomisation import randomisation
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


def test_the_test_by_permutations_agrees_with_scipy(rows):
    plain = trial(rows)
    found = randomisation(plain, permutations=5_000, seed=3)
    arms = (plain.outcome[plain.offered], plain.outcome[~plain.offered])
    theirs = stats.permutation_test(
        arms, lambda one, other: one.mean() - other.mean(), n_resamples=5_000, rng=4
    )
    assert found.estimate == pytest.approx(theirs.statistic, rel=1e-9)
    assert found.p_value == pytest.approx(theirs.pvalue, abs=6 * found.also["monte_carlo_error"])


def test_lees_bounds_of_those_who_worked(rows):
    """Earnings of those who had any, as in Lee (2009): more of the offered did. Trimmed here by
    copying every answer so often that whole copies can be cut off."""
    plain = trial(rows)
    earned = np.where(plain.outcome > 0, plain.outcome, np.nan)
    found = lee(Trial(outcome=earned, offered=plain.offered)).also
    offered, other = (
        np.sort(earned[arm & ~np.isnan(earned)]) for arm in (plain.offered, ~plain.offered)
    )
    n1, n0 = int(plain.offered.sum()), int((~plain.offered).sum())
    share = 1 - (len(other) / n0) / (len(offered) / n1)
    # Of each of the offered, n0 × len(offered) copies: those kept are then a whole number.
    copies = np.repeat(offered, n0)
    kept = len(other) * n1
    assert found["trimmed_arm"] == 1
    assert found["trimmed_share"] == pytest.approx(share, rel=1e-9)
    bounds = (copies[:kept].mean() - other.mean(), copies[-kept:].mean() - other.mean())
    assert (found["lower"], found["upper"]) == pytest.approx(bounds, rel=1e-9)


@pytest.mark.parametrize("clustered", [False, True])
def test_ancova_on_the_incentives_is_what_statsmodels_gives(clustered):
    plain = incentives_as_published()
    kept = without(plain, "stratum", *([] if clustered else ["cluster"]))
    columns = {"y": plain.outcome, "treat": plain.offered * 1.0, **plain.covariates}
    model = smf.ols("y ~ treat + distance", pd.DataFrame(columns))
    codes = pd.factorize(plain.cluster)[0]
    fit = (
        model.fit(cov_type="cluster", cov_kwds={"groups": codes}, use_t=True)
        if clustered
        else model.fit(cov_type="HC2", use_t=True)
    )
    assert_is_statsmodels(ancova(kept), fit)


@pytest.mark.parametrize("clustered", [False, True])
def test_the_effect_on_those_who_learned_their_result(clustered):
    plain = known(incentives())
    kept = without(plain, "stratum", "covariates", *([] if clustered else ["cluster"]))
    ones = np.ones(len(plain))
    used, offered = plain.take_up * 1.0, plain.offered * 1.0
    expected = least_squares(
        plain.outcome,
        [ones, used],
        1,
        instead=[ones, offered],
        kind="HC1",
        clusters=plain.cluster if clustered else None,
    )
    found = cace(kept)
    assert_is(found, *expected)
    apart = plain.outcome[plain.offered].mean() - plain.outcome[~plain.offered].mean()
    moved = used[plain.offered].mean() - used[~plain.offered].mean()
    assert found.estimate == pytest.approx(apart / moved, rel=1e-9)
