"""One case on one page, and what officers do with it, each on a route of its own."""

from collections.abc import Callable
from typing import Any

from flask import Blueprint, flash, redirect, render_template, url_for
from flask_login import current_user

from voucher.accounts.permissions import Permission
from voucher.applications.models import Application, DecisionOutcome
from voucher.applications.operations import appeal as appeals
from voucher.applications.operations import assess, drawn
from voucher.applications.operations import decide as decisions
from voucher.applications.queries import staff
from voucher.applications.rules import (
    CaseAction,
    Obstacle,
    approval_obstacles,
    bar_to,
    reasons_given,
)
from voucher.businesses.queries import entries, same_enterprise_ids
from voucher.core import clock
from voucher.core.errors import Invalid
from voucher.eligibility.models import EligibilityCheck
from voucher.eligibility.queries import latest_check
from voucher.subsidy.queries import cumulation_of, group_of
from voucher.vouchers.queries import holds_live_voucher
from voucher.web.access import requires
from voucher.web.forms import ServiceForm
from voucher.web.staff import cases_forms as forms
from voucher.web.staff.case_file import (
    DIFFERENCE_LABELS,
    case_file,
    check_lines,
    decision_file,
)
from voucher.web.staff.queue import CHECK_COLOURS, STATUS_COLOURS

blueprint = Blueprint("staff_cases", __name__, url_prefix="/staff/cases")


@blueprint.get("/<reference>")
@requires(Permission.CASE_READ)
def case(reference: str) -> str:
    """The whole case on one page."""
    return render_template(
        "staff/cases/case.html",
        file=case_file(reference, clock.today()),
        reasons_given=reasons_given,
        differences=DIFFERENCE_LABELS,
        status_colours=STATUS_COLOURS,
        check_colours=CHECK_COLOURS,
    )


@blueprint.get("/<reference>/support")
@requires(Permission.CASE_READ)
def support(reference: str) -> str:
    """Earlier public support, line by line, and what is left under the limit."""
    found = staff.case_by_reference(reference)
    relations = group_of(found.business_id)
    group = entries(relations)
    return render_template(
        "staff/cases/support.html",
        case=found,
        sum=cumulation_of(found.business_id, clock.today(), relations),
        others=[entry for entry in group if entry.id != found.business_id],
        names={entry.reference: entry.name for entry in group},
    )


@blueprint.post("/<reference>/take")
@requires(Permission.CASE_ASSESS)
def take(reference: str) -> Any:
    """Give the case to whoever presses the button."""
    found = staff.case_by_reference(reference)
    assess.assign(application=found, officer_id=current_user.id, by=current_user.id, at=clock.now())
    return _done(found, "This case is yours.")


@blueprint.post("/<reference>/check")
@requires(Permission.CASE_ASSESS)
def check(reference: str) -> Any:
    """Check the case against the rules again, on the facts of today."""
    found = staff.case_by_reference(reference)
    assess.check_again(
        application=found,
        holds_live_voucher=_holds_live_voucher(found),
        by=current_user.id,
        at=clock.now(),
    )
    return _done(found, "It has been checked again. Outside registers are asked now.")


@blueprint.route("/<reference>/assign", methods=["GET", "POST"])
@requires(Permission.CASE_ASSESS)
def assign(reference: str) -> Any:
    """Give the case to somebody, or back to nobody."""
    found = staff.case_by_reference(reference)
    form = forms.assign_form(assess.case_officers(), found.assigned_to_id)

    def act() -> None:
        chosen = form.officer_id.data
        assess.assign(
            application=found,
            officer_id=int(chosen) if chosen else None,
            by=current_user.id,
            at=clock.now(),
        )

    return _page("assign", found, form, act, "The case has been given.")


@blueprint.route("/<reference>/note", methods=["GET", "POST"])
@requires(Permission.CASE_ASSESS)
def note(reference: str) -> Any:
    """Keep a note."""
    found = staff.case_by_reference(reference)
    form = forms.NoteForm()

    def act() -> None:
        assess.add_note(
            application=found, words=form.words.data, by=current_user.id, at=clock.now()
        )

    return _page("note", found, form, act, "The note has been kept.")


@blueprint.route("/<reference>/hold", methods=["GET", "POST"])
@requires(Permission.CASE_ASSESS)
def hold(reference: str) -> Any:
    """Hold the case, with a reason."""
    found = staff.case_by_reference(reference)
    form = forms.HoldForm()

    def act() -> None:
        assess.hold(application=found, reason=form.reason.data, by=current_user.id, at=clock.now())

    return _page("hold", found, form, act, "The case is on hold.", needs=CaseAction.HOLD)


@blueprint.route("/<reference>/release", methods=["GET", "POST"])
@requires(Permission.CASE_ASSESS)
def release(reference: str) -> Any:
    """Release a held case."""
    found = staff.case_by_reference(reference)
    form = forms.ReleaseForm()

    def act() -> None:
        assess.release_hold(
            application=found, note=form.note.data or "", by=current_user.id, at=clock.now()
        )

    return _page(
        "release", found, form, act, "The case is no longer on hold.", needs=CaseAction.RELEASE
    )


