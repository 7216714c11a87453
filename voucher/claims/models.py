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
    contribution_unpaid: Mapped[bool] = mapped_column(default=False, server_default=false())
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


class AmendmentCause(Status):
    """Why the amounts of a claim are to be other than those agreed."""

    LESS_WORK = "less_work", "Less was delivered"
    CREDIT_NOTE = "credit_note", "The provider has credited part of its invoice"
    VAT_CHANGED = "vat_changed", "The provider’s VAT has changed"


class AmendmentStatus(Status):
    """Where an offer to amend the agreed amounts stands.

    ENTERED: a credit note that came once the claim was approved; nothing is offered any more.
    """

    OFFERED = "offered", "Waiting for the business"
    AGREED = "agreed", "Agreed"
    REFUSED = "refused", "Refused by the business"
    WITHDRAWN = "withdrawn", "Taken back by the provider"
    LAPSED = "lapsed", "Not answered in time"
    ENTERED = "entered", "Entered after approval"


_A = AmendmentStatus
AMENDMENT_MOVES = {_A.OFFERED: frozenset({_A.AGREED, _A.REFUSED, _A.WITHDRAWN, _A.LAPSED})}
_OPEN = "status = 'offered'"
_COUNTS = "status IN ('offered', 'agreed', 'entered') AND credit_number IS NOT NULL"


class Amendment(Base):
    """Other amounts than were agreed, never more of the programme's money: less work, a credit
    note, or another VAT rate.

    The five amounts before (`was_…`) and after, as both parties saw them. Once the business agrees,
    the redemption holds those after, and this row keeps those before. An ENTERED one changes
    neither claim nor redemption: what was paid too much is asked back by a clawback.
    """

    __tablename__ = "amendment"
    __table_args__ = (
        CheckConstraint(
            "(net_price_pence > 0 AND voucher_pence > 0)"
            " OR (status = 'entered' AND net_price_pence >= 0 AND voucher_pence >= 0)",
            name="amounts_are_positive",
        ),
        CheckConstraint(
            "net_price_pence <= was_net_price_pence AND voucher_pence <= was_voucher_pence"
            " AND (net_price_pence < was_net_price_pence OR cause = 'vat_changed')",
            name="is_no_more",
        ),
        CheckConstraint(
            "(vat_rate_bps <> was_vat_rate_bps) = (cause = 'vat_changed')",
            name="rate_changes_with_vat",
        ),
        CheckConstraint(
            "contribution_pence = net_price_pence + vat_pence - voucher_pence",
            name="amounts_add_up",
        ),
        CheckConstraint(
            "(cause = 'credit_note') = (credit_number IS NOT NULL)", name="credit_has_its_number"
        ),
        CheckConstraint(
            "(status = 'entered') = (answer_by_on IS NULL)"
            " AND (status <> 'entered' OR cause = 'credit_note')",
            name="offered_has_its_last_day",
        ),
        CheckConstraint(
            "(status IN ('agreed', 'refused')) = (answered_by_id IS NOT NULL)",
            name="answered_by_somebody",
        ),
        CheckConstraint("answered_by_id <> offered_by_id", name="answered_by_another"),
        CheckConstraint("status <> 'refused' OR length(refusal) > 0", name="refusal_has_words"),
        Index(
            "uq_amendment_open_per_claim",
            "claim_id",
            unique=True,
            sqlite_where=text(_OPEN),
            postgresql_where=text(_OPEN),
        ),
        Index(
            "uq_amendment_credit_number",
            "provider_id",
            "credit_number",
            unique=True,
            sqlite_where=text(_COUNTS),
            postgresql_where=text(_COUNTS),
        ),
    )

    id: Mapped[PrimaryKey]
    claim_id: Mapped[int] = mapped_column(ForeignKey("claim.id"), index=True)
    provider_id: Mapped[int] = mapped_column(ForeignKey("provider.id"))
    cause: Mapped[AmendmentCause] = mapped_column(enum_column(AmendmentCause, "cause_known"))
    status: Mapped[AmendmentStatus] = mapped_column(enum_column(AmendmentStatus, "status_known"))
    words: Mapped[str] = mapped_column(Text)
    credit_number: Mapped[str | None] = mapped_column(String(60))
    was_net_price_pence: Mapped[int]
    was_vat_rate_bps: Mapped[int]
    was_vat_pence: Mapped[int]
    was_voucher_pence: Mapped[int]
    was_contribution_pence: Mapped[int]
    net_price_pence: Mapped[int]
    vat_rate_bps: Mapped[int]
    vat_pence: Mapped[int]
    voucher_pence: Mapped[int]
    contribution_pence: Mapped[int]
    answer_by_on: Mapped[date | None]
    offered_at: Mapped[datetime]
    offered_by_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    answered_at: Mapped[datetime | None]
    answered_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    refusal: Mapped[str] = mapped_column(Text, default="", server_default="")


