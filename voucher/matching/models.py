"""Tables: shortlist, its entries, and the match (a proposed pairing)."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from voucher.core.db import Base, PrimaryKey, enum_column, explain_constraint
from voucher.core.status import Status
from voucher.providers.models import Offering


class Shortlist(Base):
    """A ranked list of offerings for one application, kept as it was shown."""

    __tablename__ = "shortlist"

    id: Mapped[PrimaryKey]
    application_id: Mapped[int] = mapped_column(ForeignKey("application.id"), index=True)
    made_at: Mapped[datetime]
    seed: Mapped[str] = mapped_column(String(64))
    excluded: Mapped[list[dict[str, Any]]]

    entries: Mapped[list["ShortlistEntry"]] = relationship(
        lazy="raise", order_by="ShortlistEntry.rank"
    )


class ShortlistEntry(Base):
    """One offering's place on a shortlist, with its reasons as codes and parameters."""

    __tablename__ = "shortlist_entry"
    __table_args__ = (
        UniqueConstraint("shortlist_id", "rank"),
        UniqueConstraint("shortlist_id", "offering_id"),
    )

    id: Mapped[PrimaryKey]
    shortlist_id: Mapped[int] = mapped_column(ForeignKey("shortlist.id"))
    offering_id: Mapped[int] = mapped_column(ForeignKey("offering.id"))
    rank: Mapped[int]
    score: Mapped[float]
    reasons: Mapped[list[dict[str, Any]]]

    offering: Mapped[Offering] = relationship(lazy="raise")


class MatchStatus(Status):
    """Where a proposed pairing stands."""

    OFFERED = "offered", "Waiting for the provider’s answer"
    ACCEPTED = "accepted", "Accepted"
    AGREED = "agreed", "Agreed by all three parties"
    DECLINED = "declined", "Declined"
    LAPSED = "lapsed", "No answer in time"
    WITHDRAWN = "withdrawn", "Withdrawn by the business"


_M = MatchStatus
MATCH_MOVES = {
    _M.OFFERED: frozenset({_M.ACCEPTED, _M.DECLINED, _M.LAPSED, _M.WITHDRAWN}),
    _M.ACCEPTED: frozenset({_M.AGREED, _M.DECLINED, _M.WITHDRAWN}),
    _M.AGREED: frozenset({_M.WITHDRAWN}),
}
_LIVE = "status IN ('offered', 'accepted', 'agreed')"


class Match(Base):
    """A business's choice of an offering, put to its provider; then the agreement of the three.

    The five amounts and the scope are those the business saw when it chose; they stay as they are.
    """

    __tablename__ = "match"
    __table_args__ = (
        Index(
            "uq_match_live_per_voucher",
            "voucher_id",
            unique=True,
            sqlite_where=text(_LIVE),
            postgresql_where=text(_LIVE),
        ),
        Index("ix_match_provider", "provider_id", "status"),
        CheckConstraint("net_price_pence > 0", name="price_is_positive"),
        CheckConstraint("voucher_pence > 0", name="voucher_part_is_positive"),
        CheckConstraint(
            "contribution_pence = net_price_pence + vat_pence - voucher_pence",
            name="amounts_add_up",
        ),
        CheckConstraint(
            "status <> 'agreed' OR (provider_agreed_at IS NOT NULL"
            " AND business_agreed_at IS NOT NULL AND programme_agreed_at IS NOT NULL)",
            name="agreed_by_three",
        ),
    )

    id: Mapped[PrimaryKey]
    reference: Mapped[str] = mapped_column(String(24), unique=True)
    voucher_id: Mapped[int] = mapped_column(ForeignKey("voucher.id"))
    application_id: Mapped[int] = mapped_column(ForeignKey("application.id"), index=True)
    offering_id: Mapped[int] = mapped_column(ForeignKey("offering.id"))
    provider_id: Mapped[int] = mapped_column(ForeignKey("provider.id"))
    status: Mapped[MatchStatus] = mapped_column(enum_column(MatchStatus, "status_known"))
    chosen_at: Mapped[datetime]
    chosen_by_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    answer_by_on: Mapped[date]
    answered_at: Mapped[datetime | None]
    answered_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    decline_reason: Mapped[str | None] = mapped_column(String(500))
    scope: Mapped[str | None]
    start_on: Mapped[date | None]
    net_price_pence: Mapped[int | None]
    vat_rate_bps: Mapped[int | None]
    vat_pence: Mapped[int | None]
    voucher_pence: Mapped[int | None]
    contribution_pence: Mapped[int | None]
    provider_agreed_at: Mapped[datetime | None]
    provider_agreed_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    business_agreed_at: Mapped[datetime | None]
    business_agreed_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    programme_agreed_at: Mapped[datetime | None]

    offering: Mapped[Offering] = relationship(lazy="raise")


_LIVE_WORDS = "You have chosen an offering already. Withdraw that choice before you make another."
explain_constraint("uq_match_live_per_voucher", _LIVE_WORDS)
explain_constraint("match.voucher_id", _LIVE_WORDS)
