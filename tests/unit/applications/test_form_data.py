"""The parts of the form and the questions of the baseline, as data."""

import pytest

from voucher.applications.baseline import QUESTIONS, AnswerKind, answer_words, fault_in, faults
from voucher.applications.sections import (
    SECTIONS,
    next_section,
    section_of,
    sections_for,
    still_to_do,
)
from voucher.businesses.models import LegalForm

EVERYTHING = [section.code for section in SECTIONS]
WHOLE = {
    "uses_technology": "no",
    "hours_lost_week": 0,
    "errors_in_100": 100,
    "turnover_band": "not-said",
    "staff": 0,
    "confidence": 5,
}


def test_codes_are_unique_and_what_a_part_needs_comes_before_it():
    assert len(set(EVERYTHING)) == len(EVERYTHING)
    for section in SECTIONS:
        if section.needs:
            assert EVERYTHING.index(section.needs) < EVERYTHING.index(section.code)
    assert section_of("problem").title == "The problem today"
    assert section_of("nothing") is None


@pytest.mark.parametrize(
    ("form", "asked"),
    [
        (LegalForm.COMPANY, False),
        (LegalForm.SOLE_TRADER, True),
        (LegalForm.CHARITY, True),
        (None, True),
    ],
)
def test_proof_is_asked_where_no_register_answers(form, asked):
    assert ("evidence" in {section.code for section in sections_for(form)}) is asked


def test_what_is_done_is_not_to_do():
    assert still_to_do(LegalForm.CHARITY, EVERYTHING) == ()
    missing = still_to_do(LegalForm.COMPANY, ["form", "business"])
    assert [section.code for section in missing][:2] == ["place", "people"]


def test_the_next_part_is_the_first_to_do_behind_the_one_just_saved():
    assert next_section(LegalForm.COMPANY, ["form"], "form").code == "business"
    assert next_section(LegalForm.COMPANY, ["form", "place"], "form").code == "business"
    assert next_section(LegalForm.COMPANY, [], "people").code == "problem"
    assert next_section(LegalForm.SOLE_TRADER, [], "people").code == "evidence"
    assert next_section(LegalForm.COMPANY, EVERYTHING, "form") is None
    assert next_section(LegalForm.COMPANY, [], "declarations") is None


def test_every_question_has_a_unit_or_options():
    for question in QUESTIONS:
        assert bool(question.unit) == (question.kind is AnswerKind.NUMBER)
        assert bool(question.options) == (question.kind is not AnswerKind.NUMBER)


def test_a_whole_set_has_no_fault_and_every_gap_is_one():
    assert faults(WHOLE) == {}
    assert faults({}).keys() == {question.code for question in QUESTIONS}


@pytest.mark.parametrize(
    ("code", "answer"),
    [
        ("hours_lost_week", -1),
        ("hours_lost_week", 2_001),
        ("hours_lost_week", "9"),
        ("hours_lost_week", 9.5),
        ("hours_lost_week", True),
        ("errors_in_100", 101),
        ("confidence", 0),
        ("confidence", 6),
        ("confidence", "5"),
        ("turnover_band", "plenty"),
        ("uses_technology", None),
    ],
)
def test_an_answer_out_of_bounds_is_named(code, answer):
    assert faults({**WHOLE, code: answer}).keys() == {code}


def test_answers_are_shown_with_their_unit_or_label():
    questions = {question.code: question for question in QUESTIONS}
    assert answer_words(questions["hours_lost_week"], 1_200) == "1,200 hours a week"
    assert answer_words(questions["confidence"], 5) == "5: very confident"
    assert answer_words(questions["turnover_band"], "under-25k") == "Less than £25,000"
    assert answer_words(questions["hours_lost_week"], None) == ""
    assert answer_words(questions["turnover_band"], None) == ""
    assert fault_in(questions["staff"], 3) is None
