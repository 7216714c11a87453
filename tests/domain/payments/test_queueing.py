"""Which claims are paid, and what a finance officer may do about a payment."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from sqlalchemy import func, select

from tests.factories.cases import make_officer, make_voucher
from tests.factories.payments import make_approved_claim, make_confirmed_claim, make_payment
from tests.factories.scheme import AT, make_round
from voucher.accounts.operations import join_provider, join_staff
from voucher.accounts.roles import Role
from voucher.applications.models import Decision
from voucher.businesses.models import Business
from voucher.claims.models import Claim, ClaimStatus
from voucher.claims.operations.review import reject
from voucher.core.db import transaction
from voucher.core.errors import Conflict, DomainError, Invalid, NotPermitted
from voucher.ledger.models import AccountKind
from voucher.ledger.queries import total
from voucher.payments.models import AttemptKind, AttemptOutcome, Payment, PaymentAttempt
from voucher.payments.models import PaymentStatus as P
from voucher.payments.operations.queueing import cancel, cancellable, queue_claim, retry
from voucher.payments.queries.books import our_books
from voucher.payments.reconciling import DifferenceKind, compare_sums
from voucher.programmes.models import Round
from voucher.subsidy.queries import headroom
from voucher.vouchers.models import Voucher, VoucherStatus


def officer():
    return make_officer(Role.FINANCE).id


def open_attempt(payment, kind=AttemptKind.TRANSFER):
    return PaymentAttempt(
        payment_id=payment.id,
        kind=kind,
        number=1,
        idempotency_key=f"key of {payment.id} {kind}",
        parameters={},
        first_sent_at=AT,
        last_sent_at=AT,
    )


def test_only_approved_claims_are_queued(session):
    assert queue_claim(claim_id=make_confirmed_claim().id, at=AT) is None
    assert queue_claim(claim_id=0, at=AT) is None


def test_a_claim_has_one_payment(session):
    claim = make_approved_claim()
    payment = queue_claim(claim_id=claim.id, at=AT)
    assert (payment.amount_pence, payment.status) == (90_000, P.QUEUED)
    assert queue_claim(claim_id=claim.id, at=AT) is None


def test_workers_at_the_same_moment_make_one_payment(app, session):
    with transaction():
        claim_id = make_approved_claim().id
    together = Barrier(8)

    def work(_number):
        with app.app_context():
            together.wait()
            try:
                with transaction():
                    return queue_claim(claim_id=claim_id, at=AT) is not None
            except DomainError:
                return False

    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(work, range(8)))
    assert made.count(True) == 1
    assert session.execute(select(func.count()).select_from(Payment)).scalar_one() == 1


def test_cancelling_gives_the_money_back_for_good(session):
    round_ = make_round()
    payment = make_payment(make_approved_claim(round_))
    cancel(payment=payment, reason="Paid by invoice", by=officer(), at=AT)
    assert payment.status is P.CANCELLED
    assert "Paid by invoice" in payment.status_note
    assert session.get(Round, round_.id).committed_pence == 0
    assert total(AccountKind.PAYABLE) == 0
    assert total(AccountKind.FUND) == round_.budget_pence
    with pytest.raises(Conflict):
        retry(payment=payment, by=officer(), at=AT)
    with pytest.raises(Conflict):
        cancel(payment=payment, reason="Again", by=officer(), at=AT)


def test_cancelling_ends_the_claim_the_voucher_and_the_assistance(session):
    round_ = make_round()
    payment = make_payment(make_approved_claim(round_))
    claim = session.get(Claim, payment.claim_id)
    room = headroom(claim.business_id, AT.date())
    cancel(payment=payment, reason="The work was never done", by=officer(), at=AT)
    assert claim.status is ClaimStatus.REJECTED
    assert claim.review_note == "The work was never done"
    voucher = session.execute(select(Voucher)).scalar_one()
    assert voucher.status is VoucherStatus.CANCELLED
    assert headroom(claim.business_id, AT.date()) == room + payment.amount_pence
    ours = our_books()
    assert compare_sums(DifferenceKind.ROUND, ours.ledger_sums, ours.round_sums) == ()
    make_voucher(round_, session.get(Business, claim.business_id))  # it can have another


@pytest.mark.parametrize("status", [P.ATTENTION, P.PAYOUT_FAILED])
def test_an_officer_of_the_provider_leaves_the_payment_to_a_colleague(session, status):
    sent = {"stripe_transfer_id": "tr_1", "transferred_at": AT, "stripe_payout_id": "po_1"}
    payment = make_payment(status=status, **(sent if status is P.PAYOUT_FAILED else {}))
    member = officer()
    join_provider(user_id=member, provider_id=payment.provider_id, at=AT)
    with pytest.raises(NotPermitted):
        retry(payment=payment, by=member, at=AT)
    with pytest.raises(NotPermitted):
        cancel(payment=payment, reason="Why not", by=member, at=AT)
    assert payment.status is status


@pytest.mark.parametrize("status", [P.ATTENTION, P.PAYOUT_FAILED])
def test_who_decided_on_the_award_does_not_let_its_money_go(session, status):
    sent = {"stripe_transfer_id": "tr_1", "transferred_at": AT, "stripe_payout_id": "po_1"}
    payment = make_payment(status=status, **(sent if status is P.PAYOUT_FAILED else {}))
    decider = session.execute(select(Decision.decided_by_id)).scalar_one()
    join_staff(user_id=decider, role=Role.FINANCE, at=AT, by=None)
    with pytest.raises(NotPermitted, match="You decided on this award"):
        retry(payment=payment, by=decider, at=AT)
    assert payment.status is status
    retry(payment=payment, by=officer(), at=AT)
    assert payment.status is not status


def test_an_approved_claim_is_not_rejected_beside_its_payment(session):
    payment = make_payment()
    claim = session.get(Claim, payment.claim_id)
    committed = session.get(Round, payment.round_id).committed_pence
    with pytest.raises(Conflict, match="approved"):
        reject(claim=claim, note="Too late", by=officer(), at=AT)
    assert claim.status is ClaimStatus.APPROVED
    assert session.get(Round, payment.round_id).committed_pence == committed == 90_000


@pytest.mark.parametrize("reason", ["", "  \n", "x" * 251])
def test_a_cancellation_needs_a_reason(session, reason):
    payment = make_payment()
    with pytest.raises(Invalid) as refused:
        cancel(payment=payment, reason=reason, by=officer(), at=AT)
    assert refused.value.field == "reason"
    assert payment.status is P.QUEUED


@pytest.mark.parametrize("status", [P.SENDING, P.UNKNOWN])
def test_what_may_have_been_sent_can_not_be_cancelled(session, status):
    payment = make_payment(status=status)
    with pytest.raises(Conflict):
        cancel(payment=payment, reason="Too late", by=officer(), at=AT)
    assert payment.status is status


def test_attention_with_an_open_request_is_looked_up_first(session):
    payment = make_payment(status=P.ATTENTION)
    attempt = open_attempt(payment)
    attempt.outcome = AttemptOutcome.MISMATCH
    session.add(attempt)
    session.flush()
    assert not cancellable(payment)
    retry(payment=payment, by=officer(), at=AT)
    assert payment.status is P.UNKNOWN


def test_attention_without_a_request_is_queued_again_or_cancelled(session):
    payment = make_payment(status=P.ATTENTION)
    assert cancellable(payment)
    retry(payment=payment, by=officer(), at=AT)
    assert payment.status is P.QUEUED


@pytest.mark.parametrize(("opened", "to"), [(False, P.TRANSFERRED), (True, P.PAYOUT_UNKNOWN)])
def test_attention_after_the_transfer_goes_on_with_the_payout(session, opened, to):
    payment = make_payment(status=P.ATTENTION, stripe_transfer_id="tr_1", transferred_at=AT)
    if opened:
        session.add(open_attempt(payment, AttemptKind.PAYOUT))
        session.flush()
    assert not cancellable(payment)
    retry(payment=payment, by=officer(), at=AT)
    assert payment.status is to
