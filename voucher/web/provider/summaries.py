"""A provider's own summaries, once an evaluator has signed them off: as a page and as a PDF."""

from typing import Any

from flask import Blueprint, render_template

from voucher.accounts.permissions import Permission
from voucher.evaluation.models import Report
from voucher.evaluation.publication.queries import summaries_of_provider, summary_of_provider
from voucher.files.queries import file_of_programme
from voucher.providers.queries import provider_of
from voucher.web.access import current_member, requires
from voucher.web.attachments import attachment
from voucher.web.report_page import report_page

blueprint = Blueprint("provider_summaries", __name__, url_prefix="/provider/summaries")


@blueprint.get("/")
@requires(Permission.PROVIDER_WORK)
def summaries() -> str:
    """Every summary of the provider, the newest first."""
    found = summaries_of_provider(provider_of(current_member()).id)
    return render_template("provider/summaries/list.html", found=found)


@blueprint.get("/<reference>")
@requires(Permission.PROVIDER_WORK)
def summary(reference: str) -> str:
    """One summary, whole."""
    report = _mine(reference)
    return render_template(
        "provider/summaries/summary.html", report=report, page=report_page(report.page or "")
    )


@blueprint.get("/<reference>/document")
@requires(Permission.PROVIDER_WORK)
def document(reference: str) -> Any:
    """The same as an accessible PDF."""
    return attachment(file_of_programme(_mine(reference).file_id or 0))


def _mine(reference: str) -> Report:
    return summary_of_provider(provider_of(current_member()).id, reference)
