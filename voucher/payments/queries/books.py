"""Our side of a reconciliation: movements, balances, and the rounds' sums beside the books."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

from voucher.core.db import session
from voucher.ledger.models import AccountKind as Kind
from voucher.ledger.queries import AccountBalance, balances
from voucher.payments.clawbacks.queries import open_reversals, reversals_made
from voucher.payments.models import (
    OUTCOME_OPEN,
    PAID_OUT_OPEN,
    Payment,
    PaymentStatus,
    TopUp,
)
from voucher.payments.reconciling import Movement
from voucher.programmes.models import Round, RoundStatus
from voucher.providers.models import ConnectedAccount

ENVELOPE = {
    "reserved": (Kind.RESERVED,),
    "committed": (Kind.COMMITTED, Kind.PAYABLE),
    "spent": (Kind.SPENT,),
    "money at or with providers, owed by them or written off": (
        Kind.AT_PROVIDER,
        Kind.SETTLED,
        Kind.RECOVERABLE,
        Kind.WRITTEN_OFF,
    ),
    "budget": (Kind.FUND, Kind.RESERVED, Kind.COMMITTED, Kind.PAYABLE, Kind.SPENT),
}
"""A sum of the round's envelope, and the accounts of the books that must come to the same."""


@dataclass(frozen=True)
class OurBooks:
    """What the ledger and the payments say, read in one transaction. Pence.

    `provider_pence` is what must lie at Stripe for each connected account (by Stripe's id);
    `under_way` are references of payments whose transfer may or may not have happened yet,
    `reversals_under_way` are reversals of the same kind: transfer, provider's account, key.
    """

    cash_pence: int
    movements: tuple[Movement, ...]
    provider_pence: dict[str, int]
    round_sums: dict[str, int]
    ledger_sums: dict[str, int]
    under_way: frozenset[str]
    reversals_under_way: frozenset[tuple[str, str, str]]
    payouts_under_way: frozenset[str]


def our_books() -> OurBooks:
    """Read our side whole."""
    accounts = balances()
    round_sums, ledger_sums = _envelopes(accounts)
    return OurBooks(
        cash_pence=sum(one.pence for one in accounts if one.kind is Kind.CASH_AT_STRIPE),
        movements=_movements(),
        provider_pence=_provider_pence(accounts),
        round_sums=round_sums,
        ledger_sums=ledger_sums,
        under_way=_open_references(PaymentStatus.SENDING, PaymentStatus.UNKNOWN),
        reversals_under_way=open_reversals(),
        payouts_under_way=_accounts_with_open_payouts(),
    )


def beginning() -> datetime | None:
    """When the first money we know of moved; None before that."""
    firsts = session.execute(
        select(
            select(func.min(TopUp.arrived_at)).scalar_subquery(),
            select(func.min(Payment.created_at)).scalar_subquery(),
        )
    ).one()
    return min((moment for moment in firsts if moment is not None), default=None)


def _movements() -> tuple[Movement, ...]:
    top_ups = session.execute(select(TopUp.stripe_topup_id, TopUp.amount_pence))
    transfers = session.execute(
        select(Payment.stripe_transfer_id, Payment.amount_pence - Payment.netted_pence).where(
            Payment.stripe_transfer_id.is_not(None)
        )
    )
    return (
        *(Movement("topup", row[0], row[1]) for row in top_ups),
        *(Movement("transfer", str(row[0]), -row[1]) for row in transfers),
        *(Movement("transfer_refund", reversal, pence) for reversal, pence in reversals_made()),
    )


def _provider_pence(accounts: list[AccountBalance]) -> dict[str, int]:
    """AT_PROVIDER less what is on its way to the bank: Stripe takes that off when it is sent."""
    held: dict[int, int] = defaultdict(int)
    for one in accounts:
        if one.kind is Kind.AT_PROVIDER:
            held[one.provider_id] += one.pence
    to_bank = Payment.amount_pence - Payment.netted_pence - Payment.taken_back_pence
    leaving = session.execute(
        select(Payment.provider_id, func.sum(to_bank))
        .where(Payment.status == PaymentStatus.IN_TRANSIT)
        .group_by(Payment.provider_id)
    )
    for provider_id, pence in leaving:
        held[provider_id] -= int(pence)
    known = session.execute(
        select(ConnectedAccount.provider_id, ConnectedAccount.stripe_account_id).where(
            ConnectedAccount.stripe_account_id.is_not(None),
            ConnectedAccount.provider_id.in_(held),
        )
    )
    return {str(row[1]): held[row[0]] for row in known}


def _envelopes(accounts: list[AccountBalance]) -> tuple[dict[str, int], dict[str, int]]:
    ledger: dict[tuple[int, Kind], int] = defaultdict(int)
    for one in accounts:
        ledger[one.round_id, one.kind] += one.pence
    rounds = session.execute(select(Round).where(Round.status != RoundStatus.DRAFT)).scalars()
    stored, booked = {}, {}
    for row in rounds:
        for name, kinds in ENVELOPE.items():
            label = f"{row.reference} {name}"
            stored[label] = _stored(row, name)
            booked[label] = sum(ledger[row.id, kind] for kind in kinds)
    return stored, booked


def _stored(row: Round, name: str) -> int:
    return {
        "reserved": row.reserved_pence,
        "committed": row.committed_pence,
        "budget": row.budget_pence,
    }.get(name, row.spent_pence)


def _open_references(*statuses: PaymentStatus) -> frozenset[str]:
    query = select(Payment.reference).where(Payment.status.in_(statuses))
    return frozenset(session.execute(query).scalars())


def _accounts_with_open_payouts() -> frozenset[str]:
    """Accounts whose balance can't be compared just now."""
    settled = (PaymentStatus.IN_TRANSIT,)
    moving = {*OUTCOME_OPEN, *PAID_OUT_OPEN} - set(settled)
    query = select(Payment.stripe_account_id).where(Payment.status.in_(moving))
    found = {account for account in session.execute(query).scalars() if account}
    return frozenset(found | {account for _, account, _ in open_reversals()})
