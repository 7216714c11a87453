"""What a comparison of the books found: explaining it, clearing suspense, signing."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, url_for
from flask_login import current_user

from voucher.accounts.permissions import Permission
from voucher.accounts.queries import names_of
from voucher.core import clock
from voucher.payments.differences import queries
from voucher.payments.differences.models import (
    DifferenceStatus,
    MovementStatus,
    Outcome,
    UnexplainedMovement,
)
from voucher.payments.differences.operations import noting, signing, unexplained
from voucher.payments.differences.rules import words_of
from voucher.payments.queries import staff
from voucher.web.access import current_member, requires
from voucher.web.staff.differences_forms import (
    DisagreeForm,
    ExplainForm,
    OutcomeForm,
    SignForm,
)

blueprint = Blueprint("staff_differences", __name__, url_prefix="/staff/money")

COLOURS = {
    DifferenceStatus.OPEN: "red",
    DifferenceStatus.EXPLAINED: "yellow",
    DifferenceStatus.CLEARED: "green",
}
MOVEMENT_COLOURS = {
    MovementStatus.OPEN: "red",
    MovementStatus.PROPOSED: "yellow",
    MovementStatus.CLEARED: "green",
}


@blueprint.get("/differences/<reference>")
@requires(Permission.LEDGER_READ)
def difference(reference: str) -> Any:
    """One difference: what it means, what to do, and what has been written about it."""
    return _difference_page(reference, ExplainForm(formdata=None))


@blueprint.post("/differences/<reference>")
@requires(Permission.PAYMENT_RELEASE)
def explain(reference: str) -> Any:
    """Write down why the books differ."""
    found, form = queries.difference_by_reference(reference), ExplainForm()
    if form.carried_out(
        lambda: noting.explain(
            difference=found, words=form.words.data or "", by=current_user.id, at=clock.now()
        )
    ):
        flash("The explanation is kept.", "success")
        return redirect(url_for(".difference", reference=found.reference))
    return _difference_page(reference, form), 422


@blueprint.post("/differences/<reference>/open")
@requires(Permission.PAYMENT_RELEASE)
def open_again(reference: str) -> Any:
    """Take an explanation back."""
    found = queries.difference_by_reference(reference)
    noting.open_again(difference=found, by=current_user.id, at=clock.now())
    flash("The difference is open again.", "success")
    return redirect(url_for(".difference", reference=found.reference))


def _difference_page(reference: str, form: ExplainForm) -> str:
    found = queries.difference_by_reference(reference)
    may_act = current_member().may(Permission.PAYMENT_RELEASE)
    return render_template(
        "staff/money/difference.html",
        found=found,
        words=words_of(found.kind),
        form=form,
        names=names_of([found.explained_by_id]),
        colours=COLOURS,
        may_explain=may_act and found.status is DifferenceStatus.OPEN,
        may_open=may_act and found.status is DifferenceStatus.EXPLAINED,
    )


@blueprint.route("/reconciliations/<reference>/sign", methods=["GET", "POST"])
@requires(Permission.PAYMENT_RELEASE)
def sign(reference: str) -> Any:
    """Sign a comparison."""
    found, form = staff.reconciliation_by_reference(reference), SignForm()
    if form.carried_out(
        lambda: signing.sign_off(
            found=found, note=form.note.data or "", by=current_user.id, at=clock.now()
        )
    ):
        flash("You have signed this comparison.", "success")
        return redirect(url_for("staff_money.reconciliation", reference=found.reference))
    page = render_template(
        "staff/money/sign.html",
        found=found,
        form=form,
        before=queries.signed_before(found),
        items=queries.differences_of(found),
        colours=COLOURS,
    )
    return page, 422 if form.is_submitted() else 200


@blueprint.get("/suspense")
@requires(Permission.LEDGER_READ)
def suspense() -> str:
    """Every movement that nobody here made: what lies in suspense, and what was cleared."""
    return render_template(
        "staff/money/suspense.html",
        waiting=queries.unexplained(),
        cleared=queries.unexplained(cleared=True),
        colours=MOVEMENT_COLOURS,
    )


@blueprint.get("/suspense/<reference>")
@requires(Permission.LEDGER_READ)
def movement(reference: str) -> Any:
    """One movement: what is known of it, and what it may be."""
    found = queries.movement_by_reference(reference)
    return _movement_page(found, _unsaid(found), DisagreeForm(formdata=None))


@blueprint.post("/suspense/<reference>")
@requires(Permission.PAYMENT_RELEASE)
def propose(reference: str) -> Any:
    """Say what a movement was; a second person has to agree."""
    found, form = queries.movement_by_reference(reference), OutcomeForm()
    form.offer(queries.outcomes_fitting(found))
    if form.carried_out(
        lambda: unexplained.propose(
            movement=found,
            outcome=Outcome(form.outcome.data),
            note=form.note.data or "",
            subject=form.subject.data or "",
            by=current_user.id,
            at=clock.now(),
        )
    ):
        flash("A second person has to agree.", "success")
        return redirect(url_for(".movement", reference=found.reference))
    return _movement_page(found, form, DisagreeForm(formdata=None)), 422


@blueprint.post("/suspense/<reference>/agree")
@requires(Permission.PAYMENT_RELEASE)
def agree(reference: str) -> Any:
    """Agree with what a colleague said a movement was."""
    found = queries.movement_by_reference(reference)
    unexplained.agree(movement=found, by=current_user.id, at=clock.now())
    flash("The movement is cleared and entered in the books.", "success")
    return redirect(url_for(".movement", reference=found.reference))


@blueprint.post("/suspense/<reference>/disagree")
@requires(Permission.PAYMENT_RELEASE)
def disagree(reference: str) -> Any:
    """Take a proposal back."""
    found, form = queries.movement_by_reference(reference), DisagreeForm()
    if form.validate_on_submit():
        unexplained.disagree(
            movement=found, note=form.note.data or "", by=current_user.id, at=clock.now()
        )
        flash("The movement is open again.", "success")
        return redirect(url_for(".movement", reference=found.reference))
    return _movement_page(found, _unsaid(found), form), 422


def _unsaid(found: UnexplainedMovement) -> OutcomeForm:
    form = OutcomeForm(formdata=None)
    form.offer(queries.outcomes_fitting(found))
    return form


def _movement_page(
    found: UnexplainedMovement, form: OutcomeForm, disagree_form: DisagreeForm
) -> str:
    may_act, said = current_member().may(Permission.PAYMENT_RELEASE), queries.sayings_about(found)
    return render_template(
        "staff/money/movement.html",
        found=found,
        related=queries.related_to(found),
        said=said,
        form=form,
        disagree_form=disagree_form,
        names=names_of([found.proposed_by_id, found.cleared_by_id, *(x.said_by_id for x in said)]),
        colours=MOVEMENT_COLOURS,
        may_propose=may_act and found.status is MovementStatus.OPEN,
        may_answer=may_act and found.status is MovementStatus.PROPOSED,
        own=found.proposed_by_id == current_user.id,
    )
