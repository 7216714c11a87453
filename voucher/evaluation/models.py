"""Tables: survey responses by wave, reports, syntheses across programmes."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from voucher.core.db import Base, PrimaryKey, enum_column
from voucher.core.status import Status


class Wave(Status):
    """When a survey is asked."""

    BASELINE = "baseline", "Before"
    MONTH_3 = "month_3", "3 months after"
    MONTH_6 = "month_6", "6 months after"
    MONTH_12 = "month_12", "12 months after"


class Mode(Status):
    """How answers were given."""

    WEB = "web", "By the link"
    PHONE = "phone", "By telephone"


class SurveyResponse(Base):
    """One application's answers in one wave; a follow-up is opened by a single-purpose link.

    `mode`: how what is kept was given last; None before, and for a baseline. By telephone
    `entered_by_id` typed it. `confirmed`: codes of unusual answers that were said to be right.
    """

    __tablename__ = "survey_response"
    __table_args__ = (
        UniqueConstraint("application_id", "wave"),
        CheckConstraint(
            "wave = 'baseline' OR token_digest IS NOT NULL", name="follow_up_has_its_link"
        ),
        CheckConstraint(
            "(COALESCE(mode, '') = 'phone') = (entered_by_id IS NOT NULL)",
            name="typed_by_somebody_by_phone",
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
    mode: Mapped[Mode | None] = mapped_column(enum_column(Mode, "mode_known"))
    entered_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    confirmed: Mapped[list[str]] = mapped_column(default=list, server_default="[]")


class ReportKind(Status):
    """What a report is about."""

    ROUND = "round", "Evaluation summary of a round"
    CASE = "case", "Case summary of a voucher"
    PROVIDER = "provider", "Summary of a provider"
    PLAN = "plan", "Analysis plan of a round"


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
    """A report asked for, built by the worker, kept and found again.

    `page`: the same report as the content of a web page, made together with the document. The
    pseudonymised data it can be recomputed from are the file `extract_id`, where there are any.
    """

    __tablename__ = "report"
    __table_args__ = (
        CheckConstraint("(status = 'ready') = (file_id IS NOT NULL)", name="ready_has_its_file"),
        CheckConstraint("(kind = 'case') = (voucher_id IS NOT NULL)", name="case_has_its_voucher"),
        CheckConstraint(
            "(kind = 'provider') = (provider_id IS NOT NULL)", name="provider_is_named"
        ),
        CheckConstraint(
            "kind NOT IN ('round', 'case', 'plan') OR round_id IS NOT NULL", name="round_is_named"
        ),
        Index("ix_report_list", "kind", "id"),
    )

    id: Mapped[PrimaryKey]
    reference: Mapped[str] = mapped_column(String(24), unique=True)
    kind: Mapped[ReportKind] = mapped_column(enum_column(ReportKind, "kind_known"))
    status: Mapped[ReportStatus] = mapped_column(enum_column(ReportStatus, "status_known"))
    round_id: Mapped[int | None] = mapped_column(ForeignKey("round.id"), index=True)
    voucher_id: Mapped[int | None] = mapped_column(ForeignKey("voucher.id"))
    provider_id: Mapped[int | None] = mapped_column(ForeignKey("provider.id"))
    asked_at: Mapped[datetime]
    asked_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    data_cut_at: Mapped[datetime]
    started_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
    figures: Mapped[dict[str, Any] | None]
    file_id: Mapped[int | None] = mapped_column(ForeignKey("stored_file.id"))
    failure: Mapped[str | None] = mapped_column(String(300))
    page: Mapped[str | None] = mapped_column(Text, deferred=True)
    extract_id: Mapped[int | None] = mapped_column(ForeignKey("stored_file.id"))


class Synthesis(Base):
    """A synthesis across rounds and programmes, asked for, built by the worker and kept."""

    __tablename__ = "synthesis"
    __table_args__ = (
        CheckConstraint("file_id IS NULL OR failure IS NULL", name="built_or_failed"),
        CheckConstraint(
            "(finished_at IS NULL) = (file_id IS NULL AND failure IS NULL)",
            name="finished_has_its_moment",
        ),
    )

    id: Mapped[PrimaryKey]
    reference: Mapped[str] = mapped_column(String(24), unique=True)
    asked_at: Mapped[datetime]
    asked_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    data_cut_at: Mapped[datetime]
    started_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
    figures: Mapped[dict[str, Any] | None]
    file_id: Mapped[int | None] = mapped_column(ForeignKey("stored_file.id"))
    failure: Mapped[str | None] = mapped_column(String(300))

    @property
    def standing(self) -> ReportStatus:
        """Where the building stands, told by what is there."""
        if self.file_id is not None:
            return ReportStatus.READY
        if self.failure is not None:
            return ReportStatus.FAILED
        return ReportStatus.QUEUED if self.started_at is None else ReportStatus.BUILDING
