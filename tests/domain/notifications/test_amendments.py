"""Letters about other amounts: offered, reminded, answered, lapsed, credited after approval."""

import io
from datetime import timedelta

import pytest
from sqlalchemy import select

from tests.factories.cases import make_officer
from tests.factories.work import LATER, PDF, confirmed, drafted, make_job
from voucher.accounts.roles import Role
from voucher.audit.operations import seal
from voucher.claims import operations
from voucher.claims.jobs import escalate_unpaid, lapse_amendments
from voucher.integrations.storage.store import ContentStore
from voucher.notifications.jobs import remind_of_deadlines, write_messages
from voucher.notifications.models import Message
from voucher.notifications.queries.outbox import standing_of
from voucher.notifications.rules import still_true


@pytest.fixture
def job(session, tmp_path):
    return drafted(make_job(), tmp_path)


def less(job):
    return operations.offer_less(
        claim=job.claim, net_price_pence=120_000, words="Less.", by=job.worker.id, at=LATER
    )


def letters(session, desk, at=LATER):
    """Who was told what by the latest events."""
    known = session.execute(select(Message.id)).scalars().all()
    seal(at=at)
    session.commit()
    write_messages(desk, at)
    new = session.execute(select(Message).where(Message.id.not_in(known))).scalars()
    return {(message.kind, message.recipient): message for message in new}


def test_an_offer_is_told_reminded_of_and_ends(session, desk, job):
    less(job)
    told = letters(session, desk)
    assert ("amendment_offered", job.owner.email) in told
    assert "£840.00 in place of £1,260.00" in told["amendment_offered", job.owner.email].text_body
    days = [
        day for day in range(15) if remind_of_deadlines(desk, LATER + timedelta(days=day)) and day
    ]
    assert {7, 13} <= set(days)
    reminder = (
        session.execute(select(Message).where(Message.kind == "amendment_due")).scalars().first()
    )
    assert reminder.recipient == job.owner.email
    assert still_true(reminder.kind, standing_of(reminder), written_at=LATER)
    over = LATER + timedelta(days=15)
    assert lapse_amendments(over) == 1
    session.expire_all()
    assert not still_true(reminder.kind, standing_of(reminder), written_at=LATER)
    ended = letters(session, desk, over)
    assert ("amendment_lapsed", job.owner.email) in ended
    assert ("amendment_lapsed_provider", job.worker.email) in ended


def test_agreement_tells_both_what_counts_now(session, desk, job):
    offer = less(job)
    operations.agree_amendment(claim=job.claim, offer_id=offer.id, by=job.owner.id, at=LATER)
    told = letters(session, desk)
    assert "send a corrected one" in told["amendment_agreed", job.worker.email].text_body
    assert "£600.00" in told["support_lowered", job.owner.email].text_body


def test_a_credit_note_after_approval_is_told_to_all_three(session, desk, tmp_path):
    job, finance = confirmed(make_job(), tmp_path), make_officer(Role.FINANCE)
    operations.approve(claim=job.claim, by=make_officer(Role.APPROVER).id, at=LATER)
    note = operations.CreditNote("CN-7", 60_000, "Less.", io.BytesIO(PDF), "Note.pdf")
    operations.enter_credit(
        claim=job.claim,
        credit=note,
        content_store=ContentStore(tmp_path),
        by=job.worker.id,
        at=LATER,
    )
    told = letters(session, desk)
    for key in (
        ("credit_entered", job.owner.email),
        ("credit_entered_provider", job.worker.email),
        ("credit_to_ask_back", finance.email),
    ):
        assert "CN-7" in told[key].text_body
    assert "£300.00" in told["credit_to_ask_back", finance.email].subject


def test_a_claim_taken_back_is_told_to_the_business(session, desk, tmp_path):
    job = confirmed(make_job(), tmp_path)
    operations.take_back(claim=job.claim, by=job.worker.id, at=LATER)
    assert ("claim_taken_back", job.owner.email) in letters(session, desk)


def test_an_unpaid_part_is_asked_overdue_and_settled(session, desk, tmp_path):
    job, officer = drafted(make_job(), tmp_path), make_officer(Role.CASEWORKER)
    operations.save(
        claim=job.claim, values={"contribution_unpaid": True}, by=job.worker.id, at=LATER
    )
    operations.submit(claim=job.claim, by=job.worker.id, at=LATER)
    assert "£1,260.00" in letters(session, desk)["contribution_asked", job.owner.email].text_body
    over = LATER + timedelta(days=15)
    assert escalate_unpaid(over) == 1
    late = letters(session, desk, over)
    for key in (
        ("contribution_overdue", job.owner.email),
        ("contribution_answered", job.worker.email),
        ("contribution_to_decide", officer.email),
    ):
        assert key in late
    operations.acknowledge(claim=job.claim, paid_on=over.date(), by=job.worker.id, at=over)
    settled = letters(session, desk, over)
    assert ("contribution_evidenced", job.owner.email) in settled
    assert ("contribution_evidenced_provider", job.worker.email) in settled


def test_an_unpaid_part_is_reminded_of_until_it_is_shown_or_denied(session, desk, tmp_path):
    job = drafted(make_job(), tmp_path, contribution_paid_on=None, contribution_unpaid=True)
    operations.submit(claim=job.claim, by=job.worker.id, at=LATER)
    operations.confirm(claim=job.claim, by=job.owner.id, at=LATER)
    session.commit()
    days = [day for day in range(13) if remind_of_deadlines(desk, LATER + timedelta(days=day))]
    assert days == [7]
    reminder = (
        session.execute(select(Message).where(Message.kind == "contribution_due")).scalars().one()
    )
    assert reminder.recipient == job.owner.email
    assert "£1,260.00" in reminder.text_body
    assert "7 days left to pay your part" in reminder.subject
    assert still_true(reminder.kind, standing_of(reminder), written_at=LATER)
    operations.deny(claim=job.claim, words="Not as agreed.", by=job.owner.id, at=LATER)
    session.commit()
    session.expire_all()
    assert not still_true(reminder.kind, standing_of(reminder), written_at=LATER)
    assert remind_of_deadlines(desk, LATER + timedelta(days=13)) == 0


def test_more_time_to_pay_is_reminded_of_anew(session, desk, tmp_path):
    job = drafted(make_job(), tmp_path, contribution_paid_on=None, contribution_unpaid=True)
    operations.submit(claim=job.claim, by=job.worker.id, at=LATER)
    operations.confirm(claim=job.claim, by=job.owner.id, at=LATER)
    session.commit()
    assert remind_of_deadlines(desk, LATER + timedelta(days=13)) == 1
    operations.decide_unpaid(
        claim=job.claim,
        decision=operations.UnpaidDecision.MORE_TIME,
        paid_on=None,
        note="Talk to each other.",
        by=make_officer(Role.CASEWORKER).id,
        at=LATER + timedelta(days=20),
    )
    session.commit()
    days = [day for day in range(20, 36) if remind_of_deadlines(desk, LATER + timedelta(days=day))]
    assert days == [27, 33]
