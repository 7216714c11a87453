"""Checks before paying: doubts that wait for an officer, the answers, the sanctions list."""

import re
from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask_login import current_user
from markupsafe import Markup

from voucher.accounts.permissions import Permission
from voucher.accounts.queries import names_of
from voucher.claims import queries as claims
from voucher.claims.operations.doubts import answer, check_again, kept_from
from voucher.claims.queries.screening import referral_file, referred
from voucher.core import clock
from voucher.core.db import session
from voucher.core.errors import Conflict, Invalid
from voucher.screening.list_file import UnreadableList, read_list
from voucher.screening.models import EndedReason
from voucher.screening.operations.lists import import_list
from voucher.screening.queries import is_of_ended_business, list_warning, lists, read_list_ahead
from voucher.web.access import requires
from voucher.web.display import counted
from voucher.web.paging import page_number
from voucher.web.staff.screening_forms import (
    LARGEST_LIST_BYTES,
    AnswerForm,
    EndedForm,
    SanctionsFileForm,
)

blueprint = Blueprint("staff_screening", __name__, url_prefix="/staff/screening")

CLAIM_NUMBER = re.compile(r"(CLM-[0-9A-Z]{4}-[0-9A-Z]{4})")
KINDS = {"individual": "A person", "entity": "An organisation", "ship": "A ship"}
"""What the list's kinds of target are called on the pages."""


@blueprint.url_value_preprocessor
def admit_a_whole_list(endpoint: str | None, _values: dict[str, Any] | None) -> None:
    """Let a signed-in person send a file as large as the published list, on its own page alone.

    Before anything reads the request: the other pages keep the service's limit.
    """
    sends = request.method == "POST" and endpoint == f"{blueprint.name}.{sanctions_list.__name__}"
    if sends and current_user.is_authenticated:
        request.max_content_length = LARGEST_LIST_BYTES + 64 * 1024


@blueprint.app_template_filter()
def with_claims_linked(words: str) -> Markup:
    """A sentence about claims with each claim's number as a link to its page. Escapes the rest."""
    parts = CLAIM_NUMBER.split(words)
    link = Markup('<a class="govuk-link" href="{}">{}</a>')
    return Markup("").join(
        link.format(url_for("staff_claims.claim", reference=part), part) if place % 2 else part
        for place, part in enumerate(parts)
    )


@blueprint.get("/")
@requires(Permission.CLAIM_READ)
def waiting() -> str:
    """Doubts that wait for an officer, the oldest first, and which list is in use."""
    return render_template(
        "staff/screening/waiting.html",
        found=referred(page_number()),
        list_warning=list_warning(clock.today()),
    )


@blueprint.route("/doubts/<int:number>", methods=["GET", "POST"])
@requires(Permission.DOUBT_ANSWER)
def doubt(number: int) -> Any:
    """One doubt with what was compared, and the officer's answer."""
    found = referral_file(min(number, 2**63 - 1))
    if found is None:
        abort(404)
    form = EndedForm() if is_of_ended_business(found.referral) else AnswerForm()
    if form.carried_out(lambda: _answered(found, form)):
        flash("Your answer is kept.", "success")
        return redirect(url_for("staff_claims.claim", reference=found.claim.reference))
    names = names_of([found.referral.answered_by_id, found.referral.seconded_by_id])
    page = render_template(
        "staff/screening/doubt.html",
        found=found,
        form=form,
        names=names,
        kept_from=kept_from(claim=found.claim, referral=found.referral, by=current_user.id),
        kinds=KINDS,
    )
    return page, 422 if form.is_submitted() else 200


def _answered(found: Any, form: AnswerForm | EndedForm) -> None:
    """Keep the officer's answer; on a business that is dissolved the reason says which it is."""
    reason = None
    if isinstance(form, EndedForm):
        reason = EndedReason(form.reason.data)
        clears = reason.pays
    else:
        clears = form.verdict.data == "clear"
    answer(
        claim=found.claim,
        referral=found.referral,
        clears=clears,
        note=form.note.data or "",
        by=current_user.id,
        at=clock.now(),
        reason=reason,
    )


@blueprint.post("/claims/<reference>/again")
@requires(Permission.CLAIM_CHECK)
def again(reference: str) -> Any:
    """Make the checks of a claim anew, now."""
    read_list_ahead()
    found = claims.claim_for_staff(reference)
    check_again(claim=found.claim, by=current_user.id, at=clock.now())
    flash("The checks were made again.", "success")
    return redirect(url_for("staff_claims.claim", reference=reference))


@blueprint.route("/list", methods=["GET", "POST"])
@requires(Permission.DOUBT_ANSWER)
def sanctions_list() -> Any:
    """Take a sanctions list in, the whole of it or nothing."""
    form, problems = SanctionsFileForm(), ()
    if form.validate_on_submit():
        try:
            made = _take_in(form)
        except UnreadableList as error:
            problems = error.problems
        except (Invalid, Conflict) as error:
            form.file.errors = [*form.file.errors, str(error)]
        else:
            flash(
                f"The list is in use: {counted(made.entries, 'target')}. "
                "Claims that wait are checked anew.",
                "success",
            )
            return redirect(url_for(".sanctions_list"))
    page = render_template(
        "staff/screening/list.html",
        form=form,
        problems=problems,
        lists=lists(),
        list_warning=list_warning(clock.today()),
    )
    return page, 422 if form.is_submitted() else 200


def _take_in(form: SanctionsFileForm) -> Any:
    """Read the file, which takes a second or two, before the transaction that keeps it begins:
    on SQLite nobody else could write meanwhile."""
    upload, by = form.file.data, current_user.id
    if not upload:
        raise Invalid("Choose the file.", "file")
    session.rollback()
    content = read_list(upload.stream)
    return import_list(
        content=content, file_name=upload.filename or "list.csv", by=by, at=clock.now()
    )
