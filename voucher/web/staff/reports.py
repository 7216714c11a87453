"""Reports: ask for one, see where it stands, download it. The worker builds them."""

from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, url_for
from flask_login import current_user

from voucher.accounts.permissions import Permission
from voucher.core import clock
from voucher.core.errors import Conflict, Invalid, NotFound
from voucher.evaluation.operations import ask_provider_report, ask_report
from voucher.evaluation.queries import reports as queries
from voucher.evaluation.queries.provider_data import provider_to_report
from voucher.files.queries import file_of_programme
from voucher.programmes.queries import round_by_id, round_by_reference
from voucher.web.access import requires
from voucher.web.attachments import attachment
from voucher.web.paging import page_number
from voucher.web.staff.reports_forms import CaseReportForm, ProviderReportForm, RoundReportForm

BEING_BUILT = "The report is being built. It is ready in a minute or so."
blueprint = Blueprint("staff_reports", __name__, url_prefix="/staff/reports")


@blueprint.get("/")
@requires(Permission.REPORT_READ)
def reports() -> str:
    """Every report asked for, newest first."""
    return render_template("staff/reports/list.html", found=queries.reports(page_number()))


@blueprint.route("/round", methods=["GET", "POST"])
@requires(Permission.REPORT_BUILD)
def ask_for_round() -> Any:
    """Ask for the evaluation summary of a round."""
    form = RoundReportForm()
    form.offer(queries.rounds_to_report())
    if form.validate_on_submit():
        return _asked(round_by_reference(form.round.data), None)
    page = render_template("staff/reports/round_form.html", form=form)
    return page, 422 if form.is_submitted() else 200


@blueprint.route("/case", methods=["GET", "POST"])
@requires(Permission.REPORT_BUILD)
def ask_for_case() -> Any:
    """Ask for the one-page summary of a redeemed voucher."""
    form = CaseReportForm()
    if form.validate_on_submit():
        try:
            voucher = queries.voucher_to_report(form.reference())
        except NotFound as error:
            form.refuse(Invalid(str(error), "voucher"))
        else:
            return _asked(round_by_id(voucher.round_id), voucher)
    page = render_template("staff/reports/case_form.html", form=form)
    return page, 422 if form.is_submitted() else 200


@blueprint.route("/provider", methods=["GET", "POST"])
@requires(Permission.REPORT_BUILD)
def ask_for_provider() -> Any:
    """Ask for the summary of a provider."""
    form = ProviderReportForm()
    form.offer(queries.providers_to_report())
    if form.carried_out(lambda: _ask_for_provider(form)):
        return _told(BEING_BUILT)
    page = render_template("staff/reports/provider_form.html", form=form)
    return page, 422 if form.is_submitted() else 200


def _ask_for_provider(form: ProviderReportForm) -> None:
    """Ask; what stands in the way is told at the field."""
    try:
        provider = provider_to_report(form.provider.data)
        ask_provider_report(provider=provider, by=current_user.id, at=clock.now())
    except (NotFound, Conflict) as error:
        raise Invalid(str(error), "provider") from error


@blueprint.get("/<reference>/document")
@requires(Permission.REPORT_READ)
def document(reference: str) -> Any:
    """The finished PDF, as an attachment."""
    report = queries.report_by_reference(reference)
    if report.file_id is None:
        abort(404)
    return attachment(file_of_programme(report.file_id))


def _asked(round_: Any, voucher: Any) -> Any:
    try:
        ask_report(round_=round_, voucher=voucher, by=current_user.id, at=clock.now())
    except Conflict as error:
        flash(str(error), "important")
    else:
        return _told(BEING_BUILT)
    return redirect(url_for(".reports"))


def _told(words: str) -> Any:
    flash(words, "success")
    return redirect(url_for(".reports"))
