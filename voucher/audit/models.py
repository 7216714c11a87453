"""Tables: the event and its seal."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from voucher.core.db import Base, PrimaryKey

GENESIS = "0" * 64


class AuditEvent(Base):
    """Something that was done. `action` is past tense: "application.submitted"."""

    __tablename__ = "audit_event"
    __table_args__ = (
        Index("ix_audit_event_record", "record_kind", "record_id"),
        Index("ix_audit_event_case", "case_reference"),
        Index("ix_audit_event_action", "action", "id"),
        CheckConstraint("length(content_sha256) = 64", name="content_sha256_is_hex"),
    )

    id: Mapped[PrimaryKey]
    at: Mapped[datetime]
    actor_user_id: Mapped[int | None]
    actor_kind: Mapped[str] = mapped_column(String(20))
    action: Mapped[str] = mapped_column(String(60))
    record_kind: Mapped[str] = mapped_column(String(40))
    record_id: Mapped[int]
    case_reference: Mapped[str | None] = mapped_column(String(24))
    details: Mapped[dict[str, Any]]
    content_sha256: Mapped[str] = mapped_column(String(64))


class AuditSeal(Base):
    """The place of one event in the chain: `hash` = SHA-256 over the one before and the content."""

    __tablename__ = "audit_seal"
    __table_args__ = (CheckConstraint("length(hash) = 64", name="hash_is_hex"),)

    position: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    event_id: Mapped[int] = mapped_column(ForeignKey("audit_event.id"), unique=True)
    previous_hash: Mapped[str] = mapped_column(String(64), unique=True)
    hash: Mapped[str] = mapped_column(String(64), unique=True)
    sealed_at: Mapped[datetime]
