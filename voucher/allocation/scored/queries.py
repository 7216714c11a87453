"""Reads of scored rounds: the plan, how far each application has come, the list, who left."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import aliased, joinedload

from voucher.allocation.models import Arm, Assignment
from voucher.allocation.scored.models import (
    Score,
    Scorer,
    ScorerConflict,
    Scoring,
    ScoringAnswer,
    ScoringEntry,
    ScoringPlan,
    ScoringProposal,
    ScoringReplacement,
    ScoringSlot,
    SlotStatus,
)
from voucher.allocation.scored.rules import Stage, rule_of, stage_of
from voucher.allocation.scoring import Marks, ScoringRule, doubled_result
from voucher.applications.models import Application, ApplicationStatus
from voucher.core.db import session
from voucher.core.errors import Conflict, NotFound
from voucher.programmes.models import Round

LEFT = (ApplicationStatus.WITHDRAWN, ApplicationStatus.REFUSED)


@dataclass(frozen=True)
class Sheet:
    """One scorer's sheet that was handed in."""

    slot: ScoringSlot
    user_id: int
    scores: Sequence[Score]

    @property
    def marks(self) -> Marks:
        """Criterion → mark."""
        return {score.criterion: score.mark for score in self.scores}

    @property
    def by_criterion(self) -> dict[str, Score]:
        """Criterion → mark and reason."""
        return {score.criterion: score for score in self.scores}


@dataclass(frozen=True)
class EntryState:
    """One application to be scored, and how far that has come.

    `sheets`: handed in, in the order in which they were taken: after one was struck, whoever
    replaces its scorer comes after those whose marks were there before. `taken`: user → its slot
    not handed in yet; `struck`: how many were struck.
    """

    entry: ScoringEntry
    rule: ScoringRule
    sheets: Sequence[Sheet]
    taken: dict[int, ScoringSlot]
    struck: int = 0

    @property
    def application(self) -> Application:
        """The application, with its business."""
        return self.entry.application

    @cached_property
    def stage(self) -> Stage:
        """How far it has come."""
        return stage_of(
            self.rule,
            sheets=[sheet.marks for sheet in self.sheets],
            taken=len(self.taken),
            waits=self.application.status not in LEFT,
        )

    @property
    def places_occupied(self) -> set[int]:
        """The places of sheets that are taken or handed in."""
        return {slot.place for slot in self.taken.values()} | {
            sheet.slot.place for sheet in self.sheets
        }

    @property
    def doubled(self) -> int:
        """The doubled result; Invalid unless two or three have handed in."""
        return doubled_result([sheet.slot.total or 0 for sheet in self.sheets])

    def sheet_of(self, user_id: int) -> Sheet | None:
        """What a person handed in, if anything."""
        return next((sheet for sheet in self.sheets if sheet.user_id == user_id), None)


def plans_of(round_id: int) -> Sequence[ScoringPlan]:
    """Every version of the round's plan, the one that counts first."""
    query = select(ScoringPlan).where(ScoringPlan.round_id == round_id)
    return session.execute(query.order_by(ScoringPlan.version.desc())).scalars().all()


def plan_of(round_id: int) -> ScoringPlan | None:
    """The version of the plan that counts; None where none is set."""
    return next(iter(plans_of(round_id)), None)


def plan_in_use(round_id: int) -> ScoringPlan:
    """The version of the plan that counts; Conflict where none is set."""
    plan = plan_of(round_id)
    if plan is None:
        raise Conflict("This round has no plan to score by.")
    return plan


def scoring_of(round_id: int) -> Scoring | None:
    """The scoring of a round; None before it has begun."""
    query = select(Scoring).where(Scoring.round_id == round_id)
    return session.execute(query).scalar_one_or_none()


def scoring_by_reference(reference: str) -> Scoring:
    """A scoring with its round and programme, or NotFound."""
    query = (
        select(Scoring)
        .options(
            joinedload(Scoring.round, innerjoin=True).joinedload(Round.programme, innerjoin=True)
        )
        .where(Scoring.reference == reference.strip().upper())
    )
    found = session.execute(query).scalar_one_or_none()
    if found is None:
        raise NotFound("There is no such scoring.")
    return found


def open_scorings() -> Sequence[Scoring]:
    """Every scoring whose list is not settled yet, with its round, the oldest first."""
    settled = select(ScoringAnswer.scoring_id).where(ScoringAnswer.agreed)
    query = (
        select(Scoring)
        .options(joinedload(Scoring.round, innerjoin=True))
        .where(Scoring.id.not_in(settled))
        .order_by(Scoring.id)
        .limit(50)
    )
    return session.execute(query).scalars().all()


