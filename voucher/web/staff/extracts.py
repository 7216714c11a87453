"""Data of trials without names, for evaluators alone; every download is noted."""

from flask import Blueprint, Response, render_template
from flask_login import current_user

from voucher.accounts.permissions import Permission
from voucher.core import clock
from voucher.evaluation.analysis import kept
from voucher.files.queries import file_of_programme
from voucher.web.access import requires
from voucher.web.attachments import attachment
from voucher.web.paging import page_number

blueprint = Blueprint("staff_extracts", __name__, url_prefix="/staff/extracts")


@blueprint.get("/")
@requires(Permission.EXTRACT_READ)
def extracts() -> str:
    """Every extract there is, the newest report's first, and what is in one."""
    return render_template("staff/extracts/list.html", found=kept.extracts(page_number()))


@blueprint.post("/<reference>/file")
@requires(Permission.EXTRACT_READ)
def download(reference: str) -> Response:
    """The extract of a report as a ZIP file. Sent by a button, because it is noted who has it."""
    report = kept.report_with_extract(reference)
    file = file_of_programme(report.extract_id)
    kept.note_download(report=report, by=current_user.id, at=clock.now())
    return attachment(file)
