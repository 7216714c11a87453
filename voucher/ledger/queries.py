"""Balances: sums over the entries, never stored."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, case, func, or_, select
from sqlalchemy.orm import aliased, selectinload

from voucher.core.db import session
from voucher.ledger.models import AccountKind, LedgerAccount, LedgerEntry, LedgerJournal
from voucher.ledger.rules import Account, balance


@dataclass(frozen=True)
class AccountBalance:
    """One account and its balance in pence, positive on the side its kind is kept on.

    `debits` and `credits`: what arrived at the account and what left it, in pence.
    """

    kind: AccountKind
    round_id: int
    provider_id: int
    pence: int
    debits: int = 0
    credits: int = 0

    @property
    def account(self) -> Account:
        """The account itself."""
        return Account(self.kind, self.round_id, self.provider_id)

    @property
    def used(self) -> bool:
        """Whether anything was ever entered."""
        return bool(self.debits or self.credits)


def balances(
    kind: AccountKind | None = None,
    *,
    round_id: int | None = None,
    provider_id: int | None = None,
    touching: "Fit | None" = None,
    until: datetime | None = None,
) -> list[AccountBalance]:
    """The balance of every account that fits, in one statement.

    `touching`: count only entries that move money to or from one of these accounts.
    `until` (aware): count only what was entered before that moment.
    """
    query = _sums(touching, until)
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
            int(row.debits),
            int(row.credits),
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


@dataclass(frozen=True)
class Fit:
    """Which accounts are meant: those of the kind, the rounds, the providers that are given."""

    kind: AccountKind | None = None
    round_ids: frozenset[int] | None = None
    provider_ids: frozenset[int] | None = None

    @property
    def everything(self) -> bool:
        """Whether no account is left out."""
        return self == Fit()

    def conditions(self) -> list[ColumnElement[bool]]:
        """The same as conditions on LedgerAccount."""
        found: list[ColumnElement[bool]] = []
        if self.kind is not None:
            found.append(LedgerAccount.kind == self.kind)
        if self.round_ids is not None:
            found.append(LedgerAccount.round_id.in_(self.round_ids))
        if self.provider_ids is not None:
            found.append(LedgerAccount.provider_id.in_(self.provider_ids))
        return found


@dataclass(frozen=True)
class BookedMove:
    """An entry with what it belongs to: `pence` left `credit` and arrived at `debit` at `at`."""

    entry_id: int
    journal_id: int
    source_kind: str
    source_id: int
    effect: str
    at: datetime
    by_user_id: int | None
    debit: Account
    credit: Account
    pence: int


def booked_moves(
    touching: Fit,
    *,
    from_at: datetime | None = None,
    until: datetime | None = None,
    limit: int | None = None,
) -> Iterator[BookedMove]:
    """The entries to or from an account that fits, in the order of their time, in one statement.

    `from_at` counts, `until` no more (both aware). Read row by row: a whole ledger fits in no page.
    """
    query = _moves(touching, from_at, until).order_by(*_IN_TIME).limit(limit)
    for row in session.execute(query.execution_options(yield_per=1_000)):
        yield _booked(row)


def latest_moves(
    touching: Fit,
    *,
    from_at: datetime | None = None,
    until: datetime | None = None,
    limit: int,
    offset: int = 0,
) -> tuple[list[BookedMove], int]:
    """Some of the same, newest first, and how many there are in all; one statement.

    An `offset` beyond the last gives no entry and the number 0.
    """
    query = _moves(touching, from_at, until).add_columns(func.count().over().label("in_all"))
    query = query.order_by(*(one.desc() for one in _IN_TIME)).limit(limit).offset(offset)
    rows = session.execute(query).all()
    return [_booked(row) for row in rows], rows[0].in_all if rows else 0


_IN_TIME = (LedgerJournal.at, LedgerJournal.id, LedgerEntry.id)
_DEBIT, _CREDIT = aliased(LedgerAccount), aliased(LedgerAccount)


def _moves(touching: Fit, from_at: datetime | None, until: datetime | None) -> Any:
    """Columns, not rows of the tables: there may be very many, and nothing changes them."""
    return (
        select(
            LedgerEntry.id,
            LedgerJournal.id,
            LedgerJournal.source_kind,
            LedgerJournal.source_id,
            LedgerJournal.effect,
            LedgerJournal.at,
            LedgerJournal.by_user_id,
            LedgerEntry.amount_pence,
            *(_DEBIT.kind, _DEBIT.round_id, _DEBIT.provider_id),
            *(_CREDIT.kind, _CREDIT.round_id, _CREDIT.provider_id),
        )
        .join(LedgerJournal, LedgerJournal.id == LedgerEntry.journal_id)
        .join(_DEBIT, _DEBIT.id == LedgerEntry.debit_account_id)
        .join(_CREDIT, _CREDIT.id == LedgerEntry.credit_account_id)
        .where(*_counted(touching), *_between(from_at, until))
    )


def _booked(row: Any) -> BookedMove:
    entry_id, journal_id, source_kind, source_id, effect, at, by, pence = row[:8]
    debit, credit = Account(*row[8:11]), Account(*row[11:14])
    return BookedMove(
        entry_id, journal_id, source_kind, source_id, effect, at, by, debit, credit, pence
    )


def count_moves(
    touching: Fit, *, from_at: datetime | None = None, until: datetime | None = None
) -> int:
    """How many entries `booked_moves` would give."""
    query = (
        select(func.count())
        .select_from(LedgerEntry)
        .join(LedgerJournal, LedgerJournal.id == LedgerEntry.journal_id)
        .where(*_counted(touching), *_between(from_at, until))
    )
    return session.execute(query).scalar_one()


def _counted(touching: Fit | None) -> list[ColumnElement[bool]]:
    if touching is None or touching.everything:
        return []
    fitting = select(LedgerAccount.id).where(*touching.conditions())
    return [
        or_(
            LedgerEntry.debit_account_id.in_(fitting),
            LedgerEntry.credit_account_id.in_(fitting),
        )
    ]


def _between(from_at: datetime | None, until: datetime | None) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if from_at is not None:
        found.append(LedgerJournal.at >= from_at)
    if until is not None:
        found.append(LedgerJournal.at < until)
    return found


def _sums(
    touching: Fit | None, until: datetime | None
) -> Select[tuple[AccountKind, int, int, int, int]]:
    """Each side is summed by itself: joining entries by one side or the other costs far more."""
    debits = _side(LedgerEntry.debit_account_id, touching, until)
    credits = _side(LedgerEntry.credit_account_id, touching, until)
    return (
        select(
            LedgerAccount.kind,
            LedgerAccount.round_id,
            LedgerAccount.provider_id,
            func.coalesce(debits.c.pence, 0).label("debits"),
            func.coalesce(credits.c.pence, 0).label("credits"),
        )
        .outerjoin(debits, debits.c.account_id == LedgerAccount.id)
        .outerjoin(credits, credits.c.account_id == LedgerAccount.id)
        .order_by(LedgerAccount.id)
    )


def _side(account_id: Any, touching: Fit | None, until: datetime | None) -> Any:
    query = select(
        account_id.label("account_id"), func.sum(LedgerEntry.amount_pence).label("pence")
    ).where(*_counted(touching))
    if until is not None:
        query = query.join(LedgerJournal, LedgerJournal.id == LedgerEntry.journal_id).where(
            *_between(None, until)
        )
    return query.group_by(account_id).subquery()
