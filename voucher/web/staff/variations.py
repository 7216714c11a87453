"""Changes of agreements that need the programme's word: which wait, what they are, yes or no."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, url_for
from flask_login import current_user
from wtforms import SelectChoice

from voucher.accounts.permissions import Permission
from voucher.core import clock
from voucher.core.errors import NotFound
from voucher.matching import operations, queries
from voucher.vouchers.models import Voucher
from voucher.vouchers.queries import voucher_of_application
from voucher.web.access import requires
from voucher.web.forms import Answered, AtMost, ChoiceField, ServiceForm, TextAreaField
from voucher.web.paging import page_number

blueprint = Blueprint("staff_variations", __name__, url_prefix="/staff/changes")


class DecisionForm(ServiceForm):
    """An officer's answer for the programme."""

    verdict = ChoiceField(
        "Does the programme agree?",
        [Answered("Say whether the programme agrees.")],
        choices=[
            SelectChoice("yes", "Yes, it is right and good value"),
            SelectChoice("no", "No, what was first agreed stays"),
        ],
    )
    note = TextAreaField(
        "Why?",
        [Answered("Say why."), AtMost(2_000)],
        description="If the answer is no, both parties read this.",
    )


@blueprint.get("/")
@requires(Permission.CASE_READ)
def variations() -> str:
    """Changes that both parties agreed to and an officer has to read, the oldest first."""
    found = queries.variations_to_decide(page_number())
    return render_template("staff/variations/list.html", found=found)


@blueprint.get("/<reference>")
@requires(Permission.CASE_READ)
def variation(reference: str) -> str:
    """The latest change of one agreement: both texts, both prices, the answers."""
    return _page(queries.variation_for_staff(reference), DecisionForm())


@blueprint.post("/<reference>")
@requires(Permission.CASE_ASSESS)
def decide(reference: str) -> Any:
    """Agree for the programme, or not."""
    row, form = queries.variation_for_staff(reference), DecisionForm()
    if form.carried_out(lambda: _decided(row, form)):
        flash("Both parties are told.", "success")
        return redirect(url_for(".variation", reference=reference))
    return _page(row, form), 422


def _decided(row: Any, form: DecisionForm) -> None:
    agreed = form.verdict.data == "yes"
    act = operations.allow_variation if agreed else operations.disallow_variation
    act(
        match=row.Match,
        voucher=_voucher(row.Match.application_id),
        note=form.note.data or "",
        by=current_user.id,
        at=clock.now(),
    )


def _page(row: Any, form: DecisionForm) -> str:
    return render_template(
        "staff/variations/variation.html",
        variation=row.Variation,
        match=row.Match,
        business=row.Business,
        provider=row.Provider,
        voucher=_voucher(row.Match.application_id),
        form=form,
    )


def _voucher(application_id: int) -> Voucher:
    found = voucher_of_application(application_id)
    if found is None:
        raise NotFound("There is no such voucher.")
    return found
