"""Reconciliation: our books beside Stripe's, nightly and whenever somebody asks."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from voucher.core.db import reading, session, transaction
from voucher.integrations.stripe.errors import StripeRejected
from voucher.integrations.stripe.gateway import StripeGateway
from voucher.payments.differences.queries import Suspense, suspense
from voucher.payments.jobs.following import follow_payouts, notice_top_ups
from voucher.payments.jobs.replaying import fill_gaps
from voucher.payments.jobs.sending import look_up_unknown, read
from voucher.payments.jobs.unexplained import movement_id, notice_unexplained
from voucher.payments.models import Reconciliation
from voucher.payments.operations.comparing import end_with
from voucher.payments.operations.reconciliation import keep_reconciliation
from voucher.payments.queries.books import OurBooks, beginning, our_books
from voucher.payments.queries.invariants import broken_invariants
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
    """Reconcile unless it was done in the last 23 hours; whether it was done now.

    What somebody asked for in between doesn't count: the night's comparison keeps its hour.
    """
    runs = read(lambda: [last.run_at] if (last := latest_reconciliation(unasked=True)) else [])
    if runs and runs[0] > at - NIGHTLY:
        return False
    reconcile(stripe, at)
    return True


def reconcile(
    stripe: StripeGateway, at: datetime, by: int | None = None, *, request_id: int | None = None
) -> Reconciliation:
    """Make up for what got lost, compare, and keep what was found.

    First what can be known is: top-ups, requests whose outcome is unknown, payouts of the last two
    weeks, webhooks that never came, and movements that nobody here made, which go into suspense.
    Compared are then: every movement of the programme's balance, that balance, the balances of the
    providers' accounts, the sums of every round with the books, and the scheme's invariants.
    Nothing is corrected. Killed at any moment, it is simply run again. `request_id`: the request
    that it is made for, which ends with it.
    """
    _catch_up(stripe, at)
    theirs, ours, balance = _both_sides(stripe, at)
    under_way = _under_way(stripe, theirs, ours.books)
    movements = compare_movements(theirs, ours.movements, under_way=under_way)
    differences = (
        *movements.differences,
        *_balance_difference(balance, ours.books, theirs, under_way),
        *_provider_differences(stripe, ours),
        *compare_sums(DifferenceKind.ROUND, ours.books.ledger_sums, ours.books.round_sums),
        *(
            Difference(DifferenceKind.SUSPENSE, what, pence, None)
            for what, pence in ours.suspense.still_open
        ),
        *read(broken_invariants),
    )
    with transaction():
        made = _keep(movements, differences, ours.books, balance, by, at)
        if request_id is not None:
            end_with(request_id=request_id, made=made, at=at)
        session.refresh(made)
        session.expunge(made)
    return made


def _catch_up(stripe: StripeGateway, at: datetime) -> None:
    notice_top_ups(stripe, at)
    look_up_unknown(stripe, at)
    follow_payouts(stripe, at, limit=ALL, all_recent=True)
    fill_gaps(stripe, at)
    notice_unexplained(stripe, at, since=_since(at))


@dataclass(frozen=True)
class OurSide:
    """Our books, and what in them nobody has explained; read in one transaction."""

    books: OurBooks
    suspense: Suspense

    @property
    def movements(self) -> tuple[Movement, ...]:
        """Every movement that our books have."""
        return (*self.books.movements, *(Movement(*one) for one in self.suspense.movements))


def _keep(
    movements: Comparison,
    differences: tuple[Difference, ...],
    ours: OurBooks,
    balance: int,
    by: int | None,
    at: datetime,
) -> Reconciliation:
    return keep_reconciliation(
        stripe_balance_pence=balance,
        ledger_balance_pence=ours.cash_pence,
        matched=movements.matched,
        under_way=len(ours.under_way),
        differences=differences,
        by=by,
        at=at,
    )


def _both_sides(stripe: StripeGateway, at: datetime) -> tuple[list[Movement], OurSide, int]:
    """Stripe's movements and balance between two readings of ours that agree.

    Payments go on meanwhile. After three readings the last is taken as it is: what differs by then
    is shown, and the next night shows whether it stays.
    """
    ours = _read_ours()
    for _ in range(READINGS):
        since = _since(at)
        theirs = [
            Movement(one.kind, movement_id(one), one.net_pence)
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


def _read_ours() -> OurSide:
    with reading():
        side = OurSide(our_books(), suspense())
        session.rollback()
    return side


def _under_way(stripe: StripeGateway, theirs: list[Movement], ours: OurBooks) -> set[str]:
    """Transfers and reversals at Stripe that a worker has not entered yet, by Stripe's id."""
    return _transfers_under_way(stripe, theirs, ours) | {
        reversal.reversal_id
        for transfer_id, _, key in ours.reversals_under_way
        for reversal in stripe.list_reversals(transfer_id=transfer_id)
        if reversal.metadata.get("attempt") == key
    }


def _transfers_under_way(stripe: StripeGateway, theirs: list[Movement], ours: OurBooks) -> set[str]:
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


def _provider_differences(stripe: StripeGateway, ours: OurSide) -> tuple[Difference, ...]:
    """What lies in each account, but for those with a payout just being sent.

    What was moved there by hand and lies in suspense is expected to be there too.
    """
    theirs: dict[str, int] = {}
    expected: dict[str, int] = {}
    for account_id, pence in sorted(ours.books.provider_pence.items()):
        if account_id in ours.books.payouts_under_way:
            continue
        expected[account_id] = pence + ours.suspense.in_accounts.get(account_id, 0)
        try:
            theirs[account_id] = stripe.balance_pence(account_id=account_id)
        except StripeRejected:
            theirs[account_id] = 0  # it has left us; whatever we think lies there is a difference
    return compare_sums(DifferenceKind.PROVIDER_BALANCE, theirs, expected)
