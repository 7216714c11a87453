"""Arms of a draw: how many go into each, who they are, and what a published file must say."""

import copy
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voucher.allocation.draw import Entry, apportion, divide_rest, draw, seed_of, voucher_places
from voucher.allocation.rules import arm_references, first_difference, published_form, stratum_of
from voucher.businesses.models import HeadcountBand
from voucher.core.errors import Invalid
from voucher.programmes.models import AllocationMethod, StratumBasis
from voucher.programmes.rules import PLAIN_LOTTERY, RoundSettings, check_plan
from voucher.web.staff.draw_plans import read_arms, write_arms

SECRET, VALUE = bytes(range(32)), "7, 12, 19"
SHARES = [4000, 2000, 2000, 2000]


def test_shares_by_largest_remainder_and_ties_by_order():
    assert apportion([1, 1, 1], 5) == [2, 2, 1]
    assert apportion([5000, 5000], 9) == [5, 4]
    assert apportion([0, 0], 3) == [3, 0]
    assert apportion([], 0) == []


@given(st.lists(st.integers(0, 10_000), min_size=1, max_size=8), st.integers(0, 5_000))
def test_shares_are_exact_and_within_one_of_the_quota(weights, count):
    shares = apportion(weights, count)
    assert sum(shares) == count
    if sum(weights):
        assert all(
            abs(share * sum(weights) - count * weight) < sum(weights)
            for share, weight in zip(shares, weights, strict=True)
        )


def test_places_are_the_vouchers_share_or_what_money_allows():
    assert voucher_places(9, [5000, 5000], 100) == 5
    assert voucher_places(9, [5000, 5000], 3) == 3


@given(
    st.dictionaries(st.text(max_size=3), st.integers(0, 12), max_size=5),
    st.lists(st.integers(0, 100), min_size=1, max_size=4),
)
def test_everybody_left_is_in_one_arm_and_the_order_goes_on(sizes, shares):
    waiting = {name: [f"{name}/{n}" for n in range(size)] for name, size in sizes.items()}
    arms = divide_rest(waiting, shares)
    for name, members in waiting.items():
        assert [each for arm in arms for each in arm.get(name, [])] == members


def published():
    entries = [Entry(f"APP-{n:03}", "small" if n % 3 else "large") for n in range(20)]
    outcome = draw(entries, places=8, seed=seed_of(SECRET, VALUE))
    arms = [
        {"code": f"arm{n}", "share_bps": share, "references": members}
        for n, (share, members) in enumerate(
            zip(SHARES, arm_references(outcome, SHARES), strict=True)
        )
    ]
    return published_form(outcome, secret=SECRET, public_value=VALUE) | {"arms": arms}


def test_a_published_draw_with_arms_verifies():
    file = published()
    assert first_difference(file) is None
    assert [len(arm["references"]) for arm in file["arms"]] == [8, 4, 4, 4]


def test_a_changed_arm_is_found():
    file = published()
    moved = copy.deepcopy(file)
    moved["arms"][3]["references"].append(moved["arms"][2]["references"].pop())
    assert first_difference(moved) == (
        f"arms: number 4 of arm 3 is nobody; by the rule “{file['arms'][2]['references'][3]}”"
    )
    changed = copy.deepcopy(file)
    changed["arms"][1]["share_bps"] = 100
    assert "arm" in first_difference(changed)


@pytest.mark.parametrize(
    "arms",
    [
        "x",
        [],
        [{"share_bps": 1, "references": []}],
        [{"share_bps": "1", "references": []}, {"share_bps": 1, "references": []}],
        [{"share_bps": -1, "references": []}, {"share_bps": 1, "references": []}],
        [{"share_bps": 1, "references": [1]}, {"share_bps": 1, "references": []}],
        ["a", "b"],
    ],
)
def test_arms_that_are_none_are_refused(arms):
    with pytest.raises(Invalid, match="arms"):
        first_difference(published() | {"arms": arms})


@pytest.mark.parametrize(
    ("basis", "place", "size", "wanted"),
    [
        (StratumBasis.NONE, "Leeds", HeadcountBand.ONE, ""),
        (StratumBasis.SIZE, None, HeadcountBand.TWO_TO_NINE, "2 to 9"),
        (StratumBasis.SIZE, None, None, "Size not known"),
        (StratumBasis.PLACE, None, None, "Place not known"),
        (StratumBasis.PLACE, "Hull,  City of", None, "Hull City of"),
        (StratumBasis.PLACE_AND_SIZE, "Leeds", HeadcountBand.TWO_TO_NINE, "Leeds; 2 to 9"),
    ],
)
def test_strata(basis, place, size, wanted):
    assert stratum_of(basis, place=place, size=size) == wanted


def settings(text=None, **values):
    return RoundSettings(
        name="Lots",
        opens_on=date(2026, 1, 1),
        closes_on=date(2026, 2, 1),
        budget_pence=100,
        value_cap_pence=10,
        share_bps=5000,
        allocation_method=AllocationMethod.RANDOM,
        draw_arms=read_arms(text) if text else (),
        **values,
    )


LATER = date(2026, 9, 1)
HALVES = "voucher; Voucher; 50\ncomparison; Comparison; 50"
WAITING = "voucher; Voucher; 50%\nwaiting; Waiting list; 12.5\ncomparison; Others; 37.5"


def test_plans_that_make_sense_and_what_is_typed_comes_back():
    check_plan(settings())
    check_plan(settings(HALVES, follow_up_on=LATER))
    check_plan(settings(WAITING, follow_up_on=LATER, draw_replaces=True))
    assert read_arms(write_arms(read_arms(WAITING))) == read_arms(WAITING)
    assert read_arms(write_arms([])) == [
        {**arm, "code": code}
        for arm, code in zip(PLAIN_LOTTERY, ("voucher", "waiting_list"), strict=True)
    ]


@pytest.mark.parametrize(
    ("text", "values", "field"),
    [
        ("voucher; Voucher; 100", {}, "draw_arms"),
        ("comparison; No; 50\nvoucher; Voucher; 50", {}, "draw_arms"),
        ("voucher; A; 50\nvoucher; B; 50", {}, "draw_arms"),
        ("voucher; A; 50\ncomparison; B; 25\nwaiting; C; 25", {}, "draw_arms"),
        ("voucher; A; 50\nwaiting; C; 49", {}, "draw_arms"),
        ("voucher; A; 0\nwaiting; C; 100", {}, "draw_arms"),
        ("voucher; A; 50\nwaiting; A; 50", {}, "draw_arms"),
        ("voucher; ***; 50\nwaiting; A; 50", {}, "draw_arms"),
        ("voucher; A; 999\nwaiting; B; 50", {}, "draw_arms"),
        (HALVES, {"follow_up_on": LATER, "draw_replaces": True}, "draw_replaces"),
        (HALVES, {}, "follow_up_on"),
        (HALVES, {"follow_up_on": date(2026, 2, 1)}, "follow_up_on"),
    ],
)
def test_plans_that_make_no_sense_are_refused_at_their_field(text, values, field):
    with pytest.raises(Invalid) as refused:
        check_plan(settings(text, **values))
    assert refused.value.field == field


@pytest.mark.parametrize("text", ["voucher; A", "tombola; A; 50", "voucher; ; 50", "voucher; A; x"])
def test_a_line_that_can_not_be_read_is_named(text):
    with pytest.raises(ValueError, match="Line 2"):
        read_arms(f"voucher; A; 50\n{text}")
