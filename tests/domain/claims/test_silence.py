"""Silence past a deadline: escalated once, and what an officer may do about it."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from tests.factories.cases import make_officer
from tests.factories.scheme import AT
from tests.factories.work import LATER, confirmed, make_job, redeemed, submitted
from voucher.accounts.operations import join_business, join_provider
from voucher.accounts.roles import Role
from voucher.audit.models import AuditEvent
from voucher.claims import operations
from voucher.claims.jobs import escalate_silence
from voucher.claims.models import ClaimStatus, Confirmation
from voucher.claims.queries import silent_cases
from voucher.core.errors import Conflict, Invalid, NotPermitted
from voucher.vouchers.models import VoucherStatus

LAST_DAY = LATER + timedelta(days=28)
TOO_LATE = LATER + timedelta(days=29)
MUCH_LATER = LATER + timedelta(days=60)


def escalated(session, action):
    query = select(AuditEvent).where(AuditEvent.action == action).order_by(AuditEvent.id)
    return session.execute(query).scalars().all()


def silent(folder, **values):
    """A claim past the last day of the business's answer."""
    job = submitted(make_job(**values), folder)
    return job


def test_a_silent_business_is_escalated_once_after_its_last_day(session, tmp_path):
    job = silent(tmp_path)
    session.commit()
    assert escalate_silence(LAST_DAY) == 0
    assert escalate_silence(TOO_LATE) == 1
    assert escalate_silence(TOO_LATE) == 0
    assert escalate_silence(MUCH_LATER) == 0
    [event] = escalated(session, "claim.escalated")
    assert (event.record_kind, event.record_id) == ("claim", job.claim.id)
    assert event.actor_user_id is None
    assert event.case_reference == job.application.reference
    assert event.details["due"] == LAST_DAY.date().isoformat()
    session.expire_all()
    assert job.claim.escalated_at == TOO_LATE
    assert job.claim.status is ClaimStatus.SUBMITTED


def test_a_silent_provider_is_escalated_once_after_its_last_day(session):
    job = redeemed(make_job())
    last = job.redemption.claim_by_on
    session.commit()
    assert escalate_silence(AT + (last - AT.date())) == 0
    assert escalate_silence(MUCH_LATER) == 1
    assert escalate_silence(MUCH_LATER + timedelta(days=1)) == 0
    [event] = escalated(session, "redemption.escalated")
    assert (event.record_kind, event.record_id) == ("redemption", job.redemption.id)
    assert event.details["due"] == last.isoformat()


def test_a_draft_that_was_never_sent_is_silence(session):
    job = redeemed(make_job())
    operations.start(redemption=job.redemption, by=job.worker.id, at=LATER)
    session.commit()
    assert escalate_silence(MUCH_LATER) == 1
    assert escalated(session, "redemption.escalated")


def test_who_has_spoken_is_not_escalated(session, tmp_path):
    confirmed(make_job(), tmp_path)
    disputed, returned = silent(tmp_path), silent(tmp_path)
    operations.dispute(claim=disputed.claim, words="No.", by=disputed.owner.id, at=LATER)
    officer = make_officer(Role.APPROVER)
    operations.return_to_provider(claim=returned.claim, note="Sign it", by=officer.id, at=LATER)
    session.commit()
    assert escalate_silence(MUCH_LATER) == 0


def test_a_cancelled_voucher_is_nobodys_silence(session):
    job = redeemed(make_job())
    officer = make_officer(Role.APPROVER)
    operations.abandon(voucher=job.voucher, reason="Closed", by=officer.id, at=LATER)
    session.commit()
    assert escalate_silence(MUCH_LATER) == 0


def test_a_claim_sent_again_has_a_deadline_of_its_own(session, tmp_path):
    job = silent(tmp_path)
    session.commit()
    assert escalate_silence(TOO_LATE) == 1
    officer = make_officer(Role.APPROVER)
    operations.return_to_provider(claim=job.claim, note="Sign it", by=officer.id, at=TOO_LATE)
    operations.submit(claim=job.claim, by=job.worker.id, at=TOO_LATE)
    session.commit()
    assert escalate_silence(TOO_LATE + timedelta(days=28)) == 0
    assert escalate_silence(TOO_LATE + timedelta(days=29)) == 1
    assert len(escalated(session, "claim.escalated")) == 2


