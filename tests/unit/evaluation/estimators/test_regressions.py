"""ANCOVA, Lin and CACE against the formulas in matrices; what can't be estimated is refused."""

from dataclasses import replace

import numpy as np
import pytest

from tests.unit.evaluation.estimators.trials import (
    assert_is,
    dummies,
    known,
    least_squares,
    made_trial,
    without,
)
from voucher.evaluation.estimators.instrument import cace
from voucher.evaluation.estimators.regressions import ancova, lin
from voucher.evaluation.estimators.residuals import unexplained
from voucher.evaluation.estimators.trial import Trial, Undefined

COLUMNS = [
    pytest.param(left_out, id="-".join(left_out) or "all")
    for left_out in ((), ("stratum",), ("covariates",))
]


def columns_of(rows):
    found = list(rows.covariates.values())
    return found if rows.stratum is None else [*found, *dummies(rows.stratum)]


def chosen(seed, left_out, clustered):
    whole = made_trial(seed)
    return without(whole, *left_out, *(() if clustered else ("cluster",)))


@pytest.mark.parametrize("unit", [1e-18, 1e-12, 1e12, 1e18])
@pytest.mark.parametrize("estimator", [ancova, lin, cace])
def test_the_unit_of_a_covariate_changes_nothing(estimator, unit):
    """Libraries take a column for nothing that is very small, or very large, beside the others."""
    whole = chosen(3, (), clustered=False)
    other = {name: values * unit for name, values in whole.covariates.items()}
    found, expected = estimator(replace(whole, covariates=other)), estimator(whole)
    assert found.estimate == pytest.approx(expected.estimate, rel=1e-9)
    assert found.standard_error == pytest.approx(expected.standard_error, rel=1e-9)


@pytest.mark.parametrize("beside_arm", [False, True])
def test_what_covariates_leave_unexplained_knows_no_unit(beside_arm):
    whole = chosen(3, (), clustered=False)
    other = {name: values * 1e12 for name, values in whole.covariates.items()}
    found = unexplained(replace(whole, covariates=other), beside_arm=beside_arm)
    expected = unexplained(whole, beside_arm=beside_arm)
    assert found.outcome == pytest.approx(expected.outcome, rel=1e-9, nan_ok=True)


@pytest.mark.parametrize("clustered", [False, True])
@pytest.mark.parametrize("left_out", COLUMNS)
def test_ancova(left_out, clustered):
    whole = chosen(3, left_out, clustered)
    rows = known(whole)
    columns = [np.ones(len(rows)), rows.offered.astype(float), *columns_of(rows)]
    expected = least_squares(rows.outcome, columns, 1, kind="HC2", clusters=rows.cluster)
    assert_is(ancova(whole), *expected)


@pytest.mark.parametrize("clustered", [False, True])
@pytest.mark.parametrize("left_out", COLUMNS)
def test_lin(left_out, clustered):
    whole = chosen(4, left_out, clustered)
    rows = known(whole)
    arm = rows.offered.astype(float)
    centred = [column - column.mean() for column in columns_of(rows)]
    columns = [np.ones(len(rows)), arm, *centred, *(arm * each for each in centred)]
    expected = least_squares(rows.outcome, columns, 1, kind="HC2", clusters=rows.cluster)
    assert_is(lin(whole), *expected)


def test_lin_without_covariates_is_the_stratified_difference():
    from voucher.evaluation.estimators.means import stratified

    whole = without(made_trial(5), "covariates", "cluster")
    assert lin(whole).estimate == pytest.approx(stratified(whole).estimate, rel=1e-12)


@pytest.mark.parametrize("clustered", [False, True])
@pytest.mark.parametrize(
    "left_out", [*COLUMNS, pytest.param(("stratum", "covariates"), id="alone")]
)
def test_cace(left_out, clustered):
    whole = chosen(6, left_out, clustered)
    rows = known(whole)
    beside = [np.ones(len(rows)), *columns_of(rows)]
    arm, used = rows.offered.astype(float), rows.take_up.astype(float)
    expected = least_squares(
        rows.outcome,
        [*beside, used],
        -1,
        instead=[*beside, arm],
        kind="HC1",
        clusters=rows.cluster,
    )
    found = cace(whole)
    assert_is(found, *expected)
    coefficient, error, _ = least_squares(
        used, [*beside, arm], -1, kind="HC1", clusters=rows.cluster
    )
    assert found.also["first_stage_f"] == pytest.approx((coefficient / error) ** 2, rel=1e-9)


