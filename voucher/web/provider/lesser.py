"""Less was delivered than agreed: the provider offers a lower price, or takes the offer back."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, url_for
from flask_login import current_user

from voucher.accounts.permissions import Permission
from voucher.claims import operations, queries
from voucher.claims.operations.writing import WRITABLE
from voucher.core import clock
from voucher.core.errors import Invalid
from voucher.web.access import current_member, requires
from voucher.web.forms import Answered, AtMost, PoundsField, ServiceForm, TextAreaField

blueprint = Blueprint("provider_lesser", __name__, url_prefix="/provider/claims")


class LesserForm(ServiceForm):
    """The lower price, and what was not delivered."""

    net_price_pence = PoundsField(
        "New price before VAT",
        [Answered("Enter the new price before VAT.")],
        description="What the work you delivered comes to. We work out the other amounts from it.",
    )
    words = TextAreaField(
        "What was delivered, and what was not?",
        [Answered("Say what was delivered and what was not."), AtMost(2_000)],
        description="The business and we read this.",
    )


@blueprint.route("/<reference>/less", methods=["GET", "POST"])
@requires(Permission.PROVIDER_WORK)
def less(reference: str) -> Any:
    """Offer to be paid for less; while an offer is open, it is shown instead."""
    found, form = _mine(reference), LesserForm()
    if found.claim.status not in WRITABLE:
        return redirect(url_for("provider_claims.claim", reference=found.claim.reference))
    if form.validate_on_submit() and _offered(form, found):
        flash("The business has been asked to agree to the lower price.", "success")
        return redirect(url_for(".less", reference=found.claim.reference))
    page = render_template(
        "provider/claims/less.html",
        form=form,
        found=found,
        claim=found.claim,
        offers=queries.offers_of_less(found.claim.id),
    )
    return page, 422 if form.is_submitted() else 200


def _offered(form: LesserForm, found: queries.ClaimPage) -> bool:
    try:
        operations.offer_less(
            claim=found.claim,
            net_price_pence=form.net_price_pence.data,
            words=form.words.data or "",
            by=current_user.id,
            at=clock.now(),
        )
    except Invalid as error:
        form.refuse(error)
        return False
    return True


@blueprint.post("/<reference>/less/take-back")
@requires(Permission.PROVIDER_WORK)
def take_back(reference: str) -> Any:
    """Take the open offer back."""
    found = _mine(reference)
    operations.withdraw_less(claim=found.claim, by=current_user.id, at=clock.now())
    flash("The offer has been taken back.", "success")
    return redirect(url_for("provider_claims.claim", reference=found.claim.reference))


def _mine(reference: str) -> queries.ClaimPage:
    return queries.claim_for_provider(current_member().provider_id or 0, reference)
