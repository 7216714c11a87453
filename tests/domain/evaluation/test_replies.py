"""Replies counted by round, wave, arm and part of the list."""

from datetime import timedelta

from sqlalchemy import event

from tests.factories.cases import make_officer
from tests.factories.evaluation import (
    FOLLOW_UP,
    SURVEY_KEY,
    make_assigned,
    make_redeemed,
    make_survey,
)
from tests.factories.scheme import AT, make_round
from voucher.allocation.models import Arm
from voucher.core.db import db
from voucher.evaluation.jobs import ask_follow_ups
from voucher.evaluation.models import SurveyResponse, Wave
from voucher.evaluation.operations import answer, opt_out
from voucher.evaluation.queries.replies import replies_of_rounds
from voucher.evaluation.reply_rates import Replies
from voucher.programmes.models import AllocationMethod


def test_replies_are_counted_with_what_came_of_each(session):
    round_ = make_round()
    surveys = [make_survey(make_redeemed(round_)) for _ in range(5)]
    at, officer = surveys[0].asked_at, make_officer()
    for response, by in ((surveys[0], None), (surveys[1], officer.id)):
        answer(response=response, arm=Arm.VOUCHER, answers=FOLLOW_UP, sending=True, at=at, by=by)
    few = {"staff": 1}
    answer(response=surveys[2], arm=Arm.VOUCHER, answers=few, sending=False, at=at)
    for response in (surveys[0], surveys[3]):
        opt_out(response=response, at=at)

    def counted(days):
        found = replies_of_rounds(at + timedelta(days=days))
        assert list(found) == [(round_.reference, round_.name)]
        return found[round_.reference, round_.name]

    common = {"asked": 5, "answered": 2, "by_phone": 1, "opted_out": 1}
    key = (Wave.MONTH_3, Arm.VOUCHER, "")
    assert counted(0) == [Replies(*key, **common, begun=1, overdue=0, closed=0)]
    assert counted(28) == [Replies(*key, **common, begun=1, overdue=2, closed=0)]
    assert counted(60) == [Replies(*key, **common, begun=0, overdue=0, closed=2)]


def test_arms_and_parts_of_the_list_are_counted_apart_and_rounds_newest_first(session):
    older = make_round()
    make_survey(make_redeemed(older))
    drawn = make_round(allocation_method=AllocationMethod.RANDOM)
    for arm, stratum in (
        (Arm.VOUCHER, "small"),
        (Arm.VOUCHER, "large"),
        (Arm.COMPARISON, "small"),
        (Arm.COMPARISON, "small"),
    ):
        make_assigned(drawn, arm, stratum=stratum)
    session.commit()
    at = AT + timedelta(days=93)
    ask_follow_ups(SURVEY_KEY, at)
    found = replies_of_rounds(at)
    assert [reference for reference, _ in found] == [drawn.reference, older.reference]
    counts = {(each.arm, each.stratum): each.asked for each in found[drawn.reference, drawn.name]}
    assert counts == {
        (Arm.VOUCHER, "small"): 1,
        (Arm.VOUCHER, "large"): 1,
        (Arm.COMPARISON, "small"): 2,
    }
    assert list(replies_of_rounds(at, older.reference)) == [(older.reference, older.name)]
    assert replies_of_rounds(at, "RND-NONE") == {}


def test_it_takes_one_statement_however_many_were_asked(session):
    for _ in range(3):
        make_survey(make_redeemed())
    assert session.query(SurveyResponse).count() == 3
    seen = []

    def note(_connection, _cursor, statement, *_rest):
        seen.append(statement)

    event.listen(db.engine, "before_cursor_execute", note)
    try:
        replies_of_rounds(AT)
    finally:
        event.remove(db.engine, "before_cursor_execute", note)
    assert len(seen) == 1
