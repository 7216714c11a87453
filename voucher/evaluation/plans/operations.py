"""Drawing up, locking and departing from the analysis plan of a round, as evaluators do it."""

from datetime import datetime

from voucher.core.clock import london_date
from voucher.core.db import lock as lock_row
from voucher.core.db import session
from voucher.core.errors import Conflict, Invalid
from voucher.evaluation.models import Report, ReportKind
from voucher.evaluation.operations import queue_report
from voucher.evaluation.plans.checks import check_plan, check_protection
from voucher.evaluation.plans.queries import plan_document_under_way
from voucher.evaluation.plans.rules import AnalysisPlan
from voucher.evaluation.plans.sizes import plan_figures
from voucher.programmes.models import AllocationMethod, Round, RoundStatus
from voucher.programmes.plans import models
from voucher.programmes.plans import operations as keeping
from voucher.programmes.plans.queries import draft_of
from voucher.programmes.rules import arms_of


def draw_up(
    *, round_: Round, plan: AnalysisPlan, by: int, at: datetime
) -> models.AnalysisPlanDraft:
    """Keep the plan with what it comes to, in place of the one drawn up before.

    Raises Invalid, naming the field, for a plan that makes no sense, and Conflict once one is
    locked or it is too late.
    """
    keeping.require_open(round_)
    _check(plan, round_)
    return keeping.save_draft(
        round_=round_, content=plan.content(), figures=plan_figures(plan), by=by, at=at
    )


def lock(*, round_: Round, sha256: str, by: int, at: datetime) -> models.AnalysisPlan:
    """Lock the plan that was looked at (its `sha256`), and have its document built.

    Raises Conflict if another was saved meanwhile, the round's draw is planned otherwise now, or
    those compared could be offered a voucher before the primary outcome is known.
    """
    keeping.require_open(round_)
    draft = draft_of(round_.id)
    if draft is not None:
        session.refresh(draft)
        try:
            read = AnalysisPlan.read(draft.content)
            _check(read, round_)
            _check_protection(read, round_, at)
        except Invalid as error:
            raise Conflict(f"The plan no longer fits the round. {error}") from error
    plan = keeping.lock_plan(round_=round_, sha256=sha256, by=by, at=at)
    ask_document(round_id=round_.id, by=by, at=at)
    return plan


def deviate(
    *, plan: models.AnalysisPlan, what: str, why: str, by: int, at: datetime
) -> models.PlanDeviation:
    """Note for good what is done otherwise than planned, and have the document built anew."""
    deviation = keeping.note_deviation(plan=plan, what=what, why=why, by=by, at=at)
    ask_document(round_id=plan.round_id, by=by, at=at)
    return deviation


def ask_document(*, round_id: int, by: int, at: datetime) -> Report:
    """Ask for the plan as a document, with every deviation noted up to `at`.

    Asking again while one waits that will hold them all gives that one.
    """
    lock_row(Round, round_id)
    waiting = plan_document_under_way(round_id)
    if waiting is not None:
        return waiting
    return queue_report(kind=ReportKind.PLAN, about={"round": round_id}, by=by, at=at)


def _check(plan: AnalysisPlan, round_: Round) -> None:
    is_drawn = round_.allocation_method is AllocationMethod.RANDOM
    check_plan(
        plan,
        method=round_.allocation_method,
        arms=arms_of(round_.draw_arms) if is_drawn else [],
        stratum=round_.draw_stratum,
    )


def _check_protection(plan: AnalysisPlan, round_: Round, at: datetime) -> None:
    if round_.allocation_method is not AllocationMethod.RANDOM:
        return
    today = london_date(at)
    closed = round_.status is RoundStatus.CLOSED
    check_protection(
        plan,
        arms_of(round_.draw_arms),
        replaces=round_.draw_replaces,
        follow_up_on=round_.follow_up_on,
        drawn_from=today if closed else max(today, round_.closes_on),
    )
