"""What the parties read when something that was used ends: a payment, a claim, a voucher."""

import pytest
from sqlalchemy import select

from tests.factories.cases import make_officer, make_voucher
from tests.factories.work import LATER, agree, confirmed, make_job, redeemed
from voucher.accounts.roles import Role
from voucher.audit.operations import seal
from voucher.claims import operations as claims
from voucher.notifications.jobs import write_messages
from voucher.notifications.models import Message
from voucher.payments.operations.queueing import cancel as cancel_payment
from voucher.payments.operations.queueing import queue_claim
from voucher.vouchers.operations import cancel


def letters(session, desk):
    """The words of the new letters by kind."""
    seal(at=LATER)
    session.commit()
    write_messages(desk, LATER)
    return {
        message.kind: f"{message.subject}\n{message.text_body}"
        for message in session.execute(select(Message).order_by(Message.id)).scalars()
    }


@pytest.fixture
def paid_for(session, desk, tmp_path):
    """An approved claim whose payment waits; the letters up to here are written."""
    job = confirmed(make_job(), tmp_path)
    claims.approve(claim=job.claim, by=make_officer(Role.APPROVER).id, at=LATER)
    queue_claim(claim_id=job.claim.id, at=LATER)
    letters(session, desk)
    session.query(Message).delete()
    return job


def cancel_its_payment(session, job):
    from voucher.payments.queries.work import payment_of_claim

    officer = make_officer(Role.FINANCE)
    payment = payment_of_claim(job.claim.id)
    cancel_payment(payment=payment, reason="Work paid twice.", by=officer.id, at=LATER)


def test_of_a_cancelled_payment_the_provider_reads_that_it_will_not_be_paid(
    session, desk, paid_for
):
    cancel_its_payment(session, paid_for)
    found = letters(session, desk)
    assert set(found) == {"claim_rejected", "voucher_cancelled"}
    words = found["claim_rejected"]
    assert f"We will not pay claim {paid_for.claim.reference}" in words
    assert "have not approved" not in words
    assert "£900.00" in words


def test_of_a_cancelled_payment_the_business_reads_what_it_means(session, desk, paid_for):
    cancel_its_payment(session, paid_for)
    words = letters(session, desk)["voucher_cancelled"]
    assert paid_for.provider.name in words
    assert "£900.00" in words
    assert "will not pay" in words
    assert "Do not start any work" not in words
    assert "Its payment was cancelled." not in words


def test_of_a_rejected_claim_each_side_reads_one_letter(session, desk, tmp_path):
    job = confirmed(make_job(), tmp_path)
    letters(session, desk)
    session.query(Message).delete()
    officer = make_officer(Role.APPROVER)
    claims.reject(claim=job.claim, note="Not done.", by=officer.id, at=LATER)
    found = letters(session, desk)
    assert set(found) == {"claim_rejected", "voucher_cancelled"}
    assert "have not approved" in found["claim_rejected"]
    assert "the voucher is cancelled" in found["claim_rejected"]
    assert "have not approved the claim" in found["voucher_cancelled"]
    assert "Do not start any work" not in found["voucher_cancelled"]
    assert "The claim was rejected." not in found["voucher_cancelled"]


def test_of_a_voucher_that_nobody_claimed_on_both_read_why(session, desk):
    job = redeemed(make_job())
    letters(session, desk)
    session.query(Message).delete()
    officer = make_officer(Role.APPROVER)
    claims.abandon(voucher=job.voucher, reason="No claim came.", by=officer.id, at=LATER)
    found = letters(session, desk)
    assert set(found) == {"match_withdrawn", "voucher_cancelled"}
    assert "> No claim came." in found["voucher_cancelled"]
    assert job.provider.name in found["voucher_cancelled"]
    assert "Do not start any work" not in found["voucher_cancelled"]
    assert "which you redeemed" in found["match_withdrawn"]
    assert "no longer goes ahead" not in found["match_withdrawn"]


def test_of_a_voucher_cancelled_before_its_use_no_work_is_to_begin(session, desk):
    job = agree(make_job())
    other = make_voucher()
    letters(session, desk)
    session.query(Message).delete()
    officer = make_officer(Role.APPROVER)
    for voucher in (job.voucher, other):
        cancel(voucher=voucher, reason="Handed back.", by=officer.id, at=LATER)
    found = letters(session, desk)
    assert set(found) == {"match_withdrawn", "voucher_cancelled"}
    assert "Do not start any work" in found["voucher_cancelled"]
    assert "> Handed back." in found["voucher_cancelled"]
    assert "do no work on it" in found["match_withdrawn"]
