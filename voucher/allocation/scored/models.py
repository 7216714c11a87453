"""Tables of scored rounds: the plan in versions, who scores what, the marks, the ranked list.

All but `scoring_slot` are append-only by trigger. A slot is one of the two (or three) sheets of an
application: taken by one person, handed in once, or given back and taken by another. One that was
handed in by somebody who should not have scored is struck: it stays, and counts no more.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    Index,
    String,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from voucher.applications.models import Application
from voucher.core.db import Base, PrimaryKey, enum_column, explain_constraint
from voucher.core.status import Status
from voucher.programmes.models import Round


class SlotStatus(Status):
    """Where one scorer's sheet for one application stands."""

    TAKEN = "taken", "Being scored"
    HANDED_IN = "handed_in", "Handed in"
    GIVEN_BACK = "given_back", "Given back"
    STRUCK = "struck", "Struck"


SLOT_MOVES = {
    SlotStatus.TAKEN: frozenset({SlotStatus.HANDED_IN, SlotStatus.GIVEN_BACK}),
    SlotStatus.HANDED_IN: frozenset({SlotStatus.STRUCK}),
}
COUNTING = (SlotStatus.TAKEN, SlotStatus.HANDED_IN)
"""The others left their place to somebody else."""
SLOTS = 3


class ScoringPlan(Base):
    """One version of a round's plan. The last one counts; there is none after the round opened.

    `criteria`: in order, each {"code", "name", "words", "weight_bps"}; the figures are those of
    `voucher.allocation.scoring.ScoringRule`. `replaces`: whether who leaves before issue is
    replaced by the next who waits.
    """

    __tablename__ = "scoring_plan"
    __table_args__ = (
        CheckConstraint("version > 0", name="version_counts"),
        CheckConstraint("highest_mark BETWEEN 1 AND 100", name="scale_is_sensible"),
        CheckConstraint("apart_bps BETWEEN 0 AND 10000", name="apart_is_a_share"),
        CheckConstraint("apart_marks BETWEEN 0 AND highest_mark", name="apart_is_in_the_scale"),
        CheckConstraint("least_bps BETWEEN 0 AND 10000", name="least_is_a_share"),
        CheckConstraint("places > 0", name="places_are_positive"),
        UniqueConstraint("round_id", "version"),
    )

    id: Mapped[PrimaryKey]
    round_id: Mapped[int] = mapped_column(ForeignKey("round.id"))
    version: Mapped[int]
    criteria: Mapped[list[dict[str, Any]]]
    highest_mark: Mapped[int]
    apart_bps: Mapped[int]
    apart_marks: Mapped[int | None]
    least_bps: Mapped[int]
    places: Mapped[int | None]
    replaces: Mapped[bool]
    set_at: Mapped[datetime]
    set_by_id: Mapped[int] = mapped_column(ForeignKey("user.id"))


class Scoring(Base):
    """The scoring of a round, begun: its list is frozen and the secret that breaks ties sealed.

    The secret is derived from `secret_nonce` with a key of the server, as a draw's.
    """

    __tablename__ = "scoring"
    __table_args__ = (CheckConstraint("entries > 0", name="somebody_is_on_it"),)

    id: Mapped[PrimaryKey]
    reference: Mapped[str] = mapped_column(String(24), unique=True)
    round_id: Mapped[int] = mapped_column(ForeignKey("round.id"), unique=True)
    entries: Mapped[int]
    secret_nonce: Mapped[str] = mapped_column(String(64))
    secret_sha256: Mapped[str] = mapped_column(String(64))
    begun_at: Mapped[datetime]
    begun_by_id: Mapped[int] = mapped_column(ForeignKey("user.id"))

    round: Mapped[Round] = relationship(lazy="raise")


class ScoringEntry(Base):
    """One application to be scored. `number`: by which scorers know it, shuffled, from 1."""

    __tablename__ = "scoring_entry"
    __table_args__ = (
        CheckConstraint("number > 0", name="number_counts"),
        UniqueConstraint("scoring_id", "number"),
    )

    id: Mapped[PrimaryKey]
    scoring_id: Mapped[int] = mapped_column(ForeignKey("scoring.id"))
    application_id: Mapped[int] = mapped_column(ForeignKey("application.id"), unique=True)
    number: Mapped[int]

    application: Mapped[Application] = relationship(lazy="raise")
    scoring: Mapped[Scoring] = relationship(lazy="raise")


