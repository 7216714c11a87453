"""The inbox of webhooks: each is a hint to read an object again, and moves its state forward once.

What a webhook says is never believed; what Stripe answers when it is asked is. So a late, a
repeated or a shuffled webhook does no harm, and one that got lost is made up for by the jobs that
look again anyway.
"""

import logging
from collections.abc import Callable
from datetime import datetime

from sqlalchemy import select

from voucher.core.db import lock, session, transaction
from voucher.integrations.stripe.errors import StripeFailure, StripeMisconfigured
from voucher.integrations.stripe.gateway import StripeGateway
from voucher.payments.jobs.following import notice_top_ups, refresh_account
from voucher.payments.jobs.sending import read
from voucher.payments.jobs.unexplained import notice_reversals
from voucher.payments.models import InboxStatus, StripeEvent
from voucher.payments.operations.following import follow
from voucher.payments.operations.inbox import finish, postpone
from voucher.payments.queries.work import payment_by_payout

logger = logging.getLogger("voucher.payments")
BATCH = 50


def read_inbox(stripe: StripeGateway, at: datetime, limit: int = BATCH) -> int:
    """Act on the events that are due, in the order they came; how many.

    A failure of Stripe postpones the event, up to eight times, and so does a fault of ours: no
    event keeps those behind it waiting. A 401 or 403 stops the job.
    """
    due = read(lambda: _due(at, limit))
    for event_id in due:
        _act_on(stripe, event_id, at)
    return len(due)


def _due(at: datetime, limit: int) -> list[int]:
    query = (
        select(StripeEvent.id)
        .where(StripeEvent.status == InboxStatus.NEW, StripeEvent.next_try_at <= at)
        .order_by(StripeEvent.id)
        .limit(limit)
    )
    return list(session.execute(query).scalars())


def _act_on(stripe: StripeGateway, event_id: int, at: datetime) -> None:
    with transaction():
        event = session.get_one(StripeEvent, event_id)
        kind, account_id, object_id = event.event_type, event.stripe_account_id, event.object_id
    act = _action_for(kind)
    try:
        ours = act is not None and act(stripe, account_id, object_id, at)
    except StripeMisconfigured:
        raise
    except StripeFailure as error:
        _postpone(event_id, str(error), at)
        return
    except Exception as error:
        logger.exception("webhook %s could not be acted on; it will be tried again", event_id)
        _postpone(event_id, f"A fault of this service: {type(error).__name__}", at)
        return
    with transaction():
        event = lock(StripeEvent, event_id)
        if event.status is InboxStatus.NEW:
            finish(event=event, to=InboxStatus.DONE if ours else InboxStatus.IGNORED, at=at)


def _postpone(event_id: int, error: str, at: datetime) -> None:
    with transaction():
        event = lock(StripeEvent, event_id)
        if event.status is InboxStatus.NEW:
            postpone(event=event, error=error, at=at)


Action = Callable[[StripeGateway, str | None, str | None, datetime], bool]


def _action_for(kind: str) -> Action | None:
    return next((act for prefix, act in ACTIONS if kind.startswith(prefix)), None)


def _read_account(
    stripe: StripeGateway, account_id: str | None, _object_id: str | None, at: datetime
) -> bool:
    return account_id is not None and refresh_account(stripe, account_id, at)


def _read_payout(
    stripe: StripeGateway, account_id: str | None, object_id: str | None, at: datetime
) -> bool:
    """Follow one of our payouts. One whose answer has not come yet is left to that answer, which
    is entered as Stripe has it by then."""
    if account_id is None or object_id is None:
        return False
    with transaction():
        payment = payment_by_payout(object_id)
        payment_id = payment.id if payment else None
    if payment_id is None:
        return False
    payout = stripe.read_payout(account_id=account_id, payout_id=object_id)
    with transaction():
        follow(payment_id=payment_id, payout=payout, at=at)
    return True


def _read_top_ups(
    stripe: StripeGateway, _account_id: str | None, _object_id: str | None, at: datetime
) -> bool:
    notice_top_ups(stripe, at)
    return True


def _read_reversals(
    stripe: StripeGateway, _account_id: str | None, object_id: str | None, at: datetime
) -> bool:
    """A reversal made in the dashboard is seen at once, before a payout takes what is not there."""
    return object_id is not None and notice_reversals(stripe, object_id, at)


ACTIONS: tuple[tuple[str, Action], ...] = (
    ("account.", _read_account),
    ("capability.", _read_account),
    ("payout.", _read_payout),
    ("topup.", _read_top_ups),
    ("transfer.reversed", _read_reversals),
)
"""By the beginning of an event's type; everything else is not for us."""
