"""Other amounts than agreed: less delivered, or other VAT; by agreement of the two parties."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from tests.factories.cases import make_officer
from tests.factories.scheme import make_member
from tests.factories.work import (
    LATER,
    attach,
    confirmed,
    drafted,
    make_job,
    redeemed,
    submitted,
)
from voucher.accounts.roles import Role
from voucher.applications.operations.assess import hold
from voucher.audit.models import AuditEvent
from voucher.claims import operations
from voucher.claims.jobs import lapse_amendments
from voucher.claims.models import AmendmentStatus, ClaimStatus
from voucher.claims.queries import (
    amendments_of,
    open_amendment,
    waiting_for_business,
    wants_new_invoice,
)
from voucher.claims.rules import ClaimProblems, EvidenceKind
from voucher.core.errors import Conflict, Invalid, NotPermitted
from voucher.files.queries import files_of
from voucher.ledger.models import AccountKind
from voucher.ledger.queries import total
from voucher.subsidy.queries import assistance_of_notice
from voucher.vouchers.models import Award

WORDS = "Two of the three sessions; the third was not held."


@pytest.fixture
def job(session, tmp_path):
    """£1,800 net agreed: the voucher pays £900, VAT £360, the business £1,260. A draft is begun."""
    return drafted(make_job(), tmp_path)


def offer(job, net=120_000, words=WORDS):
    return operations.offer_less(
        claim=job.claim, net_price_pence=net, words=words, by=job.worker.id, at=LATER
    )


def agree(job, found, by=None):
    operations.agree_amendment(claim=job.claim, offer_id=found.id, by=by or job.owner.id, at=LATER)


def amounts(redemption):
    return (
        redemption.net_price_pence,
        redemption.vat_rate_bps,
        redemption.vat_pence,
        redemption.voucher_pence,
        redemption.contribution_pence,
    )


def support(session, job):
    award = session.get_one(Award, job.voucher.award_id)
    return assistance_of_notice(award.notice_id).redeemed_pence


def committed(job):
    return total(AccountKind.COMMITTED, round_id=job.round_.id)


def left(job):
    return total(AccountKind.FUND, round_id=job.round_.id)


def test_less_work_lowers_amounts_books_and_support(session, job):
    assert amounts(job.redemption) == (180_000, 2_000, 36_000, 90_000, 126_000)
    found = offer(job)
    assert amounts(job.redemption)[0] == 180_000
    agree(job, found)
    session.expire_all()
    assert amounts(job.redemption) == (120_000, 2_000, 24_000, 60_000, 84_000)
    assert found.status is AmendmentStatus.AGREED
    assert (found.was_net_price_pence, found.was_voucher_pence) == (180_000, 90_000)
    assert job.round_.committed_pence == committed(job) == 60_000
    assert support(session, job) == 60_000
    assert left(job) == job.round_.budget_pence - 60_000


def test_the_claim_is_then_for_the_lesser_amounts_and_can_be_approved(session, job):
    agree(job, offer(job))
    assert amounts(job.claim) == amounts(job.redemption)
    operations.submit(claim=job.claim, by=job.worker.id, at=LATER)
    operations.confirm(claim=job.claim, by=job.owner.id, at=LATER)
    officer = make_member(Role.APPROVER)
    operations.approve(claim=job.claim, by=officer.id, at=LATER)
    assert total(AccountKind.PAYABLE, round_id=job.round_.id) == 60_000
    assert committed(job) == 0


def test_where_the_cap_still_binds_only_the_business_pays_less(session, tmp_path):
    dear = drafted(make_job(net_price_pence=300_000), tmp_path)
    before = dear.redemption.voucher_pence
    assert before == dear.voucher.cap_pence
    agree(dear, offer(dear, net=250_000))
    assert dear.redemption.voucher_pence == before == committed(dear)
    assert support(session, dear) == before
    assert dear.redemption.contribution_pence == 250_000 + 50_000 - before


def test_lessening_twice_gives_back_each_difference_once(session, job):
    agree(job, offer(job))
    agree(job, offer(job, net=60_001))
    assert job.redemption.voucher_pence == 30_000  # half of £600.01, rounded down
    assert committed(job) == support(session, job) == 30_000
    assert len(amendments_of(job.claim.id)) == 2


def test_nothing_is_sent_while_an_offer_is_open(session, job):
    offer(job)
    with pytest.raises(Conflict, match="has not answered"):
        operations.submit(claim=job.claim, by=job.worker.id, at=LATER)
    with pytest.raises(Conflict, match="Take it back first"):
        offer(job, net=100_000)
    operations.withdraw_amendment(claim=job.claim, by=job.worker.id, at=LATER)
    operations.submit(claim=job.claim, by=job.worker.id, at=LATER)
    assert job.claim.status is ClaimStatus.SUBMITTED
    assert committed(job) == 90_000


def test_a_refusal_leaves_everything_and_keeps_its_words(session, job):
    found = offer(job)
    with pytest.raises(Invalid):
        operations.refuse_amendment(claim=job.claim, words=" ", by=job.owner.id, at=LATER)
    operations.refuse_amendment(claim=job.claim, words="Nothing came.", by=job.owner.id, at=LATER)
    assert (found.status, found.refusal) == (AmendmentStatus.REFUSED, "Nothing came.")
    assert amounts(job.redemption)[0] == 180_000
    assert committed(job) == support(session, job) == 90_000
    with pytest.raises(Conflict, match="no open offer"):
        agree(job, found)


@pytest.mark.parametrize("net", [None, 0, -1, 180_000, 180_001, 1])
def test_only_a_lesser_price_that_pays_something_is_offered(session, job, net):
    with pytest.raises(Invalid) as caught:
        offer(job, net=net)
    assert caught.value.field == "net_price_pence"
    assert open_amendment(job.claim.id) is None


def test_what_was_not_delivered_is_said(session, job):
    with pytest.raises(Invalid) as caught:
        offer(job, words="  ")
    assert caught.value.field == "words"


def test_the_business_itself_answers_the_offer_it_read(session, job):
    first = offer(job)
    for stranger in (job.worker, make_member(Role.APPROVER)):
        with pytest.raises(NotPermitted):
            agree(job, first, by=stranger.id)
    operations.withdraw_amendment(claim=job.claim, by=job.worker.id, at=LATER)
    offer(job, net=60_000)
    with pytest.raises(Conflict, match="Read it again"):
        agree(job, first)
    assert job.redemption.net_price_pence == 180_000


def test_it_is_too_late_once_the_claim_is_sent_until_it_is_given_back(session, tmp_path):
    job = submitted(make_job(), tmp_path)
    with pytest.raises(Conflict, match="has been sent"):
        offer(job)
    officer = make_officer(Role.APPROVER)
    operations.return_to_provider(claim=job.claim, note="Less?", by=officer.id, at=LATER)
    agree(job, offer(job))
    assert committed(job) == 60_000


def test_a_cancelled_voucher_and_a_held_case_agree_to_nothing(session, tmp_path):
    job, held = drafted(make_job(), tmp_path), drafted(make_job(), tmp_path)
    ended, kept = offer(job), offer(held)
    assert [one.amendment for one in waiting_for_business(job.business.id)] == [ended]
    officer = make_officer(Role.APPROVER)
    operations.abandon(voucher=job.voucher, reason="Closed", by=officer.id, at=LATER)
    assert waiting_for_business(job.business.id) == []
    with pytest.raises(Conflict, match="cancelled"):
        agree(job, ended)
    hold(application=held.application, reason="A doubt", by=officer.id, at=LATER)
    with pytest.raises(Conflict, match="looking into"):
        agree(held, kept)
    assert committed(held) == 90_000


def test_abandoning_afterwards_gives_back_the_rest_alone(session, job):
    agree(job, offer(job))
    officer = make_officer(Role.APPROVER)
    operations.abandon(voucher=job.voucher, reason="Closed", by=officer.id, at=LATER)
    assert committed(job) == job.round_.committed_pence == 0
    assert left(job) == job.round_.budget_pence


def test_every_step_stands_in_the_event_log(session, job):
    offer(job)
    operations.refuse_amendment(claim=job.claim, words="No.", by=job.owner.id, at=LATER)
    agree(job, offer(job))
    query = select(AuditEvent).where(AuditEvent.action.like("claim.amendment_%"))
    events = session.execute(query.order_by(AuditEvent.id)).scalars().all()
    assert [event.action for event in events] == [
        "claim.amendment_offered",
        "claim.amendment_refused",
        "claim.amendment_offered",
        "claim.amendment_agreed",
    ]
    assert events[-1].details["released_pence"] == 30_000
    assert events[-1].actor_user_id == job.owner.id


def vat(job, rate=0, net=180_000, words="No longer registered since 1 May."):
    return operations.offer_vat(
        claim=job.claim,
        vat_rate_bps=rate,
        net_price_pence=net,
        words=words,
        by=job.worker.id,
        at=LATER,
    )


def test_another_vat_rate_changes_what_the_business_pays_and_nothing_else(session, job):
    agree(job, vat(job))
    session.expire_all()
    assert amounts(job.redemption) == amounts(job.claim) == (180_000, 0, 0, 90_000, 90_000)
    assert committed(job) == support(session, job) == 90_000
    assert left(job) == job.round_.budget_pence - 90_000


def test_a_provider_that_has_registered_charges_vat_the_business_agrees_to(session, tmp_path):
    job = drafted(make_job(vat_rate_bps=0), tmp_path)
    assert amounts(job.redemption) == (180_000, 0, 0, 90_000, 90_000)
    agree(job, vat(job, rate=2_000, words="Registered since 1 May."))
    assert amounts(job.redemption) == (180_000, 2_000, 36_000, 90_000, 126_000)
    assert committed(job) == support(session, job) == 90_000


def test_a_provider_that_bears_the_vat_itself_lowers_the_price_too(session, tmp_path):
    job = drafted(make_job(vat_rate_bps=0), tmp_path)
    agree(job, vat(job, rate=2_000, net=150_000))
    assert amounts(job.redemption) == (150_000, 2_000, 30_000, 75_000, 105_000)
    assert committed(job) == support(session, job) == 75_000


@pytest.mark.parametrize(
    ("rate", "net", "field"),
    [
        (None, 180_000, "vat_rate"),
        (2_000, 180_000, "vat_rate"),
        (1_234, 180_000, "vat_rate"),
        (0, 180_001, "net_price_pence"),
        (0, None, "net_price_pence"),
        (0, 0, "net_price_pence"),
    ],
)
def test_only_another_known_rate_and_no_higher_price_is_offered(session, job, rate, net, field):
    with pytest.raises(Invalid) as caught:
        vat(job, rate=rate, net=net)
    assert caught.value.field == field
    assert open_amendment(job.claim.id) is None


def test_who_is_not_registered_charges_no_vat(session, tmp_path):
    job = drafted(make_job(vat_rate_bps=0), tmp_path)
    job.provider.vat_number, job.provider.vat_registered = None, False
    session.flush()
    with pytest.raises(Invalid, match="not registered"):
        vat(job, rate=2_000)


def test_an_offer_nobody_answers_lapses_after_its_last_day(session, job):
    found = offer(job)
    assert found.answer_by_on == LATER.date() + timedelta(days=14)
    session.commit()
    last = LATER + timedelta(days=14)
    assert lapse_amendments(last) == 0
    assert lapse_amendments(last + timedelta(days=1)) == 1
    assert lapse_amendments(last + timedelta(days=1)) == 0
    session.expire_all()
    assert found.status is AmendmentStatus.LAPSED
    with pytest.raises(Conflict, match="no open offer"):
        agree(job, found)
    assert committed(job) == 90_000
    operations.submit(claim=job.claim, by=job.worker.id, at=LATER)


def test_it_can_not_be_agreed_after_its_last_day_either(session, job):
    found, late = offer(job), LATER + timedelta(days=15)
    with pytest.raises(Conflict, match="last day"):
        operations.agree_amendment(claim=job.claim, offer_id=found.id, by=job.owner.id, at=late)
    assert committed(job) == 90_000


def test_the_provider_takes_a_sent_claim_back_and_lowers_it(session, tmp_path):
    job = confirmed(make_job(), tmp_path)
    operations.check(claim=job.claim, by=make_officer(Role.CASEWORKER).id, at=LATER)
    operations.take_back(claim=job.claim, by=job.worker.id, at=LATER)
    claim = job.claim
    assert claim.status is ClaimStatus.RETURNED
    assert (claim.checked_by_id, claim.confirm_by_on, claim.pay_by_on) == (None, None, None)
    agree(job, offer(job))
    assert committed(job) == 60_000


def test_nothing_is_taken_back_once_it_is_approved(session, tmp_path):
    job = confirmed(make_job(), tmp_path)
    operations.approve(claim=job.claim, by=make_officer(Role.APPROVER).id, at=LATER)
    with pytest.raises(Conflict, match="can’t be taken back"):
        operations.take_back(claim=job.claim, by=job.worker.id, at=LATER)
    assert job.claim.status is ClaimStatus.APPROVED


def test_a_draft_keeps_no_invoice_of_the_old_amounts(job, tmp_path):
    old = files_of(job.claim, EvidenceKind.INVOICE.value)
    found, later = offer(job), LATER + timedelta(hours=1)
    assert not wants_new_invoice(job.claim)
    operations.agree_amendment(claim=job.claim, offer_id=found.id, by=job.owner.id, at=later)
    assert wants_new_invoice(job.claim)
    with pytest.raises(ClaimProblems, match="shows the old amounts"):
        operations.submit(claim=job.claim, by=job.worker.id, at=later)
    attach(job, tmp_path, at=later)
    assert wants_new_invoice(job.claim)
    for file in old:
        operations.remove_evidence(
            claim=job.claim, reference=file.reference, by=job.worker.id, at=later
        )
    assert not wants_new_invoice(job.claim)
    operations.submit(claim=job.claim, by=job.worker.id, at=later)
    assert job.claim.status is ClaimStatus.SUBMITTED


def test_a_draft_without_an_invoice_misses_it_and_nothing_else(session, tmp_path):
    job = redeemed(make_job())
    job.claim = operations.start(redemption=job.redemption, by=job.worker.id, at=LATER)
    agree(job, offer(job))
    assert not wants_new_invoice(job.claim)
