"""Claims: begin, fill in as a draft, add evidence, send; and how each one stands."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_login import current_user

from voucher.accounts.permissions import Permission
from voucher.claims import operations, queries
from voucher.claims.models import Claim, ClaimStatus
from voucher.claims.operations.writing import WRITABLE, agreed_with
from voucher.claims.rules import (
    EVIDENCE_REQUIRED,
    ClaimProblems,
    EvidenceKind,
    EvidenceLevel,
)
from voucher.core import clock
from voucher.core.errors import Conflict, Invalid
from voucher.files.queries import files_of
from voucher.payments.clawbacks.queries import come_back
from voucher.payments.queries import payment_of_claim, was_called_off
from voucher.screening.queries import words_on_ended_business
from voucher.web.access import current_member, requires
from voucher.web.configuration import services
from voucher.web.paging import page_number
from voucher.web.provider.claims_forms import (
    KIND_LABELS,
    ClaimForm,
    EvidenceForm,
    claim_values,
    differences,
    named_as_typed,
)

blueprint = Blueprint("provider_claims", __name__, url_prefix="/provider/claims")

COLOURS = {
    ClaimStatus.DRAFT: "grey",
    ClaimStatus.SUBMITTED: "yellow",
    ClaimStatus.CONFIRMED: "blue",
    ClaimStatus.DISPUTED: "orange",
    ClaimStatus.RETURNED: "yellow",
    ClaimStatus.APPROVED: "teal",
    ClaimStatus.REJECTED: "red",
    ClaimStatus.PAID: "green",
}


@blueprint.get("/")
@requires(Permission.PROVIDER_WORK)
def claims() -> str:
    """What can be claimed, by deadline, and every claim there is."""
    provider_id = current_member().provider_id or 0
    return render_template(
        "provider/claims/list.html",
        jobs=queries.to_claim(provider_id),
        found=queries.claims_of(provider_id, page_number()),
        colours=COLOURS,
        today=clock.today(),
    )


@blueprint.route("/new/<reference>", methods=["GET", "POST"])
@requires(Permission.PROVIDER_WORK)
def begin(reference: str) -> Any:
    """Begin the claim on one redemption, or go on with the one that was begun."""
    redemption = queries.redemption_for_provider(current_member().provider_id or 0, reference)
    if request.method == "POST":
        claim = operations.start(redemption=redemption, by=current_user.id, at=clock.now())
        return redirect(url_for(".details", reference=claim.reference))
    return render_template("provider/claims/begin.html", redemption=redemption)


@blueprint.get("/<reference>")
@requires(Permission.PROVIDER_WORK)
def claim(reference: str) -> Any:
    """One claim: while it is written, what is still missing; afterwards, where it stands."""
    found = _mine(reference)
    files = files_of(found.claim)
    writing = found.claim.status in WRITABLE
    answers = () if writing else queries.answers_of(found.claim.id)
    amendments = queries.amendments_of(found.claim.id)
    return render_template(
        "provider/claims/writing.html" if writing else "provider/claims/sent.html",
        found=found,
        claim=found.claim,
        files=files,
        missing=queries.missing_files(found.claim, found.redemption, files) if writing else (),
        kinds=KIND_LABELS,
        answers=answers,
        amendment_open=writing and queries.open_amendment(found.claim.id),
        offered_before=bool(amendments),
        old_invoice=writing and queries.wants_new_invoice(found.claim),
        invoices=queries.superseded_invoices(found.claim.id),
        question=None if writing else queries.open_question(found.claim.id),
        amendments=amendments,
        ended_words=words_on_ended_business(found.claim.id),
        called_off=was_called_off(found.claim),
        payment=payment_of_claim(found.claim.id),
        come_back=come_back(found.claim.id),
        spoken_for=bool(answers and answers[0].on_behalf),
        colour=COLOURS[found.claim.status],
        late=clock.today() > found.redemption.claim_by_on,
    )


@blueprint.route("/<reference>/details", methods=["GET", "POST"])
@requires(Permission.PROVIDER_WORK)
def details(reference: str) -> Any:
    """Invoice, amounts, what was done. A draft takes anything; going on checks the amounts."""
    found = _mine(reference)
    if found.claim.status not in WRITABLE:
        return redirect(url_for(".claim", reference=reference))
    form = ClaimForm(data=claim_values(found.claim))
    form.fit(agreed_with(found.redemption), found.claim)
    if form.validate_on_submit() and _kept(form, found):
        if form.as_draft.data:
            flash("The draft has been saved.", "success")
            return redirect(url_for(".claim", reference=reference))
        return redirect(url_for(".evidence", reference=reference))
    page = render_template(
        "provider/claims/details.html", form=form, found=found, claim=found.claim
    )
    return page, 422 if form.is_submitted() else 200


def _kept(form: ClaimForm, found: queries.ClaimPage) -> bool:
    """Save what was typed, unless it differs from the agreement and is not meant as a draft."""
    values = form.values()
    if not form.as_draft.data:
        for error in differences(values, found.claim, found.redemption, clock.today()):
            form.refuse(error)
        if form.errors:
            return False
    try:
        operations.save(claim=found.claim, values=values, by=current_user.id, at=clock.now())
    except Invalid as error:
        form.refuse(named_as_typed(error))
    except Conflict as error:
        form.refuse(Invalid(str(error), "invoice_number"))
    else:
        return True
    return False


@blueprint.route("/<reference>/evidence", methods=["GET", "POST"])
@requires(Permission.PROVIDER_WORK)
def evidence(reference: str) -> Any:
    """What has been attached, what is missing, and a form to attach one more."""
    found = _mine(reference)
    if found.claim.status not in WRITABLE:
        return redirect(url_for(".claim", reference=reference))
    files = files_of(found.claim)
    missing = queries.missing_files(found.claim, found.redemption, files)
    form = EvidenceForm(data={"kind": missing[0].value if missing else None})
    if form.validate_on_submit() and _attached(form, found.claim):
        flash("The file has been added.", "success")
        return redirect(url_for(".evidence", reference=reference))
    page = render_template(
        "provider/claims/evidence.html",
        form=form,
        claim=found.claim,
        files=files,
        missing=missing,
        old_invoice=queries.wants_new_invoice(found.claim),
        required=EVIDENCE_REQUIRED[EvidenceLevel(found.claim.evidence_level)],
        kinds=KIND_LABELS,
    )
    return page, 422 if form.is_submitted() else 200


def _attached(form: EvidenceForm, claim: Claim) -> bool:
    upload = form.upload.data
    try:
        operations.attach(
            claim=claim,
            kind=EvidenceKind(form.kind.data),
            stream=upload.stream,
            name=upload.filename or "",
            content_store=services().store,
            by=current_user.id,
            at=clock.now(),
        )
    except Invalid as error:
        form.refuse(Invalid(str(error), "upload"))
        return False
    return True


@blueprint.post("/<reference>/evidence/remove")
@requires(Permission.PROVIDER_WORK)
def remove_evidence(reference: str) -> Any:
    """Take one attached file back."""
    operations.remove_evidence(
        claim=_mine(reference).claim,
        reference=request.form.get("file", "")[:40],
        by=current_user.id,
        at=clock.now(),
    )
    flash("The file has been removed.", "success")
    return redirect(url_for(".evidence", reference=reference))


@blueprint.post("/<reference>/send")
@requires(Permission.PROVIDER_WORK)
def send(reference: str) -> Any:
    """Send the claim; or show, at its fields, everything that keeps it from being sent."""
    found = _mine(reference)
    try:
        operations.submit(claim=found.claim, by=current_user.id, at=clock.now())
    except ClaimProblems as error:
        return _not_ready(found, error)
    flash("The claim has been sent. The business is asked to confirm the work.", "success")
    return redirect(url_for(".claim", reference=reference))


def _not_ready(found: queries.ClaimPage, error: ClaimProblems) -> Any:
    files = files_of(found.claim)
    page = render_template(
        "provider/claims/writing.html",
        found=found,
        claim=found.claim,
        files=files,
        missing=queries.missing_files(found.claim, found.redemption, files),
        kinds=KIND_LABELS,
        problems=error.problems,
        old_invoice=queries.wants_new_invoice(found.claim),
        amendment_open=queries.open_amendment(found.claim.id),
        offered_before=bool(queries.amendments_of(found.claim.id)),
        invoices=queries.superseded_invoices(found.claim.id),
        colour=COLOURS[found.claim.status],
        late=clock.today() > found.redemption.claim_by_on,
    )
    return page, 422


def _mine(reference: str) -> queries.ClaimPage:
    return queries.claim_for_provider(current_member().provider_id or 0, reference)
