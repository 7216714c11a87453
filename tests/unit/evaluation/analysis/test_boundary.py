"""The attrition boundary is the handbook's, and its model's."""

from statistics import NormalDist

import pytest

from voucher.evaluation.analysis.boundary import TABLE, is_above_boundary

NORMAL = NormalDist()
OFFERED, COMPARISON = 0.45, 0.39
"""How the propensity to answer goes with the outcome, in the cautious model."""
TOLERATED = 0.055
"""Standard deviations of bias: the handbook's 0.05, as it comes out rounded."""
FIRST = 3
"""Per cent missing of all from which on equal groups can be so far apart at all."""


@pytest.mark.parametrize(
    ("missing", "drawn", "above"),
    [
        ((0, 0), (100, 100), False),
        ((10, 16), (100, 100), False),
        ((10, 17), (100, 100), True),
        ((28, 32), (100, 100), False),
        ((27, 32), (100, 100), True),
        ((57, 57), (100, 100), False),
        ((58, 58), (100, 100), True),
        ((100, 50), (200, 100), False),
        ((19, 20), (20, 20), True),
    ],
)
def test_attrition_counts_by_its_size_alone(missing, drawn, above):
    assert is_above_boundary(missing, drawn) is above


def model_bias(answered: float, apart: float) -> float:
    """Of the difference in means, in standard deviations: each group's mean among those who answer,
    of a standard normal outcome that goes with the propensity to answer (truncated normal)."""

    def among_answers(share: float) -> float:
        return NORMAL.pdf(NORMAL.inv_cdf(share)) / share

    return OFFERED * among_answers(answered - apart / 2) - COMPARISON * among_answers(
        answered + apart / 2
    )


def largest_apart(answered: float) -> float:
    """The difference between the groups at which the bias is just tolerated, by halving."""
    low, high = 0.0, min(2 * (1 - answered), 2 * answered) - 1e-9
    for _ in range(60):
        middle = (low + high) / 2
        if model_bias(answered, middle) > TOLERATED:
            high = middle
        else:
            low = middle
    return low


@pytest.mark.parametrize("missing", range(FIRST, len(TABLE)))
def test_the_table_is_what_its_model_gives(missing: int) -> None:
    assert TABLE[missing] == pytest.approx(100 * largest_apart(1 - missing / 100), abs=0.1)


def test_the_model_leaves_nothing_above_the_table() -> None:
    beyond = 1 - len(TABLE) / 100
    assert model_bias(beyond, 0) > TOLERATED
    assert model_bias(beyond + 0.01, 0) < TOLERATED


@pytest.mark.parametrize(("whole", "allowed"), list(enumerate(TABLE)))
def test_exactly_what_the_table_allows_is_within_it(whole: int, allowed: float) -> None:
    """In groups of 2,000, where a tenth of a point is two businesses."""
    apart = min(round(20 * allowed), 40 * whole)
    few = (40 * whole - apart) // 2
    missing = (few, few + apart)
    assert not is_above_boundary(missing, (2000, 2000))
    assert not is_above_boundary((missing[1], missing[0]), (2000, 2000))
    if round(20 * allowed) + 2 <= 40 * whole:
        assert is_above_boundary((few - 1, few + apart + 1), (2000, 2000))
