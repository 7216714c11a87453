"""Providers: who waits to be checked, one provider's checklist, approval, suspension."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_login import current_user

from voucher.accounts.permissions import Permission
from voucher.accounts.queries import names_of
from voucher.core import clock
from voucher.core.errors import Conflict, Invalid
from voucher.files.queries import files_of
from voucher.payments.queries.left import left_by
from voucher.providers import operations, queries
from voucher.providers.models import (
    Departure,
    DueDiligenceItem,
    DueDiligenceStatus,
    Provider,
    ProviderStatus,
)
from voucher.providers.rules import in_force, work_obstacles
from voucher.web.access import requires
from voucher.web.paging import page_number
from voucher.web.staff.providers_forms import (
    EVERY,
    CheckForm,
    GoneForm,
    ProvidersForm,
    ReasonForm,
    VatForm,
    check_form,
)

blueprint = Blueprint("staff_providers", __name__, url_prefix="/staff/providers")

COLOURS = {
    ProviderStatus.DRAFT: "grey",
    ProviderStatus.SUBMITTED: "blue",
    ProviderStatus.APPROVED: "green",
    ProviderStatus.REFUSED: "red",
    ProviderStatus.SUSPENDED: "orange",
}
ITEM_COLOURS = {
    DueDiligenceStatus.WAITING: "grey",
    DueDiligenceStatus.PROVIDED: "blue",
    DueDiligenceStatus.PASSED: "green",
    DueDiligenceStatus.FAILED: "red",
}


@blueprint.get("/")
@requires(Permission.PROVIDER_READ)
def providers() -> str:
    """Providers by status; first those with something to check or running out."""
    form = ProvidersForm(request.args)
    text = (form.q.data or "").strip() if form.validate() else ""
    status = form.chosen_status(text)
    today = clock.today()
    return render_template(
        "staff/providers/list.html",
        form=form,
        found=queries.provider_list(status, text, today, page_number()),
        text=text,
        narrowed=bool(text) and status != EVERY,
        wanted={name: request.args[name] for name in ("q", "status") if request.args.get(name)},
        colours=COLOURS,
        today=today,
    )


@blueprint.get("/<reference>")
@requires(Permission.PROVIDER_READ)
def provider(reference: str) -> str:
    """One provider on one page: status, checklist, facts, documents, offerings."""
    found = queries.provider_by_reference(reference)
    today, agreed = clock.today(), queries.last_agreement(found.id)
    people = [found.approved_by_id, agreed.agreement.agreed_by_id if agreed else None]
    return render_template(
        "staff/providers/provider.html",
        provider=found,
        colour=COLOURS[found.status],
        item_colours=ITEM_COLOURS,
        in_force={item.id: in_force(item, today) for item in found.items},
        ready=all(in_force(item, today) for item in found.items),
        obstacles=work_obstacles(found, found.items, today),
        files={file.id: file for file in files_of(found)},
        offerings=queries.offerings_of(found.id),
        agreed=agreed,
        names=names_of([*people, *(item.checked_by_id for item in found.items)]),
    )


@blueprint.route("/<reference>/check/<kind>", methods=["GET", "POST"])
@requires(Permission.PROVIDER_ASSESS)
def check(reference: str, kind: str) -> Any:
    """Accept one line of the checklist, or say why not."""
    found = queries.provider_by_reference(reference)
    item = queries.item_of(found, kind)
    form = check_form(item)
    if form.validate_on_submit() and _checked(item, form):
        flash(f"{item.kind.staff_label}: {item.status.staff_label.lower()}.", "success")
        return redirect(url_for(".provider", reference=reference))
    page = render_template(
        "staff/providers/check.html",
        form=form,
        provider=found,
        item=item,
        file=next((file for file in files_of(found) if file.id == item.file_id), None),
    )
    return page, 422 if form.is_submitted() else 200


def _checked(item: DueDiligenceItem, form: CheckForm) -> bool:
    try:
        operations.check_item(
            item=item,
            passed=form.verdict.data == "passed",
            note=form.note.data or "",
            expires_on=form.expires_on.data if "expires_on" in form else None,
            by=current_user.id,
            at=clock.now(),
        )
    except Invalid as error:
        form.refuse(error)
        return False
    return True


@blueprint.post("/<reference>/approve")
@requires(Permission.PROVIDER_ASSESS)
def approve(reference: str) -> Any:
    """Admit the provider."""
    found = queries.provider_by_reference(reference)
    operations.approve(provider=found, by=current_user.id, at=clock.now())
    flash("The provider is approved and can publish offerings.", "success")
    return redirect(url_for(".provider", reference=reference))


@blueprint.route("/<reference>/refuse", methods=["GET", "POST"])
@requires(Permission.PROVIDER_ASSESS)
def refuse(reference: str) -> Any:
    """Refuse the registration with a reason."""
    return _with_reason(
        reference,
        "refuse",
        operations.refuse,
        done="The registration has been refused. The provider reads your reason.",
    )


@blueprint.route("/<reference>/suspend", methods=["GET", "POST"])
@requires(Permission.PROVIDER_ASSESS)
def suspend(reference: str) -> Any:
    """Suspend the provider, at once everywhere."""
    return _with_reason(
        reference,
        "suspend",
        operations.suspend,
        done="The provider is suspended: no new work, no redemption, no payment.",
    )


@blueprint.post("/<reference>/reinstate")
@requires(Permission.PROVIDER_ASSESS)
def reinstate(reference: str) -> Any:
    """End the suspension."""
    found = queries.provider_by_reference(reference)
    operations.reinstate(provider=found, by=current_user.id, at=clock.now())
    flash("The suspension has ended.", "success")
    return redirect(url_for(".provider", reference=reference))


@blueprint.route("/<reference>/gone", methods=["GET", "POST"])
@requires(Permission.PROVIDER_ASSESS)
def gone(reference: str) -> Any:
    """Say that the provider is insolvent or gone: suspended at once, its choices given back."""
    found, form = queries.provider_by_reference(reference), GoneForm()
    if form.carried_out(
        lambda: operations.mark_gone(
            provider=found,
            departure=Departure(form.departure.data),
            reason=form.reason.data or "",
            by=current_user.id,
            at=clock.now(),
        )
    ):
        flash("The provider is gone. Now settle what it leaves.", "success")
        return redirect(url_for(".left", reference=reference))
    page = render_template("staff/providers/gone.html", form=form, provider=found)
    return page, 422 if form.is_submitted() else 200


@blueprint.route("/<reference>/vat", methods=["GET", "POST"])
@requires(Permission.PROVIDER_ASSESS)
def vat(reference: str) -> Any:
    """Put right whether the provider is registered for VAT."""
    found = queries.provider_by_reference(reference)
    now = {"registered": "yes" if found.vat_registered else "no", "vat_number": found.vat_number}
    form = VatForm(data=now)
    if form.carried_out(
        lambda: operations.correct_vat(
            provider=found,
            registered=form.registered.data == "yes",
            number=form.vat_number.data or "",
            reason=form.reason.data or "",
            by=current_user.id,
            at=clock.now(),
        )
    ):
        flash("The VAT registration is put right.", "success")
        return redirect(url_for(".provider", reference=reference))
    page = render_template("staff/providers/vat.html", form=form, provider=found)
    return page, 422 if form.is_submitted() else 200


@blueprint.get("/<reference>/left")
@requires(Permission.PROVIDER_READ)
def left(reference: str) -> str:
    """What is open of a provider: choices, work begun, claims, payments, debts."""
    found = queries.provider_by_reference(reference)
    return render_template(
        "staff/providers/left.html",
        provider=found,
        colour=COLOURS[found.status],
        left=left_by(found.id),
    )


def _with_reason(reference: str, action: str, operation: Any, *, done: str) -> Any:
    found = queries.provider_by_reference(reference)
    form = ReasonForm()
    if form.validate_on_submit() and _acted(operation, found, form):
        flash(done, "success")
        return redirect(url_for(".provider", reference=reference))
    page = render_template("staff/providers/reason.html", form=form, provider=found, action=action)
    return page, 422 if form.is_submitted() else 200


def _acted(operation: Any, provider: Provider, form: ReasonForm) -> bool:
    try:
        operation(provider=provider, reason=form.reason.data, by=current_user.id, at=clock.now())
    except Invalid as error:
        form.refuse(error)
    except Conflict as error:
        form.refuse(Invalid(str(error), "reason"))
    else:
        return True
    return False
