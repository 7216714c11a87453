"""Ways round the question whether the business has paid its part: none of them leads to money."""

import pytest

from tests.factories.cases import make_officer
from tests.factories.work import LATER, confirmed, drafted, make_job
from voucher.accounts.roles import Role
from voucher.claims import operations
from voucher.claims.models import ClaimStatus, UnpaidStatus
from voucher.claims.queries import open_question
from voucher.core.errors import Conflict


def approve(job):
    operations.approve(claim=job.claim, by=make_officer(Role.APPROVER).id, at=LATER)


def send_again(job):
    """The provider takes its claim back, sends it as it was, and the business confirms anew."""
    operations.take_back(claim=job.claim, by=job.worker.id, at=LATER)
    day = LATER.date()
    values = {"contribution_paid_on": day, "contribution_unpaid": False}
    operations.save(claim=job.claim, values=values, by=job.worker.id, at=LATER)
    operations.submit(claim=job.claim, by=job.worker.id, at=LATER)
    operations.confirm(claim=job.claim, by=job.owner.id, at=LATER)


@pytest.fixture
def denied(session, tmp_path):
    """The provider says it was not paid; the business says that it need not pay."""
    job = drafted(make_job(), tmp_path, contribution_paid_on=None, contribution_unpaid=True)
    operations.submit(claim=job.claim, by=job.worker.id, at=LATER)
    operations.confirm(claim=job.claim, by=job.owner.id, at=LATER)
    words = "They told me it is free for me."
    operations.deny(claim=job.claim, words=words, by=job.owner.id, at=LATER)
    return job


def test_the_provider_alone_does_not_settle_what_the_business_denies(session, denied):
    with pytest.raises(Conflict, match="look"):
        operations.acknowledge(
            claim=denied.claim, paid_on=LATER.date(), by=denied.worker.id, at=LATER
        )
    assert open_question(denied.claim.id).status is UnpaidStatus.DENIED


def test_an_officer_s_question_outlives_a_claim_taken_back(session, tmp_path):
    job = confirmed(make_job(), tmp_path)
    officer = make_officer(Role.CASEWORKER)
    operations.ask_for_proof(claim=job.claim, note="No receipt.", by=officer.id, at=LATER)
    send_again(job)
    question = open_question(job.claim.id)
    assert (question.words, question.asked_by_id) == ("No receipt.", officer.id)
    with pytest.raises(Conflict, match="has not been shown to be paid"):
        approve(job)


def test_so_does_the_business_s_own_word(session, tmp_path):
    job = confirmed(make_job(), tmp_path)
    operations.say_unpaid(claim=job.claim, by=job.owner.id, at=LATER)
    send_again(job)
    assert open_question(job.claim.id).asked_by_id == job.owner.id
    with pytest.raises(Conflict, match="has not been shown to be paid"):
        approve(job)


def test_and_what_the_business_has_denied(session, denied):
    send_again(denied)
    with pytest.raises(Conflict, match="has not been shown to be paid"):
        approve(denied)


def test_a_claim_taken_back_twice_is_asked_about_still(session, tmp_path):
    job = confirmed(make_job(), tmp_path)
    officer = make_officer(Role.CASEWORKER)
    operations.ask_for_proof(claim=job.claim, note="No receipt.", by=officer.id, at=LATER)
    for _ in range(2):
        send_again(job)
    assert open_question(job.claim.id).asked_by_id == officer.id


def test_what_the_provider_itself_said_ends_with_a_claim_taken_back(session, tmp_path):
    job = drafted(make_job(), tmp_path, contribution_paid_on=None, contribution_unpaid=True)
    operations.submit(claim=job.claim, by=job.worker.id, at=LATER)
    send_again(job)
    assert open_question(job.claim.id) is None
    approve(job)


def test_where_nothing_is_to_be_paid_nothing_stands_in_the_way(session, tmp_path):
    job = make_job(net_price_pence=100_000, vat_rate_bps=0)
    job.voucher.share_bps = 10_000
    session.flush()
    job = drafted(job, tmp_path, contribution_paid_on=None, contribution_unpaid=True)
    assert job.claim.contribution_pence == 0
    operations.submit(claim=job.claim, by=job.worker.id, at=LATER)
    operations.confirm(claim=job.claim, by=job.owner.id, at=LATER)
    approve(job)
    assert job.claim.status is ClaimStatus.APPROVED
