"""The parts of the application form, one thing a page."""

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, redirect, render_template, url_for
from flask_login import current_user

from voucher.accounts.permissions import Permission
from voucher.applications.models import Application
from voucher.applications.operations.draft import WRITABLE, save_section
from voucher.applications.queries.drafts import application_for
from voucher.applications.sections import Section, section_of
from voucher.core import clock
from voucher.core.errors import Invalid, NotFound
from voucher.subsidy.rules import window_start
from voucher.web.access import current_member, requires
from voucher.web.business.sections_forms import PAGES
from voucher.web.business.tasks import address_after, address_of_part
from voucher.web.forms import ServiceForm

blueprint = Blueprint("business_sections", __name__, url_prefix="/business/applications")


@blueprint.route("/<reference>/parts/<code>", methods=["GET", "POST"])
@requires(Permission.BUSINESS_APPLY)
def part(reference: str, code: str) -> Any:
    """Show or save one part; afterwards the next one that is still to do."""
    application = application_for(current_member(), reference)
    section = section_of(code)
    if section is None or code not in PAGES:
        raise NotFound("The application has no such part.")
    if moved := _elsewhere(application, section):
        return redirect(moved)
    page = PAGES[code]
    form = page.make(application)
    if form.validate_on_submit() and _saved(application, code, form, page.meant(form)):
        return redirect(_after(application, code))
    answer = render_template(
        "business/applications/part.html",
        application=application,
        section=section,
        form=form,
        window_start=window_start(clock.today()),
    )
    return answer, 422 if form.is_submitted() else 200


def _elsewhere(application: Application, section: Section) -> str | None:
    """Where to go instead: a closed form shows how it stands, a part out of turn what it needs."""
    if application.status not in WRITABLE:
        return url_for("business_applications.application", reference=application.reference)
    if section.needs and section.needs not in application.sections_done:
        return address_of_part(application, section.needs)
    return None


def _saved(
    application: Application, code: str, form: ServiceForm, values: Mapping[str, Any]
) -> bool:
    try:
        save_section(
            application=application,
            section=code,
            values=values,
            by=current_user.id,
            at=clock.now(),
        )
    except Invalid as error:
        form.refuse(error)
        return False
    return True


def _after(application: Application, code: str) -> str:
    if code == "support" and application.assistance_declared:
        return url_for("business_papers.support", reference=application.reference)
    return address_after(application, code)
