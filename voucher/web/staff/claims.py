"""Claims: the queue, one claim beside its agreement, check, approve, return, reject."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_login import current_user

from voucher.accounts.permissions import Permission
from voucher.accounts.queries import names_of
from voucher.claims import operations, queries
from voucher.claims.models import AmendmentStatus, Claim, ClaimStatus
from voucher.claims.operations.review import is_silent
from voucher.claims.operations.writing import agreed_with
from voucher.claims.queries.screening import check_lines
from voucher.claims.rules import AMOUNT_FIELDS, EvidenceKind, EvidenceLevel, missing_evidence
from voucher.core import clock
from voucher.core.errors import Conflict, Invalid, NotPermitted
from voucher.files.queries import files_of
from voucher.payments.clawbacks.models import ClawbackReason
from voucher.payments.clawbacks.queries import asked_for, left_to_ask
from voucher.payments.queries import payment_of_claim
from voucher.providers.models import ProviderStatus
from voucher.screening.queries import read_list_ahead
from voucher.web.access import requires
from voucher.web.paging import page_number
from voucher.web.staff.claims_forms import (
    ClaimsForm,
    EvidenceNoteForm,
    NoteForm,
    OptionalNoteForm,
)

blueprint = Blueprint("staff_claims", __name__, url_prefix="/staff/claims")

COLOURS = {
    ClaimStatus.SUBMITTED: "grey",
    ClaimStatus.CONFIRMED: "blue",
    ClaimStatus.DISPUTED: "orange",
    ClaimStatus.RETURNED: "yellow",
    ClaimStatus.APPROVED: "teal",
    ClaimStatus.REJECTED: "red",
    ClaimStatus.PAID: "green",
}
AMOUNT_LABELS = {
    "net_price_pence": "Price before VAT",
    "vat_rate_bps": "VAT rate",
    "vat_pence": "VAT",
    "voucher_pence": "The voucher pays",
    "contribution_pence": "The business pays",
}


@blueprint.get("/")
@requires(Permission.CLAIM_READ)
def claims() -> str:
    """Claims that fit the filter in the address, the first to be paid first."""
    form = ClaimsForm(request.args)
    today = clock.today()
    return render_template(
        "staff/claims/list.html",
        form=form,
        found=queries.claim_queue(form.chosen(), today, page_number()),
        unclaimed=queries.unclaimed(today) if form.shows_silence() else None,
        wanted={
            name: request.args[name]
            for name in ("q", "status", "sampled")
            if request.args.get(name)
        },
        colours=COLOURS,
        today=today,
    )


@blueprint.get("/<reference>")
@requires(Permission.CLAIM_READ)
def claim(reference: str) -> str:
    """One claim on one page: amounts beside the agreement, evidence, the business's word."""
    found = queries.claim_for_staff(reference)
    return render_template("staff/claims/claim.html", **_page(found))


def _page(found: queries.ClaimPage) -> dict[str, Any]:
    claim, agreed = found.claim, agreed_with(found.redemption)
    files, answers = files_of(claim), queries.answers_of(claim.id)
    level = EvidenceLevel(claim.evidence_level)
    invoices, questions = queries.superseded_invoices(claim.id), queries.questions_of(claim.id)
    people = [claim.submitted_by_id, claim.checked_by_id, claim.approved_by_id]
    return {
        "found": found,
        "claim": claim,
        "colour": COLOURS[claim.status],
        "amounts": [
            (field, AMOUNT_LABELS[field], getattr(claim, field), getattr(agreed, field))
            for field in AMOUNT_FIELDS
        ],
        "files": files,
        "kinds": {kind.value: kind.value.replace("_", " ").capitalize() for kind in EvidenceKind},
        "missing": missing_evidence(
            level,
            {EvidenceKind(file.purpose) for file in files},
            contribution_pence=0 if claim.contribution_unpaid else agreed.contribution_pence,
        ),
        "answers": answers,
        "names": names_of([*people, *_heard(answers, invoices, questions)]),
        "needs_check": level is EvidenceLevel.FULL and claim.checked_at is None,
        "own_check": claim.checked_by_id == current_user.id,
        "own_award": found.awarded_by_officer_id == current_user.id,
        "own_word": _spoke(claim, answers),
        "suspended": found.provider.status is ProviderStatus.SUSPENDED,
        "silent": is_silent(claim, clock.now()),
        "check_lines": check_lines(claim.id),
        **_amended(claim),
        "invoices": invoices,
        "questions": questions,
        "proofs": queries.proofs_of(questions),
    }


