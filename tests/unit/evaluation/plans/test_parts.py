"""Parts of the list in which hardly anybody would answer are told before the plan is locked."""

from dataclasses import replace

from tests.unit.evaluation.plans.plans import ARMS, COMPARES_NOBODY, ON_A_SHARE
from voucher.evaluation.plans.parts import FEW_EXPECTED, MOST_NAMED, Part, parts_of

BY_PLACE = replace(ON_A_SHARE, stratum_basis="place")


def test_what_is_to_come_is_like_what_has_come():
    """Four times as many are expected. Two in three are offered, and 80 in 100 answer."""
    found = parts_of(BY_PLACE, ARMS, {"Carlisle": 48, "Eden": 2})
    assert (found.known, found.total, found.number) == (50, 2, 1)
    assert found.small == [Part("Eden", 8, 4, 2)]
    assert found.fewest == FEW_EXPECTED
    assert found.joined
    assert not parts_of(replace(BY_PLACE, fewest_in_stratum=0), ARMS, {"Carlisle": 48}).joined


def test_more_than_expected_are_counted_as_they_are():
    found = parts_of(BY_PLACE, ARMS, {"Carlisle": 400, "Eden": 15})
    assert found.small == [Part("Eden", 15, 8, 4)]
    assert parts_of(BY_PLACE, ARMS, {"Carlisle": 400, "Eden": 18}).small == []


def test_the_plan_says_what_is_few_and_what_becomes_of_it():
    plan = replace(BY_PLACE, fewest_in_stratum=20)
    found = parts_of(plan, ARMS, {"Carlisle": 150, "Eden": 50})
    assert (found.fewest, found.joined) == (20, True)
    assert found.small == [Part("Eden", 50, 27, 13)]


def test_the_smallest_are_named_first_and_not_all_of_them():
    found = parts_of(BY_PLACE, ARMS, {f"Place {n:02}": 1 + n % 2 for n in range(40)})
    assert found.number == 40
    assert len(found.small) == MOST_NAMED
    assert found.small[0].name == "Place 00"


def test_before_anybody_applied_sizes_are_taken_as_even():
    found = parts_of(ON_A_SHARE, ARMS, {})
    assert (found.known, found.total, found.number) == (0, 5, 0)
    few = replace(ON_A_SHARE, assumptions=replace(ON_A_SHARE.assumptions, places=20, demand=40))
    assert parts_of(few, ARMS, {}).number == 5
    assert parts_of(BY_PLACE, ARMS, {}) is None


def test_a_list_that_is_not_divided_has_no_parts():
    assert parts_of(replace(ON_A_SHARE, stratum_basis="none"), ARMS, {"": 9}) is None
    assert parts_of(COMPARES_NOBODY, ARMS, {"": 9}) is None
