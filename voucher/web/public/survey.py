"""Follow-up surveys, opened by a link for one survey only: no account, no password.

Opening the link changes nothing; saving, sending and stopping are buttons.
"""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, url_for

from voucher.accounts.rules import token_digest
from voucher.core import clock
from voucher.core.errors import NotFound
from voucher.evaluation.models import SurveyResponse
from voucher.evaluation.operations import opt_out
from voucher.evaluation.queries.surveys import (
    SurveyPlace,
    has_told_to_stop,
    last_day,
    place_of,
    response_by_digest,
)
from voucher.web.access import public
from voucher.web.answer_sheet import AnswerSheet, state_of

NOT_KEPT = {
    "answered": "What you typed now was not kept: answers had been sent before.",
    "stopped": "What you typed now was not kept: you had told us to stop asking.",
    "over": "What you typed now was not kept: the last day to answer has passed.",
}
"""Why a page that was opened in time was sent in vain."""

blueprint = Blueprint("survey", __name__, url_prefix="/survey")


@blueprint.get("/<token>")
@public
def survey(token: str) -> Any:
    """The questions; or thanks, or that the survey is over."""
    response = response_by_digest(token_digest(token))
    place = place_of(response)
    if state_of(response) != "open":
        return _ended(response, place, token)
    return _page(AnswerSheet(response, place), token)


@blueprint.post("/<token>")
@public
def save(token: str) -> Any:
    """Keep the answers for later, or send them for good."""
    response = response_by_digest(token_digest(token))
    place = place_of(response)
    sheet = AnswerSheet(response, place)
    if state_of(response) != "open":
        if not sheet.is_as_kept:
            flash(NOT_KEPT[state_of(response)], "important")
        return redirect(url_for(".survey", token=token), 303)
    if not sheet.kept():
        return _page(sheet, token), 422
    if not sheet.sending:
        flash("Your answers are saved. Open the same link to go on.", "success")
    return redirect(url_for(".survey", token=token), 303)


@blueprint.get("/<token>/stop")
@public
def stop(token: str) -> Any:
    """Ask whether to stop, because links must not do it."""
    response = response_by_digest(token_digest(token))
    place = place_of(response)
    if response.opted_out_at is not None:
        return _ended(response, place, token)
    state = state_of(response)
    return render_template("survey/stop.html", place=place, token=token, state=state)


@blueprint.post("/<token>/stop")
@public
def stop_asking(token: str) -> Any:
    """Ask this business nothing more."""
    opt_out(response=response_by_digest(token_digest(token)), at=clock.now())
    return redirect(url_for(".survey", token=token), 303)


@blueprint.errorhandler(NotFound)
def unknown(_error: NotFound) -> Any:
    """Say what can be wrong with a link: nobody signs in to answer a survey."""
    return render_template("survey/unknown.html"), 404


def _page(sheet: AnswerSheet, token: str) -> str:
    return render_template(
        "survey/questions.html",
        sheet=sheet,
        form=sheet.form,
        place=sheet.place,
        token=token,
        last_day=last_day(sheet.response),
    )


def _ended(response: SurveyResponse, place: SurveyPlace, token: str) -> str:
    return render_template(
        "survey/ended.html",
        state=state_of(response),
        place=place,
        token=token,
        stopped=has_told_to_stop(response.application_id),
    )
