"""Comparing two books, movement by movement."""

from hypothesis import given
from hypothesis import strategies as st

from voucher.payments.reconciling import (
    Difference,
    DifferenceKind,
    Movement,
    compare_movements,
    compare_sums,
)

movements = st.lists(
    st.builds(Movement, st.just("transfer"), st.sampled_from("abcdefgh"), st.integers(-50, 50)),
    unique_by=lambda one: one.reference,
)


def test_each_kind_of_difference():
    theirs = [Movement("topup", "a", 5), Movement("transfer", "b", -3), Movement("fee", "c", -1)]
    ours = [Movement("topup", "a", 5), Movement("transfer", "b", -4), Movement("transfer", "d", -9)]
    found = compare_movements(theirs, ours)
    assert found.matched == 1
    assert found.differences == (
        Difference(DifferenceKind.AMOUNT, "transfer b", -3, -4),
        Difference(DifferenceKind.ONLY_THEIRS, "fee c", -1, None),
        Difference(DifferenceKind.ONLY_OURS, "transfer d", None, -9),
    )


def test_what_is_under_way_is_left_out_but_not_what_differs():
    theirs = [Movement("transfer", "a", -1), Movement("transfer", "b", -2)]
    ours = [Movement("transfer", "b", -3)]
    found = compare_movements(theirs, ours, under_way={"a", "b"})
    assert [one.kind for one in found.differences] == [DifferenceKind.AMOUNT]


@given(movements, movements)
def test_everything_is_matched_or_shown(theirs, ours):
    found = compare_movements(theirs, ours)
    names = {one.reference for one in [*theirs, *ours]}
    assert found.matched + len(found.differences) == len(names)
    assert compare_movements(theirs, theirs).differences == ()


def test_sums_that_a_side_lacks_are_nothing():
    kind = DifferenceKind.PROVIDER_BALANCE
    assert compare_sums(kind, {"a": 0, "b": 2}, {"b": 2, "c": 0}) == ()
    assert compare_sums(kind, {"a": 1}, {"b": 2}) == (
        Difference(kind, "a", 1, 0),
        Difference(kind, "b", 0, 2),
    )


def test_a_difference_as_it_is_printed_and_stored():
    found = Difference(DifferenceKind.ONLY_THEIRS, "transfer tr_1", -123_456, None)
    assert found.sentence() == "only_theirs: transfer tr_1: theirs -£1,234.56, ours nothing"
    assert Difference(**found.as_json()) == found
