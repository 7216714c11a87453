"""Payments that are ready to pay: trying out, releasing, the second person, holding back."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_login import current_user

from voucher.accounts.permissions import Permission
from voucher.accounts.queries import names_of
from voucher.core import clock
from voucher.core.errors import Conflict
from voucher.payments.queries.staff import payment_by_reference
from voucher.payments.runs import queries
from voucher.payments.runs.models import RunStatus
from voucher.payments.runs.operations import releasing
from voucher.payments.runs.rules import MOST_AT_ONCE
from voucher.web.access import current_member, requires
from voucher.web.forms import UNPRINTABLE
from voucher.web.paging import page_number
from voucher.web.staff.releases_forms import ReasonForm
from voucher.web.staff.waiting import waiting_for_me

blueprint = Blueprint("staff_releases", __name__, url_prefix="/staff/releases")

COLOURS = {RunStatus.WAITING: "yellow", RunStatus.RELEASED: "green", RunStatus.WITHDRAWN: "grey"}


@blueprint.get("/ready")
@requires(Permission.PAYMENT_READ)
def ready() -> str:
    """What waits for its release, with its age and what stands in its way."""
    return render_template(
        "staff/releases/ready.html",
        found=queries.ready_page(page_number(), clock.now()),
        may_release=current_member().may(Permission.PAYMENT_RELEASE),
        most=MOST_AT_ONCE,
        also=waiting_for_me(but="staff_releases.ready"),
    )


@blueprint.get("/try")
@requires(Permission.PAYMENT_READ)
def try_out() -> Any:
    """What would happen to the chosen payments, or to all; nothing changes."""
    chosen = _chosen(request.args.getlist("payment"), everything="all" in request.args)
    if not chosen:
        flash("Choose at least one payment that is not in a release yet.", "important")
        return redirect(url_for(".ready"))
    return render_template(
        "staff/releases/try.html",
        found=queries.try_out(chosen, clock.now(), current_user.id),
        may_release=current_member().may(Permission.PAYMENT_RELEASE),
    )


def _chosen(references: list[str], *, everything: bool = False) -> list[int]:
    """Ids of the ready payments that are named; of what can’t be one there is none."""
    if everything:
        return queries.free_to_release()
    named = [one for one in references if one and not UNPRINTABLE.search(one)]
    return queries.free_to_release(named[:MOST_AT_ONCE])


@blueprint.post("/release")
@requires(Permission.PAYMENT_RELEASE)
def release() -> Any:
    """Let the chosen payments go. All of them or none."""
    references = request.form.getlist("payment")
    chosen = _chosen(references)
    if not chosen or len(chosen) != len(set(references)):
        raise Conflict("One of these payments is not ready any more. Look again before you act.")
    made = releasing.release(payment_ids=chosen, by=current_user.id, at=clock.now())
    waits = made.status is RunStatus.WAITING
    words = "A second person has to agree." if waits else "The payments are on their way."
    flash(words, "success")
    return redirect(url_for(".run", reference=made.reference))


@blueprint.get("/")
@requires(Permission.PAYMENT_READ)
def runs() -> str:
    """Every release, newest first."""
    found = queries.run_page(page_number())
    return render_template(
        "staff/releases/runs.html",
        found=found,
        colours=COLOURS,
        names=names_of([by for row in found.rows for by in (row.asked_by_id, row.second_by_id)]),
    )


@blueprint.get("/<reference>")
@requires(Permission.PAYMENT_READ)
def run(reference: str) -> str:
    """One release: who, when, what was in it."""
    found = queries.run_by_reference(reference)
    items = queries.items_of(found)
    people = [found.asked_by_id, found.second_by_id, *(row[0].taken_out_by_id for row in items)]
    waits, member = found.status is RunStatus.WAITING, current_member()
    may_agree = waits and member.may(Permission.PAYMENT_SECOND)
    return render_template(
        "staff/releases/run.html",
        found=found,
        items=items,
        colours=COLOURS,
        names=names_of(people),
        own=found.asked_by_id == current_user.id,
        waits=waits,
        may_agree=may_agree,
        barred=may_agree and queries.had_a_part(found, current_user.id),
        may_withdraw=waits and member.may(Permission.PAYMENT_RELEASE),
    )


@blueprint.post("/<reference>/agree")
@requires(Permission.PAYMENT_SECOND)
def agree(reference: str) -> Any:
    """The second person lets the payments go."""
    found = queries.run_by_reference(reference)
    releasing.agree(run=found, by=current_user.id, at=clock.now())
    flash("The payments are on their way.", "success")
    return redirect(url_for(".run", reference=found.reference))


@blueprint.route("/<reference>/withdraw", methods=["GET", "POST"])
@requires(Permission.PAYMENT_RELEASE)
def withdraw(reference: str) -> Any:
    """Don’t release after all."""
    found, form = queries.run_by_reference(reference), ReasonForm()
    if form.carried_out(
        lambda: releasing.withdraw(
            run=found, reason=form.reason.data or "", by=current_user.id, at=clock.now()
        )
    ):
        flash("The payments are not released. They are ready to pay.", "success")
        return redirect(url_for(".run", reference=found.reference))
    if found.status is not RunStatus.WAITING:
        raise Conflict(f"This release is “{found.status.staff_label}” already.")
    heading = f"Don’t release {found.reference}"
    return _reason_page(form, heading, "Don’t release", url_for(".run", reference=found.reference))


@blueprint.route("/hold-back/<reference>", methods=["GET", "POST"])
@requires(Permission.PAYMENT_RELEASE)
def hold_back(reference: str) -> Any:
    """Keep one payment from going, while it was not sent."""
    found, form = payment_by_reference(reference), ReasonForm()
    if form.carried_out(
        lambda: releasing.hold_back(
            payment=found, reason=form.reason.data or "", by=current_user.id, at=clock.now()
        )
    ):
        flash("The payment is held back. It stays ready to pay.", "success")
        return redirect(url_for("staff_payments.payment", reference=found.reference))
    if not queries.can_be_held_back(found):
        raise Conflict(releasing.NOT_HELD_BACK)
    heading = f"Hold payment {found.reference} back"
    back = url_for("staff_payments.payment", reference=found.reference)
    return _reason_page(form, heading, "Hold back", back)


def _reason_page(form: ReasonForm, heading: str, button: str, back: str) -> Any:
    page = render_template(
        "staff/releases/reason.html", form=form, heading=heading, button=button, back=back
    )
    return page, 422 if form.is_submitted() else 200
