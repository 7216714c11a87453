"""The last hour before the demonstration begins: what would be over if it had happened earlier.

A request whose outcome nobody knows is cleared up by the worker within a day; so it must be sent
just now. The same goes for what breaks in here and is still broken when the first visitor comes.
"""

import logging
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select

from voucher.claims.jobs import look_parties_up
from voucher.core.db import session, transaction
from voucher.integrations.stripe.errors import StripeRejected
from voucher.payments.books.jobs import build_documents
from voucher.payments.jobs.inbox import read_inbox
from voucher.payments.jobs.sending import send_payouts, send_transfers
from voucher.payments.models import AttemptKind, Payment, PaymentStatus, StripeEvent
from voucher.payments.operations.inbox import receive
from voucher.payments.operations.queueing import release
from voucher.payments.queries.work import payment_of_claim
from voucher.payments.rules import MOST_EVENT_TRIES, event_pause, idempotency_key
from voucher.sandbox.seed.case import Case
from voucher.sandbox.seed.errands import change_bank, put_right, stripe_account
from voucher.sandbox.seed.keeping import keep_accruals
from voucher.sandbox.seed.publishing import with_a_full_disk
from voucher.sandbox.seed.releasing import ask_for_a_second, let_go
from voucher.sandbox.seed.stage import Stage
from voucher.sandbox.seed.taking_back import net_off_one, take_back_parts, take_back_whole

LAST_HOUR = timedelta(hours=1)
MORE_THAN_THERE_IS_PENCE = 99_000_000
DEAF_SINCE = timedelta(hours=3)
QUIET = ("voucher.evaluation", "voucher.notifications", "voucher.payments")


def play_last_hour(stage: Stage, cases: Iterable[Case]) -> None:
    """Play what has just happened. Before: everything until an hour ago was played."""
    known = [case for case in cases if not case.over]
    at = stage.now - LAST_HOUR
    for fate, step in STEPS.items():
        for case in known:
            if case.fate == fate:
                at += timedelta(minutes=5)
                stage.levers.set_clock(at)
                _release(case, at)
                step(case, at)
    ask_for_a_second(stage, known, stage.now - timedelta(minutes=20))
    while look_parties_up(stage.services.register, stage.now - timedelta(minutes=15)):
        pass
    if known:
        net_off_one(stage, stage.now - timedelta(minutes=10))
        _deafen_inbox(stage, stage.now - DEAF_SINCE)
        _fill_the_disk(stage, stage.now - timedelta(minutes=30))


def _release(case: Case, at: datetime) -> None:
    """The payee can be paid at last, and its payment is released, or queued again."""
    put_right(case, at)
    let_go(case.stage, case.ids["claim"], at)
    with transaction():
        payment = payment_of_claim(case.ids["claim"])
        if payment is not None:
            release(payment_id=payment.id, at=at)


def _lose_transfer(case: Case, at: datetime) -> None:
    """Stripe breaks on the transfer, and repeats that whenever it is asked under the same key."""
    case.stage.levers.let_a_request_fail("/v1/transfers")
    _send_transfers(case, at)


def _lose_payout(case: Case, at: datetime) -> None:
    """The transfer goes through, and Stripe breaks on the payout."""
    _send_transfers(case, at)
    case.stage.levers.let_a_request_fail("/v1/payouts")
    _send_payouts(case, at)


def _change_bank(case: Case, at: datetime) -> None:
    """The bank account changes too: the transfer goes through, the payout waits some days."""
    change_bank(case, at)
    _send_transfers(case, at)
    _send_payouts(case, at)
    take_back_parts(case, at)


def _take_back(case: Case, at: datetime) -> None:
    """The transfer goes through, and all of it is taken back."""
    _send_transfers(case, at)
    take_back_whole(case, at)


def _pay(case: Case, at: datetime) -> None:
    """Everything goes through; the bank takes its days."""
    _send_transfers(case, at)
    _send_payouts(case, at)


def _use_its_key(case: Case, at: datetime) -> None:
    """A forgotten copy of the programme has asked Stripe for something else under the same key.

    It asked for more than there is, so that no money moved.
    """
    services = case.stage.services
    with transaction():
        payment = payment_of_claim(case.ids["claim"])
        reference = payment.reference if payment else ""
    with suppress(StripeRejected):
        services.stripe.create_transfer(
            amount_pence=MORE_THAN_THERE_IS_PENCE,
            destination=stripe_account(case.ids["provider"]) or "",
            transfer_group="copy",
            metadata={},
            key=idempotency_key(services.settings.environment, reference, AttemptKind.TRANSFER, 1),
        )
    _send_transfers(case, at)


def _send_transfers(case: Case, at: datetime) -> None:
    """What is due is sent, or kept back by what stands in its way."""
    services = case.stage.services
    send_transfers(services.stripe, services.settings.environment, at)


STEPS: dict[str, Callable[[Case, datetime], None]] = {
    "transfer unknown": _lose_transfer,
    "payout unknown": _lose_payout,
    "bank changed": _change_bank,
    "payout just sent": _pay,
    "taken back": _take_back,
    "key used before": _use_its_key,
    "payment held": _send_transfers,
}
"""By fate, what becomes of the payment that waited."""


def _send_payouts(case: Case, at: datetime) -> None:
    services, settings = case.stage.services, case.stage.services.settings
    cooling_days = settings.bank_change_cooling_days
    send_payouts(services.stripe, settings.environment, cooling_days, at)


def _deafen_inbox(stage: Stage, at: datetime) -> None:
    """For two hours nothing that Stripe said about a payout arrived whole: its webhook is dead."""
    services = stage.services
    event = _unheard_event(stage)
    payout_id = event["data"]["object"]["id"]
    stage.levers.garble_answers(f"/v1/payouts/{payout_id}", MOST_EVENT_TRIES)
    with transaction():
        receive(endpoint="connect", body=event, livemode=False, at=at)
    for tries in range(1, MOST_EVENT_TRIES + 1):
        read_inbox(services.stripe, at)
        at += event_pause(tries) or timedelta()


def _unheard_event(stage: Stage) -> dict[str, Any]:
    """What Stripe said last of a paid payout and no comparison has brought into the inbox yet."""
    with transaction():
        paid = select(Payment.stripe_account_id).where(Payment.status == PaymentStatus.PAID)
        paid = paid.order_by(Payment.id.desc())
        accounts = dict.fromkeys(one for one in session.execute(paid).scalars() if one)
        heard = set(session.execute(select(StripeEvent.stripe_event_id)).scalars())
    key = stage.services.settings.stripe_secret_key
    events = (stage.levers.newest_event("payout.paid", account, key) for account in accounts)
    return next(event for event in events if event["id"] not in heard)


def _fill_the_disk(stage: Stage, at: datetime) -> None:
    """Just then finance keeps accruals."""
    with transaction():
        keep_accruals(stage, at)
    build_documents(stage.services.store, with_a_full_disk, at)


@contextmanager
def without_alarm() -> Iterator[None]:
    """Keep what goes wrong on purpose off the screen: it is in the rows, for the pages to show."""
    loggers = [logging.getLogger(name) for name in QUIET]
    for logger in loggers:
        logger.disabled = True
    try:
        yield
    finally:
        for logger in loggers:
            logger.disabled = False
