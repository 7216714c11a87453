"""Tables: award, voucher, redemption, failed look-ups of codes."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from voucher.core.db import Base, PrimaryKey, enum_column, explain_constraint
from voucher.core.status import Status


class Award(Base):
    """The decision to give support: a maximum, its terms and its subsidy notice."""

    __tablename__ = "award"
    __table_args__ = (CheckConstraint("max_pence > 0", name="max_is_positive"),)

    id: Mapped[PrimaryKey]
    reference: Mapped[str] = mapped_column(String(24), unique=True)
    application_id: Mapped[int] = mapped_column(ForeignKey("application.id"), unique=True)
    round_id: Mapped[int] = mapped_column(ForeignKey("round.id"), index=True)
    notice_id: Mapped[int] = mapped_column(ForeignKey("subsidy_notice.id"), unique=True)
    decision_id: Mapped[int] = mapped_column(ForeignKey("decision.id"))
    terms_id: Mapped[int] = mapped_column(ForeignKey("terms.id"))
    max_pence: Mapped[int]
    awarded_at: Mapped[datetime]
    awarded_by_id: Mapped[int] = mapped_column(ForeignKey("user.id"))


class VoucherStatus(Status):
    """Where a voucher stands."""

    ISSUED = "issued", "Live", "Ready to use"
    REDEEMED = "redeemed", "Redeemed", "In use"
    COMPLETED = "completed", "Work paid", "Finished"
    EXPIRED = "expired", "Expired"
    CANCELLED = "cancelled", "Cancelled"


_V = VoucherStatus
VOUCHER_MOVES = {
    _V.ISSUED: frozenset({_V.REDEEMED, _V.EXPIRED, _V.CANCELLED}),
    _V.REDEEMED: frozenset({_V.COMPLETED, _V.CANCELLED}),
}
_LIVE = "status IN ('issued', 'redeemed')"


class Voucher(Base):
    """The instrument. The code is derived from the nonce with a key the database does not hold.

    `lost_days`: how many days its last day was moved because a chosen provider had gone.
    """

    __tablename__ = "voucher"
    __table_args__ = (
        CheckConstraint("cap_pence > 0", name="cap_is_positive"),
        CheckConstraint("share_bps > 0 AND share_bps <= 10000", name="share_is_a_share"),
        CheckConstraint(
            "(status IN ('redeemed', 'completed')) = (redeemed_at IS NOT NULL)"
            " OR status = 'cancelled'",
            name="redeemed_has_its_moment",
        ),
        CheckConstraint(
            "(status = 'cancelled') = (cancelled_at IS NOT NULL)", name="cancelled_has_its_moment"
        ),
        CheckConstraint(
            "lost_days >= 0 AND (lost_days = 0 OR restored_at IS NOT NULL)",
            name="lost_days_have_their_moment",
        ),
        Index(
            "uq_voucher_live_per_business",
            "programme_id",
            "business_id",
            unique=True,
            sqlite_where=text(_LIVE),
            postgresql_where=text(_LIVE),
        ),
        Index("ix_voucher_expiry", "status", "expires_on"),
    )

    id: Mapped[PrimaryKey]
    reference: Mapped[str] = mapped_column(String(24), unique=True)
    award_id: Mapped[int] = mapped_column(ForeignKey("award.id"), unique=True)
    application_id: Mapped[int] = mapped_column(ForeignKey("application.id"), unique=True)
    business_id: Mapped[int] = mapped_column(ForeignKey("business.id"), index=True)
    programme_id: Mapped[int] = mapped_column(ForeignKey("programme.id"))
    round_id: Mapped[int] = mapped_column(ForeignKey("round.id"), index=True)
    status: Mapped[VoucherStatus] = mapped_column(enum_column(VoucherStatus, "status_known"))
    code_nonce: Mapped[str] = mapped_column(String(32), unique=True)
    code_digest: Mapped[str] = mapped_column(String(64), unique=True)
    cap_pence: Mapped[int]
    share_bps: Mapped[int]
    issued_at: Mapped[datetime]
    expires_on: Mapped[date]
    extended_at: Mapped[datetime | None]
    extension_reason: Mapped[str | None] = mapped_column(String(500))
    lost_days: Mapped[int] = mapped_column(default=0, server_default="0")
    restored_at: Mapped[datetime | None]
    redeemed_at: Mapped[datetime | None]
    cancelled_at: Mapped[datetime | None]
    cancel_reason: Mapped[str | None] = mapped_column(String(500))
    lapse_reason: Mapped[str | None] = mapped_column(String(500))


class Redemption(Base):
    """The one use of a voucher, with the five amounts as agreed."""

    __tablename__ = "redemption"
    __table_args__ = (
        CheckConstraint("net_price_pence > 0", name="price_is_positive"),
        CheckConstraint("voucher_pence > 0", name="voucher_part_is_positive"),
        CheckConstraint(
            "contribution_pence = net_price_pence + vat_pence - voucher_pence",
            name="amounts_add_up",
        ),
        Index("ix_redemption_provider", "provider_id"),
    )

    id: Mapped[PrimaryKey]
    reference: Mapped[str] = mapped_column(String(24), unique=True)
    voucher_id: Mapped[int] = mapped_column(ForeignKey("voucher.id"), unique=True)
    match_id: Mapped[int] = mapped_column(ForeignKey("match.id"), unique=True)
    application_id: Mapped[int] = mapped_column(ForeignKey("application.id"), unique=True)
    offering_id: Mapped[int] = mapped_column(ForeignKey("offering.id"))
    provider_id: Mapped[int] = mapped_column(ForeignKey("provider.id"))
    business_id: Mapped[int] = mapped_column(ForeignKey("business.id"), index=True)
    round_id: Mapped[int] = mapped_column(ForeignKey("round.id"))
    net_price_pence: Mapped[int]
    vat_rate_bps: Mapped[int]
    vat_pence: Mapped[int]
    voucher_pence: Mapped[int]
    contribution_pence: Mapped[int]
    redeemed_at: Mapped[datetime]
    redeemed_by_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    claim_by_on: Mapped[date]
    escalated_at: Mapped[datetime | None]


_LIVE_WORDS = "This business has a live voucher in the programme already."
explain_constraint("uq_voucher_live_per_business", _LIVE_WORDS)
explain_constraint("voucher.programme_id, voucher.business_id", _LIVE_WORDS)
_ONCE_WORDS = "This voucher has been redeemed already."
explain_constraint("uq_redemption_voucher_id", _ONCE_WORDS)
explain_constraint("redemption.voucher_id", _ONCE_WORDS)
