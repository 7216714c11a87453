"""Balances: sums over the entries, never stored."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Select, case, func, select
from sqlalchemy.orm import selectinload

from voucher.core.db import session
from voucher.ledger.models import AccountKind, LedgerAccount, LedgerEntry, LedgerJournal
from voucher.ledger.rules import balance


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
    return [
        AccountBalance(
            row.kind, row.round_id, row.provider_id, balance(row.kind, row.debits, row.credits)
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
