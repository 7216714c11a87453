"""Letters on a change of an agreement: to the other party, to both, to the officers."""

from datetime import timedelta

from tests.domain.matching.test_variation import answer, decide, propose
from tests.domain.notifications.test_write_messages import messages, told
from tests.factories.cases import make_officer
from tests.factories.scheme import AT
from tests.factories.work import agree, make_job
from voucher.matching import operations
from voucher.matching.jobs import lapse_variations
from voucher.notifications.jobs import remind_of_deadlines
from voucher.notifications.queries.outbox import standing_of
from voucher.notifications.rules import still_true


def test_a_proposal_is_told_to_the_other_party_alone(session, desk):
    job = agree(make_job())
    propose(job)
    found = told(session, desk)
    assert found["variation_proposed"].recipient == job.owner.email
    assert "£840.00" in found["variation_proposed"].text_body
    assert f"/business/vouchers/{job.voucher.reference}/change" in (
        found["variation_proposed"].text_body
    )
    assert "variation_proposed_provider" not in found


def test_what_an_officer_must_read_is_told_to_officers_and_its_end_to_both(session, desk):
    officer, job = make_officer(), agree(make_job())
    answer(job, propose(job, net=240_000, by_provider=False))
    decide(job, operations.allow_variation)
    found = told(session, desk)
    written = {each.recipient for each in messages(session) if each.kind == "variation_to_decide"}
    assert officer.email in written
    assert not {job.owner.email, job.worker.email} & written
    assert f"/staff/changes/{job.match.reference}" in found["variation_to_decide"].text_body
    assert "by the programme too" in found["variation_agreed"].text_body
    assert found["variation_agreed_provider"].recipient == job.worker.email
    assert "variation_proposed" not in found


def test_a_refusal_and_a_change_taken_back_are_told_to_the_other(session, desk):
    job = agree(make_job())
    propose(job)
    operations.refuse_variation(
        match=job.match, voucher=job.voucher, words="No.", by=job.owner.id, at=AT
    )
    propose(job, by_provider=False)
    operations.withdraw_variation(
        match=job.match, voucher=job.voucher, by_provider=False, by=job.owner.id, at=AT
    )
    found = told(session, desk)
    assert found["variation_refused_provider"].recipient == job.worker.email
    assert found["variation_withdrawn_provider"].recipient == job.worker.email
    assert not {"variation_refused", "variation_withdrawn"} & set(found)


def test_officers_are_reminded_of_their_last_day_and_both_are_told_when_it_passed(session, desk):
    officer, job = make_officer(), agree(make_job())
    found = propose(job, net=240_000, by_provider=False)
    answer(job, found)
    session.commit()
    last = (found.decide_by_on - AT.date()).days
    days = [day for day in range(last + 1) if remind_of_deadlines(desk, AT + timedelta(days=day))]
    assert days == [last - 3, last - 1]
    reminder = next(m for m in messages(session) if m.kind == "variation_to_decide_due")
    assert reminder.recipient == officer.email
    assert "3 days left to decide" in reminder.subject
    assert still_true(reminder.kind, standing_of(reminder), written_at=AT)
    over = AT + timedelta(days=last + 1)
    assert lapse_variations(over) == 1
    session.expire_all()
    assert not still_true(reminder.kind, standing_of(reminder), written_at=AT)
    ended = told(session, desk)
    for kind in ("variation_lapsed", "variation_lapsed_provider"):
        assert "We did not decide" in ended[kind].text_body