class SupersededInvoice(Base):
    """An invoice that stood in a claim that was sent, kept when a corrected one took its place.

    Its files are kept about this row. The number stays the claim's own: no other claim may use it.
    """

    __tablename__ = "superseded_invoice"
    __table_args__ = (
        CheckConstraint("length(words) > 0", name="says_why"),
        Index("ix_superseded_invoice_number", "provider_id", "invoice_number"),
    )

    id: Mapped[PrimaryKey]
    claim_id: Mapped[int] = mapped_column(ForeignKey("claim.id"), index=True)
    provider_id: Mapped[int] = mapped_column(ForeignKey("provider.id"))
    invoice_number: Mapped[str] = mapped_column(String(60))
    invoice_on: Mapped[date]
    words: Mapped[str] = mapped_column(Text)
    superseded_at: Mapped[datetime]
    superseded_by_id: Mapped[int] = mapped_column(ForeignKey("user.id"))


class UnpaidStatus(Status):
    """Where the question stands whether the business has paid its own part."""

    ASKED = "asked", "Waiting for the business", "Please pay your part"
    SHOWN = "shown", "The business says it has paid", "Being looked at"
    DENIED = "denied", "The business says it need not pay", "Being looked at"
    EVIDENCED = "evidenced", "Shown to be paid", "Paid"
    ENDED = "ended", "Ended with the claim", "No longer asked"


_U = UnpaidStatus
UNPAID_MOVES = {
    _U.ASKED: frozenset({_U.SHOWN, _U.DENIED, _U.EVIDENCED, _U.ENDED}),
    _U.SHOWN: frozenset({_U.ASKED, _U.EVIDENCED, _U.ENDED}),
    _U.DENIED: frozenset({_U.ASKED, _U.SHOWN, _U.EVIDENCED, _U.ENDED}),
}
UNPAID_OPEN = (_U.ASKED, _U.SHOWN, _U.DENIED)
_UNPAID = "status IN ('asked', 'shown', 'denied')"


class UnpaidContribution(Base):
    """The question on one submission of a claim whether the business has paid its own part.

    Asked by any of the three parties; while it is open nothing of the claim is approved.
    `pay_by_on`: the business's last day; `paid_on`: the day it says it paid, its proof kept about
    this row.
    """

    __tablename__ = "unpaid_contribution"
    __table_args__ = (
        CheckConstraint("status <> 'shown' OR paid_on IS NOT NULL", name="shown_has_its_day"),
        CheckConstraint("status <> 'denied' OR length(answer) > 0", name="denial_has_words"),
        CheckConstraint(
            "status <> 'evidenced' OR (paid_on IS NOT NULL AND settled_by_id IS NOT NULL)",
            name="evidenced_by_somebody",
        ),
        Index(
            "uq_unpaid_contribution_open_per_claim",
            "claim_id",
            unique=True,
            sqlite_where=text(_UNPAID),
            postgresql_where=text(_UNPAID),
        ),
    )

    id: Mapped[PrimaryKey]
    claim_id: Mapped[int] = mapped_column(ForeignKey("claim.id"), index=True)
    status: Mapped[UnpaidStatus] = mapped_column(enum_column(UnpaidStatus, "status_known"))
    words: Mapped[str] = mapped_column(Text)
    pay_by_on: Mapped[date]
    asked_at: Mapped[datetime]
    asked_by_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    escalated_at: Mapped[datetime | None]
    paid_on: Mapped[date | None]
    answer: Mapped[str] = mapped_column(Text, default="", server_default="")
    answered_at: Mapped[datetime | None]
    note: Mapped[str] = mapped_column(Text, default="", server_default="")
    settled_at: Mapped[datetime | None]
    settled_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))


_INVOICE_WORDS = "You have claimed on an invoice of that number already."
explain_constraint("uq_claim_provider_id_invoice_number", _INVOICE_WORDS)
explain_constraint("claim.provider_id, claim.invoice_number", _INVOICE_WORDS)
explain_constraint("uq_claim_redemption_id", "There is a claim for this voucher already.")
explain_constraint("claim.redemption_id", "There is a claim for this voucher already.")
ALREADY_OFFERED = "The business has not answered your last offer yet. Take it back first."
explain_constraint("uq_amendment_open_per_claim", ALREADY_OFFERED)
explain_constraint("amendment.claim_id", ALREADY_OFFERED)
CREDITED_ALREADY = "You have used a credit note of that number already."
explain_constraint("uq_amendment_credit_number", CREDITED_ALREADY)
explain_constraint("amendment.provider_id, amendment.credit_number", CREDITED_ALREADY)
ALREADY_ASKED = "It is asked already whether the business has paid its part."
explain_constraint("uq_unpaid_contribution_open_per_claim", ALREADY_ASKED)
explain_constraint("unpaid_contribution.claim_id", ALREADY_ASKED)
