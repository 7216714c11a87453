"""Before the choice: offerings side by side, questions; and the other day a provider names."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_login import current_user

from voucher.accounts.permissions import Permission
from voucher.businesses.outcome_areas import wording_of
from voucher.core import clock
from voucher.matching import queries
from voucher.matching.dialogue import operations
from voucher.matching.dialogue import queries as dialogue
from voucher.matching.dialogue.rules import LONGEST_QUESTION
from voucher.vouchers.models import VoucherStatus
from voucher.vouchers.queries import VoucherPage
from voucher.web.access import requires
from voucher.web.business.matches import (
    amounts_of,
    listed_entry,
    live_choice,
    my_voucher,
    reasons_of,
)
from voucher.web.business.vouchers import standing_of
from voucher.web.display import day
from voucher.web.forms import Answered, AtMost, ServiceForm, TextAreaField

blueprint = Blueprint("business_dialogue", __name__, url_prefix="/business/vouchers")
MOST_COMPARED = 4


class QuestionForm(ServiceForm):
    """What the business wants to know before it chooses."""

    words = TextAreaField(
        "Your question",
        [Answered("Write your question."), AtMost(LONGEST_QUESTION)],
        description="The provider sees the problem you described and your postcode district. It "
        "does not see who you are, so leave out names, addresses and telephone numbers.",
    )


@blueprint.get("/<reference>/compare")
@requires(Permission.BUSINESS_USE_VOUCHER)
def compare(reference: str) -> Any:
    """Up to four offerings of the list side by side; the first ones where none is named."""
    found = my_voucher(reference)
    made = queries.latest_shortlist(found.voucher.application_id)
    if made is None or not made.entries:
        return redirect(url_for("business_matches.shortlist", reference=reference))
    wanted = {each.upper() for each in request.args.getlist("offering")}
    chosen = [each for each in made.entries if each.offering.reference in wanted]
    return render_template(
        "business/matching/compare.html",
        found=found,
        entries=[
            (entry, amounts_of(found, entry), reasons_of(entry))
            for entry in (chosen or made.entries)[:MOST_COMPARED]
        ],
        too_many=len(chosen) > MOST_COMPARED,
        left_out=len(made.entries) > MOST_COMPARED,
        start_of=_start_of,
        on_offer=queries.on_offer,
        open_to_choose=_is_open(found),
        area_label=lambda code: wording_of(code).label,
    )


def _start_of(reasons: list[dict[str, Any]]) -> Any:
    """The next start that stands among the reasons, if one does."""
    return next((each["start_on"] for each in reasons if "start_on" in each), None)


def _is_open(found: VoucherPage) -> bool:
    """Whether something can be chosen with the voucher: it is live, and nothing is chosen."""
    usable = standing_of(found.voucher) is VoucherStatus.ISSUED
    return usable and queries.live_match(queries.matches_of(found.voucher.id)) is None


@blueprint.get("/<reference>/questions")
@requires(Permission.BUSINESS_USE_VOUCHER)
def questions(reference: str) -> str:
    """Everything asked with this voucher, and the answers."""
    found = my_voucher(reference)
    return render_template(
        "business/matching/questions.html",
        found=found,
        questions=dialogue.questions_of(found.voucher.id),
    )


@blueprint.route("/<reference>/ask/<offering>", methods=["GET", "POST"])
@requires(Permission.BUSINESS_USE_VOUCHER)
def ask(reference: str, offering: str) -> Any:
    """Ask the provider of an offering on the list."""
    found, form = my_voucher(reference), QuestionForm()
    asked = listed_entry(found, offering).offering
    if form.carried_out(
        lambda: operations.ask(
            voucher=found.voucher,
            offering=asked,
            words=form.words.data or "",
            by=current_user.id,
            at=clock.now(),
        )
    ):
        flash("Your question has been sent. We write to you when it is answered.", "success")
        return redirect(url_for(".questions", reference=reference))
    page = render_template("business/matching/ask.html", found=found, form=form, offering=asked)
    return page, 422 if form.is_submitted() else 200


@blueprint.post("/<reference>/another-day")
@requires(Permission.BUSINESS_USE_VOUCHER)
def take_day(reference: str) -> Any:
    """Take the other day that was shown, and agree."""
    found, typed = my_voucher(reference), request.form.get("day", "")
    match = live_choice(found)
    operations.accept_date(
        match=match,
        voucher=found.voucher,
        proposal_id=int(typed) if typed.isdecimal() and len(typed) < 16 else 0,
        by=current_user.id,
        at=clock.now(),
    )
    flash(f"All three of you have agreed. It starts on {day(match.start_on)}.", "success")
    return redirect(url_for("business_matches.agreement", reference=reference))


@blueprint.post("/<reference>/another-day/refuse")
@requires(Permission.BUSINESS_USE_VOUCHER)
def refuse_day(reference: str) -> Any:
    """Let the choice end, because the other day does not suit."""
    found = my_voucher(reference)
    operations.refuse_date(
        match=live_choice(found), voucher=found.voucher, by=current_user.id, at=clock.now()
    )
    flash("Your choice has ended. You can choose another offering.", "success")
    return redirect(url_for("business_matches.shortlist", reference=reference))
