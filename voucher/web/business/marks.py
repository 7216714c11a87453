"""What an application is scored by, and, once the list is settled, its marks with their reasons."""

from fractions import Fraction

from flask import Blueprint, render_template

from voucher.accounts.permissions import Permission
from voucher.allocation.scored.queries import plan_of, ranked_place
from voucher.allocation.scored.rules import rule_of
from voucher.allocation.scoring import in_words, points
from voucher.applications.queries.drafts import application_for
from voucher.core.errors import NotFound
from voucher.programmes.models import AllocationMethod
from voucher.web.access import current_member, requires

blueprint = Blueprint("business_marks", __name__, url_prefix="/business/applications")


@blueprint.get("/<reference>/marks")
@requires(Permission.BUSINESS_READ)
def marks(reference: str) -> str:
    """The criteria of the round; after the list is settled the marks and reasons, without names."""
    application = application_for(current_member(), reference)
    plan = plan_of(application.round_id)
    if application.round.allocation_method is not AllocationMethod.SCORED or plan is None:
        raise NotFound("There are no marks for this application.")
    rule, place = rule_of(plan), ranked_place(application.id)
    return render_template(
        "business/applications/marks.html",
        application=application,
        rule=rule,
        place=place,
        result=in_words(points(rule, place.state.doubled)) if place else "",
        least=in_words(Fraction(rule.least_bps, 100)) if rule.least_bps else "",
    )
