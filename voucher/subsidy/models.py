"""Tables: dated thresholds, declarations of earlier assistance, notices and confirmations."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from voucher.core.db import Base, PrimaryKey


class SubsidyThreshold(Base):
    """The Minimal Financial Assistance cap from a date on."""

    __tablename__ = "subsidy_threshold"
    __table_args__ = (CheckConstraint("threshold_pence > 0", name="threshold_is_positive"),)

    id: Mapped[PrimaryKey]
    threshold_pence: Mapped[int]
    effective_from: Mapped[date] = mapped_column(unique=True)
    source: Mapped[str] = mapped_column(String(200))


class DeclaredAssistance(Base):
    """One piece of earlier public support, as declared, to the business, its group or a merger.

    A declaration is never taken away: one that is corrected is marked as replaced. `sent_at`: since
    when a sent application stands behind it; until then it says nothing for other entries of the
    enterprise, or anybody could use up a rival's limit by typing its number.
    """

    __tablename__ = "declared_assistance"
    __table_args__ = (
        CheckConstraint("amount_pence > 0", name="amount_is_positive"),
        Index("ix_declared_assistance_business", "business_id"),
        Index("ix_declared_assistance_recipient", "recipient_number"),
    )

    id: Mapped[PrimaryKey]
    business_id: Mapped[int] = mapped_column(ForeignKey("business.id"))
    label: Mapped[str] = mapped_column(String(40))
    amount_pence: Mapped[int]
    given_on: Mapped[date]
    given_by: Mapped[str] = mapped_column(String(160))
    recipient: Mapped[str] = mapped_column(String(160))
    recipient_number: Mapped[str | None] = mapped_column(String(8))
    relation: Mapped[str] = mapped_column(String(20))
    declared_at: Mapped[datetime]
    declared_by_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    replaced_at: Mapped[datetime | None]
    sent_at: Mapped[datetime | None]


class SubsidyNotice(Base):
    """The written proposal of MFA and the recipient's confirmation, each with its own identity."""

    __tablename__ = "subsidy_notice"
    __table_args__ = (
        CheckConstraint("gross_pence > 0", name="gross_is_positive"),
        CheckConstraint(
            "(confirmed_at IS NULL) = (confirmed_by_id IS NULL)", name="confirmed_by_somebody"
        ),
        CheckConstraint(
            "(declined_at IS NULL) OR (confirmed_at IS NULL)", name="confirmed_or_declined"
        ),
        Index("ix_subsidy_notice_business", "business_id"),
    )

    id: Mapped[PrimaryKey]
    business_id: Mapped[int] = mapped_column(ForeignKey("business.id"))
    application_id: Mapped[int] = mapped_column(ForeignKey("application.id"), index=True)
    gross_pence: Mapped[int]
    text_version: Mapped[str] = mapped_column(String(20))
    notice_text: Mapped[str] = mapped_column(Text)
    sent_at: Mapped[datetime]
    answer_by_on: Mapped[date]
    confirmed_at: Mapped[datetime | None]
    confirmed_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    confirmed_text_version: Mapped[str | None] = mapped_column(String(20))
    declined_at: Mapped[datetime | None]


class ProgrammeAssistance(Base):
    """What the programme itself gave: reserved at issue, replaced when redeemed, else released."""

    __tablename__ = "programme_assistance"
    __table_args__ = (
        CheckConstraint("amount_pence > 0", name="amount_is_positive"),
        Index("ix_programme_assistance_business", "business_id"),
    )

    id: Mapped[PrimaryKey]
    business_id: Mapped[int] = mapped_column(ForeignKey("business.id"))
    notice_id: Mapped[int] = mapped_column(ForeignKey("subsidy_notice.id"), unique=True)
    amount_pence: Mapped[int]
    given_on: Mapped[date]
    confirmation_text: Mapped[str] = mapped_column(Text)
    redeemed_pence: Mapped[int | None]
    released_at: Mapped[datetime | None]
