"""Tables: a question before the choice, and a provider's proposal to start on another day."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from voucher.core.db import Base, PrimaryKey, enum_column, explain_constraint
from voucher.core.status import Status
from voucher.providers.models import Offering


class Question(Base):
    """One question of a business about an offering on its list, and the provider's one answer.

    The provider sees the problem and the place, and not who asks. `answer_by_on` is what the
    business is told to expect; nothing ends on it.
    """

    __tablename__ = "question"
    __table_args__ = (
        CheckConstraint("length(words) > 0", name="has_words"),
        CheckConstraint(
            "(answered_at IS NULL) = (answer = '')"
            " AND (answered_at IS NULL) = (answered_by_id IS NULL)",
            name="answer_is_whole",
        ),
        CheckConstraint("answered_by_id <> asked_by_id", name="answered_by_another"),
        Index("ix_question_provider", "provider_id", "answered_at"),
    )

    id: Mapped[PrimaryKey]
    reference: Mapped[str] = mapped_column(String(24), unique=True)
    voucher_id: Mapped[int] = mapped_column(ForeignKey("voucher.id"), index=True)
    application_id: Mapped[int] = mapped_column(ForeignKey("application.id"))
    offering_id: Mapped[int] = mapped_column(ForeignKey("offering.id"))
    provider_id: Mapped[int] = mapped_column(ForeignKey("provider.id"))
    words: Mapped[str] = mapped_column(Text)
    asked_at: Mapped[datetime]
    asked_by_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    answer_by_on: Mapped[date]
    answer: Mapped[str] = mapped_column(Text, default="", server_default="")
    answered_at: Mapped[datetime | None]
    answered_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))

    offering: Mapped[Offering] = relationship(lazy="raise")


class DateStatus(Status):
    """Where the proposal of another day stands."""

    PROPOSED = "proposed", "Waiting for the business"
    ACCEPTED = "accepted", "The business took it"
    REFUSED = "refused", "The business refused it"
    ENDED = "ended", "Ended with the request", "No longer open"


DATE_MOVES = {
    DateStatus.PROPOSED: frozenset({DateStatus.ACCEPTED, DateStatus.REFUSED, DateStatus.ENDED}),
}
_OPEN = "status = 'proposed'"


class DateProposal(Base):
    """Instead of accepting: the provider could do the work, though from another day on.

    While it waits the match stays OFFERED, with the business's last day as the match's own.
    """

    __tablename__ = "date_proposal"
    __table_args__ = (
        CheckConstraint(
            "(status = 'proposed') = (settled_at IS NULL)", name="settled_has_its_moment"
        ),
        CheckConstraint(
            "status NOT IN ('accepted', 'refused') OR settled_by_id IS NOT NULL",
            name="answered_by_somebody",
        ),
        CheckConstraint("status <> 'accepted' OR settled_by_id <> proposed_by_id", name="by_two"),
        Index(
            "uq_date_proposal_open_per_match",
            "match_id",
            unique=True,
            sqlite_where=text(_OPEN),
            postgresql_where=text(_OPEN),
        ),
    )

    id: Mapped[PrimaryKey]
    match_id: Mapped[int] = mapped_column(ForeignKey("match.id"), index=True)
    status: Mapped[DateStatus] = mapped_column(enum_column(DateStatus, "status_known"))
    start_on: Mapped[date]
    words: Mapped[str] = mapped_column(Text, default="", server_default="")
    answer_by_on: Mapped[date]
    proposed_at: Mapped[datetime]
    proposed_by_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    settled_at: Mapped[datetime | None]
    settled_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))


ALREADY_PROPOSED = "You have proposed another day already. The business has to answer first."
explain_constraint("uq_date_proposal_open_per_match", ALREADY_PROPOSED)
explain_constraint("date_proposal.match_id", ALREADY_PROPOSED)
