"""The question bank: whole, comparable with the baseline, short, and strict about answers."""

import pytest

from tests.factories.evaluation import FOLLOW_UP, OLDER_FOLLOW_UP
from voucher.allocation.models import Arm
from voucher.applications.baseline import BY_CODE, AnswerKind
from voucher.evaluation.bank.ladder import LADDER, rung_of
from voucher.evaluation.indicators import OUTCOMES_BY_CODE
from voucher.evaluation.plausible import USUAL
from voucher.evaluation.questions import (
    FOLLOW_UP_VERSION,
    FOLLOW_UPS,
    LONGEST_SECONDS,
    MAY_BE_BLANK,
    faults,
    follow_up,
    seconds_needed,
)

VOUCHER = follow_up(FOLLOW_UP_VERSION, Arm.VOUCHER)
COMPARISON = follow_up(FOLLOW_UP_VERSION, Arm.COMPARISON)
OLDER = follow_up("2026-1", Arm.VOUCHER)
EVERY_SET = [
    pytest.param(questions, id=f"{version}-{arm}")
    for version, arms in FOLLOW_UPS.items()
    for arm, questions in arms.items()
]


def test_both_groups_are_asked_the_same_first_and_the_trial_last():
    assert VOUCHER[: len(COMPARISON)] == COMPARISON
    assert [q.code for q in VOUCHER[len(COMPARISON) :]] == ["trial", "in_use"]


def test_the_older_version_is_as_it_was_asked():
    assert [q.code for q in OLDER] == [
        "trial",
        "in_use",
        "uses_technology",
        "paying",
        "hours_lost_week",
        "errors_in_100",
        "turnover_band",
        "staff",
        "confidence",
        "helpful",
        "similar_support",
    ]
    assert faults(OLDER, OLDER_FOLLOW_UP, sending=True) == {}


@pytest.mark.parametrize("questions", EVERY_SET)
def test_codes_are_unique_and_every_number_has_its_unit(questions):
    assert len({q.code for q in questions}) == len(questions)
    assert all(q.unit and q.most for q in questions if q.kind is AnswerKind.NUMBER)


@pytest.mark.parametrize("questions", EVERY_SET)
def test_a_code_means_the_same_in_every_version(questions):
    newest = {q.code: q for q in VOUCHER}
    for question in questions:
        again = newest.get(question.code, question)
        assert (again.words, again.kind, again.options) == (
            question.words,
            question.kind,
            question.options,
        )


@pytest.mark.parametrize("questions", EVERY_SET)
def test_a_survey_takes_three_minutes_at_the_most(questions):
    assert seconds_needed(questions) <= LONGEST_SECONDS


def test_what_takes_how_long():
    assert seconds_needed(()) == 0
    assert seconds_needed(COMPARISON) < seconds_needed(VOUCHER)


@pytest.mark.parametrize("questions", EVERY_SET)
def test_every_baseline_question_comes_back_with_its_unit_and_options(questions):
    again = {q.code: q for q in questions}
    for code, before in BY_CODE.items():
        if code not in again:
            assert code == "turnover_band"
            continue
        after = again[code]
        assert (after.kind, after.unit, after.most) == (before.kind, before.unit, before.most)
        assert after.options == before.options


def test_turnover_is_asked_of_the_same_twelve_months_before_and_after():
    asked = [
        BY_CODE["turnover_band"],
        next(q for q in OLDER if q.code == "turnover_band"),
        next(q for q in VOUCHER if q.code == "turnover_pounds"),
    ]
    assert {q.words for q in asked} == {"What was your turnover in the last 12 months?"}
    assert all("without VAT" in q.hint.replace("Without", "without") for q in asked)


def test_every_rung_of_the_ladder_is_asked_and_reported():
    asked = {q.code for q in VOUCHER}
    for rung in LADDER:
        assert asked & set(rung.questions), rung.name
        assert all(code in OUTCOMES_BY_CODE for code in rung.indicators), rung.name
    assert all(rung_of(q.code) for q in (*VOUCHER, *OLDER))
    assert rung_of("something") is None


def test_what_compares_arms_is_asked_of_every_arm():
    asked = {q.code for q in COMPARISON}
    for rung in LADDER:
        for code in rung.indicators:
            indicator = OUTCOMES_BY_CODE[code]
            if indicator.every_arm and not indicator.official:
                assert asked & set(rung.questions), code
    assert [code for code, each in OUTCOMES_BY_CODE.items() if not each.every_arm] == [
        "trial",
        "in_use",
    ]


def test_what_is_usual_is_said_of_numbers_that_are_asked():
    numbers = {q.code: q for q in VOUCHER if q.kind is AnswerKind.NUMBER}
    assert set(USUAL) == set(numbers) == MAY_BE_BLANK
    assert all(USUAL[code].most < question.most for code, question in numbers.items())


def test_a_whole_answer_has_no_fault():
    assert faults(VOUCHER, FOLLOW_UP, sending=True) == {}


def test_what_is_saved_for_later_may_be_incomplete_but_not_wrong():
    assert faults(VOUCHER, {}, sending=False) == {}
    assert list(faults(VOUCHER, {"staff": -1}, sending=False)) == ["staff"]


def test_numbers_may_be_left_blank_and_choices_may_not():
    found = faults(VOUCHER, {}, sending=True)
    assert "hours_lost_week" not in found
    assert "errors_in_100" not in found
    assert "turnover_pounds" not in found
    assert "paying" in found
    assert "confidence" in found
    assert "custom" in found


@pytest.mark.parametrize(
    ("code", "answer"),
    [
        ("errors_in_100", 101),
        ("hours_lost_week", 1_000_000_000_000),
        ("staff", -1),
        ("staff", "5"),
        ("staff", True),
        ("confidence", 6),
        ("confidence", "3"),
        ("paying", "maybe"),
        ("turnover_pounds", 1_000_000_001),
        ("turnover_pounds", 1.5),
        ("custom", "gone"),
    ],
)
def test_an_impossible_answer_is_refused(code, answer):
    assert code in faults(VOUCHER, {**FOLLOW_UP, code: answer}, sending=True)


def test_an_unknown_version_is_a_defect():
    with pytest.raises(KeyError):
        follow_up("1999-1", Arm.VOUCHER)
