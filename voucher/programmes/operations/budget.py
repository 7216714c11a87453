"""The budget envelope of a round, and the books beside it, always in one transaction.

reserve (award) → commit (redemption) → spend (transfer); release gives back. The three sums on the
round are the envelope: each step is one guarded UPDATE, so however many people press the button at
once, reserved + committed + spent never exceeds the budget, which the database CHECKs as well. The
ledger says the same with its own entries; reconciliation compares the two.

Money that comes back is in `recovery`, what nobody has explained yet and fees in `unexplained`;
both are to be had here as well.
"""

from datetime import datetime
from typing import Any, TypedDict, Unpack

from voucher.core.errors import Conflict
from voucher.ledger.models import AccountKind as Kind
from voucher.ledger.operations import post
from voucher.ledger.rules import Account, Move
from voucher.programmes.models import Round
from voucher.programmes.operations.envelope import shift
from voucher.programmes.operations.recovery import (
    record_debt_reversed,
    record_recoverable,
    record_recovered_by_invoice,
    record_recovered_by_netting,
    record_reversal,
    record_write_off,
    withdraw_recoverable,
)
from voucher.programmes.operations.unexplained import clear_suspense, record_fee, record_suspense

__all__ = [
    "clear_suspense",
    "commit_reserved",
    "grant_budget",
    "recognise_claim",
    "record_debt_reversed",
    "record_fee",
    "record_payout",
    "record_payout_failed",
    "record_recoverable",
    "record_recovered_by_invoice",
    "record_recovered_by_netting",
    "record_reversal",
    "record_suspense",
    "record_top_up",
    "record_transfer",
    "record_write_off",
    "release_committed",
    "release_payable",
    "release_reserved",
    "reserve",
    "withdraw_recoverable",
]


def grant_budget(*, round_: Round, at: datetime, by: int | None) -> None:
    """Enter the budget of a round that opens: the funder owes it, the fund may promise it."""
    due, fund = Account(Kind.GRANT_DUE), Account(Kind.FUND, round_.id)
    move = Move(due, fund, round_.budget_pence)
    post(source=round_, effect="budget_granted", moves=[move], at=at, by=by)


def reserve(*, round_id: int, pence: int, source: Any, at: datetime, by: int | None) -> None:
    """Reserve `pence` for an award. Raises Conflict when the round has not so much left."""
    taken = Round.reserved_pence + Round.committed_pence + Round.spent_pence
    shift(
        round_id,
        taken + pence <= Round.budget_pence,
        "The round has not enough money left for this award.",
        reserved_pence=Round.reserved_pence + pence,
    )
    move = Move(Account(Kind.FUND, round_id), Account(Kind.RESERVED, round_id), pence)
    post(source=source, effect="reserved", moves=[move], at=at, by=by)


def commit_reserved(
    *,
    round_id: int,
    reserved_pence: int,
    committed_pence: int,
    source: Any,
    at: datetime,
    by: int | None,
) -> None:
    """Commit `committed_pence` of what was reserved for one award, and release the rest of it."""
    if not 0 < committed_pence <= reserved_pence:
        raise Conflict("More would be committed than was reserved for this award.")
    shift(
        round_id,
        Round.reserved_pence >= reserved_pence,
        "The round’s reserved money does not cover this.",
        reserved_pence=Round.reserved_pence - reserved_pence,
        committed_pence=Round.committed_pence + committed_pence,
    )
    reserved = Account(Kind.RESERVED, round_id)
    moves = [Move(reserved, Account(Kind.COMMITTED, round_id), committed_pence)]
    if reserved_pence > committed_pence:
        rest = reserved_pence - committed_pence
        moves.append(Move(reserved, Account(Kind.FUND, round_id), rest))
    post(source=source, effect="committed", moves=moves, at=at, by=by)


def release_reserved(
    *, round_id: int, pence: int, source: Any, reason: str, at: datetime, by: int | None
) -> None:
    """Give back what an award had reserved; `reason` is one word, for example "expired"."""
    shift(
        round_id,
        Round.reserved_pence >= pence,
        "The round’s reserved money does not cover this.",
        reserved_pence=Round.reserved_pence - pence,
    )
    move = Move(Account(Kind.RESERVED, round_id), Account(Kind.FUND, round_id), pence)
    post(source=source, effect=f"released_{reason}", moves=[move], at=at, by=by)


