"""A corrected invoice: the old one is kept, and stays the claim's own for every other claim."""

import io

import pytest

from tests.factories.cases import make_officer
from tests.factories.work import LATER, PDF, attach, drafted, make_job, submitted
from voucher.accounts.roles import Role
from voucher.claims import operations
from voucher.claims.models import ClaimStatus
from voucher.claims.operations.screening import findings_on
from voucher.claims.queries import superseded_invoices
from voucher.claims.rules import ClaimProblems
from voucher.core.errors import Conflict, Invalid
from voucher.files.queries import files_of
from voucher.integrations.storage.store import ContentStore
from voucher.screening.models import Gate, Outcome

TODAY = LATER.date()
NEW = PDF + b"% corrected\n%%EOF\n"


def correct(job, folder, *, number="INV-9", words="The wrong date.", on=TODAY):
    return operations.correct_invoice(
        claim=job.claim,
        invoice=operations.CorrectedInvoice(number, on, words, io.BytesIO(NEW), "New.pdf"),
        content_store=ContentStore(folder),
        by=job.worker.id,
        at=LATER,
    )


@pytest.fixture
def job(session, tmp_path):
    """A claim that was sent and is back with the provider."""
    job = submitted(make_job(), tmp_path)
    operations.take_back(claim=job.claim, by=job.worker.id, at=LATER)
    return job


def test_the_old_invoice_is_kept_with_who_when_and_why(session, tmp_path, job):
    number, (before,) = job.claim.invoice_number, files_of(job.claim, "invoice")
    sha256 = before.sha256
    correct(job, tmp_path)
    session.expire_all()
    assert job.claim.invoice_number == "INV-9"
    assert [file.name for file in files_of(job.claim, "invoice")] == ["New.pdf"]
    ((old, files),) = superseded_invoices(job.claim.id)
    assert (old.invoice_number, old.words) == (number, "The wrong date.")
    assert (old.superseded_by_id, old.superseded_at) == (job.worker.id, LATER)
    assert [file.sha256 for file in files] == [sha256]
    operations.submit(claim=job.claim, by=job.worker.id, at=LATER)
    assert job.claim.status is ClaimStatus.SUBMITTED


def test_the_invoice_of_a_sent_claim_changes_in_no_other_way(session, tmp_path, job):
    save = {"claim": job.claim, "by": job.worker.id, "at": LATER}
    for values in ({"invoice_number": "INV-8"}, {"invoice_on": None}):
        with pytest.raises(Invalid, match="Replace the invoice"):
            operations.save(values=values, **save)
    (file,) = files_of(job.claim, "invoice")
    with pytest.raises(Conflict, match="Replace the invoice"):
        operations.remove_evidence(reference=file.reference, **save)
    with pytest.raises(Invalid, match="Replace the invoice"):
        attach(job, tmp_path)


def test_its_old_number_belongs_to_no_other_claim(session, tmp_path, job):
    old = job.claim.invoice_number
    correct(job, tmp_path)
    other = drafted(make_job(provider=job.provider), tmp_path)
    with pytest.raises(Invalid, match="already") as caught:
        operations.save(
            claim=other.claim, values={"invoice_number": old}, by=other.worker.id, at=LATER
        )
    assert caught.value.field == "invoice_number"
    correct(job, tmp_path, number=old, words="It was right after all.")


def test_the_check_for_duplicates_knows_the_old_number_as_its_own(session, tmp_path, job):
    old = job.claim.invoice_number
    correct(job, tmp_path)
    operations.submit(claim=job.claim, by=job.worker.id, at=LATER)
    other = drafted(
        make_job(provider=job.provider), tmp_path, invoice_number=f" {old.replace('-', ' ')}/"
    )
    operations.submit(claim=other.claim, by=other.worker.id, at=LATER)

    def duplicates(claim):
        return next(f for f in findings_on(claim, LATER) if f.gate is Gate.DUPLICATE)

    for one, another in ((other, job), (job, other)):
        found = duplicates(one.claim)
        assert found.outcome is Outcome.REFER
        assert f"same invoice number as on {another.claim.reference}" in " ".join(found.reasons)


def test_alone_it_is_no_duplicate_of_itself(session, tmp_path, job):
    correct(job, tmp_path)
    found = next(f for f in findings_on(job.claim, LATER) if f.gate is Gate.DUPLICATE)
    assert found.reasons == ()


def test_after_other_amounts_the_invoice_must_be_replaced(session, tmp_path, job):
    made = operations.offer_less(
        claim=job.claim, net_price_pence=120_000, words="Less.", by=job.worker.id, at=LATER
    )
    operations.agree_amendment(claim=job.claim, offer_id=made.id, by=job.owner.id, at=LATER)
    with pytest.raises(ClaimProblems) as caught:
        operations.submit(claim=job.claim, by=job.worker.id, at=LATER)
    assert [problem.field for problem in caught.value.problems] == ["invoice"]
    correct(job, tmp_path)
    operations.submit(claim=job.claim, by=job.worker.id, at=LATER)


def test_it_is_too_late_once_the_claim_is_sent_again(session, tmp_path):
    job = submitted(make_job(), tmp_path)
    with pytest.raises(Conflict, match="Take it back"):
        correct(job, tmp_path)
    officer = make_officer(Role.APPROVER)
    operations.return_to_provider(claim=job.claim, note="Wrong.", by=officer.id, at=LATER)
    correct(job, tmp_path)


@pytest.mark.parametrize(
    ("values", "field"),
    [({"number": " "}, "invoice_number"), ({"words": ""}, "words"), ({"on": None}, "invoice_on")],
)
def test_what_is_missing_is_said_at_its_field(session, tmp_path, job, values, field):
    with pytest.raises(Invalid) as caught:
        correct(job, tmp_path, **values)
    assert caught.value.field == field
    assert superseded_invoices(job.claim.id) == []
