"""Programmes and rounds: list, create, edit until open, open, close."""

import json
from collections.abc import Callable
from typing import Any

from flask import Blueprint, flash, redirect, render_template, url_for
from flask_login import current_user

from voucher.accounts.permissions import Permission
from voucher.allocation.scored.operations.plan import plan_bar, require_plan_to_open
from voucher.core import clock
from voucher.core.errors import Conflict, Invalid
from voucher.eligibility.default_rule_set import DEFAULT_RULE_SET
from voucher.programmes import queries
from voucher.programmes.models import Programme, Round, RoundStatus, RuleSet, Terms
from voucher.programmes.operations import rounds
from voucher.programmes.rules import RoundStanding, arms_of, standing_of
from voucher.web.access import requires
from voucher.web.display import day
from voucher.web.forms import ServiceForm
from voucher.web.staff.programmes_forms import (
    ProgrammeForm,
    RoundForm,
    RuleSetForm,
    TermsForm,
    programme_values,
    round_values,
)
from voucher.web.staff.programmes_words import FIRST_DATA_NOTICE, FIRST_TERMS

blueprint = Blueprint("staff_programmes", __name__, url_prefix="/staff/programmes")


@blueprint.get("/")
@requires(Permission.PROGRAMME_READ)
def programmes():
    """Every programme with its rounds."""
    return render_template(
        "staff/programmes/list.html", programmes=queries.programmes(), standing=_standing
    )


@blueprint.route("/new", methods=["GET", "POST"])
@requires(Permission.PROGRAMME_EDIT)
def create_programme():
    """Create a programme with the default rules and terms as its first versions."""
    form = ProgrammeForm()
    if form.validate_on_submit():
        try:
            programme = _create(form)
        except (Invalid, Conflict) as error:
            form.refuse(error if isinstance(error, Invalid) else Invalid(str(error), "name"))
        else:
            flash("The programme has been created.", "success")
            return redirect(url_for(".programme", slug=programme.slug))
    page = render_template("staff/programmes/programme_form.html", form=form, programme=None)
    return page, 422 if form.is_submitted() else 200


@blueprint.get("/<slug>")
@requires(Permission.PROGRAMME_READ)
def programme(slug: str):
    """One programme: its rounds, rules and terms."""
    found = queries.programme_by_slug(slug)
    return render_template(
        "staff/programmes/programme.html",
        programme=found,
        standing=_standing,
        rule_sets=queries.rule_sets(found.id),
        terms=queries.terms_versions(found.id),
    )


@blueprint.route("/<slug>/edit", methods=["GET", "POST"])
@requires(Permission.PROGRAMME_EDIT)
def edit_programme(slug: str):
    """Change a programme's words. Its name stays, because published pages carry it."""
    found = queries.programme_by_slug(slug)
    form = ProgrammeForm(data=programme_values(found))
    del form.name
    if form.validate_on_submit():
        rounds.edit_programme(
            programme=found,
            summary=form.summary.data,
            contact_email=form.contact_email.data,
            year_end_month=form.year_end_month.data,
            by=current_user.id,
            at=clock.now(),
        )
        flash("The programme has been changed.", "success")
        return redirect(url_for(".programme", slug=slug))
    page = render_template("staff/programmes/programme_form.html", form=form, programme=found)
    return page, 422 if form.is_submitted() else 200


@blueprint.route("/<slug>/rules/new", methods=["GET", "POST"])
@requires(Permission.PROGRAMME_EDIT)
def add_rule_set(slug: str):
    """Store the next version of the eligibility rules. Rounds keep the version they have."""
    found = queries.programme_by_slug(slug)
    newest = next(iter(queries.rule_sets(found.id)), None)
    shown = newest.content if newest else DEFAULT_RULE_SET
    form = RuleSetForm(data={"content": json.dumps(shown, indent=2, ensure_ascii=False)})

    def keep(**who: Any) -> RuleSet:
        return rounds.add_rule_set(programme=found, content=form.rules, note=form.note.data, **who)

    return _next_version(found, form, keep, "rules")


@blueprint.route("/<slug>/terms/new", methods=["GET", "POST"])
@requires(Permission.PROGRAMME_EDIT)
def add_terms(slug: str):
    """Store the next version of the terms and the data-use notice."""
    found = queries.programme_by_slug(slug)
    newest = next(iter(queries.terms_versions(found.id)), None)
    form = TermsForm(
        data={
            "terms_text": newest.terms_text if newest else FIRST_TERMS,
            "data_notice_text": newest.data_notice_text if newest else FIRST_DATA_NOTICE,
        }
    )

    def keep(**who: Any) -> Terms:
        return rounds.add_terms(
            programme=found,
            terms_text=form.terms_text.data,
            data_notice_text=form.data_notice_text.data,
            **who,
        )

    return _next_version(found, form, keep, "terms")


