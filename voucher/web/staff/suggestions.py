"""Who could go to whom, round-wide: a preview, proposed to the businesses, who still choose."""

from typing import Any

from flask import Blueprint, Response, flash, redirect, render_template, url_for
from flask_login import current_user

from voucher.accounts.permissions import Permission
from voucher.accounts.queries import names_of
from voucher.core import clock
from voucher.core.paging import page_in
from voucher.programmes.queries import round_by_reference
from voucher.vouchers.suggesting import operations, queries
from voucher.vouchers.suggesting.models import Plan, PlanStatus, SuggestionStatus
from voucher.vouchers.suggesting.rules import bar_to_propose, canonical
from voucher.web.access import requires
from voucher.web.paging import page_number

blueprint = Blueprint("staff_suggestions", __name__, url_prefix="/staff/suggestions")

COLOURS = {
    PlanStatus.ASKED: "yellow",
    PlanStatus.READY: "blue",
    PlanStatus.PROPOSED: "green",
    PlanStatus.DISCARDED: "grey",
    PlanStatus.FAILED: "red",
    SuggestionStatus.PLANNED: "blue",
    SuggestionStatus.LEFT_OUT: "grey",
    SuggestionStatus.OPEN: "yellow",
    SuggestionStatus.TAKEN: "green",
    SuggestionStatus.PASSED: "teal",
    SuggestionStatus.EXPIRED: "grey",
    SuggestionStatus.REPLACED: "grey",
}


@blueprint.get("/rounds/<reference>")
@requires(Permission.CASE_READ)
def plans(reference: str) -> str:
    """The plans of one round, and the button for a new one."""
    round_ = round_by_reference(reference)
    found = queries.plans_of(round_.id)
    return render_template(
        "staff/suggestions/plans.html",
        round=round_,
        plans=found,
        waiting=queries.number_without_choice(round_.id, clock.today()),
        names=names_of([plan.asked_by_id for plan in found]),
        colours=COLOURS,
    )


@blueprint.post("/rounds/<reference>")
@requires(Permission.SUGGESTION_MAKE)
def ask(reference: str) -> Any:
    """Have a preview worked out."""
    plan = operations.ask_for_plan(
        round_=round_by_reference(reference), by=current_user.id, at=clock.now()
    )
    return redirect(url_for(".plan", reference=plan.reference))


@blueprint.get("/<reference>")
@requires(Permission.CASE_READ)
def plan(reference: str) -> str:
    """One plan: what it would bring, who is left and why, every pair; then what became of it."""
    found = queries.plan_by_reference(reference)
    left = page_in(found.unmatched, page_number())
    return render_template(
        "staff/suggestions/plan.html",
        left=left,
        plan=found,
        round=queries.round_of(found),
        pairs=queries.pairs_of(found.id, page_number()),
        counts=queries.counts_by_status(found.id),
        businesses=queries.names_of_vouchers([each["voucher"] for each in left.rows]),
        names=names_of([found.asked_by_id, found.proposed_by_id]),
        bar=bar_to_propose(
            matched=found.matched, worked_out_at=found.worked_out_at, at=clock.now()
        ),
        colours=COLOURS,
    )


@blueprint.post("/<reference>/propose")
@requires(Permission.SUGGESTION_MAKE)
def propose(reference: str) -> Any:
    """Tell the businesses."""
    found = queries.plan_by_reference(reference)
    operations.propose(plan=found, by=current_user.id, at=clock.now())
    return _done(found, "The businesses are being told. Each still chooses freely.")


@blueprint.post("/<reference>/discard")
@requires(Permission.SUGGESTION_MAKE)
def discard(reference: str) -> Any:
    """Put the preview aside."""
    found = queries.plan_by_reference(reference)
    operations.discard(plan=found, by=current_user.id, at=clock.now())
    return _done(found, "The preview has been put aside. Nobody was told of it.")


@blueprint.get("/<reference>/given.json")
@requires(Permission.CASE_READ)
def given(reference: str) -> Response:
    """What was assigned, byte for byte as its hash was taken; `flask voucher assign` reads it."""
    found = queries.plan_by_reference(reference)
    name = f"attachment; filename={found.reference}.json"
    headers = {"Content-Disposition": name}
    return Response(canonical(found.given or {}), mimetype="application/json", headers=headers)


def _done(found: Plan, words: str) -> Any:
    flash(words, "success")
    return redirect(url_for(".plan", reference=found.reference))
