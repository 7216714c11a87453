"""Tables of equality monitoring, for evaluators alone: protected when they were made."""

import csv
from collections.abc import Sequence
from io import StringIO

from flask import Blueprint, Response, abort, render_template, request

from voucher.accounts.permissions import Permission
from voucher.equality.models import EqualityTables
from voucher.equality.queries import rounds_with_tables, versions_of
from voucher.evaluation.monitoring.section import table_rows
from voucher.programmes.queries import round_by_reference
from voucher.web.access import requires
from voucher.web.books_files import csv_answer

blueprint = Blueprint("staff_equality", __name__, url_prefix="/staff/equality")


@blueprint.get("/")
@requires(Permission.EQUALITY_READ)
def rounds() -> str:
    """The rounds of which there are tables."""
    return render_template("staff/equality/rounds.html", rounds=rounds_with_tables())


@blueprint.get("/<reference>")
@requires(Permission.EQUALITY_READ)
def tables(reference: str) -> str:
    """The tables of one round."""
    round_ = round_by_reference(reference)
    versions = versions_of(round_.id)
    return render_template(
        "staff/equality/tables.html", round=round_, made=_chosen(versions), versions=versions
    )


@blueprint.get("/<reference>/tables.csv")
@requires(Permission.EQUALITY_READ)
def tables_csv(reference: str) -> Response:
    """The same as one CSV."""
    round_ = round_by_reference(reference)
    out = StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    made = _chosen(versions_of(round_.id))
    writer.writerows(table_rows(made.content))
    return csv_answer(out.getvalue(), f"equality-{round_.reference}-{made.version}.csv")


def _chosen(versions: Sequence[EqualityTables]) -> EqualityTables:
    """The version that the address names, else the newest; 404 without it."""
    wanted = request.args.get("version")
    found = [each for each in versions if wanted in (None, str(each.version))]
    return found[0] if found else abort(404)
