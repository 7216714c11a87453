"""Writes on plans and suggestions. Lock order: round → voucher → application → offering → plan →
suggestion.
"""

import secrets
from datetime import datetime
from typing import Any

from voucher.applications.models import Application
from voucher.audit.operations import record
from voucher.core.clock import london_date
from voucher.core.db import lock, session, translating_constraints
from voucher.core.errors import Conflict, NotFound
from voucher.core.references import make_reference
from voucher.core.status import opened, transition
from voucher.matching.operations import TrackRecord, make_shortlist
from voucher.matching.operations.choice import connected, lock_case, provider_may_work
from voucher.matching.queries import chosen_lately, latest_shortlist
from voucher.programmes.models import Round
from voucher.providers.models import Offering, OfferingStatus
from voucher.vouchers.models import Voucher
from voucher.vouchers.suggesting.models import (
    PLAN_MOVES,
    SUGGESTION_MOVES,
    Bar,
    Plan,
    PlanStatus,
    Suggestion,
    SuggestionStatus,
)
from voucher.vouchers.suggesting.queries import (
    chosen_since,
    first_seed,
    has_declined,
    is_in_time,
    is_live,
    open_for_offering,
    unfinished_in_round,
    unsettled_plan,
)
from voucher.vouchers.suggesting.rules import (
    Standing,
    bar_of,
    bar_to_propose,
    last_day_to_choose,
    settled_as,
)
from voucher.vouchers.suggesting.working import Answer


def ask_for_plan(*, round_: Round, by: int, at: datetime) -> Plan:
    """Ask the worker for a preview, or give back the one that is being worked out.

    A preview that was not proposed is discarded: at most one of a round waits to be read. A round
    keeps its first seed, so that nobody asks again until chance has put a favourite first.
    """
    lock(Round, round_.id)
    earlier = unsettled_plan(round_.id)
    if earlier is not None and earlier.status is PlanStatus.ASKED:
        return earlier
    if earlier is not None:
        discard(plan=earlier, by=by, at=at)
    plan = Plan(
        reference=make_reference("PLN", secrets.token_bytes(5)),
        round_id=round_.id,
        status=PlanStatus.ASKED,
        asked_at=at,
        asked_by_id=by,
        seed=first_seed(round_.id) or secrets.token_hex(16),
        unmatched=[],
    )
    with translating_constraints():
        session.add(plan)
        opened(plan, at=at, by=by)
    record(action="plan.asked", subject=plan, at=at, by=by, details={"round": round_.id})
    return plan


def discard(*, plan: Plan, by: int, at: datetime) -> None:
    """Put a preview aside. Raises Conflict once it was proposed."""
    locked = _lock_plan(plan.id)
    transition(locked, PlanStatus.DISCARDED, moves=PLAN_MOVES, at=at, by=by)
    record(action="plan.discarded", subject=locked, at=at, by=by)


def keep_answer(*, plan_id: int, answer: Answer, at: datetime) -> bool:
    """Keep a plan as the worker has worked it out; False where it was settled meanwhile."""
    plan = _lock_plan(plan_id)
    if plan.status is not PlanStatus.ASKED:
        return False
    for pair in answer.pairs:
        suggestion = Suggestion(
            plan_id=plan.id,
            status=SuggestionStatus.PLANNED,
            **{name: getattr(pair, name) for name in pair.__slots__},
        )
        session.add(suggestion)
        opened(suggestion, at=at, by=None)
    facts: dict[str, Any] = {
        "worked_out_at": at,
        "given": dict(answer.given),
        "given_sha256": answer.sha256,
        "unmatched": [dict(each) for each in answer.unmatched],
        "needs": len(answer.given["needs"]),
        "matched": answer.best.matched,
        "total_points": answer.best.points,
        "greedy_matched": answer.greedy.matched,
        "greedy_points": answer.greedy.points,
        "first_matched": answer.first.matched,
        "first_points": answer.first.points,
    }
    transition(plan, PlanStatus.READY, moves=PLAN_MOVES, at=at, by=None, **facts)
    counts = {"needs": plan.needs, "matched": plan.matched, "given_sha256": plan.given_sha256}
    record(action="plan.worked_out", subject=plan, at=at, by=None, details=counts)
    return True


def fail(*, plan_id: int, at: datetime) -> None:
    """Note that a plan could not be worked out; nothing where it was settled meanwhile."""
    plan = _lock_plan(plan_id)
    if plan.status is PlanStatus.ASKED:
        transition(plan, PlanStatus.FAILED, moves=PLAN_MOVES, at=at, by=None)
        record(action="plan.failed", subject=plan, at=at, by=None)


def propose(*, plan: Plan, by: int, at: datetime) -> None:
    """Let the worker tell the businesses of a preview; what an earlier plan suggested is replaced.

    What an earlier plan had still to suggest is left out: one plan of a round counts.

    Before: READY, not older than `FRESH_FOR`, with something to suggest. Whether each suggestion
    can still be made is asked again when it is made. Raises Conflict with what stands in the way.
    """
    lock(Round, plan.round_id)
    locked = _lock_plan(plan.id)
    bar = bar_to_propose(matched=locked.matched, worked_out_at=locked.worked_out_at, at=at)
    if locked.status is PlanStatus.READY and bar:
        raise Conflict(bar)
    facts = {"proposed_at": at, "proposed_by_id": by}
    transition(locked, PlanStatus.PROPOSED, moves=PLAN_MOVES, at=at, by=by, **facts)
    for earlier_id in unfinished_in_round(plan.round_id, locked.id):
        _give_way(lock(Suggestion, earlier_id), by=by, at=at)
    record(
        action="plan.proposed", subject=locked, at=at, by=by, details={"matched": locked.matched}
    )


