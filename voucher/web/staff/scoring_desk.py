"""The desk of a scorer: rounds to score, conflicts of interest, what to take, one sheet.

Applications are shown by number, without the name and address of the business.
"""

from collections.abc import Collection, Sequence
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_login import current_user

from voucher.accounts.permissions import Permission
from voucher.allocation.scored import queries
from voucher.allocation.scored.models import Scoring
from voucher.allocation.scored.operations import sheets
from voucher.allocation.scored.queries import EntryState
from voucher.allocation.scored.rules import Stage, place_to_take, without_name
from voucher.businesses.outcome_areas import wording_of
from voucher.core import clock
from voucher.core.errors import NotFound
from voucher.core.paging import page_in
from voucher.web.access import requires
from voucher.web.paging import page_number
from voucher.web.posted import posted_id
from voucher.web.staff.scoring_forms import ConflictsForm, name_choices, sheet_form

blueprint = Blueprint("staff_scoring_desk", __name__, url_prefix="/staff/scoring")


@blueprint.get("/")
@requires(Permission.SCORING_SCORE)
def desk() -> str:
    """The rounds that are being scored."""
    found = [
        (scoring, queries.scorer_of(scoring.id, current_user.id))
        for scoring in queries.open_scorings()
    ]
    return render_template("staff/scoring_desk/desk.html", scorings=found)


@blueprint.route("/<reference>/conflicts", methods=["GET", "POST"])
@requires(Permission.SCORING_SCORE)
def conflicts(reference: str) -> Any:
    """Declare conflicts of interest on the list of names, before reading any application."""
    scoring = queries.scoring_by_reference(reference)
    form = ConflictsForm()
    form.conflicts.choices = name_choices(
        [(state.application.id, state.application.business.name) for state in _states(scoring)]
    )
    if form.carried_out(
        lambda: sheets.declare(
            scoring=scoring, conflicts=[int(each) for each in form.conflicts.data or ()], **_who()
        )
    ):
        flash("Your declaration is kept. You can score now.", "success")
        return redirect(url_for(".to_score", reference=scoring.reference))
    shown = {"form": form, "scoring": scoring}
    page = render_template("staff/scoring_desk/conflicts.html", **shown)
    return page, 422 if form.is_submitted() else 200


@blueprint.get("/<reference>")
@requires(Permission.SCORING_SCORE)
def to_score(reference: str) -> Any:
    """What the scorer has, what they can take, and what they have handed in."""
    scoring = queries.scoring_by_reference(reference)
    scorer = queries.scorer_of(scoring.id, current_user.id)
    if scorer is None:
        return redirect(url_for(".conflicts", reference=scoring.reference))
    me, barred = current_user.id, queries.barred_entries(scorer)
    states = _states(scoring)
    return render_template(
        "staff/scoring_desk/to_score.html",
        scoring=scoring,
        mine=[state for state in states if me in state.taken and state.stage != "gone"],
        free=page_in(_free(states, barred), page_number()),
        done=[state for state in states if state.sheet_of(me)],
    )


@blueprint.post("/<reference>/take")
@requires(Permission.SCORING_SCORE)
def take(reference: str) -> Any:
    """Take an application to score."""
    scoring = queries.scoring_by_reference(reference)
    number = posted_id("number")
    sheets.take(scoring=scoring, number=number, **_who())
    return redirect(url_for(".sheet", reference=scoring.reference, number=number))


@blueprint.route("/<reference>/applications/<int:number>", methods=["GET", "POST"])
@requires(Permission.SCORING_SCORE)
def sheet(reference: str, number: int) -> Any:
    """Read an application and hand in marks and reasons."""
    scoring = queries.scoring_by_reference(reference)
    state = queries.state_of(scoring, number)
    if request.method == "GET" and current_user.id not in state.taken:
        raise NotFound("You have not taken this application, or handed it in.")
    plan = queries.plan_in_use(scoring.round_id)
    form: Any = sheet_form(plan)
    codes = [criterion["code"] for criterion in plan.criteria]
    if form.carried_out(
        lambda: sheets.hand_in(
            scoring=scoring,
            number=number,
            plan_version=_version(form),
            marks={code: form[f"mark_{code}"].data for code in codes},
            reasons={code: form[f"reason_{code}"].data or "" for code in codes},
            **_who(),
        )
    ):
        flash(f"Your scores of application {number} are handed in.", "success")
        return redirect(url_for(".to_score", reference=scoring.reference))
    shown = {"form": form, "scoring": scoring, "state": state, "plan": plan}
    page = render_template("staff/scoring_desk/sheet.html", **shown, **_blind(state))
    return page, 422 if form.is_submitted() else 200


@blueprint.post("/<reference>/applications/<int:number>/stand-back")
@requires(Permission.SCORING_SCORE)
def stand_back(reference: str, number: int) -> Any:
    """Give an application back for a conflict noticed in reading."""
    scoring = queries.scoring_by_reference(reference)
    sheets.stand_back(scoring=scoring, number=number, **_who())
    flash(f"Application {number} goes to somebody else.", "success")
    return redirect(url_for(".to_score", reference=scoring.reference))


def _blind(state: EntryState) -> dict[str, Any]:
    """What a scorer reads: the business's words without its name."""
    application = state.application
    name = application.business.name
    band = application.business.headcount_band
    return {
        "today": without_name(application.problem_today or "", name),
        "better": without_name(application.problem_better or "", name),
        "areas": [wording_of(code).label for code in application.outcome_areas],
        "size": band.staff_label if band else "Not known",
    }


def _free(states: Sequence[EntryState], barred: Collection[int]) -> list[EntryState]:
    """What the scorer can take; where a third or a replacement is needed first."""
    free = [
        state
        for state in states
        if state.entry.id not in barred
        and place_to_take(state.stage, state.places_occupied) is not None
    ]
    return sorted(free, key=lambda state: (not _waits_for_one(state), state.entry.number))


def _waits_for_one(state: EntryState) -> bool:
    """Whether others have scored it already, and it waits for one person more than was planned."""
    return state.stage == Stage.THIRD_NEEDED or state.struck > 0


def _states(scoring: Scoring) -> list[EntryState]:
    return queries.states_of(scoring)


def _version(form: Any) -> int:
    typed = form.plan_version.data or ""
    return int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 9 else 0


def _who() -> dict[str, Any]:
    return {"by": current_user.id, "at": clock.now()}
