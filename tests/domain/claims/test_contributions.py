"""The business's own part: while it is in doubt nothing is approved, and no money moves."""

import io
from datetime import timedelta

import pytest

from tests.factories.cases import make_officer
from tests.factories.work import LATER, PDF, confirmed, drafted, make_job
from voucher.accounts.roles import Role
from voucher.claims import operations
from voucher.claims.jobs import escalate_unpaid
from voucher.claims.models import ClaimStatus, UnpaidStatus
from voucher.claims.operations import UnpaidDecision
from voucher.claims.queries import open_question, questions_of, waiting_for_business
from voucher.core.errors import Conflict, Invalid, NotPermitted
from voucher.integrations.storage.store import ContentStore
from voucher.ledger.models import AccountKind
from voucher.ledger.queries import total

TODAY = LATER.date()


@pytest.fixture
def unpaid(session, tmp_path):
    """Sent with the word that the business has not paid; the work is confirmed."""
    job = drafted(make_job(), tmp_path, contribution_paid_on=None, contribution_unpaid=True)
    operations.submit(claim=job.claim, by=job.worker.id, at=LATER)
    operations.confirm(claim=job.claim, by=job.owner.id, at=LATER)
    return job


@pytest.fixture
def doubted(session, tmp_path):
    """Confirmed with a day of payment, and an officer finds no evidence of it."""
    job = confirmed(make_job(), tmp_path)
    officer = make_officer(Role.CASEWORKER)
    operations.ask_for_proof(claim=job.claim, note="No receipt.", by=officer.id, at=LATER)
    return job


def approve(job):
    operations.approve(claim=job.claim, by=make_officer(Role.APPROVER).id, at=LATER)


def show(job, folder, *, paid_on=TODAY, by=None):
    operations.show_paid(
        claim=job.claim,
        paid_on=paid_on,
        stream=io.BytesIO(PDF),
        name="Bank.pdf",
        content_store=ContentStore(folder),
        by=by or job.owner.id,
        at=LATER,
    )


def decide(job, decision, *, by=None, paid_on=None, note="Seen.", at=LATER):
    operations.decide_unpaid(
        claim=job.claim,
        decision=decision,
        paid_on=paid_on,
        note=note,
        by=by or make_officer(Role.CASEWORKER).id,
        at=at,
    )


def in_books(job, kind):
    return total(kind, round_id=job.round_.id)


def nothing_moved(job):
    return in_books(job, AccountKind.COMMITTED) == 90_000 and not in_books(job, AccountKind.PAYABLE)


def test_a_claim_is_sent_unpaid_and_waits_until_the_provider_has_its_money(session, unpaid):
    question = open_question(unpaid.claim.id)
    assert question.pay_by_on == LATER.date() + timedelta(days=14)
    assert [one.question for one in waiting_for_business(unpaid.business.id)] == [question]
    with pytest.raises(Conflict, match="has not been shown to be paid"):
        approve(unpaid)
    assert nothing_moved(unpaid)
    day = LATER.date()
    operations.acknowledge(claim=unpaid.claim, paid_on=day, by=unpaid.worker.id, at=LATER)
    assert question.status is UnpaidStatus.EVIDENCED
    assert (unpaid.claim.contribution_paid_on, unpaid.claim.contribution_unpaid) == (day, False)
    approve(unpaid)
    assert in_books(unpaid, AccountKind.PAYABLE) == 90_000


def test_the_business_shows_it_and_an_officer_accepts_but_does_not_approve(
    session, tmp_path, doubted
):
    with pytest.raises(Conflict):
        approve(doubted)
    show(doubted, tmp_path)
    assert open_question(doubted.claim.id).status is UnpaidStatus.SHOWN
    with pytest.raises(Conflict):
        approve(doubted)
    officer = make_officer(Role.APPROVER)
    decide(doubted, UnpaidDecision.PROVEN, by=officer.id)
    with pytest.raises(NotPermitted, match="second person"):
        operations.approve(claim=doubted.claim, by=officer.id, at=LATER)
    assert nothing_moved(doubted)
    approve(doubted)
    assert doubted.claim.status is ClaimStatus.APPROVED


def test_a_denial_is_decided_by_an_officer_with_more_time(session, unpaid):
    with pytest.raises(Invalid):
        operations.deny(claim=unpaid.claim, words=" ", by=unpaid.owner.id, at=LATER)
    operations.deny(claim=unpaid.claim, words="Not as agreed.", by=unpaid.owner.id, at=LATER)
    later = LATER + timedelta(days=20)
    decide(unpaid, UnpaidDecision.MORE_TIME, note="Talk to each other.", at=later)
    question = open_question(unpaid.claim.id)
    assert question.status is UnpaidStatus.ASKED
    assert question.pay_by_on == later.date() + timedelta(days=14)
    assert nothing_moved(unpaid)


def test_rejected_the_money_goes_back_and_the_question_ends(session, unpaid):
    officer = make_officer(Role.APPROVER)
    operations.reject(claim=unpaid.claim, note="Not paid.", by=officer.id, at=LATER)
    assert open_question(unpaid.claim.id) is None
    assert questions_of(unpaid.claim.id)[0].status is UnpaidStatus.ENDED
    assert in_books(unpaid, AccountKind.COMMITTED) == 0
    assert in_books(unpaid, AccountKind.FUND) == unpaid.round_.budget_pence


def test_given_back_a_lower_price_can_be_agreed(session, unpaid):
    officer = make_officer(Role.APPROVER)
    note = "Offer what was paid."
    operations.return_to_provider(claim=unpaid.claim, note=note, by=officer.id, at=LATER)
    assert open_question(unpaid.claim.id) is None
    made = operations.offer_less(
        claim=unpaid.claim, net_price_pence=120_000, words="Less.", by=unpaid.worker.id, at=LATER
    )
    operations.agree_amendment(claim=unpaid.claim, offer_id=made.id, by=unpaid.owner.id, at=LATER)
    assert in_books(unpaid, AccountKind.COMMITTED) == 60_000


def test_a_part_not_paid_in_time_goes_before_officers_once(session, unpaid):
    session.commit()
    over = LATER + timedelta(days=15)
    assert escalate_unpaid(LATER + timedelta(days=14)) == 0
    assert escalate_unpaid(over) == 1
    assert escalate_unpaid(over) == 0


def test_the_business_itself_says_that_it_has_not_paid(session, tmp_path):
    job = drafted(make_job(), tmp_path)
    operations.submit(claim=job.claim, by=job.worker.id, at=LATER)
    operations.say_unpaid(claim=job.claim, by=job.owner.id, at=LATER)
    with pytest.raises(Conflict, match="asked already"):
        operations.say_unpaid(claim=job.claim, by=job.owner.id, at=LATER)
    with pytest.raises(Conflict, match="need a proof"):
        operations.acknowledge(claim=job.claim, paid_on=LATER.date(), by=job.worker.id, at=LATER)


def test_only_the_right_people_and_days(session, tmp_path, doubted):
    for stranger in (doubted.worker, make_officer(Role.CASEWORKER)):
        with pytest.raises(NotPermitted):
            show(doubted, tmp_path, by=stranger.id)
    for day in (None, LATER.date() + timedelta(days=1), LATER.date() - timedelta(days=9)):
        with pytest.raises(Invalid) as caught:
            show(doubted, tmp_path, paid_on=day)
        assert caught.value.field == "paid_on"
    with pytest.raises(Invalid) as caught:
        decide(doubted, UnpaidDecision.PROVEN)
    assert caught.value.field == "paid_on"
    assert open_question(doubted.claim.id).status is UnpaidStatus.ASKED
