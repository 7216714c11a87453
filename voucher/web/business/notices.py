"""The subsidy notice: read it, then confirm by a button or decline."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_login import current_user

from voucher.accounts.permissions import Permission
from voucher.applications.models import Application, ApplicationStatus
from voucher.applications.operations.submit import decline_award
from voucher.applications.queries.drafts import application_for
from voucher.core import clock
from voucher.core.errors import NotFound
from voucher.subsidy.models import SubsidyNotice
from voucher.subsidy.papers import confirmation_text
from voucher.subsidy.queries import cumulation_of, latest_notice
from voucher.vouchers.operations import award_on_confirmation
from voucher.web.access import current_member, requires
from voucher.web.business.applications_forms import ConfirmForm
from voucher.web.configuration import settings

blueprint = Blueprint("business_notices", __name__, url_prefix="/business/applications")


@blueprint.get("/<reference>/notice")
@requires(Permission.BUSINESS_READ)
def notice(reference: str) -> Any:
    """The notice as it was sent, with where the business stands against the limit today."""
    application, sent = _notice_of(reference)
    return render_template(
        "business/applications/notice.html",
        application=application,
        notice=sent,
        confirmation=confirmation_text(
            scheme=application.round.programme.name, gross_pence=sent.gross_pence
        ),
        standing=cumulation_of(application.business_id, clock.today()),
        waits=application.status is ApplicationStatus.APPROVED,
        today=clock.today(),
        form=ConfirmForm(),
    )


@blueprint.post("/<reference>/notice/confirm")
@requires(Permission.BUSINESS_APPLY)
def confirm(reference: str) -> Any:
    """Confirm the notice: the award and the voucher follow at once, or nothing happens."""
    application, sent = _notice_of(reference)
    if application.status is ApplicationStatus.AWARDED:
        return redirect(url_for("business_applications.application", reference=reference))
    voucher = award_on_confirmation(
        notice=sent,
        text_version=request.form.get("text_version", ""),
        by=current_user.id,
        at=clock.now(),
        code_key=settings().voucher_code_key.encode(),
    )
    flash("You have confirmed the notice. Your voucher is ready.", "success")
    return redirect(url_for("business_vouchers.voucher", reference=voucher.reference))


@blueprint.route("/<reference>/notice/decline", methods=["GET", "POST"])
@requires(Permission.BUSINESS_APPLY)
def decline(reference: str) -> Any:
    """Say what declining means, and do it."""
    application, sent = _notice_of(reference)
    if application.status is not ApplicationStatus.APPROVED:
        return redirect(url_for("business_applications.application", reference=reference))
    form = ConfirmForm()
    if form.validate_on_submit():
        decline_award(application=application, notice=sent, by=current_user.id, at=clock.now())
        flash("You have declined the award, and the application is withdrawn.", "success")
        return redirect(url_for("business_applications.application", reference=reference))
    return render_template(
        "business/applications/decline.html", application=application, notice=sent, form=form
    )


def _notice_of(reference: str) -> tuple[Application, SubsidyNotice]:
    application = application_for(current_member(), reference)
    sent = latest_notice(application.id)
    if sent is None:
        raise NotFound("There is no notice for this application.")
    return application, sent
