"""Money that comes back from a provider, or should: envelope and books, in one transaction.

What is asked back stays *spent* until it is back; then the round may promise it again. Where it is
meanwhile says RECOVERABLE. So a round's spent money always equals what lies at providers' Stripe
accounts, in their banks, what they owe us, and what was written off.

A debt of a provider that belongs to no round (`round_id` 0) comes from a transfer that was made by
hand: it was no round's money, so no envelope changes when it comes back.
"""

from datetime import datetime
from typing import Any

from voucher.ledger.models import AccountKind as Kind
from voucher.ledger.operations import post
from voucher.ledger.rules import Account, Move
from voucher.programmes.models import Round
from voucher.programmes.operations.envelope import shift

NO_ROUND = 0
WITH_PROVIDERS = (Kind.AT_PROVIDER, Kind.SETTLED)


def record_reversal(
    *,
    round_id: int,
    provider_id: int,
    pence: int,
    source: Any,
    effect: str,
    at: datetime,
    by: int | None,
) -> None:
    """Enter money that Stripe took back from the provider's account to the programme's balance.

    A transfer undone in whole or in part. After: the round may promise `pence` again.
    """
    _give_back(round_id, pence)
    at_provider = Account(Kind.AT_PROVIDER, round_id, provider_id)
    moves = [Move(Account(Kind.CASH_AT_STRIPE), at_provider, pence), *_restored(round_id, pence)]
    post(source=source, effect=effect, moves=moves, at=at, by=by)


def record_debt_reversed(
    *, provider_id: int, pence: int, source: Any, effect: str, at: datetime, by: int | None
) -> None:
    """Enter money of no round that a provider owed and Stripe took back from its account.

    It is in the programme's balance again; no budget changes.
    """
    owed = Account(Kind.RECOVERABLE, NO_ROUND, provider_id)
    move = Move(Account(Kind.CASH_AT_STRIPE), owed, pence)
    post(source=source, effect=effect, moves=[move], at=at, by=by)


def record_recoverable(
    *,
    round_id: int,
    provider_id: int,
    pence: int,
    source: Any,
    effect: str,
    at: datetime,
    by: int | None,
    out_of: Kind = Kind.SETTLED,
) -> None:
    """Enter that the provider owes us `pence` of what it was paid. The budget is not restored yet.

    `out_of`: where the money was last seen: in the provider's bank, or AT_PROVIDER when Stripe
    can't take it back from there. Raises ValueError for any other account.
    """
    if out_of not in WITH_PROVIDERS:
        raise ValueError(f"a provider does not have what is in {out_of}")
    owed = Account(Kind.RECOVERABLE, round_id, provider_id)
    move = Move(owed, Account(out_of, round_id, provider_id), pence)
    post(source=source, effect=effect, moves=[move], at=at, by=by)


def withdraw_recoverable(
    *,
    round_id: int,
    provider_id: int,
    pence: int,
    source: Any,
    effect: str,
    at: datetime,
    by: int | None,
) -> None:
    """Enter that the provider does not owe us `pence` after all, for example after an appeal."""
    owed = Account(Kind.RECOVERABLE, round_id, provider_id)
    move = Move(Account(Kind.SETTLED, round_id, provider_id), owed, pence)
    post(source=source, effect=effect, moves=[move], at=at, by=by)


def record_recovered_by_netting(
    *,
    round_id: int,
    paying_round_id: int,
    provider_id: int,
    pence: int,
    source: Any,
    effect: str,
    at: datetime,
    by: int | None,
) -> None:
    """Enter that a later claim, of the round `paying_round_id`, is transferred `pence` less.

    `round_id` is the round of the debt; both may be the same. The later claim counts as spent in
    full: what Stripe transfers (`record_transfer` with the rest only, if there is any) and the part
    that is netted, which the provider has had in its bank already. The debt's round may promise
    `pence` again. No cash moves.
    """
    _shift_both(round_id, paying_round_id, pence)
    moves = [
        Move(
            Account(Kind.PAYABLE, paying_round_id, provider_id),
            Account(Kind.SPENT, paying_round_id),
            pence,
        ),
        Move(
            Account(Kind.SETTLED, paying_round_id, provider_id),
            Account(Kind.RECOVERABLE, round_id, provider_id),
            pence,
        ),
        *_restored(round_id, pence),
    ]
    post(source=source, effect=effect, moves=moves, at=at, by=by)


def record_recovered_by_invoice(
    *,
    round_id: int,
    provider_id: int,
    pence: int,
    source: Any,
    effect: str,
    at: datetime,
    by: int | None,
) -> None:
    """Enter that the provider paid `pence` of what it owed into the funder's own bank account.

    That is outside Stripe, where the programme has no account of its own: the money is the
    funder's again, who owes it to the Stripe balance as it did before it was first paid in. So it
    goes to GRANT_DUE, the round may promise it again, and a top-up must bring it before it is paid.
    """
    _give_back(round_id, pence)
    owed = Account(Kind.RECOVERABLE, round_id, provider_id)
    moves = [Move(Account(Kind.GRANT_DUE), owed, pence), *_restored(round_id, pence)]
    post(source=source, effect=effect, moves=moves, at=at, by=by)


def record_write_off(
    *,
    round_id: int,
    provider_id: int,
    pence: int,
    source: Any,
    effect: str,
    at: datetime,
    by: int | None,
) -> None:
    """Enter that `pence` of what the provider owes us will never come back. It stays spent."""
    owed = Account(Kind.RECOVERABLE, round_id, provider_id)
    move = Move(Account(Kind.WRITTEN_OFF, round_id, provider_id), owed, pence)
    post(source=source, effect=effect, moves=[move], at=at, by=by)


def _restored(round_id: int, pence: int) -> list[Move]:
    """The move by which a round may promise `pence` again; none for money of no round."""
    if round_id == NO_ROUND:
        return []
    return [Move(Account(Kind.SPENT, round_id), Account(Kind.FUND, round_id), pence)]


def _give_back(round_id: int, pence: int) -> None:
    if round_id != NO_ROUND:
        shift(
            round_id,
            Round.spent_pence >= pence,
            "More would come back than this round has spent.",
            spent_pence=Round.spent_pence - pence,
        )


def _shift_both(round_id: int, paying_round_id: int, pence: int) -> None:
    """Give back in one round and spend in the other, the lower id first: no two can wait for each
    other."""
    if round_id < paying_round_id:
        _give_back(round_id, pence)
    shift(
        paying_round_id,
        Round.committed_pence >= pence,
        "The round’s committed money does not cover this.",
        committed_pence=Round.committed_pence - pence,
        spent_pence=Round.spent_pence + pence,
    )
    if round_id >= paying_round_id:
        _give_back(round_id, pence)
