"""Money: what may be typed, how it is shown, and that no penny is lost or made."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voucher.core.money import (
    LARGEST_TYPED_PENCE,
    InvalidMoney,
    Money,
    Rounding,
    share_of,
    split,
)


@pytest.mark.parametrize(
    ("typed", "pence"),
    [
        ("£1,000.50", 100_050),
        ("1000.5", 100_050),
        ("1000", 100_000),
        ("  £ 12 ", 1_200),
        ("0.01", 1),
        ("0", 0),
        ("007", 700),
        ("1,234,567.89", 123_456_789),
        ("100,000,000", LARGEST_TYPED_PENCE),
    ],
)
def test_reads_what_people_type(typed, pence):
    assert Money.parse(typed) == Money(pence)


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("", "Enter an amount"),
        ("   ", "Enter an amount"),
        ("£", "Enter an amount"),
        ("abc", "Enter an amount"),
        ("1e6", "Enter an amount"),
        ("1,00", "Enter an amount"),
        ("1.000,50", "Enter an amount"),
        ("10.", "Enter an amount"),
        (".50", "Enter an amount"),
        ("1 000", "Enter an amount"),
        ("5\x00", "Enter an amount"),
        ("٣", "Enter an amount"),
        ("💷5", "Enter an amount"),
        ("£1,000.005", "two figures after the point"),
        ("0.001", "two figures after the point"),
        ("-1", "less than nothing"),
        ("£-1", "less than nothing"),
        ("−5", "less than nothing"),
        ("(5)", "less than nothing"),
        ("1000000000000", "£100,000,000.00 or less"),
        ("100000000.01", "£100,000,000.00 or less"),
        ("9" * 5000, "£100,000,000.00 or less"),
    ],
)
def test_refuses_what_is_not_an_amount_and_says_why(typed, said):
    with pytest.raises(InvalidMoney, match=said):
        Money.parse(typed)


@pytest.mark.parametrize("wrong", [1.0, Decimal(1), "1", True, None])
def test_is_made_of_whole_pence_only(wrong):
    with pytest.raises(TypeError, match="whole pence"):
        Money(wrong)


def test_adds_subtracts_and_compares():
    assert Money(150) + Money(50) == Money(200)
    assert Money(50) - Money(150) == Money(-100)
    assert Money(1) < Money(2) <= Money(2)
    assert Money(1)
    assert not Money(0)


@pytest.mark.parametrize("other", [1, 1.0, "£1"])
def test_never_mixes_with_bare_numbers(other):
    with pytest.raises(TypeError):
        Money(1) + other
    with pytest.raises(TypeError):
        Money(1) - other
    assert Money(1) != other


@pytest.mark.parametrize(
    ("pence", "shown"), [(100_050, "£1,000.50"), (5, "£0.05"), (0, "£0.00"), (-250, "-£2.50")]
)
def test_is_shown_in_pounds(pence, shown):
    assert Money(pence).formatted() == shown
    assert str(Money(pence)) == shown


@given(st.integers(min_value=0, max_value=LARGEST_TYPED_PENCE))
def test_what_is_shown_can_be_typed_again(pence):
    assert Money.parse(Money(pence).formatted()) == Money(pence)


@given(st.text(max_size=30))
def test_any_text_is_an_amount_or_a_polite_refusal(text):
    try:
        pence = Money.parse(text).pence
    except InvalidMoney:
        return
    assert 0 <= pence <= LARGEST_TYPED_PENCE


@pytest.mark.parametrize(
    ("pence", "bps", "rounding", "share"),
    [
        (1_003, 5_000, Rounding.DOWN, 501),
        (1_003, 5_000, Rounding.HALF_UP, 502),
        (999, 2_000, Rounding.HALF_UP, 200),
        (997, 2_000, Rounding.HALF_UP, 199),
        (999, 2_000, Rounding.DOWN, 199),
        (12_345, 0, Rounding.HALF_UP, 0),
        (12_345, 10_000, Rounding.DOWN, 12_345),
    ],
)
def test_takes_a_share_with_the_named_rounding(pence, bps, rounding, share):
    assert share_of(pence, bps, rounding=rounding) == share


@pytest.mark.parametrize(("pence", "bps"), [(-1, 5_000), (100, -1), (100, 10_001)])
def test_refuses_shares_that_make_no_sense(pence, bps):
    with pytest.raises(ValueError, match="share"):
        share_of(pence, bps, rounding=Rounding.DOWN)


@given(
    st.integers(min_value=0, max_value=10**12),
    st.integers(min_value=0, max_value=10_000),
)
def test_rounding_is_off_by_less_than_a_penny_and_in_the_named_direction(pence, bps):
    down = share_of(pence, bps, rounding=Rounding.DOWN)
    nearest = share_of(pence, bps, rounding=Rounding.HALF_UP)
    assert 0 <= pence * bps - down * 10_000 < 10_000
    assert -5_000 <= pence * bps - nearest * 10_000 < 5_000


WEIGHTS = st.lists(st.integers(min_value=0, max_value=10**6), min_size=1, max_size=20).filter(any)


@given(st.integers(min_value=0, max_value=10**12), WEIGHTS)
def test_a_split_loses_no_penny_and_is_fair_to_the_penny(total, weights):
    parts = split(total, weights)
    assert sum(parts) == total
    for part, weight in zip(parts, weights, strict=True):
        assert abs(part * sum(weights) - total * weight) < sum(weights)
        assert weight or not part


def test_left_over_pennies_go_to_the_largest_remainders_then_to_the_first():
    assert split(100, [1, 1, 1]) == [34, 33, 33]
    assert split(10, [33, 33, 34]) == [3, 3, 4]
    assert split(0, [1, 2]) == [0, 0]


@pytest.mark.parametrize(("total", "weights"), [(-1, [1]), (1, [1, -1]), (1, [0, 0]), (1, [])])
def test_refuses_a_split_that_makes_no_sense(total, weights):
    with pytest.raises(ValueError, match="weight"):
        split(total, weights)
