"""What the numbers in the books are called: rounds, providers, and what caused a journal."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from typing import Any

from sqlalchemy import Table, literal, select, union_all

from voucher.core.db import Base, session
from voucher.ledger.queries import AccountBalance, BookedMove
from voucher.ledger.rules import Account
from voucher.payments.books.beancount import Named, Names
from voucher.programmes.models import Programme, Round
from voucher.providers.models import Provider
from voucher.vouchers.models import Award, Redemption, Voucher

PARENT = "clawback_id"
"""What came of a clawback has no name of its own: it goes by the clawback's."""

OF_A_CLAIM = "claim_id"
"""What has no name of its own and is about a claim goes by the claim's."""

AT_ONCE = 5_000
"""How many values one statement names: a database takes some ten thousand."""

REFERENCE_COLUMNS = ("reference", "stripe_topup_id", "stripe_object_id")


def names_in(accounts: Iterable[Account | AccountBalance]) -> Names:
    """The names of the rounds and providers of these accounts or balances, in one statement."""
    listed = list(accounts)
    both = union_all(
        _round_names({account.round_id for account in listed}),
        _provider_names({account.provider_id for account in listed}),
    )
    rounds: dict[int, Named] = {}
    providers: dict[int, Named] = {}
    for sort, key, reference, first, second in session.execute(both):
        if sort == "round":
            rounds[key] = Named(reference, f"{first}, {second}")
        else:
            providers[key] = Named(reference, first)
    return Names(rounds, providers)


def _round_names(ids: Collection[int]) -> Any:
    return (
        select(literal("round"), Round.id, Round.reference, Programme.name, Round.name)
        .join(Programme, Programme.id == Round.programme_id)
        .where(Round.id.in_(ids))
    )


def provider_names(ids: Collection[int]) -> dict[int, Named]:
    """Providers by id."""
    return {row[1]: Named(row[2], row[3]) for row in session.execute(_provider_names(ids))}


def _provider_names(ids: Collection[int]) -> Any:
    return select(
        literal("provider"), Provider.id, Provider.reference, Provider.name, literal("")
    ).where(Provider.id.in_(ids))


def rounds_alone(ids: Collection[int]) -> dict[int, str]:
    """The names of rounds of one programme, without the programme's."""
    query = select(Round.id, Round.name).where(Round.id.in_(ids))
    return {row[0]: row[1] for row in session.execute(query)}


def rounds_of_programme(programme_id: int) -> frozenset[int]:
    """The ids of a programme's rounds."""
    query = select(Round.id).where(Round.programme_id == programme_id)
    return frozenset(session.execute(query).scalars())


def references_of(moves: Iterable[BookedMove]) -> dict[tuple[str, int], str]:
    """The references of what caused these moves, by table and id; one statement per
    5,000.

    An award and a redemption go by their voucher, which is the name people know, what came of a
    clawback by the clawback, an amendment by its claim; what has no reference at all by its number.
    """
    keys = sorted({(move.source_kind, move.source_id) for move in moves})
    found = {key: str(key[1]) for key in keys}
    for start in range(0, len(keys), AT_ONCE):
        wanted: dict[str, set[int]] = defaultdict(set)
        for kind, source_id in keys[start : start + AT_ONCE]:
            wanted[kind].add(source_id)
        queries = [query for kind, ids in wanted.items() for query in _references(kind, ids)]
        for kind, source_id, reference in session.execute(union_all(*queries)) if queries else ():
            found[kind, source_id] = reference or found[kind, source_id]
    return found


def _references(kind: str, ids: set[int]) -> Iterator[Any]:
    table = Base.metadata.tables.get(kind)
    column = _reference_column(table)
    if kind == Award.__tablename__:
        yield select(literal(kind), Voucher.award_id, Voucher.reference).where(
            Voucher.award_id.in_(ids)
        )
    elif kind == Redemption.__tablename__:
        yield (
            select(literal(kind), Redemption.id, Voucher.reference)
            .join(Voucher, Voucher.id == Redemption.voucher_id)
            .where(Redemption.id.in_(ids))
        )
    elif table is not None and column is not None:
        yield select(literal(kind), table.c.id, table.c[column]).where(table.c.id.in_(ids))
    elif table is not None:
        named = next((name for name in (PARENT, OF_A_CLAIM) if name in table.c), None)
        if named is not None:
            yield _by_its_parent(table, named, ids)


def _by_its_parent(table: Table, named: str, ids: set[int]) -> Any:
    parent = Base.metadata.tables[named.removesuffix("_id")]
    return (
        select(literal(table.name), table.c.id, parent.c.reference)
        .join(parent, parent.c.id == table.c[named])
        .where(table.c.id.in_(ids))
    )


def _reference_column(table: Table | None) -> str | None:
    if table is None:
        return None
    return next((name for name in REFERENCE_COLUMNS if name in table.c), None)
