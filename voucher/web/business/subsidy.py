"""The business's own record of public support, to read and to keep."""

import csv
import io
from typing import Any

from flask import Blueprint, Response, render_template

from voucher.accounts.permissions import Permission
from voucher.businesses.queries import business_of
from voucher.core import clock
from voucher.subsidy.queries import own_cumulation_of, statements_for
from voucher.subsidy.rules import Cumulation
from voucher.web.access import current_member, requires
from voucher.web.business.papers_forms import LABELS, RELATIONS

blueprint = Blueprint("business_subsidy", __name__, url_prefix="/business/subsidy-record")
HEADINGS = (
    "given on",
    "given by",
    "received by",
    "relation",
    "kind",
    "amount in pounds",
    "counted",
)
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


@blueprint.get("/")
@requires(Permission.BUSINESS_READ)
def record() -> Any:
    """What counts, what does not and why, by what this entry declared and was given.

    What others of its group told us is not shown: whose entries belong together rests on numbers
    that people claim of themselves.
    """
    member = current_member()
    return render_template(
        "business/subsidy/record.html",
        business=business_of(member),
        standing=own_cumulation_of(member.business_id, clock.today()),
        statements=statements_for(member.business_id),
        labels={label: words for label, (words, _hint) in LABELS.items()},
        relations=RELATIONS,
    )


@blueprint.get("/record.csv")
@requires(Permission.BUSINESS_READ)
def record_csv() -> Response:
    """The same as a table for the business's files; the law asks it to keep it for three years."""
    standing = own_cumulation_of(current_member().business_id, clock.today())
    answer = Response(csv_of(standing), mimetype="text/csv")
    answer.headers["Content-Disposition"] = (
        f'attachment; filename="public-support-{standing.at.isoformat()}.csv"'
    )
    return answer


def csv_of(standing: Cumulation) -> str:
    """The lines of a cumulation as CSV (RFC 4180), amounts in pounds with two figures.

    A text that a spreadsheet would take for a formula gets an apostrophe in front.
    """
    written = io.StringIO()
    writer = csv.writer(written)
    writer.writerow(HEADINGS)
    for line in standing.lines:
        kept = line.record
        writer.writerow(
            [
                kept.given_on.isoformat(),
                _as_text(kept.reference),
                _as_text(kept.recipient),
                RELATIONS[kept.relation],
                LABELS[kept.label][0],
                f"{kept.amount_pence // 100}.{kept.amount_pence % 100:02d}",
                line.finding.words,
            ]
        )
    return written.getvalue()


def _as_text(text: str) -> str:
    return f"'{text}" if text.startswith(FORMULA_STARTS) else text
