"""Tables: answers without a link to the case, and the protected tables counted from them.

An answer has no number of its own, no moment and (on SQLite) no hidden row number, so that neither
order nor time of arrival leads to an application.
"""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from voucher.core.db import Base, PrimaryKey, enum_column

NOT_SAID = "not_said"


class Sex(StrEnum):
    """The sex of the main owner."""

    FEMALE = "female"
    MALE = "male"
    NOT_SAID = NOT_SAID


class AgeBand(StrEnum):
    """The age of the main owner."""

    UNDER_25 = "under_25"
    FROM_25 = "from_25"
    FROM_35 = "from_35"
    FROM_45 = "from_45"
    FROM_55 = "from_55"
    FROM_65 = "from_65"
    NOT_SAID = NOT_SAID


class EthnicGroup(StrEnum):
    """The five groups of the harmonised standard for England and Wales."""

    ASIAN = "asian"
    BLACK = "black"
    MIXED = "mixed"
    WHITE = "white"
    OTHER = "other"
    NOT_SAID = NOT_SAID


class Disability(StrEnum):
    """Whether a lasting condition makes daily life harder (section 6, Equality Act 2010)."""

    YES_A_LOT = "yes_a_lot"
    YES_A_LITTLE = "yes_a_little"
    NO = "no"
    NOT_SAID = NOT_SAID


class Leadership(StrEnum):
    """Who makes most of the decisions of the business."""

    WOMEN = "women"
    EQUAL = "equal"
    MEN = "men"
    NOT_SAID = NOT_SAID


class EqualityAnswer(Base):
    """One set of answers; None is a question left blank. See the package for what it must not hold.

    `digest`: HMAC-SHA256 of the application's reference, so that one application answers once and
    can take its answers back.
    """

    __tablename__ = "equality_answer"
    __table_args__ = (
        CheckConstraint(
            "coalesce(sex, age_band, ethnic_group, disability, leadership) IS NOT NULL",
            name="says_something",
        ),
        {"sqlite_with_rowid": False},
    )

    digest: Mapped[str] = mapped_column(String(64), primary_key=True)
    round_id: Mapped[int] = mapped_column(ForeignKey("round.id"), index=True)
    questions_version: Mapped[str] = mapped_column(String(20))
    sex: Mapped[Sex | None] = mapped_column(enum_column(Sex, "sex_known"))
    age_band: Mapped[AgeBand | None] = mapped_column(enum_column(AgeBand, "age_band_known"))
    ethnic_group: Mapped[EthnicGroup | None] = mapped_column(
        enum_column(EthnicGroup, "ethnic_group_known")
    )
    disability: Mapped[Disability | None] = mapped_column(
        enum_column(Disability, "disability_known")
    )
    leadership: Mapped[Leadership | None] = mapped_column(
        enum_column(Leadership, "leadership_known")
    )


class EqualityTables(Base):
    """The counts of a round as they may be seen: protected before they are stored, append-only.

    Every version stays as it was made, when the answers behind it are long deleted. A new one is
    made only where subtracting an older one tells nothing small (`evaluation.monitoring.rules`).
    """

    __tablename__ = "equality_tables"
    __table_args__ = (
        UniqueConstraint("round_id", "version"),
        CheckConstraint("version > 0", name="version_is_counted"),
    )

    id: Mapped[PrimaryKey]
    round_id: Mapped[int] = mapped_column(ForeignKey("round.id"))
    version: Mapped[int] = mapped_column(server_default=text("1"))
    made_at: Mapped[datetime]
    content: Mapped[dict[str, Any]]
