"""Reconciliation: our books beside Stripe's, nightly and whenever somebody asks."""

from datetime import datetime, timedelta

from voucher.core.db import reading, session, transaction
from voucher.integrations.stripe.errors import StripeRejected
from voucher.integrations.stripe.gateway import StripeGateway
from voucher.payments.jobs.following import follow_payouts, notice_top_ups
from voucher.payments.jobs.sending import read
from voucher.payments.models import Reconciliation
from voucher.payments.operations.reconciliation import keep_reconciliation
from voucher.payments.queries.books import OurBooks, beginning, our_books
from voucher.payments.queries.staff import latest_reconciliation
from voucher.payments.reconciling import (
    Comparison,
    Difference,
    DifferenceKind,
    Movement,
    compare_movements,
    compare_sums,
)

NIGHTLY = timedelta(hours=23)
READINGS = 3
FIRST_LOOK = timedelta(days=1)
ALL = 100_000


def reconcile_nightly(stripe: StripeGateway, at: datetime) -> bool:
    """Reconcile unless it was done in the last 23 hours; whether it was done now."""
    runs = read(lambda: [last.run_at] if (last := latest_reconciliation()) else [])
    if runs and runs[0] > at - NIGHTLY:
        return False
    reconcile(stripe, at)
    return True


def reconcile(stripe: StripeGateway, at: datetime, by: int | None = None) -> Reconciliation:
    """Make up for lost webhooks, compare, and keep what was found.

    Compared are: every movement of the programme's balance, that balance, the balances of the
    providers' accounts, and the sums of every round with the books. Nothing is corrected.
    """
    notice_top_ups(stripe, at)
    follow_payouts(stripe, at, limit=ALL, all_recent=True)
    theirs, ours, balance = _both_sides(stripe, at)
    under_way = _under_way(stripe, theirs, ours)
    movements = compare_movements(theirs, ours.movements, under_way=under_way)
    differences = (
        *movements.differences,
        *_balance_difference(balance, ours, theirs, under_way),
        *_provider_differences(stripe, ours),
        *compare_sums(DifferenceKind.ROUND, ours.ledger_sums, ours.round_sums),
    )
    return _keep(movements, differences, ours, balance, by, at)


def _keep(
    movements: Comparison,
    differences: tuple[Difference, ...],
    ours: OurBooks,
    balance: int,
    by: int | None,
    at: datetime,
) -> Reconciliation:
    with transaction():
        made = keep_reconciliation(
            stripe_balance_pence=balance,
            ledger_balance_pence=ours.cash_pence,
            matched=movements.matched,
            under_way=len(ours.under_way),
            differences=differences,
            by=by,
            at=at,
        )
        session.flush()
        session.refresh(made)
        session.expunge(made)
    return made


def _both_sides(stripe: StripeGateway, at: datetime) -> tuple[list[Movement], OurBooks, int]:
    """Stripe's movements and balance between two readings of ours that agree.

    Payments go on meanwhile. After three readings the last is taken as it is: what differs by then
    is shown, and the next night shows whether it stays.
    """
    ours = _read_ours()
    for _ in range(READINGS):
        since = _since(at)
        theirs = [
            Movement(one.kind, one.source_id or one.transaction_id, one.net_pence)
            for one in stripe.balance_transactions(created_since=since)
        ]
        balance = stripe.balance_pence()
        before, ours = ours, _read_ours()
        if before == ours:
            break
    return theirs, ours, balance


def _since(at: datetime) -> datetime:
    first = read(lambda: [beginning()])[0]
    return (first or at) - FIRST_LOOK


def _read_ours() -> OurBooks:
    with reading():
        books = our_books()
        session.rollback()
    return books


def _under_way(stripe: StripeGateway, theirs: list[Movement], ours: OurBooks) -> set[str]:
    """Transfers at Stripe that a worker has sent and not entered yet, by Stripe's id."""
    if not ours.under_way:
        return set()
    known = {one.reference for one in ours.movements}
    unknown = [one for one in theirs if one.kind == "transfer" and one.reference not in known]
    return {
        one.reference
        for one in unknown
        if stripe.read_transfer(transfer_id=one.reference).metadata.get("payment") in ours.under_way
    }


def _balance_difference(
    balance: int, ours: OurBooks, theirs: list[Movement], under_way: set[str]
) -> tuple[Difference, ...]:
    moving = sum(one.pence for one in theirs if one.reference in under_way)
    return compare_sums(
        DifferenceKind.BALANCE,
        {"programme balance": balance},
        {"programme balance": ours.cash_pence + moving},
    )


def _provider_differences(stripe: StripeGateway, ours: OurBooks) -> tuple[Difference, ...]:
    theirs: dict[str, int] = {}
    expected: dict[str, int] = {}
    for account_id, pence in sorted(ours.provider_pence.items()):
        if account_id in ours.payouts_under_way:
            continue
        expected[account_id] = pence
        try:
            theirs[account_id] = stripe.balance_pence(account_id=account_id)
        except StripeRejected:
            theirs[account_id] = 0  # it has left us; whatever we think lies there is a difference
    return compare_sums(DifferenceKind.PROVIDER_BALANCE, theirs, expected)
