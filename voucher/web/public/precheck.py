"""Would I qualify? One short form, every reason at once, and nothing kept of it but a count."""

from typing import Any

from flask import Blueprint, render_template

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
from voucher.programmes.queries import open_rounds
from voucher.subsidy.queries import thresholds
from voucher.subsidy.rules import threshold_on
from voucher.web.access import public
from voucher.web.public.precheck_forms import PrecheckForm

blueprint = Blueprint("pre_check", __name__, url_prefix="/check")


@blueprint.route("", methods=["GET", "POST"])
@public
def start() -> Any:
    """The form; sent, the answer on the same address: a reload asks again, nothing was stored."""
    form = PrecheckForm()
    rounds = open_rounds(clock.today())
    if form.validate_on_submit() and _in_the_past(form):
        rule_set = rounds[0].rule_set.content if rounds else DEFAULT_RULE_SET
        outcome = pre_check(_facts(form), RuleSet.from_dict(rule_set))
        count_precheck(verdict=outcome.verdict, on=clock.today())
        return render_template(
            "public/precheck_answer.html",
            outcome=outcome,
            reasons=reasons_in(outcome.results),
            rounds=rounds,
            later=_asked_later(outcome),
        )
    page = render_template("public/precheck.html", form=form, rounds=rounds)
    return page, 422 if form.is_submitted() else 200


def _in_the_past(form: PrecheckForm) -> bool:
    if form.trading_since_on.data <= clock.today():
        return True
    words = "The date the business started trading must be in the past."
    form.trading_since_on.errors = [words]
    return False


def _facts(form: PrecheckForm) -> Facts:
    today = clock.today()
    outcode = form.postcode.data.split(" ")[0]
    limit = threshold_on(today, thresholds())
    return pre_check_facts(
        **place_facts(place_of(outcode), outcode),
        legal_form=form.legal_form.data,
        headcount=form.headcount.data,
        trading_months=full_months_between(form.trading_since_on.data, today),
        holds_live_voucher=form.holds_voucher.data == "yes",
        mfa_headroom_pence=max(0, limit - (form.support_pence.data or 0)),
    )


def _asked_later(outcome: Outcome) -> bool:
    """Whether the application will be asked something that was not asked here."""
    return bool(outcome.which(Result.NOT_ASKED))
