"""Tables: difference of the books, unexplained movement, sign-off."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from voucher.core.db import Base, PrimaryKey, enum_column, explain_constraint
from voucher.core.status import Status


class DifferenceStatus(Status):
    """What is known of a difference."""

    OPEN = "open", "Open"
    EXPLAINED = "explained", "Explained"
    CLEARED = "cleared", "Gone"


_D = DifferenceStatus
DIFFERENCE_MOVES = {
    _D.OPEN: frozenset({_D.EXPLAINED, _D.CLEARED}),
    _D.EXPLAINED: frozenset({_D.OPEN, _D.CLEARED}),
    _D.CLEARED: frozenset({_D.OPEN}),
}


class BookDifference(Base):
    """One difference between two books, the same row for as long as it lasts, and if it returns.

    `identity` is what makes it the same: kind and subject. An explanation is given for certain
    amounts, so other amounts open it again. CLEARED: the last comparison did not find it.
    """

    __tablename__ = "book_difference"
    __table_args__ = (
        CheckConstraint("times_seen > 0", name="was_seen"),
        CheckConstraint(
            "status <> 'explained' OR (explanation IS NOT NULL AND explained_by_id IS NOT NULL)",
            name="explained_has_its_words",
        ),
        CheckConstraint(
            "(status = 'cleared') = (cleared_at IS NOT NULL)", name="cleared_has_its_moment"
        ),
        Index("ix_book_difference_status", "status", "id"),
    )

    id: Mapped[PrimaryKey]
    reference: Mapped[str] = mapped_column(String(24), unique=True)
    identity: Mapped[str] = mapped_column(String(250), unique=True)
    kind: Mapped[str] = mapped_column(String(30))
    what: Mapped[str] = mapped_column(String(200))
    theirs_pence: Mapped[int | None]
    ours_pence: Mapped[int | None]
    status: Mapped[DifferenceStatus] = mapped_column(enum_column(DifferenceStatus, "status_known"))
    first_seen_at: Mapped[datetime]
    last_seen_at: Mapped[datetime]
    times_seen: Mapped[int] = mapped_column(default=1)
    explanation: Mapped[str | None] = mapped_column(String(1000))
    explained_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    explained_at: Mapped[datetime | None]
    cleared_at: Mapped[datetime | None]


class MovementStatus(Status):
    """What is known of a movement that nobody here made."""

    OPEN = "open", "Not explained yet"
    PROPOSED = "proposed", "Waiting for a second person"
    CLEARED = "cleared", "Cleared"


_M = MovementStatus
MOVEMENT_MOVES = {
    _M.OPEN: frozenset({_M.PROPOSED}),
    _M.PROPOSED: frozenset({_M.OPEN, _M.CLEARED}),
}


class Outcome(Status):
    """What an unexplained movement turned out to be."""

    MATCHED = "matched", "It paid a claim: match it to the payment"
    RETURNED = "returned", "It was undone: the money went back by another movement"
    OWED = "owed", "A provider has it by mistake and owes it back"
    TAKEN_BACK = "taken_back", "It took back money of ours from a provider: enter it as that"
    FUNDER = "funder", "It is the funder’s money, put in or taken out"
    FEE = "fee", "It is a fee of Stripe’s"


class UnexplainedMovement(Base):
    """A movement of the programme's Stripe balance that nobody here made, for example a transfer
    made by hand in Stripe's dashboard. It lies in suspense in the books until two people agree what
    it was.

    `stripe_id`: of the movement, once: the object's id, or the balance transaction's. `net_pence`:
    in (+) or out (−). `stripe_account_id`: the connected account it went to or came from.
    `undid_transfer_id`: the transfer that it took money of back, if it is a reversal.
    """

    __tablename__ = "unexplained_movement"
    __table_args__ = (
        CheckConstraint("net_pence <> 0", name="something_moved"),
        CheckConstraint(
            "(status = 'open') = (outcome IS NULL)", name="outcome_is_proposed_or_agreed"
        ),
        CheckConstraint(
            "(outcome IS NULL) = (proposed_by_id IS NULL)", name="outcome_has_its_proposer"
        ),
        CheckConstraint(
            "(status = 'cleared') = (cleared_by_id IS NOT NULL)", name="cleared_has_its_person"
        ),
        CheckConstraint("cleared_by_id <> proposed_by_id", name="two_people_agree"),
        Index("ix_unexplained_movement_status", "status", "id"),
    )

    id: Mapped[PrimaryKey]
    reference: Mapped[str] = mapped_column(String(24), unique=True)
    stripe_id: Mapped[str] = mapped_column(String(80), unique=True)
    source_id: Mapped[str | None] = mapped_column(String(80))
    kind: Mapped[str] = mapped_column(String(60))
    net_pence: Mapped[int]
    stripe_account_id: Mapped[str | None] = mapped_column(String(80), index=True)
    undid_transfer_id: Mapped[str | None] = mapped_column(String(80), index=True)
    status: Mapped[MovementStatus] = mapped_column(enum_column(MovementStatus, "status_known"))
    happened_at: Mapped[datetime]
    noticed_at: Mapped[datetime]
    outcome: Mapped[Outcome | None] = mapped_column(enum_column(Outcome, "outcome_known"))
    payment_id: Mapped[int | None] = mapped_column(ForeignKey("payment.id"))
    provider_id: Mapped[int | None] = mapped_column(ForeignKey("provider.id"))
    undone_by_id: Mapped[int | None] = mapped_column(ForeignKey("unexplained_movement.id"))
    note: Mapped[str | None] = mapped_column(String(1000))
    proposed_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    proposed_at: Mapped[datetime | None]
    cleared_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    cleared_at: Mapped[datetime | None]


class MovementWord(Status):
    """What an officer said about a movement in suspense."""

    PROPOSED = "proposed", "Said what it was"
    DISAGREED = "disagreed", "Opened it again"
    AGREED = "agreed", "Agreed"


class MovementSaying(Base):
    """One thing that was said about an unexplained movement, by whom, when and why; never changed
    (by trigger), so that a proposal that was replaced stays to be read.

    `outcome`: what it was said to be, or what was disagreed with. Both are unknown of what was said
    before these rows were kept.
    """

    __tablename__ = "movement_saying"
    __table_args__ = (Index("ix_movement_saying_movement", "movement_id", "id"),)

    id: Mapped[PrimaryKey]
    movement_id: Mapped[int] = mapped_column(ForeignKey("unexplained_movement.id"))
    word: Mapped[MovementWord] = mapped_column(enum_column(MovementWord, "word_known"))
    outcome: Mapped[Outcome | None] = mapped_column(enum_column(Outcome, "outcome_known"))
    note: Mapped[str | None] = mapped_column(String(1000))
    said_at: Mapped[datetime]
    said_by_id: Mapped[int] = mapped_column(ForeignKey("user.id"))


class SignOff(Base):
    """A finance officer's signature under one reconciliation, never changed (by trigger).

    `explained`: the differences as they stood, each with its words. `previous_id`: the signature
    before, from which this one goes on.
    """

    __tablename__ = "sign_off"

    id: Mapped[PrimaryKey]
    reconciliation_id: Mapped[int] = mapped_column(ForeignKey("reconciliation.id"), unique=True)
    previous_id: Mapped[int | None] = mapped_column(ForeignKey("sign_off.id"), unique=True)
    signed_at: Mapped[datetime]
    signed_by_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    note: Mapped[str] = mapped_column(String(1000))
    explained: Mapped[list[dict[str, Any]]]


_ONCE = "This movement has been noticed already."
explain_constraint("uq_unexplained_movement_stripe_id", _ONCE)
explain_constraint("unexplained_movement.stripe_id", _ONCE)
_SIGNED = "This comparison has been signed already."
explain_constraint("uq_sign_off_reconciliation_id", _SIGNED)
explain_constraint("sign_off.reconciliation_id", _SIGNED)
_NEXT = "Somebody else has just signed a comparison. Look again before you sign."
explain_constraint("uq_sign_off_previous_id", _NEXT)
explain_constraint("sign_off.previous_id", _NEXT)
