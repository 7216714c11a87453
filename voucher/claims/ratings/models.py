"""Table: a rating, one of each side for one claim."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from voucher.core.db import Base, PrimaryKey, enum_column, explain_constraint
from voucher.core.status import Status


class RatingStatus(Status):
    """Whether anybody but its writer sees a rating."""

    SEALED = "sealed", "Not shown yet", "Not shown yet"
    SHOWN = "shown", "Shown"
    WITHHELD = "withheld", "Withheld"


_R = RatingStatus
RATING_MOVES = {
    _R.SEALED: frozenset({_R.SHOWN, _R.WITHHELD}),
    _R.SHOWN: frozenset({_R.WITHHELD}),
    _R.WITHHELD: frozenset({_R.SHOWN, _R.SEALED}),
}


class WithheldFor(Status):
    """Why an officer withholds a rating. That it is bad is no reason."""

    ABUSE = "abuse", "It insults or threatens somebody"
    PERSONAL = "personal", "It tells something personal of somebody"
    NOT_THE_WORK = "not_the_work", "It is not about this work"
    PRESSED = "pressed", "It was given under pressure or for a reward"


class Rating(Base):
    """One to five and words, of the business on the work (or the provider on the business).

    Sealed until both have given theirs or the time is over, so that neither answers the other's.
    `reply` is the provider's one answer to a business's rating that is shown; an officer may
    withhold it alone, and the rating counts on.
    """

    __tablename__ = "rating"
    __table_args__ = (
        UniqueConstraint("claim_id", "by_provider"),
        CheckConstraint("stars >= 1 AND stars <= 5", name="stars_are_one_to_five"),
        CheckConstraint(
            "(status = 'withheld') = (withheld_at IS NOT NULL)"
            " AND (withheld_at IS NULL) = (withheld_by_id IS NULL)"
            " AND (withheld_at IS NULL) = (withheld_for IS NULL)",
            name="withheld_is_whole",
        ),
        CheckConstraint("status <> 'shown' OR shown_at IS NOT NULL", name="shown_has_its_moment"),
        CheckConstraint(
            "(replied_at IS NULL) = (reply = '')"
            " AND (replied_at IS NULL OR (NOT by_provider AND shown_at IS NOT NULL))",
            name="reply_is_whole",
        ),
        CheckConstraint(
            "(reply_withheld_at IS NULL) = (reply_withheld_by_id IS NULL)"
            " AND (reply_withheld_at IS NULL) = (reply_withheld_note = '')"
            " AND (reply_withheld_at IS NULL OR replied_at IS NOT NULL)",
            name="withheld_reply_is_whole",
        ),
        Index("ix_rating_offering", "offering_id", "status"),
        Index("ix_rating_status", "status", "given_at"),
    )

    id: Mapped[PrimaryKey]
    reference: Mapped[str] = mapped_column(String(24), unique=True)
    claim_id: Mapped[int] = mapped_column(ForeignKey("claim.id"))
    offering_id: Mapped[int] = mapped_column(ForeignKey("offering.id"))
    by_provider: Mapped[bool]
    status: Mapped[RatingStatus] = mapped_column(enum_column(RatingStatus, "status_known"))
    stars: Mapped[int]
    words: Mapped[str] = mapped_column(Text, default="", server_default="")
    given_at: Mapped[datetime]
    given_by_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    changed_at: Mapped[datetime | None]
    shown_at: Mapped[datetime | None]
    reply: Mapped[str] = mapped_column(Text, default="", server_default="")
    replied_at: Mapped[datetime | None]
    replied_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    reply_withheld_at: Mapped[datetime | None]
    reply_withheld_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    reply_withheld_note: Mapped[str] = mapped_column(Text, default="", server_default="")
    withheld_at: Mapped[datetime | None]
    withheld_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    withheld_for: Mapped[WithheldFor | None] = mapped_column(
        enum_column(WithheldFor, "withheld_known")
    )
    withheld_note: Mapped[str] = mapped_column(Text, default="", server_default="")

    @property
    def reply_in_view(self) -> str:
        """The reply as others may read it; empty where there is none or it is withheld."""
        return "" if self.reply_withheld_at else self.reply


RATED_ALREADY = "Your side has rated this work already."
explain_constraint("uq_rating_claim_id_by_provider", RATED_ALREADY)
explain_constraint("rating.claim_id, rating.by_provider", RATED_ALREADY)
