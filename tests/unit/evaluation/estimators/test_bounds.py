"""Lee's bounds on rows worked by hand: exact shares, ties, either arm, strata."""

import numpy as np
import pytest

from voucher.evaluation.estimators.bounds import lee, mean_of_part
from voucher.evaluation.estimators.trial import Trial, Undefined

NONE = np.nan


def bounds(outcome, offered, stratum=None):
    found = lee(
        Trial(
            outcome=np.array(outcome, dtype=float),
            offered=np.array(offered, dtype=bool),
            stratum=None if stratum is None else np.array(list(stratum)),
        )
    )
    return found, (found.also["lower"], found.also["upper"], found.also["trimmed_share"])


def test_the_last_answer_is_trimmed_in_part():
    # 4 of 4 offered answer, 2 of 3 of the comparison: a third of four answers goes, 8/3 stay.
    found, numbers = bounds([1, 2, 3, 6, 2, 4, NONE], [1, 1, 1, 1, 0, 0, 0])
    low, high = (1 + 2 + 3 * 2 / 3) / (8 / 3), (6 + 3 + 2 * 2 / 3) / (8 / 3)
    assert numbers == pytest.approx((low - 3, high - 3, 1 / 3))
    assert found.also["trimmed_arm"] == 1
    assert (found.n_treated, found.n_comparison) == (4, 2)
    assert (found.missing_outcome_treated, found.missing_outcome_comparison) == (0, 1)
    assert found.estimate is None
    assert found.p_value is None


def test_the_comparison_is_trimmed_where_it_answers_more_often():
    found, numbers = bounds([2, 4, NONE, 1, 2, 3, 6], [1, 1, 1, 0, 0, 0, 0])
    low, high = (1 + 2 + 3 * 2 / 3) / (8 / 3), (6 + 3 + 2 * 2 / 3) / (8 / 3)
    assert numbers == pytest.approx((3 - high, 3 - low, 1 / 3))
    assert found.also["trimmed_arm"] == 0


def test_where_both_answer_as_often_nothing_is_trimmed():
    found, numbers = bounds([1, 2, NONE, 4, 6, NONE], [1, 1, 1, 0, 0, 0])
    assert numbers == pytest.approx((-3.5, -3.5, 0))
    assert found.also["trimmed_arm"] is None


def test_ties_of_a_yes_and_no_outcome_do_not_collapse_the_bounds():
    outcome = [1] * 6 + [0] * 4 + [1] * 3 + [0] * 5 + [NONE] * 2
    _, numbers = bounds(outcome, [1] * 10 + [0] * 10)
    assert numbers == pytest.approx((4 / 8 - 3 / 8, 6 / 8 - 3 / 8, 0.2))


def test_strata_are_weighted_by_their_rows_and_those_without_an_answer_named():
    first = [1, 2, 3, 6, 2, 4, NONE]
    outcome = [*first, 5, 5, 1, 1, 7, NONE]
    offered = [1, 1, 1, 1, 0, 0, 0, 1, 1, 0, 0, 1, 0]
    found, numbers = bounds(outcome, offered, "aaaaaaabbbbcc")
    _, (low, high, share) = bounds(first, offered[:7])
    expected = (7 / 11 * low + 4 / 11 * 4, 7 / 11 * high + 4 / 11 * 4, 7 / 11 * share)
    assert numbers == pytest.approx(expected)
    assert found.dropped_strata == ("c",)
    assert (found.n_treated, found.n_comparison) == (6, 4)
    assert "trimmed_arm" not in found.also


@pytest.mark.parametrize(
    ("outcome", "words"),
    [([1, 2, NONE, NONE], "no known outcome"), ([1, np.inf, 2, 3], "infinite in row 2")],
)
def test_what_does_not_exist_is_refused_with_a_reason(outcome, words):
    with pytest.raises(Undefined, match=words):
        bounds(outcome, [1, 1, 0, 0])


def test_the_mean_of_a_part_takes_from_the_end_that_is_asked_for():
    values = np.array([4.0, 1, 3])
    assert mean_of_part(values, 1.5, lowest=True) == pytest.approx((1 + 3 / 2) / 1.5)
    assert mean_of_part(values, 1.5, lowest=False) == pytest.approx((4 + 3 / 2) / 1.5)
