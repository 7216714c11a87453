"""The best assignment: as good as the linear programme's optimum, proved, even and seeded."""

import math
from fractions import Fraction
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from voucher.matching import assignment
from voucher.matching.assignment import (
    ALL_FULL,
    NO_CAPACITY,
    NO_GAIN,
    NO_OPTIONS,
    Market,
    NoProof,
    assign,
    whole_worths,
)
from voucher.matching.prices import shadow_prices

SCORES = st.one_of(
    st.floats(-1, 1, allow_nan=False),
    st.integers(-2, 4).map(float),
    st.integers(0, 20).map(lambda n: n / 20),
    st.sampled_from([1e-300, 1e-9, 1e9, 1e300, 5e-324, 0.0, -0.0, 1 / 3]),
)
OPTIONS = st.lists(st.tuples(st.integers(0, 9), st.integers(0, 5), SCORES), max_size=40)
CAPACITY = st.lists(st.integers(0, 4), min_size=6, max_size=6)


def market_of(options, capacity, needs=10):
    return Market(
        [f"n{i}" for i in range(needs)],
        [f"o{j}" for j in range(len(capacity))],
        np.array([need for need, _, _ in options], dtype=np.int64),
        np.array([offering for _, offering, _ in options], dtype=np.int64),
        np.array([score for _, _, score in options], dtype=np.float64),
        np.array(capacity, dtype=np.int64),
    )


def loads_of(market, found):
    taken = found.option_of[found.option_of >= 0]
    return np.bincount(market.offering_of[taken], minlength=len(market.offerings))


def linear_optimum(options, capacity):
    """The optimum by another method: the simplex algorithm on the linear programme."""
    if not options:
        return 0
    left, right, scores = map(np.array, zip(*options, strict=True))
    rows = np.vstack([np.arange(10)[:, None] == left, np.arange(len(capacity))[:, None] == right])
    room = [1] * 10 + capacity
    return -linprog(-scores, A_ub=rows, b_ub=room, bounds=(0, 1), method="highs-ds").fun


@given(OPTIONS, CAPACITY)
@settings(max_examples=300)
def test_capacities_hold_and_the_bound_is_met(options, capacity):
    market = market_of(options, capacity)
    found = assign(market)
    assert (loads_of(market, found) <= capacity).all()
    for need, option in enumerate(found.option_of):
        assert option < 0 or (market.need_of[option] == need and market.scores[option] > 0)
    assert set(found.whys) == set(np.flatnonzero(found.option_of < 0))
    assert found.bound == pytest.approx(found.total, rel=1e-9, abs=1e-300)


@given(
    st.lists(
        st.tuples(
            st.integers(0, 9),
            st.integers(0, 5),
            st.one_of(st.floats(0.001, 1), st.integers(-20, 20).map(lambda n: n / 20)),
        ),
        max_size=40,
    ),
    CAPACITY,
)
@settings(max_examples=150)
def test_the_total_is_the_linear_optimum(options, capacity):
    total, optimum = assign(market_of(options, capacity)).total, linear_optimum(options, capacity)
    # That solver may stop short of its optimum by its own tolerance of 1e-7; this one may not.
    assert optimum - 1e-9 <= total <= optimum + 1e-6


@given(
    st.lists(st.tuples(st.integers(0, 3), st.integers(0, 2), st.integers(-1, 3)), max_size=9),
    st.lists(st.integers(0, 3), min_size=3, max_size=3),
    st.booleans(),
)
@settings(max_examples=300)
def test_total_and_loads_are_the_best_of_all_there_are(options, capacity, whole):
    unit = 1.0 if whole else 1 / 3
    options = [(need, offering, score * unit) for need, offering, score in options]
    choices = [
        [None, *((offering, score) for other, offering, score in options if other == need)]
        for need in range(4)
    ]
    best = []
    for taken in product(*choices):
        loads = [sum(1 for t in taken if t and t[0] == j) for j in range(3)]
        if all(load <= room for load, room in zip(loads, capacity, strict=True)):
            total = sum(round(t[1] / unit) for t in taken if t)
            best.append((-total, sum(load * load for load in loads)))
    market = market_of(options, capacity, needs=4)
    found = assign(market)
    squares = int((loads_of(market, found) ** 2).sum())
    assert (-round(found.total / unit), squares) == min(best)


@given(OPTIONS, CAPACITY, st.randoms(use_true_random=False), st.sampled_from(["", "x"]))
def test_the_order_of_the_input_does_not_matter(options, capacity, random, seed):
    market = market_of(options, capacity)
    shuffled, names = list(options), list(range(10))
    random.shuffle(shuffled)
    random.shuffle(names)
    other = market_of([(names.index(need), *rest) for need, *rest in shuffled], capacity)
    other = Market(
        [f"n{i}" for i in names], *[getattr(other, f) for f in list(Market.__slots__)[1:]]
    )

    def pairs(market):
        found = assign(market, seed=seed)
        return {
            (market.needs[i], market.offerings[market.offering_of[k]], market.scores[k])
            for i, k in enumerate(found.option_of)
            if k >= 0
        }

    assert pairs(other) == pairs(market)


