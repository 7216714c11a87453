"""Pure rules of the books: what a move is, and on which side an account counts as positive."""

from dataclasses import dataclass

from voucher.ledger.models import AccountKind

WHERE_MONEY_IS = frozenset(
    {
        AccountKind.CASH_AT_STRIPE,
        AccountKind.AT_PROVIDER,
        AccountKind.SETTLED,
        AccountKind.RECOVERABLE,
        AccountKind.WRITTEN_OFF,
        AccountKind.FEES,
        AccountKind.GRANT_DUE,
    }
)
"""Accounts whose balance is debits less credits; the others say what money is *for*: reversed."""


@dataclass(frozen=True)
class Account:
    """The name of an account: its kind, and the round and provider it is kept for (0: none)."""

    kind: AccountKind
    round_id: int = 0
    provider_id: int = 0


@dataclass(frozen=True)
class Move:
    """An amount in pence that leaves `credit` and arrives at `debit`."""

    debit: Account
    credit: Account
    pence: int

    def __post_init__(self) -> None:
        """Refuse a move of nothing, of less than nothing, or to where it came from."""
        if self.pence <= 0:
            raise ValueError("a move needs a positive amount of whole pence")
        if self.debit == self.credit:
            raise ValueError("a move needs two different accounts")


def balance(kind: AccountKind, debits: int, credits: int) -> int:
    """The balance in pence, on the side where an account of this kind counts as positive."""
    return debits - credits if kind in WHERE_MONEY_IS else credits - debits
