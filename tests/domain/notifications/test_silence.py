"""Last days of claims and answers: reminders before, letters after, and the officers' digest."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from tests.domain.notifications.test_send_messages import Server
from tests.factories.cases import make_officer
from tests.factories.scheme import AT
from tests.factories.work import LATER, make_job, redeemed, submitted
from voucher.accounts.roles import Role
from voucher.audit.operations import seal
from voucher.claims import operations as claims
from voucher.claims.jobs import escalate_silence
from voucher.notifications.jobs import (
    remind_of_deadlines,
    send_messages,
    tell_officers_of_silence,
    write_messages,
)
from voucher.notifications.models import Message, MessageStatus

DUE = LATER + timedelta(days=28)
TOO_LATE = LATER + timedelta(days=29)


def messages(session, *kinds):
    query = select(Message).order_by(Message.id)
    if kinds:
        query = query.where(Message.kind.in_(kinds))
    return session.execute(query).scalars().all()


def days_reminded(session, desk, due):
    session.commit()
    return [n for n in range(12, -3, -1) if remind_of_deadlines(desk, due - timedelta(days=n))]


def told_of_silence(session, desk, at=TOO_LATE):
    escalate_silence(at)
    seal(at=at)
    session.commit()
    write_messages(desk, at)


def test_a_business_is_reminded_7_and_1_days_before_its_last_day(session, desk, tmp_path):
    job = submitted(make_job(), tmp_path)
    assert days_reminded(session, desk, DUE) == [7, 1]
    first, second = messages(session)
    assert {each.recipient for each in (first, second)} == {job.owner.email}
    assert (first.kind, first.voucher_id) == ("confirmation_due", job.voucher.id)
    assert first.subject.startswith("7 days left")
    assert second.subject.startswith("1 day left")
    assert f"/business/claims/{job.claim.reference}" in first.text_body
    assert "14 July 2026" in first.text_body


def test_a_provider_is_reminded_7_and_1_days_before_its_last_day(session, desk):
    job = redeemed(make_job())
    due = AT + (job.redemption.claim_by_on - AT.date())
    assert days_reminded(session, desk, due) == [7, 1]
    first, _ = messages(session)
    assert (first.kind, first.recipient) == ("claim_due", job.worker.email)
    assert f"/provider/claims/new/{job.redemption.reference}" in first.text_body


def test_on_the_last_day_the_reminder_says_today(session, desk, tmp_path):
    submitted(make_job(), tmp_path)
    session.commit()
    assert remind_of_deadlines(desk, DUE) == 1
    assert messages(session)[0].subject.startswith("Today is the last day")


def test_who_has_spoken_or_has_no_voucher_any_more_is_not_reminded(session, desk, tmp_path):
    answered, ended = submitted(make_job(), tmp_path), redeemed(make_job(), at=LATER)
    claims.confirm(claim=answered.claim, by=answered.owner.id, at=LATER)
    officer = make_officer(Role.APPROVER)
    claims.abandon(voucher=ended.voucher, reason="Closed", by=officer.id, at=LATER)
    assert days_reminded(session, desk, DUE) == []


def test_a_claim_sent_again_is_reminded_of_anew(session, desk, tmp_path):
    job = submitted(make_job(), tmp_path)
    assert days_reminded(session, desk, DUE) == [7, 1]
    officer = make_officer(Role.APPROVER)
    claims.return_to_provider(claim=job.claim, note="Sign it", by=officer.id, at=DUE)
    claims.submit(claim=job.claim, by=job.worker.id, at=DUE)
    assert days_reminded(session, desk, DUE + timedelta(days=28)) == [7, 1]


def test_past_the_last_day_both_sides_of_a_silent_business_are_told_once(session, desk, tmp_path):
    job = submitted(make_job(), tmp_path)
    session.commit()
    told_of_silence(session, desk)
    told_of_silence(session, desk, TOO_LATE + timedelta(days=1))
    to_business, to_provider = messages(
        session, "confirmation_overdue", "confirmation_overdue_provider"
    )
    assert (to_business.recipient, to_provider.recipient) == (job.owner.email, job.worker.email)
    assert f"/business/claims/{job.claim.reference}" in to_business.text_body
    assert "nothing for you to do" in to_provider.text_body


def test_past_the_last_day_a_silent_provider_is_told_what_may_follow(session, desk):
    job = redeemed(make_job())
    session.commit()
    told_of_silence(session, desk, AT + timedelta(days=60))
    [message] = messages(session, "claim_overdue")
    assert message.recipient == job.worker.email
    assert "cancel the voucher" in message.text_body


@pytest.mark.parametrize("kind", ["confirmation_due", "confirmation_overdue"])
def test_a_letter_that_was_overtaken_is_dropped(session, desk, tmp_path, kind):
    job = submitted(make_job(), tmp_path)
    session.commit()
    if kind == "confirmation_due":
        remind_of_deadlines(desk, DUE)
    else:
        told_of_silence(session, desk)
    claims.confirm(claim=job.claim, by=job.owner.id, at=TOO_LATE)
    session.commit()
    send_messages(Server(), TOO_LATE, domain="vouchers.example")
    session.expire_all()
    assert {each.status for each in messages(session, kind)} == {MessageStatus.DROPPED}


def test_nothing_goes_to_a_voucher_cancelled_meanwhile(session, desk):
    job = redeemed(make_job())
    session.commit()
    told_of_silence(session, desk, AT + timedelta(days=60))
    officer = make_officer(Role.APPROVER)
    claims.abandon(voucher=job.voucher, reason="Closed", by=officer.id, at=AT)
    session.commit()
    send_messages(Server(), AT + timedelta(days=60), domain="vouchers.example")
    session.expire_all()
    [message] = messages(session, "claim_overdue")
    assert message.status is MessageStatus.DROPPED


def test_both_sides_read_that_an_officer_spoke_for_the_business(session, desk, tmp_path):
    job = submitted(make_job(), tmp_path)
    officer = make_officer(Role.APPROVER)
    claims.confirm_on_behalf(claim=job.claim, note="By phone.", by=officer.id, at=TOO_LATE)
    session.commit()
    told_of_silence(session, desk)
    kinds = ("claim_confirmed_for", "claim_confirmed_for_provider")
    to_business, to_provider = messages(session, *kinds)
    assert (to_business.recipient, to_provider.recipient) == (job.owner.email, job.worker.email)
    assert "By phone" not in to_business.text_body
    assert "write to" in to_business.text_body
    assert "has confirmed the work" not in to_provider.text_body


def test_officers_who_deal_with_claims_get_one_list_a_day_of_what_is_new(session, desk, tmp_path):
    caseworker = make_officer(Role.CASEWORKER)
    approver, auditor = make_officer(Role.APPROVER), make_officer(Role.AUDITOR)
    first = submitted(make_job(), tmp_path)
    session.commit()
    assert tell_officers_of_silence(desk, TOO_LATE) == 0
    escalate_silence(TOO_LATE)
    assert tell_officers_of_silence(desk, TOO_LATE) >= 2
    assert tell_officers_of_silence(desk, TOO_LATE + timedelta(hours=1)) == 0
    assert tell_officers_of_silence(desk, TOO_LATE + timedelta(days=1)) == 0
    found = messages(session, "silent_cases")
    recipients = {each.recipient for each in found}
    assert {caseworker.email, approver.email} <= recipients
    assert auditor.email not in recipients
    assert first.claim.reference in found[0].text_body
    assert "/staff/claims/?status=silent" in found[0].text_body
    second = redeemed(make_job(), at=AT)
    session.commit()
    later = TOO_LATE + timedelta(days=30)
    escalate_silence(later)
    assert tell_officers_of_silence(desk, later) >= 2
    newest = messages(session, "silent_cases")[-1].text_body
    assert newest.index(second.voucher.reference) < newest.index(first.claim.reference)


def test_somebody_with_two_roles_gets_one_list(session, desk, tmp_path):
    from voucher.accounts.operations import join_staff

    both = make_officer(Role.CASEWORKER)
    join_staff(user_id=both.id, role=Role.APPROVER, at=AT, by=None)
    submitted(make_job(), tmp_path)
    session.commit()
    escalate_silence(TOO_LATE)
    tell_officers_of_silence(desk, TOO_LATE)
    mine = [each for each in messages(session, "silent_cases") if each.user_id == both.id]
    assert len(mine) == 1
