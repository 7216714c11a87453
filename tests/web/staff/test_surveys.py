"""The page of replies: counts by round and wave."""

from tests.factories.evaluation import FOLLOW_UP, make_redeemed, make_survey
from tests.factories.scheme import make_member, make_round
from tests.page import text_of
from voucher.accounts.roles import Role
from voucher.allocation.models import Arm
from voucher.evaluation.operations import answer


def test_replies_are_counted_and_nobody_is_named(client, arrange):
    with arrange():
        evaluator = make_member(Role.EVALUATOR)
        round_ = make_round(name="Spring round")
        first, _second = (make_survey(make_redeemed(round_)) for _ in range(2))
        answer(response=first, arm=Arm.VOUCHER, answers=FOLLOW_UP, sending=True, at=first.asked_at)
    page = client.sign_in(evaluator).get("/staff/surveys/").page
    assert "Spring round" in page.text
    assert [text_of(cell) for cell in page.elements("td")] == [
        "3 months after",
        "2",
        "1",
        "0",
        "0",
        "50%",
    ]
    assert "Joinery" not in page.text


def test_before_the_first_survey_the_page_says_when(client, arrange):
    with arrange():
        evaluator = make_member(Role.EVALUATOR)
    page = client.sign_in(evaluator).get("/staff/surveys/").page
    assert "No survey has been asked yet" in page.text
