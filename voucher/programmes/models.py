"""Tables: programme, round, rule set, terms."""

import secrets
from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint, false
from sqlalchemy.orm import Mapped, mapped_column, relationship

from voucher.core.db import Base, PrimaryKey, enum_column, explain_constraint
from voucher.core.status import Status


class RoundStatus(Status):
    """Where a round stands."""

    DRAFT = "draft", "Being set up"
    OPEN = "open", "Open for applications"
    CLOSED = "closed", "Closed for applications"


ROUND_MOVES = {
    RoundStatus.DRAFT: frozenset({RoundStatus.OPEN}),
    RoundStatus.OPEN: frozenset({RoundStatus.CLOSED}),
    RoundStatus.CLOSED: frozenset({RoundStatus.OPEN}),
}


class AllocationMethod(Status):
    """How a round with more demand than budget is shared."""

    ROLLING = "rolling", "First decided, first served"
    SCORED = "scored", "Scored by two people"
    RANDOM = "random", "Stratified random draw"


class Arm(Status):
    """What an application was assigned. The kinds of arms a round’s plan can have."""

    VOUCHER = "voucher", "Offered a voucher"
    WAITING = "waiting", "Waiting list"
    INFORMATION = "information", "Information only"
    COMPARISON = "comparison", "Comparison group"


class StratumBasis(Status):
    """What the list of a draw is divided by, so that each part gets its share of the places."""

    NONE = "none", "Not divided"
    SIZE = "size", "How many people work there"
    PLACE = "place", "Local authority"
    PLACE_AND_SIZE = "place_and_size", "Local authority and how many people work there"


class ReleaseMethod(Status):
    """What lets the payment of an approved claim go."""

    BY_FINANCE = "by_finance", "A finance officer releases each payment"
    AUTOMATIC = "automatic", "Paid as soon as the claim is approved"


class Programme(Base):
    """A scheme with its own name, money and rounds.

    `year_end_month`: its financial year ends on the last day of this month (1 to 12).
    """

    __tablename__ = "programme"
    __table_args__ = (
        CheckConstraint("year_end_month BETWEEN 1 AND 12", name="year_end_is_a_month"),
    )

    id: Mapped[PrimaryKey]
    slug: Mapped[str] = mapped_column(String(60), unique=True)
    name: Mapped[str] = mapped_column(String(120))
    summary: Mapped[str] = mapped_column(Text)
    contact_email: Mapped[str] = mapped_column(String(254))
    year_end_month: Mapped[int] = mapped_column(default=3, server_default="3")
    created_at: Mapped[datetime]
    created_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))

    rounds: Mapped[list["Round"]] = relationship(back_populates="programme", lazy="raise")


class RuleSet(Base):
    """A version of the eligibility rules, frozen once a round that uses it opens."""

    __tablename__ = "rule_set"
    __table_args__ = (UniqueConstraint("programme_id", "version"),)

    id: Mapped[PrimaryKey]
    programme_id: Mapped[int] = mapped_column(ForeignKey("programme.id"))
    version: Mapped[int]
    content: Mapped[dict[str, Any]]
    note: Mapped[str] = mapped_column(String(500), default="")
    created_at: Mapped[datetime]
    created_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))


class Terms(Base):
    """A version of the words people agree to: the terms and the data-use notice."""

    __tablename__ = "terms"
    __table_args__ = (UniqueConstraint("programme_id", "version"),)

    id: Mapped[PrimaryKey]
    programme_id: Mapped[int] = mapped_column(ForeignKey("programme.id"))
    version: Mapped[int]
    terms_text: Mapped[str] = mapped_column(Text)
    data_notice_text: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime]


