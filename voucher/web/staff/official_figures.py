"""Official figures as a file: uploaded, looked at line by line, and only then kept.

The preview stores nothing: the page carries the file, packed, until somebody confirms it.
"""

import base64
import binascii
import zlib
from typing import Any

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask_login import current_user

from voucher.accounts.permissions import Permission
from voucher.accounts.queries import names_of
from voucher.core import clock
from voucher.core.errors import Conflict, Invalid
from voucher.evaluation.administrative import queries
from voucher.evaluation.administrative.files import EXAMPLE, MOST_LINES
from voucher.evaluation.administrative.operations import Preview, import_figures, preview
from voucher.evaluation.administrative.rules import DOUBTS, Kind
from voucher.web.access import requires
from voucher.web.books_files import csv_answer, rows_as_csv
from voucher.web.forms import Answered, ServiceForm, UploadField
from voucher.web.paging import page_number

blueprint = Blueprint("staff_official_figures", __name__, url_prefix="/staff/official-figures")
LARGEST_FILE = 4 * 10**6
LARGEST_PACKED = 900_000
SHOWN_OF_A_KIND = 100
LOST = "The file was lost on the way. Upload it again."


class FiguresForm(ServiceForm):
    """The file to look at."""

    upload = UploadField(
        "File of official figures",
        [Answered("Choose a file.")],
        description=f"A CSV file of up to {MOST_LINES:,} lines and 4 MB.",
        accept=(".csv",),
        limit_bytes=LARGEST_FILE,
    )


@blueprint.get("/")
@requires(Permission.SURVEY_READ)
def imports() -> str:
    """Every import, newest first."""
    found = queries.imports(page_number())
    names = names_of([each.imported_by_id for each in found.rows])
    return render_template(
        "staff/official_figures/list.html", found=found, names=names, doubts=DOUBTS, kinds=Kind
    )


@blueprint.get("/example.csv")
@requires(Permission.SURVEY_READ)
def example() -> Response:
    """An example of a file."""
    return csv_answer(EXAMPLE, "official-figures.csv")


@blueprint.route("/new", methods=["GET", "POST"])
@requires(Permission.OFFICIAL_FIGURES)
def upload() -> Any:
    """Choose a file; what would become of each of its lines is shown, and nothing kept."""
    form = FiguresForm()
    shown: list[str] = []
    if form.carried_out(lambda: shown.append(_looked_at(form))):
        return shown[0]
    return _upload_page(form)


@blueprint.post("/findings.csv")
@requires(Permission.OFFICIAL_FIGURES)
def findings() -> Any:
    """Every line that was named, with its reason, as a file."""
    try:
        content, _ = _carried()
        seen = preview(content=content, at=clock.now())
    except (Invalid, Conflict) as error:
        return _refused(error)
    rows = [(str(one.line), one.kind.staff_label, one.reason) for one in seen.sorted.findings]
    return rows_as_csv(("line", "what", "reason"), rows, "lines-named.csv")


@blueprint.post("/confirm")
@requires(Permission.OFFICIAL_FIGURES)
def confirm() -> Any:
    """Keep what was looked at."""
    accepted = [kind for kind in DOUBTS if kind.value in request.form.getlist("accepted")]
    try:
        content, name = _carried()
        seen = preview(content=content, at=clock.now())
        made = import_figures(
            file_name=name,
            content=content,
            accepted=accepted,
            expected=_expected(seen, accepted),
            by=current_user.id,
            at=clock.now(),
        )
    except (Invalid, Conflict) as error:
        return _refused(error)
    flash(f"{made.taken:,} figures are kept as {made.reference}.", "success")
    return redirect(url_for(".imports"), 303)


def _expected(seen: Preview, accepted: list[Kind]) -> int:
    """How many lines would be taken; none fits where the preview showed another sorting."""
    unchanged = request.form.get("sorted") == _mark_of(seen)
    return len(seen.sorted.taken(accepted)) if unchanged else -1


def _mark_of(seen: Preview) -> str:
    """The counts of a preview in short, to see whether they are still the same."""
    counts = (f"{kind.value}={count}" for kind, count in seen.sorted.counts.items())
    return " ".join((f"sound={seen.sorted.sound}", *counts))


def _looked_at(form: FiguresForm) -> str:
    sent = form.upload.data
    content = sent.read()
    try:
        seen = preview(content=content, at=clock.now())
    except Conflict as error:
        raise Invalid(str(error), "upload") from error
    packed = base64.b64encode(zlib.compress(content, 9)).decode("ascii")
    if len(packed) > LARGEST_PACKED:
        raise Invalid("The file is too large to look at in one go. Divide it.", "upload")
    by_kind = {
        kind: [one for one in seen.sorted.findings if one.kind is kind]
        for kind in seen.sorted.counts
    }
    return render_template(
        "staff/official_figures/preview.html",
        seen=seen,
        by_kind=by_kind,
        most=SHOWN_OF_A_KIND,
        doubts=DOUBTS,
        kinds=Kind,
        packed=packed,
        mark=_mark_of(seen),
        name=sent.filename or "file.csv",
    )


def _carried() -> tuple[bytes, str]:
    """The file that the preview's page carried, and its name. Raises Invalid if it is none."""
    try:
        packed = base64.b64decode(request.form.get("packed", ""), validate=True)
        unpacking = zlib.decompressobj()
        content = unpacking.decompress(packed, LARGEST_FILE)
    except (binascii.Error, ValueError, zlib.error) as error:
        raise Invalid(LOST, "upload") from error
    if not unpacking.eof:
        raise Invalid(LOST, "upload")
    return content, request.form.get("name", "").replace("\0", "")


def _refused(error: Exception) -> Any:
    """The form again, with why; nothing was kept."""
    form = FiguresForm(formdata=None)
    form.refuse(Invalid(str(error), "upload"))
    return _upload_page(form, 422)


def _upload_page(form: FiguresForm, status: int = 0) -> Any:
    page = render_template("staff/official_figures/new.html", form=form)
    return page, status or (422 if form.is_submitted() else 200)
