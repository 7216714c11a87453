"""Tables: sign-offs and publications of reports, append-only by trigger."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, false, text
from sqlalchemy.orm import Mapped, mapped_column

from voucher.core.db import Base, PrimaryKey, explain_constraint


class ReportSignOff(Base):
    """An evaluator stands by a report. `note`: what readers of the programme should know of it.

    The hashes (SHA-256, in hex) say what exactly was signed: the document, its figures, its web
    page, the extract it can be recomputed from and the locked plan, the last two where there are
    any. None of them was kept of what was signed before.
    """

    __tablename__ = "report_sign_off"

    id: Mapped[PrimaryKey]
    report_id: Mapped[int] = mapped_column(ForeignKey("report.id"), unique=True)
    note: Mapped[str] = mapped_column(Text, default="", server_default="")
    signed_at: Mapped[datetime]
    signed_by_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    document_sha256: Mapped[str | None] = mapped_column(String(64))
    figures_sha256: Mapped[str | None] = mapped_column(String(64))
    page_sha256: Mapped[str | None] = mapped_column(String(64))
    extract_sha256: Mapped[str | None] = mapped_column(String(64))
    plan_sha256: Mapped[str | None] = mapped_column(String(64))


class ReportPublication(Base):
    """A version of a report, published. The hashes say what it was, in hex.

    `subject` is what the report is about ("round-12"): of each there is one first version, and
    each version is superseded by at most one other, so that the newest is known. `note` says why
    there is a new version. `with_extract` is neither set nor read now: versions published before
    may say that the pseudonymised data went with them, which are no longer given to the public.
    """

    __tablename__ = "report_publication"
    __table_args__ = (
        CheckConstraint("published_by_id <> signed_by_id", name="published_by_another_than_signed"),
        CheckConstraint("published_at >= signed_at", name="published_after_it_was_signed"),
        CheckConstraint("(supersedes_id IS NULL) = (note = '')", name="new_version_says_why"),
        CheckConstraint("version > 0", name="version_is_counted"),
        Index(
            "uq_report_publication_first",
            "subject",
            unique=True,
            sqlite_where=text("supersedes_id IS NULL"),
            postgresql_where=text("supersedes_id IS NULL"),
        ),
    )

    id: Mapped[PrimaryKey]
    report_id: Mapped[int] = mapped_column(ForeignKey("report.id"), unique=True)
    sign_off_id: Mapped[int] = mapped_column(ForeignKey("report_sign_off.id"), unique=True)
    subject: Mapped[str] = mapped_column(String(60))
    version: Mapped[int]
    supersedes_id: Mapped[int | None] = mapped_column(
        ForeignKey("report_publication.id"), unique=True
    )
    note: Mapped[str] = mapped_column(Text, default="", server_default="")
    document_sha256: Mapped[str] = mapped_column(String(64))
    figures_sha256: Mapped[str] = mapped_column(String(64))
    page_sha256: Mapped[str] = mapped_column(String(64))
    with_extract: Mapped[bool] = mapped_column(default=False, server_default=false())
    signed_at: Mapped[datetime]
    signed_by_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    published_at: Mapped[datetime]
    published_by_id: Mapped[int] = mapped_column(ForeignKey("user.id"))


SIGNED_ALREADY = "This report has been signed off already."
PUBLISHED_ALREADY = "This report has been published already."
SUPERSEDED_ALREADY = "Somebody else published a newer version at the same moment."
explain_constraint("uq_report_sign_off_report_id", SIGNED_ALREADY)
explain_constraint("report_sign_off.report_id", SIGNED_ALREADY)
explain_constraint("uq_report_publication_report_id", PUBLISHED_ALREADY)
explain_constraint("report_publication.report_id", PUBLISHED_ALREADY)
explain_constraint("uq_report_publication_supersedes_id", SUPERSEDED_ALREADY)
explain_constraint("report_publication.supersedes_id", SUPERSEDED_ALREADY)
explain_constraint("uq_report_publication_first", SUPERSEDED_ALREADY)
explain_constraint("report_publication.subject", SUPERSEDED_ALREADY)
