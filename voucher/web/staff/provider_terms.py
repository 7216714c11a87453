"""The provider terms: every version, and writing the next."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, url_for
from flask_login import current_user

from voucher.accounts.permissions import Permission
from voucher.accounts.queries import names_of
from voucher.core import clock
from voucher.core.errors import Conflict, Invalid
from voucher.providers.operations import add_terms
from voucher.providers.queries import terms_in_use, terms_versions
from voucher.web.access import requires
from voucher.web.fields import DatePartsField
from voucher.web.forms import Answered, AtMost, ServiceForm, TextAreaField

blueprint = Blueprint("staff_provider_terms", __name__, url_prefix="/staff/provider-terms")


class NextTermsForm(ServiceForm):
    """The next version of the provider terms."""

    text = TextAreaField("The terms", [Answered("Enter the terms."), AtMost(20_000)])
    needed_from_on = DatePartsField(
        "First day on which providers must have agreed",
        [Answered("Enter the first day on which providers must have agreed.")],
        description="Until the day before, they take new work under the version they agreed to. "
        "Give them a month.",
    )


@blueprint.get("")
@requires(Permission.PROGRAMME_READ)
def versions() -> str:
    """Every version, the newest first, with who wrote it."""
    kept = terms_versions()
    return render_template(
        "staff/provider_terms/versions.html",
        in_use=terms_in_use(),
        versions=kept,
        names=names_of([version.created_by_id for version in kept]),
    )


@blueprint.route("/new", methods=["GET", "POST"])
@requires(Permission.PROGRAMME_EDIT)
def add() -> Any:
    """Write the next version: every provider is asked to agree to it."""
    form = NextTermsForm(data={"text": terms_in_use().text})
    if form.validate_on_submit() and _added(form):
        return redirect(url_for(".versions"))
    page = render_template("staff/provider_terms/next.html", form=form)
    return page, 422 if form.is_submitted() else 200


def _added(form: NextTermsForm) -> bool:
    try:
        added = add_terms(
            text=form.text.data or "",
            needed_from_on=form.needed_from_on.data,
            by=current_user.id,
            at=clock.now(),
        )
    except Invalid as error:
        form.refuse(error)
    except Conflict as error:
        form.refuse(Invalid(str(error), "text"))
    else:
        flash(f"Version {added.version} of the provider terms has been kept.", "success")
        return True
    return False
