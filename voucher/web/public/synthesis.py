"""What all rounds and programmes say together, from published reports, for anybody to read."""

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, Response, abort, render_template

from voucher.evaluation.models import Synthesis
from voucher.evaluation.reports.documents import as_csv, as_json
from voucher.evaluation.synthesis.queries import latest_synthesis
from voucher.files.queries import file_of_programme
from voucher.web.access import public
from voucher.web.attachments import attachment
from voucher.web.books_files import csv_answer
from voucher.web.report_page import report_page

blueprint = Blueprint("synthesis", __name__, url_prefix="/synthesis")
OWN = ("learning", "page")
"""What is kept with a synthesis' figures and is none of them."""


@blueprint.get("/")
@public
def together() -> str:
    """What all rounds and programmes say together: the synthesis as a page."""
    synthesis = _latest()
    return render_template(
        "public/learning/together.html",
        at=synthesis.data_cut_at,
        page=report_page(_kept(synthesis)["page"]),
    )


@blueprint.get("/document")
@public
def document() -> Any:
    """The same as an accessible PDF."""
    return attachment(file_of_programme(_latest().file_id or 0))


@blueprint.get("/figures.json")
@public
def figures_json() -> Response:
    """Every figure of it as JSON."""
    return Response(as_json(_figures()), mimetype="application/json")


@blueprint.get("/figures.csv")
@public
def figures_csv() -> Response:
    """Every figure of it as a table."""
    return csv_answer(as_csv(_figures()).decode(), "what-works-synthesis.csv")


def _figures() -> dict[str, Any]:
    return {name: part for name, part in _kept(_latest()).items() if name not in OWN}


def _kept(synthesis: Synthesis) -> Mapping[str, Any]:
    return synthesis.figures or {}


def _latest() -> Synthesis:
    synthesis = latest_synthesis()
    if synthesis is None or "page" not in _kept(synthesis):
        abort(404)
    return synthesis
