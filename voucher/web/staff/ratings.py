"""Ratings as officers see them: the list, one rating, and withholding abuse."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_login import current_user
from wtforms import SelectChoice

from voucher.accounts.permissions import Permission
from voucher.claims.ratings import operations, queries
from voucher.claims.ratings.models import RatingStatus, WithheldFor
from voucher.claims.ratings.rules import LONGEST_NOTE
from voucher.core import clock
from voucher.web.access import requires
from voucher.web.forms import Answered, AtMost, ChoiceField, ServiceForm, TextAreaField
from voucher.web.paging import page_number

blueprint = Blueprint("staff_ratings", __name__, url_prefix="/staff/ratings")
COLOURS = {
    RatingStatus.SEALED: "grey",
    RatingStatus.SHOWN: "green",
    RatingStatus.WITHHELD: "red",
}


class RestoreForm(ServiceForm):
    """Why a rating is shown again."""

    note = TextAreaField("Why?", [Answered("Say why."), AtMost(LONGEST_NOTE)])


class WithholdForm(RestoreForm):
    """Why a rating is withheld."""

    reason = ChoiceField(
        "What is wrong with it?",
        [Answered("Select what is wrong with it.")],
        choices=[SelectChoice(reason.value, reason.staff_label) for reason in WithheldFor],
        description="That a rating is bad is no reason.",
    )


@blueprint.get("/")
@requires(Permission.CASE_READ)
def ratings() -> str:
    """Every rating, the latest first; or those of one status."""
    wanted = request.args.get("status", "")
    status = RatingStatus(wanted) if wanted in set(RatingStatus) else None
    return render_template(
        "staff/ratings/list.html",
        found=queries.ratings_for_staff(status, page_number()),
        status=status,
        statuses=RatingStatus,
        colours=COLOURS,
    )


@blueprint.get("/<reference>")
@requires(Permission.CASE_READ)
def rating(reference: str) -> str:
    """One rating with its reply."""
    row = queries.rating_for_staff(reference)
    return _page(row, _form(row))


@blueprint.post("/<reference>")
@requires(Permission.CASE_ASSESS)
def decide(reference: str) -> Any:
    """Withhold the rating, or show it again."""
    row = queries.rating_for_staff(reference)
    form = _form(row)
    if form.carried_out(lambda: _decided(row, form)):
        flash("Done. Whoever wrote it is told.", "success")
        return redirect(url_for(".rating", reference=reference))
    return _page(row, form), 422


@blueprint.route("/<reference>/reply", methods=["GET", "POST"])
@requires(Permission.CASE_ASSESS)
def withhold_reply(reference: str) -> Any:
    """Withhold the provider's reply, and leave the rating."""
    row, form = queries.rating_for_staff(reference), RestoreForm()
    who: dict[str, Any] = {"by": current_user.id, "at": clock.now()}
    if form.carried_out(
        lambda: operations.withhold_reply(rating=row.Rating, note=form.note.data or "", **who)
    ):
        flash("The reply is withheld. The rating stays.", "success")
        return redirect(url_for(".rating", reference=reference))
    page = render_template(
        "staff/ratings/reply.html", rating=row.Rating, provider=row.Provider, form=form
    )
    return page, 422 if form.is_submitted() else 200


def _form(row: Any) -> RestoreForm:
    withheld = row.Rating.status is RatingStatus.WITHHELD
    return RestoreForm() if withheld else WithholdForm()


def _decided(row: Any, form: RestoreForm) -> None:
    who: dict[str, Any] = {"by": current_user.id, "at": clock.now()}
    note = form.note.data or ""
    if isinstance(form, WithholdForm):
        reason = WithheldFor(form.reason.data)
        operations.withhold(rating=row.Rating, reason=reason, note=note, **who)
    else:
        operations.restore(rating=row.Rating, note=note, **who)


def _page(row: Any, form: RestoreForm) -> str:
    return render_template(
        "staff/ratings/rating.html",
        rating=row.Rating,
        claim=row.Claim,
        business=row.Business,
        provider=row.Provider,
        offering=row.Offering,
        form=form,
        colour=COLOURS[row.Rating.status],
    )
