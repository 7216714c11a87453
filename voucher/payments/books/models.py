"""Tables: reports on the books that are kept, and the building of their documents."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from voucher.core.db import Base, PrimaryKey, enum_column, explain_constraint
from voucher.core.status import Status


class BooksKind(Status):
    """What a kept report says."""

    STATEMENT = "statement", "Statement of a provider"
    ACCRUALS = "accruals", "Accruals"
    FUNDER_CLAIM = "funder_claim", "Claim to the funder"
    YEAR_CLOSE = "year_close", "Close of a financial year"


_ONCE = "kind IN ('funder_claim', 'year_close')"


class BooksReport(Base):
    """A report on the books as it was made: its figures and their hash, never changed.

    `from_on` to `to_on`: the days it covers, both counted (London). `data_cut_at`: up to when
    entries were read. `figures`: see `tables.Figures`. Append-only by trigger.
    """

    __tablename__ = "books_report"
    __table_args__ = (
        CheckConstraint("to_on >= from_on", name="ends_after_its_beginning"),
        CheckConstraint(
            "(kind = 'statement') = (provider_id IS NOT NULL)", name="statement_has_its_provider"
        ),
        CheckConstraint(
            "(kind = 'statement') = (programme_id IS NULL)", name="others_have_their_programme"
        ),
        CheckConstraint("length(sha256) = 64", name="sha256_is_hex"),
        Index(
            "uq_books_report_period",
            "kind",
            "programme_id",
            "from_on",
            unique=True,
            sqlite_where=text(_ONCE),
            postgresql_where=text(_ONCE),
        ),
        Index("ix_books_report_provider", "provider_id", "from_on"),
    )

    id: Mapped[PrimaryKey]
    reference: Mapped[str] = mapped_column(String(24), unique=True)
    kind: Mapped[BooksKind] = mapped_column(enum_column(BooksKind, "kind_known"))
    programme_id: Mapped[int | None] = mapped_column(ForeignKey("programme.id"), index=True)
    provider_id: Mapped[int | None] = mapped_column(ForeignKey("provider.id"))
    from_on: Mapped[date]
    to_on: Mapped[date]
    data_cut_at: Mapped[datetime]
    figures: Mapped[dict[str, Any]]
    sha256: Mapped[str] = mapped_column(String(64), unique=True)
    made_at: Mapped[datetime]
    made_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))


class DocumentStatus(Status):
    """Where the building of a report's PDF stands."""

    QUEUED = "queued", "Waiting to be built"
    BUILDING = "building", "Being built"
    READY = "ready", "Ready"
    FAILED = "failed", "Could not be built"


_D = DocumentStatus
DOCUMENT_MOVES = {
    _D.QUEUED: frozenset({_D.BUILDING}),
    _D.BUILDING: frozenset({_D.READY, _D.FAILED, _D.QUEUED}),
    _D.FAILED: frozenset({_D.QUEUED}),
}


class BooksDocument(Base):
    """The PDF of a kept report, built by the worker. One per report."""

    __tablename__ = "books_document"
    __table_args__ = (
        CheckConstraint("(status = 'ready') = (file_id IS NOT NULL)", name="ready_has_its_file"),
        Index("ix_books_document_due", "status", "id"),
    )

    id: Mapped[PrimaryKey]
    report_id: Mapped[int] = mapped_column(ForeignKey("books_report.id"), unique=True)
    status: Mapped[DocumentStatus] = mapped_column(enum_column(DocumentStatus, "status_known"))
    asked_at: Mapped[datetime]
    asked_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    started_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
    file_id: Mapped[int | None] = mapped_column(ForeignKey("stored_file.id"))
    failure: Mapped[str | None] = mapped_column(String(300))


_TWICE = "That period has been made already."
explain_constraint("uq_books_report_period", _TWICE)
explain_constraint("books_report.kind, books_report.programme_id, books_report.from_on", _TWICE)
