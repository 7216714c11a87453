"""Setting up programmes, their rule sets and terms, and rounds; opening and closing rounds."""

import re
import secrets
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import func, select

from voucher.audit.operations import record
from voucher.core.db import explain_constraint, session, translating_constraints
from voucher.core.errors import Conflict, Invalid
from voucher.core.references import make_reference
from voucher.core.status import opened, transition
from voucher.programmes.models import (
    ROUND_MOVES,
    Programme,
    Round,
    RoundStatus,
    RuleSet,
    Terms,
)
from voucher.programmes.operations.budget import grant_budget
from voucher.programmes.plans.queries import locked_plan
from voucher.programmes.rules import RoundSettings, check_settings, is_prepared

PLANNED = ("allocation_method", "draw_stratum", "draw_arms")
"""Settings that an analysis plan rests on."""
explain_constraint("uq_programme_slug", "There is a programme of that name already.")
explain_constraint("programme.slug", "There is a programme of that name already.")


def create_programme(
    *,
    name: str,
    summary: str,
    contact_email: str,
    year_end_month: int = 3,
    by: int | None,
    at: datetime,
) -> Programme:
    """Create a programme whose financial year ends with `year_end_month` (1 to 12).

    Raises Invalid without a name, Conflict when the name is taken.
    """
    slug = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:60]
    if not slug:
        raise Invalid("Enter a name with at least one letter or number", "name")
    programme = Programme(
        slug=slug,
        name=name.strip(),
        summary=summary.strip(),
        contact_email=contact_email.strip().lower(),
        year_end_month=year_end_month,
        created_at=at,
        created_by_id=by,
    )
    with translating_constraints():
        session.add(programme)
        session.flush()
    record(action="programme.created", subject=programme, at=at, by=by)
    return programme


def edit_programme(
    *,
    programme: Programme,
    summary: str,
    contact_email: str,
    year_end_month: int,
    by: int,
    at: datetime,
) -> None:
    """Change a programme's summary, contact address, and the month its financial year ends with.

    A year that was closed stays as it was; the next one to be closed begins the day after it.
    """
    programme.year_end_month = year_end_month
    programme.summary = summary.strip()
    programme.contact_email = contact_email.strip().lower()
    record(action="programme.edited", subject=programme, at=at, by=by)


def add_rule_set(
    *, programme: Programme, content: Mapping[str, Any], note: str, by: int | None, at: datetime
) -> RuleSet:
    """Store the next version of the programme's eligibility rules."""
    rule_set = RuleSet(
        programme_id=programme.id,
        version=_next_version(RuleSet, programme.id),
        content=dict(content),
        note=note,
        created_at=at,
        created_by_id=by,
    )
    session.add(rule_set)
    session.flush()
    record(action="programme.rules_added", subject=rule_set, at=at, by=by)
    return rule_set


def add_terms(
    *, programme: Programme, terms_text: str, data_notice_text: str, by: int | None, at: datetime
) -> Terms:
    """Store the next version of the programme's terms and data-use notice."""
    terms = Terms(
        programme_id=programme.id,
        version=_next_version(Terms, programme.id),
        terms_text=terms_text,
        data_notice_text=data_notice_text,
        created_at=at,
    )
    session.add(terms)
    session.flush()
    record(action="programme.terms_added", subject=terms, at=at, by=by)
    return terms


def create_round(
    *,
    programme: Programme,
    settings: RoundSettings,
    rule_set: RuleSet,
    terms: Terms,
    by: int | None,
    at: datetime,
) -> Round:
    """Create a round as a draft. Raises Invalid naming the setting that makes no sense."""
    check_settings(settings)
    created = Round(
        programme_id=programme.id,
        reference=make_reference("RND", secrets.token_bytes(8)),
        status=RoundStatus.DRAFT,
        rule_set_id=_of_programme(rule_set, programme.id).id,
        terms_id=_of_programme(terms, programme.id).id,
        created_at=at,
        created_by_id=by,
        **settings.values(),
    )
    with translating_constraints():
        session.add(created)
        session.flush()
    opened(created, at=at, by=by)
    record(action="round.created", subject=created, at=at, by=by)
    return created


def edit_round(
    *,
    round_: Round,
    settings: RoundSettings,
    rule_set: RuleSet,
    terms: Terms,
    by: int,
    at: datetime,
) -> None:
    """Change a round that has not opened yet. Raises Conflict once it has."""
    check_settings(settings)
    # As stored now, and locked: a budget that changes while it is granted would not be the books'.
    session.refresh(round_, ["status"], with_for_update=True)
    if not is_prepared(round_.status):
        raise Conflict("A round can be changed only until it opens.")
    _keep_what_was_planned(round_, settings)
    for name, value in settings.values().items():
        setattr(round_, name, value)
    round_.rule_set_id = _of_programme(rule_set, round_.programme_id).id
    round_.terms_id = _of_programme(terms, round_.programme_id).id
    with translating_constraints():
        session.flush()
    record(action="round.edited", subject=round_, at=at, by=by)


def _keep_what_was_planned(round_: Round, settings: RoundSettings) -> None:
    """Raise Conflict if the settings would share the round otherwise than its locked plan says."""
    changed = [name for name in PLANNED if getattr(round_, name) != settings.values()[name]]
    if changed and locked_plan(round_.id) is not None:
        raise Conflict(
            "The analysis plan of this round is locked, so the way it is shared, its arms and what "
            "the list is divided by can’t be changed any more."
        )


def open_round(*, round_: Round, by: int | None, at: datetime) -> None:
    """Open a round: its settings are fixed from now on, and its budget enters the books.

    Only a draft's first opening grants the budget; a closed round can be opened again.
    """
    session.refresh(round_, ["status", "budget_pence", "list_frozen_at"], with_for_update=True)
    if round_.list_frozen_at is not None:
        raise Conflict("The list of this round’s draw is frozen, so it can’t be opened again.")
    first = round_.status is RoundStatus.DRAFT
    transition(round_, RoundStatus.OPEN, moves=ROUND_MOVES, at=at, by=by)
    if first:
        grant_budget(round_=round_, at=at, by=by)
    record(action="round.opened", subject=round_, at=at, by=by)


def close_round(*, round_: Round, by: int | None, at: datetime) -> None:
    """Close a round to new applications; those already sent go on."""
    transition(round_, RoundStatus.CLOSED, moves=ROUND_MOVES, at=at, by=by)
    record(action="round.closed", subject=round_, at=at, by=by)


def _next_version(model: Any, programme_id: int) -> int:
    query = select(func.coalesce(func.max(model.version), 0) + 1)
    return session.execute(query.where(model.programme_id == programme_id)).scalar_one()


def _of_programme(row: Any, programme_id: int) -> Any:
    if row.programme_id != programme_id:
        raise Invalid("Choose a version that belongs to this programme")
    return row