def test_the_seed_decides_among_equals():
    market = market_of([(need, 0, 1.0) for need in range(10)], [1])
    winners = {int(np.argmax(assign(market, seed=str(n)).option_of)) for n in range(60)}
    assert len(winners) > 5


def test_loads_are_evened_out():
    options = [(need, offering, 0.5) for need in range(9) for offering in range(3)]
    market = market_of(options, [9, 9, 9], needs=9)
    assert loads_of(market, assign(market)).tolist() == [3, 3, 3]


@pytest.mark.parametrize("score", [1.0, 1 / 3])
def test_loads_are_evened_out_only_where_the_total_stays(score):
    options = [(0, 0, 2 * score), (0, 1, score), (1, 0, score), (1, 1, score), (2, 0, 2 * score)]
    market = market_of(options, [3, 3], needs=3)
    found = assign(market)
    assert loads_of(market, found).tolist() == [2, 1]
    assert found.total == pytest.approx(5 * score)


def test_a_need_is_never_forced():
    found = assign(market_of([(0, 0, -1.0), (1, 0, 0.0), (2, 0, 0.5)], [5], needs=3))
    assert found.option_of.tolist() == [-1, -1, 2]
    assert found.whys == {0: NO_GAIN, 1: NO_GAIN}


def test_a_high_score_gives_way_where_all_gain():
    """The greedy choice (0.9 first) would reach 0.9 + 0.1; the best is 0.8 + 0.8."""
    options = [(0, 0, 0.9), (0, 1, 0.8), (1, 0, 0.8), (1, 1, 0.1)]
    assert assign(market_of(options, [1, 1], needs=2)).total == pytest.approx(1.6)


def test_the_higher_score_of_an_option_that_stands_twice_counts():
    found = assign(market_of([(0, 0, 0.2), (0, 0, 0.7), (0, 0, 0.5)], [1], needs=1))
    assert (found.total, found.option_of.tolist()) == (0.7, [1])


def test_the_reasons_say_what_stood_in_the_way():
    options = [(1, 1, 1.0), (2, 0, 0.9), (3, 0, 0.5), (4, 2, -1.0)]
    found = assign(market_of(options, [1, 0, 1], needs=5))
    assert found.whys == {0: NO_OPTIONS, 1: NO_CAPACITY, 3: ALL_FULL, 4: NO_GAIN}


def test_nothing_at_all_is_assigned_too():
    assert assign(market_of([], [], needs=0)).total == 0
    assert assign(market_of([], [3], needs=2)).whys == {0: NO_OPTIONS, 1: NO_OPTIONS}


def test_decimals_keep_their_proportions():
    assert whole_worths(np.array([0.1, 0.2, 0.3]), 2**40).tolist() == [1, 2, 3]
    assert whole_worths(np.array([7.0, 10.0]), 2**40).tolist() == [7, 10]
    assert whole_worths(np.array([]), 2**40).tolist() == []


@given(st.lists(st.floats(5e-324, 1.7e308), min_size=1), st.sampled_from([2**20, 2**44, 2**60]))
def test_worths_stay_within_the_limit_and_close(scores, limit):
    worths = whole_worths(np.array(scores), limit)
    assert worths.min() >= 1
    assert worths.max() <= limit
    unit = Fraction(max(scores)) / int(worths.max())
    for score, worth in zip(scores, worths.tolist(), strict=True):
        assert abs(Fraction(score) / unit - worth) <= 2 + worth / limit


@given(OPTIONS, CAPACITY)
def test_the_proof_refuses_what_is_not_the_best(options, capacity):
    graph, worths, taken = graph_of(options, capacity)
    assert shadow_prices(graph, worths, taken) is not None
    for dropped in range(len(taken)):
        assert shadow_prices(graph, worths, np.delete(taken, dropped)) is None


def test_the_proof_refuses_a_swap_that_loses():
    options = [(0, 0, 9.0), (0, 1, 8.0), (1, 0, 8.0), (1, 1, 1.0)]
    graph, worths, _ = graph_of(options, [1, 1])
    greedy = [k for k, worth in enumerate(worths) if worth in (9, 1)]
    assert shadow_prices(graph, worths, np.array(greedy)) is None


def graph_of(options, capacity):
    market = market_of(options, capacity)
    graph, useful = assignment._seeded_graph(market, "")
    taken, worths, _ = assignment._best(graph, market.scores[useful])
    return graph, worths, taken


def test_an_answer_that_can_not_be_proved_is_not_given(monkeypatch):
    monkeypatch.setattr(
        assignment, "_solve", lambda graph, worths, even: worths.argmin(keepdims=True)
    )
    with pytest.raises(NoProof):
        assign(market_of([(0, 0, 1.0), (1, 0, 2.0)], [1], needs=2))


def test_a_large_market_is_proved():
    rng = np.random.default_rng(7)
    needs, per_need, offerings = 3_000, 20, 150
    options = [
        (need, int(offering), float(score))
        for need in range(needs)
        for offering, score in zip(
            rng.choice(offerings, per_need, replace=False), rng.random(per_need), strict=True
        )
    ]
    found = assign(market_of(options, [15] * offerings, needs=needs))
    assert math.isclose(found.total, found.bound, rel_tol=1e-12)
    assert (found.option_of >= 0).sum() == 15 * offerings
