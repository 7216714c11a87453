"""Tables of figures from official records: each import, and its figures. Append-only by trigger.

Nothing is corrected in place: a later import supersedes, and what was known at any moment stays.
"""

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from voucher.core.db import Base, PrimaryKey, enum_column, explain_constraint
from voucher.core.status import Status


class Measure(Status):
    """What an official figure says. `turnover`: whole pounds; `staff`: people."""

    TURNOVER = "turnover", "Turnover"
    STAFF = "staff", "Staff"


class AdministrativeImport(Base):
    """A file that was taken. `counts`: how many of its lines were taken and left out, by kind.

    `gone`: references of businesses that had applied and that the register of companies called gone
    at the moment of the import, whether the file has them or not; None before that was kept.
    """

    __tablename__ = "administrative_import"
    __table_args__ = (
        CheckConstraint("taken > 0 AND taken <= lines", name="some_lines_were_taken"),
    )

    id: Mapped[PrimaryKey]
    reference: Mapped[str] = mapped_column(String(24), unique=True)
    file_name: Mapped[str] = mapped_column(String(200))
    file_sha256: Mapped[str] = mapped_column(String(64), unique=True)
    lines: Mapped[int]
    taken: Mapped[int]
    counts: Mapped[dict[str, Any]]
    gone: Mapped[list[str] | None]
    imported_at: Mapped[datetime]
    imported_by_id: Mapped[int] = mapped_column(ForeignKey("user.id"))


class AdministrativeFigure(Base):
    """One official figure of one business. `doubts`: codes of the doubts it was taken with."""

    __tablename__ = "administrative_figure"
    __table_args__ = (
        CheckConstraint("value >= 0", name="value_is_not_negative"),
        Index(
            "uq_administrative_figure_once",
            "business_id",
            "measure",
            "period_end_on",
            "import_id",
            unique=True,
        ),
    )

    id: Mapped[PrimaryKey]
    import_id: Mapped[int] = mapped_column(ForeignKey("administrative_import.id"))
    business_id: Mapped[int] = mapped_column(ForeignKey("business.id"))
    measure: Mapped[Measure] = mapped_column(enum_column(Measure, "measure_known"))
    value: Mapped[int]
    period_end_on: Mapped[date]
    source: Mapped[str] = mapped_column(String(120))
    line: Mapped[int]
    doubts: Mapped[list[str]]


for _name in ("uq_administrative_import_file_sha256", "administrative_import.file_sha256"):
    explain_constraint(_name, "This very file has been imported already.")
