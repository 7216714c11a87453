"""The work queue, the second person's queue, and appeals that wait for an answer."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask import Blueprint, render_template, request
from flask_login import current_user

from voucher.accounts.permissions import Permission
from voucher.accounts.queries import names_of
from voucher.applications.models import Application, ApplicationStatus
from voucher.applications.queries import staff
from voucher.applications.queries.staff import QueueRow
from voucher.applications.rules import is_overdue, working_days_left
from voucher.core import clock
from voucher.eligibility.models import CheckOutcome
from voucher.web.access import requires
from voucher.web.display import counted
from voucher.web.paging import page_number
from voucher.web.staff.queue_forms import chosen_filter, queue_form
from voucher.web.staff.waiting import waiting_for_me

blueprint = Blueprint("staff_queue", __name__, url_prefix="/staff")

STATUS_COLOURS = {
    ApplicationStatus.SUBMITTED: "blue",
    ApplicationStatus.RETURNED: "yellow",
    ApplicationStatus.PROPOSED: "purple",
    ApplicationStatus.ELIGIBLE: "blue",
    ApplicationStatus.APPROVED: "teal",
    ApplicationStatus.AWARDED: "green",
    ApplicationStatus.COMPARISON: "grey",
    ApplicationStatus.UNPLACED: "grey",
    ApplicationStatus.REFUSED: "red",
    ApplicationStatus.WITHDRAWN: "grey",
}
CHECK_COLOURS = {
    CheckOutcome.ELIGIBLE: "green",
    CheckOutcome.REFER: "yellow",
    CheckOutcome.REFUSED: "red",
    CheckOutcome.PENDING: "grey",
}
RUNNING = frozenset({ApplicationStatus.SUBMITTED, ApplicationStatus.PROPOSED})


@dataclass(frozen=True)
class Age:
    """How an application stands against the promised day: words, and whether it is late."""

    words: str
    late: bool = False


def age_of(application: Application | QueueRow, today: date) -> Age:
    """The clock of one application in words; empty where no clock runs."""
    if application.status is ApplicationStatus.RETURNED:
        return Age("Clock stopped")
    if application.status not in RUNNING or application.decide_by_on is None:
        return Age("")
    left = working_days_left(application.decide_by_on, today)
    if is_overdue(application.decide_by_on, today):
        return Age(f"{counted(-left or 1, 'working day')} late", late=True)
    return Age("Due today" if left == 0 else f"{counted(left, 'working day')} left")


@blueprint.get("/")
@requires(Permission.CASE_READ)
def queue() -> str:
    """Cases that fit the filter in the address, the first promised first."""
    form = queue_form(request.args, staff.rounds_with_cases())
    found = staff.work_queue(chosen_filter(form, current_user.id), page_number())
    today = clock.today()
    return render_template(
        "staff/queue/queue.html",
        form=form,
        found=found,
        wanted=_wanted(request.args),
        also=waiting_for_me(),
        ages={case.reference: age_of(case, today) for case in found.rows},
        names=names_of([case.assigned_to_id for case in found.rows]),
        status_colours=STATUS_COLOURS,
        check_colours=CHECK_COLOURS,
    )


@blueprint.get("/second")
@requires(Permission.CASE_APPROVE)
def second() -> str:
    """Proposed awards that this person may agree to: never their own."""
    found = staff.awaiting_second(current_user.id)
    cases = [case for case, _ in found]
    return render_template(
        "staff/queue/second.html",
        found=found,
        ages=_ages(cases),
        names=names_of([decision.decided_by_id for _, decision in found]),
        also=waiting_for_me(),
    )


@blueprint.get("/appeals")
@requires(Permission.CASE_APPROVE)
def appeals() -> str:
    """Appeals that this person may answer: never on a decision they had a part in."""
    found = staff.open_appeals(current_user.id)
    return render_template("staff/queue/appeals.html", found=found, today=clock.today())


def _ages(cases: list[Application]) -> dict[int, Age]:
    today = clock.today()
    return {case.id: age_of(case, today) for case in cases}


def _wanted(arguments: Mapping[str, Any]) -> dict[str, Any]:
    kept = ("q", "status", "whose", "round", "sort", "held")
    return {name: arguments[name] for name in kept if arguments.get(name)}
