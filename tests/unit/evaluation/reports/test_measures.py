"""How numbers are written in a report."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.factories.findings import effect, make_hours, make_outcome
from voucher.evaluation.reports import measures


@given(st.floats(-1e6, 1e6, allow_nan=False))
def test_a_number_is_never_written_with_another_sign_or_as_nothing(number: float) -> None:
    words = measures.figure(number)
    assert words.startswith("−") == (number < 0)
    assert (float(words.lstrip("−").replace(",", "")) == 0) == (number == 0)


@pytest.mark.parametrize(
    ("number", "words"),
    [(0.0, "0.0"), (-1.25, "−1.2"), (0.0004, "0.0004"), (1234.5, "1,234.5"), (1e-9, "1e-09")],
)
def test_figures(number: float, words: str) -> None:
    assert measures.figure(number) == words


def test_shares_and_their_effects() -> None:
    share = make_outcome()
    assert measures.level(share, 0.552) == "55.2%"
    assert measures.effect(share, 0.152) == "+15.2"
    assert measures.effect_unit(share) == "percentage points"
    assert measures.interval(share, share["itt"]) == "+3.0 to +27.0"
    assert measures.share(0.5) == "50.0%"


def test_means_and_their_effects() -> None:
    hours = make_hours()
    assert measures.level(hours, 4.1) == "4.1"
    assert measures.effect(hours, -0.9) == "−0.9"
    assert measures.effect_unit(hours) == "hours a week"


@pytest.mark.parametrize(
    "words",
    [
        measures.level(make_outcome(), None),
        measures.effect(make_outcome(), None),
        measures.interval(make_outcome(), None),
        measures.interval(make_outcome(), {"ci_low": None, "ci_high": 1.0}),
        measures.ratio(None),
        measures.share(None),
        measures.p_value(None),
    ],
)
def test_what_is_not_known_is_a_dash(words: str) -> None:
    assert words == "–"


def test_ratios() -> None:
    found: dict[str, Any] = effect(1.375, 1.05, 1.8)
    assert measures.ratio(found) == "1.38 times (1.05 to 1.80)"


@pytest.mark.parametrize(
    ("value", "words"), [(0.0004, "below 0.001"), (0.001, "0.001"), (0.5, "0.500")]
)
def test_p_values(value: float, words: str) -> None:
    assert measures.p_value(value) == words


def test_a_scale_and_a_unit_are_named_where_there_is_one() -> None:
    share, hours = make_outcome(), make_hours()
    scale = make_hours(label="Confidence", unit="1 to 5")
    assert [measures.effect_unit(each) for each in (share, hours, scale)] == [
        "percentage points",
        "hours a week",
        "points on the scale of 1 to 5",
    ]
    assert [measures.level_unit(each) for each in (share, hours, scale)] == [
        "",
        " hours a week",
        " on the scale of 1 to 5",
    ]
    assert measures.named(share) == share["label"]
    assert measures.named(scale) == "Confidence (1 to 5)"
