"""What a business is told of a suggestion that stands, and of its case taken back from a draw."""

from datetime import timedelta

from sqlalchemy import select

from tests.domain.notifications.test_draw_messages import told
from tests.factories.cases import make_officer
from tests.factories.draws import make_lottery
from tests.factories.scheme import AT, make_round
from tests.factories.work import choose, make_job
from voucher.applications.operations.drawn import reconsider
from voucher.claims.ratings.queries import track_record
from voucher.notifications.jobs import remind_of_deadlines
from voucher.notifications.models import Message
from voucher.notifications.queries.outbox import standing_of
from voucher.notifications.rules import still_true
from voucher.vouchers.suggesting import operations
from voucher.vouchers.suggesting.jobs import (
    make_suggestions,
    settle_suggestions,
    work_out_plans,
)
from voucher.vouchers.suggesting.models import Plan


def suggested(session):
    """A job whose offering is suggested to it."""
    job = make_job(make_round())
    officer = make_officer()
    operations.ask_for_plan(round_=job.round_, by=officer.id, at=AT)
    session.commit()
    work_out_plans(track_record, AT)
    plan = session.execute(select(Plan)).scalar_one()
    operations.propose(plan=plan, by=officer.id, at=AT)
    session.commit()
    make_suggestions(track_record, AT)
    return job


def of_kind(messages, kind):
    return [message for message in messages if message.kind == kind]


def test_the_business_is_told_what_is_suggested_and_that_it_chooses_freely(session, desk):
    job = suggested(session)
    (message,) = of_kind(told(session, desk, AT), "suggestion_made")
    assert job.voucher.reference in message.subject
    for words in (
        job.offering.title,
        job.provider.name,
        "You choose freely",
        "ends on 29 June 2026",
    ):
        assert words in message.text_body
    address = f"/business/vouchers/{job.voucher.reference}/choose/{job.offering.reference}"
    assert address in message.text_body


def test_what_has_ended_before_it_was_written_is_not_told(session, desk):
    job = suggested(session)
    choose(job)
    session.commit()
    settle_suggestions(AT)
    assert of_kind(told(session, desk, AT), "suggestion_made") == []


def test_who_has_not_chosen_is_reminded_twice_before_a_suggestion_ends(session, desk):
    job = suggested(session)
    days = [day for day in range(16) if remind_of_deadlines(desk, AT + timedelta(days=day))]
    assert days == [7, 13]
    found = session.execute(select(Message).where(Message.kind == "suggestion_due")).scalars().all()
    assert len(found) == 2
    for words in (job.offering.title, job.provider.name, "ends on 29 June 2026"):
        assert words in found[0].text_body
    standing = standing_of(found[1])
    assert still_true("suggestion_due", standing, written_at=found[1].created_at)


def test_who_has_chosen_meanwhile_is_not_reminded(session, desk):
    job = suggested(session)
    assert remind_of_deadlines(desk, AT + timedelta(days=7)) == 1
    message = session.execute(select(Message).where(Message.kind == "suggestion_due")).scalar_one()
    choose(job)
    session.commit()
    settle_suggestions(AT)
    assert not still_true("suggestion_due", standing_of(message), written_at=message.created_at)
    assert remind_of_deadlines(desk, AT + timedelta(days=13)) == 0


def test_who_is_taken_back_out_of_the_draw_is_told(session, desk):
    case = make_lottery(1).cases[0]
    reconsider(application=case, note="Dissolved.", by=make_officer().id, at=AT)
    (message,) = of_kind(told(session, desk, AT), "application_reconsidered")
    assert case.reference in message.subject
    assert "Dissolved" not in message.text_body
