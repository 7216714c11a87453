"""What a ranked list tells each who is on it: one letter, with rank, points and marks."""

import pytest
from sqlalchemy import select

from tests.factories.cases import make_case, make_officer
from tests.factories.scheme import AT, stored
from tests.factories.scoring import SCORED_AT, SETTLED_AT, begun_contest, make_contest, rule_with
from voucher.accounts.models import Membership
from voucher.accounts.roles import Role
from voucher.allocation.scored.operations import removing
from voucher.applications.models import DecisionOutcome
from voucher.applications.operations.decide import decide
from voucher.applications.operations.drawn import reconsider
from voucher.audit.operations import seal
from voucher.notifications.jobs import write_messages
from voucher.notifications.models import Message


def told(session, desk, case):
    """Every message about a case, made of what has happened."""
    seal(at=SETTLED_AT)
    session.commit()
    write_messages(desk, SETTLED_AT)
    return [
        message
        for message in session.execute(select(Message)).scalars()
        if case.reference in f"{message.subject} {message.text_body}"
    ]


@pytest.mark.parametrize(
    ("number", "replaces", "kind", "words"),
    [
        (0, True, "notice_to_confirm", ["£1,000"]),
        (1, True, "application_ranked_waiting", ["number 2 of 3", "60 points", "Need: 3, 3"]),
        (1, False, "application_unplaced", ["number 2 of 3", "went to those with higher results"]),
        (2, True, "application_unplaced", ["vouchers from 40 points on", "Reach: 1, 1"]),
    ],
)
def test_each_is_told_once_how_it_came_out(session, desk, number, replaces, kind, words):
    contest = begun_contest(3, rule=rule_with(places=1, least_bps=4_000), replaces=replaces)
    contest.score_all(5, 3, 1)
    contest.settle()
    case = contest.cases[number]
    (message,) = told(session, desk, case)
    assert message.kind == kind
    assert all(each in message.text_body for each in words)
    if number:
        link = f"https://vouchers.example/business/applications/{case.reference}/marks"
        assert link in message.text_body


def test_who_qualifies_is_told_that_two_people_score(session, desk):
    case = make_case(make_contest(0).round)
    decide(
        application=case,
        outcome=DecisionOutcome.APPROVE,
        award_pence=100_000,
        reasons=["meets_rules"],
        note="",
        by=make_officer().id,
        at=SETTLED_AT,
    )
    (message,) = told(session, desk, case)
    assert "to be scored" in message.subject
    assert "two people score" in message.text_body
    assert "drawn by lot" not in message.text_body


def test_who_is_looked_at_again_reads_nothing_of_a_draw(session, desk):
    contest = make_contest(1)
    (case,) = contest.cases
    reconsider(application=case, note="Entered twice.", by=contest.manager.id, at=SETTLED_AT)
    (message,) = told(session, desk, case)
    assert message.kind == "application_reconsidered"
    assert "before the places are settled" in message.text_body
    assert "draw" not in message.text_body


def strike(contest, case, who):
    return removing.strike(
        scoring=contest.begun,
        number=contest.number(case),
        user_id=who.id,
        reason="Is a cousin of the owner, as we learned today.",
        by=contest.manager.id,
        at=SCORED_AT,
    )


def letters(session, desk):
    seal(at=SETTLED_AT)
    session.commit()
    write_messages(desk, SETTLED_AT)
    kind = select(Message).where(Message.kind == "scorer_needed")
    return session.execute(kind.order_by(Message.id)).scalars().all()


def test_whoever_can_take_the_place_of_a_struck_sheet_is_asked_by_number_alone(session, desk):
    contest = begun_contest(1)
    (case,), (one, two, three) = contest.cases, contest.scorers
    conflicted, undeclared = make_officer(), make_officer()
    contest.declare(conflicted, case)
    member = make_officer()
    stored(
        Membership(
            user_id=member.id, business_id=case.business_id, role=Role.BUSINESS, joined_at=AT
        )
    )
    contest.score(case, 5, 4)
    strike(contest, case, one)
    asked = {each.recipient for each in letters(session, desk)}
    able = {three.email, undeclared.email, contest.second.email}
    assert able <= asked
    assert not {one.email, two.email, conflicted.email, member.email} & asked
    assert contest.manager.email not in asked
    letter = letters(session, desk)[0]
    assert f"application {contest.number(case)} of" in letter.subject
    assert f"/staff/scoring/{contest.begun.reference}" in letter.text_body
    assert case.business.name not in letter.text_body
    assert case.reference not in letter.text_body
    assert len(letters(session, desk)) == len(asked)


def test_where_nobody_is_needed_any_more_nobody_is_asked(session, desk):
    """Three have scored and the two left agree; or the place was taken before the letter."""
    contest = begun_contest(2)
    (first, second), (one, two, three) = contest.cases, contest.scorers
    contest.score(first, 5, 1, 1)
    strike(contest, first, one)
    contest.score(second, 5, 4)
    strike(contest, second, two)
    contest.take(second, three)
    assert letters(session, desk) == []