def _next_version(
    found: Programme, form: ServiceForm, keep: Callable[..., RuleSet | Terms], of_what: str
) -> Any:
    """The form of a next version; `keep` stores what it holds, by whom and when."""
    if form.validate_on_submit():
        stored = keep(by=current_user.id, at=clock.now())
        flash(f"Version {stored.version} of the {of_what} has been kept.", "success")
        return redirect(url_for(".programme", slug=found.slug))
    page = render_template("staff/programmes/version_form.html", form=form, programme=found)
    return page, 422 if form.is_submitted() else 200


@blueprint.route("/<slug>/rounds/new", methods=["GET", "POST"])
@requires(Permission.PROGRAMME_EDIT)
def create_round(slug: str):
    """Create a round as a draft."""
    return _round_form(queries.programme_by_slug(slug), None)


@blueprint.get("/rounds/<reference>")
@requires(Permission.PROGRAMME_READ)
def round_page(reference: str):
    """One round: its settings and its money."""
    found = queries.round_by_reference(reference)
    return render_template(
        "staff/programmes/round.html",
        round=found,
        standing=_standing,
        arms=arms_of(found.draw_arms),
        bar=plan_bar(found) if found.status is RoundStatus.DRAFT else "",
    )


@blueprint.route("/rounds/<reference>/edit", methods=["GET", "POST"])
@requires(Permission.PROGRAMME_EDIT)
def edit_round(reference: str):
    """Change a round that has not opened yet."""
    found = queries.round_by_reference(reference)
    return _round_form(found.programme, found)


@blueprint.post("/rounds/<reference>/open")
@requires(Permission.PROGRAMME_EDIT)
def open_round(reference: str):
    """Open a round: from now on its settings are fixed."""
    found = queries.round_by_reference(reference)
    require_plan_to_open(found)
    rounds.open_round(round_=found, by=current_user.id, at=clock.now())
    fixed = "Its settings can’t be changed any more."
    if _standing(found) is RoundStanding.TO_OPEN:
        flash(f"The round takes applications from {day(found.opens_on)}. {fixed}", "success")
    else:
        flash(f"The round is open. {fixed}", "success")
    return redirect(url_for(".round_page", reference=reference))


@blueprint.post("/rounds/<reference>/close")
@requires(Permission.PROGRAMME_EDIT)
def close_round(reference: str):
    """Close a round to new applications."""
    found = queries.round_by_reference(reference)
    rounds.close_round(round_=found, by=current_user.id, at=clock.now())
    flash("The round is closed to new applications.", "success")
    return redirect(url_for(".round_page", reference=reference))


def _standing(round_: Round) -> RoundStanding:
    return standing_of(
        status=round_.status,
        opens_on=round_.opens_on,
        closes_on=round_.closes_on,
        today=clock.today(),
    )


def _create(form: ProgrammeForm) -> Programme:
    at, by = clock.now(), current_user.id
    programme = rounds.create_programme(
        name=form.name.data,
        summary=form.summary.data,
        contact_email=form.contact_email.data,
        year_end_month=form.year_end_month.data,
        by=by,
        at=at,
    )
    rounds.add_rule_set(
        programme=programme, content=DEFAULT_RULE_SET, note="as supplied", by=by, at=at
    )
    rounds.add_terms(
        programme=programme,
        terms_text=FIRST_TERMS,
        data_notice_text=FIRST_DATA_NOTICE,
        by=by,
        at=at,
    )
    return programme


def _round_form(programme: Programme, found: Round | None):
    rule_sets = list(queries.rule_sets(programme.id))
    terms = list(queries.terms_versions(programme.id))
    form = RoundForm(data=round_values(found, rule_sets, terms))
    form.offer(rule_sets, terms)
    if form.validate_on_submit():
        try:
            saved = _save_round(form, programme, found, rule_sets, terms)
        except Invalid as error:
            form.refuse(_named_as_typed(error))
        except Conflict as error:
            form.refuse(Invalid(str(error), "name"))
        else:
            flash("The round has been saved.", "success")
            return redirect(url_for(".round_page", reference=saved.reference))
    page = render_template(
        "staff/programmes/round_form.html", form=form, programme=programme, round=found
    )
    return page, 422 if form.is_submitted() else 200


def _save_round(form, programme, found, rule_sets, terms) -> Round:
    chosen = {
        "settings": form.settings(),
        "rule_set": next(row for row in rule_sets if str(row.id) == form.rule_set.data),
        "terms": next(row for row in terms if str(row.id) == form.terms.data),
        "by": current_user.id,
        "at": clock.now(),
    }
    if found is None:
        return rounds.create_round(programme=programme, **chosen)
    rounds.edit_round(round_=found, **chosen)
    return found


def _named_as_typed(error: Invalid) -> Invalid:
    """The refusal, at the field where the value was typed (per cent, not basis points)."""
    typed = {"share_bps": "share_percent", "evidence_sample_bps": "evidence_sample_percent"}
    return Invalid(str(error), typed.get(error.field or "", error.field))
