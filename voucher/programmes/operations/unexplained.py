"""Movements of the Stripe balance that are no award's: fees, and what nobody has explained yet.

Amounts have the sign Stripe gives them: above nothing when money came in, below when it went out.
"""

from datetime import datetime
from typing import Any

from voucher.ledger.models import AccountKind as Kind
from voucher.ledger.operations import post
from voucher.ledger.rules import Account, Move

CASH = Account(Kind.CASH_AT_STRIPE)
SUSPENSE = Account(Kind.SUSPENSE)
FEES = Account(Kind.FEES)
EXPLANATIONS = frozenset(
    {
        Kind.CASH_AT_STRIPE,
        Kind.FEES,
        Kind.GRANT_DUE,
        Kind.RECOVERABLE,
        Kind.WRITTEN_OFF,
    }
)
"""Where something unexplained may turn out to belong: accounts that are no round's."""


def record_fee(*, pence: int, source: Any, effect: str, at: datetime, by: int | None) -> None:
    """Enter a fee: `pence` below nothing is charged, above nothing is given back.

    Fees are not paid from any round's budget: the funder tops the balance up for them.
    """
    post(source=source, effect=effect, moves=[_signed(CASH, FEES, pence)], at=at, by=by)


def record_suspense(*, pence: int, source: Any, effect: str, at: datetime, by: int | None) -> None:
    """Enter a movement of the Stripe balance that we did not make and nobody has explained.

    `pence` above nothing: it came in; below: it went out, for example by a transfer made by hand.
    SUSPENSE then has a balance of that sign. A second movement that undoes the first empties it.
    """
    post(source=source, effect=effect, moves=[_signed(CASH, SUSPENSE, pence)], at=at, by=by)


def clear_suspense(
    *, pence: int, against: Account, source: Any, effect: str, at: datetime, by: int | None
) -> None:
    """Enter what an unexplained movement was: `pence`, signed as it was, leaves SUSPENSE.

    `against` is where it belongs, of no round: GRANT_DUE (the funder's money, in or out), FEES,
    RECOVERABLE or WRITTEN_OFF of a provider (it has what it should not have), or CASH_AT_STRIPE
    when the right entry for it, such as a transfer or a top-up, is made as well and moves the same
    cash again. Raises ValueError for any other account.
    """
    debt_of_nobody = against.kind is Kind.RECOVERABLE and not against.provider_id
    if against.kind not in EXPLANATIONS or against.round_id or debt_of_nobody:
        raise ValueError(f"nothing unexplained can belong to {against}")
    post(source=source, effect=effect, moves=[_signed(SUSPENSE, against, pence)], at=at, by=by)


def _signed(account: Account, other: Account, pence: int) -> Move:
    """`pence` arriving at `account` from `other`, or the other way if it is below nothing."""
    return Move(account, other, pence) if pence > 0 else Move(other, account, -pence)
