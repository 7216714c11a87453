"""Tables: survey responses by wave, reports."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from voucher.core.db import Base, PrimaryKey, enum_column
from voucher.core.status import Status


class Wave(Status):
    """When a survey is asked."""

    BASELINE = "baseline", "Before"
    MONTH_3 = "month_3", "3 months after"
    MONTH_6 = "month_6", "6 months after"
    MONTH_12 = "month_12", "12 months after"


class SurveyResponse(Base):
    """One application's answers in one wave; a follow-up is opened by a single-purpose link."""

    __tablename__ = "survey_response"
    __table_args__ = (
        UniqueConstraint("application_id", "wave"),
        CheckConstraint(
            "wave = 'baseline' OR token_digest IS NOT NULL", name="follow_up_has_its_link"
        ),
        Index("ix_survey_response_due", "wave", "due_on"),
    )

    id: Mapped[PrimaryKey]
    application_id: Mapped[int] = mapped_column(ForeignKey("application.id"))
    round_id: Mapped[int] = mapped_column(ForeignKey("round.id"), index=True)
    wave: Mapped[Wave] = mapped_column(enum_column(Wave, "wave_known"))
    questions_version: Mapped[str] = mapped_column(String(20))
    token_nonce: Mapped[str | None] = mapped_column(String(32), unique=True)
    token_digest: Mapped[str | None] = mapped_column(String(64), unique=True)
    due_on: Mapped[date | None]
    asked_at: Mapped[datetime | None]
    answers: Mapped[dict[str, Any]] = mapped_column(default=dict)
    saved_at: Mapped[datetime | None]
    answered_at: Mapped[datetime | None]
    opted_out_at: Mapped[datetime | None]


class ReportKind(Status):
    """What a report is about."""

    ROUND = "round", "Evaluation summary of a round"
    CASE = "case", "Case summary of a voucher"


class ReportStatus(Status):
    """Where the building of a report stands."""

    QUEUED = "queued", "Waiting to be built"
    BUILDING = "building", "Being built"
    READY = "ready", "Ready"
    FAILED = "failed", "Could not be built"


REPORT_MOVES = {
    ReportStatus.QUEUED: frozenset({ReportStatus.BUILDING}),
    ReportStatus.BUILDING: frozenset(
        {ReportStatus.READY, ReportStatus.FAILED, ReportStatus.QUEUED}
    ),
    ReportStatus.FAILED: frozenset({ReportStatus.QUEUED}),
}


class Report(Base):
    """A report asked for, built by the worker, kept and found again."""

    __tablename__ = "report"
    __table_args__ = (
        CheckConstraint("(status = 'ready') = (file_id IS NOT NULL)", name="ready_has_its_file"),
        CheckConstraint("(kind = 'case') = (voucher_id IS NOT NULL)", name="case_has_its_voucher"),
        Index("ix_report_list", "kind", "id"),
    )

    id: Mapped[PrimaryKey]
    reference: Mapped[str] = mapped_column(String(24), unique=True)
    kind: Mapped[ReportKind] = mapped_column(enum_column(ReportKind, "kind_known"))
    status: Mapped[ReportStatus] = mapped_column(enum_column(ReportStatus, "status_known"))
    round_id: Mapped[int] = mapped_column(ForeignKey("round.id"), index=True)
    voucher_id: Mapped[int | None] = mapped_column(ForeignKey("voucher.id"))
    asked_at: Mapped[datetime]
    asked_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    data_cut_at: Mapped[datetime]
    started_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
    figures: Mapped[dict[str, Any] | None]
    file_id: Mapped[int | None] = mapped_column(ForeignKey("stored_file.id"))
    failure: Mapped[str | None] = mapped_column(String(300))
