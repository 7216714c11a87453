"""Other amounts than agreed: less delivered, a credit note, other VAT; offered, or taken back."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, url_for
from flask_login import current_user

from voucher.accounts.permissions import Permission
from voucher.claims import operations, queries
from voucher.claims.operations.credits import PAST_APPROVAL
from voucher.claims.operations.writing import WRITABLE
from voucher.core import clock
from voucher.web.access import current_member, requires
from voucher.web.configuration import services
from voucher.web.forms import ServiceForm
from voucher.web.provider.amendments_forms import CreditForm, LesserForm, VatForm

blueprint = Blueprint("provider_amendments", __name__, url_prefix="/provider/claims")
ASKED = "The business has been asked to agree."


@blueprint.route("/<reference>/less", methods=["GET", "POST"])
@requires(Permission.PROVIDER_WORK)
def less(reference: str) -> Any:
    """Offer to be paid for less, because less was delivered."""
    found, form = _mine(reference), LesserForm()
    if found.claim.status not in WRITABLE or queries.open_amendment(found.claim.id):
        return _elsewhere(found)
    if form.carried_out(
        lambda: operations.offer_less(
            claim=found.claim,
            net_price_pence=form.net_price_pence.data,
            words=form.words.data or "",
            by=current_user.id,
            at=clock.now(),
        )
    ):
        return _done(found, ASKED)
    return _form("less", found, form)


@blueprint.route("/<reference>/vat", methods=["GET", "POST"])
@requires(Permission.PROVIDER_WORK)
def vat(reference: str) -> Any:
    """Offer another VAT rate, because the provider's registration has changed."""
    found = _mine(reference)
    form = VatForm(data={"net_price_pence": found.redemption.net_price_pence})
    if found.claim.status not in WRITABLE or queries.open_amendment(found.claim.id):
        return _elsewhere(found)
    if form.carried_out(
        lambda: operations.offer_vat(
            claim=found.claim,
            vat_rate_bps=int(form.vat_rate.data),
            net_price_pence=form.net_price_pence.data,
            words=form.words.data or "",
            by=current_user.id,
            at=clock.now(),
        )
    ):
        return _done(found, ASKED)
    return _form("vat", found, form)


@blueprint.route("/<reference>/credit", methods=["GET", "POST"])
@requires(Permission.PROVIDER_WORK)
def credit(reference: str) -> Any:
    """Enter a credit note: an offer before approval, afterwards a fact that is put on record."""
    found, form = _mine(reference), CreditForm()
    past = found.claim.status in PAST_APPROVAL
    if not past and (found.claim.status not in WRITABLE or queries.open_amendment(found.claim.id)):
        return _elsewhere(found)
    operation = operations.enter_credit if past else operations.offer_credit
    if form.carried_out(
        lambda: operation(
            claim=found.claim,
            credit=form.credit(),
            content_store=services().store,
            by=current_user.id,
            at=clock.now(),
        )
    ):
        return _done(found, "The credit note is on record." if past else ASKED)
    return _form("entered" if past else "credit", found, form)


@blueprint.get("/<reference>/amendment")
@requires(Permission.PROVIDER_WORK)
def amendment(reference: str) -> str:
    """The open offer, and what became of earlier ones."""
    found = _mine(reference)
    return render_template(
        "provider/claims/amendment.html",
        found=found,
        claim=found.claim,
        offers=queries.amendments_of(found.claim.id),
        writing=found.claim.status in WRITABLE,
    )


@blueprint.post("/<reference>/amendment/take-back")
@requires(Permission.PROVIDER_WORK)
def take_back(reference: str) -> Any:
    """Take the open offer back."""
    found = _mine(reference)
    operations.withdraw_amendment(claim=found.claim, by=current_user.id, at=clock.now())
    flash("The offer has been taken back.", "success")
    return redirect(url_for("provider_claims.claim", reference=found.claim.reference))


@blueprint.post("/<reference>/take-back")
@requires(Permission.PROVIDER_WORK)
def take_claim_back(reference: str) -> Any:
    """Take the sent claim back, to put it right."""
    found = _mine(reference)
    operations.take_back(claim=found.claim, by=current_user.id, at=clock.now())
    flash("The claim is back with you. Put it right and send it again.", "success")
    return redirect(url_for("provider_claims.claim", reference=found.claim.reference))


def _form(kind: str, found: queries.ClaimPage, form: ServiceForm) -> Any:
    page = render_template(
        "provider/claims/amend.html",
        kind=kind,
        form=form,
        found=found,
        claim=found.claim,
        counts=queries.amounts_on_record(found.claim),
    )
    return page, 422 if form.is_submitted() else 200


def _done(found: queries.ClaimPage, words: str) -> Any:
    flash(words, "success")
    return redirect(url_for(".amendment", reference=found.claim.reference))


def _elsewhere(found: queries.ClaimPage) -> Any:
    """Where to go when nothing can be offered: the open offer, or the claim as it stands."""
    writing = found.claim.status in WRITABLE
    to = ".amendment" if writing else "provider_claims.claim"
    return redirect(url_for(to, reference=found.claim.reference))


def _mine(reference: str) -> queries.ClaimPage:
    return queries.claim_for_provider(current_member().provider_id or 0, reference)
