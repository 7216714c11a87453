"""An application as a whole: list, start, tasks or standing, answers, send, take back, appeal."""

from collections.abc import Sequence
from typing import Any

from flask import Blueprint, flash, redirect, render_template, url_for
from flask_login import current_user

from voucher.accounts.permissions import Permission
from voucher.applications.models import Application, ApplicationStatus
from voucher.applications.operations.appeal import appeal as make_appeal
from voucher.applications.operations.draft import WRITABLE
from voucher.applications.operations.draft import start as start_application
from voucher.applications.operations.submit import submit as send
from voucher.applications.operations.submit import withdraw as take_back
from voucher.applications.queries import drafts
from voucher.businesses.queries import business_of
from voucher.core import clock
from voucher.core.errors import Conflict, Invalid
from voucher.programmes.models import Round
from voucher.programmes.queries import open_rounds, round_by_reference
from voucher.vouchers.models import Voucher, VoucherStatus
from voucher.vouchers.queries import holds_live_voucher, vouchers_of
from voucher.web.access import current_member, requires
from voucher.web.business.answers import answers_context
from voucher.web.business.applications_forms import AppealForm, ConfirmForm
from voucher.web.business.standing import standing_context
from voucher.web.business.tasks import missing_parts, parts_done, task_groups
from voucher.web.posted import posted_reference

blueprint = Blueprint("business_applications", __name__, url_prefix="/business/applications")
IN_THE_ROUND = (*drafts.OPEN_STATUSES, ApplicationStatus.COMPARISON)
LIVE = (VoucherStatus.ISSUED, VoucherStatus.REDEEMED)


@blueprint.get("/")
@requires(Permission.BUSINESS_READ)
def applications() -> Any:
    """Every application of the business, and the rounds it can apply in."""
    member = current_member()
    own = drafts.applications_of(member.business_id)
    return render_template(
        "business/applications/list.html",
        applications=own,
        rounds=rounds_to_start(own, vouchers_of(member.business_id or 0)),
    )


def rounds_to_start(own: Sequence[Application], vouchers: Sequence[Voucher]) -> list[Round]:
    """The open rounds in which the business can begin: none of its own there, no live voucher."""
    taken = {item.round_id for item in own if item.status in IN_THE_ROUND}
    served = {voucher.programme_id for voucher in vouchers if voucher.status in LIVE}
    return [
        round_
        for round_ in open_rounds(clock.today())
        if round_.id not in taken and round_.programme_id not in served
    ]


@blueprint.post("/start")
@requires(Permission.BUSINESS_APPLY)
def start() -> Any:
    """Begin an application in an open round, or go on with the one begun there."""
    round_ = round_by_reference(posted_reference("round"))
    application = start_application(
        round=round_, business=business_of(current_member()), by=current_user.id, at=clock.now()
    )
    return redirect(url_for(".application", reference=application.reference))


@blueprint.get("/<reference>")
@requires(Permission.BUSINESS_READ)
def application(reference: str) -> Any:
    """The task list while the form is being written, else how the application stands."""
    found = drafts.application_for(current_member(), reference)
    if found.status is ApplicationStatus.DRAFT:
        return _task_list(found)
    return render_template(
        "business/applications/standing.html", application=found, **standing_context(found)
    )


def _task_list(found: Application) -> str:
    done, asked = parts_done(found)
    return render_template(
        "business/applications/task_list.html",
        application=found,
        groups=task_groups(found),
        done=done,
        asked=asked,
    )


@blueprint.get("/<reference>/answers")
@requires(Permission.BUSINESS_READ)
def answers(reference: str) -> Any:
    """Everything that was answered; before it is sent, what the rules would say, and the button."""
    found = drafts.application_for(current_member(), reference)
    return _answers(found, ConfirmForm())


def _answers(found: Application, form: ConfirmForm) -> str:
    writable = found.status in WRITABLE
    return render_template(
        "business/applications/answers.html",
        application=found,
        form=form,
        writable=writable,
        missing=missing_parts(found) if writable else (),
        **answers_context(found, holds_voucher=_holds_voucher(found) if writable else False),
    )


def _holds_voucher(found: Application) -> bool:
    """Whether this entry of the enterprise holds one. Its other entries are no business of ours
    to tell: whoever types a rival's number would learn of the rival's voucher. Officers' checks
    and the award itself look at every entry.
    """
    return holds_live_voucher(found.round.programme_id, [found.business_id])


@blueprint.post("/<reference>/submit")
@requires(Permission.BUSINESS_APPLY)
def submit(reference: str) -> Any:
    """Send the application. Sent twice it is sent once."""
    found = drafts.application_for(current_member(), reference)
    form = ConfirmForm()
    try:
        send(
            application=found,
            by=current_user.id,
            at=clock.now(),
            holds_live_voucher=_holds_voucher(found),
        )
    except Invalid as error:
        form.form_errors.append(str(error))
        return _answers(drafts.application_for(current_member(), reference), form), 422
    flash("Your application has been sent.", "success")
    return redirect(url_for(".application", reference=reference))


@blueprint.route("/<reference>/withdraw", methods=["GET", "POST"])
@requires(Permission.BUSINESS_APPLY)
def withdraw(reference: str) -> Any:
    """Say what taking the application back means, and do it."""
    found = drafts.application_for(current_member(), reference)
    if found.status not in drafts.OPEN_STATUSES:
        return redirect(url_for(".application", reference=reference))
    form = ConfirmForm()
    if form.validate_on_submit():
        take_back(application=found, by=current_user.id, at=clock.now())
        flash("The application has been withdrawn.", "success")
        return redirect(url_for(".application", reference=reference))
    return render_template("business/applications/withdraw.html", application=found, form=form)


@blueprint.route("/<reference>/appeal", methods=["GET", "POST"])
@requires(Permission.BUSINESS_APPLY)
def appeal(reference: str) -> Any:
    """Contest a refusal."""
    found = drafts.application_for(current_member(), reference)
    if found.status is not ApplicationStatus.REFUSED:
        raise Conflict("There is no refusal to appeal against.")
    form = AppealForm()
    if form.validate_on_submit() and _appealed(found, form):
        flash("Your appeal has been sent.", "success")
        return redirect(url_for(".application", reference=reference))
    page = render_template("business/applications/appeal.html", application=found, form=form)
    return page, 422 if form.is_submitted() else 200


def _appealed(found: Application, form: AppealForm) -> bool:
    try:
        make_appeal(
            application=found, grounds=form.grounds.data, by=current_user.id, at=clock.now()
        )
    except Invalid as error:
        form.refuse(error)
        return False
    return True
