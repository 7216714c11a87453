"""Pure rules of the books' reports: periods, what an entry was, and how figures are hashed."""

import calendar
import hashlib
import json
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from voucher.core.clock import LONDON
from voucher.ledger.models import AccountKind as Kind
from voucher.ledger.rules import WHERE_MONEY_IS, Account, Move

_MONTH = re.compile(r"(\d{4})-(\d{2})", re.ASCII)
FIRST_YEAR, LAST_YEAR = 2000, 2199


@dataclass(frozen=True)
class Period:
    """Days from `first` to `last`, both counted, as London has them."""

    first: date
    last: date

    def __post_init__(self) -> None:
        """Refuse a period that ends before it begins."""
        if self.last < self.first:
            raise ValueError("a period can’t end before it begins")

    @property
    def from_at(self) -> datetime:
        """The first moment of the period (UTC)."""
        return _midnight(self.first)

    @property
    def until(self) -> datetime:
        """The first moment after the period (UTC)."""
        return _midnight(self.last + timedelta(days=1))

    @property
    def month(self) -> str | None:
        """ "2026-06" if the period is exactly a month."""
        text = f"{self.first:%Y-%m}"
        return text if month_named(text) == self else None


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), LONDON).astimezone(UTC)


def month_of(day: date) -> Period:
    """The month that `day` is in."""
    last = calendar.monthrange(day.year, day.month)[1]
    return Period(day.replace(day=1), day.replace(day=last))


def month_named(text: str) -> Period | None:
    """The month called "2026-06", or None if that is none."""
    found = _MONTH.fullmatch(text)
    if not found or not FIRST_YEAR <= int(found[1]) <= LAST_YEAR or not 1 <= int(found[2]) <= 12:
        return None
    return month_of(date(int(found[1]), int(found[2]), 1))


def months_back(last: date, first: date) -> list[Period]:
    """Every month from that of `last` back to that of `first`."""
    found = [month_of(last)]
    while found[-1].first > first:
        found.append(month_of(found[-1].first - timedelta(days=1)))
    return found


def financial_year(day: date, end_month: int) -> Period:
    """The financial year that `day` is in, which ends on the last day of `end_month` (1 to 12)."""
    ends_in = day.year if day.month <= end_month else day.year + 1
    last = month_of(date(ends_in, end_month, 1)).last
    before = month_of(date(ends_in - 1, end_month, 1)).last
    return Period(before + timedelta(days=1), last)


def delta(kind: Kind, debit: Account, credit: Account, pence: int) -> int:
    """By how many pence a move changes the balance of accounts of `kind`, on their own side."""
    debits_less_credits = pence * ((debit.kind is kind) - (credit.kind is kind))
    return debits_less_credits if kind in WHERE_MONEY_IS else -debits_less_credits


_WORDS: tuple[tuple[frozenset[tuple[Kind, Kind]], str], ...] = (
    (
        frozenset({(Kind.SETTLED, Kind.RECOVERABLE), (Kind.PAYABLE, Kind.SPENT)}),
        "Set off against a debt",
    ),
    (frozenset({(Kind.AT_PROVIDER, Kind.CASH_AT_STRIPE)}), "Transferred to the Stripe account"),
    (frozenset({(Kind.CASH_AT_STRIPE, Kind.AT_PROVIDER)}), "Taken back from the Stripe account"),
    (frozenset({(Kind.CASH_AT_STRIPE, Kind.RECOVERABLE)}), "Taken back from the Stripe account"),
    (frozenset({(Kind.COMMITTED, Kind.PAYABLE)}), "Claim approved"),
    (frozenset({(Kind.PAYABLE, Kind.FUND)}), "Claim ended without payment"),
    (frozenset({(Kind.SETTLED, Kind.AT_PROVIDER)}), "Paid to the bank"),
    (frozenset({(Kind.AT_PROVIDER, Kind.SETTLED)}), "Came back from the bank"),
    (frozenset({(Kind.RECOVERABLE, Kind.SETTLED)}), "Asked back"),
    (frozenset({(Kind.RECOVERABLE, Kind.AT_PROVIDER)}), "Asked back"),
    (frozenset({(Kind.SETTLED, Kind.RECOVERABLE)}), "No longer asked back"),
    (frozenset({(Kind.GRANT_DUE, Kind.RECOVERABLE)}), "Repaid by bank transfer"),
    (frozenset({(Kind.WRITTEN_OFF, Kind.RECOVERABLE)}), "Written off"),
    (frozenset({(Kind.RECOVERABLE, Kind.SUSPENSE)}), "Paid by mistake, asked back"),
    (frozenset({(Kind.GRANT_DUE, Kind.FUND)}), "Budget granted"),
    (frozenset({(Kind.CASH_AT_STRIPE, Kind.GRANT_DUE)}), "Paid in by the funder"),
    (frozenset({(Kind.FUND, Kind.RESERVED)}), "Reserved for an award"),
    (frozenset({(Kind.RESERVED, Kind.COMMITTED)}), "Voucher redeemed"),
    (frozenset({(Kind.RESERVED, Kind.FUND)}), "Award released"),
    (frozenset({(Kind.COMMITTED, Kind.FUND)}), "Redemption released"),
    (frozenset({(Kind.FEES, Kind.CASH_AT_STRIPE)}), "Fee charged"),
    (frozenset({(Kind.CASH_AT_STRIPE, Kind.FEES)}), "Fee given back"),
    (frozenset({(Kind.SUSPENSE, Kind.CASH_AT_STRIPE)}), "Went out, not explained yet"),
    (frozenset({(Kind.CASH_AT_STRIPE, Kind.SUSPENSE)}), "Came in, not explained yet"),
)


def words_for(moves: Collection[Move | Any]) -> str:
    """What a journal was, from where it moved money (each move has `debit` and `credit`)."""
    pairs = {(move.debit.kind, move.credit.kind) for move in moves}
    return next((words for needed, words in _WORDS if needed <= pairs), "Explained or corrected")


def digest(figures: Mapping[str, Any]) -> str:
    """The SHA-256 of figures (plain JSON values) in their one written form."""
    written = json.dumps(figures, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(written.encode()).hexdigest()
