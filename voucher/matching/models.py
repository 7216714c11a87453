"""Tables: shortlist, its entries, and the match (a proposed pairing)."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint, text
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
    ways: Mapped["WaysAsked | None"] = relationship(
        lazy="raise",
        viewonly=True,
        primaryjoin="foreign(Shortlist.application_id) == WaysAsked.application_id",
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


class WaysAsked(Base):
    """The languages and the accessibility that a business asks for, as it says now.

    Asked after the award, so that it can bear on no decision. `needed`: offerings without are not
    on its list; `wished`: offerings with have more points. Codes of businesses/ways.py.
    """

    __tablename__ = "ways_asked"

    id: Mapped[PrimaryKey]
    application_id: Mapped[int] = mapped_column(ForeignKey("application.id"), unique=True)
    needed: Mapped[list[str]]
    wished: Mapped[list[str]]
    changed_at: Mapped[datetime]
    changed_by_id: Mapped[int] = mapped_column(ForeignKey("user.id"))


class MatchStatus(Status):
    """Where a proposed pairing stands."""

    OFFERED = "offered", "Waiting for the provider’s answer"
    ACCEPTED = "accepted", "Accepted"
    AGREED = "agreed", "Agreed by all three parties"
    DECLINED = "declined", "Declined"
    LAPSED = "lapsed", "No answer in time"
    WITHDRAWN = "withdrawn", "Withdrawn"


class DeclineCode(Status):
    """Why a provider declines."""

    NO_ROOM = "no_room", "No room for it", "We have no room for it at the moment"
    TOO_LATE = "too_late", "Can’t start in time", "We can’t start soon enough"
    OTHER_WORK = "other_work", "Other work is needed", "The problem needs other work than this"
    TOO_MUCH = "too_much", "More than the price covers", "It is more work than this price covers"
    TOO_FAR = "too_far", "Too far away", "It is too far away for us"
    CONNECTED = "connected", "Connected with the business", "We are connected with this business"
    OTHER = "other", "Another reason"


_M = MatchStatus
MATCH_MOVES = {
    _M.OFFERED: frozenset({_M.ACCEPTED, _M.DECLINED, _M.LAPSED, _M.WITHDRAWN}),
    _M.ACCEPTED: frozenset({_M.AGREED, _M.DECLINED, _M.WITHDRAWN}),
    _M.AGREED: frozenset({_M.WITHDRAWN}),
}
_LIVE = "status IN ('offered', 'accepted', 'agreed')"


class Match(Base):
    """A business's choice of an offering, put to its provider; then the agreement of the three.

    The five amounts and the scope are those the business saw when it chose, until a `Variation` of
    them is agreed, which then keeps those before. `wanted_by_on`: the latest start that suits the
    business, where it named one. `decline_code`: none on requests declined before there were codes.
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
    decline_code: Mapped[DeclineCode | None] = mapped_column(
        enum_column(DeclineCode, "decline_known")
    )
    decline_reason: Mapped[str | None] = mapped_column(String(500))
    wanted_by_on: Mapped[date | None]
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

    @property
    def decline_words(self) -> str:
        """Why the provider declined, as the business reads it: the reason, then its own words."""
        known = self.decline_code
        label = known.public_label if known and known is not DeclineCode.OTHER else ""
        return ". ".join(part for part in (label, self.decline_reason) if part)


class VariationStatus(Status):
    """Where a proposed change of an agreement stands."""

    PROPOSED = "proposed", "Waiting for the other party"
    REFERRED = "referred", "Waiting for an officer", "Waiting for the programme"
    AGREED = "agreed", "Agreed"
    REFUSED = "refused", "Refused"
    WITHDRAWN = "withdrawn", "Taken back"
    LAPSED = "lapsed", "Ended without an answer"


_A = VariationStatus
VARIATION_MOVES = {
    _A.PROPOSED: frozenset({_A.REFERRED, _A.AGREED, _A.REFUSED, _A.WITHDRAWN, _A.LAPSED}),
    _A.REFERRED: frozenset({_A.AGREED, _A.REFUSED, _A.WITHDRAWN, _A.LAPSED}),
}
_OPEN = "status IN ('proposed', 'referred')"


class Variation(Base):
    """A change of price, VAT rate or work of an agreed match, proposed by one of its two parties.

    What was agreed before (`was_…`) and after, as both saw them: once it is agreed the match holds
    those after, and this row keeps those before. `decided_…` is the officer, where one is needed,
    and `decide_by_on` that officer's last day.
    """

    __tablename__ = "variation"
    __table_args__ = (
        CheckConstraint("net_price_pence > 0 AND voucher_pence > 0", name="amounts_are_positive"),
        CheckConstraint(
            "contribution_pence = net_price_pence + vat_pence - voucher_pence",
            name="amounts_add_up",
        ),
        CheckConstraint(
            "status NOT IN ('referred', 'agreed') OR answered_by_id IS NOT NULL",
            name="answered_by_somebody",
        ),
        CheckConstraint("answered_by_id <> proposed_by_id", name="answered_by_another"),
        CheckConstraint(
            "status <> 'agreed' OR NOT needs_officer OR decided_by_id IS NOT NULL",
            name="officer_where_needed",
        ),
        CheckConstraint("status <> 'refused' OR length(refusal) > 0", name="refusal_has_words"),
        CheckConstraint(
            "status <> 'referred' OR decide_by_on IS NOT NULL", name="officer_has_a_last_day"
        ),
        Index(
            "uq_variation_open_per_match",
            "match_id",
            unique=True,
            sqlite_where=text(_OPEN),
            postgresql_where=text(_OPEN),
        ),
        Index("ix_variation_answer", "status", "answer_by_on"),
    )

    id: Mapped[PrimaryKey]
    match_id: Mapped[int] = mapped_column(ForeignKey("match.id"), index=True)
    status: Mapped[VariationStatus] = mapped_column(enum_column(VariationStatus, "status_known"))
    words: Mapped[str] = mapped_column(Text)
    by_provider: Mapped[bool]
    needs_officer: Mapped[bool]
    proposed_at: Mapped[datetime]
    proposed_by_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    answer_by_on: Mapped[date]
    answered_at: Mapped[datetime | None]
    answered_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    decide_by_on: Mapped[date | None]
    decided_at: Mapped[datetime | None]
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    officer_note: Mapped[str] = mapped_column(Text, default="", server_default="")
    refusal: Mapped[str] = mapped_column(Text, default="", server_default="")
    was_scope: Mapped[str] = mapped_column(Text)
    was_net_price_pence: Mapped[int]
    was_vat_rate_bps: Mapped[int]
    was_vat_pence: Mapped[int]
    was_voucher_pence: Mapped[int]
    was_contribution_pence: Mapped[int]
    scope: Mapped[str] = mapped_column(Text)
    net_price_pence: Mapped[int]
    vat_rate_bps: Mapped[int]
    vat_pence: Mapped[int]
    voucher_pence: Mapped[int]
    contribution_pence: Mapped[int]


_LIVE_WORDS = "You have chosen an offering already. Withdraw that choice before you make another."
explain_constraint("uq_match_live_per_voucher", _LIVE_WORDS)
explain_constraint("match.voucher_id", _LIVE_WORDS)
ALREADY_PROPOSED = "A change is proposed already. It must be answered or taken back first."
explain_constraint("uq_variation_open_per_match", ALREADY_PROPOSED)
explain_constraint("variation.match_id", ALREADY_PROPOSED)
