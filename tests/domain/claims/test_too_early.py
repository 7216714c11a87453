"""A claim that is still being written: whatever is asked of it, the answer says why not."""

import io

import pytest

from tests.factories.cases import make_officer
from tests.factories.scheme import make_member
from tests.factories.work import LATER, PDF, make_job, redeemed
from voucher.accounts.roles import Role
from voucher.claims import operations
from voucher.claims.models import ClaimStatus
from voucher.claims.operations import CorrectedInvoice, CreditNote, UnpaidDecision
from voucher.claims.operations.doubts import check_again
from voucher.claims.queries import spoke_for_business
from voucher.claims.queries.contributions import accepted_by
from voucher.core.errors import Conflict
from voucher.integrations.storage.store import ContentStore

OFFICERS = {
    "approve": (operations.approve, {}),
    "check": (operations.check, {}),
    "check again": (check_again, {}),
    "return": (operations.return_to_provider, {"note": "No date."}),
    "reject": (operations.reject, {"note": "Nothing was done."}),
    "call off": (operations.call_off, {"reason": "Its payment was cancelled."}),
    "confirm on behalf": (operations.confirm_on_behalf, {"note": "They told us."}),
    "ask for proof": (operations.ask_for_proof, {"note": "No receipt."}),
    "decide on proof": (
        operations.decide_unpaid,
        {"decision": UnpaidDecision.PROVEN, "paid_on": LATER.date(), "note": "Seen."},
    ),
}
BUSINESS = {
    "confirm": (operations.confirm, {}),
    "dispute": (operations.dispute, {"words": "Nothing was done."}),
    "say unpaid": (operations.say_unpaid, {}),
    "deny": (operations.deny, {"words": "It was a gift."}),
    "agree": (operations.agree_amendment, {"offer_id": 1}),
    "refuse": (operations.refuse_amendment, {"words": "It was all there."}),
}
PROVIDER = {
    "take back": (operations.take_back, {}),
    "acknowledge": (operations.acknowledge, {"paid_on": LATER.date()}),
    "withdraw": (operations.withdraw_amendment, {}),
}


@pytest.fixture
def job(session):
    """Redeemed, and a claim begun of which nothing is written yet."""
    job = redeemed(make_job())
    job.claim = operations.start(redemption=job.redemption, by=job.worker.id, at=LATER)
    return job


def assert_refused(job, operation, by, **values):
    with pytest.raises(Conflict):
        operation(claim=job.claim, by=by, at=LATER, **values)
    assert job.claim.status is ClaimStatus.DRAFT


@pytest.mark.parametrize("act", OFFICERS)
def test_officers_are_told_that_it_is_too_early(job, act):
    operation, values = OFFICERS[act]
    assert_refused(job, operation, make_officer(Role.APPROVER).id, **values)


@pytest.mark.parametrize("act", BUSINESS)
def test_the_business_is_told_that_it_is_too_early(job, act):
    operation, values = BUSINESS[act]
    assert_refused(job, operation, job.owner.id, **values)


@pytest.mark.parametrize("act", PROVIDER)
def test_the_provider_is_told_that_it_is_too_early(job, act):
    operation, values = PROVIDER[act]
    assert_refused(job, operation, job.worker.id, **values)


def test_documents_that_belong_to_a_sent_claim_are_refused(job, tmp_path):
    store, file = ContentStore(tmp_path), io.BytesIO(PDF)
    credit = CreditNote("CN-1", 1_000, "Less.", file, "Note.pdf")
    invoice = CorrectedInvoice("INV-2", LATER.date(), "Wrong date.", file, "Invoice.pdf")
    by = job.worker.id
    assert_refused(job, operations.enter_credit, by, credit=credit, content_store=store)
    assert_refused(job, operations.correct_invoice, by, invoice=invoice, content_store=store)
    proof = {"paid_on": LATER.date(), "stream": file, "name": "Receipt.pdf", "content_store": store}
    assert_refused(job, operations.show_paid, job.owner.id, **proof)


def test_nobody_has_spoken_on_a_claim_that_was_never_sent(job):
    officer = make_member(Role.APPROVER).id
    assert not spoke_for_business(job.claim, officer)
    assert not accepted_by(job.claim, officer)
