"""Table of assignments: which application is in which arm, by which method."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from voucher.core.db import Base, PrimaryKey, enum_column
from voucher.core.status import Status
from voucher.programmes.models import AllocationMethod


class Arm(Status):
    """What an application was assigned."""

    VOUCHER = "voucher", "Offered a voucher"
    COMPARISON = "comparison", "Comparison group"


class Assignment(Base):
    """One application's arm. Made once."""

    __tablename__ = "assignment"
    __table_args__ = (Index("ix_assignment_round", "round_id", "arm"),)

    id: Mapped[PrimaryKey]
    application_id: Mapped[int] = mapped_column(ForeignKey("application.id"), unique=True)
    round_id: Mapped[int] = mapped_column(ForeignKey("round.id"))
    arm: Mapped[Arm] = mapped_column(enum_column(Arm, "arm_known"))
    method: Mapped[AllocationMethod] = mapped_column(enum_column(AllocationMethod, "method_known"))
    stratum: Mapped[str] = mapped_column(String(120), default="")
    assigned_at: Mapped[datetime]
    assigned_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
