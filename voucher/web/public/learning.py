"""What the programmes have learned, from published reports alone, for anybody to read."""

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, Response, abort, render_template

from voucher.evaluation.learning.queries import latest_learning
from voucher.evaluation.models import Synthesis
from voucher.web.access import public
from voucher.web.books_files import rows_as_csv
from voucher.web.learning import PART_COLUMNS, learning_context, part_rows

blueprint = Blueprint("learning", __name__, url_prefix="/what-works")


@blueprint.get("/")
@public
def programmes() -> str:
    """The programmes of which a report is published."""
    found, synthesis = latest_learning()
    return render_template("public/learning/programmes.html", found=found, synthesis=synthesis)


@blueprint.get("/<slug>")
@public
def programme(slug: str) -> str:
    """What one programme knows so far."""
    found, synthesis = _known(slug)
    return render_template(
        "public/learning/programme.html",
        at=synthesis.data_cut_at,
        slug=slug,
        **learning_context(found),
    )


@blueprint.get("/<slug>/parts.csv")
@public
def parts_csv(slug: str) -> Response:
    """What is known of each part of a programme, as a table."""
    found, _ = _known(slug)
    return rows_as_csv(PART_COLUMNS, part_rows(found), f"{slug}-what-we-know.csv")


def _known(slug: str) -> tuple[Mapping[str, Any], Synthesis]:
    found, synthesis = latest_learning()
    if slug not in found or synthesis is None:
        abort(404)
    return found[slug], synthesis