def _give_way(earlier: Suggestion, *, by: int, at: datetime) -> None:
    """End a suggestion for a newer plan's. The worker may have made or settled it meanwhile."""
    if earlier.status is SuggestionStatus.OPEN:
        _settle(earlier, SuggestionStatus.REPLACED, None, by=by, at=at)
    elif earlier.status is SuggestionStatus.PLANNED:
        _settle(earlier, SuggestionStatus.LEFT_OUT, Bar.NEWER_PLAN, by=by, at=at)


def suggest(*, suggestion_id: int, track_record: TrackRecord, at: datetime) -> bool:
    """Make one suggestion of a proposed plan, if it can still be made; whether it was.

    The business's list is made anew where the offering is not on it. After: OPEN and the business
    is told, or LEFT_OUT with the bar.
    """
    known = session.get_one(Suggestion, suggestion_id)
    voucher, application = lock_case(session.get_one(Voucher, known.voucher_id))
    offering: Offering = lock(Offering, known.offering_id)
    plan = _lock_plan(known.plan_id)
    locked: Suggestion = lock(Suggestion, suggestion_id)
    if locked.status is not SuggestionStatus.PLANNED or plan.status is not PlanStatus.PROPOSED:
        return False
    bar = bar_of(_standing(voucher, application, offering, at, suggested=True))
    if bar is None and not _listed(application, voucher, offering, track_record, at):
        bar = Bar.NOT_LISTED
    if bar is not None:
        _settle(locked, SuggestionStatus.LEFT_OUT, bar, by=None, at=at)
        return False
    facts = {
        "made_at": at,
        "last_day_on": last_day_to_choose(london_date(at), voucher.expires_on),
    }
    transition(locked, SuggestionStatus.OPEN, moves=SUGGESTION_MOVES, at=at, by=None, **facts)
    _note(locked, "suggestion.made", by=plan.proposed_by_id, at=at)
    return True


def settle(*, suggestion_id: int, at: datetime) -> bool:
    """Settle an open suggestion that was chosen, passed over, or can't be chosen any more.

    False while it still stands.
    """
    known = session.get_one(Suggestion, suggestion_id)
    voucher, application = lock_case(session.get_one(Voucher, known.voucher_id))
    offering: Offering = lock(Offering, known.offering_id)
    locked: Suggestion = lock(Suggestion, suggestion_id)
    if locked.status is not SuggestionStatus.OPEN:
        return False
    bar = bar_of(_standing(voucher, application, offering, at, made=locked))
    if bar is None:
        return False
    chosen = chosen_since(voucher.id, locked.made_at)
    _settle(locked, settled_as(bar, chosen, offering.id), bar, by=None, at=at)
    return True


def _standing(
    voucher: Voucher,
    application: Application,
    offering: Offering,
    at: datetime,
    *,
    made: Suggestion | None = None,
    suggested: bool = False,
) -> Standing:
    """How things stand for one pair. `suggested`: places suggested to others count as taken, and a
    hold bars; `made`: the suggestion that was made; it outlasts a hold."""
    today, since = london_date(at), made.made_at if made else None
    published = offering.status is OfferingStatus.PUBLISHED
    taken = chosen_lately(at).get(offering.id, 0)
    others = open_for_offering(offering.id) if suggested else 0
    return Standing(
        chosen=chosen_since(voucher.id, since) is not None,
        voucher_live=is_live(voucher, today),
        held=suggested and application.held_at is not None,
        connected=connected(application, offering.provider_id),
        on_offer=published and provider_may_work(offering.provider_id, today),
        room=offering.capacity_per_month - taken - others,
        declined=made is None and has_declined(voucher.id, offering.id),
        in_time=made is None or is_in_time(made, today),
    )


def _listed(
    application: Application,
    voucher: Voucher,
    offering: Offering,
    track_record: TrackRecord,
    at: datetime,
) -> bool:
    """Whether the offering stands on the business's list, which is made anew if it does not."""
    if _on_list(application.id, offering.id):
        return True
    try:
        make_shortlist(application=application, voucher=voucher, at=at, track_record=track_record)
    except Conflict:
        return False
    return _on_list(application.id, offering.id)


def _on_list(application_id: int, offering_id: int) -> bool:
    made = latest_shortlist(application_id)
    return any(entry.offering_id == offering_id for entry in (made.entries if made else ()))


def _settle(
    locked: Suggestion, to: SuggestionStatus, bar: Bar | None, *, by: int | None, at: datetime
) -> None:
    facts = {"settled_at": at, "bar": bar}
    transition(locked, to, moves=SUGGESTION_MOVES, at=at, by=by, **facts)
    _note(locked, f"suggestion.{to.value}", by=by, at=at)


def _note(locked: Suggestion, action: str, *, by: int | None, at: datetime) -> None:
    application = session.get_one(Application, locked.application_id)
    details = {"offering": locked.offering_id, "plan": locked.plan_id}
    record(
        action=action,
        subject=locked,
        at=at,
        by=by,
        case=application.reference,
        details={**details, "bar": locked.bar.value} if locked.bar else details,
    )


def _lock_plan(plan_id: int) -> Plan:
    locked: Plan | None = lock(Plan, plan_id)
    if locked is None:
        raise NotFound("There is no such plan.")
    return locked
