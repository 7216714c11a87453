"""Handing out a stored file, as something to keep and never as a page."""

from flask import Response, send_file

from voucher.files.models import StoredFile
from voucher.web.configuration import services


def attachment(file: StoredFile) -> Response:
    """The content of `file` under its name. Raises ContentMissing where it is not there."""
    return send_file(
        services().store.open(file.sha256),
        mimetype=file.media_type,
        as_attachment=True,
        download_name=file.name,
        conditional=False,
        etag=False,
        max_age=0,
    )
