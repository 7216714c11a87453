"""Following what Stripe does afterwards: payouts, accounts, top-ups, and what they release."""

import logging
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import datetime, timedelta

from voucher.core.db import transaction
from voucher.core.errors import Conflict
from voucher.core.turns import in_turn
from voucher.integrations.stripe.answers import PayoutState
from voucher.integrations.stripe.errors import StripeRejected
from voucher.integrations.stripe.gateway import StripeGateway
from voucher.payments.jobs.sending import read
from voucher.payments.models import PaymentStatus
from voucher.payments.operations.accounts import doubt_account, keep_account
from voucher.payments.operations.following import follow, look_later
from voucher.payments.operations.queueing import release, release_funded
from voucher.payments.operations.top_ups import enter_top_up
from voucher.payments.queries.work import (
    account_by_stripe_id,
    accounts_to_read,
    latest_top_up_at,
    payments_in,
    payouts_to_follow,
)
from voucher.payments.rules import affordable
from voucher.screening.queries import read_list_ahead

_P = PaymentStatus
logger = logging.getLogger("voucher.payments")
BATCH = 100
READ_EVERY = timedelta(days=1)
READ_URGENT_EVERY = timedelta(minutes=15)
TOP_UP_OVERLAP = timedelta(days=3)
FIRST_LOOK = timedelta(days=365)


def follow_payouts(
    stripe: StripeGateway, at: datetime, limit: int = BATCH, *, all_recent: bool = False
) -> int:
    """Read payouts again that are on their way or were paid in the last two weeks; how many.

    `all_recent` reads those too that were read not long ago.
    """
    due = read(lambda: payouts_to_follow(at, limit, all_recent=all_recent))
    for one in due:
        try:
            payout = stripe.read_payout(account_id=one.account_id, payout_id=one.payout_id)
        except StripeRejected as error:
            with transaction():
                look_later(payment_id=one.payment_id, words=str(error), at=at)
            continue
        _follow(one.payment_id, payout, at)
    return len(due)


def _follow(payment_id: int, payout: PayoutState, at: datetime) -> None:
    """Enter what the payout has come to; a fault of ours keeps no other payout waiting."""
    try:
        with transaction():
            follow(payment_id=payment_id, payout=payout, at=at)
    except Exception:
        logger.exception("the payout of payment %s could not be followed", payment_id)
        with transaction():
            look_later(payment_id=payment_id, words="a fault of this service", at=at)


def refresh_accounts(stripe: StripeGateway, at: datetime, limit: int = BATCH) -> int:
    """Read connected accounts again: daily, and every quarter of an hour where money waits."""
    due = read(lambda: accounts_to_read(at - READ_EVERY, at - READ_URGENT_EVERY, limit))
    for account_id in due:
        refresh_account(stripe, account_id, at)
    return len(due)


def refresh_account(stripe: StripeGateway, account_id: str, at: datetime) -> bool:
    """Read one account again; False when it is none of ours.

    One that Stripe no longer shows us, because its owner cut the tie, can't be paid.
    """
    try:
        state = stripe.read_account(account_id=account_id)
    except StripeRejected:
        state = None
    with transaction():
        known = account_by_stripe_id(account_id)
        if known is None:
            return False
        if state is None:
            doubt_account(account=known, at=at)
        else:
            keep_account(provider_id=known.provider_id, state=state, by=None, at=at)
    return True


def notice_top_ups(stripe: StripeGateway, at: datetime) -> int:
    """Enter the top-ups among the balance's transactions that are not in the books; how many.

    The transactions and not the webhooks are what counts: one that got lost changes nothing.
    """
    with transaction():
        latest = latest_top_up_at()
    since = latest - TOP_UP_OVERLAP if latest else at - FIRST_LOOK
    arrived = [
        one for one in stripe.balance_transactions(created_since=since) if one.kind == "topup"
    ]
    entered = 0
    for one in reversed(arrived):
        if one.source_id is None or one.net_pence <= 0:
            continue
        # Another worker may enter it at the same moment, and is then the one who has.
        with suppress(Conflict), transaction():
            entered += enter_top_up(
                stripe_topup_id=one.source_id,
                pence=one.net_pence,
                arrived_at=one.created_at,
                at=at,
            )
    return entered


def release_blocked(stripe: StripeGateway, at: datetime) -> int:
    """Queue the payments again whose obstacle is gone; how many. The oldest get the money first."""
    blocked = (_P.BLOCKED_PAYEE, _P.ON_HOLD, _P.PAYOUT_FAILED)
    due = read(lambda: [payment.id for payment in payments_in(*blocked)])
    if due:
        read_list_ahead()
    released = _each(due, lambda id_: release(payment_id=id_, at=at))
    return released + _release_funded(stripe, at)


def _each(payment_ids: Sequence[int], act: Callable[[int], bool]) -> int:
    return in_turn(payment_ids, act, what="payment", logger=logger)


def _release_funded(stripe: StripeGateway, at: datetime) -> int:
    waiting = read(lambda: _sizes(_P.BLOCKED_FUNDS))
    if not waiting:
        return 0
    promised = sum(pence for _, pence in read(lambda: _sizes(_P.QUEUED, _P.SENDING, _P.UNKNOWN)))
    covered = affordable(list(waiting), stripe.balance_pence() - promised)
    return _each(covered, lambda id_: release_funded(payment_id=id_, at=at))


def _sizes(*statuses: PaymentStatus) -> list[tuple[int, int]]:
    return [(payment.id, payment.transfer_pence) for payment in payments_in(*statuses)]
