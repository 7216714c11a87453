"""Offerings: list, write, change, publish, pause."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, url_for
from flask_login import current_user

from voucher.accounts.permissions import Permission
from voucher.businesses.outcome_areas import wording_of
from voucher.core import clock
from voucher.core.errors import Conflict, Invalid
from voucher.providers import operations
from voucher.providers.models import Offering, OfferingStatus, Provider, ProviderStatus
from voucher.providers.queries import offering_of, offerings_of, provider_of
from voucher.web.access import current_member, requires
from voucher.web.provider.offerings_forms import OfferingForm, named_as_typed, offering_values

blueprint = Blueprint("provider_offerings", __name__, url_prefix="/provider/offerings")

COLOURS = {
    OfferingStatus.DRAFT: "grey",
    OfferingStatus.PUBLISHED: "green",
    OfferingStatus.PAUSED: "yellow",
}


@blueprint.get("/")
@requires(Permission.PROVIDER_OFFER)
def offerings() -> str:
    """Every offering of the provider."""
    provider = provider_of(current_member())
    return render_template(
        "provider/offerings/list.html",
        offerings=offerings_of(provider.id),
        provider=provider,
        may_publish=provider.status is ProviderStatus.APPROVED,
        colours=COLOURS,
    )


@blueprint.get("/<reference>")
@requires(Permission.PROVIDER_OFFER)
def offering(reference: str) -> str:
    """One offering as businesses read it, and what can be done with it."""
    provider = provider_of(current_member())
    found = offering_of(provider.id, reference)
    return render_template(
        "provider/offerings/offering.html",
        offering=found,
        areas=[wording_of(code).label for code in found.outcome_areas],
        colour=COLOURS[found.status],
        may_publish=provider.status is ProviderStatus.APPROVED,
    )


@blueprint.route("/new", methods=["GET", "POST"])
@requires(Permission.PROVIDER_OFFER)
def create() -> Any:
    """Write a new offering as a draft."""
    return _form_page(provider_of(current_member()), None)


@blueprint.route("/<reference>/edit", methods=["GET", "POST"])
@requires(Permission.PROVIDER_OFFER)
def edit(reference: str) -> Any:
    """Change an offering."""
    provider = provider_of(current_member())
    return _form_page(provider, offering_of(provider.id, reference))


@blueprint.post("/<reference>/publish")
@requires(Permission.PROVIDER_OFFER)
def publish(reference: str) -> Any:
    """Offer it to businesses."""
    found = offering_of(current_member().provider_id or 0, reference)
    operations.publish(offering=found, by=current_user.id, at=clock.now())
    flash("The offering is published: businesses can choose it.", "success")
    return redirect(url_for(".offering", reference=reference))


@blueprint.post("/<reference>/pause")
@requires(Permission.PROVIDER_OFFER)
def pause(reference: str) -> Any:
    """Take it off every list for a while."""
    found = offering_of(current_member().provider_id or 0, reference)
    operations.pause(offering=found, by=current_user.id, at=clock.now())
    flash("The offering is paused. Work that was agreed goes on.", "success")
    return redirect(url_for(".offering", reference=reference))


def _form_page(provider: Provider, found: Offering | None) -> Any:
    form = OfferingForm(data=offering_values(found, provider))
    form.offer(provider)
    if form.validate_on_submit():
        try:
            saved = _save(form, provider, found)
        except Invalid as error:
            form.refuse(named_as_typed(error))
        except Conflict as error:
            form.refuse(Invalid(str(error), "title"))
        else:
            flash("The offering has been saved.", "success")
            return redirect(url_for(".offering", reference=saved.reference))
    page = render_template("provider/offerings/form.html", form=form, offering=found)
    return page, 422 if form.is_submitted() else 200


def _save(form: OfferingForm, provider: Provider, found: Offering | None) -> Offering:
    values, at = form.values(), clock.now()
    if found is None:
        return operations.add_offering(provider=provider, values=values, by=current_user.id, at=at)
    operations.edit_offering(offering=found, values=values, by=current_user.id, at=at)
    return found
