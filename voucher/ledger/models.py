"""Tables: account, journal, entry."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from voucher.core.db import Base, PrimaryKey, enum_column


class AccountKind(StrEnum):
    """What an account stands for: where money is (`rules.WHERE_MONEY_IS`), or what it is for."""

    CASH_AT_STRIPE = "cash_at_stripe"
    AT_PROVIDER = "at_provider"
    SETTLED = "settled"
    RECOVERABLE = "recoverable"
    WRITTEN_OFF = "written_off"
    FEES = "fees"
    GRANT_DUE = "grant_due"
    FUND = "fund"
    RESERVED = "reserved"
    COMMITTED = "committed"
    PAYABLE = "payable"
    SPENT = "spent"
    SUSPENSE = "suspense"


class LedgerAccount(Base):
    """One account: its kind, and the round and provider it is kept for (0: for none)."""

    __tablename__ = "ledger_account"
    __table_args__ = (UniqueConstraint("kind", "round_id", "provider_id"),)

    id: Mapped[PrimaryKey]
    kind: Mapped[AccountKind] = mapped_column(enum_column(AccountKind, "kind_known"))
    round_id: Mapped[int] = mapped_column(default=0)
    provider_id: Mapped[int] = mapped_column(default=0)


class LedgerJournal(Base):
    """One event that moved or reserved money. Its source can have each effect only once."""

    __tablename__ = "ledger_journal"
    __table_args__ = (
        UniqueConstraint("source_kind", "source_id", "effect"),
        Index("ix_ledger_journal_at", "at", "id"),
    )

    id: Mapped[PrimaryKey]
    source_kind: Mapped[str] = mapped_column(String(40))
    source_id: Mapped[int]
    effect: Mapped[str] = mapped_column(String(40))
    at: Mapped[datetime]
    by_user_id: Mapped[int | None]

    entries: Mapped[list["LedgerEntry"]] = relationship(lazy="raise")


class LedgerEntry(Base):
    """An amount moved from the credited account to the debited one."""

    __tablename__ = "ledger_entry"
    __table_args__ = (
        CheckConstraint("amount_pence > 0", name="amount_is_positive"),
        CheckConstraint("debit_account_id <> credit_account_id", name="accounts_differ"),
        Index("ix_ledger_entry_debit", "debit_account_id"),
        Index("ix_ledger_entry_credit", "credit_account_id"),
    )

    id: Mapped[PrimaryKey]
    journal_id: Mapped[int] = mapped_column(ForeignKey("ledger_journal.id"), index=True)
    debit_account_id: Mapped[int] = mapped_column(ForeignKey("ledger_account.id"))
    credit_account_id: Mapped[int] = mapped_column(ForeignKey("ledger_account.id"))
    amount_pence: Mapped[int]
