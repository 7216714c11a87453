"""Tables: a key of a provider, and the answers that are given again to a repeated request."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from voucher.core.db import Base, PrimaryKey, explain_constraint


class ApiKey(Base):
    """A key. Its row is never deleted: what was done with it points here.

    `secret_digest` is the SHA-256 of a secret of 256 random bits, `hint` its first characters.
    `ends_at` and `replaced_by_id` are set when another key takes its place: until then both work.
    """

    __tablename__ = "api_key"
    __table_args__ = (
        CheckConstraint("expires_at > made_at", name="expires_after_it_was_made"),
        CheckConstraint("ends_at <= expires_at", name="ends_before_it_expires"),
        CheckConstraint("(revoked_at IS NULL) = (revoked_by_id IS NULL)", name="revoked_by_one"),
        CheckConstraint("(replaced_by_id IS NULL) = (ends_at IS NULL)", name="replaced_has_end"),
        CheckConstraint("replaced_by_id <> id", name="replaced_by_another"),
    )

    id: Mapped[PrimaryKey]
    reference: Mapped[str] = mapped_column(String(24), unique=True)
    provider_id: Mapped[int] = mapped_column(ForeignKey("provider.id"), index=True)
    name: Mapped[str] = mapped_column(String(80))
    scopes: Mapped[list[str]]
    secret_digest: Mapped[str] = mapped_column(String(64), unique=True)
    hint: Mapped[str] = mapped_column(String(16))
    made_at: Mapped[datetime]
    made_by_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    expires_at: Mapped[datetime]
    last_used_at: Mapped[datetime | None]
    ends_at: Mapped[datetime | None]
    replaced_by_id: Mapped[int | None] = mapped_column(ForeignKey("api_key.id"), unique=True)
    revoked_at: Mapped[datetime | None]
    revoked_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))


class ApiAnswer(Base):
    """What a request was answered, written in the transaction of the act. Never changed.

    Whoever repeats the request with the same idempotency key is given it again; it is deleted when
    nobody repeats it any more.
    """

    __tablename__ = "api_answer"
    __table_args__ = (
        UniqueConstraint("provider_id", "idempotency_key"),
        CheckConstraint("status >= 200 AND status < 300", name="of_what_was_done"),
    )

    id: Mapped[PrimaryKey]
    provider_id: Mapped[int] = mapped_column(ForeignKey("provider.id"))
    key_id: Mapped[int] = mapped_column(ForeignKey("api_key.id"))
    idempotency_key: Mapped[str] = mapped_column(String(128))
    request_sha256: Mapped[str] = mapped_column(String(64))
    status: Mapped[int]
    body: Mapped[str] = mapped_column(Text)
    location: Mapped[str | None] = mapped_column(String(200))
    answered_at: Mapped[datetime] = mapped_column(index=True)


_TWICE = "A request with this idempotency key is being carried out. Try again in a moment."
explain_constraint("uq_api_answer_provider_id_idempotency_key", _TWICE)
explain_constraint("api_answer.provider_id, api_answer.idempotency_key", _TWICE)
_REPLACED = "This key has been replaced already."
explain_constraint("uq_api_key_replaced_by_id", _REPLACED)