@blueprint.route("/<reference>/corrections", methods=["GET", "POST"])
@requires(Permission.CASE_ASSESS)
def corrections(reference: str) -> Any:
    """Send the business one list of what to put right; the clock stops."""
    found = staff.case_by_reference(reference)
    form = forms.CorrectionsForm()

    def act() -> None:
        assess.request_corrections(
            application=found, items=form.asked(), by=current_user.id, at=clock.now()
        )

    sent = assess.lists_sent(found.id)
    return _page(
        "corrections",
        found,
        form,
        act,
        "The list has been sent to the business.",
        needs=CaseAction.CORRECT,
        sent=sent,
    )


@blueprint.route("/<reference>/decide", methods=["GET", "POST"])
@requires(Permission.CASE_ASSESS)
def decide(reference: str) -> Any:
    """Approve up to an amount, or refuse, with reasons of the catalogue."""
    found = staff.case_by_reference(reference)
    room = decisions.award_room(application=found, round_=found.round, at=clock.now())
    form = forms.DecideForm(data={"award_pence": room.most_pence or None})
    check = latest_check(found.id)

    def act() -> None:
        try:
            decisions.decide(
                application=found,
                outcome=DecisionOutcome(form.outcome.data),
                award_pence=form.award_pence.data,
                reasons=form.reasons,
                note=form.note.data or "",
                by=current_user.id,
                at=clock.now(),
            )
        except Invalid as error:
            field = form.reasons_field if error.field == "reasons" else error.field
            raise Invalid(str(error), field) from error

    return _page(
        "decide",
        found,
        form,
        act,
        "The decision has been made.",
        needs=CaseAction.DECIDE,
        room=room,
        check=check,
        lines=check_lines(check) if check else [],
        check_colours=CHECK_COLOURS,
        obstacles=_obstacles(found, check),
    )


@blueprint.route("/<reference>/second", methods=["GET", "POST"])
@requires(Permission.CASE_APPROVE)
def second(reference: str) -> Any:
    """Agree to a proposed award, or send it back."""
    found = staff.case_by_reference(reference)
    form = forms.SecondForm()

    def act() -> None:
        decisions.second(
            application=found,
            agree=form.verdict.data == "agree",
            note=form.note.data or "",
            by=current_user.id,
            at=clock.now(),
        )

    decision = staff.latest_decision(found.id)
    return _page(
        "second",
        found,
        form,
        act,
        "Your answer has been kept.",
        needs=CaseAction.SECOND,
        decision=decision,
        reasons=reasons_given(decision.reasons) if decision else [],
    )


@blueprint.route("/<reference>/reconsider", methods=["GET", "POST"])
@requires(Permission.CASE_ASSESS)
def reconsider(reference: str) -> Any:
    """Take an eligible application back, to be decided again."""
    found = staff.case_by_reference(reference)
    form = forms.ReconsiderForm()

    def act() -> None:
        drawn.reconsider(
            application=found, note=form.note.data or "", by=current_user.id, at=clock.now()
        )

    return _page(
        "reconsider",
        found,
        form,
        act,
        "It is back in the queue, to be decided again.",
        needs=CaseAction.RECONSIDER,
    )


@blueprint.route("/<reference>/appeal", methods=["GET", "POST"])
@requires(Permission.CASE_APPROVE)
def appeal(reference: str) -> Any:
    """Answer the open appeal."""
    found = staff.case_by_reference(reference)
    made = staff.open_appeal(found.id)
    form = forms.AppealForm()

    def act() -> None:
        appeals.answer_appeal(
            appeal=made,
            uphold=form.verdict.data == "uphold",
            answer=form.answer.data,
            by=current_user.id,
            at=clock.now(),
            holds_live_voucher=_holds_live_voucher(found),
        )

    decision = staff.latest_decision(found.id)
    return _page(
        "appeal",
        found,
        form,
        act,
        "The appeal has been answered.",
        needs=CaseAction.ANSWER_APPEAL,
        appeal=made,
        reasons=reasons_given(decision.reasons) if decision else [],
    )


def _holds_live_voucher(found: Application) -> bool:
    return holds_live_voucher(found.round.programme_id, same_enterprise_ids(found.business_id))


def _obstacles(found: Application, check: EligibilityCheck | None) -> tuple[Obstacle, ...]:
    return approval_obstacles(
        held=found.held_at is not None,
        check_outcome=check.outcome if check else None,
        list_frozen=found.round.list_frozen_at is not None,
    )


def _page(
    name: str,
    found: Application,
    form: ServiceForm,
    act: Callable[[], None],
    done: str,
    *,
    needs: CaseAction | None = None,
    **shown: Any,
) -> Any:
    """Show the form; when it was sent and is right, act, and go back to the case.

    Where the state of the case bars `needs`, the page says why instead, and what was decided.
    """
    reference = found.reference
    bar = needs and bar_to(needs, status=found.status, held=found.held_at is not None)
    if bar:
        page = render_template(
            f"staff/cases/{name}.html",
            case=found,
            bar=bar,
            file=decision_file(found),
            reasons_given=reasons_given,
            **shown,
        )
        return page, 409 if form.is_submitted() else 200
    if form.validate_on_submit():
        try:
            act()
        except Invalid as error:
            form.refuse(error)
            found = staff.case_by_reference(reference)
        else:
            return _done(found, done)
    page = render_template(f"staff/cases/{name}.html", case=found, form=form, **shown)
    return page, 422 if form.is_submitted() else 200


def _done(found: Application, words: str) -> Any:
    flash(words, "success")
    return redirect(url_for(".case", reference=found.reference))
