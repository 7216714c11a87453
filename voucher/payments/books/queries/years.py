"""A financial year of a programme: every account at its beginning and its end."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from voucher.ledger.models import AccountKind as Kind
from voucher.ledger.queries import AccountBalance, Fit, balances, count_moves
from voucher.payments.books.queries.accruals import accruals
from voucher.payments.books.queries.names import provider_names, rounds_alone, rounds_of_programme
from voucher.payments.books.rules import Period
from voucher.payments.books.tables import DAY, Column, Figures, Table, money, summed
from voucher.programmes.models import Programme

LABELS = {
    Kind.FUND: "Free budget",
    Kind.RESERVED: "Reserved for vouchers",
    Kind.COMMITTED: "Committed by redemptions",
    Kind.PAYABLE: "Owed to providers",
    Kind.SPENT: "Spent",
    Kind.AT_PROVIDER: "In providers’ Stripe accounts",
    Kind.SETTLED: "Paid to providers’ banks",
    Kind.RECOVERABLE: "Owed back by providers",
    Kind.WRITTEN_OFF: "Written off",
    Kind.CASH_AT_STRIPE: "Programme’s Stripe balance",
    Kind.GRANT_DUE: "Due from the funder",
    Kind.FEES: "Fees",
    Kind.SUSPENSE: "Not explained yet",
}
"""What the accounts are called on paper, in the order they are listed."""

_ACCOUNTS = (
    Column("Account"),
    Column("Round"),
    *money("At the beginning", "Change", "At the end"),
)
_CASH = (Column("Cash"), *money("At the beginning", "Change", "At the end"))
CASH_SUMS = ("cash_in_stripe", "cash_of_these_rounds")
"""Names of the sums of cash: what lies in the Stripe balance, and what these rounds moved in it."""
_PROVIDERS = (
    Column("Provider"),
    *money("Owed for approved claims", "In the Stripe account", "Paid to the bank", "To be repaid"),
)
_PROVIDER_KINDS = (Kind.PAYABLE, Kind.AT_PROVIDER, Kind.SETTLED, Kind.RECOVERABLE)


def financial_year_figures(programme: Programme, year: Period) -> Figures:
    """The accounts of the programme's rounds at the beginning and the end of `year`.

    With the accruals at its end. An entry counts by the moment it was made, so one that is made
    late counts in the year it was made in, and a closed year stays as it was.
    """
    rounds = rounds_of_programme(programme.id)
    touching = Fit(round_ids=rounds)
    before, after = (balances(touching=touching, until=at) for at in (year.from_at, year.until))
    opening, closing = _of_rounds(before, rounds), _of_rounds(after, rounds)
    cash = _cash(_Cash.at(before, year.from_at), _Cash.at(after, year.until))
    entries = count_moves(touching, from_at=year.from_at, until=year.until)
    table = _accounts(opening, closing, rounds)
    at_end = accruals(programme, year.last)
    return Figures(
        title="Financial year",
        subtitle=programme.name,
        facts=(
            ("From", year.first.isoformat(), DAY),
            ("To", year.last.isoformat(), DAY),
            ("Entries in this year", f"{entries:,}", "text"),
            *at_end.facts[1:],
        ),
        tables=(table, cash, _providers(closing), *at_end.tables),
        sums={**_by_number(closing), **_cash_sums(cash), "entries": entries, **at_end.sums},
        notes=(
            "An entry counts on the day it was made. One that is made after the year ended, though "
            "it is about that year, counts in the next.",
            "All programmes have one Stripe balance. What was paid into it is of no round, so it "
            "is shown as a whole, beside what the rounds of this programme moved in it.",
        ),
    )


def _of_rounds(found: Iterable[AccountBalance], rounds: frozenset[int]) -> list[AccountBalance]:
    return [one for one in found if one.round_id in rounds]


def _by_number(closing: list[AccountBalance]) -> dict[str, int]:
    """Balances by what never changes: names may be mended later, the figures not."""
    return {
        f"{one.kind.value}:{one.round_id}:{one.provider_id}": one.pence
        for one in closing
        if one.pence
    }


def _accounts(
    opening: list[AccountBalance], closing: list[AccountBalance], rounds: frozenset[int]
) -> Table:
    was, now = _sums(opening), _sums(closing)
    names = rounds_alone(rounds)
    rows = tuple(
        (words, names[key], was[kind, key], now[kind, key] - was[kind, key], now[kind, key])
        for kind, words in LABELS.items()
        for key in sorted(rounds)
        if was[kind, key] or now[kind, key]
    )
    return Table("accounts", "Accounts of the rounds", _ACCOUNTS, rows)


@dataclass(frozen=True)
class _Cash:
    """The Stripe balance at a moment, and what these rounds have moved in it by then, in pence."""

    whole: int
    rounds: int

    @classmethod
    def at(cls, touching: Iterable[AccountBalance], until: datetime) -> "_Cash":
        """`touching`: balances by the entries of the rounds alone, at the same moment."""
        return cls(
            whole=_pence(balances(Kind.CASH_AT_STRIPE, until=until)), rounds=_pence(touching)
        )


def _pence(found: Iterable[AccountBalance]) -> int:
    return sum(one.pence for one in found if one.kind is Kind.CASH_AT_STRIPE)


def _cash(was: _Cash, now: _Cash) -> Table:
    """The Stripe balance by what moved it; the last line is the account of the ledger."""
    lines = (
        ("Transferred for this programme’s rounds, less what came back", was.rounds, now.rounds),
        (
            "Paid in, fees, not explained yet, and other programmes",
            was.whole - was.rounds,
            now.whole - now.rounds,
        ),
    )
    rows = tuple((words, old, new - old, new) for words, old, new in lines)
    total = summed(f"{LABELS[Kind.CASH_AT_STRIPE]}, all programmes together", _CASH, rows)
    return Table("cash", "Cash", _CASH, rows, total, note=_NO_BANK)


_NO_BANK = (
    "The books keep cash at Stripe alone: what has left for a bank, a provider’s or the funder’s, "
    "is no cash of the programme any more."
)


def _cash_sums(cash: Table) -> dict[str, int]:
    return dict(
        zip(CASH_SUMS, (cash.total[-1] if cash.total else 0, cash.rows[0][-1]), strict=True)
    )


def _sums(found: list[AccountBalance]) -> dict[tuple[Kind, int], int]:
    sums: dict[tuple[Kind, int], int] = defaultdict(int)
    for one in found:
        sums[one.kind, one.round_id] += one.pence
    return sums


def _providers(closing: list[AccountBalance]) -> Table:
    sums: dict[tuple[int, Kind], int] = defaultdict(int)
    for one in closing:
        sums[one.provider_id, one.kind] += one.pence
    names = provider_names({key for key, _ in sums if key})
    rows: list[tuple[Any, ...]] = [
        (names[key].name, *(sums[key, kind] for kind in _PROVIDER_KINDS))
        for key in sorted(names, key=lambda one: names[one].name)
    ]
    total = summed("All providers", _PROVIDERS, rows) if rows else None
    return Table("providers", "Providers at the end of the year", _PROVIDERS, tuple(rows), total)
