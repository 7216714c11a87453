"""Would I qualify? One short form, every reason at once, and nothing kept of it but a count.

The answers are sent by POST and shown by GET, so that going back, reloading and coming back from
the next page never ask to send a form again. Between the two they lie in a sealed cookie of the
asker's own browser, for a quarter of an hour: not with us, and not in an address, which servers,
proxies and browsers write down.
"""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from flask import Blueprint, Response, current_app, redirect, render_template, request, url_for
from itsdangerous import BadSignature, URLSafeTimedSerializer

from voucher.applications.queries.facts import place_facts
from voucher.businesses.places import place_of
from voucher.core import clock
from voucher.eligibility.default_rule_set import DEFAULT_RULE_SET
from voucher.eligibility.operations import count_precheck
from voucher.eligibility.reasons import reasons_in
from voucher.eligibility.rules import (
    Facts,
    Outcome,
    Result,
    RuleSet,
    full_months_between,
    pre_check,
    pre_check_facts,
)
from voucher.programmes.models import Round
from voucher.programmes.queries import open_rounds
from voucher.subsidy.queries import thresholds
from voucher.subsidy.rules import threshold_on
from voucher.web.access import public
from voucher.web.public.precheck_forms import PrecheckForm

blueprint = Blueprint("pre_check", __name__, url_prefix="/check")
ANSWERS_COOKIE = "voucher_check"
ANSWERS_LAST = timedelta(minutes=15)


@blueprint.route("", methods=["GET", "POST"])
@public
def start() -> Any:
    """The form, with what was answered a moment ago; sent, it leads to the page of the answer."""
    form = PrecheckForm(data=_answers() or {})
    rounds = open_rounds(clock.today())
    if form.validate_on_submit() and _in_the_past(form):
        answers = {name: form[name].data for name in PrecheckForm.ASKED}
        count_precheck(verdict=_outcome(answers, rounds).verdict, on=clock.today())
        return _keep(redirect(url_for(".answer"), 303), answers)
    page = render_template("public/precheck.html", form=form, rounds=rounds)
    return page, 422 if form.is_submitted() else 200


@blueprint.get("/answer")
@public
def answer() -> Any:
    """What the rules say of the answers in the cookie; without any, the form."""
    answers = _answers()
    if answers is None:
        return redirect(url_for(".start"))
    rounds = open_rounds(clock.today())
    outcome = _outcome(answers, rounds)
    return render_template(
        "public/precheck_answer.html",
        outcome=outcome,
        reasons=reasons_in(outcome.results),
        rounds=rounds,
        later=bool(outcome.which(Result.NOT_ASKED)),
    )


def _in_the_past(form: PrecheckForm) -> bool:
    if form.trading_since_on.data <= clock.today():
        return True
    words = "The date the business started trading must be in the past."
    form.trading_since_on.errors = [words]
    return False


def _keep(response: Response, answers: Mapping[str, Any]) -> Response:
    sealed = _sealer().dumps(
        answers | {"trading_since_on": answers["trading_since_on"].isoformat()}
    )
    response.set_cookie(
        ANSWERS_COOKIE,
        str(sealed),
        max_age=ANSWERS_LAST,
        path=url_for(".start"),
        httponly=True,
        secure=current_app.config["SESSION_COOKIE_SECURE"],
        samesite="Lax",
    )
    return response


def _answers() -> dict[str, Any] | None:
    """The answers that this browser keeps; None if there are none, or they are too old or not ours.

    The seal says that they passed the form, so they are not checked again.
    """
    try:
        kept = _sealer().loads(
            request.cookies.get(ANSWERS_COOKIE, ""), max_age=int(ANSWERS_LAST.total_seconds())
        )
    except BadSignature:
        return None
    return kept | {"trading_since_on": date.fromisoformat(kept["trading_since_on"])}


def _sealer() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(current_app.config["SECRET_KEY"], salt="pre-check")


def _outcome(answers: Mapping[str, Any], rounds: Sequence[Round]) -> Outcome:
    rule_set = rounds[0].rule_set.content if rounds else DEFAULT_RULE_SET
    return pre_check(_facts(answers), RuleSet.from_dict(rule_set))


def _facts(answers: Mapping[str, Any]) -> Facts:
    today = clock.today()
    outcode = answers["postcode"].split(" ")[0]
    limit = threshold_on(today, thresholds())
    return pre_check_facts(
        **place_facts(place_of(outcode), outcode),
        legal_form=answers["legal_form"],
        headcount=answers["headcount"],
        trading_months=full_months_between(answers["trading_since_on"], today),
        holds_live_voucher=answers["holds_voucher"] == "yes",
        mfa_headroom_pence=max(0, limit - (answers["support_pence"] or 0)),
    )
