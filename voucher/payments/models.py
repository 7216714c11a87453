"""Tables: payment, attempt, Stripe inbox, reconciliation."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from voucher.core.db import Base, PrimaryKey, enum_column
from voucher.core.status import Status


class PaymentStatus(Status):
    """Where the money for one claim is."""

    QUEUED = "queued", "Queued", "Payment on its way"
    SENDING = "sending", "Being sent", "Payment on its way"
    TRANSFERRED = "transferred", "At the provider's Stripe account", "In your Stripe account"
    PAYOUT_SENDING = "payout_sending", "Payout being sent", "In your Stripe account"
    IN_TRANSIT = "in_transit", "On its way to the bank"
    PAID = "paid", "Paid"
    BLOCKED_PAYEE = "blocked_payee", "Provider can't be paid yet", "Waiting for your bank details"
    BLOCKED_FUNDS = "blocked_funds", "Waiting for funds", "Payment on its way"
    UNKNOWN = "unknown", "Outcome not known, being looked up", "Payment on its way"
    ATTENTION = "attention", "A person must look", "Payment on its way"
    PAYOUT_FAILED = "payout_failed", "Payout failed", "Your bank refused the money"
    CANCELLED = "cancelled", "Cancelled"


_P = PaymentStatus
PAYMENT_MOVES = {
    _P.QUEUED: frozenset({_P.SENDING, _P.BLOCKED_PAYEE, _P.CANCELLED}),
    _P.SENDING: frozenset({_P.TRANSFERRED, _P.BLOCKED_FUNDS, _P.UNKNOWN, _P.ATTENTION}),
    _P.UNKNOWN: frozenset({_P.SENDING, _P.TRANSFERRED, _P.QUEUED, _P.ATTENTION}),
    _P.BLOCKED_PAYEE: frozenset({_P.QUEUED, _P.CANCELLED}),
    _P.BLOCKED_FUNDS: frozenset({_P.QUEUED, _P.CANCELLED}),
    _P.TRANSFERRED: frozenset({_P.PAYOUT_SENDING}),
    _P.PAYOUT_SENDING: frozenset({_P.IN_TRANSIT, _P.TRANSFERRED, _P.PAID, _P.ATTENTION}),
    _P.IN_TRANSIT: frozenset({_P.PAID, _P.PAYOUT_FAILED}),
    _P.PAID: frozenset({_P.PAYOUT_FAILED}),
    _P.PAYOUT_FAILED: frozenset({_P.TRANSFERRED}),
    _P.ATTENTION: frozenset({_P.QUEUED, _P.TRANSFERRED, _P.CANCELLED}),
}


class Payment(Base):
    """The intent to pay one approved claim, once."""

    __tablename__ = "payment"
    __table_args__ = (
        CheckConstraint("amount_pence > 0", name="amount_is_positive"),
        CheckConstraint("(status = 'paid') <= (paid_at IS NOT NULL)", name="paid_has_its_moment"),
        CheckConstraint(
            "status NOT IN ('transferred', 'payout_sending', 'in_transit', 'paid')"
            " OR stripe_transfer_id IS NOT NULL",
            name="transferred_has_its_transfer",
        ),
        Index("ix_payment_due", "status", "next_step_at"),
    )

    id: Mapped[PrimaryKey]
    reference: Mapped[str] = mapped_column(String(24), unique=True)
    claim_id: Mapped[int] = mapped_column(ForeignKey("claim.id"), unique=True)
    provider_id: Mapped[int] = mapped_column(ForeignKey("provider.id"), index=True)
    round_id: Mapped[int] = mapped_column(ForeignKey("round.id"))
    amount_pence: Mapped[int]
    status: Mapped[PaymentStatus] = mapped_column(enum_column(PaymentStatus, "status_known"))
    status_note: Mapped[str | None] = mapped_column(String(300))
    stripe_account_id: Mapped[str | None] = mapped_column(String(40))
    stripe_transfer_id: Mapped[str | None] = mapped_column(String(40), unique=True)
    stripe_payout_id: Mapped[str | None] = mapped_column(String(40), unique=True)
    lease_until: Mapped[datetime | None]
    next_step_at: Mapped[datetime]
    created_at: Mapped[datetime]
    transferred_at: Mapped[datetime | None]
    paid_at: Mapped[datetime | None]


class AttemptKind(Status):
    """What was asked of Stripe."""

    TRANSFER = "transfer", "Transfer"
    PAYOUT = "payout", "Payout"


class PaymentAttempt(Base):
    """One request to Stripe with its frozen parameters and key, and what came of it."""

    __tablename__ = "payment_attempt"
    __table_args__ = (UniqueConstraint("payment_id", "kind", "number"),)

    id: Mapped[PrimaryKey]
    payment_id: Mapped[int] = mapped_column(ForeignKey("payment.id"), index=True)
    kind: Mapped[AttemptKind] = mapped_column(enum_column(AttemptKind, "kind_known"))
    number: Mapped[int]
    idempotency_key: Mapped[str] = mapped_column(String(100), unique=True)
    parameters: Mapped[dict[str, Any]]
    first_sent_at: Mapped[datetime]
    last_sent_at: Mapped[datetime]
    sends: Mapped[int] = mapped_column(default=1)
    outcome: Mapped[str | None] = mapped_column(String(20))
    error_code: Mapped[str | None] = mapped_column(String(60))
    stripe_object_id: Mapped[str | None] = mapped_column(String(40))
    finished_at: Mapped[datetime | None]


class InboxStatus(Status):
    """What became of a webhook."""

    NEW = "new", "New"
    DONE = "done", "Done"
    IGNORED = "ignored", "Not for us"
    DEAD = "dead", "Failed too often"


INBOX_MOVES = {
    InboxStatus.NEW: frozenset({InboxStatus.DONE, InboxStatus.IGNORED, InboxStatus.DEAD}),
    InboxStatus.DEAD: frozenset({InboxStatus.NEW}),
}


class StripeEvent(Base):
    """A webhook as it arrived: a hint to re-read the object it names."""

    __tablename__ = "stripe_event"
    __table_args__ = (Index("ix_stripe_event_status", "status", "id"),)

    id: Mapped[PrimaryKey]
    stripe_event_id: Mapped[str] = mapped_column(String(80), unique=True)
    endpoint: Mapped[str] = mapped_column(String(10))
    event_type: Mapped[str] = mapped_column(String(80))
    stripe_account_id: Mapped[str | None] = mapped_column(String(40))
    object_id: Mapped[str | None] = mapped_column(String(80))
    payload: Mapped[dict[str, Any]]
    status: Mapped[InboxStatus] = mapped_column(enum_column(InboxStatus, "status_known"))
    received_at: Mapped[datetime]
    tries: Mapped[int] = mapped_column(default=0)
    last_error: Mapped[str | None] = mapped_column(String(300))
    finished_at: Mapped[datetime | None]


class Reconciliation(Base):
    """One comparison of our ledger with Stripe's books: both balances and every difference."""

    __tablename__ = "reconciliation"

    id: Mapped[PrimaryKey]
    run_at: Mapped[datetime]
    run_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    stripe_balance_pence: Mapped[int]
    ledger_balance_pence: Mapped[int]
    matched: Mapped[int]
    differences: Mapped[list[dict[str, Any]]]
    note: Mapped[str] = mapped_column(Text, default="")
