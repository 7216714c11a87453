"""Trials of the ways of sharing a round, before it opens: run one, read it, fetch it as CSV."""

from typing import Any

from flask import Blueprint, Response, abort, flash, redirect, render_template, url_for
from flask_login import current_user

from voucher.accounts.permissions import Permission
from voucher.accounts.queries import names_of
from voucher.allocation.trials import operations, queries
from voucher.allocation.trials.files import EXAMPLE, write
from voucher.allocation.trials.models import AllocationTrial
from voucher.allocation.trials.operations import BadLines, Source
from voucher.core import clock
from voucher.core.errors import Invalid
from voucher.programmes.models import Round, StratumBasis
from voucher.programmes.queries import round_by_reference
from voucher.programmes.rules import is_prepared
from voucher.web.access import requires
from voucher.web.books_files import csv_answer
from voucher.web.findings import finding_as_csv
from voucher.web.paging import page_number
from voucher.web.staff.trials_forms import TrialForm, values_of
from voucher.web.staff.trials_tables import findings_of

blueprint = Blueprint("staff_trials", __name__, url_prefix="/staff/trials")

MOST_PROBLEMS = 50


@blueprint.get("/round/<reference>")
@requires(Permission.PROGRAMME_READ)
def of_round(reference: str) -> str:
    """Every trial of a round, and the way to a new one while it is being prepared."""
    round_ = round_by_reference(reference)
    trials = queries.trials_of(round_.id, page_number())
    return render_template(
        "staff/trials/of_round.html",
        round=round_,
        trials=trials,
        open_to_trials=is_prepared(round_.status),
        names=names_of([each.ran_by_id for each in trials.rows]),
    )


@blueprint.route("/round/<reference>/new", methods=["GET", "POST"])
@requires(Permission.PROGRAMME_EDIT)
def run(reference: str) -> Any:
    """Try the ways of sharing; nothing is decided by it, only kept."""
    round_ = round_by_reference(reference)
    if not is_prepared(round_.status):
        flash("This round has opened: its way of sharing can’t be changed any more.", "important")
        return redirect(url_for(".of_round", reference=reference))
    form = TrialForm(data=values_of(round_))
    form.offer(queries.rounds_to_try())
    made: list[AllocationTrial] = []
    if form.carried_out(lambda: made.append(_try_out(form, round_))):
        return redirect(url_for(".trial", reference=made[0].reference))
    page = render_template(
        "staff/trials/new.html", form=form, round=round_, problems=form.problems[:MOST_PROBLEMS]
    )
    return page, 422 if form.is_submitted() else 200


@blueprint.get("/round/<reference>/from/<source>.csv")
@requires(Permission.CASE_READ)
def applications(reference: str, source: str) -> Response:
    """The applications of a past round as a trial of this one takes them, to add marks to."""
    round_, past = round_by_reference(reference), round_by_reference(source)
    entrants = queries.entrants_of(past.id, round_.value_cap_pence)
    return Response(
        write(entrants),
        mimetype="text/csv",
        headers={
            "Content-Disposition": f'attachment; filename="{past.reference}-applications.csv"',
            "Cache-Control": "no-store",
        },
    )


@blueprint.get("/files/example.csv")
@requires(Permission.PROGRAMME_READ)
def example() -> Response:
    """An example of a file of test applications."""
    return csv_answer(EXAMPLE, "test-applications.csv")


@blueprint.get("/<reference>")
@requires(Permission.PROGRAMME_READ)
def trial(reference: str) -> str:
    """One trial: what was tried, and what each way would give."""
    found = queries.trial_by_reference(reference)
    return render_template(
        "staff/trials/trial.html",
        trial=found,
        tables=findings_of(found.figures),
        basis=StratumBasis(found.terms["basis"]),
        names=names_of([found.ran_by_id]),
    )


@blueprint.get("/<reference>/<name>.csv")
@requires(Permission.PROGRAMME_READ)
def table(reference: str, name: str) -> Response:
    """One table of a trial, whole."""
    found = queries.trial_by_reference(reference)
    wanted = next((each for each in findings_of(found.figures) if each.name == name), None)
    if wanted is None:
        abort(404)
    return finding_as_csv(wanted, f"{found.reference}-{name}.csv")


def _try_out(form: TrialForm, round_: Round) -> AllocationTrial:
    try:
        source = _source(form, round_)
    except BadLines as error:
        form.problems = error.problems
        raise
    return operations.try_out(
        round_=round_,
        source=source,
        terms=form.terms(round_),
        by=current_user.id,
        at=clock.now(),
    )


def _source(form: TrialForm, round_: Round) -> Source:
    chosen, upload = form.source.data, form.upload.data
    if chosen and upload:
        raise Invalid("Choose a past round or a file, not both.", "source")
    if chosen:
        return operations.from_round(round_, round_by_reference(chosen))
    if not upload:
        raise Invalid("Choose a past round, or upload a file.", "source")
    return operations.from_file(upload.filename or "", upload.read())
