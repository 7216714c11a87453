"""Balances: sums over the entries, never stored."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, case, func, select
from sqlalchemy.orm import selectinload

from voucher.core.db import session
from voucher.ledger.models import AccountKind, LedgerAccount, LedgerEntry, LedgerJournal
from voucher.ledger.rules import Account, balance


@dataclass(frozen=True)
class AccountBalance:
    """One account and its balance in pence, positive on the side its kind is kept on."""

    kind: AccountKind
    round_id: int
    provider_id: int
    pence: int


def balances(
    kind: AccountKind | None = None, *, round_id: int | None = None, provider_id: int | None = None
) -> list[AccountBalance]:
    """The balance of every account that fits, in one statement."""
    query = _sums()
    if kind is not None:
        query = query.where(LedgerAccount.kind == kind)
    if round_id is not None:
        query = query.where(LedgerAccount.round_id == round_id)
    if provider_id is not None:
        query = query.where(LedgerAccount.provider_id == provider_id)
    # PostgreSQL sums whole numbers to decimals; money is an int.
    return [
        AccountBalance(
            row.kind,
            row.round_id,
            row.provider_id,
            balance(row.kind, int(row.debits), int(row.credits)),
        )
        for row in session.execute(query)
    ]


def total(kind: AccountKind, *, round_id: int | None = None, provider_id: int | None = None) -> int:
    """The sum in pence of the balances of all accounts of `kind` that fit."""
    fitting = balances(kind, round_id=round_id, provider_id=provider_id)
    return sum(account.pence for account in fitting)


def journals_of(source_kind: str, source_ids: Sequence[int]) -> Sequence[LedgerJournal]:
    """The journals that rows of one table caused, with their entries, in order."""
    query = (
        select(LedgerJournal)
        .where(LedgerJournal.source_kind == source_kind, LedgerJournal.source_id.in_(source_ids))
        .options(selectinload(LedgerJournal.entries))
        .order_by(LedgerJournal.id)
    )
    return session.execute(query).scalars().all()


def moved_into(kind: AccountKind, source: Any) -> int:
    """How many pence, less what left it again, the stored row `source` put into accounts of `kind`.

    On the side where an account of this kind counts as positive.
    """
    on_debit = LedgerEntry.debit_account_id == LedgerAccount.id
    amount = case((on_debit, LedgerEntry.amount_pence), else_=-LedgerEntry.amount_pence)
    query = (
        select(func.coalesce(func.sum(amount), 0))
        .select_from(LedgerEntry)
        .join(LedgerJournal, LedgerJournal.id == LedgerEntry.journal_id)
        .join(LedgerAccount, on_debit | (LedgerEntry.credit_account_id == LedgerAccount.id))
        .where(
            LedgerAccount.kind == kind,
            LedgerJournal.source_kind == source.__tablename__,
            LedgerJournal.source_id == source.id,
        )
    )
    debits_less_credits = int(session.execute(query).scalar_one())
    return balance(kind, debits_less_credits, 0)


def accounts_named(ids: Collection[int]) -> dict[int, Account]:
    """The accounts of these ids by their names: kind, round, provider; in one statement."""
    query = select(LedgerAccount).where(LedgerAccount.id.in_(ids))
    return {
        row.id: Account(row.kind, row.round_id, row.provider_id)
        for row in session.execute(query).scalars()
    }


def _sums() -> Select[tuple[AccountKind, int, int, int, int]]:
    on_debit = LedgerEntry.debit_account_id == LedgerAccount.id
    on_credit = LedgerEntry.credit_account_id == LedgerAccount.id
    debits = func.coalesce(func.sum(case((on_debit, LedgerEntry.amount_pence), else_=0)), 0)
    credits = func.coalesce(func.sum(case((on_credit, LedgerEntry.amount_pence), else_=0)), 0)
    return (
        select(
            LedgerAccount.kind,
            LedgerAccount.round_id,
            LedgerAccount.provider_id,
            debits.label("debits"),
            credits.label("credits"),
        )
        .outerjoin(LedgerEntry, on_debit | on_credit)
        .group_by(LedgerAccount.id)
        .order_by(LedgerAccount.id)
    )