def test_the_silent_cases_are_listed_with_whom_one_waits_for(session, tmp_path):
    first, second = silent(tmp_path), redeemed(make_job())
    session.commit()
    escalate_silence(MUCH_LATER)
    found = silent_cases(MUCH_LATER.date(), limit=5)
    assert found.total == 2
    assert {(case.reference, case.waits_for) for case in found.rows} == {
        (first.claim.reference, first.business.name),
        (second.redemption.reference, second.provider.name),
    }
    assert len(silent_cases(MUCH_LATER.date(), limit=1).rows) == 1


def test_an_officer_enters_that_the_work_was_done_and_another_approves(session, tmp_path):
    job = silent(tmp_path)
    officer, other = make_officer(Role.APPROVER), make_officer(Role.APPROVER)
    said = "Its owner told us by telephone on 2 August that all was done."
    operations.confirm_on_behalf(claim=job.claim, note=said, by=officer.id, at=TOO_LATE)
    assert job.claim.status is ClaimStatus.CONFIRMED
    assert job.claim.pay_by_on is not None
    [answer] = session.execute(select(Confirmation)).scalars().all()
    assert (answer.confirmed, answer.on_behalf, answer.words) == (True, True, said)
    assert escalated(session, "claim.confirmed_on_behalf")[0].actor_user_id == officer.id
    assert escalated(session, "claim.confirmed") == []
    with pytest.raises(NotPermitted, match="You entered"):
        operations.approve(claim=job.claim, by=officer.id, at=TOO_LATE)
    operations.approve(claim=job.claim, by=other.id, at=TOO_LATE)
    assert job.claim.status is ClaimStatus.APPROVED


def test_entering_it_for_one_submission_says_nothing_of_the_next(session, tmp_path):
    job = silent(tmp_path)
    officer = make_officer(Role.APPROVER)
    operations.confirm_on_behalf(claim=job.claim, note="By phone.", by=officer.id, at=TOO_LATE)
    operations.return_to_provider(claim=job.claim, note="No date", by=officer.id, at=TOO_LATE)
    later = TOO_LATE + timedelta(days=1)
    operations.submit(claim=job.claim, by=job.worker.id, at=later)
    operations.confirm(claim=job.claim, by=job.owner.id, at=later)
    operations.approve(claim=job.claim, by=officer.id, at=later)
    assert job.claim.status is ClaimStatus.APPROVED


def test_nobody_speaks_for_a_business_that_may_still_answer(session, tmp_path):
    job = silent(tmp_path)
    officer = make_officer(Role.APPROVER)
    with pytest.raises(Conflict, match="last day"):
        operations.confirm_on_behalf(claim=job.claim, note="x", by=officer.id, at=LAST_DAY)
    with pytest.raises(Conflict, match="last day"):
        operations.reject(claim=job.claim, note="x", by=officer.id, at=LAST_DAY)
    operations.dispute(claim=job.claim, words="No.", by=job.owner.id, at=TOO_LATE)
    with pytest.raises(Conflict, match="silent"):
        operations.confirm_on_behalf(claim=job.claim, note="x", by=officer.id, at=TOO_LATE)
    assert job.claim.status is ClaimStatus.DISPUTED


@pytest.mark.parametrize("note", ["", "  ", "x" * 2_001])
def test_how_it_was_found_out_must_be_said(session, tmp_path, note):
    job = silent(tmp_path)
    officer = make_officer()
    with pytest.raises(Invalid) as caught:
        operations.confirm_on_behalf(claim=job.claim, note=note, by=officer.id, at=TOO_LATE)
    assert caught.value.field == "note"
    assert job.claim.status is ClaimStatus.SUBMITTED


def test_nobody_of_a_party_speaks_for_the_business(session, tmp_path):
    job = silent(tmp_path)
    for join, place in ((join_provider, job.provider.id), (join_business, job.business.id)):
        officer = make_officer(Role.APPROVER)
        name = "provider_id" if join is join_provider else "business_id"
        join(user_id=officer.id, at=AT, **{name: place})
        with pytest.raises(NotPermitted):
            operations.confirm_on_behalf(claim=job.claim, note="x", by=officer.id, at=TOO_LATE)


def test_a_claim_on_work_that_nobody_confirms_can_be_rejected(session, tmp_path):
    job = silent(tmp_path)
    officer = make_officer(Role.APPROVER)
    operations.reject(claim=job.claim, note="No trace of it.", by=officer.id, at=TOO_LATE)
    session.expire_all()
    assert job.claim.status is ClaimStatus.REJECTED
    assert job.voucher.status is VoucherStatus.CANCELLED
    assert job.round_.committed_pence == 0
