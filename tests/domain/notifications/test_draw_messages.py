"""What a draw tells each who was in it: one letter, with the place in words and the proof."""

import pytest
from sqlalchemy import select

from tests.factories.cases import make_case, make_officer
from tests.factories.draws import DRAWN_AT, QUARTERS, make_lottery
from voucher.allocation.models import Arm, Assignment
from voucher.allocation.queries import drawn_place
from voucher.applications.models import Application, DecisionOutcome
from voucher.applications.operations.decide import decide
from voucher.audit.operations import seal
from voucher.notifications.jobs import write_messages
from voucher.notifications.models import Message


def told(session, desk, at):
    """Every message made of what has happened."""
    seal(at=at)
    session.commit()
    write_messages(desk, at)
    return session.execute(select(Message)).scalars().all()


@pytest.mark.parametrize(
    ("arm", "kind", "words"),
    [
        (Arm.VOUCHER, "notice_to_confirm", "£1,000"),
        (Arm.WAITING, "application_waiting", "Your number on it: 1"),
        (Arm.INFORMATION, "application_compared", "We can still help"),
        (Arm.COMPARISON, "application_compared", "After 31 March 2027"),
    ],
)
def test_each_arm_is_told_once_what_it_was_given(session, desk, arm, kind, words):
    lottery = make_lottery(8, arms=QUARTERS, draw_replaces=True)
    lottery.draw()
    query = select(Assignment.application_id).where(Assignment.arm == arm).limit(1)
    case = session.get_one(Application, session.execute(query).scalar_one())
    place = drawn_place(case.id)
    found = [
        message
        for message in told(session, desk, DRAWN_AT)
        if case.reference in f"{message.subject} {message.text_body}"
    ]
    assert [message.kind for message in found] == [kind]
    assert words in found[0].text_body
    if arm is not Arm.VOUCHER:
        assert f"https://vouchers.example/draws/{place.draw_reference}" in found[0].text_body
    if arm is Arm.COMPARISON:
        assert "We can still help" not in found[0].text_body


def test_who_qualifies_is_told_that_lots_are_drawn(session, desk):
    case = make_case(make_lottery(0).round)
    decide(
        application=case,
        outcome=DecisionOutcome.APPROVE,
        award_pence=100_000,
        reasons=["meets_rules"],
        note="",
        by=make_officer().id,
        at=DRAWN_AT,
    )
    (message,) = told(session, desk, DRAWN_AT)
    assert message.kind == "application_eligible"
    assert "drawn by lot" in message.text_body