def _spoke(claim: Claim, answers: Any) -> bool:
    """Whether this officer entered the business's word on the claim as it was last sent."""
    return any(
        answer.on_behalf
        and answer.given_by_id == current_user.id
        and answer.given_at >= claim.submitted_at
        for answer in answers
    )


def _heard(answers: Any, invoices: Any, questions: Any) -> list[int]:
    """Who said, replaced or asked something on a claim."""
    return [
        *(answer.given_by_id for answer in answers),
        *(old.superseded_by_id for old, _ in invoices),
        *(question.asked_by_id for question in questions),
    ]


def _amended(claim: Claim) -> dict[str, Any]:
    """Amendments with their credit notes, and what is still to be asked back for those entered."""
    amendments = queries.amendments_of(claim.id)
    payment = payment_of_claim(claim.id)
    too_much = sum(
        one.was_voucher_pence - one.voucher_pence
        for one in amendments
        if one.status is AmendmentStatus.ENTERED
    )
    asked = asked_for(payment.id, ClawbackReason.CREDIT_NOTE) if payment and too_much else 0
    return {
        "amendments": amendments,
        "credit_files": queries.credit_files(claim.id) if amendments else {},
        "payment": payment,
        "to_ask_back": max(0, too_much - asked),
        "left_to_ask": left_to_ask(payment) if payment and too_much else 0,
    }


@blueprint.post("/<reference>/check")
@requires(Permission.CLAIM_CHECK)
def check(reference: str) -> Any:
    """Say that the evidence has been looked at."""
    found = queries.claim_for_staff(reference)
    operations.check(claim=found.claim, by=current_user.id, at=clock.now())
    flash("The claim is checked. A different officer can approve it now.", "success")
    return redirect(url_for(".claim", reference=reference))


@blueprint.route("/<reference>/speak", methods=["GET", "POST"])
@requires(Permission.CLAIM_CHECK)
def speak(reference: str) -> Any:
    """Enter that the work was done, for a business that is silent past its last day."""
    done = "The work counts as confirmed. A different officer can approve it now."
    return _with_note(reference, "speak", EvidenceNoteForm(), operations.confirm_on_behalf, done)


@blueprint.route("/<reference>/approve", methods=["GET", "POST"])
@requires(Permission.CLAIM_APPROVE)
def approve(reference: str) -> Any:
    """Approve the claim for payment."""
    if request.method == "POST":
        read_list_ahead()
    done = "The claim is approved and goes on to be paid."
    return _with_note(reference, "approve", OptionalNoteForm(), operations.approve, done)


@blueprint.route("/<reference>/return", methods=["GET", "POST"])
@requires(Permission.CLAIM_CHECK)
def return_to_provider(reference: str) -> Any:
    """Give the claim back with what has to be put right."""
    done = "The claim is back with the provider."
    return _with_note(reference, "return", NoteForm(), operations.return_to_provider, done)


@blueprint.route("/<reference>/reject", methods=["GET", "POST"])
@requires(Permission.CLAIM_APPROVE)
def reject(reference: str) -> Any:
    """Reject the claim for good."""
    done = "The claim is rejected, the voucher cancelled, and its money back in the round."
    return _with_note(reference, "reject", NoteForm(), operations.reject, done)


def _with_note(reference: str, action: str, form: Any, operation: Any, done: str) -> Any:
    found = queries.claim_for_staff(reference)
    if form.validate_on_submit() and _acted(operation, found, form):
        flash(done, "success")
        return redirect(url_for(".claim", reference=reference))
    page = render_template(
        "staff/claims/note.html", form=form, found=found, claim=found.claim, action=action
    )
    return page, 422 if form.is_submitted() else 200


def _acted(operation: Any, found: queries.ClaimPage, form: Any) -> bool:
    try:
        operation(claim=found.claim, note=form.note.data or "", by=current_user.id, at=clock.now())
    except Invalid as error:
        form.refuse(error)
    except (Conflict, NotPermitted) as error:
        form.refuse(Invalid(str(error), "note"))
    else:
        return True
    return False
