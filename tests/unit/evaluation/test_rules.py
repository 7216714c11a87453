"""When surveys are asked, links, and which counts are withheld."""

from datetime import date, timedelta

import pytest

from voucher.evaluation.models import Wave
from voucher.evaluation.rules import (
    OPEN_DAYS,
    Sum,
    add_months,
    due_on,
    is_open,
    survey_token,
    wave_to_ask,
    withheld,
)

START = date(2026, 3, 10)


@pytest.mark.parametrize(
    ("start", "months", "then"),
    [
        (date(2026, 1, 31), 1, date(2026, 2, 28)),
        (date(2027, 11, 30), 3, date(2028, 2, 29)),
        (date(2026, 10, 15), 3, date(2027, 1, 15)),
        (date(2026, 12, 31), 12, date(2027, 12, 31)),
        (date(2028, 2, 29), 12, date(2029, 2, 28)),
        (date(2026, 9, 1), 3, date(2026, 12, 1)),
    ],
)
def test_months_are_added_as_people_do(start, months, then):
    assert add_months(start, months) == then


def test_a_follow_up_is_asked_from_its_day_on_and_for_sixty_days():
    due = due_on(Wave.MONTH_3, START)
    assert due == date(2026, 6, 10)
    assert wave_to_ask(START, due - timedelta(days=1), ()) is None
    assert wave_to_ask(START, due, ()) is Wave.MONTH_3
    last = due + timedelta(days=OPEN_DAYS - 1)
    assert wave_to_ask(START, last, ()) is Wave.MONTH_3
    assert wave_to_ask(START, last + timedelta(days=1), ()) is None


def test_what_was_asked_is_not_asked_again():
    assert wave_to_ask(START, date(2026, 6, 11), {Wave.MONTH_3}) is None
    assert wave_to_ask(START, date(2026, 9, 11), {Wave.MONTH_3}) is Wave.MONTH_6


def test_a_missed_wave_is_left_out():
    assert wave_to_ask(START, date(2027, 3, 12), {Wave.BASELINE}) is Wave.MONTH_12


def test_a_follow_up_closes_after_sixty_days():
    due = date(2026, 6, 10)
    assert is_open(due, due + timedelta(days=59))
    assert not is_open(due, due + timedelta(days=60))
    assert not is_open(None, due)


def test_a_link_depends_on_key_and_nonce_and_is_long():
    token = survey_token(b"a key of more than sixteen", "ab" * 16)
    assert len(token) == 43
    assert token == survey_token(b"a key of more than sixteen", "ab" * 16)
    assert token != survey_token(b"a key of more than sixteen", "ac" * 16)
    assert token != survey_token(b"another key of many bytes", "ab" * 16)


ADDS_UP = [Sum("all", ("a", "b", "c"))]


def hidden(**counts):
    return withheld({"all": sum(counts.values()), **counts}, ADDS_UP)


def test_large_counts_and_noughts_are_published():
    assert hidden(a=5, b=12, c=0) == frozenset()


def test_one_small_count_takes_the_smallest_other_with_it():
    assert hidden(a=4, b=9, c=30) == {"a", "b"}


def test_two_small_counts_protect_each_other():
    assert hidden(a=1, b=4, c=30) == {"a", "b"}


def test_a_small_count_beside_noughts_takes_the_total_with_it():
    assert hidden(a=3, b=0, c=0) == {"a", "all"}
    counts = {"all": 9, "a": 9, "b": 0, "c": 0}
    assert withheld(counts, ADDS_UP, {"a"}) == {"a", "all"}


def test_what_is_withheld_runs_on_through_linked_sums():
    sums = [Sum("top", ("left", "mid")), Sum("mid", ("x", "y"))]
    counts = {"top": 60, "left": 20, "mid": 40, "x": 38, "y": 2}
    found = withheld(counts, sums)
    assert found == {"x", "y"}
    counts = {"top": 60, "left": 58, "mid": 2, "x": 2, "y": 0}
    found = withheld(counts, sums)
    assert {"mid", "x", "left"} <= found
    for each in sums:
        assert sum(key in found for key in (each.total, *each.parts)) != 1


def test_where_there_is_nothing_else_to_withhold_nothing_is():
    counts = {"all": 0, "a": 0, "b": 0, "c": 0}
    assert withheld(counts, ADDS_UP, {"a"}) == {"a"}


@pytest.mark.parametrize("seed", range(40))
def test_no_sum_ever_lacks_just_one_count(seed):
    import random

    draw = random.Random(seed)
    sums = [Sum("t", ("a", "b", "m")), Sum("m", ("c", "d", "n")), Sum("n", ("e", "f"))]
    counts = {key: draw.choice((0, 1, 2, 4, 5, 7, 30)) for key in "abcdef"}
    counts["n"] = counts["e"] + counts["f"]
    counts["m"] = counts["c"] + counts["d"] + counts["n"]
    counts["t"] = counts["a"] + counts["b"] + counts["m"]
    found = withheld(counts, sums)
    assert all(key in found for key, count in counts.items() if 0 < count < 5)
    for each in sums:
        missing = [key for key in (each.total, *each.parts) if key in found]
        assert len(missing) != 1
