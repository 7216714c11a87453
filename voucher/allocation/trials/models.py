"""Table of the trials of a round's ways of sharing. Append-only by trigger."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from voucher.core.db import Base, PrimaryKey
from voucher.programmes.models import Round


class AllocationTrial(Base):
    """That somebody tried the ways of sharing before a round opened: on what, and what came out.

    The applications are those of `source_round_id`, or of an uploaded file called `file_name`.
    `inputs_sha256`: of that file's bytes, or of the round's applications written as such a file.
    `terms`: budget_pence, places, draws, basis, voucher_shares_bps. `figures`: a `rules.Trial`.
    """

    __tablename__ = "allocation_trial"
    __table_args__ = (
        CheckConstraint("entries > 0", name="somebody_is_on_it"),
        CheckConstraint("(source_round_id IS NULL) = (file_name <> '')", name="has_one_source"),
    )

    id: Mapped[PrimaryKey]
    reference: Mapped[str] = mapped_column(String(24), unique=True)
    round_id: Mapped[int] = mapped_column(ForeignKey("round.id"), index=True)
    source_round_id: Mapped[int | None] = mapped_column(ForeignKey("round.id"))
    file_name: Mapped[str] = mapped_column(String(200), default="")
    inputs_sha256: Mapped[str] = mapped_column(String(64))
    entries: Mapped[int]
    seed: Mapped[str] = mapped_column(String(64))
    terms: Mapped[dict[str, Any]]
    figures: Mapped[dict[str, Any]]
    ran_at: Mapped[datetime]
    ran_by_id: Mapped[int] = mapped_column(ForeignKey("user.id"))

    round: Mapped[Round] = relationship(lazy="raise", foreign_keys=[round_id])
    source_round: Mapped[Round | None] = relationship(lazy="raise", foreign_keys=[source_round_id])
