"""One report: look at it, sign it off as evaluator, publish it as programme manager."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, url_for
from flask_login import current_user

from voucher.accounts.permissions import Permission
from voucher.accounts.queries import names_of
from voucher.core import clock
from voucher.core.errors import NotFound
from voucher.evaluation.publication import operations, queries
from voucher.evaluation.publication.rules import PUBLISHED_KINDS, SIGNED_KINDS, subject_of
from voucher.web.access import requires
from voucher.web.report_page import report_page
from voucher.web.staff.reports_forms import PublishForm, SignOffForm

blueprint = Blueprint("report_publication", __name__, url_prefix="/staff/reports")

SIGNED_OFF = "You have signed the report off. Somebody else publishes it now."
FOR_THE_PROVIDER = "You have signed the summary off. The provider can read it now."


@blueprint.get("/<reference>")
@requires(Permission.REPORT_READ)
def report(reference: str) -> str:
    """Where a report stands on its way to the public, and the next step."""
    return _shown(reference, SignOffForm(), PublishForm())


@blueprint.get("/<reference>/page")
@requires(Permission.REPORT_READ)
def page(reference: str) -> str:
    """The report as its web page will be."""
    found, round_, _ = queries.report_to_publish(reference)
    if found.page is None:
        raise NotFound("This report has no web page.")
    return render_template(
        "staff/reports/page.html", report=found, round=round_, page=report_page(found.page)
    )


@blueprint.post("/<reference>/sign-off")
@requires(Permission.REPORT_SIGN)
def sign_off(reference: str) -> Any:
    """Sign the report off."""
    found, _, _ = queries.report_to_publish(reference)
    form = SignOffForm()
    if form.carried_out(
        lambda: operations.sign_off(report=found, note=form.note.data or "", **_who())
    ):
        is_public = found.kind in PUBLISHED_KINDS
        return _done(reference, SIGNED_OFF if is_public else FOR_THE_PROVIDER)
    return _shown(reference, form, PublishForm()), 422


@blueprint.post("/<reference>/publish")
@requires(Permission.REPORT_PUBLISH)
def publish(reference: str) -> Any:
    """Publish the report."""
    found, _, _ = queries.report_to_publish(reference)
    form = PublishForm()
    if form.carried_out(
        lambda: operations.publish(report=found, note=form.reason.data or "", **_who())
    ):
        return _done(reference, "The report is published, and stays published.")
    return _shown(reference, SignOffForm(), form), 422


def _who() -> dict[str, Any]:
    return {"by": current_user.id, "at": clock.now()}


def _done(reference: str, words: str) -> Any:
    flash(words, "success")
    return redirect(url_for(".report", reference=reference))


def _shown(reference: str, signing: SignOffForm, publishing: PublishForm) -> str:
    found, round_, sha256 = queries.report_to_publish(reference)
    signed, published = queries.sign_off_of(found.id), queries.publication_of(found.id)
    is_next = published is None and found.kind in PUBLISHED_KINDS
    older = queries.newest_version(subject_of(found)) if is_next else None
    people = [signed.signed_by_id if signed else None]
    people += [published.published_by_id if published else None]
    return render_template(
        "staff/reports/report.html",
        report=found,
        round=round_,
        sha256=sha256,
        signed=signed,
        signed_hashes=_hashes(signed) if signed else (),
        published=published,
        older=older,
        names=names_of([person for person in people if person is not None]),
        signing=signing,
        publishing=publishing,
        is_of_signed_kind=found.kind in SIGNED_KINDS,
        is_of_published_kind=found.kind in PUBLISHED_KINDS,
    )


def _hashes(signed: Any) -> list[tuple[str, str]]:
    """What exactly was signed: each part that was there, with its hash."""
    parts = (
        ("the PDF", signed.document_sha256),
        ("the figures", signed.figures_sha256),
        ("the web page", signed.page_sha256),
        ("the extract", signed.extract_sha256),
        ("the analysis plan", signed.plan_sha256),
    )
    return [(part, sha256) for part, sha256 in parts if sha256 is not None]
