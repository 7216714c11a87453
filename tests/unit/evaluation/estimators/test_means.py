"""Differences in means, against scipy, formulas written out, and hand-worked rows."""

import numpy as np
import pytest
from scipy import stats

from tests.unit.evaluation.estimators.trials import assert_is, known, made_trial, without
from voucher.evaluation.estimators.means import difference, stratified
from voucher.evaluation.estimators.trial import Trial, Undefined


def trial(outcome, offered, stratum=None):
    return Trial(
        outcome=np.array(outcome, dtype=float),
        offered=np.array(offered, dtype=bool),
        stratum=None if stratum is None else np.array(list(stratum)),
    )


@pytest.mark.parametrize("seed", range(5))
def test_difference_is_welchs_test(seed):
    whole = without(made_trial(seed), "covariates")
    rows = known(whole)
    found = difference(whole)
    welch = stats.ttest_ind(
        rows.outcome[rows.offered], rows.outcome[~rows.offered], equal_var=False
    )
    interval = welch.confidence_interval()
    error = found.estimate / welch.statistic
    assert_is(
        found,
        rows.outcome[rows.offered].mean() - rows.outcome[~rows.offered].mean(),
        error,
        welch.df,
    )
    np.testing.assert_allclose([found.ci_low, found.ci_high], interval, rtol=1e-9)
    assert found.p_value == pytest.approx(welch.pvalue, rel=1e-9)
    assert found.dropped_strata is None


def test_rows_left_out_are_counted_by_arm():
    nothing = np.nan
    rows = Trial(
        outcome=np.array([1, 2, nothing, 4, 6, nothing, nothing, 5]),
        offered=np.array([1, 1, 1, 1, 0, 0, 0, 0], dtype=bool),
        covariates={"size": np.array([1, nothing, nothing, 3, nothing, nothing, 5, 5])},
    )
    with pytest.raises(Undefined):
        difference(rows)  # one row is left in the comparison
    found = difference(without(rows, "covariates"))
    assert (found.n_treated, found.n_comparison) == (3, 2)
    assert (found.missing_outcome_treated, found.missing_outcome_comparison) == (1, 2)
    assert (found.missing_covariate_treated, found.missing_covariate_comparison) == (0, 0)


@pytest.mark.parametrize("seed", range(5))
def test_stratified_is_the_formula(seed):
    whole = without(made_trial(seed), "covariates")
    rows = known(whole)
    estimate = variance = 0
    for name in set(rows.stratum):
        own = rows.stratum == name
        one, other = rows.outcome[own & rows.offered], rows.outcome[own & ~rows.offered]
        share = own.mean()
        estimate += share * (one.mean() - other.mean())
        variance += share**2 * (one.var(ddof=1) / len(one) + other.var(ddof=1) / len(other))
    found = stratified(whole)
    assert_is(found, estimate, np.sqrt(variance), len(rows) - 2 * len(set(rows.stratum)))
    assert found.dropped_strata == ()


def test_a_stratum_without_both_arms_is_left_out_and_named():
    rows = trial(
        [1, 2, 3, 5, 9, 9, np.nan, 4, 8, np.nan],
        [1, 1, 0, 0, 1, 1, 1, 0, 0, 0],
        "aaaabbcccd",
    )
    found = stratified(rows)
    assert found.dropped_strata == ("b", "c", "d")
    assert (found.n_treated, found.n_comparison) == (2, 2)
    assert found.estimate == -2.5
    assert found.standard_error == pytest.approx(np.sqrt(0.5 / 2 + 2 / 2))
    assert found.df == 2


def test_pairs_have_the_variance_of_their_differences():
    found = stratified(trial([5, 1, 7, 4, 9, 8], [1, 0, 0, 1, 1, 0], "aabbcc"))
    paired = stats.ttest_1samp([4, -3, 1], 0)
    assert found.df == 2
    assert found.p_value == pytest.approx(paired.pvalue)
    assert found.estimate == pytest.approx(2 / 3)


@pytest.mark.parametrize(
    ("outcome", "offered", "stratum", "words"),
    [
        ([1, 2, 3, 4], [1, 1, 1, 1], None, "comparison (0) has no row"),
        ([1, 2, 3, 4], [0, 0, 0, 0], None, "offered (1) has no row"),
        ([1, 2, 3, 4], [1, 0, 0, 0], None, "only 1 row"),
        ([1, 1, 2, 2], [1, 1, 0, 0], None, "no standard error"),
        ([0, 0, 0, 0], [1, 1, 0, 0], None, "no standard error"),
        ([1, np.inf, 2, 2], [1, 1, 0, 0], None, "infinite in row 2"),
        ([1, 2, 3, 4], [1, 1, 0, 0], "aabb", "No stratum has both arms"),
        ([1, 2, 3, 4, 5], [1, 0, 1, 0, 0], "aabbb", "“a” has only one row"),
        ([1, 2], [1, 0], "aa", "One pair"),
        ([2, 1, 3, 2], [1, 0, 1, 0], "aabb", "no standard error"),
    ],
)
def test_what_does_not_exist_is_refused_with_a_reason(outcome, offered, stratum, words):
    estimator = difference if stratum is None else stratified
    with pytest.raises(Undefined) as refused:
        estimator(trial(outcome, offered, stratum))
    assert words in str(refused.value)


def test_strata_are_needed_for_the_stratified_difference():
    with pytest.raises(Undefined, match="the column of the strata"):
        stratified(trial([1, 2, 3, 4], [1, 1, 0, 0]))


def test_columns_of_different_lengths_are_no_trial():
    with pytest.raises(ValueError, match="one length"):
        trial([1, 2, 3], [1, 0])
