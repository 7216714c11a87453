"""Tables: the stored check (rules, facts, results, time), and the daily counts of public checks."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from voucher.core.db import Base, PrimaryKey, enum_column
from voucher.core.status import Status


class CheckOutcome(Status):
    """What a check said, all its rules together."""

    ELIGIBLE = "eligible", "Meets every rule"
    REFER = "refer", "A person must look"
    REFUSED = "refused", "Does not meet the rules"
    PENDING = "pending", "Waiting for an outside register"


class EligibilityCheck(Base):
    """One run of a rule set over an application's facts. Never changed: a re-check is a new row."""

    __tablename__ = "eligibility_check"
    __table_args__ = (Index("ix_eligibility_check_application", "application_id", "id"),)

    id: Mapped[PrimaryKey]
    application_id: Mapped[int] = mapped_column(ForeignKey("application.id"))
    rule_set_id: Mapped[int] = mapped_column(ForeignKey("rule_set.id"))
    outcome: Mapped[CheckOutcome] = mapped_column(enum_column(CheckOutcome, "outcome_known"))
    facts: Mapped[dict[str, Any]]
    results: Mapped[list[dict[str, Any]]]
    differences: Mapped[list[dict[str, Any]]]
    register_answer: Mapped[str] = mapped_column(String(40))
    run_at: Mapped[datetime]
    run_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    retry_at: Mapped[datetime | None]


class PrecheckCount(Base):
    """How many public pre-checks of a London day ended how. Nothing else of them is kept."""

    __tablename__ = "precheck_count"
    __table_args__ = (CheckConstraint("count > 0", name="count_is_positive"),)

    day: Mapped[date] = mapped_column(primary_key=True)
    outcome: Mapped[CheckOutcome] = mapped_column(
        enum_column(CheckOutcome, "outcome_known"), primary_key=True
    )
    count: Mapped[int]
