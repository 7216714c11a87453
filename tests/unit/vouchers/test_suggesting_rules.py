"""Plans: what is assigned and its hash, what it is compared with, what bars a suggestion."""

import hashlib
import json
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.factories.scheme import AT
from voucher.matching.assignment import assign
from voucher.vouchers.suggesting.models import Bar, SuggestionStatus
from voucher.vouchers.suggesting.rules import (
    FRESH_FOR,
    Option,
    Outcome,
    Standing,
    Want,
    bar_of,
    canonical,
    first_choices,
    given_of,
    is_fresh,
    market_of,
    one_after_the_other,
    settled_as,
    sha256_of,
)


def want(name, *options):
    found = tuple(Option(o, p, n) for n, (o, p) in enumerate(options, 1))
    return Want(name, found)


EARLY = want("VCH-1", ("OFF-A", 900), ("OFF-B", 890))
LATE = want("VCH-2", ("OFF-A", 880))
ROOMS = {"OFF-A": 1, "OFF-B": 1}


def best(wants, rooms):
    given = given_of(wants, rooms)
    found = assign(market_of(given), seed="x")
    return Outcome(sum(int(o) >= 0 for o in found.option_of), round(found.total))


def test_the_plan_is_better_than_the_simpler_ways_where_first_choices_collide():
    assert best([EARLY, LATE], ROOMS) == Outcome(2, 1_770)
    assert one_after_the_other([EARLY, LATE], ROOMS) == Outcome(1, 900)
    assert one_after_the_other([LATE, EARLY], ROOMS) == Outcome(2, 1_770)
    assert first_choices([LATE, EARLY], ROOMS) == Outcome(1, 880)


def test_what_is_assigned_does_not_depend_on_the_order_and_has_one_hash():
    given = given_of([LATE, EARLY], ROOMS)
    assert given == given_of([EARLY, LATE], ROOMS)
    assert given["capacity"] == ROOMS
    assert [need["id"] for need in given["needs"]] == ["VCH-1", "VCH-2"]
    assert sha256_of(given) == hashlib.sha256(canonical(given)).hexdigest()
    assert json.loads(canonical(given)) == given
    assert given_of([want("V", ("A", 1))], {"A": -2, "B": 3})["capacity"] == {"A": 0}


def test_nobody_to_place():
    assert best([], {}) == Outcome(0, 0)
    assert best([Want("V", (), "On hold.")], {}) == Outcome(0, 0)
    assert first_choices([], {}) == one_after_the_other([Want("V")], {}) == Outcome(0, 0)


@given(
    st.lists(
        st.lists(st.tuples(st.sampled_from("ABCD"), st.integers(1, 1_000)), max_size=4),
        max_size=6,
    ),
    st.fixed_dictionaries(dict.fromkeys("ABCD", st.integers(0, 3))),
)
def test_no_simpler_way_has_more_points(lists, rooms):
    wants = [
        want(f"V{n}", *sorted(dict(options).items(), key=lambda o: -o[1]))
        for n, options in enumerate(lists)
    ]
    whole = best(wants, rooms)
    for simpler in (one_after_the_other, first_choices):
        assert simpler(wants, rooms).points <= whole.points


FREE = {
    "chosen": False,
    "voucher_live": True,
    "held": False,
    "connected": False,
    "on_offer": True,
    "room": 1,
    "declined": False,
}


@pytest.mark.parametrize(
    ("changes", "bar"),
    [
        ({}, None),
        ({"chosen": True, "voucher_live": False}, Bar.CHOSEN),
        ({"voucher_live": False, "held": True}, Bar.VOUCHER_OVER),
        ({"voucher_live": False, "in_time": False}, Bar.VOUCHER_OVER),
        ({"in_time": False, "held": True}, Bar.DAY_OVER),
        ({"held": True, "declined": True}, Bar.HELD),
        ({"declined": True, "on_offer": False}, Bar.DECLINED),
        ({"connected": True, "on_offer": False}, Bar.CONNECTED),
        ({"on_offer": False, "room": 0}, Bar.NOT_OPEN),
        ({"room": 0}, Bar.FULL),
        ({"room": -1}, Bar.FULL),
    ],
)
def test_what_bars_a_suggestion(changes, bar):
    assert bar_of(Standing(**{**FREE, **changes})) is bar


def test_what_becomes_of_one_that_has_ended():
    assert settled_as(Bar.CHOSEN, 7, 7) is SuggestionStatus.TAKEN
    assert settled_as(Bar.CHOSEN, 8, 7) is SuggestionStatus.PASSED
    assert settled_as(Bar.FULL, None, 7) is SuggestionStatus.EXPIRED


def test_a_preview_is_fresh_for_a_day():
    assert is_fresh(AT, AT + FRESH_FOR)
    assert not is_fresh(AT, AT + FRESH_FOR + timedelta(seconds=1))
    assert not is_fresh(None, AT)