def scorer_of(scoring_id: int, user_id: int) -> Scorer | None:
    """The person as a scorer of this; None until they have declared their conflicts."""
    query = select(Scorer).where(Scorer.scoring_id == scoring_id, Scorer.user_id == user_id)
    return session.execute(query).scalar_one_or_none()


def conflicts_of(scorer: Scorer) -> set[int]:
    """The ids of the entries that the scorer may not score."""
    query = select(ScorerConflict.entry_id).where(ScorerConflict.scorer_id == scorer.id)
    return set(session.execute(query).scalars())


def barred_entries(scorer: Scorer) -> set[int]:
    """The ids of the entries that the scorer can't take: conflicts, and what they have or had."""
    query = select(ScoringSlot.entry_id).where(ScoringSlot.scorer_id == scorer.id)
    return conflicts_of(scorer) | set(session.execute(query).scalars())


def states_of(scoring: Scoring) -> list[EntryState]:
    """Every application of the list with its sheets, by number. Three statements in all."""
    plan = plan_in_use(scoring.round_id)
    return _states(rule_of(plan), ScoringEntry.scoring_id == scoring.id)


def state_of(scoring: Scoring, number: int) -> EntryState:
    """One application of the list, or NotFound."""
    plan = plan_in_use(scoring.round_id)
    wanted = (ScoringEntry.scoring_id == scoring.id, ScoringEntry.number == number)
    found = _states(rule_of(plan), *wanted)
    if not found:
        raise NotFound("There is no application of that number on the list.")
    return found[0]


def state_of_application(application_id: int) -> EntryState | None:
    """The scoring of one application; None where it is on no list."""
    query = (
        select(Scoring.round_id)
        .join(ScoringEntry, ScoringEntry.scoring_id == Scoring.id)
        .where(ScoringEntry.application_id == application_id)
    )
    round_id = session.execute(query).scalar_one_or_none()
    if round_id is None:
        return None
    rule = rule_of(plan_in_use(round_id))
    # Not afresh: the caller holds the application with more around it than is read here.
    return _states(rule, ScoringEntry.application_id == application_id, fresh=False)[0]


def _states(rule: ScoringRule, *wanted: Any, fresh: bool = True) -> list[EntryState]:
    entries = (
        session.execute(
            select(ScoringEntry)
            .options(
                joinedload(ScoringEntry.application, innerjoin=True).joinedload(
                    Application.business, innerjoin=True
                )
            )
            .where(*wanted)
            .order_by(ScoringEntry.number)
            .execution_options(populate_existing=fresh)
        )
        .scalars()
        .all()
    )
    slots = session.execute(
        select(ScoringSlot, Scorer.user_id)
        .join(Scorer, Scorer.id == ScoringSlot.scorer_id)
        .join(ScoringEntry, ScoringEntry.id == ScoringSlot.entry_id)
        .where(*wanted, ScoringSlot.status != SlotStatus.GIVEN_BACK)
        .order_by(ScoringSlot.id)
    ).all()
    scores: dict[int, list[Score]] = {}
    query = (
        select(Score)
        .join(ScoringSlot, ScoringSlot.id == Score.slot_id)
        .join(ScoringEntry, ScoringEntry.id == ScoringSlot.entry_id)
        .where(*wanted)
        .order_by(Score.id)
    )
    for score in session.execute(query).scalars():
        scores.setdefault(score.slot_id, []).append(score)
    by_entry: dict[int, list[Any]] = {}
    for slot, user_id in slots:
        by_entry.setdefault(slot.entry_id, []).append((slot, user_id))
    return [_state(entry, rule, by_entry.get(entry.id, ()), scores) for entry in entries]


def _state(
    entry: ScoringEntry, rule: ScoringRule, mine: Sequence[Any], scores: dict[int, list[Score]]
) -> EntryState:
    return EntryState(
        entry=entry,
        rule=rule,
        sheets=[
            Sheet(slot, user_id, scores[slot.id])
            for slot, user_id in mine
            if slot.status is SlotStatus.HANDED_IN
        ],
        taken={user_id: slot for slot, user_id in mine if slot.status is SlotStatus.TAKEN},
        struck=sum(slot.status is SlotStatus.STRUCK for slot, _ in mine),
    )


def proposals_of(scoring_id: int) -> list[tuple[ScoringProposal, ScoringAnswer | None]]:
    """Every proposed list and its answer, the last first."""
    query = (
        select(ScoringProposal, ScoringAnswer)
        .outerjoin(ScoringAnswer, ScoringAnswer.proposal_id == ScoringProposal.id)
        .where(ScoringProposal.scoring_id == scoring_id)
        .order_by(ScoringProposal.number.desc())
    )
    return [tuple(row) for row in session.execute(query)]


