"""Analysis plans as anybody may see them: what will be compared and how, since when, and the hash
that shows that nothing was changed after."""

from typing import Any

from flask import Blueprint, Response, abort, render_template

from voucher.core import clock
from voucher.evaluation.plans.course import departed_by
from voucher.evaluation.plans.description import described
from voucher.evaluation.plans.queries import built_document
from voucher.evaluation.plans.rules import AnalysisPlan
from voucher.files.queries import file_of_programme
from voucher.programmes.plans import queries
from voucher.programmes.rules import arms_of
from voucher.web.access import public
from voucher.web.attachments import attachment
from voucher.web.paging import page_number
from voucher.web.plan_files import plan_answer

blueprint = Blueprint("plans", __name__, url_prefix="/plans")


@blueprint.get("/")
@public
def plans() -> str:
    """Every locked plan, the newest first."""
    return render_template("public/plans/list.html", found=queries.published_plans(page_number()))


@blueprint.get("/<reference>")
@public
def plan(reference: str) -> str:
    """One locked plan, what it comes to, and what was done otherwise since."""
    found = queries.plan_by_reference(reference)
    return render_template(
        "public/plans/plan.html",
        locked=found,
        round=found.round,
        shown=described(found.content, found.figures, arms_of(found.round.draw_arms)),
        deviations=queries.deviations(found.id),
        document=built_document(found.round_id),
        known=departed_by(found.round_id, AnalysisPlan.read(found.content), clock.now()),
    )


@blueprint.get("/<reference>/document")
@public
def document(reference: str) -> Any:
    """The plan as a PDF, with what was noted until it was built."""
    found = built_document(queries.plan_by_reference(reference).round_id)
    if found is None or found.file_id is None:
        abort(404)
    return attachment(file_of_programme(found.file_id))


@blueprint.get("/<reference>.json")
@public
def published(reference: str) -> Response:
    """The plan as it was hashed."""
    found = queries.plan_by_reference(reference)
    return plan_answer(found.content, f"{found.reference}.json")
