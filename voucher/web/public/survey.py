"""Follow-up surveys, opened by a link for one survey only: no account, no password.

Opening the link changes nothing; saving, sending and stopping are buttons.
"""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for

from voucher.accounts.rules import token_digest
from voucher.applications.baseline import Question
from voucher.core import clock
from voucher.evaluation.models import SurveyResponse
from voucher.evaluation.operations import InvalidAnswers, answer, opt_out
from voucher.evaluation.queries.surveys import (
    SurveyPlace,
    last_day,
    place_of,
    response_by_digest,
)
from voucher.evaluation.questions import faults, follow_up
from voucher.evaluation.rules import is_open
from voucher.web.access import public
from voucher.web.public.survey_forms import SurveyForm, answers_of, survey_form

blueprint = Blueprint("survey", __name__, url_prefix="/survey")
SEND = "send"


@blueprint.get("/<token>")
@public
def survey(token: str) -> Any:
    """The questions; or thanks, or that the survey is over."""
    response = response_by_digest(token_digest(token))
    place = place_of(response)
    if _state(response) != "open":
        return _ended(response, place)
    form = survey_form(follow_up(response.questions_version, place.arm), response.answers)
    return _page(form, response, place, token)


@blueprint.post("/<token>")
@public
def save(token: str) -> Any:
    """Keep the answers for later, or send them for good."""
    response = response_by_digest(token_digest(token))
    place = place_of(response)
    if _state(response) != "open":
        return redirect(url_for(".survey", token=token), 303)
    questions = follow_up(response.questions_version, place.arm)
    form = survey_form(questions, {})
    sending = request.form.get("action") == SEND
    if not form.validate():
        _say_what_else_is_missing(form, questions, sending=sending)
        return _page(form, response, place, token), 422
    if not _kept(form, response, place, sending=sending):
        return _page(form, response, place, token), 422
    if not sending:
        flash("Your answers are saved. Open the same link to go on.", "success")
    return redirect(url_for(".survey", token=token), 303)


@blueprint.get("/<token>/stop")
@public
def stop(token: str) -> Any:
    """Ask whether to stop, because links must not do it."""
    response = response_by_digest(token_digest(token))
    place = place_of(response)
    if _state(response) != "open":
        return _ended(response, place)
    return render_template("survey/stop.html", place=place, token=token)


@blueprint.post("/<token>/stop")
@public
def stop_asking(token: str) -> Any:
    """Ask this business nothing more."""
    opt_out(response=response_by_digest(token_digest(token)), at=clock.now())
    return redirect(url_for(".survey", token=token), 303)


def _say_what_else_is_missing(
    form: SurveyForm, questions: tuple[Question, ...], *, sending: bool
) -> None:
    """Show every fault at once, not first what can't be read and then what is missing."""
    sound = tuple(question for question in questions if not form[question.code].errors)
    for code, words in faults(sound, answers_of(form, sound), sending=sending).items():
        form[code].errors = [words]


def _kept(form: SurveyForm, response: SurveyResponse, place: SurveyPlace, *, sending: bool) -> bool:
    questions = follow_up(response.questions_version, place.arm)
    try:
        answer(
            response=response,
            arm=place.arm,
            answers=answers_of(form, questions),
            sending=sending,
            at=clock.now(),
        )
    except InvalidAnswers as error:
        for code, words in error.faults.items():
            form[code].errors = [words]
        return False
    return True


def _state(response: SurveyResponse) -> str:
    if response.answered_at is not None:
        return "answered"
    if response.opted_out_at is not None:
        return "stopped"
    return "open" if is_open(response.due_on, clock.today()) else "over"


def _page(form: SurveyForm, response: SurveyResponse, place: SurveyPlace, token: str) -> str:
    return render_template(
        "survey/questions.html",
        form=form,
        response=response,
        place=place,
        token=token,
        last_day=last_day(response),
    )


def _ended(response: SurveyResponse, place: SurveyPlace) -> str:
    return render_template("survey/ended.html", state=_state(response), place=place)
