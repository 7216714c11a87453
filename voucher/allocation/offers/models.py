"""Table: the offer of a place, from the draw or the settled list on until it is made or barred."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from voucher.core.db import Base, PrimaryKey

_OWED = "settled_at IS NULL"


class PlaceOffer(Base):
    """What is owed to one application with a place. Settled once, with the offer itself.

    `bar`: why it could not be offered, in words for officers; empty while it is owed and once it
    is offered, or was left before. `failures`: how often making it failed by a fault of ours; it
    is tried again from `retry_at` on.
    """

    __tablename__ = "place_offer"
    __table_args__ = (
        CheckConstraint("settled_at IS NOT NULL OR bar = ''", name="barred_when_settled"),
        Index("ix_place_offer_round", "round_id", "settled_at"),
        Index("ix_place_offer_owed", "id", sqlite_where=text(_OWED), postgresql_where=text(_OWED)),
    )

    id: Mapped[PrimaryKey]
    application_id: Mapped[int] = mapped_column(ForeignKey("application.id"), unique=True)
    round_id: Mapped[int] = mapped_column(ForeignKey("round.id"))
    owed_at: Mapped[datetime]
    settled_at: Mapped[datetime | None]
    failures: Mapped[int] = mapped_column(default=0, server_default="0")
    retry_at: Mapped[datetime | None]
    bar: Mapped[str] = mapped_column(String(500), default="", server_default="")
