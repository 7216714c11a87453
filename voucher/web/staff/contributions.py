"""The business's own part of a claim's price: ask for proof, give time, accept the payment."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, url_for
from flask_login import current_user
from wtforms import SelectChoice

from voucher.accounts.permissions import Permission
from voucher.claims import operations, queries
from voucher.claims.operations import UnpaidDecision
from voucher.core import clock
from voucher.core.errors import Conflict
from voucher.web.access import requires
from voucher.web.forms import (
    Answered,
    AtMost,
    ChoiceField,
    DatePartsField,
    ServiceForm,
    TextAreaField,
)

blueprint = Blueprint("staff_contributions", __name__, url_prefix="/staff/claims")
LABELS = {
    UnpaidDecision.MORE_TIME: "Give the business 14 days more",
    UnpaidDecision.PROVEN: "Its part is shown to be paid",
}


class AskForm(ServiceForm):
    """What is missing."""

    note = TextAreaField(
        "What is missing?",
        [Answered("Say what is missing."), AtMost(2_000)],
        description="The business and the provider read this.",
    )


class DecisionForm(ServiceForm):
    """What an officer decides on a part that was not shown to be paid."""

    decision = ChoiceField(
        "What do you decide?",
        [Answered("Select what you decide.")],
        choices=[SelectChoice(each.value, words) for each, words in LABELS.items()],
    )
    paid_on = DatePartsField("When was it paid?", description="Only if it is shown to be paid")
    note = TextAreaField(
        "Why?",
        [Answered("Say why."), AtMost(2_000)],
        description="What you saw, or whom you asked. Kept with the claim.",
    )


@blueprint.route("/<reference>/contribution/ask", methods=["GET", "POST"])
@requires(Permission.CLAIM_CHECK)
def ask(reference: str) -> Any:
    """Ask the business to show that it has paid."""
    found, form = queries.claim_for_staff(reference), AskForm()
    if form.carried_out(
        lambda: operations.ask_for_proof(
            claim=found.claim, note=form.note.data or "", by=current_user.id, at=clock.now()
        )
    ):
        flash("The business is asked. Nothing is approved until it is settled.", "success")
        return redirect(url_for("staff_claims.claim", reference=reference))
    return _page(found, form, None)


@blueprint.route("/<reference>/contribution", methods=["GET", "POST"])
@requires(Permission.CLAIM_CHECK)
def decide(reference: str) -> Any:
    """Give more time, or accept that the part is paid."""
    found = queries.claim_for_staff(reference)
    question = queries.open_question(found.claim.id)
    if question is None:
        raise Conflict("Nothing is asked about the business’s part on this claim now.")
    form = DecisionForm(data={"paid_on": question.paid_on})
    if form.carried_out(
        lambda: operations.decide_unpaid(
            claim=found.claim,
            decision=UnpaidDecision(form.decision.data),
            paid_on=form.paid_on.data,
            note=form.note.data or "",
            by=current_user.id,
            at=clock.now(),
        )
    ):
        flash("Your decision is kept, and both parties are told.", "success")
        return redirect(url_for("staff_claims.claim", reference=reference))
    return _page(found, form, question)


def _page(found: queries.ClaimPage, form: ServiceForm, question: Any) -> Any:
    page = render_template(
        "staff/claims/contribution.html",
        found=found,
        claim=found.claim,
        form=form,
        question=question,
        proofs=queries.proofs_of([question]) if question else {},
    )
    return page, 422 if form.is_submitted() else 200