class Round(Base):
    """One window of a programme. Editable until it opens; its sums never exceed the budget.

    `second_release_pence`: payments that an officer releases within a day and that come to this or
    more together need a second officer; None: never.

    The plan of a draw: `draw_arms` are its arms in order, each {"code", "arm", "name",
    "share_bps"} (programmes.rules.check_plan), `draw_stratum` what the list is divided by,
    `draw_replaces` whether who leaves before issue is replaced from the waiting list, and
    `follow_up_on` the day of the primary follow-up, before which no comparison business is offered
    anything. `list_frozen_at`: when the draw's list was frozen; the round stays closed from then.
    """

    __tablename__ = "round"
    __table_args__ = (
        CheckConstraint("budget_pence > 0", name="budget_is_positive"),
        CheckConstraint("value_cap_pence > 0", name="cap_is_positive"),
        CheckConstraint("share_bps > 0 AND share_bps <= 10000", name="share_is_a_share"),
        CheckConstraint("voucher_life_days BETWEEN 1 AND 730", name="voucher_life_is_sensible"),
        CheckConstraint("closes_on >= opens_on", name="closes_after_opening"),
        CheckConstraint("second_approver_from_pence >= 0", name="threshold_is_not_negative"),
        CheckConstraint("second_release_pence > 0", name="second_release_is_positive"),
        CheckConstraint(
            "reserved_pence >= 0 AND committed_pence >= 0 AND spent_pence >= 0",
            name="sums_are_not_negative",
        ),
        CheckConstraint(
            "reserved_pence + committed_pence + spent_pence <= budget_pence",
            name="budget_is_not_exceeded",
        ),
        CheckConstraint(
            "list_frozen_at IS NULL OR status = 'closed'", name="frozen_list_keeps_it_closed"
        ),
        UniqueConstraint("programme_id", "name"),
        Index("ix_round_status", "status"),
    )

    id: Mapped[PrimaryKey]
    programme_id: Mapped[int] = mapped_column(ForeignKey("programme.id"))
    reference: Mapped[str] = mapped_column(String(24), unique=True)
    name: Mapped[str] = mapped_column(String(120))
    status: Mapped[RoundStatus] = mapped_column(enum_column(RoundStatus, "status_known"))
    opens_on: Mapped[date]
    closes_on: Mapped[date]
    budget_pence: Mapped[int]
    reserved_pence: Mapped[int] = mapped_column(default=0)
    committed_pence: Mapped[int] = mapped_column(default=0)
    spent_pence: Mapped[int] = mapped_column(default=0)
    value_cap_pence: Mapped[int]
    share_bps: Mapped[int]
    voucher_life_days: Mapped[int] = mapped_column(default=90)
    allocation_method: Mapped[AllocationMethod] = mapped_column(
        enum_column(AllocationMethod, "allocation_method_known")
    )
    second_approver_from_pence: Mapped[int]
    full_evidence_from_pence: Mapped[int]
    evidence_sample_bps: Mapped[int] = mapped_column(default=1000)
    evidence_seed: Mapped[str] = mapped_column(String(32), default=lambda: secrets.token_hex(16))
    decision_working_days: Mapped[int] = mapped_column(default=5)
    payment_working_days: Mapped[int] = mapped_column(default=5)
    provider_answer_working_days: Mapped[int] = mapped_column(default=5)
    hold_days: Mapped[int] = mapped_column(default=0)
    release_method: Mapped[ReleaseMethod] = mapped_column(
        enum_column(ReleaseMethod, "release_method_known"),
        default=ReleaseMethod.AUTOMATIC,
        server_default=ReleaseMethod.AUTOMATIC.value,
    )
    second_release_pence: Mapped[int | None]
    draw_stratum: Mapped[StratumBasis] = mapped_column(
        enum_column(StratumBasis, "draw_stratum_known"),
        default=StratumBasis.NONE,
        server_default=StratumBasis.NONE.value,
    )
    draw_arms: Mapped[list[dict[str, Any]]] = mapped_column(default=list, server_default="[]")
    draw_replaces: Mapped[bool] = mapped_column(default=False, server_default=false())
    follow_up_on: Mapped[date | None]
    list_frozen_at: Mapped[datetime | None]
    rule_set_id: Mapped[int] = mapped_column(ForeignKey("rule_set.id"))
    terms_id: Mapped[int] = mapped_column(ForeignKey("terms.id"))
    created_at: Mapped[datetime]
    created_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))

    programme: Mapped[Programme] = relationship(back_populates="rounds", lazy="raise")
    rule_set: Mapped[RuleSet] = relationship(lazy="raise")
    terms: Mapped[Terms] = relationship(lazy="raise")

    @property
    def free_pence(self) -> int:
        """What can still be promised."""
        taken = self.reserved_pence + self.committed_pence + self.spent_pence
        return self.budget_pence - taken


explain_constraint(
    "ck_round_budget_is_not_exceeded", "The round has not enough money left for this."
)
explain_constraint("uq_round_programme_id_name", "This programme has a round of that name already.")
explain_constraint(
    "round.programme_id, round.name", "This programme has a round of that name already."
)
