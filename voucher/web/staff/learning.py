"""What a programme knows so far, for staff: what anybody may read, from published reports alone."""

from typing import Any

from flask import Blueprint, render_template

from voucher.accounts.permissions import Permission
from voucher.evaluation.learning.queries import latest_learning
from voucher.programmes.queries import programme_by_slug
from voucher.web.access import requires
from voucher.web.learning import learning_context

blueprint = Blueprint("staff_learning", __name__, url_prefix="/staff/learning")


@blueprint.get("/<slug>")
@requires(Permission.REPORT_READ)
def programme(slug: str) -> Any:
    """What one programme knows so far, and the test that it would learn most from."""
    programme_ = programme_by_slug(slug)
    found, synthesis = latest_learning()
    known = found.get(slug)
    return render_template(
        "staff/learning/programme.html",
        programme=programme_,
        slug=slug,
        at=synthesis.data_cut_at if synthesis and known else None,
        **(learning_context(known) if known else {"known": None}),
    )
