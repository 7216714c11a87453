"""What a review says of the parts of the list, and which of them were joined."""

import pytest

from voucher.evaluation.reports.strata import strata_words

WAVES = {"month_6": "6 months", "month_12": "12 months"}


def found(*joined, fewest=2, without_lottery=()):
    outcomes = [
        {"label": name, "wave": wave, "joined_strata": lots}
        for name, wave, lots in zip(("Adoption", "Staff"), WAVES, joined, strict=False)
    ]
    strata = {"parts": 9, "fewest": fewest, "without_lottery": list(without_lottery)}
    return {"strata": strata, "outcomes": outcomes}


def test_joined_parts_are_named_by_outcome():
    words = strata_words(found([["S1", "S2"], ["S4", "S5", "S6"]], []), WAVES)
    assert "9 parts" in words[0]
    assert "fewer than 2" in words[1]
    assert words[1].endswith(" S1 is the first part in the order of their names.")
    assert words[2] == "Joined for “Adoption, 6 months”: S1 and S2; S4, S5 and S6."
    assert words[3] == "Joined for “Staff, 12 months”: none."


def test_the_same_parts_are_named_once():
    words = strata_words(found([["S1", "S2"]], [["S1", "S2"]]), WAVES)
    assert words[2:] == ["Joined for every outcome: S1 and S2."]


def test_where_none_was_small_that_is_said():
    words = strata_words(found([], []), WAVES)
    assert words[2:] == ["No part was so small."]
    assert "S1" not in words[1]


def test_a_part_without_a_lottery_is_named():
    words = strata_words(found([], [], without_lottery=("S3",)), WAVES)
    assert words[-1] == "In S3 the draw left a group empty: nobody there is compared."


def test_a_plan_from_before_the_rule_says_nothing_of_it():
    assert len(strata_words(found([], [], fewest=None), WAVES)) == 1


@pytest.mark.parametrize("findings", [{}, {"strata": None}])
def test_where_the_list_is_whole_there_is_nothing_to_say(findings):
    assert strata_words(findings, WAVES) == []