class Scorer(Base):
    """A person who declared their conflicts of interest on the list of names, before reading."""

    __tablename__ = "scorer"
    __table_args__ = (UniqueConstraint("scoring_id", "user_id"),)

    id: Mapped[PrimaryKey]
    scoring_id: Mapped[int] = mapped_column(ForeignKey("scoring.id"))
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    declared_at: Mapped[datetime]


class ScorerConflict(Base):
    """An application that a scorer may not score: declared at first, or noticed in reading."""

    __tablename__ = "scorer_conflict"
    __table_args__ = (UniqueConstraint("scorer_id", "entry_id"),)

    id: Mapped[PrimaryKey]
    scorer_id: Mapped[int] = mapped_column(ForeignKey("scorer.id"))
    entry_id: Mapped[int] = mapped_column(ForeignKey("scoring_entry.id"))
    declared_at: Mapped[datetime]


class ScoringSlot(Base):
    """One sheet of an application: the first, the second, or the third where those differ.

    `total`: the sum of weight × mark by the version `plan_id` of the plan.
    """

    __tablename__ = "scoring_slot"
    __table_args__ = (
        CheckConstraint("place BETWEEN 1 AND 3", name="place_is_one_of_three"),
        CheckConstraint(
            "(status IN ('handed_in', 'struck')) = (handed_in_at IS NOT NULL)"
            " AND (handed_in_at IS NULL) = (total IS NULL)"
            " AND (handed_in_at IS NULL) = (plan_id IS NULL)",
            name="handed_in_is_whole",
        ),
        CheckConstraint(
            "(status = 'given_back') = (given_back_at IS NOT NULL)",
            name="given_back_has_its_moment",
        ),
        CheckConstraint("total >= 0", name="total_is_not_negative"),
        UniqueConstraint("entry_id", "scorer_id"),
        Index(
            "uq_scoring_slot_place",
            "entry_id",
            "place",
            unique=True,
            sqlite_where=text("status NOT IN ('given_back', 'struck')"),
            postgresql_where=text("status NOT IN ('given_back', 'struck')"),
        ),
    )

    id: Mapped[PrimaryKey]
    entry_id: Mapped[int] = mapped_column(ForeignKey("scoring_entry.id"))
    place: Mapped[int]
    scorer_id: Mapped[int] = mapped_column(ForeignKey("scorer.id"), index=True)
    status: Mapped[SlotStatus] = mapped_column(enum_column(SlotStatus, "status_known"))
    taken_at: Mapped[datetime]
    handed_in_at: Mapped[datetime | None]
    given_back_at: Mapped[datetime | None]
    plan_id: Mapped[int | None] = mapped_column(ForeignKey("scoring_plan.id"))
    total: Mapped[int | None]

    entry: Mapped[ScoringEntry] = relationship(lazy="raise")
    scorer: Mapped[Scorer] = relationship(lazy="raise")


class ScoringRemoval(Base):
    """Why an officer took a sheet off its scorer: freed before it was handed in, struck after."""

    __tablename__ = "scoring_removal"
    __table_args__ = (CheckConstraint("length(reason) > 0", name="removal_has_a_reason"),)

    id: Mapped[PrimaryKey]
    slot_id: Mapped[int] = mapped_column(ForeignKey("scoring_slot.id"), unique=True)
    reason: Mapped[str] = mapped_column(Text)
    removed_at: Mapped[datetime]
    removed_by_id: Mapped[int] = mapped_column(ForeignKey("user.id"))


class Score(Base):
    """One mark with its reason, which the business reads."""

    __tablename__ = "score"
    __table_args__ = (
        CheckConstraint("mark >= 0", name="mark_is_not_negative"),
        CheckConstraint("length(reason) > 0", name="mark_has_a_reason"),
        UniqueConstraint("slot_id", "criterion"),
    )

    id: Mapped[PrimaryKey]
    slot_id: Mapped[int] = mapped_column(ForeignKey("scoring_slot.id"))
    criterion: Mapped[str] = mapped_column(String(40))
    mark: Mapped[int]
    reason: Mapped[str] = mapped_column(Text)


