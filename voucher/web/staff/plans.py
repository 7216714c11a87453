"""The analysis plan of a round: drawn up, looked at a second time, locked, departed from."""

from typing import Any

from flask import Blueprint, Response, abort, flash, redirect, render_template, request, url_for
from flask_login import current_user

from voucher.accounts.permissions import Permission
from voucher.accounts.queries import names_of
from voucher.core import clock
from voucher.core.errors import Conflict
from voucher.evaluation.plans import operations
from voucher.evaluation.plans.course import departed_by
from voucher.evaluation.plans.departures import Departure
from voucher.evaluation.plans.description import curve_rows, described
from voucher.evaluation.plans.parts import Parts, parts_of
from voucher.evaluation.plans.queries import businesses_by_part, plan_document
from voucher.evaluation.plans.rules import AnalysisPlan
from voucher.files.queries import file_of_programme
from voucher.programmes.models import Round, StratumBasis
from voucher.programmes.plans import models, queries
from voucher.programmes.plans.rules import plan_sha256, why_too_late
from voucher.programmes.queries import round_by_reference
from voucher.programmes.rules import arms_of
from voucher.web.access import requires
from voucher.web.attachments import attachment
from voucher.web.books_files import rows_as_csv
from voucher.web.plan_files import plan_answer
from voucher.web.staff.plans_forms import DeviationForm, PlanForm, values_of

blueprint = Blueprint("staff_plans", __name__, url_prefix="/staff/rounds")


@blueprint.get("/<reference>/plan")
@requires(Permission.PROGRAMME_READ)
def plan(reference: str) -> str:
    """The plan as it is locked, or as far as it is drawn up, with what it comes to."""
    round_ = round_by_reference(reference)
    locked = queries.locked_plan(round_.id)
    stored = locked or queries.draft_of(round_.id)
    noted = queries.deviations(locked.id) if locked else []
    people = [each.noted_by_id for each in noted] + [locked.locked_by_id if locked else None]
    return render_template(
        "staff/plans/plan.html",
        round=round_,
        locked=locked,
        shown=_shown(round_, stored),
        deviations=noted,
        known=_known(locked),
        parts=None if locked else _parts(round_, stored),
        document=plan_document(round_.id) if locked else None,
        too_late=_too_late(round_),
        names=names_of(people),
    )


@blueprint.route("/<reference>/plan/edit", methods=["GET", "POST"])
@requires(Permission.PLAN_EDIT)
def edit(reference: str) -> Any:
    """Draw the plan up; what it comes to is worked out when it is saved."""
    round_ = round_by_reference(reference)
    if queries.locked_plan(round_.id) is not None or _too_late(round_):
        return redirect(url_for(".plan", reference=reference))
    draft = queries.draft_of(round_.id)
    form = PlanForm(data=values_of(round_, draft.content if draft else None))
    form.offer(round_)
    if form.carried_out(
        lambda: operations.draw_up(round_=round_, plan=form.plan(round_), **_who())
    ):
        return redirect(url_for(".plan", reference=reference))
    page = render_template("staff/plans/form.html", form=form, round=round_)
    return page, 422 if form.is_submitted() else 200


@blueprint.get("/<reference>/plan/lock")
@requires(Permission.PLAN_EDIT)
def look_again(reference: str) -> Any:
    """The plan once more, whole, before it is locked for good."""
    round_ = round_by_reference(reference)
    draft = queries.draft_of(round_.id)
    if draft is None or queries.locked_plan(round_.id) is not None or _too_late(round_):
        return redirect(url_for(".plan", reference=reference))
    return render_template(
        "staff/plans/lock.html",
        round=round_,
        shown=_shown(round_, draft),
        parts=_parts(round_, draft),
        sha256=plan_sha256(draft.content),
    )


@blueprint.post("/<reference>/plan/lock")
@requires(Permission.PLAN_EDIT)
def lock(reference: str) -> Any:
    """Lock the plan that was looked at."""
    round_ = round_by_reference(reference)
    try:
        operations.lock(round_=round_, sha256=request.form.get("sha256", ""), **_who())
    except Conflict as error:
        flash(str(error), "important")
    else:
        flash("The plan is locked, and published with its hash.", "success")
    return redirect(url_for(".plan", reference=reference))


