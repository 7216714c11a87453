"""A business dissolved: nothing new is given, and what was done for it a person decides on."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from tests.factories.cases import CODE_KEY, make_approved, make_officer
from tests.factories.scheme import AT
from tests.factories.screening import have_sanctions_list, make_party_record
from tests.factories.work import LATER, agree, confirmed, make_job, submitted
from voucher.accounts.roles import Role
from voucher.businesses.models import Business
from voucher.claims import operations as claims
from voucher.claims.models import ClaimStatus
from voucher.claims.operations.doubts import answer
from voucher.claims.operations.screening import screen
from voucher.claims.queries.screening import parties_due
from voucher.core.errors import Conflict, Invalid
from voucher.ledger.models import AccountKind
from voucher.ledger.queries import total
from voucher.screening.models import EndedReason, Gate, PartyRecord, Referral, ReferralStatus, Stage
from voucher.screening.queries import has_ended, party_record, words_on_ended_business
from voucher.vouchers.models import VoucherStatus
from voucher.vouchers.operations import award_on_confirmation, cancel, redeem
from voucher.vouchers.queries import code_of


def dissolve(session, business):
    business.company_number = business.company_number or "09999999"
    record = party_record("business", business.id)
    if record is None:
        record = make_party_record("business", business, AT)
    record.company_number, record.company_status = business.company_number, "dissolved"
    session.flush()


def books(job):
    kinds = (AccountKind.RESERVED, AccountKind.COMMITTED, AccountKind.PAYABLE, AccountKind.FUND)
    return tuple(total(kind, round_id=job.round_.id) for kind in kinds)


def the_doubt(session):
    query = select(Referral).where(Referral.gate == Gate.COMPANY)
    return session.execute(query).scalar_one()


def settle(session, job, reason, *, by, clears=True):
    answer(
        claim=job.claim,
        referral=the_doubt(session),
        clears=clears,
        note="Confirmed on 16 June, dissolved on 30 June.",
        by=by.id,
        at=LATER,
        reason=reason,
    )


def test_before_the_award_no_voucher_is_issued(session):
    case, notice, owner = make_approved()
    dissolve(session, session.get_one(Business, case.business_id))
    with pytest.raises(Conflict, match="closed"):
        award_on_confirmation(
            notice=notice, text_version=notice.text_version, by=owner.id, at=AT, code_key=CODE_KEY
        )
    assert total(AccountKind.RESERVED, round_id=case.round_id) == 0


def test_an_unredeemed_voucher_is_not_redeemed_and_gives_its_money_back(session):
    job = agree(make_job())
    dissolve(session, job.business)
    with pytest.raises(Conflict, match="closed"):
        redeem(
            code=code_of(voucher=job.voucher, code_key=CODE_KEY),
            provider_id=job.provider.id,
            by=job.worker.id,
            at=AT,
            code_key=CODE_KEY,
        )
    assert books(job)[:2] == (100_000, 0)
    officer = make_officer(Role.APPROVER)
    cancel(voucher=job.voucher, reason="The business is dissolved.", by=officer.id, at=AT)
    assert job.voucher.status is VoucherStatus.CANCELLED
    assert books(job) == (0, 0, 0, job.round_.budget_pence)


def test_work_confirmed_before_is_paid_once_a_person_has_looked(session, tmp_path):
    job = confirmed(make_job(), tmp_path)
    have_sanctions_list(AT)
    dissolve(session, job.business)
    officer, second = make_officer(Role.APPROVER), make_officer(Role.APPROVER)
    with pytest.raises(Conflict, match="before that day"):
        claims.approve(claim=job.claim, by=officer.id, at=LATER)
    assert books(job)[1:3] == (90_000, 0)
    settle(session, job, EndedReason.CONFIRMED_BEFORE, by=second)
    assert words_on_ended_business(job.claim.id) == EndedReason.CONFIRMED_BEFORE.public_label
    claims.approve(claim=job.claim, by=officer.id, at=LATER)
    assert books(job)[:3] == (0, 0, 90_000)


def test_a_founded_doubt_ends_in_a_rejection_and_the_money_goes_back(session, tmp_path):
    job = confirmed(make_job(), tmp_path)
    have_sanctions_list(AT)
    dissolve(session, job.business)
    officer = make_officer(Role.APPROVER)
    with pytest.raises(Conflict):
        claims.approve(claim=job.claim, by=officer.id, at=LATER)
    settle(session, job, EndedReason.NOT_SHOWN, by=officer, clears=False)
    assert the_doubt(session).status is ReferralStatus.REFUSED
    with pytest.raises(Conflict):
        claims.approve(claim=job.claim, by=officer.id, at=LATER)
    claims.reject(claim=job.claim, note="Nothing shows it was done.", by=officer.id, at=LATER)
    assert job.claim.status is ClaimStatus.REJECTED
    assert books(job) == (0, 0, 0, job.round_.budget_pence)


@pytest.mark.parametrize(
    ("reason", "clears"),
    [(None, True), (EndedReason.NOT_SHOWN, True), (EndedReason.SHOWN_BEFORE, False)],
)
def test_the_answer_has_its_reason_and_does_not_contradict_it(session, tmp_path, reason, clears):
    job = confirmed(make_job(), tmp_path)
    have_sanctions_list(AT)
    dissolve(session, job.business)
    screen(claim=job.claim, stage=Stage.REVIEW, by=None, at=LATER)
    with pytest.raises(Invalid) as refused:
        settle(session, job, reason, by=make_officer(Role.APPROVER), clears=clears)
    assert refused.value.field == "reason"
    assert the_doubt(session).status is ReferralStatus.OPEN


def test_what_an_officer_confirmed_is_not_called_confirmed_by_the_business(session, tmp_path):
    job = submitted(make_job(), tmp_path)
    have_sanctions_list(AT)
    dissolve(session, job.business)
    late = LATER + timedelta(days=60)
    officer, other = make_officer(Role.APPROVER), make_officer(Role.APPROVER)
    claims.confirm_on_behalf(claim=job.claim, note="Seen at work.", by=officer.id, at=late)
    party_record("business", job.business.id).read_at = late
    screen(claim=job.claim, stage=Stage.REVIEW, by=None, at=late)
    with pytest.raises(Invalid) as refused:
        settle(session, job, EndedReason.CONFIRMED_BEFORE, by=other)
    assert refused.value.field == "reason"
    settle(session, job, EndedReason.SHOWN_BEFORE, by=other)
    assert the_doubt(session).status is ReferralStatus.CLEARED


def test_a_business_that_can_no_longer_answer_is_spoken_for_after_its_last_day(session, tmp_path):
    job = submitted(make_job(), tmp_path)
    dissolve(session, job.business)
    late = LATER + timedelta(days=60)
    officer = make_officer(Role.APPROVER)
    claims.confirm_on_behalf(claim=job.claim, note="Seen at work.", by=officer.id, at=late)
    assert job.claim.status is ClaimStatus.CONFIRMED


def test_the_register_is_asked_about_businesses_with_a_voucher_or_about_to_have_one(session):
    case, _, _ = make_approved()
    job = make_job()
    for row in session.execute(select(PartyRecord)).scalars():
        session.delete(row)
    asked = {job.business.id, case.business_id}
    for business_id in asked:
        business = session.get_one(Business, business_id)
        business.company_number = f"09{business_id:06}"
    session.flush()
    due = [one for one in parties_due(AT, AT, 50) if one.party == "business"]
    assert {one.party_id for one in due} == asked


def test_another_number_than_the_register_was_asked_about_says_nothing(session):
    job = make_job()
    dissolve(session, job.business)
    assert has_ended(job.business.id)
    job.business.company_number = "01111111"
    session.flush()
    assert not has_ended(job.business.id)
