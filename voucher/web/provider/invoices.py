"""A corrected invoice in the place of one that was sent; and that the business has paid since."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_login import current_user

from voucher.accounts.permissions import Permission
from voucher.claims import operations, queries
from voucher.claims.models import ClaimStatus
from voucher.claims.operations.writing import WRITABLE
from voucher.core import clock
from voucher.files.rules import ACCEPTED_SUFFIXES
from voucher.web.access import current_member, requires
from voucher.web.configuration import services
from voucher.web.forms import (
    Answered,
    AtMost,
    DatePartsField,
    ServiceForm,
    StringField,
    TextAreaField,
    UploadField,
)

blueprint = Blueprint("provider_invoices", __name__, url_prefix="/provider/claims")


class InvoiceForm(ServiceForm):
    """The corrected invoice."""

    invoice_number = StringField(
        "Number of the corrected invoice", [Answered("Enter the invoice’s number."), AtMost(60)]
    )
    invoice_on = DatePartsField("Its date", [Answered("Enter the date of the invoice.")])
    words = TextAreaField(
        "What was wrong with the old one?",
        [Answered("Say what was wrong with the old invoice."), AtMost(2_000)],
        description="The business and we read this.",
    )
    upload = UploadField(
        "The corrected invoice",
        [Answered("Choose the file of the corrected invoice.")],
        description="A PDF, PNG or JPG of up to 10 MB.",
        accept=ACCEPTED_SUFFIXES,
        limit_bytes=10 * 1024 * 1024,
    )


class PaidForm(ServiceForm):
    """When the business paid."""

    paid_on = DatePartsField(
        "When did the business pay its part?", [Answered("Enter the day on which it paid.")]
    )


@blueprint.route("/<reference>/invoice", methods=["GET", "POST"])
@requires(Permission.PROVIDER_WORK)
def correct(reference: str) -> Any:
    """Replace the invoice; the old one is kept."""
    found, form = _mine(reference), InvoiceForm()
    if found.claim.status is not ClaimStatus.RETURNED:
        return redirect(url_for("provider_claims.claim", reference=reference))
    if form.carried_out(
        lambda: operations.correct_invoice(
            claim=found.claim,
            invoice=operations.CorrectedInvoice(
                number=form.invoice_number.data or "",
                invoice_on=form.invoice_on.data,
                words=form.words.data or "",
                stream=form.upload.data.stream,
                name=form.upload.data.filename or "",
            ),
            content_store=services().store,
            by=current_user.id,
            at=clock.now(),
        )
    ):
        flash("The corrected invoice is in its place. The old one is kept.", "success")
        return redirect(url_for("provider_claims.claim", reference=reference))
    page = render_template(
        "provider/claims/invoice.html", form=form, found=found, claim=found.claim
    )
    return page, 422 if form.is_submitted() else 200


@blueprint.route("/<reference>/contribution", methods=["GET", "POST"])
@requires(Permission.PROVIDER_WORK)
def received(reference: str) -> Any:
    """Say that the business has paid its part since."""
    found, form = _mine(reference), PaidForm()
    if request.method == "GET" and found.claim.status in WRITABLE:
        flash(
            "Say on the claim itself when the business paid. You have not sent it yet.", "important"
        )
        return redirect(url_for("provider_claims.claim", reference=reference))
    if form.carried_out(
        lambda: operations.acknowledge(
            claim=found.claim, paid_on=form.paid_on.data, by=current_user.id, at=clock.now()
        )
    ):
        flash("Thank you. It is kept with the claim.", "success")
        return redirect(url_for("provider_claims.claim", reference=reference))
    page = render_template(
        "provider/claims/contribution.html", form=form, found=found, claim=found.claim
    )
    return page, 422 if form.is_submitted() else 200


def _mine(reference: str) -> queries.ClaimPage:
    return queries.claim_for_provider(current_member().provider_id or 0, reference)
