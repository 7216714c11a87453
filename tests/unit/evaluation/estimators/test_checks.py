"""Balance, attrition and many outcomes, by hand."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from statsmodels.stats.multitest import multipletests

from voucher.evaluation.estimators.checks import adjusted, attrition, balance
from voucher.evaluation.estimators.trial import Trial, Undefined

NONE = np.nan


def trial(outcome, offered, **covariates):
    columns = {name: np.array(values, dtype=float) for name, values in covariates.items()}
    return Trial(
        outcome=np.array(outcome, dtype=float),
        offered=np.array(offered, dtype=bool),
        covariates=columns,
    )


def test_balance_is_the_standardised_difference():
    found = balance(trial([1, 2, 3, 4, 5], [1, 1, 0, 0, 0], size=[4, 8, 1, 5, NONE], flat=[2] * 5))
    size = found["size"]
    assert (size.mean_treated, size.mean_comparison) == (6, 3)
    assert (size.n_treated, size.n_comparison) == (2, 2)
    assert size.standardised == pytest.approx(3 / np.sqrt(8))
    assert found["flat"].standardised is None


def test_a_covariate_hardly_known_has_no_balance():
    with pytest.raises(Undefined):
        balance(trial([1, 2, 3, 4], [1, 1, 0, 0], size=[1, NONE, 3, 4]))


def test_attrition_is_the_difference_in_response():
    found = attrition(trial([1, 2, 3, NONE, 5, NONE, NONE, 8], [1, 1, 1, 1, 0, 0, 0, 0]))
    assert found.estimate == 0.25
    assert found.standard_error == pytest.approx(np.sqrt((3 / 16 + 1 / 4) / 3))
    assert (found.n_treated, found.n_comparison) == (4, 4)


@pytest.mark.parametrize(("outcome", "apart"), [([1, 2, 3, 4], 0), ([1, 2, NONE, NONE], 1)])
def test_without_any_variation_there_is_no_standard_error(outcome, apart):
    found = attrition(trial(outcome, [1, 1, 0, 0]))
    assert found.estimate == apart
    assert found.standard_error is None
    assert (found.n_treated, found.n_comparison) == (2, 2)


def test_attrition_needs_two_of_each_arm():
    with pytest.raises(Undefined):
        attrition(trial([1, 2, 3], [1, 1, 0]))


def test_p_values_among_many():
    found = adjusted({"in use": 0.01, "hours": 0.04, "staff": 0.03})
    assert found["in use"]["holm"] == pytest.approx(0.03)
    assert found["staff"]["holm"] == pytest.approx(0.06)
    assert found["hours"]["holm"] == pytest.approx(0.06)
    assert found["hours"]["benjamini_hochberg"] == pytest.approx(0.04)
    assert found["in use"]["benjamini_hochberg"] == pytest.approx(0.03)
    assert adjusted({}) == {}
    with pytest.raises(Undefined):
        adjusted({"in use": 1.1})


@given(st.lists(st.floats(0, 1), min_size=1, max_size=12))
@settings(max_examples=60)
def test_adjusted_p_values_are_those_of_statsmodels(p_values):
    found = adjusted({str(place): value for place, value in enumerate(p_values)})
    for name, method in (("holm", "holm"), ("benjamini_hochberg", "fdr_bh")):
        theirs = multipletests(p_values, method=method)[1]
        ours = [found[str(place)][name] for place in range(len(p_values))]
        assert ours == pytest.approx(list(theirs), abs=1e-12)
