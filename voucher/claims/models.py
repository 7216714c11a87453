"""Tables: the provider's claim, the business's confirmation, the officers' review."""

from datetime import date, datetime

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    Index,
    String,
    Text,
    UniqueConstraint,
    false,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from voucher.core.db import Base, PrimaryKey, enum_column, explain_constraint
from voucher.core.status import Status


class ClaimStatus(Status):
    """Where a claim stands."""

    DRAFT = "draft", "Draft"
    SUBMITTED = "submitted", "Waiting for the business", "Waiting for the business to confirm"
    CONFIRMED = "confirmed", "To be approved", "Confirmed: we are checking it"
    DISPUTED = "disputed", "Disputed by the business"
    RETURNED = "returned", "Back with the provider", "We need something from you"
    APPROVED = "approved", "Approved for payment", "Approved: payment on its way"
    REJECTED = "rejected", "Rejected", "Not approved"
    PAID = "paid", "Paid"


_C = ClaimStatus
CLAIM_MOVES = {
    _C.DRAFT: frozenset({_C.SUBMITTED}),
    # Rejected from here only when the business stays silent past its last day: see `reject`.
    _C.SUBMITTED: frozenset({_C.CONFIRMED, _C.DISPUTED, _C.RETURNED, _C.REJECTED}),
    _C.CONFIRMED: frozenset({_C.APPROVED, _C.RETURNED, _C.REJECTED}),
    _C.DISPUTED: frozenset({_C.CONFIRMED, _C.RETURNED, _C.REJECTED}),
    _C.RETURNED: frozenset({_C.SUBMITTED}),
    # Rejected from here only with its payment: see `call_off`.
    _C.APPROVED: frozenset({_C.PAID, _C.REJECTED}),
}


_BEING_WRITTEN = "status IN ('draft', 'returned')"


class Claim(Base):
    """The provider's request to be paid for one redemption. One per redemption.

    While it is being written its amounts may be anything; submitted, they are the agreed ones.
    """

    __tablename__ = "claim"
    __table_args__ = (
        CheckConstraint(
            f"{_BEING_WRITTEN} OR (net_price_pence > 0 AND voucher_pence > 0)",
            name="amounts_are_positive",
        ),
        CheckConstraint(
            f"{_BEING_WRITTEN} OR contribution_pence = net_price_pence + vat_pence - voucher_pence",
            name="amounts_add_up",
        ),
        CheckConstraint(
            f"{_BEING_WRITTEN} OR (submitted_at IS NOT NULL AND net_price_pence IS NOT NULL"
            " AND vat_rate_bps IS NOT NULL AND vat_pence IS NOT NULL AND voucher_pence IS NOT NULL"
            " AND contribution_pence IS NOT NULL)",
            name="submitted_is_whole",
        ),
        CheckConstraint(
            "(status IN ('approved', 'paid')) = (approved_at IS NOT NULL)",
            name="approved_has_its_moment",
        ),
        CheckConstraint("approved_by_id <> checked_by_id", name="approved_by_another"),
        UniqueConstraint("provider_id", "invoice_number"),
        Index("ix_claim_queue", "status", "submitted_at"),
    )

    id: Mapped[PrimaryKey]
    reference: Mapped[str] = mapped_column(String(24), unique=True)
    redemption_id: Mapped[int] = mapped_column(ForeignKey("redemption.id"), unique=True)
    application_id: Mapped[int] = mapped_column(ForeignKey("application.id"), index=True)
    provider_id: Mapped[int] = mapped_column(ForeignKey("provider.id"), index=True)
    business_id: Mapped[int] = mapped_column(ForeignKey("business.id"), index=True)
    round_id: Mapped[int] = mapped_column(ForeignKey("round.id"))
    status: Mapped[ClaimStatus] = mapped_column(enum_column(ClaimStatus, "status_known"))
    invoice_number: Mapped[str | None] = mapped_column(String(60))
    invoice_on: Mapped[date | None]
    net_price_pence: Mapped[int | None]
    vat_rate_bps: Mapped[int | None]
    vat_pence: Mapped[int | None]
    voucher_pence: Mapped[int | None]
    contribution_pence: Mapped[int | None]
    contribution_paid_on: Mapped[date | None]
    work_done: Mapped[str] = mapped_column(Text, default="")
    evidence_level: Mapped[str] = mapped_column(String(10))
    sampled: Mapped[bool] = mapped_column(default=False)
    started_at: Mapped[datetime]
    submitted_at: Mapped[datetime | None]
    submitted_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    confirm_by_on: Mapped[date | None]
    escalated_at: Mapped[datetime | None]
    checked_at: Mapped[datetime | None]
    checked_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    approved_at: Mapped[datetime | None]
    approved_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    pay_by_on: Mapped[date | None]
    review_note: Mapped[str | None] = mapped_column(Text)


