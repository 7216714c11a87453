"""What is added to an application piece by piece: proof of identity, earlier public support."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_login import current_user

from voucher.accounts.permissions import Permission
from voucher.applications.models import Application
from voucher.applications.operations import papers
from voucher.applications.operations.draft import WRITABLE
from voucher.applications.queries.drafts import application_for, evidence_of
from voucher.core import clock
from voucher.core.errors import Invalid
from voucher.integrations.storage.store import ContentStore
from voucher.subsidy.operations import Declaration
from voucher.subsidy.queries import declared_by
from voucher.subsidy.rules import AssistanceLabel, Relation, window_start
from voucher.web.access import current_member, requires
from voucher.web.business.papers_forms import LABELS, EvidenceForm, SupportRecordForm
from voucher.web.business.tasks import address_after
from voucher.web.configuration import settings

blueprint = Blueprint("business_papers", __name__, url_prefix="/business/applications")


@blueprint.route("/<reference>/evidence", methods=["GET", "POST"])
@requires(Permission.BUSINESS_APPLY)
def evidence(reference: str) -> Any:
    """The proof handed in so far, and a form to add a file."""
    application = application_for(current_member(), reference)
    if application.status not in WRITABLE:
        return redirect(_page_of(application))
    form = EvidenceForm()
    if form.validate_on_submit() and _added(application, form):
        flash("The file has been added.", "success")
        return redirect(url_for(".evidence", reference=reference))
    page = render_template(
        "business/applications/evidence.html",
        application=application,
        form=form,
        files=evidence_of(application),
        after=address_after(application, "evidence"),
    )
    return page, 422 if form.is_submitted() else 200


def _added(application: Application, form: EvidenceForm) -> bool:
    upload = form.upload.data
    try:
        papers.add_evidence(
            application=application,
            stream=upload.stream,
            name=upload.filename or "",
            store=ContentStore(settings().data_dir / "files"),
            by=current_user.id,
            at=clock.now(),
        )
    except Invalid as error:
        form.refuse(error)
        return False
    return True


@blueprint.post("/<reference>/evidence/remove")
@requires(Permission.BUSINESS_APPLY)
def remove_evidence(reference: str) -> Any:
    """Take one file back."""
    application = application_for(current_member(), reference)
    papers.remove_evidence(
        application=application,
        reference=request.form.get("file", ""),
        by=current_user.id,
        at=clock.now(),
    )
    flash("The file has been removed.", "success")
    return redirect(url_for(".evidence", reference=reference))


@blueprint.get("/<reference>/support")
@requires(Permission.BUSINESS_APPLY)
def support(reference: str) -> Any:
    """What has been declared so far."""
    application = application_for(current_member(), reference)
    if application.status not in WRITABLE:
        return redirect(_page_of(application))
    return render_template(
        "business/applications/support.html",
        application=application,
        records=declared_by(application.business_id),
        labels={label.value: words for label, (words, _hint) in LABELS.items()},
        window_start=window_start(clock.today()),
        after=address_after(application, "support"),
    )


@blueprint.route("/<reference>/support/add", methods=["GET", "POST"])
@requires(Permission.BUSINESS_APPLY)
def add_support(reference: str) -> Any:
    """Add one piece of earlier support."""
    application = application_for(current_member(), reference)
    if application.status not in WRITABLE:
        return redirect(_page_of(application))
    form = SupportRecordForm(data={"recipient": application.business.name})
    if form.validate_on_submit() and _declared(application, form):
        flash("The amount has been added.", "success")
        return redirect(url_for(".support", reference=reference))
    page = render_template(
        "business/applications/support_add.html", application=application, form=form
    )
    return page, 422 if form.is_submitted() else 200


def _declared(application: Application, form: SupportRecordForm) -> bool:
    declaration = Declaration(
        label=AssistanceLabel(form.label.data),
        amount_pence=form.amount_pence.data,
        given_on=form.given_on.data,
        given_by=form.given_by.data,
        recipient=form.recipient.data,
        relation=Relation(form.relation.data),
        recipient_number=form.recipient_number.data or "",
    )
    try:
        papers.add_support(
            application=application, declaration=declaration, by=current_user.id, at=clock.now()
        )
    except Invalid as error:
        form.refuse(error)
        return False
    return True


@blueprint.post("/<reference>/support/remove")
@requires(Permission.BUSINESS_APPLY)
def remove_support(reference: str) -> Any:
    """Take one declared piece back."""
    application = application_for(current_member(), reference)
    record = request.form.get("record", "")
    number = int(record) if record.isascii() and record.isdigit() and len(record) < 18 else 0
    papers.remove_support(
        application=application, record_id=number, by=current_user.id, at=clock.now()
    )
    flash("The amount has been removed.", "success")
    return redirect(url_for(".support", reference=reference))


def _page_of(application: Application) -> str:
    return url_for("business_applications.application", reference=application.reference)
