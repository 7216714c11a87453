"""Sending transfers and payouts: take up, ask Stripe with nothing locked, enter the outcome.

Before every request Stripe is asked what it already has. So a request whose answer was lost is
found rather than repeated, and a claim that was paid before our rows were restored from a backup is
noticed. A 401 or 403 stops the job: no other payment would fare better.
"""

import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, TypeVar

from voucher.core.db import reading, session, transaction
from voucher.core.turns import in_turn
from voucher.integrations.stripe.answers import PayoutState, TransferMade
from voucher.integrations.stripe.errand import errand
from voucher.integrations.stripe.errors import (
    StripeKeyMismatch,
    StripeMisconfigured,
    StripeRejected,
    StripeUnreachable,
)
from voucher.integrations.stripe.gateway import StripeGateway
from voucher.payments.models import AttemptKind
from voucher.payments.operations.entering import (
    enter_absent,
    enter_mismatch,
    enter_payout,
    enter_refusal,
    enter_transfer,
    enter_unknown,
)
from voucher.payments.operations.queueing import queue_claim
from voucher.payments.operations.taking import (
    Order,
    take_up_payout,
    take_up_to_look,
    take_up_transfer,
)
from voucher.payments.queries.work import (
    claims_to_queue,
    due_payouts,
    due_transfers,
    unknown_outcomes,
)
from voucher.screening.queries import read_list_ahead

logger = logging.getLogger("voucher.payments")
BATCH = 20
Found = TypeVar("Found")
Ordered = TypeVar("Ordered")


def queue_approved_claims(at: datetime, limit: int = 100) -> int:
    """Make the payments of approved claims that have none, see `in_turn`; how many were made."""
    due = read(claims_to_queue)

    def _queue(claim_id: int) -> bool:
        return queue_claim(claim_id=claim_id, at=at) is not None

    return in_turn(due, _queue, what="the payment of claim", logger=logger, most=limit)


def send_transfers(
    stripe: StripeGateway, environment: str, at: datetime, limit: int = BATCH
) -> int:
    """Send, or look up, the transfers that are due; how many were taken up."""
    taken = 0
    for payment_id in _due(lambda: due_transfers(at, limit)):
        with transaction():
            order = take_up_transfer(payment_id=payment_id, environment=environment, at=at)
        if order is not None:
            taken += 1
            _carry_out_transfer(stripe, order, at)
    return taken


def send_payouts(
    stripe: StripeGateway, environment: str, cooling_days: int, at: datetime, limit: int = BATCH
) -> int:
    """Send, or look up, the payouts that are due after their hold; how many were taken up."""
    taken = 0
    for payment_id in _due(lambda: due_payouts(at, limit)):
        with transaction():
            order = take_up_payout(
                payment_id=payment_id, environment=environment, cooling_days=cooling_days, at=at
            )
        if order is not None:
            taken += 1
            _carry_out_payout(stripe, order, at)
    return taken


def look_up_unknown(stripe: StripeGateway, at: datetime) -> int:
    """Look up every transfer and payout whose outcome is unknown, due or not; how many.

    Nothing is sent: what is not found is sent again by the worker, at its time.
    """
    looked = 0
    for payment_id, kind in read(unknown_outcomes):
        with transaction():
            order = take_up_to_look(payment_id=payment_id, kind=kind, at=at)
        if order is not None:
            looked += 1
            carry_out = _carry_out_transfer if kind is AttemptKind.TRANSFER else _carry_out_payout
            carry_out(stripe, order, at)
    return looked


def _due(query: Callable[[], Sequence[int]]) -> Sequence[int]:
    due = read(query)
    if due:
        read_list_ahead()  # each is screened under its locks before it is sent
    return due


def read(query: Callable[[], Sequence[Found]]) -> Sequence[Found]:
    """What the query gives, read in a transaction that ends before anything is done with it."""
    with reading():
        found = query()
        session.rollback()
    return found


def _carry_out_transfer(stripe: StripeGateway, order: Order, at: datetime) -> None:
    with failures_entered(order, at, PAYMENT_ENTRIES):
        made = _ask_for_transfer(stripe, order)
        with transaction():
            if made:
                enter_transfer(order=order, made=made, at=at)
            else:
                _enter_nothing_found(order, at)


def _ask_for_transfer(stripe: StripeGateway, order: Order) -> list[TransferMade]:
    with refusals_unknown():
        made = stripe.find_transfers(transfer_group=order.group)
    if made or not order.may_send:
        return made
    return [
        stripe.create_transfer(
            amount_pence=order.amount_pence,
            destination=order.account_id,
            transfer_group=order.group,
            metadata=order.metadata,
            key=order.key,
        )
    ]


def _carry_out_payout(stripe: StripeGateway, order: Order, at: datetime) -> None:
    with failures_entered(order, at, PAYMENT_ENTRIES):
        made = _ask_for_payout(stripe, order)
        with transaction():
            if made:
                enter_payout(order=order, made=made, at=at)
            else:
                _enter_nothing_found(order, at)


def _ask_for_payout(stripe: StripeGateway, order: Order) -> list[PayoutState]:
    """Every payout of this payment that no earlier attempt accounts for, or the one made now: one
    that was made after its attempt had been given up is not followed by another."""
    with refusals_unknown():
        listed = stripe.find_payouts(account_id=order.account_id, created_since=order.look_from)
    made = [
        payout
        for payout in listed
        if payout.metadata.get("payment") == order.metadata["payment"]
        and payout.payout_id not in order.known
    ]
    if made or not order.may_send:
        return made
    return [
        stripe.create_payout(
            account_id=order.account_id,
            amount_pence=order.amount_pence,
            metadata=order.metadata,
            key=order.key,
        )
    ]


def _enter_nothing_found(order: Order, at: datetime) -> None:
    if order.may_conclude:
        enter_absent(order=order, at=at)
    else:
        enter_unknown(order=order, words="Not found at Stripe so far.", at=at)


@contextmanager
def refusals_unknown() -> Iterator[None]:
    """A look-up that is refused says nothing about the request it looks for."""
    try:
        yield
    except StripeRejected as error:
        raise StripeUnreachable(f"The look-up was refused: {error}") from error


@dataclass(frozen=True)
class Entries(Generic[Ordered]):
    """The operations that enter what a failure of Stripe means for an order."""

    refusal: Callable[..., None]
    mismatch: Callable[..., None]
    unknown: Callable[..., None]


PAYMENT_ENTRIES: Entries[Order] = Entries(enter_refusal, enter_mismatch, enter_unknown)


@contextmanager
def failures_entered(order: Ordered, at: datetime, entries: Entries[Ordered]) -> Iterator[None]:
    """One errand to Stripe; what a failure means for the order is entered. Anything else is a
    crash: the lease runs out, and another worker takes the attempt up."""
    try:
        with errand():
            yield
    except StripeRejected as error:
        with transaction():
            entries.refusal(order=order, code=error.code, message=error.message, at=at)
    except StripeKeyMismatch:
        with transaction():
            entries.mismatch(order=order, at=at)
    except StripeUnreachable as error:
        with transaction():
            entries.unknown(order=order, words=f"No clear answer: {error}", at=at)
    except StripeMisconfigured as error:
        with transaction():
            entries.unknown(order=order, words=f"Stripe refuses our key: {error}", at=at)
        raise
