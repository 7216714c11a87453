"""The statement of a provider: every entry of a month that concerns it, between two balances."""

from collections.abc import Iterable, Sequence
from datetime import date
from itertools import groupby
from typing import Any

from sqlalchemy import func, select

from voucher.claims.models import Claim
from voucher.core.clock import london_date
from voucher.core.db import session
from voucher.ledger.models import AccountKind as Kind
from voucher.ledger.models import LedgerAccount, LedgerEntry, LedgerJournal
from voucher.ledger.queries import BookedMove, Fit, balances, booked_moves
from voucher.payments.books.queries.claims import Key, claims_behind
from voucher.payments.books.queries.names import references_of
from voucher.payments.books.rules import Period, delta, words_for
from voucher.payments.books.tables import DAY, Column, Figures, Table, money, summed
from voucher.providers.models import Provider

COLUMNS = (
    (Kind.PAYABLE, "Owed for approved claims"),
    (Kind.AT_PROVIDER, "In the Stripe account"),
    (Kind.SETTLED, "Paid to the bank"),
    (Kind.RECOVERABLE, "To be repaid"),
)
KINDS = tuple(kind for kind, _ in COLUMNS)
_MOVES = (
    Column("Date", DAY),
    Column("What"),
    Column("Claim"),
    Column("Invoice"),
    Column("Reference"),
    *money(*(label for _, label in COLUMNS)),
)
_CLAIMS = (
    Column("Claim"),
    Column("Invoice"),
    Column("Invoice date", DAY),
    *money("Price before VAT", "VAT", "Invoice total", "Paid by the voucher", "Paid by business"),
)


def statement(provider: Provider, period: Period) -> Figures:
    """The provider's statement of a period.

    What is carried forward is nothing but what was brought forward and the lines, added up.
    """
    ours = Fit(provider_ids=frozenset({provider.id}))
    opening = _balances_before(period, provider.id)
    lines = list(booked_moves(ours, from_at=period.from_at, until=period.until))
    claims = claims_behind(lines)
    rows = _rows(lines, claims, references_of(lines), provider.id)
    carried = _brought(period.first, opening)
    total = summed("", _MOVES, [carried, *rows])
    closing = dict(zip(KINDS, total[-len(KINDS) :], strict=True))
    return Figures(
        title="Statement",
        subtitle=f"{provider.name} ({provider.reference})",
        facts=(
            ("From", period.first.isoformat(), DAY),
            ("To", period.last.isoformat(), DAY),
            *((label, closing[kind], "money") for kind, label in COLUMNS),
        ),
        tables=(
            Table(
                "lines",
                "Movements",
                _MOVES,
                (carried, *rows),
                (period.last.isoformat(), "Carried forward", *total[2:]),
            ),
            _claims_table(claims.values()),
        ),
        sums={f"{provider.reference} {kind.value}": closing[kind] for kind in KINDS},
        notes=(
            "Every line is an entry in the programme’s books. Entries are never changed.",
            "What is asked back no longer counts as paid to the bank; what is set off or repaid "
            "is no longer to be repaid. What is set off counts as paid again, for the later claim.",
        ),
    )


def _balances_before(period: Period, provider_id: int) -> dict[Kind, int]:
    sums = dict.fromkeys(KINDS, 0)
    touching = Fit(provider_ids=frozenset({provider_id}))
    for one in balances(provider_id=provider_id, touching=touching, until=period.from_at):
        if one.kind in sums:
            sums[one.kind] += one.pence
    return sums


def _brought(first: date, opening: dict[Kind, int]) -> tuple[Any, ...]:
    sums = (opening[kind] for kind in KINDS)
    return (first.isoformat(), "Brought forward", "", "", "", *sums)


def _add(sums: dict[Kind, int], move: BookedMove, provider_id: int) -> None:
    for kind in KINDS:
        sums[kind] += _delta(kind, move, provider_id)


def _delta(kind: Kind, move: BookedMove, provider_id: int) -> int:
    """What the move changes for this provider: one side of it may be somebody else's."""
    both = (move.debit, move.credit)
    if not any(one.kind is kind and one.provider_id == provider_id for one in both):
        return 0
    return delta(kind, move.debit, move.credit, move.pence)


def _rows(
    lines: Sequence[BookedMove],
    claims: dict[Key, Claim],
    references: dict[Key, str],
    provider_id: int,
) -> tuple[tuple[Any, ...], ...]:
    found = []
    for _, group in groupby(lines, key=lambda move: move.journal_id):
        journal = list(group)
        sums = dict.fromkeys(KINDS, 0)
        for move in journal:
            _add(sums, move, provider_id)
        first = journal[0]
        key = (first.source_kind, first.source_id)
        claim = claims.get(key)
        found.append(
            (
                london_date(first.at).isoformat(),
                words_for(journal),
                claim.reference if claim else "",
                (claim.invoice_number or "") if claim else "",
                references[key],
                *(sums[kind] for kind in KINDS),
            )
        )
    return tuple(found)


def _claims_table(claims: Iterable[Claim]) -> Table:
    listed = sorted({claim.id: claim for claim in claims}.values(), key=lambda one: one.id)
    rows = tuple(
        (
            claim.reference,
            claim.invoice_number or "",
            claim.invoice_on.isoformat() if claim.invoice_on else "",
            claim.net_price_pence,
            claim.vat_pence,
            (claim.net_price_pence or 0) + (claim.vat_pence or 0),
            claim.voucher_pence,
            claim.contribution_pence,
        )
        for claim in listed
    )
    total = summed("All", _CLAIMS, rows) if rows else None
    return Table("claims", "Claims in this statement", _CLAIMS, rows, total)


def first_entry_on(provider_id: int) -> date | None:
    """The day (London) of the first entry that concerns the provider; None before there is one."""
    accounts = select(LedgerAccount.id).where(LedgerAccount.provider_id == provider_id)
    query = (
        select(func.min(LedgerJournal.at))
        .join(LedgerEntry, LedgerEntry.journal_id == LedgerJournal.id)
        .where(
            LedgerEntry.debit_account_id.in_(accounts) | LedgerEntry.credit_account_id.in_(accounts)
        )
    )
    found = session.execute(query).scalar_one()
    return None if found is None else london_date(found)
