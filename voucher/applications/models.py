"""Tables: application, corrections, decision, appeal, note."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from voucher.businesses.models import Business
from voucher.core.db import Base, PrimaryKey, enum_column, explain_constraint
from voucher.core.status import Status
from voucher.programmes.models import Round


class ApplicationStatus(Status):
    """Where an application stands."""

    DRAFT = "draft", "Draft", "Not sent yet"
    SUBMITTED = "submitted", "To be decided", "We are checking it"
    RETURNED = "returned", "Waiting for corrections", "We need something from you"
    PROPOSED = "proposed", "Waiting for the second person", "We are checking it"
    ELIGIBLE = "eligible", "Eligible, place not settled", "You qualify"
    APPROVED = "approved", "Approved, notice sent", "Approved: we need your confirmation"
    AWARDED = "awarded", "Awarded"
    COMPARISON = "comparison", "Comparison group", "Not drawn this time"
    UNPLACED = "unplaced", "Scored, no place", "No place this time"
    REFUSED = "refused", "Refused", "Not approved"
    WITHDRAWN = "withdrawn", "Withdrawn"


_A = ApplicationStatus
APPLICATION_MOVES = {
    _A.DRAFT: frozenset({_A.SUBMITTED, _A.WITHDRAWN}),
    _A.SUBMITTED: frozenset(
        {
            _A.RETURNED,
            _A.PROPOSED,
            _A.ELIGIBLE,
            _A.APPROVED,
            _A.REFUSED,
            _A.WITHDRAWN,
            _A.COMPARISON,
        }
    ),
    _A.RETURNED: frozenset({_A.SUBMITTED, _A.WITHDRAWN}),
    _A.PROPOSED: frozenset({_A.ELIGIBLE, _A.APPROVED, _A.REFUSED, _A.SUBMITTED, _A.WITHDRAWN}),
    _A.ELIGIBLE: frozenset({_A.APPROVED, _A.COMPARISON, _A.UNPLACED, _A.SUBMITTED, _A.WITHDRAWN}),
    _A.APPROVED: frozenset({_A.AWARDED, _A.WITHDRAWN, _A.REFUSED, _A.COMPARISON}),
    _A.REFUSED: frozenset({_A.SUBMITTED}),
}
OPEN_STATUSES = (_A.DRAFT, _A.SUBMITTED, _A.RETURNED, _A.PROPOSED, _A.ELIGIBLE, _A.APPROVED)
_OPEN_SQL = "status IN ({})".format(", ".join(f"'{status}'" for status in OPEN_STATUSES))


class Application(Base):
    """One business's request in one round. Everything asked is a column or the baseline's JSON."""

    __tablename__ = "application"
    __table_args__ = (
        CheckConstraint(
            "status IN ('draft', 'withdrawn') OR submitted_at IS NOT NULL",
            name="submitted_has_its_moment",
        ),
        Index(
            "uq_application_open_per_round",
            "business_id",
            "round_id",
            unique=True,
            sqlite_where=text(_OPEN_SQL),
            postgresql_where=text(_OPEN_SQL),
        ),
        Index("ix_application_queue", "status", "decide_by_on", "submitted_at", "business_id"),
        Index("ix_application_round", "round_id", "status"),
        CheckConstraint("(held_at IS NULL) = (hold_reason IS NULL)", name="hold_has_a_reason"),
    )

    id: Mapped[PrimaryKey]
    reference: Mapped[str] = mapped_column(String(24), unique=True)
    round_id: Mapped[int] = mapped_column(ForeignKey("round.id"))
    business_id: Mapped[int] = mapped_column(ForeignKey("business.id"), index=True)
    status: Mapped[ApplicationStatus] = mapped_column(
        enum_column(ApplicationStatus, "status_known")
    )
    problem_today: Mapped[str] = mapped_column(Text, default="")
    problem_better: Mapped[str] = mapped_column(Text, default="")
    outcome_areas: Mapped[list[str]] = mapped_column(default=list)
    signatory_name: Mapped[str | None] = mapped_column(String(120))
    signatory_role: Mapped[str | None] = mapped_column(String(80))
    signatory_has_authority: Mapped[bool | None]
    contact_phone: Mapped[str | None] = mapped_column(String(30))
    connected_to_provider: Mapped[bool | None]
    assistance_declared: Mapped[bool | None]
    baseline: Mapped[dict[str, Any]] = mapped_column(default=dict)
    declarations: Mapped[list[str]] = mapped_column(default=list)
    sections_done: Mapped[list[str]] = mapped_column(default=list)
    started_at: Mapped[datetime]
    started_by_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    submitted_at: Mapped[datetime | None]
    submitted_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    decide_by_on: Mapped[date | None]
    assigned_to_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"), index=True)
    held_at: Mapped[datetime | None]
    held_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    hold_reason: Mapped[str | None] = mapped_column(String(500))

    business: Mapped[Business] = relationship(lazy="raise")
    round: Mapped[Round] = relationship(lazy="raise")


class DecisionOutcome(Status):
    """What was decided."""

    APPROVE = "approve", "Approve"
    REFUSE = "refuse", "Refuse"


class Decision(Base):
    """A first officer's decision and, where the threshold asks for it, a second person's."""

    __tablename__ = "decision"
    __table_args__ = (
        CheckConstraint("second_by_id <> decided_by_id", name="second_person_is_another"),
        CheckConstraint("(second_by_id IS NULL) = (second_at IS NULL)", name="second_has_moment"),
        CheckConstraint("award_pence > 0", name="award_is_positive"),
        Index("ix_decision_application", "application_id", "id"),
    )

    id: Mapped[PrimaryKey]
    application_id: Mapped[int] = mapped_column(ForeignKey("application.id"))
    check_id: Mapped[int] = mapped_column(ForeignKey("eligibility_check.id"))
    outcome: Mapped[DecisionOutcome] = mapped_column(enum_column(DecisionOutcome, "outcome_known"))
    award_pence: Mapped[int | None]
    reasons: Mapped[list[str]]
    note: Mapped[str] = mapped_column(Text, default="")
    decided_by_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    decided_at: Mapped[datetime]
    needs_second: Mapped[bool]
    second_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    second_at: Mapped[datetime | None]
    second_agreed: Mapped[bool | None]
    second_note: Mapped[str | None] = mapped_column(Text)


class CorrectionRequest(Base):
    """The one consolidated list of what must be put right; the clock stops while it is open."""

    __tablename__ = "correction_request"
    __table_args__ = (Index("ix_correction_request_application", "application_id", "id"),)

    id: Mapped[PrimaryKey]
    application_id: Mapped[int] = mapped_column(ForeignKey("application.id"))
    items: Mapped[list[dict[str, Any]]]
    asked_by_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    asked_at: Mapped[datetime]
    answered_at: Mapped[datetime | None]


class Appeal(Base):
    """A refusal contested: its words, its deadline, and the different person who answers it."""

    __tablename__ = "appeal"
    __table_args__ = (
        UniqueConstraint("decision_id"),
        CheckConstraint("(answered_at IS NULL) = (answered_by_id IS NULL)", name="answered_by"),
        CheckConstraint("answered_by_id <> decided_by_id", name="answered_by_another"),
        CheckConstraint("answered_by_id <> seconded_by_id", name="answered_by_a_third"),
    )

    id: Mapped[PrimaryKey]
    application_id: Mapped[int] = mapped_column(ForeignKey("application.id"), index=True)
    decision_id: Mapped[int] = mapped_column(ForeignKey("decision.id"))
    grounds: Mapped[str] = mapped_column(Text)
    made_at: Mapped[datetime]
    made_by_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    answer_by_on: Mapped[date]
    decided_by_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    seconded_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    upheld: Mapped[bool | None]
    answer: Mapped[str | None] = mapped_column(Text)
    answered_at: Mapped[datetime | None]
    answered_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))


class CaseNote(Base):
    """A note that staff keep on a case; never shown to the business."""

    __tablename__ = "case_note"

    id: Mapped[PrimaryKey]
    application_id: Mapped[int] = mapped_column(ForeignKey("application.id"), index=True)
    words: Mapped[str] = mapped_column(Text)
    written_by_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    written_at: Mapped[datetime]


_OPEN_WORDS = "Your business has an open application in this round already. Carry on with that one."
explain_constraint("uq_application_open_per_round", _OPEN_WORDS)
explain_constraint("application.business_id, application.round_id", _OPEN_WORDS)
_APPEALED_WORDS = "This decision has been appealed already."
explain_constraint("uq_appeal_decision_id", _APPEALED_WORDS)
explain_constraint("appeal.decision_id", _APPEALED_WORDS)