class ScoringProposal(Base):
    """A ranked list, proposed by one person. `ranking`: the whole file, as the auditor gets it."""

    __tablename__ = "scoring_proposal"
    __table_args__ = (UniqueConstraint("scoring_id", "number"),)

    id: Mapped[PrimaryKey]
    scoring_id: Mapped[int] = mapped_column(ForeignKey("scoring.id"))
    number: Mapped[int]
    ranking: Mapped[dict[str, Any]]
    proposed_at: Mapped[datetime]
    proposed_by_id: Mapped[int] = mapped_column(ForeignKey("user.id"))


class ScoringAnswer(Base):
    """What a second person said to a proposed list. One agreed answer a scoring settles it."""

    __tablename__ = "scoring_answer"
    __table_args__ = (
        CheckConstraint("answered_by_id <> proposed_by_id", name="answered_by_another"),
        CheckConstraint("agreed OR length(note) > 0", name="sent_back_with_words"),
        Index(
            "uq_scoring_answer_agreed",
            "scoring_id",
            unique=True,
            sqlite_where=text("agreed"),
            postgresql_where=text("agreed"),
        ),
    )

    id: Mapped[PrimaryKey]
    scoring_id: Mapped[int] = mapped_column(ForeignKey("scoring.id"))
    proposal_id: Mapped[int] = mapped_column(ForeignKey("scoring_proposal.id"), unique=True)
    agreed: Mapped[bool]
    note: Mapped[str] = mapped_column(Text)
    proposed_by_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    answered_at: Mapped[datetime]
    answered_by_id: Mapped[int] = mapped_column(ForeignKey("user.id"))


class ScoringReplacement(Base):
    """A place left before issue, given to the next who waited."""

    __tablename__ = "scoring_replacement"
    __table_args__ = (CheckConstraint("leaver_id <> successor_id", name="is_another"),)

    id: Mapped[PrimaryKey]
    scoring_id: Mapped[int] = mapped_column(ForeignKey("scoring.id"), index=True)
    leaver_id: Mapped[int] = mapped_column(ForeignKey("application.id"), unique=True)
    successor_id: Mapped[int] = mapped_column(ForeignKey("application.id"), unique=True)
    replaced_at: Mapped[datetime]
    replaced_by_id: Mapped[int] = mapped_column(ForeignKey("user.id"))


for _postgresql, _sqlite, _words in (
    (
        "uq_scoring_plan_round_id_version",
        "scoring_plan.round_id, scoring_plan.version",
        "Somebody else changed the plan at the same moment. Look again before you act.",
    ),
    ("uq_scoring_round_id", "scoring.round_id", "The scoring of this round has begun already."),
    (
        "uq_scorer_scoring_id_user_id",
        "scorer.scoring_id, scorer.user_id",
        "You have declared your conflicts of interest already.",
    ),
    (
        "uq_scoring_slot_place",
        "scoring_slot.entry_id, scoring_slot.place",
        "Somebody else has taken this application at the same moment.",
    ),
    (
        "uq_scoring_slot_entry_id_scorer_id",
        "scoring_slot.entry_id, scoring_slot.scorer_id",
        "You have this application already, or had it and gave it back.",
    ),
    (
        "uq_scoring_removal_slot_id",
        "scoring_removal.slot_id",
        "Somebody else has taken this sheet away already.",
    ),
    (
        "uq_scoring_proposal_scoring_id_number",
        "scoring_proposal.scoring_id, scoring_proposal.number",
        "Somebody else proposed the list at the same moment.",
    ),
    (
        "uq_scoring_answer_proposal_id",
        "scoring_answer.proposal_id",
        "This list has been answered already.",
    ),
    (
        "uq_scoring_answer_agreed",
        "scoring_answer.scoring_id",
        "The list of this round is settled already.",
    ),
    (
        "uq_scoring_replacement_leaver_id",
        "scoring_replacement.leaver_id",
        "This place has been given to the next already.",
    ),
    (
        "uq_scoring_replacement_successor_id",
        "scoring_replacement.successor_id",
        "Somebody else gave this place at the same moment.",
    ),
):
    explain_constraint(_postgresql, _words)
    explain_constraint(_sqlite, _words)
