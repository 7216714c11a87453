"""Tables: a plan for one round, and each suggestion in it."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from voucher.core.db import Base, PrimaryKey, enum_column, explain_constraint
from voucher.core.status import Status
from voucher.providers.models import Offering


class PlanStatus(Status):
    """Where a plan stands."""

    ASKED = "asked", "Being worked out"
    READY = "ready", "Preview"
    PROPOSED = "proposed", "Proposed to the businesses"
    DISCARDED = "discarded", "Not used"
    FAILED = "failed", "Could not be worked out"


PLAN_MOVES = {
    PlanStatus.ASKED: frozenset({PlanStatus.READY, PlanStatus.FAILED, PlanStatus.DISCARDED}),
    PlanStatus.READY: frozenset({PlanStatus.PROPOSED, PlanStatus.DISCARDED}),
}
_UNSETTLED = "status IN ('asked', 'ready')"


class Plan(Base):
    """The best assignment of a round's vouchers without a choice, as it was worked out.

    `given`: what was assigned, in the form that `flask voucher assign` reads, with references;
    `given_sha256`: of its canonical JSON; with `seed` anybody can work it out again. Points in
    tenths: `total_points` of the plan; `greedy_points` where each business in turn takes the best
    that has room; `first_points` where each asks its first choice alone. `unmatched`: voucher and
    why, in words. Once it is settled nothing of it changes.
    """

    __tablename__ = "suggestion_plan"
    __table_args__ = (
        Index(
            "uq_suggestion_plan_unsettled_per_round",
            "round_id",
            unique=True,
            sqlite_where=text(_UNSETTLED),
            postgresql_where=text(_UNSETTLED),
        ),
        CheckConstraint(
            "status NOT IN ('ready', 'proposed')"
            " OR (worked_out_at IS NOT NULL AND given_sha256 IS NOT NULL)",
            name="worked_out_is_whole",
        ),
        CheckConstraint(
            "(status = 'proposed') = (proposed_at IS NOT NULL)"
            " AND (proposed_at IS NULL) = (proposed_by_id IS NULL)",
            name="proposed_by_somebody",
        ),
    )

    id: Mapped[PrimaryKey]
    reference: Mapped[str] = mapped_column(String(24), unique=True)
    round_id: Mapped[int] = mapped_column(ForeignKey("round.id"), index=True)
    status: Mapped[PlanStatus] = mapped_column(enum_column(PlanStatus, "status_known"))
    asked_at: Mapped[datetime]
    asked_by_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    seed: Mapped[str] = mapped_column(String(32))
    worked_out_at: Mapped[datetime | None]
    given: Mapped[dict[str, Any] | None]
    given_sha256: Mapped[str | None] = mapped_column(String(64))
    unmatched: Mapped[list[dict[str, Any]]] = mapped_column(default=list)
    needs: Mapped[int] = mapped_column(default=0)
    matched: Mapped[int] = mapped_column(default=0)
    total_points: Mapped[int] = mapped_column(default=0)
    greedy_matched: Mapped[int] = mapped_column(default=0)
    greedy_points: Mapped[int] = mapped_column(default=0)
    first_matched: Mapped[int] = mapped_column(default=0)
    first_points: Mapped[int] = mapped_column(default=0)
    proposed_at: Mapped[datetime | None]
    proposed_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))


class SuggestionStatus(Status):
    """Where one suggestion stands."""

    PLANNED = "planned", "Planned"
    LEFT_OUT = "left_out", "Left out when it was proposed"
    OPEN = "open", "Suggested"
    TAKEN = "taken", "Chosen"
    PASSED = "passed", "Chose another"
    EXPIRED = "expired", "No longer possible"
    REPLACED = "replaced", "Replaced by a newer plan"


_S = SuggestionStatus
SUGGESTION_MOVES = {
    _S.PLANNED: frozenset({_S.LEFT_OUT, _S.OPEN}),
    _S.OPEN: frozenset({_S.TAKEN, _S.PASSED, _S.EXPIRED, _S.REPLACED}),
}


class Bar(StrEnum):
    """Why a suggestion is not made, or does not stand any more; `words` for officers."""

    CHOSEN = "chosen"
    VOUCHER_OVER = "voucher_over"
    DAY_OVER = "day_over"
    HELD = "held"
    CONNECTED = "connected"
    NOT_OPEN = "not_open"
    FULL = "full"
    DECLINED = "declined"
    NOT_LISTED = "not_listed"
    NEWER_PLAN = "newer_plan"

    @property
    def words(self) -> str:
        """Half a sentence for officers."""
        return _BAR_WORDS[self]


_BAR_WORDS = {
    Bar.CHOSEN: "The business has chosen",
    Bar.VOUCHER_OVER: "The voucher can’t be used any more",
    Bar.DAY_OVER: "The business did not choose it by its last day",
    Bar.HELD: "The case is on hold",
    Bar.CONNECTED: "The provider is connected with the business",
    Bar.NOT_OPEN: "The offering is not open",
    Bar.FULL: "The provider has no room left",
    Bar.DECLINED: "The provider has declined this business",
    Bar.NOT_LISTED: "It is not on the business’s list any more",
    Bar.NEWER_PLAN: "A newer plan was proposed before the business was told",
}


class Suggestion(Base):
    """One voucher and the offering that the plan gives it. `place`: on the business's list.

    `last_day_on`: once made, the last day on which it stands. Points in tenths: its own, and those
    of the best on that list.
    """

    __tablename__ = "suggestion"
    __table_args__ = (
        CheckConstraint("points > 0 AND best_points >= points", name="points_are_in_order"),
        CheckConstraint("place > 0", name="place_is_positive"),
        CheckConstraint(
            "(status IN ('planned', 'open')) = (settled_at IS NULL)",
            name="settled_has_its_moment",
        ),
        CheckConstraint(
            "(status IN ('planned', 'left_out')) = (made_at IS NULL)", name="made_has_its_moment"
        ),
        CheckConstraint("(made_at IS NULL) = (last_day_on IS NULL)", name="made_has_its_last_day"),
        CheckConstraint(
            "status NOT IN ('left_out', 'expired') OR bar IS NOT NULL", name="bar_is_named"
        ),
        Index("uq_suggestion_plan_voucher", "plan_id", "voucher_id", unique=True),
        Index(
            "uq_suggestion_open_per_voucher",
            "voucher_id",
            unique=True,
            sqlite_where=text("status = 'open'"),
            postgresql_where=text("status = 'open'"),
        ),
        Index("ix_suggestion_offering", "offering_id", "status"),
        Index("ix_suggestion_status", "status"),
    )

    id: Mapped[PrimaryKey]
    plan_id: Mapped[int] = mapped_column(ForeignKey("suggestion_plan.id"))
    voucher_id: Mapped[int] = mapped_column(ForeignKey("voucher.id"))
    application_id: Mapped[int] = mapped_column(ForeignKey("application.id"))
    offering_id: Mapped[int] = mapped_column(ForeignKey("offering.id"))
    status: Mapped[SuggestionStatus] = mapped_column(enum_column(SuggestionStatus, "status_known"))
    place: Mapped[int]
    points: Mapped[int]
    best_points: Mapped[int]
    made_at: Mapped[datetime | None]
    last_day_on: Mapped[date | None]
    settled_at: Mapped[datetime | None]
    bar: Mapped[Bar | None] = mapped_column(enum_column(Bar, "bar_known"))

    offering: Mapped[Offering] = relationship(lazy="raise")
    plan: Mapped[Plan] = relationship(lazy="raise")


_UNSETTLED_WORDS = "A preview of this round was asked for meanwhile. Look at it first."
explain_constraint("uq_suggestion_plan_unsettled_per_round", _UNSETTLED_WORDS)
explain_constraint("suggestion_plan.round_id", _UNSETTLED_WORDS)
