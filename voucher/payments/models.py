"""Tables: payment, attempt, top-up, Stripe inbox, reconciliation, request for one."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from voucher.core.db import Base, PrimaryKey, enum_column, explain_constraint
from voucher.core.status import Status


class PaymentStatus(Status):
    """Where the money for one claim is."""

    READY = "ready", "Ready to pay", "Approved, waiting for release"
    QUEUED = "queued", "Queued", "Payment on its way"
    SENDING = "sending", "Being sent", "Payment on its way"
    UNKNOWN = "unknown", "Outcome not known, being looked up", "Payment on its way"
    TRANSFERRED = "transferred", "At the provider’s Stripe account", "In your Stripe account"
    PAYOUT_SENDING = "payout_sending", "Payout being sent", "In your Stripe account"
    PAYOUT_UNKNOWN = "payout_unknown", "Payout not known, being looked up", "In your Stripe account"
    IN_TRANSIT = "in_transit", "On its way to the bank"
    PAID = "paid", "Paid"
    BLOCKED_PAYEE = "blocked_payee", "Provider can’t be paid yet", "Waiting for your bank details"
    BLOCKED_FUNDS = "blocked_funds", "Waiting for funds", "Payment on its way"
    ON_HOLD = "on_hold", "On hold"
    ATTENTION = "attention", "A person must look", "Payment on its way"
    PAYOUT_FAILED = "payout_failed", "Payout failed", "Your bank refused the money"
    CANCELLED = "cancelled", "Cancelled"
    REVERSED = "reversed", "Taken back"
    NETTED = "netted", "Set off against what the provider owed", "Set off against what you owed"


_P = PaymentStatus
PAYMENT_MOVES = {
    _P.READY: frozenset({_P.QUEUED, _P.ATTENTION, _P.CANCELLED}),
    _P.QUEUED: frozenset(
        {_P.SENDING, _P.BLOCKED_PAYEE, _P.ON_HOLD, _P.ATTENTION, _P.CANCELLED, _P.NETTED, _P.READY}
    ),
    _P.SENDING: frozenset(
        {_P.TRANSFERRED, _P.BLOCKED_FUNDS, _P.BLOCKED_PAYEE, _P.UNKNOWN, _P.ATTENTION}
    ),
    _P.UNKNOWN: frozenset({_P.SENDING, _P.TRANSFERRED, _P.QUEUED, _P.ATTENTION}),
    _P.BLOCKED_PAYEE: frozenset({_P.QUEUED, _P.ATTENTION, _P.CANCELLED}),
    _P.BLOCKED_FUNDS: frozenset({_P.QUEUED, _P.ATTENTION, _P.CANCELLED}),
    _P.ON_HOLD: frozenset({_P.QUEUED, _P.ATTENTION, _P.CANCELLED}),
    _P.TRANSFERRED: frozenset({_P.PAYOUT_SENDING, _P.ATTENTION, _P.REVERSED}),
    _P.PAYOUT_SENDING: frozenset({_P.IN_TRANSIT, _P.TRANSFERRED, _P.PAYOUT_UNKNOWN, _P.ATTENTION}),
    _P.PAYOUT_UNKNOWN: frozenset({_P.PAYOUT_SENDING, _P.IN_TRANSIT, _P.TRANSFERRED, _P.ATTENTION}),
    _P.IN_TRANSIT: frozenset({_P.PAID, _P.PAYOUT_FAILED}),
    _P.PAID: frozenset({_P.PAYOUT_FAILED}),
    _P.PAYOUT_FAILED: frozenset({_P.TRANSFERRED, _P.REVERSED}),
    _P.ATTENTION: frozenset(
        {_P.QUEUED, _P.UNKNOWN, _P.TRANSFERRED, _P.PAYOUT_UNKNOWN, _P.IN_TRANSIT, _P.CANCELLED}
    ),
}
"""No move to CANCELLED from a state in which Stripe may have been, or was, asked for the money."""

BEFORE_TRANSFER = (_P.READY, _P.QUEUED, _P.BLOCKED_PAYEE, _P.BLOCKED_FUNDS, _P.ON_HOLD)
OUTCOME_OPEN = (_P.SENDING, _P.UNKNOWN, _P.PAYOUT_SENDING, _P.PAYOUT_UNKNOWN)
PAID_OUT_OPEN = (_P.PAYOUT_SENDING, _P.PAYOUT_UNKNOWN, _P.IN_TRANSIT)
FINISHED = (_P.PAID, _P.CANCELLED, _P.REVERSED, _P.NETTED)


class Payment(Base):
    """The intent to pay one approved claim, once.

    `next_step_at` is when the worker may take the next step; `lease_until` is set while a worker is
    asking Stripe. `stripe_payout_id` is the newest payout; every one is kept in its attempt.
    `netted_pence`: what of it was set off against what the provider owed, so never transferred.
    `taken_back_pence`: what of the transfer no longer lies in the provider's account for it.
    """

    __tablename__ = "payment"
    __table_args__ = (
        CheckConstraint("amount_pence > 0", name="amount_is_positive"),
        CheckConstraint("(status = 'paid') = (paid_at IS NOT NULL)", name="paid_has_its_moment"),
        CheckConstraint(
            "(stripe_transfer_id IS NULL) = (transferred_at IS NULL)",
            name="transfer_has_its_moment",
        ),
        CheckConstraint(
            "status NOT IN ('transferred', 'payout_sending', 'payout_unknown', 'in_transit',"
            " 'paid', 'payout_failed', 'reversed') OR stripe_transfer_id IS NOT NULL",
            name="transferred_has_its_transfer",
        ),
        CheckConstraint(
            "status NOT IN ('in_transit', 'paid', 'payout_failed') OR stripe_payout_id IS NOT NULL",
            name="paid_out_has_its_payout",
        ),
        CheckConstraint(
            "status <> 'cancelled' OR (stripe_transfer_id IS NULL AND netted_pence = 0)",
            name="cancelled_was_not_sent",
        ),
        CheckConstraint(
            "taken_back_pence >= 0 AND netted_pence >= 0"
            " AND taken_back_pence + netted_pence <= amount_pence",
            name="no_more_than_the_amount",
        ),
        CheckConstraint(
            "status <> 'reversed' OR taken_back_pence + netted_pence = amount_pence",
            name="reversed_in_full",
        ),
        CheckConstraint(
            "status <> 'netted' OR (netted_pence = amount_pence AND stripe_transfer_id IS NULL)",
            name="netted_in_full",
        ),
        Index("ix_payment_due", "status", "next_step_at"),
    )

    id: Mapped[PrimaryKey]
    reference: Mapped[str] = mapped_column(String(24), unique=True)
    claim_id: Mapped[int] = mapped_column(ForeignKey("claim.id"), unique=True)
    provider_id: Mapped[int] = mapped_column(ForeignKey("provider.id"), index=True)
    round_id: Mapped[int] = mapped_column(ForeignKey("round.id"))
    amount_pence: Mapped[int]
    netted_pence: Mapped[int] = mapped_column(default=0, server_default="0")
    taken_back_pence: Mapped[int] = mapped_column(default=0, server_default="0")
    status: Mapped[PaymentStatus] = mapped_column(enum_column(PaymentStatus, "status_known"))
    status_note: Mapped[str | None] = mapped_column(String(300))
    stripe_account_id: Mapped[str | None] = mapped_column(String(80))
    stripe_transfer_id: Mapped[str | None] = mapped_column(String(80), unique=True)
    stripe_payout_id: Mapped[str | None] = mapped_column(String(80), unique=True)
    lease_until: Mapped[datetime | None]
    next_step_at: Mapped[datetime]
    created_at: Mapped[datetime]
    transferred_at: Mapped[datetime | None]
    paid_at: Mapped[datetime | None]
    failed_at: Mapped[datetime | None]

    @property
    def transfer_pence(self) -> int:
        """What is, or was, transferred to the provider's account."""
        return self.amount_pence - self.netted_pence

    @property
    def to_bank_pence(self) -> int:
        """What goes, or went, on to the provider's bank."""
        return self.transfer_pence - self.taken_back_pence


