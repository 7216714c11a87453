"""Which languages and what accessibility the business asks for, beside its problem."""

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, flash, redirect, render_template, url_for
from flask_login import current_user
from wtforms import SelectChoice, SelectField

from voucher.accounts.permissions import Permission
from voucher.applications.queries.drafts import application_for
from voucher.businesses.ways import ACCESS, ENGLISH, LANGUAGES
from voucher.claims.ratings.queries import track_record
from voucher.core import clock
from voucher.core.errors import Conflict
from voucher.matching import operations, queries
from voucher.matching.models import WaysAsked
from voucher.vouchers.models import VoucherStatus
from voucher.web.access import current_member, requires
from voucher.web.business.matches import my_voucher
from voucher.web.business.vouchers import standing_of
from voucher.web.forms import ChoiceField, ServiceForm

blueprint = Blueprint("business_ways", __name__, url_prefix="/business/vouchers")
NEEDED, WISHED, NEITHER = "needed", "wished", "no"


class WaysForm(ServiceForm):
    """A language and how much it matters; then each fact of accessibility and how much."""

    language = SelectField(
        "Which language should the work be done in?",
        choices=[
            SelectChoice(code, label if code != ENGLISH else "English is fine")
            for code, label in LANGUAGES.items()
        ],
        default=ENGLISH,
    )
    language_matters = ChoiceField(
        "How much does that language matter? (leave this if English is fine)",
        choices=[
            SelectChoice(NEEDED, "We need it: do not show us anybody without"),
            SelectChoice(WISHED, "It would be nice"),
        ],
    )

    def validate_language_matters(self, field: Any) -> None:
        """Another language than English must be needed or wished for."""
        if self.language.data != ENGLISH and not field.data:
            field.errors = [*field.errors, "Say whether you need that language."]

    def asked(self) -> dict[str, list[str]]:
        """The codes needed and those wished for."""
        told = {each.code: self[each.code].data for each in ACCESS}
        if self.language.data != ENGLISH:
            told[self.language.data] = self.language_matters.data
        return {
            name: [code for code, matters in told.items() if matters == name]
            for name in (NEEDED, WISHED)
        }


def _access_field(label: str, hint: str) -> ChoiceField:
    choices = [
        SelectChoice(NEITHER, "Not needed"),
        SelectChoice(WISHED, "Would be nice"),
        SelectChoice(NEEDED, "Needed"),
    ]
    return ChoiceField(label, choices=choices, default=NEITHER, description=hint)


for _each in ACCESS:
    setattr(WaysForm, _each.code, _access_field(_each.label, _each.hint))


@blueprint.route("/<reference>/ways", methods=["GET", "POST"])
@requires(Permission.BUSINESS_USE_VOUCHER)
def ways(reference: str) -> Any:
    """Say what is needed and what would be nice; a list that was made is made anew."""
    found = my_voucher(reference)
    application = application_for(current_member(), found.application_reference)
    form = WaysForm(data=_typed(queries.ways_asked(application.id)))
    if form.carried_out(
        lambda: operations.ask_for_ways(
            application=application, **form.asked(), by=current_user.id, at=clock.now()
        )
    ):
        flash(_look_again(found, application), "success")
        return redirect(url_for("business_matches.shortlist", reference=reference))
    page = render_template(
        "business/matching/ways.html", found=found, form=form, access=[form[a.code] for a in ACCESS]
    )
    return page, 422 if form.is_submitted() else 200


def _look_again(found: Any, application: Any) -> str:
    """Make the list anew where there is one that can be used; what to tell of it."""
    made = queries.latest_shortlist(application.id)
    if made is None or standing_of(found.voucher) is not VoucherStatus.ISSUED:
        return "We have kept what you need."
    try:
        operations.make_shortlist(
            application=application,
            voucher=found.voucher,
            at=clock.now(),
            by=current_user.id,
            track_record=track_record(),
        )
    except Conflict as refusal:
        return f"We have kept what you need. {refusal}"
    return "We have kept what you need, and looked again."


def _typed(asked: WaysAsked | None) -> Mapping[str, Any]:
    """What the form shows of what was asked for before."""
    if asked is None:
        return {}
    told = dict.fromkeys(asked.needed, NEEDED) | dict.fromkeys(asked.wished, WISHED)
    language = next((code for code in told if code in LANGUAGES), ENGLISH)
    chosen = {"language": language, "language_matters": told.get(language)}
    return chosen | {each.code: told.get(each.code, NEITHER) for each in ACCESS}
