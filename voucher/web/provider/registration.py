"""Registering: the profile, the due-diligence checklist with its proofs, sending it in."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, url_for
from flask_login import current_user

from voucher.accounts.permissions import Permission
from voucher.accounts.queries import names_of
from voucher.core import clock
from voucher.core.errors import Conflict, Invalid
from voucher.files.models import StoredFile
from voucher.files.operations import store
from voucher.providers import operations
from voucher.providers.models import (
    DueDiligenceItem,
    DueDiligenceKind,
    Provider,
    ProviderStatus,
)
from voucher.providers.operations.registration import FIXED_ONCE_APPROVED
from voucher.providers.queries import item_of, last_agreement, provider_of, terms_in_use
from voucher.providers.rules import may_provide
from voucher.web.access import current_member, requires
from voucher.web.configuration import services
from voucher.web.provider.registration_forms import (
    ProfileForm,
    TermsForm,
    item_form,
    profile_values,
)
from voucher.web.provider.tasks import TITLES, is_complete, registration_tasks

blueprint = Blueprint("provider_registration", __name__, url_prefix="/provider")


@blueprint.get("/checklist")
@requires(Permission.PROVIDER_PROFILE)
def checklist() -> str:
    """Every line of the registration and how it stands; the button that sends it in."""
    provider = provider_of(current_member())
    return render_template(
        "provider/registration/checklist.html",
        provider=provider,
        tasks=registration_tasks(provider, clock.today()),
        complete=is_complete(provider),
        sendable=provider.status in (ProviderStatus.DRAFT, ProviderStatus.REFUSED),
    )


@blueprint.route("/registration", methods=["GET", "POST"])
@requires(Permission.PROVIDER_PROFILE)
def profile() -> Any:
    """The facts about the organisation; what was checked at approval is shown and stays."""
    provider = provider_of(current_member())
    form = ProfileForm(data=profile_values(provider))
    fixed = provider.status in (ProviderStatus.APPROVED, ProviderStatus.SUSPENDED)
    if fixed:
        for name in FIXED_ONCE_APPROVED:
            del form[name]
    if form.validate_on_submit() and _saved(provider, form):
        flash("Your details have been saved.", "success")
        return redirect(url_for(".checklist"))
    page = render_template(
        "provider/registration/profile.html", form=form, provider=provider, fixed=fixed
    )
    return page, 422 if form.is_submitted() else 200


def _saved(provider: Provider, form: ProfileForm) -> bool:
    try:
        operations.save_profile(
            provider=provider, values=form.values(), by=current_user.id, at=clock.now()
        )
    except Invalid as error:
        form.refuse(error)
    except Conflict as error:
        form.refuse(Invalid(str(error), "company_number"))
    else:
        return True
    return False


@blueprint.route("/checklist/<kind>", methods=["GET", "POST"])
@requires(Permission.PROVIDER_PROFILE)
def item(kind: str) -> Any:
    """Answer one line of the checklist."""
    provider = provider_of(current_member())
    line = item_of(provider, kind)
    if not may_provide(line, provider):
        return redirect(url_for(".checklist"))
    if line.kind is DueDiligenceKind.TERMS:
        return _agree(provider, line)
    form = item_form(line)
    if form.validate_on_submit() and _provided(provider, line, form):
        flash(f"{TITLES[kind]}: saved.", "success")
        return redirect(url_for(".checklist"))
    page = render_template(
        "provider/registration/item.html", form=form, line=line, title=TITLES[kind]
    )
    return page, 422 if form.is_submitted() else 200


def _agree(provider: Provider, line: DueDiligenceItem) -> Any:
    """The newest terms in full and the box to tick; the form names the version that was read."""
    terms = terms_in_use()
    form = TermsForm(data={"version": str(terms.version)})
    if form.validate_on_submit():
        try:
            operations.agree_to_terms(
                provider=provider, version=form.read_version, by=current_user.id, at=clock.now()
            )
        except Conflict as error:
            form.version.data = str(terms.version)
            form.refuse(Invalid(str(error), "agree"))
        else:
            flash(f"{TITLES['terms']}: saved.", "success")
            return redirect(url_for(".checklist"))
    page = render_template("provider/registration/agree.html", form=form, line=line, terms=terms)
    return page, 422 if form.is_submitted() else 200


@blueprint.get("/terms")
@requires(Permission.PROVIDER_PROFILE)
def terms() -> str:
    """The terms that the provider has agreed to, with who did and when."""
    agreed = last_agreement(provider_of(current_member()).id)
    return render_template(
        "provider/registration/terms.html",
        agreed=agreed,
        newest=terms_in_use(),
        names=names_of([agreed.agreement.agreed_by_id]) if agreed else {},
    )


def _provided(provider: Provider, line: DueDiligenceItem, form: Any) -> bool:
    try:
        operations.provide_item(
            provider=provider,
            kind=line.kind,
            statement=form.statement.data or "",
            file=_stored(provider, form),
            expires_on=form.expires_on.data if "expires_on" in form else None,
            by=current_user.id,
            at=clock.now(),
        )
    except Invalid as error:
        form.refuse(error)
        return False
    return True


def _stored(provider: Provider, form: Any) -> StoredFile | None:
    upload = form.upload.data if "upload" in form else None
    if not upload:
        return None
    return store(
        stream=upload.stream,
        name=upload.filename or "",
        purpose="due_diligence",
        subject=provider,
        by=current_user.id,
        at=clock.now(),
        store=services().store,
        provider_id=provider.id,
    )


@blueprint.post("/checklist/send")
@requires(Permission.PROVIDER_PROFILE)
def send() -> Any:
    """Send the registration in to be checked."""
    provider = provider_of(current_member())
    try:
        operations.submit(provider=provider, by=current_user.id, at=clock.now())
    except Invalid as error:
        raise Conflict(str(error)) from error
    flash("Your registration has been sent. We will look at it within 5 working days.", "success")
    return redirect(url_for("provider_home.home"))
