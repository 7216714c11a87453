"""Sizes and detectable effects against published numbers, statsmodels and each other."""

from dataclasses import replace
from math import isnan

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import t
from statsmodels.stats.power import NormalIndPower, TTestIndPower
from statsmodels.stats.proportion import proportion_effectsize

from voucher.evaluation.estimators.noncentral import critical
from voucher.evaluation.estimators.power import (
    Design,
    detectable_mean,
    detectable_share,
    needed_for_mean,
    needed_for_share,
    power_of_mean,
    power_of_share,
)
from voucher.evaluation.estimators.trial import Undefined


def test_from_30_to_50_per_cent_needs_93_in_each_arm():
    assert needed_for_share(Design(drawn=0), 0.3, 0.5) in (185, 186)


def test_half_the_take_up_needs_about_four_times_as_many():
    whole, half = (
        needed_for_mean(Design(drawn=0, take_up=share), 0.08, 0.44) for share in (1, 0.5)
    )
    assert half == pytest.approx(4 * whole, rel=0.01)
    assert half / 2 == pytest.approx(1_900, rel=0.01)


def test_the_detectable_mean_has_the_power_wanted_by_statsmodels():
    """By its power, not its root finder, which stops some millionths away."""
    design = Design(drawn=300, offered_share=0.4, response=0.8)
    found = detectable_mean(design, 10)
    assert TTestIndPower().power(found / 10, 96, 0.05, 1.5) == pytest.approx(0.8, abs=1e-10)
    assert detectable_mean(replace(design, baseline_correlation=0.6), 10) == pytest.approx(
        0.8 * found
    )


@pytest.mark.parametrize("significance", [0.1, 0.05, 0.01])
@pytest.mark.parametrize("offered", [2, 3, 8, 300, 5000])
def test_the_power_of_a_mean_is_that_of_statsmodels(offered, significance):
    for ratio in (1, 4):
        design = Design(
            drawn=offered * (1 + ratio),
            offered_share=1 / (1 + ratio),
            significance=significance,
        )
        for size in (0, 0.05, 0.4, 3):
            expected = TTestIndPower().power(size, offered, significance, ratio)
            # Where it is as good as certain the library has no number.
            expected = 1 if isnan(expected) else expected
            assert power_of_mean(design, size, 1) == pytest.approx(expected, abs=1e-10)


@pytest.mark.parametrize("df", [2, 3.5, 30, 1e6])
def test_the_critical_value_is_that_of_scipy(df):
    assert critical(0.01, df) == pytest.approx(t.isf(0.005, df), rel=1e-12)


def test_the_power_of_a_share_counts_both_tails():
    design = Design(drawn=300, offered_share=0.4)
    assert power_of_share(design, 0.3, 0.3) == pytest.approx(0.05)
    rise = NormalIndPower().power(proportion_effectsize(0.5, 0.3), 120, 0.05, 1.5)
    assert power_of_share(design, 0.3, 0.5) == pytest.approx(rise, abs=0.01)


@pytest.mark.parametrize("spread", [1e-4, 1, 1e9])
def test_a_detectable_mean_is_in_its_own_unit(spread):
    found = detectable_mean(Design(drawn=4), spread)
    assert found / spread == pytest.approx(detectable_mean(Design(drawn=4), 1))


designs = st.builds(
    Design,
    drawn=st.integers(40, 5_000),
    offered_share=st.floats(0.2, 0.8),
    response=st.floats(0.3, 1),
    take_up=st.floats(0.3, 1),
    baseline_correlation=st.floats(0, 0.9),
)


@given(designs, st.floats(0.05, 0.9))
def test_the_detectable_share_is_found_with_just_the_power_wanted(design, before):
    rise = detectable_share(design, before)
    if rise is None:
        assert power_of_share(design, before, 1 - 1e-9) < design.power
    else:
        assert power_of_share(design, before, before + rise) == pytest.approx(0.8, abs=1e-6)


@given(designs, st.floats(0.1, 0.6), st.floats(0.05, 0.3))
def test_as_many_as_are_needed_are_enough_and_one_fewer_are_not(design, before, rise):
    needed = needed_for_share(design, before, before + rise)
    after = before + rise * design.moved
    powers = [power_of_share(replace(design, drawn=n), before, after) for n in (needed, needed - 1)]
    assert powers[0] >= design.power > powers[1]


def test_what_can_not_be_found_needs_more_than_there_are():
    assert needed_for_share(Design(drawn=0), 0.3, 0.3001) is None
    assert needed_for_mean(Design(drawn=0), 1e-5, 1) is None
    assert detectable_share(Design(drawn=4), 0.9) is None


@pytest.mark.parametrize(
    "wrong",
    [
        {"offered_share": 0},
        {"power": 1},
        {"response": 0},
        {"take_up": 0.2, "take_up_without": 0.2},
        {"baseline_correlation": 1},
    ],
)
def test_an_impossible_design_is_refused(wrong):
    with pytest.raises(Undefined):
        Design(drawn=100, **wrong)


@pytest.mark.parametrize(
    "asked",
    [
        lambda: detectable_mean(Design(drawn=3), 1),
        lambda: detectable_mean(Design(drawn=30), 0),
        lambda: needed_for_mean(Design(drawn=30), 0, 1),
        lambda: needed_for_mean(Design(drawn=30), 1, 0),
        lambda: detectable_share(Design(drawn=30), 1),
        lambda: power_of_share(Design(drawn=30), 0.5, 0),
    ],
)
def test_an_impossible_question_is_refused(asked):
    with pytest.raises(Undefined):
        asked()


def test_a_giant_effect_still_needs_two_answers_in_each_arm():
    assert needed_for_mean(Design(drawn=0), 1_000, 1) >= 4
