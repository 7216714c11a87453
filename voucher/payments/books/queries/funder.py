"""The claim to the funder: what was defrayed in a period, by round, with every line behind it."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import groupby
from typing import Any

from voucher.core.clock import london_date
from voucher.ledger.models import AccountKind as Kind
from voucher.ledger.queries import BookedMove, Fit, balances, booked_moves
from voucher.payments.books.queries.claims import claims_behind
from voucher.payments.books.queries.names import (
    provider_names,
    references_of,
    rounds_alone,
    rounds_of_programme,
)
from voucher.payments.books.rules import Period, delta, words_for
from voucher.payments.books.tables import DAY, Column, Figures, Table, money, summed
from voucher.programmes.models import Programme

_ROUNDS = (
    Column("Round"),
    *money("Before", "Transferred", "Set off", "Taken back or repaid", "Defrayed", "To date"),
)
_LINES = (
    Column("Date", DAY),
    Column("What"),
    Column("Round"),
    Column("Provider"),
    Column("Claim"),
    Column("Invoice"),
    Column("Reference"),
    *money("Amount"),
)
TRANSFERRED, SET_OFF, BACK = "transferred", "set_off", "back"


def funder_claim(programme: Programme, period: Period) -> Figures:
    """The expenditure that the programme defrayed in the period, and the lines that make it up.

    Defrayed is what was transferred to providers or set off against their debts, less what was
    taken back or repaid: the change of the account SPENT of each round. What was asked back counts
    until it is back; what was written off stays in.
    """
    rounds = rounds_of_programme(programme.id)
    before = _spent(rounds, period.from_at)
    moves = booked_moves(Fit(round_ids=rounds), from_at=period.from_at, until=period.until)
    lines = list(_lines(moves, rounds))
    names = rounds_alone(rounds)
    table, total = _rounds_table(before, lines, names)
    owed, lost = _memoranda(rounds, period.until)
    return Figures(
        title="Claim to the funder",
        subtitle=programme.name,
        facts=(
            ("From", period.first.isoformat(), DAY),
            ("To", period.last.isoformat(), DAY),
            ("Defrayed in this period", total[5], "money"),
            ("Defrayed to date", total[6], "money"),
            ("Of that, asked back and not back yet", owed, "money"),
            ("Of that, written off", lost, "money"),
        ),
        tables=(table, _lines_table(lines, names)),
        sums={"defrayed": total[5], "to date": total[6]},
        notes=(
            "Defrayed: transferred to providers or set off against what they owed, less what was "
            "taken back or repaid. An entry counts on the day it was made.",
        ),
    )


Line = tuple[int, str, int, list[BookedMove]]


def _lines(moves: Iterable[BookedMove], rounds: frozenset[int]) -> Iterator[Line]:
    """(round, what it was, pence, the journal) for every journal and round whose SPENT it moves.

    A debt set off within one round spends and gives back at once: two lines that come to nothing.
    """
    for _, group in groupby(moves, key=lambda move: move.journal_id):
        journal = list(group)
        for move in journal:
            for account in (move.debit, move.credit):
                if account.kind is Kind.SPENT and account.round_id in rounds:
                    pence = delta(Kind.SPENT, move.debit, move.credit, move.pence)
                    yield account.round_id, _sort(journal, pence), pence, journal


def _sort(journal: list[BookedMove], pence: int) -> str:
    if pence < 0:
        return BACK
    cash = any(move.credit.kind is Kind.CASH_AT_STRIPE for move in journal)
    return TRANSFERRED if cash else SET_OFF


def _spent(rounds: frozenset[int], until: datetime) -> dict[int, int]:
    found = balances(Kind.SPENT, touching=Fit(Kind.SPENT, rounds), until=until)
    return {one.round_id: one.pence for one in found}


def _memoranda(rounds: frozenset[int], until: datetime) -> tuple[int, int]:
    found = [one for one in balances(until=until) if one.round_id in rounds]
    return (
        sum(one.pence for one in found if one.kind is Kind.RECOVERABLE),
        sum(one.pence for one in found if one.kind is Kind.WRITTEN_OFF),
    )


def _rounds_table(
    before: dict[int, int], lines: list[Line], names: dict[int, str]
) -> tuple[Table, tuple[Any, ...]]:
    sums: dict[tuple[int, str], int] = defaultdict(int)
    for round_id, sort, pence, _ in lines:
        sums[round_id, sort] += pence
    rows = []
    for round_id in sorted(names):
        parts = [sums[round_id, sort] for sort in (TRANSFERRED, SET_OFF, BACK)]
        was = before.get(round_id, 0)
        rows.append((names[round_id], was, *parts, sum(parts), was + sum(parts)))
    total = summed("All rounds", _ROUNDS, rows)
    return Table("rounds", "Defrayed expenditure by round", _ROUNDS, tuple(rows), total), total


def _lines_table(lines: list[Line], names: dict[int, str]) -> Table:
    moves = [move for *_, journal in lines for move in journal]
    claims, references = claims_behind(moves), references_of(moves)
    providers = provider_names({_provider_id(journal) for *_, journal in lines})
    rows: list[tuple[Any, ...]] = []
    for round_id, _, pence, journal in lines:
        first = journal[0]
        key = (first.source_kind, first.source_id)
        claim, provider = claims.get(key), providers.get(_provider_id(journal))
        rows.append(
            (
                london_date(first.at).isoformat(),
                words_for(journal),
                names[round_id],
                provider.name if provider else "",
                claim.reference if claim else "",
                (claim.invoice_number or "") if claim else "",
                references[key],
                pence,
            )
        )
    total = ("", "All lines", *summed("", _LINES, rows)[2:]) if rows else None
    return Table("lines", "Every line", _LINES, tuple(rows), total)


def _provider_id(journal: list[BookedMove]) -> int:
    ids = (one.provider_id for move in journal for one in (move.debit, move.credit))
    return next((found for found in ids if found), 0)
