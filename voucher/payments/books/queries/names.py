"""What the numbers in the books are called: rounds, providers, and what caused a journal."""

from collections import defaultdict
from collections.abc import Collection, Iterable

from sqlalchemy import Table, select

from voucher.core.db import Base, session
from voucher.ledger.queries import BookedMove
from voucher.payments.books.beancount import Named, Names
from voucher.programmes.models import Programme, Round
from voucher.providers.models import Provider

REFERENCE_COLUMNS = ("reference", "stripe_topup_id", "stripe_object_id")


def names_in(accounts: Iterable[object]) -> Names:
    """The names of the rounds and providers of these accounts (or balances), in two statements."""
    listed = list(accounts)
    return Names(
        rounds=round_names({account.round_id for account in listed}),  # type: ignore[attr-defined]
        providers=provider_names({account.provider_id for account in listed}),  # type: ignore[attr-defined]
    )


def round_names(ids: Collection[int]) -> dict[int, Named]:
    """Rounds by id: reference, and "programme, round"."""
    query = (
        select(Round.id, Round.reference, Programme.name, Round.name)
        .join(Programme, Programme.id == Round.programme_id)
        .where(Round.id.in_(ids))
    )
    return {row[0]: Named(row[1], f"{row[2]}, {row[3]}") for row in session.execute(query)}


def provider_names(ids: Collection[int]) -> dict[int, Named]:
    """Providers by id."""
    query = select(Provider.id, Provider.reference, Provider.name).where(Provider.id.in_(ids))
    return {row[0]: Named(row[1], row[2]) for row in session.execute(query)}


def rounds_of_programme(programme_id: int) -> frozenset[int]:
    """The ids of a programme's rounds."""
    query = select(Round.id).where(Round.programme_id == programme_id)
    return frozenset(session.execute(query).scalars())


def references_of(moves: Iterable[BookedMove]) -> dict[tuple[str, int], str]:
    """The references of what caused these moves, by table and id; one statement a table.

    What has no reference of its own is called by its number.
    """
    wanted: dict[str, set[int]] = defaultdict(set)
    for move in moves:
        wanted[move.source_kind].add(move.source_id)
    return {
        (kind, key): reference
        for kind, ids in wanted.items()
        for key, reference in _references(kind, ids)
    }


def _references(kind: str, ids: set[int]) -> list[tuple[int, str]]:
    table = Base.metadata.tables.get(kind)
    column = _reference_column(table)
    if table is None or column is None:
        return [(key, str(key)) for key in sorted(ids)]
    query = select(table.c.id, table.c[column]).where(table.c.id.in_(ids))
    return [(row[0], row[1] or str(row[0])) for row in session.execute(query)]


def _reference_column(table: Table | None) -> str | None:
    if table is None:
        return None
    return next((name for name in REFERENCE_COLUMNS if name in table.c), None)
