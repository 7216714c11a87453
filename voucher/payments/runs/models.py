"""Tables: a release of payments by finance, and what was in it."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from voucher.core.db import Base, PrimaryKey, enum_column, explain_constraint
from voucher.core.status import Status


class RunStatus(Status):
    """Where a release stands."""

    WAITING = "waiting", "Waiting for a second person"
    RELEASED = "released", "Released"
    WITHDRAWN = "withdrawn", "Not released"


RUN_MOVES = {RunStatus.WAITING: frozenset({RunStatus.RELEASED, RunStatus.WITHDRAWN})}


class PaymentRun(Base):
    """Payments that an officer lets go at once; above a round's threshold two officers do.

    `payment_count` and `total_pence` are as asked for.
    """

    __tablename__ = "payment_run"
    __table_args__ = (
        CheckConstraint("payment_count > 0 AND total_pence > 0", name="releases_something"),
        CheckConstraint("second_by_id <> asked_by_id", name="two_people_release"),
        CheckConstraint("(status = 'waiting') = (ended_at IS NULL)", name="ended_has_its_moment"),
    )

    id: Mapped[PrimaryKey]
    reference: Mapped[str] = mapped_column(String(24), unique=True)
    status: Mapped[RunStatus] = mapped_column(enum_column(RunStatus, "status_known"))
    payment_count: Mapped[int]
    total_pence: Mapped[int]
    asked_at: Mapped[datetime]
    asked_by_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    second_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    note: Mapped[str | None] = mapped_column(String(300))
    ended_at: Mapped[datetime | None]


class PaymentRunItem(Base):
    """One payment of a release. A payment is in one release at a time; `taken_out_…`: no more."""

    __tablename__ = "payment_run_item"
    __table_args__ = (
        UniqueConstraint("run_id", "payment_id"),
        CheckConstraint("amount_pence > 0", name="amount_is_positive"),
        Index(
            "uq_payment_run_item_live",
            "payment_id",
            unique=True,
            sqlite_where=text("taken_out_at IS NULL"),
            postgresql_where=text("taken_out_at IS NULL"),
        ),
    )

    id: Mapped[PrimaryKey]
    run_id: Mapped[int] = mapped_column(ForeignKey("payment_run.id"), index=True)
    payment_id: Mapped[int] = mapped_column(ForeignKey("payment.id"))
    amount_pence: Mapped[int]
    taken_out_at: Mapped[datetime | None]
    taken_out_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    reason: Mapped[str | None] = mapped_column(String(300))


_TAKEN = "Somebody else is releasing one of these payments. Look again before you act."
explain_constraint("uq_payment_run_item_live", _TAKEN)
explain_constraint("payment_run_item.payment_id", _TAKEN)
