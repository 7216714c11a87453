"""Rates and gaps: exact, by arm and by part of the list."""

import pytest

from voucher.allocation.models import Arm
from voucher.evaluation.models import Wave
from voucher.evaluation.reply_rates import Replies, by_arm, by_stratum, per_cent, points


def replies(arm, asked, answered, *, wave=Wave.MONTH_3, stratum=""):
    rest = dict.fromkeys(("by_phone", "begun", "opted_out", "overdue", "closed"), 1)
    return Replies(wave, arm, stratum, asked=asked, answered=answered, **rest)


@pytest.mark.parametrize(
    ("asked", "answered", "bps"),
    [(1, 0, 0), (3, 1, 3333), (3, 2, 6667), (8, 1, 1250), (7, 7, 10_000), (20_000, 1, 1)],
)
def test_a_rate_is_answered_of_asked(asked, answered, bps):
    assert replies(Arm.VOUCHER, asked, answered).rate_bps == bps


def test_the_gap_is_that_to_those_offered_in_the_same_wave_and_part():
    found = [
        replies(Arm.COMPARISON, 10, 4, stratum="small"),
        replies(Arm.COMPARISON, 10, 9, stratum="large"),
        replies(Arm.VOUCHER, 10, 6, stratum="small"),
        replies(Arm.WAITING, 4, 1, wave=Wave.MONTH_6, stratum="small"),
    ]
    rows = [(row.replies.arm, row.replies.stratum, row.gap_bps) for row in by_stratum(found)]
    assert rows == [
        (Arm.COMPARISON, "large", None),
        (Arm.VOUCHER, "small", None),
        (Arm.COMPARISON, "small", 2000),
        (Arm.WAITING, "small", None),
    ]


def test_by_arm_parts_of_the_list_are_added_up():
    found = [
        replies(Arm.VOUCHER, 10, 6, stratum="small"),
        replies(Arm.VOUCHER, 30, 6, stratum="large"),
        replies(Arm.COMPARISON, 20, 10, stratum="small"),
        replies(Arm.COMPARISON, 2, 2, wave=Wave.MONTH_12),
    ]
    first, second, third = by_arm(found)
    assert (first.replies.asked, first.replies.answered, first.replies.closed) == (40, 12, 2)
    assert (first.replies.stratum, first.gap_bps) == ("", None)
    assert (second.replies.rate_bps, second.gap_bps) == (5000, -2000)
    assert (third.replies.wave, third.gap_bps) == (Wave.MONTH_12, None)
    assert by_arm([]) == []


@pytest.mark.parametrize(
    ("bps", "words"),
    [(0, "0.0"), (4, "0.0"), (-4, "0.0"), (5, "+0.1"), (350, "+3.5"), (-25, "−0.3")],
)
def test_a_gap_has_its_sign(bps, words):
    assert points(bps) == words


def test_a_rate_is_written_to_one_decimal():
    assert [per_cent(bps) for bps in (0, 3333, 6667, 10_000)] == [
        "0.0%",
        "33.3%",
        "66.7%",
        "100.0%",
    ]
