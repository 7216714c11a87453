"""The questions of equality monitoring, stages, digests, and when answers are forgotten."""

import re
from datetime import date
from pathlib import Path

import pytest

from voucher.core.errors import Invalid
from voucher.equality.models import Disability, EqualityAnswer, Sex
from voucher.equality.rules import (
    QUESTIONS,
    Stage,
    checked,
    digest_of,
    is_to_be_forgotten,
    stages_of,
)


def test_every_answer_has_its_words_and_every_question_lets_nobody_say():
    for question in QUESTIONS:
        assert list(question.options) == list(question.kind)
        assert list(question.options.values())[-1] == "Prefer not to say"


def test_blanks_are_left_out_and_answers_become_members():
    answers = {"sex": "female", "age_band": None, "disability": "no"}
    assert checked(answers) == {"sex": Sex.FEMALE, "disability": Disability.NO}


@pytest.mark.parametrize(
    ("answers", "field"), [({}, "sex"), ({"sex": None}, "sex"), ({"age_band": "old"}, "age_band")]
)
def test_nothing_at_all_and_answers_not_offered_are_refused(answers, field):
    with pytest.raises(Invalid) as refusal:
        checked(answers)
    assert refusal.value.field == field


@pytest.mark.parametrize(
    ("stood", "drawn", "redeemed", "last"),
    [
        (["submitted", "refused"], False, False, Stage.APPLIED),
        (["submitted", "eligible", "withdrawn"], False, False, Stage.ELIGIBLE),
        (["comparison"], False, False, Stage.ELIGIBLE),
        (["submitted", "approved", "refused"], False, False, Stage.OFFERED),
        (["eligible"], True, False, Stage.OFFERED),
        ([], False, True, Stage.REDEEMED),
    ],
)
def test_a_stage_counts_in_all_before_it(stood, drawn, redeemed, last):
    stages = list(Stage)
    wanted = tuple(stages[: stages.index(last) + 1])
    assert stages_of(stood, drawn=drawn, redeemed=redeemed) == wanted


def test_the_digest_needs_the_key_and_tells_nothing():
    one = digest_of(b"key", "APP-0001-0001")
    assert one == digest_of(b"key", "APP-0001-0001")
    assert one != digest_of(b"other", "APP-0001-0001")
    assert len(one) == 64


def test_the_table_holds_nothing_that_leads_to_a_case():
    """No number of its own, no moment, no person, no application: only these columns."""
    columns = set(EqualityAnswer.__table__.columns.keys())
    assert columns == {"digest", "round_id", "questions_version"} | {q.code for q in QUESTIONS}
    assert [each.target_fullname for each in EqualityAnswer.__table__.foreign_keys] == ["round.id"]


def test_answers_are_kept_two_years():
    assert not is_to_be_forgotten(date(2026, 6, 30), date(2028, 6, 28))
    assert is_to_be_forgotten(date(2026, 6, 30), date(2028, 6, 29))


def test_only_these_files_may_know_of_the_answers():
    """Case pages, searches, exports, extracts and events can't show what they don't import."""
    root = Path(__file__).parents[2]
    knowing = {
        str(path.relative_to(root / "voucher"))
        for path in (root / "voucher").rglob("*.py")
        if re.search(r"voucher\.equality|EqualityAnswer", path.read_text())
    }
    own = {each for each in knowing if each.startswith(("equality/", "evaluation/monitoring/"))}
    assert knowing - own == {
        "models.py",
        "web/business/equality.py",
        "web/staff/equality.py",
        "sandbox/seed/telling.py",  # plays the owners of the demonstration, who answer
    }
    page = (root / "voucher/web/staff/equality.py").read_text()
    assert re.findall(r"from voucher\.equality\S* import (.*)", page) == [
        "EqualityTables",
        "rounds_with_tables, versions_of",
    ]
