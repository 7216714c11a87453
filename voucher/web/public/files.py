"""Handing out stored files: to those they concern, as attachments, never shown in the page."""

from typing import Any

from flask import Blueprint

from voucher.files.queries import file_for_any
from voucher.web.access import current_members, signed_in
from voucher.web.attachments import attachment

blueprint = Blueprint("files", __name__, url_prefix="/files")


@blueprint.get("/<reference>")
@signed_in
def download(reference: str) -> Any:
    """The file, if the person may read it in any of their capacities; otherwise not found."""
    found = file_for_any(current_members(), reference)
    answer = attachment(found)
    # What was handed in by strangers must do nothing, even where a browser insists on showing it.
    answer.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return answer
