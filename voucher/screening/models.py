"""Tables: sanctions list and its entries, what the register says of a party, checks, referrals."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from voucher.core.db import Base, PrimaryKey, enum_column, explain_constraint
from voucher.core.status import Status


class SanctionsList(Base):
    """One version of the list of financial sanctions targets, as published. Append-only."""

    __tablename__ = "sanctions_list"
    __table_args__ = (CheckConstraint("entries > 0", name="has_entries"),)

    id: Mapped[PrimaryKey]
    published_on: Mapped[date]
    sha256: Mapped[str] = mapped_column(String(64), unique=True)
    file_name: Mapped[str] = mapped_column(String(200))
    entries: Mapped[int]
    imported_at: Mapped[datetime]
    imported_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))


class SanctionsEntry(Base):
    """One target of a list with every name it goes by. Append-only.

    `names`: {"name", "kind"} each; `births`: dates as listed, "dd/mm/yyyy" with 00 for what is not
    known; `target`: "individual", "entity" or "ship".
    """

    __tablename__ = "sanctions_entry"
    __table_args__ = (UniqueConstraint("list_id", "group_id"),)

    id: Mapped[PrimaryKey]
    list_id: Mapped[int] = mapped_column(ForeignKey("sanctions_list.id"))
    group_id: Mapped[str] = mapped_column(String(20))
    target: Mapped[str] = mapped_column(String(20))
    names: Mapped[list[dict[str, Any]]]
    births: Mapped[list[str]]
    regime: Mapped[str] = mapped_column(String(200), default="")
    listed_on: Mapped[date | None]


class PartyRecord(Base):
    """What the register of companies said of a business or provider when it last answered.

    `answer` and what follows it are of `read_at`; `tried_at` is the last question, answered or not.
    `officers`: {"name", "role", "born" ("yyyy-mm" or none)} each, of those who have not resigned.
    """

    __tablename__ = "party_record"
    __table_args__ = (
        UniqueConstraint("party", "party_id"),
        CheckConstraint("party IN ('business', 'provider')", name="party_known"),
        CheckConstraint("(answer IS NULL) = (read_at IS NULL)", name="answer_has_its_moment"),
    )

    id: Mapped[PrimaryKey]
    party: Mapped[str] = mapped_column(String(10))
    party_id: Mapped[int]
    company_number: Mapped[str] = mapped_column(String(8))
    answer: Mapped[str | None] = mapped_column(String(20))
    company_status: Mapped[str | None] = mapped_column(String(60))
    registered_name: Mapped[str | None] = mapped_column(String(200))
    officers: Mapped[list[dict[str, Any]]]
    read_at: Mapped[datetime | None]
    tried_at: Mapped[datetime]
    trouble: Mapped[str | None] = mapped_column(String(30))


class Gate(Status):
    """What is checked before paying."""

    COMPANY = "company", "Business and provider are live"
    PAYEE = "payee", "Payee’s name"
    SANCTIONS = "sanctions", "Sanctions"
    LINKS = "links", "Ties between business and provider"
    DUPLICATE = "duplicate", "Claimed before"
    SPLIT = "split", "Split claims"


class Outcome(Status):
    """What a check came to."""

    PASS = "pass", "Passed"
    PENDING = "pending", "Waiting for an answer"
    REFER = "refer", "A person decides"
    REFUSE = "refuse", "Not allowed"


class Stage(Status):
    """When a check was made."""

    REVIEW = "review", "While the claim waited"
    APPROVAL = "approval", "At approval"
    SENDING = "sending", "At the moment of sending"
    PAYOUT = "payout", "Before the payout to the bank"


class ScreeningCheck(Base):
    """One check of one claim: outcome, reasons, what was compared. Append-only.

    `matter` is the digest of what was found, so that an answer counts for this and nothing else.
    """

    __tablename__ = "screening_check"
    __table_args__ = (Index("ix_screening_check_claim", "claim_id", "id"),)

    id: Mapped[PrimaryKey]
    claim_id: Mapped[int] = mapped_column(ForeignKey("claim.id"))
    gate: Mapped[Gate] = mapped_column(enum_column(Gate, "gate_known"))
    stage: Mapped[Stage] = mapped_column(enum_column(Stage, "stage_known"))
    outcome: Mapped[Outcome] = mapped_column(enum_column(Outcome, "outcome_known"))
    reasons: Mapped[list[str]]
    inputs: Mapped[dict[str, Any]]
    matter: Mapped[str] = mapped_column(String(64))
    run_at: Mapped[datetime]
    run_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))


class ReferralStatus(Status):
    """Where a doubt stands."""

    OPEN = "open", "Waits for an officer"
    SECOND = "second", "Waits for a second person"
    CLEARED = "cleared", "Cleared"
    REFUSED = "refused", "Refused"


_R = ReferralStatus
REFERRAL_MOVES = {
    _R.OPEN: frozenset({_R.SECOND, _R.CLEARED, _R.REFUSED}),
    _R.SECOND: frozenset({_R.CLEARED, _R.REFUSED}),
}


class EndedReason(Status):
    """What an officer decides on a claim for work for a business that is dissolved: why it is paid,
    or why not; the public label is what the provider reads."""

    CONFIRMED_BEFORE = (
        "confirmed_before",
        "Pay: the business confirmed the work before it was dissolved",
        "The business confirmed the work before it was dissolved, so the voucher pays for it.",
    )
    SHOWN_BEFORE = (
        "shown_before",
        "Pay: the evidence shows that the work was done before",
        "Your evidence shows that the work was done before the business was dissolved, so the "
        "voucher pays for it.",
    )
    NOT_ENDED = (
        "not_ended",
        "Pay: the business is on the register again, or the register was wrong",
        "We have found that the business is still there, so the voucher pays for the work.",
    )
    NOT_SHOWN = (
        "not_shown",
        "Refuse: nothing shows that the work was done before",
        "Nothing shows that the work was done before the business was dissolved, so the voucher "
        "pays nothing on this claim.",
    )
    DONE_AFTER = (
        "done_after",
        "Refuse: the work was done afterwards",
        "The work was done after the business was dissolved, so the voucher pays nothing on this "
        "claim.",
    )

    @property
    def pays(self) -> bool:
        """Whether the doubt is cleared by it."""
        return self in (self.CONFIRMED_BEFORE, self.SHOWN_BEFORE, self.NOT_ENDED)


class Referral(Base):
    """A doubt about one claim that a named officer clears or refuses, with a note.

    A sanctions hit takes two different people to clear. `ended_reason`: where the doubt is that the
    business is dissolved, the reason that the provider is told.
    """

    __tablename__ = "screening_referral"
    __table_args__ = (
        UniqueConstraint("claim_id", "gate", "matter"),
        CheckConstraint(
            "status = 'open' OR (answered_by_id IS NOT NULL AND length(note) > 0)",
            name="answered_by_somebody",
        ),
        CheckConstraint(
            "status <> 'cleared' OR gate <> 'sanctions' OR seconded_by_id IS NOT NULL",
            name="hit_cleared_by_two",
        ),
        CheckConstraint("seconded_by_id <> answered_by_id", name="second_is_another"),
        CheckConstraint(
            "ended_reason IS NULL OR gate = 'company'", name="ended_reason_is_of_a_company"
        ),
        Index("ix_screening_referral_status", "status"),
    )

    id: Mapped[PrimaryKey]
    claim_id: Mapped[int] = mapped_column(ForeignKey("claim.id"))
    gate: Mapped[Gate] = mapped_column(enum_column(Gate, "gate_known"))
    matter: Mapped[str] = mapped_column(String(64))
    status: Mapped[ReferralStatus] = mapped_column(enum_column(ReferralStatus, "status_known"))
    reasons: Mapped[list[str]]
    inputs: Mapped[dict[str, Any]]
    opened_at: Mapped[datetime]
    answered_at: Mapped[datetime | None]
    answered_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    note: Mapped[str] = mapped_column(String(1000), default="")
    ended_reason: Mapped[EndedReason | None] = mapped_column(
        enum_column(EndedReason, "ended_reason_known")
    )
    seconded_at: Mapped[datetime | None]
    seconded_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    second_note: Mapped[str] = mapped_column(String(1000), default="")


class SanctionsAnswer(Base):
    """What officers said of one hit, so that the same is not asked again. Append-only.

    `hit_key` is the digest of party, name, date of birth and entry of the list (`rules.hit_key`);
    the newest answer on it counts. Who answered, and why, is with the referral.
    """

    __tablename__ = "sanctions_answer"
    __table_args__ = (UniqueConstraint("hit_key", "referral_id"),)

    id: Mapped[PrimaryKey]
    hit_key: Mapped[str] = mapped_column(String(64))
    referral_id: Mapped[int] = mapped_column(ForeignKey("screening_referral.id"))
    clears: Mapped[bool]
    answered_at: Mapped[datetime]


_SAME_LIST = "This very file has been imported already."
explain_constraint("uq_sanctions_list_sha256", _SAME_LIST)
explain_constraint("sanctions_list.sha256", _SAME_LIST)
