"""The ranked list: one person proposes it, a second agrees; then everybody has an answer."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import insert, select

from voucher.allocation.models import Arm, Assignment
from voucher.allocation.offers.operations import owe_offers
from voucher.allocation.scored.models import (
    Scoring,
    ScoringAnswer,
    ScoringEntry,
    ScoringProposal,
)
from voucher.allocation.scored.operations.plan import lock_round, open_secret, store
from voucher.allocation.scored.queries import (
    EntryState,
    plan_in_use,
    proposals_of,
    settled_list,
    states_of,
)
from voucher.allocation.scored.rules import Stage, rule_of, stored_rule
from voucher.allocation.scoring import Candidate, ScoringRule, in_words, points, rank
from voucher.applications.operations.scored import leave_unplaced, wait_by_rank
from voucher.applications.queries.draws import awards_decided, lock_applications
from voucher.audit.operations import record
from voucher.businesses.queries import own_enterprise_ids
from voucher.core.db import session
from voucher.core.errors import Conflict, Invalid, NotPermitted
from voucher.programmes.models import AllocationMethod, Round
from voucher.programmes.queries import round_by_id

LONGEST_NOTE = 1_000
ARM_OF = {
    "offered": Arm.VOUCHER,
    "waiting": Arm.WAITING,
    "unplaced": Arm.INFORMATION,
    "below": Arm.INFORMATION,
}
_NO_PLACE = Arm.INFORMATION


def bars_to_propose(states: Sequence[EntryState]) -> list[str]:
    """What stands in the way of a ranked list, in words for officers."""
    open_ = [state for state in states if state.stage not in (Stage.SCORED, Stage.GONE)]
    bars = [f"Applications not scored yet: {len(open_)}."] if open_ else []
    if all(state.stage is Stage.GONE for state in states):
        bars.append("Everybody has left the round, so there is nobody to rank.")
    return bars


def propose(*, scoring: Scoring, by: int, at: datetime, key: bytes) -> ScoringProposal:
    """Propose the ranked list of a round that is scored whole.

    After: it waits for a second person. Raises Conflict while a score is missing, a list waits for
    its answer or is settled; NotPermitted for a person of a business on the list.
    """
    round_ = _locked(scoring)
    proposals = proposals_of(scoring.id)
    if proposals and (proposals[0][1] is None or proposals[0][1].agreed):
        raise Conflict("A list has been proposed already.")
    states = states_of(scoring)
    bars = bars_to_propose(states)
    if bars:
        raise Conflict(" ".join(bars))
    _refuse_the_concerned(states, by)
    proposed = ScoringProposal(
        scoring_id=scoring.id,
        number=len(proposals) + 1,
        ranking=ranked_file(scoring, round_, states, key),
        proposed_at=at,
        proposed_by_id=by,
    )
    store(proposed)
    details = {
        "scoring": scoring.id,
        "number": proposed.number,
        **Counter(row["outcome"] for row in proposed.ranking["ranked"]),
    }
    record(action="scoring.proposed", subject=proposed, at=at, by=by, details=details)
    return proposed


def answer(
    *, proposal: ScoringProposal, agree: bool, note: str, by: int, at: datetime, key: bytes
) -> ScoringAnswer:
    """Agree to a proposed list, or send it back with words. Never by who proposed it.

    After an agreement everybody on the list is assigned; those with a place are owed its offer,
    which the worker makes (`offers.operations.make_offer`), those who wait go on waiting, the
    others are UNPLACED; all are told. Raises NotPermitted for the proposer and people of a business
    on the list, Invalid on "note" when it is sent back without words, Conflict when it is answered
    or what it rests on has changed.
    """
    scoring = session.get_one(Scoring, proposal.scoring_id)
    round_ = _locked(scoring)
    if by == proposal.proposed_by_id:
        raise NotPermitted("You proposed this list, so somebody else must look at it.")
    if proposals_of(scoring.id)[0] != (proposal, None):
        raise Conflict("This list has been answered already.")
    states = states_of(scoring)
    _refuse_the_concerned(states, by)
    words = note.strip()
    if len(words) > LONGEST_NOTE or not (agree or words):
        raise Invalid(f"Say why, in up to {LONGEST_NOTE:,} characters.", "note")
    given = ScoringAnswer(
        scoring_id=scoring.id,
        proposal_id=proposal.id,
        agreed=agree,
        note=words,
        proposed_by_id=proposal.proposed_by_id,
        answered_at=at,
        answered_by_id=by,
    )
    store(given)
    if agree and ranked_file(scoring, round_, states, key) != proposal.ranking:
        raise Conflict(
            "Somebody has left since, a sheet was struck, or the money has changed. Send the list "
            "back, so that it is made again."
        )
    action = "scoring.settled" if agree else "scoring.sent_back"
    details = {"scoring": scoring.id, "proposal": proposal.id}
    record(action=action, subject=given, at=at, by=by, details=details)
    if agree:
        _settle(scoring, proposal.ranking, by=by, at=at)
    return given


def ranked_file(
    scoring: Scoring, round_: Round, states: Sequence[EntryState], key: bytes
) -> dict[str, Any]:
    """The whole ranked list: the rule, what it rests on, every mark, and what it gives."""
    plan = plan_in_use(scoring.round_id)
    rule = rule_of(plan)
    secret = open_secret(scoring, key)
    scored = {state.application.reference: state for state in states if state.stage is Stage.SCORED}
    awards = awards_decided(state.application.id for state in scored.values())
    ranking = rank(
        rule,
        [
            Candidate(name, state.doubled, awards.get(state.application.id, round_.value_cap_pence))
            for name, state in scored.items()
        ],
        free_pence=round_.free_pence,
        seed=secret,
    )
    waiting = "waiting" if plan.replaces else "unplaced"
    outcomes = (
        *((one, "offered") for one in ranking.offered),
        *((one, waiting) for one in ranking.waiting),
        *((one, "below") for one in ranking.below),
    )
    return {
        "scoring": scoring.reference,
        "round": round_.reference,
        "round_name": round_.name,
        "plan_version": plan.version,
        "rule": stored_rule(rule),
        "replaces_who_leaves_before_issue": plan.replaces,
        "free_pence": round_.free_pence,
        "secret_sha256": scoring.secret_sha256,
        "seed": secret.hex(),
        "ranked": [
            _row(rule, one, scored[one.reference], place, outcome)
            for place, (one, outcome) in enumerate(outcomes, 1)
        ],
        "left": sorted(
            state.application.reference for state in states if state.stage is Stage.GONE
        ),
    }


def _row(
    rule: ScoringRule, one: Candidate, state: EntryState, place: int, outcome: str
) -> dict[str, Any]:
    return {
        "rank": place,
        "reference": one.reference,
        "number": state.entry.number,
        "outcome": outcome,
        "doubled": one.doubled,
        "points": in_words(points(rule, one.doubled)),
        "award_pence": one.award_pence,
        "sheets": [
            {"place": sheet.slot.place, "total": sheet.slot.total, "marks": dict(sheet.marks)}
            for sheet in state.sheets
        ],
    }


def _settle(scoring: Scoring, ranking: Mapping[str, Any], *, by: int, at: datetime) -> None:
    """Assign everybody on the list, and answer all but those with a place: they are owed it."""
    listed = select(ScoringEntry.application_id).where(ScoringEntry.scoring_id == scoring.id)
    applications = {row.reference: row for row in lock_applications(listed).values()}
    rows = ranking["ranked"]
    session.execute(
        insert(Assignment),
        [
            {
                "application_id": applications[row["reference"]].id,
                "round_id": scoring.round_id,
                "scoring_id": scoring.id,
                "arm": ARM_OF[row["outcome"]],
                "arm_code": row["outcome"],
                "method": AllocationMethod.SCORED,
                "position": row["rank"],
                "assigned_at": at,
                "assigned_by_id": by,
            }
            for row in rows
        ],
    )
    given = [(applications[row["reference"]], row["outcome"]) for row in rows]
    waiting = [one for one, outcome in given if outcome == "waiting"]
    owe_offers(applications=[one for one, outcome in given if outcome == "offered"], at=at)
    wait_by_rank(waiting=[(one, number) for number, one in enumerate(waiting, 1)], by=by, at=at)
    without = [(one, outcome == "below") for one, outcome in given if ARM_OF[outcome] is _NO_PLACE]
    leave_unplaced(left=without, by=by, at=at)


def _refuse_the_concerned(states: Sequence[EntryState], by: int) -> None:
    if own_enterprise_ids(by) & {state.application.business_id for state in states}:
        raise NotPermitted("You belong to a business on this list, so somebody else must act.")


def _locked(scoring: Scoring) -> Round:
    round_ = round_by_id(scoring.round_id)
    lock_round(round_)
    if settled_list(scoring.id) is not None:
        raise Conflict("The list of this round is settled already.")
    return round_
