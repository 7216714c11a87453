"""The business's own part of the price: pay it and show it, or say why it need not be paid."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, url_for
from flask_login import current_user

from voucher.accounts.permissions import Permission
from voucher.claims import operations, queries
from voucher.core import clock
from voucher.files.rules import ACCEPTED_SUFFIXES
from voucher.web.access import current_member, requires
from voucher.web.configuration import services
from voucher.web.forms import (
    Answered,
    AtMost,
    DatePartsField,
    ServiceForm,
    TextAreaField,
    UploadField,
)

blueprint = Blueprint("business_contributions", __name__, url_prefix="/business/claims")


class ShownForm(ServiceForm):
    """When the business paid, and its proof."""

    paid_on = DatePartsField("When did you pay?", [Answered("Enter the day on which you paid.")])
    upload = UploadField(
        "Proof of the payment",
        [Answered("Choose the file that shows the payment.")],
        description="A receipt, or the line of your bank statement: a PDF, PNG or JPG.",
        accept=ACCEPTED_SUFFIXES,
        limit_bytes=10 * 1024 * 1024,
    )


class DenialForm(ServiceForm):
    """Why the business need not pay."""

    words = TextAreaField(
        "Why don’t you have to pay it?",
        [Answered("Say why you don’t have to pay it."), AtMost(2_000)],
        description="The provider and we read this.",
    )


@blueprint.route("/<reference>/contribution", methods=["GET", "POST"])
@requires(Permission.BUSINESS_USE_VOUCHER)
def contribution(reference: str) -> Any:
    """What is asked, and a form to show that it was paid."""
    found, form = _mine(reference), ShownForm()
    if form.carried_out(
        lambda: operations.show_paid(
            claim=found.claim,
            paid_on=form.paid_on.data,
            stream=form.upload.data.stream,
            name=form.upload.data.filename or "",
            content_store=services().store,
            by=current_user.id,
            at=clock.now(),
        )
    ):
        flash("Thank you. We look at it.", "success")
        return redirect(url_for("business_claims.claim", reference=reference))
    return _page(found, form, "business/claims/contribution.html")


@blueprint.route("/<reference>/contribution/deny", methods=["GET", "POST"])
@requires(Permission.BUSINESS_USE_VOUCHER)
def deny(reference: str) -> Any:
    """Say why it need not be paid."""
    found, form = _mine(reference), DenialForm()
    if form.carried_out(
        lambda: operations.deny(
            claim=found.claim, words=form.words.data or "", by=current_user.id, at=clock.now()
        )
    ):
        flash("We look into it. Nothing is paid until it is settled.", "success")
        return redirect(url_for("business_claims.claim", reference=reference))
    return _page(found, form, "business/claims/contribution_deny.html")


@blueprint.post("/<reference>/contribution/unpaid")
@requires(Permission.BUSINESS_USE_VOUCHER)
def unpaid(reference: str) -> Any:
    """Say that it was not paid yet, whatever the claim says."""
    operations.say_unpaid(claim=_mine(reference).claim, by=current_user.id, at=clock.now())
    flash("Thank you for telling us. Pay your part, then show it here.", "success")
    return redirect(url_for(".contribution", reference=reference))


def _page(found: queries.ClaimPage, form: ServiceForm, template: str) -> Any:
    question = queries.open_question(found.claim.id)
    page = render_template(template, found=found, claim=found.claim, form=form, question=question)
    return page, 422 if form.is_submitted() else 200


def _mine(reference: str) -> queries.ClaimPage:
    return queries.claim_for_business(current_member().business_id or 0, reference)
