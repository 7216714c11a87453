"""The draw of a round: its four steps in order, then places that were left or not offered."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, url_for
from flask_login import current_user

from voucher.accounts.permissions import Permission
from voucher.accounts.queries import names_of
from voucher.allocation import queries
from voucher.allocation.offers.queries import offers_of
from voucher.allocation.operations import replace as replacing
from voucher.allocation.operations import steps as drawing
from voucher.applications.queries.draws import number_eligible, number_sent_back
from voucher.core import clock
from voucher.programmes.models import Round
from voucher.programmes.plans.queries import locked_plan
from voucher.programmes.queries import round_by_reference
from voucher.programmes.rules import arms_of
from voucher.web.access import requires
from voucher.web.configuration import settings
from voucher.web.forms import Answered, AtMost, DatePartsField, ServiceForm, StringField
from voucher.web.paging import page_number
from voucher.web.posted import posted_reference

blueprint = Blueprint("staff_draws", __name__, url_prefix="/staff/draws")


class ValueForm(ServiceForm):
    """The public value and where anybody can look it up."""

    value = StringField(
        "The public value",
        [Answered("Enter the public value."), AtMost(500)],
        description="Exactly as it was published, for example the numbers of a national lottery "
        "in the order of the announcement.",
    )
    source = StringField(
        "Where anybody can look it up",
        [Answered("Enter the source."), AtMost(500)],
        description="Name, number and date of the publication, or its web address.",
    )
    became_public_on = DatePartsField(
        "The day it became public",
        [Answered("Enter the day it became public.")],
        description="A later day than that of the frozen list.",
    )


@blueprint.get("/<reference>")
@requires(Permission.PROGRAMME_READ)
def draw(reference: str) -> str:
    """How far the draw has come, and the next step."""
    round_ = round_by_reference(reference)
    return render_template("staff/draws/draw.html", **_shown(round_))


@blueprint.post("/<reference>/seal")
@requires(Permission.DRAW_STEP)
def seal(reference: str) -> Any:
    """Seal the secret."""
    drawing.seal(round_=round_by_reference(reference), **_who(), key=_key())
    return _done(reference, "The secret is sealed, and its hash is published.")


@blueprint.post("/<reference>/freeze")
@requires(Permission.DRAW_STEP)
def freeze(reference: str) -> Any:
    """Freeze the list."""
    drawing.freeze(round_=round_by_reference(reference), **_who())
    return _done(reference, "The list is frozen, and published with its hash.")


@blueprint.route("/<reference>/value", methods=["GET", "POST"])
@requires(Permission.DRAW_VALUE)
def enter_value(reference: str) -> Any:
    """Enter the public value, as a second person."""
    round_ = round_by_reference(reference)
    form = ValueForm()
    if form.carried_out(
        lambda: drawing.enter_value(
            round_=round_,
            value=form.value.data,
            source=form.source.data,
            became_public_on=form.became_public_on.data,
            **_who(),
        )
    ):
        return _done(reference, "The public value is entered and published.")
    steps = queries.steps_of_round(round_.id)
    page = render_template("staff/draws/value.html", form=form, round=round_, steps=steps)
    return page, 422 if form.is_submitted() else 200


@blueprint.post("/<reference>/carry-out")
@requires(Permission.DRAW_STEP)
def carry_out(reference: str) -> Any:
    """Carry out the draw."""
    drawing.carry_out(round_=round_by_reference(reference), **_who(), key=_key())
    return _done(reference, "The draw has been carried out and published. The offers follow.")


@blueprint.post("/<reference>/replace")
@requires(Permission.DRAW_STEP)
def replace(reference: str) -> Any:
    """Give a place that was left to the next who waits."""
    draw = queries.steps_of_round(round_by_reference(reference).id).draw
    leaver = posted_reference("application")
    replacing.replace(draw=draw, leaver_reference=leaver, **_who())
    return _done(reference, "The place has been offered to the next on the waiting list.")


@blueprint.post("/<reference>/offer")
@requires(Permission.DRAW_STEP)
def offer(reference: str) -> Any:
    """Offer a place that could not be offered when it was drawn."""
    draw = queries.steps_of_round(round_by_reference(reference).id).draw
    replacing.offer_again(draw=draw, reference=posted_reference("application"), **_who())
    return _done(reference, "The place has been offered, and the notice sent.")


def _shown(round_: Round) -> dict[str, Any]:
    steps = queries.steps_of_round(round_.id)
    shown: dict[str, Any] = {"round": round_, "steps": steps, "arms": arms_of(round_.draw_arms)}
    shown["plan"] = locked_plan(round_.id)
    if steps.frozen is None:
        shown["bars"] = drawing.bars_to_freeze(round_)
        shown["eligible"] = number_eligible(round_.id)
        shown["sent_back"] = number_sent_back(round_.id)
    if steps.drawn is not None:
        shown["left"] = queries.places_left(steps.draw.id)
        shown["offers"] = offers_of(round_.id, clock.now())
        found = queries.places_to_see_to(steps.draw.id, clock.now(), page_number())
        shown["not_offered"], shown["pages"] = found.rows, found
        shown["replacements"] = queries.replacements_of(steps.draw.id)
    shown["names"] = names_of(
        [
            steps.sealed and steps.sealed.sealed_by_id,
            steps.frozen and steps.frozen.frozen_by_id,
            steps.valued and steps.valued.entered_by_id,
            steps.drawn and steps.drawn.drawn_by_id,
        ]
    )
    return shown


def _who() -> dict[str, Any]:
    return {"by": current_user.id, "at": clock.now()}


def _key() -> bytes:
    return settings().voucher_code_key.encode()


def _done(reference: str, words: str) -> Any:
    flash(words, "success")
    return redirect(url_for(".draw", reference=reference))