class Confirmation(Base):
    """The business's own word on one submission of a claim: done, or disputed and why.

    `on_behalf`: an officer entered it for a business that stayed silent past its deadline; then
    `words` say how it was found out that the work was done.
    """

    __tablename__ = "confirmation"
    __table_args__ = (
        CheckConstraint("confirmed OR length(words) > 0", name="dispute_has_words"),
        CheckConstraint(
            "NOT on_behalf OR (confirmed AND length(words) > 0)", name="on_behalf_has_evidence"
        ),
        Index("ix_confirmation_claim", "claim_id", "id"),
    )

    id: Mapped[PrimaryKey]
    claim_id: Mapped[int] = mapped_column(ForeignKey("claim.id"))
    confirmed: Mapped[bool]
    on_behalf: Mapped[bool] = mapped_column(default=False, server_default=false())
    words: Mapped[str] = mapped_column(Text, default="")
    given_at: Mapped[datetime]
    given_by_id: Mapped[int] = mapped_column(ForeignKey("user.id"))


class LesserWorkStatus(Status):
    """Where an offer to be paid for less work stands."""

    OFFERED = "offered", "Waiting for the business"
    AGREED = "agreed", "Agreed"
    REFUSED = "refused", "Refused by the business"
    WITHDRAWN = "withdrawn", "Taken back by the provider"


_L = LesserWorkStatus
LESSER_WORK_MOVES = {_L.OFFERED: frozenset({_L.AGREED, _L.REFUSED, _L.WITHDRAWN})}
_OPEN = "status = 'offered'"


class LesserWork(Base):
    """A provider's offer to be paid for less than was agreed, because less was delivered.

    The amounts before (`was_…`) and after, as both parties saw them: once the business agrees, the
    redemption holds those after, and this row keeps those before. The VAT rate stays as it was.
    """

    __tablename__ = "lesser_work"
    __table_args__ = (
        CheckConstraint("net_price_pence > 0 AND voucher_pence > 0", name="amounts_are_positive"),
        CheckConstraint(
            "net_price_pence < was_net_price_pence AND voucher_pence <= was_voucher_pence",
            name="is_less",
        ),
        CheckConstraint(
            "contribution_pence = net_price_pence + vat_pence - voucher_pence",
            name="amounts_add_up",
        ),
        CheckConstraint(
            "(status IN ('agreed', 'refused')) = (answered_by_id IS NOT NULL)",
            name="answered_by_somebody",
        ),
        CheckConstraint("answered_by_id <> offered_by_id", name="answered_by_another"),
        CheckConstraint("status <> 'refused' OR length(refusal) > 0", name="refusal_has_words"),
        Index(
            "uq_lesser_work_open_per_claim",
            "claim_id",
            unique=True,
            sqlite_where=text(_OPEN),
            postgresql_where=text(_OPEN),
        ),
    )

    id: Mapped[PrimaryKey]
    claim_id: Mapped[int] = mapped_column(ForeignKey("claim.id"), index=True)
    status: Mapped[LesserWorkStatus] = mapped_column(enum_column(LesserWorkStatus, "status_known"))
    words: Mapped[str] = mapped_column(Text)
    was_net_price_pence: Mapped[int]
    was_vat_pence: Mapped[int]
    was_voucher_pence: Mapped[int]
    was_contribution_pence: Mapped[int]
    net_price_pence: Mapped[int]
    vat_pence: Mapped[int]
    voucher_pence: Mapped[int]
    contribution_pence: Mapped[int]
    offered_at: Mapped[datetime]
    offered_by_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    answered_at: Mapped[datetime | None]
    answered_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    refusal: Mapped[str] = mapped_column(Text, default="", server_default="")


_INVOICE_WORDS = "You have claimed on an invoice of that number already."
explain_constraint("uq_claim_provider_id_invoice_number", _INVOICE_WORDS)
explain_constraint("claim.provider_id, claim.invoice_number", _INVOICE_WORDS)
explain_constraint("uq_claim_redemption_id", "There is a claim for this voucher already.")
explain_constraint("claim.redemption_id", "There is a claim for this voucher already.")
ALREADY_OFFERED = "The business has not answered your last offer yet. Take it back first."
explain_constraint("uq_lesser_work_open_per_claim", ALREADY_OFFERED)
explain_constraint("lesser_work.claim_id", ALREADY_OFFERED)