def test_cace_alone_is_walds_ratio():
    whole = without(made_trial(7), "stratum", "covariates", "cluster")
    rows = known(whole)
    ratio = np.subtract(*(rows.outcome[arm].mean() for arm in (rows.offered, ~rows.offered)))
    ratio /= np.subtract(*(rows.take_up[arm].mean() for arm in (rows.offered, ~rows.offered)))
    assert cace(whole).estimate == pytest.approx(ratio, rel=1e-9)


def test_where_everybody_keeps_to_the_offer_the_first_stage_has_no_error():
    rows = without(made_trial(8), "stratum", "covariates", "cluster")
    kept = Trial(outcome=rows.outcome, offered=rows.offered, take_up=rows.offered)
    found = cace(kept)
    assert found.also["first_stage_f"] is None
    assert found.dropped_strata is None


def test_rows_without_a_covariate_are_left_out_and_counted():
    whole = made_trial(9)
    whole.covariates["size"][:10] = np.nan
    unknown = np.isnan(whole.covariates["size"]) & ~np.isnan(whole.outcome)
    found = ancova(whole)
    assert found.missing_covariate_treated == (unknown & whole.offered).sum()
    assert found.missing_covariate_comparison == (unknown & ~whole.offered).sum()
    analysed = ~np.isnan(whole.outcome) & ~unknown
    assert found.n_treated + found.n_comparison == analysed.sum()
    assert found.dropped_strata == ()


def altered(estimator, **columns):
    """The estimator on a small trial with some of its columns replaced."""
    rows = 8
    kept = {
        "outcome": np.array([1.0, 4, 2, 6, 3, 9, 5, 7]),
        "offered": np.arange(rows) % 2 == 1,
        "covariates": {"size": np.array([3.0, 1, 4, 1, 5, 9, 2, 6])},
        "take_up": np.arange(rows) % 4 == 1,
        **columns,
    }
    return estimator(Trial(**kept))


ARM = np.arange(8) % 2 == 1
SIZE = np.array([3.0, 1, 4, 1, 5, 9, 2, 6])
ONE_EACH = {f"row {row}": (np.arange(8) == row) * 1.0 for row in range(6)}


@pytest.mark.parametrize(
    ("estimator", "columns", "words"),
    [
        (ancova, {"covariates": {}}, "needs covariates or strata"),
        (ancova, {"covariates": {"size": np.ones(8)}}, "“size” is the same in every row"),
        (ancova, {"covariates": {"size": SIZE, "double": 2 * SIZE}}, "“double” can be made up"),
        (ancova, {"covariates": {"size": ARM * 1.0}}, "Perfect collinearity: “size”"),
        (lin, {"covariates": {"size": ARM * 1.0}}, "Perfect collinearity: “size”"),
        (ancova, {"covariates": {"size": np.array([1, 2, 3, np.inf, 1, 2, 3, 4])}}, "row 4"),
        (ancova, {"covariates": ONE_EACH}, "no freedom"),
        (ancova, {"stratum": np.array(list("aaaaaaab"))}, "“b”) is fitted by itself alone"),
        (ancova, {"covariates": {"last": (np.arange(8) == 7) * 1.0}}, "One row is fitted"),
        (ancova, {"cluster": np.array(["g"] * 8)}, "one cluster only"),
        (ancova, {"outcome": 2 * SIZE}, "no standard error"),
        (ancova, {"outcome": np.full(8, np.nan)}, "no row"),
        (cace, {"take_up": None}, "the column of the take-up"),
        (cace, {"take_up": np.ones(8, dtype=bool)}, "same take-up"),
        (cace, {"take_up": np.arange(8) % 4 < 2, "covariates": {}}, "the same in both arms"),
        (cace, {"covariates": {"size": ARM * 1.0}}, "the arm can be made up"),
        (cace, {"covariates": {"used": (np.arange(8) % 4 == 1) * 1.0}}, "the take-up can be"),
    ],
)
def test_what_does_not_exist_is_refused_with_a_reason(estimator, columns, words):
    with pytest.raises(Undefined) as refused:
        altered(estimator, **columns)
    assert words in str(refused.value)
