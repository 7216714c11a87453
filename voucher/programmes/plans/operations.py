"""Keeping a plan while it is drawn up, locking it for good, noting what is done otherwise.

Each locks the round first, so that no list is frozen while its plan is being locked.
"""

import secrets
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from voucher.audit.operations import record
from voucher.core.db import lock, session, translating_constraints
from voucher.core.errors import Conflict
from voucher.core.references import make_reference
from voucher.programmes.models import Round
from voucher.programmes.plans.models import AnalysisPlan, AnalysisPlanDraft, PlanDeviation
from voucher.programmes.plans.queries import deviations, draft_of, locked_plan
from voucher.programmes.plans.rules import check_deviation, plan_sha256, why_too_late

_COLUMNS = [column.key for column in Round.__mapper__.column_attrs]


def save_draft(
    *,
    round_: Round,
    content: Mapping[str, Any],
    figures: Mapping[str, Any],
    by: int,
    at: datetime,
) -> AnalysisPlanDraft:
    """Keep a plan that is being drawn up, in place of the one kept before.

    Raises Conflict once the plan is locked, or it is too late to lock one.
    """
    require_open(round_)
    draft = draft_of(round_.id)
    if draft is None:
        draft = AnalysisPlanDraft(round_id=round_.id)
        session.add(draft)
    draft.content, draft.figures = dict(content), dict(figures)
    draft.saved_at, draft.saved_by_id = at, by
    session.flush()
    details = {"round": round_.id, "sha256": plan_sha256(draft.content)}
    record(action="plan.drawn_up", subject=draft, at=at, by=by, details=details)
    return draft


def lock_plan(*, round_: Round, sha256: str, by: int, at: datetime) -> AnalysisPlan:
    """Lock the plan that was drawn up; from now on it is published and never changes.

    `sha256`: of the plan that was looked at before saying so. Raises Conflict if another was saved
    meanwhile, if nothing was, once the plan is locked, and when it is too late.
    """
    require_open(round_)
    draft = draft_of(round_.id)
    if draft is None:
        raise Conflict("Draw up the analysis plan first.")
    # As stored now: somebody may have saved another since this one was looked at.
    session.refresh(draft)
    if plan_sha256(draft.content) != sha256:
        raise Conflict("Somebody has changed the plan since you looked at it. Look at it again.")
    plan = AnalysisPlan(
        reference=make_reference("PLN", secrets.token_bytes(8)),
        round_id=round_.id,
        content=draft.content,
        figures=draft.figures,
        sha256=sha256,
        locked_at=at,
        locked_by_id=by,
    )
    with translating_constraints():
        session.add(plan)
        session.flush()
    details = {"round": round_.id, "sha256": sha256}
    record(action="plan.locked", subject=plan, at=at, by=by, details=details)
    return plan


def note_deviation(
    *, plan: AnalysisPlan, what: str, why: str, by: int, at: datetime
) -> PlanDeviation:
    """Note for good what is done otherwise than the locked plan says, and why.

    The same words again, as of a second click, give the one that is noted already. Raises Invalid,
    naming the field, where either is missing or too long.
    """
    what, why = what.strip(), why.strip()
    check_deviation(what, why)
    lock(Round, plan.round_id)
    for noted in deviations(plan.id):
        if (noted.what, noted.why) == (what, why):
            return noted
    deviation = PlanDeviation(plan_id=plan.id, what=what, why=why, noted_at=at, noted_by_id=by)
    session.add(deviation)
    session.flush()
    record(
        action="plan.deviated",
        subject=deviation,
        at=at,
        by=by,
        details={"plan": plan.id, "round": plan.round_id},
    )
    return deviation


def require_open(round_: Round) -> None:
    """Lock the round and read it as it is stored now; Conflict if its plan can't change any more.

    Whoever checks a plan against its round does so after this, or the round may change in between.
    """
    session.refresh(round_, _COLUMNS, with_for_update={"key_share": True})
    if locked_plan(round_.id) is not None:
        raise Conflict(
            "The analysis plan of this round is locked. Note what is done otherwise as a deviation."
        )
    why = why_too_late(
        method=round_.allocation_method,
        status=round_.status,
        list_is_frozen=round_.list_frozen_at is not None,
    )
    if why is not None:
        raise Conflict(why)
