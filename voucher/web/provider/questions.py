"""Questions of businesses that have not chosen yet: the list, one question, its answer."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, url_for
from flask_login import current_user

from voucher.accounts.permissions import Permission
from voucher.businesses.outcome_areas import wording_of
from voucher.core import clock
from voucher.matching.dialogue import operations, queries
from voucher.matching.dialogue.rules import LONGEST_ANSWER, unnamed
from voucher.web.access import current_member, requires
from voucher.web.forms import Answered, AtMost, ServiceForm, TextAreaField
from voucher.web.paging import page_number

blueprint = Blueprint("provider_questions", __name__, url_prefix="/provider/questions")


class AnswerForm(ServiceForm):
    """The provider's answer."""

    words = TextAreaField(
        "Your answer",
        [Answered("Write your answer."), AtMost(LONGEST_ANSWER)],
        description="The business reads this beside your offering. Leave out how to reach you: "
        "you can talk directly once it has chosen you and you have accepted.",
    )


@blueprint.get("/")
@requires(Permission.PROVIDER_WORK)
def questions() -> str:
    """Every question, those that wait first."""
    found = queries.enquiries_of(current_member().provider_id or 0, page_number())
    return render_template("provider/questions/list.html", found=found)


@blueprint.route("/<reference>", methods=["GET", "POST"])
@requires(Permission.PROVIDER_WORK)
def question(reference: str) -> Any:
    """One question with the problem behind it, and its answer."""
    found = queries.enquiry_for_provider(current_member().provider_id or 0, reference)
    form = AnswerForm()
    if form.carried_out(
        lambda: operations.answer(
            question=found.question,
            words=form.words.data or "",
            by=current_user.id,
            at=clock.now(),
        )
    ):
        flash("Your answer has been sent.", "success")
        return redirect(url_for(".questions"))
    page = render_template(
        "provider/questions/question.html",
        found=found,
        form=form,
        problem=[
            unnamed(words or "", found.business.name)
            for words in (found.application.problem_today, found.application.problem_better)
        ],
        areas=[wording_of(code).label for code in found.application.outcome_areas],
    )
    return page, 422 if form.is_submitted() else 200
