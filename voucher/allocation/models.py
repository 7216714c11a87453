"""Tables of the draw and of assignments: who is in which arm, by which method, and the proof.

Every table here is append-only by trigger: a draw is a row for each step that was taken, never one
that is changed. What a step needs to have come before it is a foreign key.
"""

from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    Index,
    String,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from voucher.core.db import Base, PrimaryKey, enum_column, explain_constraint
from voucher.programmes.models import AllocationMethod, Arm, Round, StratumBasis

__all__ = [
    "Arm",
    "Assignment",
    "Draw",
    "DrawEntry",
    "DrawList",
    "DrawReplacement",
    "DrawResult",
    "DrawValue",
]


class Assignment(Base):
    """One application's arm. Made once.

    Of a draw: `arm_code` names the arm of its plan, `position` is the application's number in the
    drawn order of its stratum, from 1. Of a scored round: `position` is its rank, from 1, and
    `arm_code` what the list gave it: offered, waiting, unplaced or below.
    """

    __tablename__ = "assignment"
    __table_args__ = (
        Index("ix_assignment_round", "round_id", "arm"),
        Index("uq_assignment_position", "draw_id", "stratum", "position", unique=True),
        Index("uq_assignment_rank", "scoring_id", "position", unique=True),
    )

    id: Mapped[PrimaryKey]
    application_id: Mapped[int] = mapped_column(ForeignKey("application.id"), unique=True)
    round_id: Mapped[int] = mapped_column(ForeignKey("round.id"))
    arm: Mapped[Arm] = mapped_column(enum_column(Arm, "arm_known"))
    method: Mapped[AllocationMethod] = mapped_column(enum_column(AllocationMethod, "method_known"))
    stratum: Mapped[str] = mapped_column(String(120), default="")
    arm_code: Mapped[str] = mapped_column(String(40), default="", server_default="")
    draw_id: Mapped[int | None] = mapped_column(ForeignKey("draw.id"))
    scoring_id: Mapped[int | None] = mapped_column(ForeignKey("scoring.id"))
    position: Mapped[int | None]
    assigned_at: Mapped[datetime]
    assigned_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))


class Draw(Base):
    """A round's draw, begun by sealing a secret; the plan as it was then.

    The secret itself is not here: it is derived from `secret_nonce` with a key of the server, so
    that whoever reads the database can't work out an order beforehand.
    """

    __tablename__ = "draw"

    id: Mapped[PrimaryKey]
    reference: Mapped[str] = mapped_column(String(24), unique=True)
    round_id: Mapped[int] = mapped_column(ForeignKey("round.id"), unique=True)
    stratum_basis: Mapped[StratumBasis] = mapped_column(
        enum_column(StratumBasis, "stratum_basis_known")
    )
    arms: Mapped[list[dict[str, Any]]]
    replaces: Mapped[bool]
    follow_up_on: Mapped[date | None]
    secret_nonce: Mapped[str] = mapped_column(String(64))
    secret_sha256: Mapped[str] = mapped_column(String(64))
    sealed_at: Mapped[datetime]
    sealed_by_id: Mapped[int] = mapped_column(ForeignKey("user.id"))

    round: Mapped[Round] = relationship(lazy="raise")


class DrawList(Base):
    """The list, frozen: how many are on it, its hash, and how many places there are.

    `free_pence`: what the round could still promise; `largest_award_pence`: the largest amount
    decided for anybody on the list. `plan_id`: the analysis plan that was locked before (None only
    for lists that were frozen before plans were kept).
    """

    __tablename__ = "draw_list"
    __table_args__ = (
        CheckConstraint("entries > 0", name="somebody_is_on_it"),
        CheckConstraint("places >= 0 AND places <= entries", name="places_are_sensible"),
        CheckConstraint("places * largest_award_pence <= free_pence", name="money_covers_places"),
    )

    id: Mapped[PrimaryKey]
    draw_id: Mapped[int] = mapped_column(ForeignKey("draw.id"), unique=True)
    plan_id: Mapped[int | None] = mapped_column(ForeignKey("analysis_plan.id"))
    entries: Mapped[int]
    places: Mapped[int]
    free_pence: Mapped[int]
    largest_award_pence: Mapped[int]
    list_sha256: Mapped[str] = mapped_column(String(64))
    frozen_at: Mapped[datetime]
    frozen_by_id: Mapped[int] = mapped_column(ForeignKey("user.id"))


