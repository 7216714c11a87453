"""The books as a text that beancount's `bean-check` accepts (version 3 of its language).

Each journal is a transaction, each of its moves two postings; at the end stands a balance assertion
for every account, exact to the penny. Amounts keep our signs: what arrives at an account is above
nothing. The same books give the same bytes. Pure: no session, no clock.
Source of the syntax: "Beancount Language Syntax" in beancount's documentation.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import groupby

from voucher.core.clock import london_date
from voucher.ledger.models import AccountKind as Kind
from voucher.ledger.queries import BookedMove
from voucher.ledger.rules import Account
from voucher.payments.books.tables import decimal

CURRENCY = "GBP"
ACCOUNTS = {
    Kind.CASH_AT_STRIPE: "Assets:Stripe:Balance",
    Kind.AT_PROVIDER: "Assets:Providers:Stripe",
    Kind.RECOVERABLE: "Assets:Providers:Owing",
    Kind.GRANT_DUE: "Assets:Funder:Due",
    Kind.SETTLED: "Expenses:Providers:Bank",
    Kind.WRITTEN_OFF: "Expenses:Providers:WrittenOff",
    Kind.FEES: "Expenses:Stripe:Fees",
    Kind.PAYABLE: "Liabilities:Providers:Payable",
    Kind.SUSPENSE: "Liabilities:Suspense",
    Kind.FUND: "Equity:Rounds:Free",
    Kind.RESERVED: "Equity:Rounds:Reserved",
    Kind.COMMITTED: "Equity:Rounds:Committed",
    Kind.SPENT: "Equity:Rounds:Spent",
}
_OUTSIDE_COMPONENT = re.compile(r"[^A-Za-z0-9-]")
_CONTROL = re.compile(r"[\x00-\x1f\x7f\u0085\u2028\u2029]+")


@dataclass(frozen=True)
class Named:
    """What a round or a provider is called: its reference, and its name as people wrote it."""

    reference: str
    name: str


@dataclass(frozen=True)
class Names:
    """Rounds and providers by id, and the references of what caused journals by (table, id)."""

    rounds: Mapping[int, Named]
    providers: Mapping[int, Named]


def account_name(account: Account, names: Names) -> str:
    """The account's name in the file, for example "Equity:Rounds:Spent:RND-7K3M-Q2ZD"."""
    parts = [ACCOUNTS[account.kind]]
    if account.round_id:
        found = names.rounds.get(account.round_id)
        parts.append(_component(found.reference if found else f"Round-{account.round_id}"))
    elif account.provider_id:
        parts.append("NoRound")
    if account.provider_id:
        found = names.providers.get(account.provider_id)
        parts.append(_component(found.reference if found else f"Provider-{account.provider_id}"))
    return ":".join(parts)


def heading(title: str) -> Iterator[str]:
    """The first lines of the file."""
    yield f"option {quoted('title')} {quoted(title)}"
    yield f"option {quoted('operating_currency')} {quoted(CURRENCY)}"


def opening(accounts: Iterable[Account], on: date, names: Names) -> Iterator[str]:
    """A directive for every account, with what its round and provider are called."""
    for account in sorted(accounts, key=lambda one: account_name(one, names)):
        yield ""
        yield f"{on.isoformat()} open {account_name(account, names)} {CURRENCY}"
        yield f"  kind: {quoted(account.kind.value)}"
        for key, found in (
            ("round", names.rounds.get(account.round_id)),
            ("provider", names.providers.get(account.provider_id)),
        ):
            if found is not None:
                yield f"  {key}: {quoted(found.name)}"


def transactions(
    moves: Iterable[BookedMove], references: Mapping[tuple[str, int], str], names: Names
) -> Iterator[str]:
    """A transaction for every journal; the moves of one journal stand together."""
    for _, group in groupby(moves, key=lambda move: move.journal_id):
        journal = list(group)
        yield ""
        yield from _transaction(journal, references, names)


def _transaction(
    journal: list[BookedMove], references: Mapping[tuple[str, int], str], names: Names
) -> Iterator[str]:
    first = journal[0]
    source = references.get((first.source_kind, first.source_id), str(first.source_id))
    words = f"{first.source_kind} {source}: {first.effect}".replace("_", " ")
    provider = next((name for name in (_payee(one, names) for one in journal) if name), None)
    payee = f"{quoted(provider)} " if provider else ""
    yield f"{london_date(first.at).isoformat()} * {payee}{quoted(words)}"
    yield f"  journal: {quoted(str(first.journal_id))}"
    yield f"  at: {quoted(first.at.isoformat())}"
    yield f"  {first.source_kind.replace('_', '-')}: {quoted(source)}"
    yield f"  effect: {quoted(first.effect)}"
    by = "system" if first.by_user_id is None else f"user {first.by_user_id}"
    yield f"  by: {quoted(by)}"
    for move in journal:
        yield f"  {account_name(move.debit, names)}  {decimal(move.pence)} {CURRENCY}"
        yield f"  {account_name(move.credit, names)}  {decimal(-move.pence)} {CURRENCY}"


def _payee(move: BookedMove, names: Names) -> str | None:
    found = names.providers.get(move.debit.provider_id or move.credit.provider_id)
    return found.name if found else None


def assertions(
    debits_less_credits: Mapping[Account, int], last: date, names: Names
) -> Iterator[str]:
    """What every account must have on the morning after `last`, to the penny.

    Without a tolerance of its own an assertion lets a difference of a whole penny pass.
    """
    on = (last + timedelta(days=1)).isoformat()
    yield ""
    for account in sorted(debits_less_credits, key=lambda one: account_name(one, names)):
        pence = debits_less_credits[account]
        yield f"{on} balance {account_name(account, names)}  {decimal(pence)} ~ 0.00 {CURRENCY}"


def quoted(text: str) -> str:
    """`text` as a string of the language: on one line, quotation marks and backslashes escaped."""
    line = _CONTROL.sub(" ", text)
    return '"' + line.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _component(reference: str) -> str:
    """A part of an account's name: letters, digits and hyphens, beginning with a capital."""
    kept = _OUTSIDE_COMPONENT.sub("-", reference)
    return kept if kept[:1].isupper() or kept[:1].isdigit() else f"X{kept}"
