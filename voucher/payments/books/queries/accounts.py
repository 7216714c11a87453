"""The books as officers read them: accounts with their balances, and the entries behind them."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

from sqlalchemy import or_, select

from voucher.core.db import session
from voucher.core.paging import PAGE_ROWS, Page, pages_of
from voucher.ledger.models import AccountKind as Kind
from voucher.ledger.queries import (
    AccountBalance,
    BookedMove,
    Fit,
    balances,
    booked_moves,
    latest_moves,
)
from voucher.ledger.queries import count_moves as count
from voucher.payments.books.beancount import Names
from voucher.payments.books.queries.names import names_in, references_of
from voucher.programmes.models import Programme, Round, RoundStatus
from voucher.providers.models import Provider

MOST_PROVIDERS = 500


@dataclass(frozen=True)
class Scope:
    """What of the books is looked at; what is not given leaves nothing out.

    `provider`: a provider's reference, or some of its name.
    """

    kind: Kind | None = None
    round_ids: frozenset[int] | None = None
    provider: str = ""
    from_at: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True)
class AccountsPage:
    """One page of the accounts, and the sums in pence of all that fit, by kind."""

    accounts: Page[AccountBalance]
    sums: dict[Kind, int]
    names: Names


def accounts_page(scope: Scope, page: int) -> AccountsPage:
    """The accounts in scope that were ever used, by kind, round and provider."""
    found = accounts_in(scope)
    sums: dict[Kind, int] = defaultdict(int)
    for one in found:
        sums[one.kind] += one.pence
    shown = _page(found, page)
    return AccountsPage(shown, dict(sums), names_in(shown.rows))


def accounts_in(scope: Scope) -> list[AccountBalance]:
    """Every used account in scope, with its balance at the end of the period."""
    fit = fit_of(scope)
    order = list(Kind)
    found = [one for one in balances(until=scope.until) if one.used and _fits(one, fit)]
    return sorted(found, key=lambda one: (order.index(one.kind), one.round_id, one.provider_id))


def _fits(one: AccountBalance, fit: Fit) -> bool:
    return (
        fit.kind in (None, one.kind)
        and (fit.round_ids is None or one.round_id in fit.round_ids)
        and (fit.provider_ids is None or one.provider_id in fit.provider_ids)
    )


def _page(found: Sequence[AccountBalance], page: int) -> Page[AccountBalance]:
    page = min(max(1, page), pages_of(len(found)))
    return Page(found[(page - 1) * PAGE_ROWS : page * PAGE_ROWS], len(found), page)


@dataclass(frozen=True)
class EntriesPage:
    """One page of entries, newest first, with what names them."""

    entries: Page[BookedMove]
    names: Names
    references: dict[tuple[str, int], str]


def entries_page(scope: Scope, page: int) -> EntriesPage:
    """The entries to or from an account in scope, newest first."""
    fit, span = fit_of(scope), {"from_at": scope.from_at, "until": scope.until}
    offset = (max(1, page) - 1) * PAGE_ROWS
    moves, total = latest_moves(fit, limit=PAGE_ROWS, offset=offset, **span)
    if not moves and page > 1:
        last = pages_of(count(fit, **span))
        return entries_page(scope, last)
    return _named(Page(moves, total, max(1, page)))


def entries_in(scope: Scope) -> EntriesPage:
    """Every entry in scope, oldest first, as one page."""
    moves = list(booked_moves(fit_of(scope), from_at=scope.from_at, until=scope.until))
    return _named(Page(moves, len(moves), 1))


def _named(page: Page[BookedMove]) -> EntriesPage:
    accounts = [one for move in page.rows for one in (move.debit, move.credit)]
    return EntriesPage(page, names_in(accounts), references_of(page.rows))


def fit_of(scope: Scope) -> Fit:
    """The accounts that the scope's texts name; none at all for a name that fits nothing."""
    return Fit(
        kind=scope.kind,
        round_ids=scope.round_ids,
        provider_ids=_providers_called(scope.provider) if scope.provider else None,
    )


def _providers_called(text: str) -> frozenset[int]:
    by_name = Provider.name.icontains(text, autoescape=True)
    query = select(Provider.id).where(or_(by_name, Provider.reference == text.upper()))
    return frozenset(session.execute(query.order_by(Provider.id).limit(MOST_PROVIDERS)).scalars())


@dataclass(frozen=True)
class Part:
    """A programme or a round: what the address calls it, its name, and its rounds."""

    code: str
    name: str
    round_ids: frozenset[int]


def parts() -> list[Part]:
    """Every programme that has opened a round, each followed by its rounds."""
    query = (
        select(Programme.slug, Programme.name, Round.id, Round.reference, Round.name)
        .join(Round, Round.programme_id == Programme.id)
        .where(Round.status != RoundStatus.DRAFT)
        .order_by(Programme.name, Programme.id, Round.id)
    )
    found = []
    for (slug, programme), rows in groupby(session.execute(query), key=lambda row: row[:2]):
        rounds = [
            Part(reference, f"{programme}, {name}", frozenset({key}))
            for _, _, key, reference, name in rows
        ]
        whole = frozenset().union(*(one.round_ids for one in rounds))
        found += [Part(slug, programme, whole), *rounds]
    return found
