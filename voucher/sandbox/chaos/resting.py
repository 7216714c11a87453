"""Coming to rest: nothing goes wrong any more, and the clock moves on until nothing is left."""

import time
from datetime import timedelta
from typing import Any

from sqlalchemy import func, select

from voucher.claims.models import Claim, ClaimStatus
from voucher.core.db import session
from voucher.ledger.models import AccountKind
from voucher.ledger.queries import total
from voucher.payments.clawbacks.models import CLOSED, Clawback, ClawbackAttempt
from voucher.payments.models import (
    FINISHED,
    InboxStatus,
    Payment,
    PaymentAttempt,
    PaymentStatus,
    StripeEvent,
)
from voucher.sandbox.chaos.crew import PAYOUT_SECONDS
from voucher.sandbox.chaos.field import Field
from voucher.sandbox.chaos.officers import tend

MOST_ROUNDS = 60
QUIET_SECONDS = 1.6
"""Longer than a worker's pause between two rounds; on a busy machine nothing depends on it."""
LONGEST_SECONDS = 60.0
GLANCE_SECONDS = 0.2
SHORTEST_STEP, LONGEST_STEP = timedelta(minutes=10), timedelta(hours=26)
BANK_STEP = timedelta(seconds=PAYOUT_SECONDS)
AFTERMATH = timedelta(hours=26)
"""After it a payout that is sent back days later has been sent back, and has been noticed."""
TOLD = 5


def come_to_rest(field: Field) -> list[str]:
    """Calm everything, and let all that was begun end; what is stuck for good, in words."""
    calm(field)
    left = _until_nothing_is_left(field)
    for _ in range(2):
        field.forward(AFTERMATH)
        _await_quiet(field)
        left = _until_nothing_is_left(field)
    return left


def calm(field: Field) -> None:
    """No fault any more: processes up, levers back, payees mended, money enough."""
    field.ending = True
    field.crew.begin_all()
    field.levers.call_off_faults()
    field.mend_due(everything=True)
    field.levers.direct_webhooks()
    field.levers.run_clock()
    field.crew.await_ready(*field.crew.members)
    fund_what_is_owed(field)


def fund_what_is_owed(field: Field) -> None:
    """The funder sends what the programme's balance lacks for every claim that is not paid."""
    session.rollback()
    missing = total(AccountKind.PAYABLE) - field.levers.books()["platform"]
    session.rollback()
    if missing > 0:
        field.levers.add_funds(missing)


def _until_nothing_is_left(field: Field) -> list[str]:
    """Where a step of the clock has changed nothing, the next one is twice as long."""
    left, before, step = what_is_left(field), 0, timedelta(0)
    for number in range(MOST_ROUNDS):
        tend(field, at_rest=True)
        fund_what_is_owed(field)
        _await_quiet(field)
        left = what_is_left(field)
        field.tell(f"left after round {number}: {len(left)}")
        for words in left[:TOLD]:
            field.tell(f"    {words}")
        if not left:
            break
        longer = 2 * step if len(left) == before else timedelta(0)
        step = min(LONGEST_STEP, max(_to_the_next_step(field), longer))
        before = len(left)
        field.forward(step)
    return left


def _to_the_next_step(field: Field) -> timedelta:
    """How far the clock must be moved on for something to happen."""
    session.rollback()
    query = select(Payment.status, func.min(Payment.next_step_at)).group_by(Payment.status)
    at, steps = field.at, [LONGEST_STEP]
    for status, next_step_at in session.execute(query.where(Payment.status.not_in(FINISHED))):
        steps.append(BANK_STEP if status is PaymentStatus.IN_TRANSIT else next_step_at - at)
    unread = select(func.min(StripeEvent.next_try_at)).where(StripeEvent.status == InboxStatus.NEW)
    clawed = select(func.min(Clawback.next_step_at)).where(Clawback.status.not_in(CLOSED))
    for each in (unread, clawed):
        moment = session.execute(each).scalar_one()
        steps += [moment - at] if moment else []
    session.rollback()
    return max(SHORTEST_STEP, min(steps) + timedelta(seconds=1))


def _await_quiet(field: Field) -> None:
    """Wait until nothing has changed for a while, or nothing is left."""
    before: Any = None
    changed = began = time.monotonic()
    while time.monotonic() - changed < QUIET_SECONDS:
        field.breathe(GLANCE_SECONDS)
        now = _fingerprint(field)
        if now != before:
            before, changed = now, time.monotonic()
        if time.monotonic() - began > LONGEST_SECONDS:
            return


def _fingerprint(field: Field) -> tuple[Any, ...]:
    session.rollback()
    counts = []
    for model in (Payment, Clawback, StripeEvent):
        query = select(model.status, func.count()).group_by(model.status)
        counts.append(sorted((row[0].value, row[1]) for row in session.execute(query)))
    tries = session.execute(select(func.sum(PaymentAttempt.tries))).scalar_one()
    session.rollback()
    return (*map(tuple, counts), tries, field.levers.health()["undelivered"])


def what_is_left(field: Field) -> list[str]:
    """Everything that has not come to its end, in words."""
    session.rollback()
    found = [*_payments(), *_clawbacks(), *_requests(), *_webhooks(field), *_at_stripe(field)]
    session.rollback()
    return found


def _payments() -> list[str]:
    paid_for = select(Payment.claim_id)
    unqueued = select(Claim.reference).where(
        Claim.status == ClaimStatus.APPROVED, Claim.id.not_in(paid_for)
    )
    query = select(Payment).where(
        Payment.status.not_in(FINISHED) | Payment.lease_until.is_not(None)
    )
    return [
        *(f"{reference} has no payment" for reference in session.execute(unqueued).scalars()),
        *(
            f"{one.reference} is {one.status.value} ({one.status_note}; next {one.next_step_at:%c},"
            f" lease {one.lease_until})"
            for one in session.execute(query).scalars()
        ),
    ]


def _clawbacks() -> list[str]:
    query = select(Clawback).where(Clawback.status.not_in(CLOSED))
    return [
        f"{one.reference} is {one.status.value} ({one.status_note})"
        for one in session.execute(query).scalars()
    ]


def _requests() -> list[str]:
    found = []
    for model in (PaymentAttempt, ClawbackAttempt):
        query = select(model.idempotency_key).where(model.finished_at.is_(None))
        found += [f"{key} has no outcome" for key in session.execute(query).scalars()]
    return found


def _webhooks(field: Field) -> list[str]:
    unread = select(StripeEvent).where(StripeEvent.status.in_((InboxStatus.NEW, InboxStatus.DEAD)))
    found = [
        f"webhook {one.stripe_event_id} is {one.status.value} ({one.last_error})"
        for one in session.execute(unread).scalars()
    ]
    undelivered = field.levers.health()["undelivered"]
    return [*found, *([f"{undelivered} webhooks are not delivered"] if undelivered else [])]


def _at_stripe(field: Field) -> list[str]:
    return [
        f"payout {one['id']} is {one['status']} at Stripe"
        for one in field.levers.objects("payout")
        if one["status"] in ("pending", "in_transit")
    ]
