"""Voluntary questions for equality monitoring, after an application was sent. Kept apart from it.

Answers are never shown again, to anybody: others of the business may open this page too.
"""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, url_for
from wtforms import SelectChoice

from voucher.accounts.permissions import Permission
from voucher.applications.models import ApplicationStatus
from voucher.applications.queries.drafts import application_for
from voucher.core import clock
from voucher.core.errors import Conflict
from voucher.equality.operations import answer, is_over, take_back
from voucher.equality.queries import has_answered
from voucher.equality.rules import QUESTIONS
from voucher.web.access import current_member, requires
from voucher.web.business.applications_forms import ConfirmForm
from voucher.web.configuration import settings
from voucher.web.forms import ChoiceField, ServiceForm

blueprint = Blueprint("business_equality", __name__, url_prefix="/business/applications")


class EqualityForm(ServiceForm):
    """The five questions; each may be left blank."""


for _each in QUESTIONS:
    setattr(
        EqualityForm,
        _each.code,
        ChoiceField(
            _each.words,
            choices=[SelectChoice(code.value, words) for code, words in _each.options.items()],
            description=_each.hint,
        ),
    )


def _key() -> bytes:
    return settings().digest_key.encode()


@blueprint.route("/<reference>/equality", methods=["GET", "POST"])
@requires(Permission.BUSINESS_APPLY)
def questions(reference: str) -> Any:
    """Say what the questions are for, and keep the answers apart from the application."""
    found = application_for(current_member(), reference)
    if found.submitted_at is None:
        raise Conflict("These questions are asked once an application has been sent.")
    answered = has_answered(found, _key())
    withdrawn = found.status is ApplicationStatus.WITHDRAWN
    closed = withdrawn or is_over(found, clock.today())
    form = EqualityForm()
    if not (answered or closed) and form.carried_out(
        lambda: answer(
            application=found,
            answers={each.code: form[each.code].data for each in QUESTIONS},
            key=_key(),
            on=clock.today(),
        )
    ):
        flash("Thank you. Your answers are kept apart from your application.", "success")
        return redirect(url_for("business_applications.application", reference=reference))
    page = render_template(
        "business/equality/questions.html",
        application=found,
        form=form,
        answered=answered,
        closed=closed,
        withdrawn=withdrawn,
        fields=[form[each.code] for each in QUESTIONS],
    )
    return page, 422 if form.is_submitted() and not (answered or closed) else 200


@blueprint.route("/<reference>/equality/delete", methods=["GET", "POST"])
@requires(Permission.BUSINESS_APPLY)
def delete(reference: str) -> Any:
    """Take the answers back: they are deleted at once."""
    found = application_for(current_member(), reference)
    form = ConfirmForm()
    if form.validate_on_submit():
        take_back(application=found, key=_key())
        flash("Your answers have been deleted.", "success")
        return redirect(url_for("business_applications.application", reference=reference))
    return render_template("business/equality/delete.html", application=found, form=form)
