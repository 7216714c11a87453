"""Replies to the surveys, by round, group and time: counts only, no names."""

from flask import Blueprint, render_template

from voucher.accounts.permissions import Permission
from voucher.evaluation.queries.surveys import reply_rates
from voucher.web.access import requires

blueprint = Blueprint("staff_surveys", __name__, url_prefix="/staff/surveys")


@blueprint.get("/")
@requires(Permission.SURVEY_READ)
def surveys() -> str:
    """Asked, answered and declined, by round, group and wave."""
    return render_template("staff/surveys/rates.html", rates=reply_rates())