@blueprint.route("/<reference>/plan/deviate", methods=["GET", "POST"])
@requires(Permission.PLAN_EDIT)
def deviate(reference: str) -> Any:
    """Note what is done otherwise than the locked plan says."""
    round_ = round_by_reference(reference)
    locked = queries.locked_plan(round_.id)
    if locked is None:
        return redirect(url_for(".plan", reference=reference))
    form = DeviationForm()
    if form.carried_out(
        lambda: operations.deviate(
            plan=locked, what=form.what.data or "", why=form.why.data or "", **_who()
        )
    ):
        flash("The deviation is noted and published.", "success")
        return redirect(url_for(".plan", reference=reference))
    page = render_template("staff/plans/deviate.html", form=form, round=round_)
    return page, 422 if form.is_submitted() else 200


@blueprint.get("/<reference>/plan.json")
@requires(Permission.PROGRAMME_READ)
def as_json(reference: str) -> Response:
    """The plan as it is written down and hashed: locked, or as far as it is drawn up."""
    round_ = round_by_reference(reference)
    stored = queries.locked_plan(round_.id) or queries.draft_of(round_.id)
    if stored is None:
        abort(404)
    return plan_answer(stored.content, f"{round_.reference}-plan.json")


@blueprint.get("/<reference>/plan/power.csv")
@requires(Permission.PROGRAMME_READ)
def power(reference: str) -> Response:
    """The points of the curve of power, all of them."""
    round_ = round_by_reference(reference)
    stored = queries.locked_plan(round_.id) or queries.draft_of(round_.id)
    if stored is None or stored.figures["compared"] is None:
        abort(404)
    rows = curve_rows(AnalysisPlan.read(stored.content), stored.figures["compared"])
    heading = ("Effect on those offered a voucher", "Effect on users", "Chance to find it")
    return rows_as_csv(heading, rows, f"{round_.reference}-power.csv")


@blueprint.get("/<reference>/plan/document")
@requires(Permission.PROGRAMME_READ)
def document(reference: str) -> Any:
    """The plan as a PDF."""
    found = plan_document(round_by_reference(reference).id)
    if found is None or found.file_id is None:
        abort(404)
    return attachment(file_of_programme(found.file_id))


@blueprint.post("/<reference>/plan/document")
@requires(Permission.PLAN_EDIT)
def build_document(reference: str) -> Any:
    """Have the document built again: one that failed, or one that is missing."""
    round_ = round_by_reference(reference)
    if queries.locked_plan(round_.id) is None:
        abort(404)
    operations.ask_document(round_id=round_.id, **_who())
    flash("The document is being built. It is ready in a minute or so.", "success")
    return redirect(url_for(".plan", reference=reference))


def _known(locked: models.AnalysisPlan | None) -> list[Departure]:
    """What the system itself knows was done otherwise, of a locked plan."""
    if locked is None:
        return []
    return departed_by(locked.round_id, AnalysisPlan.read(locked.content), clock.now())


def _parts(round_: Round, stored: Any) -> Parts | None:
    """What is expected of the parts of the list, of a plan that is drawn up."""
    if stored is None:
        return None
    plan = AnalysisPlan.read(stored.content)
    applied = businesses_by_part(round_.id, StratumBasis(plan.stratum_basis))
    return parts_of(plan, arms_of(round_.draw_arms), applied)


def _shown(round_: Round, stored: Any) -> dict[str, Any] | None:
    if stored is None:
        return None
    return described(stored.content, stored.figures, arms_of(round_.draw_arms))


def _too_late(round_: Round) -> str | None:
    return why_too_late(
        method=round_.allocation_method,
        status=round_.status,
        list_is_frozen=round_.list_frozen_at is not None,
    )


def _who() -> dict[str, Any]:
    return {"by": current_user.id, "at": clock.now()}
