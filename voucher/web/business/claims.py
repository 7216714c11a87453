"""The business's word on the work: confirm it, or say what is wrong."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, url_for
from flask_login import current_user

from voucher.accounts.permissions import Permission
from voucher.claims import operations, queries
from voucher.claims.models import ClaimStatus
from voucher.claims.ratings.queries import ratings_of_claim
from voucher.core import clock
from voucher.payments.clawbacks.queries import come_back
from voucher.payments.queries import was_called_off
from voucher.web.access import current_member, requires
from voucher.web.forms import Answered, AtMost, ServiceForm, TextAreaField

blueprint = Blueprint("business_claims", __name__, url_prefix="/business/claims")

COLOURS = {
    ClaimStatus.SUBMITTED: "yellow",
    ClaimStatus.CONFIRMED: "blue",
    ClaimStatus.DISPUTED: "orange",
    ClaimStatus.RETURNED: "grey",
    ClaimStatus.APPROVED: "teal",
    ClaimStatus.REJECTED: "red",
    ClaimStatus.PAID: "green",
}
LABELS = {
    ClaimStatus.SUBMITTED: "Waiting for you",
    ClaimStatus.CONFIRMED: "You confirmed it",
    ClaimStatus.DISPUTED: "You disputed it",
    ClaimStatus.RETURNED: "Back with the provider",
    ClaimStatus.APPROVED: "Being paid",
    ClaimStatus.REJECTED: "Not approved",
    ClaimStatus.PAID: "Paid",
}


SPOKEN_FOR = "We confirmed it for you"


class DisputeForm(ServiceForm):
    """What is wrong with the work."""

    words = TextAreaField(
        "What was not done, or not done as agreed?",
        [Answered("Say what was not done, or not done as agreed."), AtMost(2_000)],
        description="The provider and we read this.",
    )


@blueprint.get("/<reference>")
@requires(Permission.BUSINESS_READ)
def claim(reference: str) -> str:
    """What the provider says it did, what it claims, and the two ways to answer."""
    found = _mine(reference)
    answers = queries.answers_of(found.claim.id)
    spoken_for = bool(answers and answers[0].on_behalf)
    confirmed = found.claim.status is ClaimStatus.CONFIRMED
    return render_template(
        "business/claims/claim.html",
        found=found,
        claim=found.claim,
        answers=answers,
        question=queries.open_question(found.claim.id),
        agreed=[one for one in queries.amendments_of(found.claim.id) if one.status == "agreed"],
        invoices=queries.superseded_invoices(found.claim.id),
        called_off=was_called_off(found.claim),
        come_back=come_back(found.claim.id),
        rated=False in ratings_of_claim(found.claim.id),
        spoken_for=spoken_for,
        colour=COLOURS[found.claim.status],
        label=SPOKEN_FOR if spoken_for and confirmed else LABELS[found.claim.status],
    )


@blueprint.post("/<reference>/confirm")
@requires(Permission.BUSINESS_USE_VOUCHER)
def confirm(reference: str) -> Any:
    """Say that the work was done."""
    operations.confirm(claim=_mine(reference).claim, by=current_user.id, at=clock.now())
    flash("Thank you. We check the claim now.", "success")
    return redirect(url_for(".claim", reference=reference))


@blueprint.route("/<reference>/dispute", methods=["GET", "POST"])
@requires(Permission.BUSINESS_USE_VOUCHER)
def dispute(reference: str) -> Any:
    """Say what is wrong; nothing is paid until an officer has looked into it."""
    found, form = _mine(reference), DisputeForm()
    if form.carried_out(
        lambda: operations.dispute(
            claim=found.claim, words=form.words.data, by=current_user.id, at=clock.now()
        )
    ):
        flash("We look into it. Nothing is paid until it is settled.", "success")
        return redirect(url_for(".claim", reference=reference))
    page = render_template("business/claims/dispute.html", form=form, found=found)
    return page, 422 if form.is_submitted() else 200


def _mine(reference: str) -> queries.ClaimPage:
    return queries.claim_for_business(current_member().business_id or 0, reference)
