"""The question bank: whole, comparable with the baseline, and strict about answers."""

import pytest

from tests.factories.evaluation import FOLLOW_UP
from voucher.allocation.models import Arm
from voucher.applications.baseline import BY_CODE
from voucher.evaluation.questions import FOLLOW_UP_VERSION, faults, follow_up

VOUCHER = follow_up(FOLLOW_UP_VERSION, Arm.VOUCHER)
COMPARISON = follow_up(FOLLOW_UP_VERSION, Arm.COMPARISON)


def test_both_groups_are_asked_the_same_but_for_the_trial():
    assert {q.code for q in VOUCHER} - {q.code for q in COMPARISON} == {"trial", "in_use"}
    assert {q.code for q in COMPARISON} <= {q.code for q in VOUCHER}


def test_every_baseline_question_comes_back_with_its_unit_and_options():
    again = {q.code: q for q in VOUCHER}
    for code, before in BY_CODE.items():
        after = again[code]
        assert (after.kind, after.unit, after.most) == (before.kind, before.unit, before.most)
        assert after.options == before.options


def test_turnover_is_asked_of_the_same_twelve_months_before_and_after():
    for asked in (BY_CODE, *({q.code: q for q in arm} for arm in (VOUCHER, COMPARISON))):
        question = asked["turnover_band"]
        assert question.words == "What was your turnover in the last 12 months?"
        assert question.hint == BY_CODE["turnover_band"].hint


def test_codes_are_unique():
    assert len({q.code for q in VOUCHER}) == len(VOUCHER)


def test_a_whole_answer_has_no_fault():
    assert faults(VOUCHER, FOLLOW_UP, sending=True) == {}


def test_what_is_saved_for_later_may_be_incomplete_but_not_wrong():
    assert faults(VOUCHER, {}, sending=False) == {}
    assert list(faults(VOUCHER, {"staff": -1}, sending=False)) == ["staff"]


def test_numbers_may_be_left_blank_and_choices_may_not():
    found = faults(VOUCHER, {}, sending=True)
    assert "hours_lost_week" not in found
    assert "errors_in_100" not in found
    assert "paying" in found
    assert "confidence" in found


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
        ("turnover_band", ""),
    ],
)
def test_an_implausible_answer_is_refused(code, answer):
    assert code in faults(VOUCHER, {**FOLLOW_UP, code: answer}, sending=True)


def test_an_unknown_version_is_a_defect():
    with pytest.raises(KeyError):
        follow_up("1999-1", Arm.VOUCHER)