class DrawEntry(Base):
    """One application on a list. Stored before its list; none is let in after.

    `facts`: what the business was then, for the trial's figures: `headcount_band`,
    `local_authority`, `sector`, and the `numbers` that tell its enterprise. None of entries that
    were frozen before facts were kept.
    """

    __tablename__ = "draw_entry"
    __table_args__ = (UniqueConstraint("draw_id", "reference"),)

    id: Mapped[PrimaryKey]
    draw_id: Mapped[int] = mapped_column(ForeignKey("draw.id"))
    application_id: Mapped[int] = mapped_column(ForeignKey("application.id"), unique=True)
    reference: Mapped[str] = mapped_column(String(24))
    stratum: Mapped[str] = mapped_column(String(120))
    facts: Mapped[dict[str, Any] | None]


class DrawValue(Base):
    """The public value: later than the list, entered by somebody who neither sealed nor froze.

    `became_public_on`: the London day on which the source published it.
    """

    __tablename__ = "draw_value"
    __table_args__ = (
        CheckConstraint("entered_at > frozen_at", name="later_than_the_list"),
        CheckConstraint("entered_by_id <> frozen_by_id", name="entered_by_another_than_froze"),
        CheckConstraint("entered_by_id <> sealed_by_id", name="entered_by_another_than_sealed"),
        CheckConstraint("length(value) > 0 AND length(source) > 0", name="says_value_and_source"),
    )

    id: Mapped[PrimaryKey]
    draw_id: Mapped[int] = mapped_column(ForeignKey("draw.id"), unique=True)
    list_id: Mapped[int] = mapped_column(ForeignKey("draw_list.id"))
    value: Mapped[str] = mapped_column(String(500))
    source: Mapped[str] = mapped_column(String(500))
    became_public_on: Mapped[date]
    sealed_by_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    frozen_by_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    frozen_at: Mapped[datetime]
    entered_at: Mapped[datetime]
    entered_by_id: Mapped[int] = mapped_column(ForeignKey("user.id"))


class DrawResult(Base):
    """The draw carried out: the secret, now open, and the whole published file."""

    __tablename__ = "draw_result"

    id: Mapped[PrimaryKey]
    draw_id: Mapped[int] = mapped_column(ForeignKey("draw.id"), unique=True)
    value_id: Mapped[int] = mapped_column(ForeignKey("draw_value.id"))
    secret: Mapped[str] = mapped_column(String(64))
    seed: Mapped[str] = mapped_column(String(64))
    published: Mapped[dict[str, Any]]
    drawn_at: Mapped[datetime]
    drawn_by_id: Mapped[int] = mapped_column(ForeignKey("user.id"))


class DrawReplacement(Base):
    """A place left before issue, given to the next who waited in the same stratum."""

    __tablename__ = "draw_replacement"
    __table_args__ = (CheckConstraint("leaver_id <> successor_id", name="is_another"),)

    id: Mapped[PrimaryKey]
    draw_id: Mapped[int] = mapped_column(ForeignKey("draw.id"), index=True)
    stratum: Mapped[str] = mapped_column(String(120))
    leaver_id: Mapped[int] = mapped_column(ForeignKey("application.id"), unique=True)
    successor_id: Mapped[int] = mapped_column(ForeignKey("application.id"), unique=True)
    replaced_at: Mapped[datetime]
    replaced_by_id: Mapped[int] = mapped_column(ForeignKey("user.id"))


for _name, _column, _words in (
    ("draw", "round_id", "The secret of this round’s draw is sealed already."),
    ("draw_list", "draw_id", "The list of this draw is frozen already."),
    ("draw_value", "draw_id", "The public value of this draw has been entered already."),
    ("draw_result", "draw_id", "This draw has been carried out already."),
    ("draw_replacement", "leaver_id", "This place has been given to the next already."),
    ("draw_replacement", "successor_id", "Somebody else gave this place at the same moment."),
):
    explain_constraint(f"uq_{_name}_{_column}", _words)
    explain_constraint(f"{_name}.{_column}", _words)
