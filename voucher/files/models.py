"""The record of a stored file; its bytes lie in the content store under their SHA-256."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from voucher.core.db import Base, PrimaryKey


class StoredFile(Base):
    """One file, owned by a business, a provider, or (neither) the programme."""

    __tablename__ = "stored_file"
    __table_args__ = (
        CheckConstraint("size_bytes > 0", name="size_is_positive"),
        CheckConstraint("business_id IS NULL OR provider_id IS NULL", name="one_owner"),
        CheckConstraint("length(sha256) = 64", name="sha256_is_hex"),
        Index("ix_stored_file_subject", "subject_kind", "subject_id"),
    )

    id: Mapped[PrimaryKey]
    reference: Mapped[str] = mapped_column(String(24), unique=True)
    subject_kind: Mapped[str] = mapped_column(String(40))
    subject_id: Mapped[int]
    purpose: Mapped[str] = mapped_column(String(40))
    name: Mapped[str] = mapped_column(String(200))
    media_type: Mapped[str] = mapped_column(String(100))
    size_bytes: Mapped[int]
    sha256: Mapped[str] = mapped_column(String(64), index=True)
    business_id: Mapped[int | None] = mapped_column(ForeignKey("business.id"))
    provider_id: Mapped[int | None] = mapped_column(ForeignKey("provider.id"))
    uploaded_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    uploaded_at: Mapped[datetime]
    removed_at: Mapped[datetime | None]
