"""Was the matching of a round fair? The report as a page, and each of its tables as CSV."""

from collections.abc import Sequence
from datetime import datetime

from flask import Blueprint, Response, abort, render_template

from voucher.accounts.permissions import Permission
from voucher.core import clock
from voucher.programmes.models import Round
from voucher.programmes.queries import round_by_reference
from voucher.vouchers.fairness.queries import fairness_of_round, provider_labels
from voucher.vouchers.fairness.standing import GAPS
from voucher.web.access import requires
from voucher.web.findings import Finding, finding_as_csv
from voucher.web.staff.fairness_tables import tables_of

blueprint = Blueprint("staff_fairness", __name__, url_prefix="/staff/fairness")

MOST_NAMED = 10
"""Applications named under each gap: enough to begin with; the table counts them all."""


@blueprint.get("/<reference>")
@requires(Permission.PROVIDER_READ)
def report(reference: str) -> str:
    """Demand and supply, providers, waits and gaps of one round, as of now."""
    round_ = round_by_reference(reference)
    at = clock.now()
    tables, named = _report(round_, at)
    return render_template(
        "staff/fairness/report.html", round=round_, tables=tables, named=named, at=at
    )


@blueprint.get("/<reference>/<name>.csv")
@requires(Permission.PROVIDER_READ)
def table(reference: str, name: str) -> Response:
    """One table, whole."""
    round_ = round_by_reference(reference)
    tables, _ = _report(round_, clock.now())
    found = next((each for each in tables if each.name == name), None)
    if found is None:
        abort(404)
    return finding_as_csv(found, f"fairness-{round_.reference}-{name}.csv")


def _report(
    round_: Round, at: datetime
) -> tuple[tuple[Finding, ...], list[tuple[str, Sequence[str]]]]:
    """The tables, and under each gap the first applications that have it."""
    found = fairness_of_round(round_.id, at)
    labels = provider_labels([line.provider_id for line in found.providers])
    named = [
        (each.staff_label, [need.reference for need in found.unmatched[each][:MOST_NAMED]])
        for each in GAPS
        if found.unmatched[each]
    ]
    return tables_of(found, labels), named
