"""Follow-ups by telephone: whom to ring, what came of it, and answers typed while they are said."""

from functools import partial
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_login import current_user
from wtforms import SelectChoice

from voucher.accounts.permissions import Permission
from voucher.accounts.queries import names_of
from voucher.core import clock
from voucher.evaluation.models import SurveyResponse
from voucher.evaluation.queries.surveys import last_day, place_of
from voucher.evaluation.telephone import queries
from voucher.evaluation.telephone.models import CallOutcome
from voucher.evaluation.telephone.operations import enter_answers, note_call
from voucher.web.access import requires
from voucher.web.answer_sheet import AnswerSheet, state_of
from voucher.web.forms import Answered, ChoiceField, ServiceForm
from voucher.web.paging import page_number

blueprint = Blueprint("staff_survey_calls", __name__, url_prefix="/staff/survey-calls")
STATES = {
    "answered": ("Answered", "green"),
    "stopped": ("Does not want to be asked", "grey"),
    "open": ("Waits for an answer", "blue"),
    "begun": ("Begun, not sent", "blue"),
    "over": ("Closed without an answer", "grey"),
}


class CallForm(ServiceForm):
    """What came of a call without answers."""

    outcome = ChoiceField(
        "What came of the call?",
        [Answered("Select what came of the call.")],
        choices=[
            SelectChoice(each.value, each.staff_label)
            for each in CallOutcome
            if each is not CallOutcome.ANSWERED
        ],
    )


@blueprint.get("/")
@requires(Permission.SURVEY_ENTER)
def calls() -> str:
    """Whom to ring: what is overdue, or all that waits for an answer."""
    rounds = queries.rounds_with_follow_ups()
    wanted, everybody = request.args.get("round", ""), bool(request.args.get("all"))
    round_reference = wanted if wanted in {each.reference for each in rounds} else ""
    found = queries.calls_due(
        at=clock.now(),
        round_reference=round_reference,
        everybody=everybody,
        page=page_number(),
    )
    return render_template(
        "staff/survey_calls/list.html",
        found=found,
        rounds=rounds,
        round_reference=round_reference,
        everybody=everybody,
    )


@blueprint.get("/<reference>")
@requires(Permission.SURVEY_ENTER)
def of_case(reference: str) -> str:
    """The follow-ups of one application, and where each stands; never what was answered."""
    found = queries.follow_ups_of(reference)
    return render_template(
        "staff/survey_calls/of_case.html",
        contact=queries.contact_of(reference),
        rows=[(each, last_day(each), *STATES[_state(each)]) for each in found],
        names=names_of([each.entered_by_id for each in found if each.entered_by_id]),
    )


@blueprint.get("/<reference>/<wave>")
@requires(Permission.SURVEY_ENTER)
def entry(reference: str, wave: str) -> str:
    """Who to ring, what to say, the calls so far, and the questions."""
    response = queries.follow_up_of(reference, wave)
    sheet = AnswerSheet(response, place_of(response), by_staff=True)
    return _page(response, reference, sheet, CallForm())


@blueprint.post("/<reference>/<wave>")
@requires(Permission.SURVEY_ENTER)
def enter(reference: str, wave: str) -> Any:
    """Keep what was said, for later or for good."""
    response = queries.follow_up_of(reference, wave)
    sheet = AnswerSheet(response, place_of(response), by_staff=True)
    if state_of(response) != "open":
        if not sheet.is_as_kept:
            flash("What you typed was not kept: this had ended before. See below.", "important")
        return redirect(url_for(".entry", reference=reference, wave=wave), 303)
    if not sheet.kept(partial(enter_answers, by=current_user.id)):
        return _page(response, reference, sheet, CallForm(formdata=None)), 422
    flash("The answers are sent." if sheet.sending else "The answers are saved.", "success")
    return redirect(url_for(".of_case", reference=reference), 303)


@blueprint.post("/<reference>/<wave>/call")
@requires(Permission.SURVEY_ENTER)
def call(reference: str, wave: str) -> Any:
    """Keep what came of a call without answers."""
    response = queries.follow_up_of(reference, wave)
    form = CallForm()
    if not form.carried_out(lambda: _noted(response, form)):
        sheet = AnswerSheet(response, place_of(response), stored=True, by_staff=True)
        return _page(response, reference, sheet, form), 422
    flash("The call is on record.", "success")
    return redirect(url_for(".calls"), 303)


def _state(response: SurveyResponse) -> str:
    state = str(state_of(response))
    return "begun" if state == "open" and response.saved_at is not None else state


def _noted(response: SurveyResponse, form: CallForm) -> None:
    outcome = CallOutcome(form.outcome.data)
    note_call(response=response, outcome=outcome, by=current_user.id, at=clock.now())


def _page(response: SurveyResponse, reference: str, sheet: AnswerSheet, form: CallForm) -> str:
    made = queries.calls_of(response.id)
    return render_template(
        "staff/survey_calls/entry.html",
        response=response,
        state=state_of(response),
        place=sheet.place,
        contact=queries.contact_of(reference),
        sheet=sheet,
        form=form if form.errors else sheet.form,
        call_form=form,
        calls=made,
        names=names_of([each.called_by_id for each in made]),
        last_day=last_day(response),
        wave=response.wave.value,
    )
