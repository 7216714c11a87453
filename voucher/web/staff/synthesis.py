"""The synthesis across rounds and programmes: ask for it, see where it stands, download it."""

from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, url_for
from flask_login import current_user

from voucher.accounts.permissions import Permission
from voucher.core import clock
from voucher.evaluation.synthesis.operations import ask_synthesis
from voucher.evaluation.synthesis.queries import syntheses, synthesis_by_reference
from voucher.files.queries import file_of_programme
from voucher.web.access import requires
from voucher.web.attachments import attachment
from voucher.web.business.applications_forms import ConfirmForm
from voucher.web.paging import page_number

blueprint = Blueprint("staff_synthesis", __name__, url_prefix="/staff/synthesis")


@blueprint.get("/")
@requires(Permission.REPORT_READ)
def made() -> str:
    """Every synthesis asked for, the newest first."""
    return render_template(
        "staff/synthesis/list.html", found=syntheses(page_number()), form=ConfirmForm()
    )


@blueprint.post("/")
@requires(Permission.REPORT_BUILD)
def ask() -> Any:
    """Ask for one; the worker builds it."""
    ask_synthesis(by=current_user.id, at=clock.now())
    flash("The synthesis is being built. It is ready in a minute or so.", "success")
    return redirect(url_for(".made"))


@blueprint.get("/<reference>/document")
@requires(Permission.REPORT_READ)
def document(reference: str) -> Any:
    """The finished PDF, as an attachment."""
    synthesis = synthesis_by_reference(reference)
    if synthesis.file_id is None:
        abort(404)
    return attachment(file_of_programme(synthesis.file_id))
