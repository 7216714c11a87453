"""Tables: the outbox, and how far the audit events have been read."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from voucher.core.db import Base, PrimaryKey, enum_column
from voucher.core.status import Status


class MessageStatus(Status):
    """What became of a message."""

    WAITING = "waiting", "Waiting to be sent"
    SENDING = "sending", "Being sent"
    SENT = "sent", "Sent"
    FAILED = "failed", "Refused for good"
    DROPPED = "dropped", "No longer needed"


MESSAGE_MOVES = {
    MessageStatus.WAITING: frozenset({MessageStatus.SENDING, MessageStatus.DROPPED}),
    MessageStatus.SENDING: frozenset(
        {MessageStatus.SENT, MessageStatus.WAITING, MessageStatus.FAILED}
    ),
    MessageStatus.FAILED: frozenset({MessageStatus.WAITING}),
}


class Message(Base):
    """One e-mail to one person. `once_key` makes a second copy impossible.

    `link_ends_at`: when a link in it that opens something by itself stops working.
    """

    __tablename__ = "message"
    __table_args__ = (
        CheckConstraint("(status = 'sent') = (sent_at IS NOT NULL)", name="sent_has_its_moment"),
        Index("ix_message_due", "status", "send_after"),
    )

    id: Mapped[PrimaryKey]
    once_key: Mapped[str] = mapped_column(String(120), unique=True)
    kind: Mapped[str] = mapped_column(String(60))
    recipient: Mapped[str] = mapped_column(String(254))
    user_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"), index=True)
    voucher_id: Mapped[int | None] = mapped_column(ForeignKey("voucher.id"))
    subject: Mapped[str] = mapped_column(String(200))
    text_body: Mapped[str] = mapped_column(Text)
    html_body: Mapped[str] = mapped_column(Text)
    link_ends_at: Mapped[datetime | None]
    status: Mapped[MessageStatus] = mapped_column(enum_column(MessageStatus, "status_known"))
    send_after: Mapped[datetime]
    created_at: Mapped[datetime]
    tries: Mapped[int] = mapped_column(default=0)
    lease_until: Mapped[datetime | None]
    last_error: Mapped[str | None] = mapped_column(String(300))
    sent_at: Mapped[datetime | None]


class EventCursor(Base):
    """How far one reader of the audit events has come."""

    __tablename__ = "event_cursor"

    id: Mapped[PrimaryKey]
    reader: Mapped[str] = mapped_column(String(40), unique=True)
    last_position: Mapped[int] = mapped_column(default=0)
