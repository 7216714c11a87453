"""Every outcome area has its words, once."""

import re

import pytest

from voucher.businesses.outcome_areas import AREAS, OutcomeArea, area_choices, wording_of


def test_every_code_has_exactly_one_wording_in_order():
    assert [area.code for area in AREAS] == list(OutcomeArea)
    assert [code for code, _, _ in area_choices()] == [code.value for code in OutcomeArea]


def test_labels_and_hints_are_distinct_and_fit_a_form():
    assert len({area.label for area in AREAS}) == len({area.hint for area in AREAS}) == len(AREAS)
    assert all(len(area.label) <= 30 and 20 < len(area.hint) <= 110 for area in AREAS)
    assert all(re.fullmatch(r"[a-z]+(-[a-z]+)*", area.code) for area in AREAS)


def test_wording_of_a_stored_code():
    assert wording_of("team-and-rota").label == "Team and rota"
    with pytest.raises(ValueError, match="'everything' is not a valid OutcomeArea"):
        wording_of("everything")
