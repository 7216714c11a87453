"""Who has no company number: before paying, its own proof of who it is is looked for."""

import pytest

from tests.factories.cases import make_case, make_officer
from tests.factories.payments import make_confirmed_claim
from tests.factories.scheme import AT, make_business, next_number, reference, stored
from voucher.accounts.roles import Role
from voucher.applications.queries.drafts import EVIDENCE
from voucher.businesses.models import Business, LegalForm
from voucher.claims.models import ClaimStatus
from voucher.claims.operations import approve
from voucher.claims.operations.screening import screen
from voucher.core.errors import Conflict
from voucher.files.models import StoredFile
from voucher.screening.models import Gate, Outcome, Stage
from voucher.screening.queries import latest_checks

NUMBERS = {"utr": "1955839661", "charity_number": "1234567"}


def a_claim_of(session, number, form=LegalForm.SOLE_TRADER):
    """A confirmed claim of a business without a company number, known by `number` alone."""
    claim = make_confirmed_claim()
    business = session.get_one(Business, claim.business_id)
    business.legal_form, business.company_number = form, None
    if number:
        setattr(business, number, NUMBERS[number])
    session.flush()
    return claim


def hand_in_proof(claim, **changed):
    given = {"subject_kind": "application", "subject_id": claim.application_id, **changed}
    return stored(
        StoredFile(
            reference=reference("FIL", next_number()),
            name="proof.pdf",
            media_type="application/pdf",
            size_bytes=60,
            sha256="0" * 64,
            business_id=claim.business_id,
            uploaded_at=AT,
            **{"purpose": EVIDENCE, **given},
        )
    )


def checked(claim):
    screen(claim=claim, stage=Stage.REVIEW, by=None, at=AT)
    return latest_checks(claim.id)[Gate.COMPANY]


@pytest.mark.parametrize(
    ("number", "form"),
    [("utr", LegalForm.SOLE_TRADER), ("charity_number", LegalForm.CHARITY)],
)
def test_a_number_alone_goes_to_a_person_and_with_the_proof_it_passes(session, number, form):
    claim = a_claim_of(session, number, form)
    check = checked(claim)
    assert check.outcome is Outcome.REFER
    assert "no accepted proof of who it is" in check.reasons[0]
    with pytest.raises(Conflict, match="proof of who it is"):
        approve(claim=claim, by=make_officer(Role.APPROVER).id, at=AT)
    hand_in_proof(claim)
    assert checked(claim).outcome is Outcome.PASS
    approve(claim=claim, by=make_officer(Role.APPROVER).id, at=AT)
    assert claim.status is ClaimStatus.APPROVED


def test_a_file_without_a_number_is_no_proof(session):
    claim = a_claim_of(session, None)
    hand_in_proof(claim)
    assert checked(claim).outcome is Outcome.REFER


def test_a_file_taken_back_for_something_else_or_of_another_application_is_no_proof(session):
    claim = a_claim_of(session, "utr")
    hand_in_proof(claim, removed_at=AT)
    hand_in_proof(claim, purpose="invoice")
    hand_in_proof(claim, subject_kind="claim")
    hand_in_proof(claim, subject_id=make_case(business=make_business()).id)
    assert checked(claim).outcome is Outcome.REFER


def test_a_company_is_known_by_the_register_and_hands_in_nothing(session):
    assert checked(make_confirmed_claim()).outcome is Outcome.PASS
