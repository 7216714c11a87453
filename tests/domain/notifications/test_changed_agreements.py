"""Letters on a change of an agreement: to the other party, to both, to the officers."""

from tests.domain.matching.test_variation import answer, decide, propose
from tests.domain.notifications.test_write_messages import messages, told
from tests.factories.cases import make_officer
from tests.factories.scheme import AT
from tests.factories.work import agree, make_job
from voucher.matching import operations


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
