"""What may be said before a choice, and how often."""

from datetime import date

import pytest

from voucher.matching.dialogue.rules import asking_problem, contact_problem, later_than_wanted


@pytest.mark.parametrize(
    "words",
    [
        "Write to orders@mill.example please",
        "Call 0113 496 0000",
        "Call (0113) 496-0000 after six",
        "+44 113 496 0000",
        "See https://mill.example",
        "WWW.mill.example",
        "orders\uff20mill\uff0eexample",
        "\uff10\uff11\uff11\uff13 \uff14\uff19\uff16 \uff10\uff10\uff10\uff10",
        "0113\u200b496\u200b0000",
        "0113 \u2013 496 \u2013 0000",
    ],
)
def test_ways_to_reach_somebody_are_refused(words):
    assert contact_problem(words)


@pytest.mark.parametrize(
    "words",
    [
        "Does it work with 12,000 products and 3 shops?",
        "Our turnover was £1200000 in 2025 and 2024.",
        "We open 8 to 6. Can you come on 04/12/2026?",
        "Can you come on 04/12/2026, 10:30 to 11:45?",
        "Is it under 0.5 seconds @ peak?",
        "",
    ],
)
def test_ordinary_questions_are_not(words):
    assert contact_problem(words) is None


@pytest.mark.parametrize(
    ("unanswered", "about_this", "today", "refused"),
    [
        (2, 2, 4, False),
        (3, 0, 0, True),
        (0, 3, 0, True),
        (0, 0, 5, True),
        (0, 0, 0, False),
    ],
)
def test_questions_have_limits(unanswered, about_this, today, refused):
    found = asking_problem(unanswered=unanswered, about_this=about_this, today=today)
    assert bool(found) is refused


def test_a_start_is_late_only_after_the_day_wanted():
    day = date(2026, 6, 20)
    assert later_than_wanted(day, None) is None
    assert later_than_wanted(day, day) is None
    assert later_than_wanted(date(2026, 6, 21), day)