class AttemptKind(Status):
    """What was asked of Stripe."""

    TRANSFER = "transfer", "Transfer"
    PAYOUT = "payout", "Payout"


class AttemptOutcome(Status):
    """What became of a request. While it has none, it may or may not have happened."""

    DONE = "done", "Done"
    REJECTED = "rejected", "Refused by Stripe"
    ABSENT = "absent", "Looked up: never happened"
    MISMATCH = "mismatch", "Key used for something else"


class AttemptColumns:
    """A request to Stripe with its frozen parameters and key, and what came of it.

    At most one attempt at a thing is open: a new number is given only after the one before has
    an outcome that rules it out. MISMATCH rules nothing out, so it stays open (`finished_at` NULL).
    `tries` counts how often a worker has taken it up; the newest try alone may call it refused or
    unknown. `last_sent_at` is when it was last sent, which look-ups alone do not change.
    """

    number: Mapped[int]
    idempotency_key: Mapped[str] = mapped_column(String(100), unique=True)
    parameters: Mapped[dict[str, Any]]
    first_sent_at: Mapped[datetime]
    last_sent_at: Mapped[datetime]
    tries: Mapped[int] = mapped_column(default=1)
    outcome: Mapped[AttemptOutcome | None] = mapped_column(
        enum_column(AttemptOutcome, "outcome_known")
    )
    error_code: Mapped[str | None] = mapped_column(String(60))
    stripe_object_id: Mapped[str | None] = mapped_column(String(80))
    finished_at: Mapped[datetime | None]


def attempt_checks() -> tuple[CheckConstraint, ...]:
    """The CHECKs of every table of attempts, made anew for each."""
    return (
        CheckConstraint("tries > 0", name="tries_are_counted"),
        CheckConstraint(
            "(finished_at IS NULL) = (outcome IS NULL OR outcome = 'mismatch')",
            name="finished_has_its_outcome",
        ),
        CheckConstraint(
            "outcome <> 'done' OR stripe_object_id IS NOT NULL", name="done_has_its_object"
        ),
    )


