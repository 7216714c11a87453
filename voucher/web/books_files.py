"""Figures of the books as files: a table as CSV, a kept report's PDF."""

import csv
from collections.abc import Iterable, Mapping, Sequence
from io import StringIO
from typing import Any

from flask import Response, abort

from voucher.core.db import session
from voucher.files.models import StoredFile
from voucher.payments.books.queries.kept import KeptReport
from voucher.payments.books.tables import csv_text
from voucher.web.attachments import attachment


def table_as_csv(figures: Mapping[str, Any], name: str, stem: str) -> Response:
    """The table called `name` of a report's figures as a CSV file; 404 if there is none."""
    table = next((one for one in figures["tables"] if one["name"] == name), None)
    if table is None:
        abort(404)
    return csv_answer(csv_text(table), f"{stem}-{name}.csv")


def rows_as_csv(heading: Sequence[str], rows: Iterable[Sequence[str]], name: str) -> Response:
    """Rows of texts, as `written` and `decimal` make them, as a CSV file."""
    out = StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(heading)
    writer.writerows(rows)
    return csv_answer(out.getvalue(), name)


def csv_answer(text: str, name: str) -> Response:
    """A CSV file to keep, marked as UTF-8 for spreadsheets."""
    answer = Response("\ufeff" + text, mimetype="text/csv")
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    answer.headers["Cache-Control"] = "no-store"
    return answer


def pdf_answer(kept: KeptReport) -> Response:
    """The finished PDF of a kept report, as an attachment; 404 while there is none."""
    if kept.document is None or kept.document.file_id is None:
        abort(404)
    return attachment(session.get_one(StoredFile, kept.document.file_id))
