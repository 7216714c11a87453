"""What a plan comes to: against published numbers, at the edges, and in one piece."""

import json

import pytest
from statsmodels.stats.power import TTestIndPower

from tests.unit.evaluation.plans.plans import COMPARES_NOBODY, ON_A_SHARE, ON_AN_AVERAGE, with_sizes
from voucher.evaluation.plans.sizes import plan_figures

EVERYBODY = {"take_up": 1.0, "response": 1.0}


def test_adoption_from_30_to_50_per_cent_needs_93_an_arm():
    plan = with_sizes(ON_A_SHARE, places=93, demand=186, worth_finding=0.2, **EVERYBODY)
    compared = plan_figures(plan)["compared"]
    need = next(each for each in compared["needs"] if each["multiple"] == 1)
    assert (need["offered"], need["comparison"]) == (93, 93)
    assert compared["power"] == pytest.approx(0.8, abs=0.005)
    assert compared["detectable"] == pytest.approx(0.2, abs=0.001)


def test_an_average_is_found_as_the_library_says():
    compared = plan_figures(with_sizes(ON_AN_AVERAGE, **EVERYBODY))["compared"]
    known = TTestIndPower().solve_power(nobs1=100, alpha=0.05, power=0.8) * 6
    assert compared["detectable"] == pytest.approx(known, abs=1e-5)
    assert compared["power"] == pytest.approx(TTestIndPower().power(0.5, 100, 0.05), abs=1e-5)


def test_who_does_not_use_a_voucher_is_not_moved_by_it():
    compared = plan_figures(ON_A_SHARE)["compared"]
    assert compared["detectable_users"] == pytest.approx(compared["detectable"] / 0.7, abs=1e-5)


def test_the_cost_is_of_the_vouchers_that_are_used():
    figures = plan_figures(with_sizes(take_up=0.655))
    assert figures["cost"] == {"vouchers": 66, "pence": 13_200_000, "comparison": 100}
    assert figures["replies"] == {"offered": 80, "comparison": 80}


def test_no_effect_is_found_where_none_could_be_large_enough():
    compared = plan_figures(with_sizes(places=10, demand=20, worth_finding=0.1))["compared"]
    assert compared["detectable"] is None
    assert compared["detectable_users"] is None
    assert compared["curve"][-1]["users"] == pytest.approx(0.7, abs=0.01)
    assert all(each["power"] < 0.8 for each in compared["curve"])


def test_effects_above_all_that_can_be_are_not_in_the_table():
    compared = plan_figures(with_sizes(worth_finding=0.5))["compared"]
    assert [each["multiple"] for each in compared["needs"]] == [0.5, 0.75, 1]


def test_an_effect_too_small_for_any_round_needs_more_than_there_are():
    compared = plan_figures(with_sizes(ON_AN_AVERAGE, worth_finding=0.0001))["compared"]
    assert [each["drawn"] for each in compared["needs"]] == [None] * 5
    assert {each["offered"] for each in compared["needs"]} == {None}


@pytest.mark.parametrize("plan", [ON_A_SHARE, ON_AN_AVERAGE])
def test_the_curve_begins_at_nothing_and_never_falls(plan):
    curve = plan_figures(plan)["compared"]["curve"]
    powers = [each["power"] for each in curve]
    assert (curve[0]["effect"], len(curve)) == (0, 25)
    assert powers == sorted(powers)
    assert powers[0] <= 0.05 < 0.8 < powers[-1]


def test_the_figures_are_plain_and_nobody_is_compared_without_a_draw():
    figures = plan_figures(COMPARES_NOBODY)
    assert figures["compared"] is None
    assert figures["cost"]["comparison"] == 0
    for plan in (ON_A_SHARE, COMPARES_NOBODY):
        assert json.loads(json.dumps(plan_figures(plan))) == plan_figures(plan)