class PaymentAttempt(AttemptColumns, Base):
    """One request to Stripe for a payment; see `AttemptColumns`."""

    __tablename__ = "payment_attempt"
    __table_args__ = (
        UniqueConstraint("payment_id", "kind", "number"),
        *attempt_checks(),
        Index(
            "uq_payment_attempt_open",
            "payment_id",
            "kind",
            unique=True,
            sqlite_where=text("finished_at IS NULL"),
            postgresql_where=text("finished_at IS NULL"),
        ),
    )

    id: Mapped[PrimaryKey]
    payment_id: Mapped[int] = mapped_column(ForeignKey("payment.id"), index=True)
    kind: Mapped[AttemptKind] = mapped_column(enum_column(AttemptKind, "kind_known"))

    @property
    def asked_for(self) -> str:
        """What was asked of Stripe, for staff."""
        return self.kind.staff_label


class TopUp(Base):
    """Money that arrived in the programme's Stripe balance, as read from its transactions."""

    __tablename__ = "top_up"
    __table_args__ = (CheckConstraint("amount_pence > 0", name="amount_is_positive"),)

    id: Mapped[PrimaryKey]
    stripe_topup_id: Mapped[str] = mapped_column(String(80), unique=True)
    amount_pence: Mapped[int]
    arrived_at: Mapped[datetime]
    noticed_at: Mapped[datetime]


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
    """A webhook: a hint to re-read the object it names. Of its content only ids are kept."""

    __tablename__ = "stripe_event"
    __table_args__ = (Index("ix_stripe_event_due", "status", "next_try_at"),)

    id: Mapped[PrimaryKey]
    stripe_event_id: Mapped[str] = mapped_column(String(80), unique=True)
    endpoint: Mapped[str] = mapped_column(String(10))
    event_type: Mapped[str] = mapped_column(String(80))
    stripe_account_id: Mapped[str | None] = mapped_column(String(80))
    object_id: Mapped[str | None] = mapped_column(String(80))
    status: Mapped[InboxStatus] = mapped_column(enum_column(InboxStatus, "status_known"))
    created_at: Mapped[datetime]
    received_at: Mapped[datetime]
    next_try_at: Mapped[datetime]
    tries: Mapped[int] = mapped_column(default=0)
    last_error: Mapped[str | None] = mapped_column(String(300))
    finished_at: Mapped[datetime | None]


class Reconciliation(Base):
    """One comparison of our ledger with Stripe's books: both balances and every difference.

    `differences`: one dict each, see `voucher.payments.reconciling.Difference`. `under_way`: how
    many transfers were being sent just then and so could not be compared.
    """

    __tablename__ = "reconciliation"
    __table_args__ = (
        CheckConstraint("matched >= 0 AND under_way >= 0", name="counts_are_not_negative"),
    )

    id: Mapped[PrimaryKey]
    reference: Mapped[str] = mapped_column(String(24), unique=True)
    run_at: Mapped[datetime]
    run_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    stripe_balance_pence: Mapped[int]
    ledger_balance_pence: Mapped[int]
    matched: Mapped[int]
    under_way: Mapped[int] = mapped_column(default=0)
    differences: Mapped[list[dict[str, Any]]]

    @property
    def agrees(self) -> bool:
        """Whether nothing at all differed."""
        return not self.differences


STRIPES = "stripe"


class ReconciliationRequest(Base):
    """Somebody's wish to have the books compared now, and what came of it.

    `books`: whose books ours are compared with; Stripe's are the only ones. One request about them
    is open at a time. `taken_at`: when a worker last took it up; one that died leaves it to the
    next. It ends with the reconciliation that was made, or with words why none could be.
    """

    __tablename__ = "reconciliation_request"
    __table_args__ = (
        CheckConstraint(
            "(finished_at IS NULL) = (reconciliation_id IS NULL AND failure IS NULL)",
            name="finished_has_its_outcome",
        ),
        CheckConstraint("reconciliation_id IS NULL OR failure IS NULL", name="one_outcome"),
        CheckConstraint("finished_at IS NULL OR taken_at IS NOT NULL", name="taken_up_first"),
        Index(
            "uq_reconciliation_request_open",
            "books",
            unique=True,
            sqlite_where=text("finished_at IS NULL"),
            postgresql_where=text("finished_at IS NULL"),
        ),
    )

    id: Mapped[PrimaryKey]
    books: Mapped[str] = mapped_column(String(10), default=STRIPES)
    requested_at: Mapped[datetime]
    requested_by_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    taken_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
    reconciliation_id: Mapped[int | None] = mapped_column(
        ForeignKey("reconciliation.id"), unique=True
    )
    failure: Mapped[str | None] = mapped_column(String(300))


explain_constraint("uq_payment_claim_id", "There is a payment for this claim already.")
explain_constraint("payment.claim_id", "There is a payment for this claim already.")
_OPEN = "The books are being compared already."
explain_constraint("uq_reconciliation_request_open", _OPEN)
explain_constraint("reconciliation_request.books", _OPEN)
