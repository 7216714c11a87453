"""The pages of replies and of the question bank: counts, gaps, every question, and no names."""

from datetime import timedelta

import pytest

from tests.factories.evaluation import (
    FOLLOW_UP,
    SURVEY_KEY,
    make_assigned,
    make_redeemed,
    make_survey,
)
from tests.factories.scheme import make_member, make_round
from tests.page import text_of
from voucher.accounts.roles import Role
from voucher.allocation.models import Arm
from voucher.core import clock
from voucher.core.db import session
from voucher.evaluation.jobs import ask_follow_ups
from voucher.evaluation.models import SurveyResponse
from voucher.evaluation.operations import answer
from voucher.evaluation.questions import FOLLOW_UPS
from voucher.programmes.models import AllocationMethod


@pytest.fixture
def evaluator(client, arrange):
    with arrange():
        evaluator = make_member(Role.EVALUATOR)
    return client.sign_in(evaluator)


@pytest.fixture
def drawn(arrange):
    """A drawn round asked a moment ago, one of two small offered ones having answered."""
    at = clock.now()
    with arrange():
        round_ = make_round(name="Spring round", allocation_method=AllocationMethod.RANDOM)
        begun = at - timedelta(days=93)
        cases = [make_assigned(round_, stratum="2 to 9", at=begun) for _ in range(2)]
        make_assigned(round_, Arm.COMPARISON, stratum="2 to 9", at=begun)
        make_assigned(round_, Arm.COMPARISON, stratum="10 to 49", at=begun)
    with arrange():
        ask_follow_ups(SURVEY_KEY, at)
        first = session.query(SurveyResponse).filter_by(application_id=cases[0].id).one()
        answer(response=first, arm=Arm.VOUCHER, answers=FOLLOW_UP, sending=True, at=at)
    return round_


def cells(page):
    return [
        [text_of(cell) for cell in row if cell.tag in ("td", "th")] for row in page.elements("tr")
    ]


def test_replies_are_counted_by_group_with_the_gap_and_nobody_is_named(evaluator, drawn):
    page = evaluator.get("/staff/surveys/").page
    assert "Spring round" in page.text
    when, rest = "3 months after", ["0", "0", "0", "0", "0"]
    assert cells(page)[1:] == [
        ["Offered a voucher", when, "2", "1", "50.0%", "–", *rest],
        ["Comparison group", when, "2", "0", "0.0%", "+50.0 pp", *rest],
    ]
    assert "Joinery" not in page.text


def test_a_round_is_counted_by_part_of_the_list_too_and_as_a_file(evaluator, drawn):
    page = evaluator.get(f"/staff/surveys/{drawn.reference}").page
    rows = [(row[0], row[2], row[3], row[5], row[6]) for row in cells(page)[1:]]
    assert rows == [
        ("Comparison group", "10 to 49", "1", "0.0%", "–"),
        ("Offered a voucher", "2 to 9", "2", "50.0%", "–"),
        ("Comparison group", "2 to 9", "1", "0.0%", "+50.0 pp"),
    ]
    answered = evaluator.get(f"/staff/surveys/{drawn.reference}/replies.csv")
    lines = answered.get_data(as_text=True).lstrip("\ufeff").splitlines()
    assert len(lines) == 4
    assert lines[1].startswith("3 months after,10 to 49,Comparison group,1,0,0,0,0,0,0,0.0%,")
    assert lines[3].endswith(",+50.0")


def test_an_unknown_round_is_not_found_and_one_without_surveys_says_so(evaluator, arrange):
    with arrange():
        quiet = make_round()
    assert evaluator.get("/staff/surveys/RND-NONE").status_code == 404
    assert evaluator.get("/staff/surveys/RND-NONE/replies.csv").status_code == 404
    page = evaluator.get(f"/staff/surveys/{quiet.reference}").page
    assert "No survey of this round has been asked yet" in page.text
    assert "No survey has been asked yet" in evaluator.get("/staff/surveys/").page.text


def test_a_rolling_round_has_its_rows_too(evaluator, arrange):
    with arrange():
        make_survey(make_redeemed(make_round(name="Rolling round")))
    page = evaluator.get("/staff/surveys/").page
    assert "Rolling round" in page.text
    assert cells(page)[1][0] == "Offered a voucher"


def test_the_bank_shows_every_question_of_every_version(evaluator):
    page = evaluator.get("/staff/surveys/questions").page
    for version, arms in FOLLOW_UPS.items():
        assert f"Version {version}" in page.text
        for question in arms[Arm.VOUCHER]:
            assert question.words in page.text
    assert "0 to 1,000,000,000 pounds; unusual above 50,000,000; may be left blank" in page.text
    assert "Renewed without subsidy" in page.text
    assert "displacement" in page.text
    asked = [row[-1] for row in cells(page) if row[1:2] == ["trial"]]
    assert asked == ["Those offered a voucher"] * 2
