"""Tables of analysis plans. A locked plan and its deviations are append-only by trigger."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from voucher.core.db import Base, PrimaryKey, explain_constraint
from voucher.programmes.models import Round


class AnalysisPlanDraft(Base):
    """The plan of a round while it is drawn up: one, changed as often as people like.

    `content`: an `evaluation.plans.rules.AnalysisPlan`; `figures`: what it comes to, worked out
    when it was saved (`evaluation.plans.sizes`), so that reading a page works nothing out.
    """

    __tablename__ = "analysis_plan_draft"

    id: Mapped[PrimaryKey]
    round_id: Mapped[int] = mapped_column(ForeignKey("round.id"), unique=True)
    content: Mapped[dict[str, Any]]
    figures: Mapped[dict[str, Any]]
    saved_at: Mapped[datetime]
    saved_by_id: Mapped[int] = mapped_column(ForeignKey("user.id"))


class AnalysisPlan(Base):
    """The plan of a round as it was locked. `sha256`: of the written `content`, in hex."""

    __tablename__ = "analysis_plan"
    __table_args__ = (CheckConstraint("length(sha256) = 64", name="sha256_is_hex"),)

    id: Mapped[PrimaryKey]
    reference: Mapped[str] = mapped_column(String(24), unique=True)
    round_id: Mapped[int] = mapped_column(ForeignKey("round.id"), unique=True)
    content: Mapped[dict[str, Any]]
    figures: Mapped[dict[str, Any]]
    sha256: Mapped[str] = mapped_column(String(64))
    locked_at: Mapped[datetime]
    locked_by_id: Mapped[int] = mapped_column(ForeignKey("user.id"))

    round: Mapped[Round] = relationship(lazy="raise")


class PlanDeviation(Base):
    """Something that is done otherwise than the locked plan says: what, why, when, by whom."""

    __tablename__ = "plan_deviation"
    __table_args__ = (
        CheckConstraint("length(what) > 0 AND length(why) > 0", name="says_what_and_why"),
    )

    id: Mapped[PrimaryKey]
    plan_id: Mapped[int] = mapped_column(ForeignKey("analysis_plan.id"), index=True)
    what: Mapped[str] = mapped_column(String(1000))
    why: Mapped[str] = mapped_column(String(1000))
    noted_at: Mapped[datetime]
    noted_by_id: Mapped[int] = mapped_column(ForeignKey("user.id"))


for _name in ("uq_analysis_plan_round_id", "analysis_plan.round_id"):
    explain_constraint(_name, "The analysis plan of this round is locked already.")
