"""The sentences about a plan say what its figures say, and nothing more."""

from dataclasses import replace

import pytest

from tests.unit.evaluation.plans.plans import (
    ARMS,
    COMPARES_NOBODY,
    ON_A_SHARE,
    ON_AN_AVERAGE,
    with_sizes,
)
from voucher.evaluation.models import Wave
from voucher.evaluation.plans.choices import OUTCOMES
from voucher.evaluation.plans.curve import HEIGHT, WIDTH, curve_of, ticks
from voucher.evaluation.plans.description import APART, described
from voucher.evaluation.plans.rules import PlannedOutcome, Role
from voucher.evaluation.plans.sizes import plan_figures
from voucher.evaluation.plans.words import (
    amount,
    chance,
    is_underpowered,
    level,
    number,
    sentences,
)


def said(plan):
    return " ".join(sentences(plan, plan_figures(plan)))


def test_a_share_is_told_in_percentage_points():
    words = said(with_sizes(worth_finding=0.3))
    assert "Of 200 businesses 100 would be offered a voucher and 100 would not" in words
    assert "a rise of 21.6 percentage points or more" in words
    assert "among those offered a voucher (from 30% to 51.6%)" in words
    assert "80 times in 100" in words
    assert "As 70 in 100 would use theirs, that is 30.9 percentage points among users" in words


def test_an_average_is_told_in_its_unit():
    words = said(ON_AN_AVERAGE)
    assert "a change of 2.67 hours a week in “Time the problem costs” among those offered" in words
    assert "3 hours a week, would be found" in words


def test_what_would_be_missed_says_how_many_more_it_needs():
    plan = with_sizes(worth_finding=0.1)
    words = said(plan)
    assert is_underpowered(plan, plan_figures(plan))
    assert "10 percentage points, would be found" in words
    assert "offered a voucher and" in words
    assert "to compare with would be needed" in words


def test_what_would_be_found_needs_no_more():
    plan = with_sizes(worth_finding=0.4)
    assert not is_underpowered(plan, plan_figures(plan))
    assert "would be needed" not in said(plan)


def test_no_possible_effect_and_no_possible_round():
    assert "no possible effect" in said(with_sizes(places=10, demand=20))
    assert "No round could be large enough" in said(with_sizes(ON_AN_AVERAGE, worth_finding=0.0001))


def test_a_round_without_a_comparison_claims_no_effect():
    plan = COMPARES_NOBODY
    assert "claims no effect" in said(plan)
    assert not is_underpowered(plan, plan_figures(plan))


@pytest.mark.parametrize(
    ("power", "words"),
    [
        (0.999999, "more than 99 times in 100"),
        (0.99, "99 times in 100"),
        (0.8, "80 times in 100"),
        (0.001, "less than once in 100"),
    ],
)
def test_a_chance_is_never_certain(power, words):
    assert chance(power) == words


@pytest.mark.parametrize(
    ("code", "value", "effect", "stands"),
    [
        ("adoption", 0.125, "12.5 percentage points", "12.5%"),
        ("hours_lost_week", 1200.0, "1,200 hours a week", "1,200 hours a week"),
        ("confidence", 0.5, "0.5 of a point on the scale of 1 to 5", "0.5"),
    ],
)
def test_amounts_have_their_unit(code, value, effect, stands):
    assert amount(value, OUTCOMES[code]) == effect
    assert level(value, OUTCOMES[code]) == stands


def test_everything_a_page_shows_is_in_words():
    plan = replace(ON_A_SHARE, estimator="lin", covariates=("adoption",))
    shown = described(plan.content(), plan_figures(plan), ARMS)
    assert (shown["offered"], shown["comparison"]) == (["Voucher"], ["Nothing"])
    assert [each["wave"] for each in shown["outcomes"]] == ["6 months after", "12 months after"]
    assert shown["covariates"] == ["Uses technology made for the problem"]
    assert shown["subgroups"] == ["How many people work there"]
    assert ("Chance wanted to find it (power)", "80%") in shown["assumptions"]
    assert shown["curve"].marked[2] == "21.6"
    first = shown["waves"][0]
    assert (first["wave"], first["asked"]) == ("6 months after", 200)
    assert (first["offered"], first["comparison"]) == (80, 80)
    assert "It reaches 80% at 21.6 percentage points" in shown["curve_words"]
    assert "140,000" in shown["cost"]
    assert "The other 100 cost nothing but the surveys" in shown["cost"]


def test_an_average_has_its_spread_and_a_scale_its_points():
    shown = described(ON_AN_AVERAGE.content(), plan_figures(ON_AN_AVERAGE), ARMS)
    assert (APART, "6 hours a week") in shown["assumptions"]
    assert shown["curve"].axis == "hours a week"
    scale = replace(
        ON_AN_AVERAGE, outcomes=(PlannedOutcome("confidence", Wave.MONTH_6, Role.PRIMARY),)
    )
    assert "scale of 1 to 5" in said(with_sizes(scale, spread=1.0, worth_finding=0.5))


def test_without_a_comparison_there_is_no_curve():
    shown = described(COMPARES_NOBODY.content(), plan_figures(COMPARES_NOBODY), ())
    assert shown["curve"] is None
    assert shown["estimator"] == "None: no effect is claimed"
    assert "without a voucher" not in shown["cost"]
    assert ("Businesses", "100") in shown["assumptions"]
    assert shown["waves"][0]["comparison"] is None


def test_a_curve_that_never_gets_there_marks_nothing():
    plan = with_sizes(places=10, demand=20, worth_finding=0.1)
    shown = described(plan.content(), plan_figures(plan), ARMS)
    assert shown["curve"].marked is None
    assert "It reaches" not in shown["curve_words"]


@pytest.mark.parametrize("plan", [ON_A_SHARE, ON_AN_AVERAGE])
def test_the_picture_keeps_within_its_frame(plan):
    compared = plan_figures(plan)["compared"]
    curve = curve_of(compared, power=0.8, is_share=True, unit="%", label="x")
    points = [tuple(map(float, point.split(","))) for point in curve.points.split()]
    assert len(points) == len(compared["curve"])
    assert all(0 <= x <= WIDTH and 0 <= y <= HEIGHT for x, y in points)
    assert all(curve.left <= tick.at <= curve.right for tick in curve.across)


@pytest.mark.parametrize("furthest", [1e-300, 3e-11, 0.0007, 0.9, 1, 6, 33.3, 99.9, 1234.5])
def test_ticks_are_round_and_few(furthest):
    found = ticks(furthest)
    assert found[0] == 0
    assert 2 <= len(found) <= 7
    assert found[-1] <= furthest


def test_an_axis_of_no_length_has_its_beginning():
    assert ticks(0) == [0]
    nothing = {"curve": [{"effect": 0.0, "power": 0.05}], "detectable": None}
    assert curve_of(nothing, power=0.8, is_share=False, unit="", label="").points == "58.0,259.3"


def test_the_smallest_effects_are_small_and_not_nothing():
    plan = with_sizes(
        ON_AN_AVERAGE, places=500_000, demand=999_999, spread=1e-4, worth_finding=1e-4, take_up=1e-4
    )
    shown = described(plan.content(), plan_figures(plan), ARMS)
    assert "0.00000063 hours a week" in " ".join(shown["sentences"])
    assert len(shown["curve"].across) > 2


@pytest.mark.parametrize(
    ("value", "words"), [(0, "0"), (0.0034, "0.0034"), (0.00301, "0.003"), (-1e-7, "-0.0000001")]
)
def test_small_numbers_keep_their_digits(value, words):
    assert number(value) == words