def settled_list(scoring_id: int) -> ScoringProposal | None:
    """The ranked list that was agreed; None before."""
    query = (
        select(ScoringProposal)
        .join(ScoringAnswer, ScoringAnswer.proposal_id == ScoringProposal.id)
        .where(ScoringProposal.scoring_id == scoring_id, ScoringAnswer.agreed)
    )
    return session.execute(query).scalar_one_or_none()


def _successors() -> Any:
    return select(ScoringReplacement.successor_id)


def places_left(scoring_id: int) -> Sequence[Application]:
    """Applications that had a place, left before issue, and whose place is not given on."""
    query = (
        select(Application)
        .join(Assignment, Assignment.application_id == Application.id)
        .where(
            Assignment.scoring_id == scoring_id,
            (Assignment.arm == Arm.VOUCHER) | Assignment.application_id.in_(_successors()),
            Application.status.in_(LEFT),
            Application.id.not_in(select(ScoringReplacement.leaver_id)),
        )
        .order_by(Assignment.position)
    )
    return session.execute(query).scalars().all()


def gone_since(scoring_id: int) -> frozenset[str]:
    """References of those who left after the list was settled, with a place or without."""
    query = (
        select(Application.reference)
        .join(Assignment, Assignment.application_id == Application.id)
        .where(Assignment.scoring_id == scoring_id, Application.status.in_(LEFT))
    )
    return frozenset(session.execute(query).scalars())


def places_not_offered(scoring_id: int) -> Sequence[Application]:
    """Applications with a place whose notice could not be sent yet, the highest first."""
    query = (
        select(Application)
        .join(Assignment, Assignment.application_id == Application.id)
        .where(
            Assignment.scoring_id == scoring_id,
            (Assignment.arm == Arm.VOUCHER) | Assignment.application_id.in_(_successors()),
            Application.status == ApplicationStatus.ELIGIBLE,
        )
        .order_by(Assignment.position)
    )
    return session.execute(query).scalars().all()


def waiting_list(scoring_id: int) -> Sequence[Application]:
    """Who still waits for a place that is left, the next first."""
    query = (
        select(Application)
        .join(Assignment, Assignment.application_id == Application.id)
        .where(
            Assignment.scoring_id == scoring_id,
            Assignment.arm == Arm.WAITING,
            Assignment.application_id.not_in(_successors()),
            Application.status == ApplicationStatus.ELIGIBLE,
        )
        .order_by(Assignment.position)
    )
    return session.execute(query).scalars().all()


def replacements_of(scoring_id: int) -> Sequence[Any]:
    """Who left and who was given the place: references and when, in the order of it."""
    leaver, successor = aliased(Application), aliased(Application)
    query = (
        select(
            leaver.reference.label("leaver"),
            successor.reference.label("successor"),
            ScoringReplacement.replaced_at,
        )
        .join(leaver, leaver.id == ScoringReplacement.leaver_id)
        .join(successor, successor.id == ScoringReplacement.successor_id)
        .where(ScoringReplacement.scoring_id == scoring_id)
        .order_by(ScoringReplacement.id)
    )
    return session.execute(query).all()


def took_over_by_rank(application_id: int) -> bool:
    """Whether the application was given a place that somebody left in a scored round."""
    query = _successors().where(ScoringReplacement.successor_id == application_id)
    return session.execute(query).first() is not None


@dataclass(frozen=True)
class RankedPlace:
    """What the settled list gave one application.

    `rank` of `of`; `outcome`: offered, waiting, unplaced or below; `number`: among those who still
    wait, None off the waiting list; `state`: its sheets; `scoring_reference`: of the whole list.
    """

    rank: int
    of: int
    outcome: str
    number: int | None
    took_over: bool
    state: EntryState
    scoring_reference: str


def ranked_place(application_id: int) -> RankedPlace | None:
    """What the list gave the application; None before it is settled, and in other rounds."""
    query = select(Assignment).where(
        Assignment.application_id == application_id, Assignment.scoring_id.is_not(None)
    )
    assigned = session.execute(query).scalar_one_or_none()
    state = state_of_application(application_id) if assigned is not None else None
    if assigned is None or state is None:
        return None
    scoring_id = assigned.scoring_id or 0
    waiting = [row.id for row in waiting_list(scoring_id)]
    of = select(func.count()).select_from(Assignment).where(Assignment.scoring_id == scoring_id)
    return RankedPlace(
        rank=assigned.position or 0,
        of=int(session.execute(of).scalar_one()),
        outcome=assigned.arm_code,
        number=waiting.index(application_id) + 1 if application_id in waiting else None,
        took_over=took_over_by_rank(application_id),
        state=state,
        scoring_reference=session.get_one(Scoring, scoring_id).reference,
    )
