"""Other amounts than agreed: the business agrees to them, or says why not."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_login import current_user

from voucher.accounts.permissions import Permission
from voucher.claims import operations, queries
from voucher.claims.models import Amendment
from voucher.claims.rules import is_overdue
from voucher.core import clock
from voucher.web.access import current_member, requires
from voucher.web.forms import Answered, AtMost, ServiceForm, TextAreaField

blueprint = Blueprint("business_amendments", __name__, url_prefix="/business/claims")


class RefusalForm(ServiceForm):
    """Why the business does not agree."""

    words = TextAreaField(
        "Why don’t you agree?",
        [Answered("Say why you don’t agree."), AtMost(2_000)],
        description="The provider and we read this.",
    )


@blueprint.get("/<reference>/amendment")
@requires(Permission.BUSINESS_READ)
def amendment(reference: str) -> str:
    """Why, the amounts before and after, and the two answers."""
    return _page(reference, "business/claims/amendment.html")


@blueprint.post("/<reference>/amendment/agree")
@requires(Permission.BUSINESS_USE_VOUCHER)
def agree(reference: str) -> Any:
    """Agree to the offer that was shown."""
    claim = _mine(reference)[1]
    typed = request.form.get("offer", "")
    operations.agree_amendment(
        claim=claim,
        offer_id=int(typed) if typed.isdecimal() and len(typed) < 16 else 0,
        by=current_user.id,
        at=clock.now(),
    )
    flash("You have agreed to the new amounts.", "success")
    return redirect(url_for(".amendment", reference=claim.reference))


@blueprint.route("/<reference>/amendment/refuse", methods=["GET", "POST"])
@requires(Permission.BUSINESS_USE_VOUCHER)
def refuse(reference: str) -> Any:
    """Say why not; the amounts first agreed stay."""
    claim, form = _mine(reference)[1], RefusalForm()
    if form.carried_out(
        lambda: operations.refuse_amendment(
            claim=claim, words=form.words.data or "", by=current_user.id, at=clock.now()
        )
    ):
        flash("The provider has been told that you don’t agree.", "success")
        return redirect(url_for(".amendment", reference=claim.reference))
    page = _page(reference, "business/claims/amendment_refuse.html", form=form)
    return page, 422 if form.is_submitted() else 200


def _page(reference: str, template: str, **more: Any) -> str:
    offer, claim, provider, offering, business = _mine(reference)
    return render_template(
        template,
        offer=offer,
        claim=claim,
        provider=provider,
        offering=offering,
        business=business,
        over=_is_over(offer),
        **more,
    )


def _is_over(offer: Amendment) -> bool:
    last = offer.answer_by_on
    return last is not None and is_overdue(last, clock.today())


def _mine(reference: str) -> Any:
    return queries.amendment_for_business(current_member().business_id or 0, reference)
