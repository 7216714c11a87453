"""Would I qualify? One short form, every reason at once, and nothing kept of it but a count.

The answers are sent by POST and shown by GET, so that going back, reloading and coming back from
the next page never ask to send a form again. Between the two they lie in the asker's own browser,
for a quarter of an hour: not with us, and in no address (see voucher.web.carried).
"""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from flask import Blueprint, redirect, render_template, url_for

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
from voucher.web.carried import Carried
from voucher.web.public.precheck_forms import PrecheckForm

blueprint = Blueprint("pre_check", __name__, url_prefix="/check")
ANSWERS = Carried("voucher_check", "/check", timedelta(minutes=15))


@blueprint.route("", methods=["GET", "POST"])
@public
def start() -> Any:
    """The form, with what was answered a moment ago; sent, it leads to the page of the answer."""
    form = PrecheckForm(data=_answers() or {})
    rounds = open_rounds(clock.today())
    if form.validate_on_submit() and _in_the_past(form):
        answers = {name: form[name].data for name in PrecheckForm.ASKED}
        count_precheck(verdict=_outcome(answers, rounds).verdict, on=clock.today())
        since = answers["trading_since_on"].isoformat()
        on = redirect(url_for(".answer"), 303)
        return ANSWERS.put(on, answers | {"trading_since_on": since})
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


def _answers() -> dict[str, Any] | None:
    """The answers that this browser carries: they have passed the form, so nobody checks again."""
    kept = ANSWERS.take()
    if kept is None:
        return None
    return kept | {"trading_since_on": date.fromisoformat(kept["trading_since_on"])}


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