def release_committed(
    *, round_id: int, pence: int, source: Any, reason: str, at: datetime, by: int | None
) -> None:
    """Give back what a redemption had committed; `reason` is one word, for example "rejected"."""
    shift(
        round_id,
        Round.committed_pence >= pence,
        "The round’s committed money does not cover this.",
        committed_pence=Round.committed_pence - pence,
    )
    move = Move(Account(Kind.COMMITTED, round_id), Account(Kind.FUND, round_id), pence)
    post(source=source, effect=f"released_{reason}", moves=[move], at=at, by=by)


def release_payable(
    *,
    round_id: int,
    provider_id: int,
    pence: int,
    source: Any,
    reason: str,
    at: datetime,
    by: int | None,
) -> None:
    """Give back what an approved claim was owed; `reason` is one word, for example "cancelled"."""
    shift(
        round_id,
        Round.committed_pence >= pence,
        "The round’s committed money does not cover this.",
        committed_pence=Round.committed_pence - pence,
    )
    payable = Account(Kind.PAYABLE, round_id, provider_id)
    move = Move(payable, Account(Kind.FUND, round_id), pence)
    post(source=source, effect=f"released_{reason}", moves=[move], at=at, by=by)


def recognise_claim(
    *, round_id: int, provider_id: int, pence: int, source: Any, at: datetime, by: int | None
) -> None:
    """Enter an approved claim: what was committed is now owed to the provider."""
    payable = Account(Kind.PAYABLE, round_id, provider_id)
    move = Move(Account(Kind.COMMITTED, round_id), payable, pence)
    post(source=source, effect="recognised", moves=[move], at=at, by=by)


def record_transfer(
    *, round_id: int, provider_id: int, pence: int, source: Any, at: datetime, by: int | None
) -> None:
    """Enter a transfer that Stripe has made: committed becomes spent, the cash moves on."""
    shift(
        round_id,
        Round.committed_pence >= pence,
        "The round’s committed money does not cover this transfer.",
        committed_pence=Round.committed_pence - pence,
        spent_pence=Round.spent_pence + pence,
    )
    moves = [
        Move(Account(Kind.PAYABLE, round_id, provider_id), Account(Kind.SPENT, round_id), pence),
        Move(Account(Kind.AT_PROVIDER, round_id, provider_id), Account(Kind.CASH_AT_STRIPE), pence),
    ]
    post(source=source, effect="transferred", moves=moves, at=at, by=by)


class PayoutEntry(TypedDict):
    """What a payout's two entries need; `number` says which of the payment's payouts it is."""

    round_id: int
    provider_id: int
    pence: int
    number: int
    source: Any
    at: datetime
    by: int | None


def record_payout(**payout: Unpack[PayoutEntry]) -> None:
    """Enter that payout `number` of a payment has reached the provider's bank."""
    _enter_payout("paid_out", Kind.SETTLED, Kind.AT_PROVIDER, payout)


def record_payout_failed(**payout: Unpack[PayoutEntry]) -> None:
    """Enter that payout `number`, entered as paid, came back to the provider's account."""
    _enter_payout("payout_came_back", Kind.AT_PROVIDER, Kind.SETTLED, payout)


def _enter_payout(effect: str, debit: Kind, credit: Kind, payout: PayoutEntry) -> None:
    whose = payout["round_id"], payout["provider_id"]
    move = Move(Account(debit, *whose), Account(credit, *whose), payout["pence"])
    effect = f"{effect}_{payout['number']}"
    post(source=payout["source"], effect=effect, moves=[move], at=payout["at"], by=payout["by"])


def record_top_up(*, pence: int, source: Any, at: datetime, by: int | None) -> None:
    """Enter money that the funder has put into the programme's Stripe balance."""
    move = Move(Account(Kind.CASH_AT_STRIPE), Account(Kind.GRANT_DUE), pence)
    post(source=source, effect="topped_up", moves=[move], at=at, by=by)
