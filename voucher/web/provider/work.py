"""Incoming work: the list, one request, accepting with a day to start, declining with a reason."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_login import current_user
from wtforms import SelectChoice

from voucher.accounts.permissions import Permission
from voucher.businesses.outcome_areas import wording_of
from voucher.core import clock
from voucher.core.errors import NotFound
from voucher.matching import operations, queries
from voucher.matching.dialogue.operations import propose_date
from voucher.matching.dialogue.queries import open_proposal
from voucher.matching.dialogue.rules import LONGEST_NOTE
from voucher.matching.models import DeclineCode, MatchStatus
from voucher.vouchers.models import Voucher
from voucher.vouchers.queries import voucher_of_application
from voucher.web.access import current_member, requires
from voucher.web.forms import (
    Answered,
    AtMost,
    ChoiceField,
    DatePartsField,
    ServiceForm,
    TextAreaField,
)
from voucher.web.paging import page_number

blueprint = Blueprint("provider_work", __name__, url_prefix="/provider/work")

COLOURS = {
    MatchStatus.OFFERED: "yellow",
    MatchStatus.ACCEPTED: "blue",
    MatchStatus.AGREED: "green",
    MatchStatus.DECLINED: "grey",
    MatchStatus.LAPSED: "grey",
    MatchStatus.WITHDRAWN: "grey",
}
GROUP_LABELS = {
    "waiting": "Waiting",
    "agreed": "Agreed",
    "ended": "Ended",
    "all": "All",
}


class AcceptForm(ServiceForm):
    """When the work can start."""

    start_on = DatePartsField(
        "When can you start?",
        [Answered("Enter the day on which you can start.")],
        description="The work itself starts only when the voucher has been redeemed.",
    )


class DayForm(ServiceForm):
    """From which other day on the provider could do the work."""

    start_on = DatePartsField(
        "On which day could you start?", [Answered("Enter the day on which you could start.")]
    )
    words = TextAreaField(
        "Is there something to say about it? (optional)",
        [AtMost(LONGEST_NOTE)],
        description="The business reads this.",
    )


class DeclineForm(ServiceForm):
    """Why the provider declines."""

    code = ChoiceField(
        "Why can’t you do this?",
        [Answered("Select why.")],
        choices=[SelectChoice(code.value, code.public_label) for code in DeclineCode],
    )
    reason = TextAreaField(
        "In your own words (needed for another reason)",
        [AtMost(500)],
        description="The business reads both.",
    )


@blueprint.get("/")
@requires(Permission.PROVIDER_WORK)
def work() -> str:
    """What businesses have chosen, in groups; what waits for an answer first."""
    group = request.args.get("show", "waiting")
    group = group if group in queries.WORK_GROUPS else "waiting"
    return render_template(
        "provider/work/list.html",
        found=queries.work_of(current_member().provider_id or 0, group, page_number()),
        group=group,
        groups=GROUP_LABELS,
        colours=COLOURS,
    )


@blueprint.get("/<reference>")
@requires(Permission.PROVIDER_WORK)
def request_page(reference: str) -> str:
    """One request: the problem in the business's own words, the price, and what to do by when."""
    found = _mine(reference)
    return render_template(
        "provider/work/request.html",
        found=found,
        match=found.match,
        areas=[wording_of(code).label for code in found.application.outcome_areas],
        colour=COLOURS[found.match.status],
        late=found.match.answer_by_on < clock.today(),
        change=queries.open_variation(found.match.id),
        other_day=open_proposal(found.match.id),
        ways=queries.ways_asked(found.application.id),
    )


@blueprint.route("/<reference>/accept", methods=["GET", "POST"])
@requires(Permission.PROVIDER_WORK)
def accept(reference: str) -> Any:
    """Accept the work and name a day to start."""
    found, form = _mine(reference), AcceptForm()
    title = found.match.offering.title
    if form.carried_out(
        lambda: operations.accept(
            match=found.match,
            start_on=form.start_on.data,
            by=current_user.id,
            at=clock.now(),
        )
    ):
        flash("You have accepted. The business is asked to agree.", "success")
        return redirect(url_for(".request_page", reference=reference))
    page = render_template(
        "provider/work/accept.html", form=form, found=found, match=found.match, title=title
    )
    return page, 422 if form.is_submitted() else 200


@blueprint.route("/<reference>/another-day", methods=["GET", "POST"])
@requires(Permission.PROVIDER_WORK)
def another_day(reference: str) -> Any:
    """Propose another day to start; the business takes it or chooses again."""
    found, form = _mine(reference), DayForm()
    if form.carried_out(
        lambda: propose_date(
            match=found.match,
            voucher=_voucher(found),
            start_on=form.start_on.data,
            words=form.words.data or "",
            by=current_user.id,
            at=clock.now(),
        )
    ):
        flash("The business has been asked whether that day suits it.", "success")
        return redirect(url_for(".request_page", reference=reference))
    page = render_template(
        "provider/work/another_day.html", form=form, found=found, match=found.match
    )
    return page, 422 if form.is_submitted() else 200


@blueprint.route("/<reference>/decline", methods=["GET", "POST"])
@requires(Permission.PROVIDER_WORK)
def decline(reference: str) -> Any:
    """Decline the work; the business is shown the next on its list."""
    found, form = _mine(reference), DeclineForm()
    if form.carried_out(
        lambda: operations.decline(
            match=found.match,
            reason=form.reason.data or "",
            code=DeclineCode(form.code.data),
            by=current_user.id,
            at=clock.now(),
        )
    ):
        flash("You have declined. The business is shown the next on its list.", "success")
        return redirect(url_for(".request_page", reference=reference))
    page = render_template("provider/work/decline.html", form=form, found=found, match=found.match)
    return page, 422 if form.is_submitted() else 200


def _voucher(found: queries.Work) -> Voucher:
    voucher = voucher_of_application(found.match.application_id)
    if voucher is None:
        raise NotFound("There is no such match.")
    return voucher


def _mine(reference: str) -> queries.Work:
    return queries.work_for_provider(current_member().provider_id or 0, reference)
