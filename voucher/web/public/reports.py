"""Published reports as anybody may read them: the list, each version as a page, and its files."""

from typing import Any

from flask import Blueprint, Response, render_template

from voucher.evaluation.publication import queries
from voucher.evaluation.reports.documents import as_csv, as_json
from voucher.files.queries import file_of_programme
from voucher.web.access import public
from voucher.web.attachments import attachment
from voucher.web.paging import page_number
from voucher.web.report_page import report_page

blueprint = Blueprint("reports", __name__, url_prefix="/reports")


@blueprint.get("/")
@public
def reports() -> str:
    """The newest version of every published report."""
    return render_template(
        "public/reports/list.html", found=queries.published_reports(page_number())
    )


@blueprint.get("/<reference>")
@public
def report(reference: str) -> str:
    """One published version: the report itself, its files, and the other versions."""
    found = queries.published_report(reference)
    return render_template(
        "public/reports/report.html",
        found=found,
        versions=queries.versions_of(found.publication.subject),
        page=report_page(found.report.page or ""),
    )


@blueprint.get("/<reference>/document")
@public
def document(reference: str) -> Any:
    """The report as a PDF."""
    found = queries.published_report(reference)
    return attachment(file_of_programme(found.report.file_id or 0))


@blueprint.get("/<reference>/figures.json")
@public
def figures_json(reference: str) -> Response:
    """Every published figure as JSON, as it is attached to the PDF."""
    figures = queries.published_report(reference).report.figures
    return _file(as_json(figures), f"{reference}.json", "application/json")


@blueprint.get("/<reference>/figures.csv")
@public
def figures_csv(reference: str) -> Response:
    """The same as a table."""
    figures = queries.published_report(reference).report.figures
    return _file(as_csv(figures), f"{reference}.csv", "text/csv")


def _file(content: bytes, name: str, media_type: str) -> Response:
    answer = Response(content, content_type=f"{media_type}; charset=utf-8")
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer
