"""Tables: clawback, requests to Stripe for it, and the later payments it is set off against."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from voucher.core.db import Base, PrimaryKey, enum_column
from voucher.core.status import Status
from voucher.payments.models import AttemptColumns, attempt_checks


class ClawbackStatus(Status):
    """Where the money that is asked back is."""

    REQUESTED = "requested", "Waits for a second person", "Being looked at"
    APPROVED = "approved", "Approved", "Being taken back"
    SENDING = "sending", "Being taken back"
    UNKNOWN = "unknown", "Outcome not known, being looked up", "Being taken back"
    REVERSED = "reversed", "Taken back"
    SHORTFALL = "shortfall", "Owed: choose how it comes back", "To be repaid"
    NETTING = "netting", "Set off against later payments", "Set off against your next payments"
    INVOICED = "invoiced", "Invoiced", "To be repaid by invoice"
    RECOVERED = "recovered", "Recovered", "Repaid"
    WRITE_OFF_ASKED = "write_off_asked", "Write-off waits for a second person", "To be repaid"
    WRITTEN_OFF = "written_off", "Written off", "No longer asked back"
    REFUSED = "refused", "Refused", "Not asked back"
    WITHDRAWN = "withdrawn", "Withdrawn", "Not asked back"
    ATTENTION = "attention", "A person must look", "Being taken back"


_S = ClawbackStatus
CLAWBACK_MOVES = {
    _S.REQUESTED: frozenset({_S.APPROVED, _S.REFUSED, _S.WITHDRAWN}),
    _S.APPROVED: frozenset({_S.SENDING, _S.SHORTFALL, _S.ATTENTION}),
    _S.SENDING: frozenset({_S.REVERSED, _S.SHORTFALL, _S.UNKNOWN, _S.ATTENTION}),
    _S.UNKNOWN: frozenset({_S.SENDING, _S.REVERSED, _S.APPROVED, _S.ATTENTION}),
    _S.ATTENTION: frozenset({_S.APPROVED, _S.UNKNOWN, _S.REVERSED, _S.WITHDRAWN}),
    _S.SHORTFALL: frozenset({_S.NETTING, _S.INVOICED, _S.WRITE_OFF_ASKED, _S.RECOVERED}),
    _S.NETTING: frozenset({_S.RECOVERED, _S.SHORTFALL}),
    _S.INVOICED: frozenset({_S.RECOVERED, _S.SHORTFALL}),
    _S.WRITE_OFF_ASKED: frozenset({_S.WRITTEN_OFF, _S.SHORTFALL}),
}
"""Withdrawn only while Stripe was certainly not asked; afterwards the money is somewhere."""

NOT_ASKED = (_S.REFUSED, _S.WITHDRAWN)
BEFORE_OUTCOME = (_S.REQUESTED, _S.APPROVED, _S.SENDING, _S.UNKNOWN, _S.ATTENTION)
"""Nobody knows yet what of the money in the provider's account stays there."""
OWED = (_S.SHORTFALL, _S.NETTING, _S.INVOICED, _S.WRITE_OFF_ASKED)
CLOSED = (_S.REVERSED, _S.RECOVERED, _S.WRITTEN_OFF, *NOT_ASKED)


class ClawbackReason(Status):
    """Why money is asked back."""

    NOT_DELIVERED = "not_delivered", "The work was not delivered"
    PARTLY_DELIVERED = "partly_delivered", "Only part of the work was delivered"
    CREDIT_NOTE = "credit_note", "The provider has credited part of its invoice"
    WRONG_AMOUNT = "wrong_amount", "The amount claimed was wrong"
    PAID_TWICE = "paid_twice", "The same work was paid for already"
    NOT_ELIGIBLE = "not_eligible", "The business or the work did not qualify"
    UNTRUE = "untrue", "The claim or its evidence was not true"
    OTHER = "other", "Another reason"


_DONE = "('reversed', 'recovered', 'written_off', 'refused', 'withdrawn')"
_UNDECIDED = "('requested', 'withdrawn')"


class Clawback(Base):
    """One sum asked back of one payment, or of a transfer that was made by hand and by mistake.

    `movement_id`: that transfer, as it lay in suspense; then there is no payment and no round, and
    what is asked back stood in the books as owed before this row did.
    `recovered_pence`: what has come back after a shortfall, by set-off or by invoice; what is
    neither that nor written off is owed. `decided_by_id`: who approved or refused it.
    `out_of_account`: the shortfall was found while the money should have been at Stripe.
    """

    __tablename__ = "clawback"
    __table_args__ = (
        CheckConstraint("pence > 0", name="amount_is_positive"),
        CheckConstraint(
            "(payment_id IS NULL) <> (movement_id IS NULL)"
            " AND (payment_id IS NULL) = (round_id IS NULL)",
            name="of_a_payment_or_a_movement",
        ),
        CheckConstraint(
            "recovered_pence >= 0 AND written_off_pence >= 0"
            " AND recovered_pence + written_off_pence <= pence",
            name="no_more_than_was_asked",
        ),
        CheckConstraint("decided_by_id <> requested_by_id", name="decided_by_another"),
        CheckConstraint(
            f"status IN {_UNDECIDED} OR decided_by_id IS NOT NULL", name="decided_by_somebody"
        ),
        CheckConstraint(
            "status <> 'reversed' OR stripe_reversal_id IS NOT NULL", name="reversed_at_stripe"
        ),
        CheckConstraint(
            "status <> 'recovered' OR recovered_pence = pence", name="recovered_in_full"
        ),
        CheckConstraint(
            "status <> 'written_off' OR (recovered_pence + written_off_pence = pence"
            " AND written_off_by_id IS NOT NULL)",
            name="written_off_by_somebody",
        ),
        CheckConstraint(
            "written_off_by_id <> write_off_asked_by_id", name="written_off_by_another"
        ),
        CheckConstraint(
            f"(status IN {_DONE}) = (finished_at IS NOT NULL)", name="end_has_its_time"
        ),
        Index("ix_clawback_due", "status", "next_step_at"),
        Index("uq_clawback_movement_id", "movement_id", unique=True),
    )

    id: Mapped[PrimaryKey]
    reference: Mapped[str] = mapped_column(String(24), unique=True)
    payment_id: Mapped[int | None] = mapped_column(ForeignKey("payment.id"), index=True)
    movement_id: Mapped[int | None] = mapped_column(
        ForeignKey("unexplained_movement.id", name="fk_clawback_movement_id_unexplained_movement")
    )
    provider_id: Mapped[int] = mapped_column(ForeignKey("provider.id"), index=True)
    round_id: Mapped[int | None] = mapped_column(ForeignKey("round.id"))
    pence: Mapped[int]
    reason: Mapped[ClawbackReason] = mapped_column(enum_column(ClawbackReason, "reason_known"))
    note: Mapped[str] = mapped_column(String(500))
    status: Mapped[ClawbackStatus] = mapped_column(enum_column(ClawbackStatus, "status_known"))
    status_note: Mapped[str | None] = mapped_column(String(300))
    requested_at: Mapped[datetime]
    requested_by_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    decided_at: Mapped[datetime | None]
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    decision_note: Mapped[str | None] = mapped_column(String(500))
    stripe_reversal_id: Mapped[str | None] = mapped_column(String(80), unique=True)
    lease_until: Mapped[datetime | None]
    next_step_at: Mapped[datetime]
    out_of_account: Mapped[bool] = mapped_column(default=False)
    recovered_pence: Mapped[int] = mapped_column(default=0)
    written_off_pence: Mapped[int] = mapped_column(default=0)
    invoice_number: Mapped[str | None] = mapped_column(String(60))
    invoice_due_on: Mapped[date | None]
    write_off_reason: Mapped[str | None] = mapped_column(String(500))
    write_off_asked_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    written_off_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    finished_at: Mapped[datetime | None]

    @property
    def booked_round_id(self) -> int:
        """The round that the books keep it for; 0 for money of no round."""
        return self.round_id or 0

    @property
    def owed_pence(self) -> int:
        """What the provider still owes of it; nothing unless there was a shortfall."""
        if self.status not in OWED:
            return 0
        return self.pence - self.recovered_pence - self.written_off_pence

    @property
    def back_pence(self) -> int:
        """What has come back of it, by whatever way."""
        return self.pence if self.status is _S.REVERSED else self.recovered_pence


class ClawbackAttempt(AttemptColumns, Base):
    """One request to Stripe to reverse a transfer; see `AttemptColumns`."""

    __tablename__ = "clawback_attempt"
    __table_args__ = (
        UniqueConstraint("clawback_id", "number"),
        *attempt_checks(),
        Index(
            "uq_clawback_attempt_open",
            "clawback_id",
            unique=True,
            sqlite_where=text("finished_at IS NULL"),
            postgresql_where=text("finished_at IS NULL"),
        ),
    )

    id: Mapped[PrimaryKey]
    clawback_id: Mapped[int] = mapped_column(ForeignKey("clawback.id"))

    @property
    def asked_for(self) -> str:
        """What was asked of Stripe, for staff."""
        return "Reversal"


class ClawbackNetting(Base):
    """How much of one clawback was set off against one later payment. Append-only by trigger."""

    __tablename__ = "clawback_netting"
    __table_args__ = (
        CheckConstraint("pence > 0", name="amount_is_positive"),
        UniqueConstraint("clawback_id", "payment_id"),
    )

    id: Mapped[PrimaryKey]
    clawback_id: Mapped[int] = mapped_column(ForeignKey("clawback.id"))
    payment_id: Mapped[int] = mapped_column(ForeignKey("payment.id"), index=True)
    pence: Mapped[int]
    at: Mapped[datetime]


class ClawbackReceipt(Base):
    """Money that a provider paid into the funder's bank account on an invoice.

    `bank_reference`: what the bank statement calls it. Append-only by trigger.
    """

    __tablename__ = "clawback_receipt"
    __table_args__ = (
        CheckConstraint("pence > 0", name="amount_is_positive"),
        UniqueConstraint("clawback_id", "bank_reference"),
    )

    id: Mapped[PrimaryKey]
    clawback_id: Mapped[int] = mapped_column(ForeignKey("clawback.id"))
    pence: Mapped[int]
    received_on: Mapped[date]
    bank_reference: Mapped[str] = mapped_column(String(80))
    entered_at: Mapped[datetime]
    entered_by_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
