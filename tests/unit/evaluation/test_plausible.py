"""Unusual answers: what is asked about once more, what was likely meant, and what passes."""

import itertools

import pytest

from voucher.allocation.models import Arm
from voucher.applications.baseline import BY_CODE
from voucher.evaluation.plausible import (
    BAND_POUNDS,
    band_of,
    before_of,
    doubts,
    leaps,
    written,
)
from voucher.evaluation.questions import FOLLOW_UP_VERSION, follow_up

QUESTIONS = follow_up(FOLLOW_UP_VERSION, Arm.COMPARISON)
BASELINE = {
    "hours_lost_week": 9,
    "errors_in_100": 6,
    "turnover_band": "250k-1m",
    "staff": 4,
    "confidence": 2,
}


def doubted(baseline=BASELINE, **answers):
    return doubts(QUESTIONS, answers, baseline)


@pytest.mark.parametrize(
    ("code", "value"),
    [
        ("hours_lost_week", 0),
        ("hours_lost_week", 90),
        ("errors_in_100", 50),
        ("staff", 40),
        ("staff", 1),
        ("turnover_pounds", 25_000),
        ("turnover_pounds", 9_999_990),
        ("confidence", 5),
        ("paying", "yes"),
    ],
)
def test_what_is_usual_passes(code, value):
    assert doubted(**{code: value}) == {}


@pytest.mark.parametrize(
    ("code", "value", "words"),
    [
        ("hours_lost_week", 120, "120 hours a week. That is unusually high. Did you mean 12 hours"),
        ("hours_lost_week", 91, "91 hours a week. That is very far from what you told us"),
        ("errors_in_100", 51, "51 in 100. That is unusually high."),
        ("staff", 41, "41 full-time posts. That is very far"),
        ("staff", 400, "unusually high. Did you mean 40 full-time posts?"),
        ("staff", 0, "0 full-time posts. That is very far"),
        ("turnover_pounds", 450, "£450. That is very far from what you told us when you applied. "),
        ("turnover_pounds", 450, "Did you mean £450,000?"),
        ("turnover_pounds", 40_000_000, "Did you mean £4,000,000?"),
    ],
)
def test_what_is_unusual_is_asked_about_with_what_was_likely_meant(code, value, words):
    (doubt,) = doubted(**{code: value}).values()
    assert (doubt.code, doubt.value) == (code, value)
    assert words in doubt.words
    assert doubt.label == f"Yes, {written(question(code), value)} is right"


def question(code):
    return next(each for each in QUESTIONS if each.code == code)


def test_nothing_is_proposed_where_no_slip_explains_it():
    assert "Did you mean" not in doubted(hours_lost_week=91)["hours_lost_week"].words


def test_without_a_baseline_only_what_is_unusual_for_anybody_is_asked_about():
    assert doubted({}, staff=200, turnover_pounds=300) == {}
    assert set(doubted({}, staff=250, turnover_pounds=50_000_001)) == {"staff", "turnover_pounds"}
    assert doubted({"turnover_band": "not-said"}, turnover_pounds=1) == {}


def test_who_was_that_large_before_is_not_asked_again():
    assert doubted({"staff": 300}, staff=300) == {}
    assert set(doubted({"staff": 300}, staff=301)) == {"staff"}


def test_a_number_that_was_not_given_is_not_asked_about():
    assert doubted(staff=None) == {}


@pytest.mark.parametrize(
    ("value", "before", "may_fall", "leap"),
    [
        (10, (0, 0), False, False),
        (11, (0, 0), False, True),
        (100, (10, 10), False, False),
        (101, (10, 10), False, True),
        (1, (10, 10), False, False),
        (0, (10, 10), False, True),
        (0, (10, 10), True, False),
        (0, (0, 24_999), False, False),
    ],
)
def test_a_leap_is_more_than_ten_times_or_less_than_a_tenth(value, before, may_fall, leap):
    assert leaps(value, before, may_fall=may_fall) is leap


def test_bands_are_those_of_the_baseline_and_leave_no_gap():
    codes = [code for code, _ in BY_CODE["turnover_band"].options]
    assert [*BAND_POUNDS, "not-said"] == codes
    ends = list(BAND_POUNDS.values())
    assert all(low == most + 1 for (_, most), (low, _) in itertools.pairwise(ends))
    for code, (least, most) in BAND_POUNDS.items():
        assert (band_of(least), band_of(most)) == (code, code)
    assert band_of(5_000_000_000) == "over-10m"


def test_what_a_number_was_before():
    assert before_of("staff", BASELINE) == (4, 4)
    assert before_of("turnover_pounds", BASELINE) == (250_000, 999_999)
    assert before_of("staff", {}) is None
    assert before_of("turnover_pounds", {}) is None
