"""Vouchers by kind of provider, as reports tell it."""

import pytest

from voucher.evaluation.provider_kinds import KINDS, kind_of, kinds_used

COMPANY, SMALL, TRADER, OTHER = KINDS.values()


def test_kinds():
    assert kind_of("01234567", True) == COMPANY
    assert kind_of(None, False) == OTHER


@pytest.mark.parametrize(
    ("used", "shown"),
    [
        ({}, []),
        ({COMPANY: 9, TRADER: 6}, [9, 6]),
        ({COMPANY: 9, SMALL: 8, TRADER: 2}, [9, None, None]),
        ({COMPANY: 9, TRADER: 1}, [None, None]),
        ({COMPANY: 3}, [None]),
    ],
)
def test_small_numbers_and_what_gives_them_back_are_withheld(used, shown):
    kinds = [kind for kind, count in used.items() for _ in range(count)]
    assert [each["count"] for each in kinds_used([*kinds, None], hide=False)] == shown


def test_all_are_withheld_with_the_number_redeemed():
    found = kinds_used([COMPANY] * 9 + [TRADER] * 6, hide=True)
    assert [each["count"] for each in found] == [None, None]
