"""The transaction before a request to Stripe: a clawback is taken up, and the request is frozen.

The protocol is that of payments (`voucher.payments.operations.taking`). What can't be asked of
Stripe, because the provider has the money in its bank, is owed from here on.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

from voucher.core.db import session
from voucher.ledger.models import AccountKind
from voucher.payments.clawbacks.models import Clawback, ClawbackAttempt, ClawbackStatus
from voucher.payments.clawbacks.operations.outcome import enter_shortfall
from voucher.payments.clawbacks.operations.steps import lock_clawback, move, note, stop
from voucher.payments.clawbacks.rules import LOOK_AGAIN, Way, reversal_key, way
from voucher.payments.differences.models import UnexplainedMovement
from voucher.payments.models import Payment
from voucher.payments.rules import LEASE, may_conclude, may_send

_S = ClawbackStatus


@dataclass(frozen=True)
class ReversalOrder:
    """What one worker may now ask of Stripe for one clawback; the fields mean what they mean in a
    payment's Order."""

    clawback_id: int
    attempt_id: int
    try_number: int
    key: str
    transfer_id: str
    pence: int
    metadata: dict[str, str]
    may_send: bool
    may_conclude: bool


def take_up(*, clawback_id: int, environment: str, at: datetime) -> ReversalOrder | None:
    """Take up a due clawback; None when it is not due after all or nothing is asked of Stripe.

    Before: it is approved, its outcome is unknown, or the lease of another worker ran out. After:
    SENDING under a lease with a frozen attempt; or UNKNOWN under a lease, to be looked up only; or
    SHORTFALL because the provider has the money; or as before, to be looked at again when the
    payout under way has arrived.
    """
    clawback, payment, _ = lock_clawback(clawback_id)
    if not _is_due(clawback, at):
        return None
    if clawback.status is _S.SENDING:
        move(clawback, _S.UNKNOWN, at, lease_until=None)
    attempt = open_attempt(clawback)
    if attempt is not None:
        return _again(clawback, attempt, at)
    return _first(clawback, payment, environment, at)


def _is_due(clawback: Clawback, at: datetime) -> bool:
    leased = clawback.lease_until is not None and clawback.lease_until > at
    in_hand = clawback.status in (_S.APPROVED, _S.SENDING, _S.UNKNOWN)
    return in_hand and not leased and clawback.next_step_at <= at


def _first(
    clawback: Clawback, payment: Payment | None, environment: str, at: datetime
) -> ReversalOrder | None:
    if payment is None:
        return _ask(clawback, _transfer_by_hand(clawback), environment, at)
    next_way = way(payment.status)
    if next_way is Way.OWED:
        enter_shortfall(clawback, payment, out_of=AccountKind.SETTLED, at=at)
    elif next_way is Way.WAIT:
        clawback.next_step_at = at + LOOK_AGAIN
        clawback.status_note = f"Waits, because the payment is “{payment.status.staff_label}”."
    elif clawback.pence > payment.to_bank_pence:
        stop(clawback, "Less than this is left of the transfer in the provider’s account.", at)
    else:
        return _ask(clawback, payment.stripe_transfer_id or "", environment, at)
    return None


def _transfer_by_hand(clawback: Clawback) -> str:
    query = select(UnexplainedMovement.stripe_id).where(
        UnexplainedMovement.id == clawback.movement_id
    )
    return session.execute(query).scalar_one()


def _ask(clawback: Clawback, transfer_id: str, environment: str, at: datetime) -> ReversalOrder:
    numbers = select(func.coalesce(func.max(ClawbackAttempt.number), 0) + 1).where(
        ClawbackAttempt.clawback_id == clawback.id
    )
    number = session.execute(numbers).scalar_one()
    key = reversal_key(environment, clawback.reference, number)
    attempt = ClawbackAttempt(
        clawback_id=clawback.id,
        number=number,
        idempotency_key=key,
        parameters={
            "transfer": transfer_id,
            "pence": clawback.pence,
            "metadata": {"clawback": clawback.reference, "attempt": key},
        },
        first_sent_at=at,
        last_sent_at=at,
    )
    session.add(attempt)
    session.flush()
    _start(clawback, at)
    return _order(clawback, attempt, at, sendable=True, try_number=1)


def _again(clawback: Clawback, attempt: ClawbackAttempt, at: datetime) -> ReversalOrder:
    sendable = may_send(attempt.outcome, attempt.first_sent_at, at, stopped=False)
    order = _order(clawback, attempt, at, sendable=sendable, try_number=attempt.tries + 1)
    attempt.tries += 1
    if sendable:
        attempt.last_sent_at = at
        _start(clawback, at)
    else:
        clawback.lease_until = at + LEASE
    session.flush()
    return order


def _start(clawback: Clawback, at: datetime) -> None:
    move(clawback, _S.SENDING, at, lease_until=at + LEASE, status_note=None)
    note(clawback, "clawback.sent", at=at)


def _order(
    clawback: Clawback, attempt: ClawbackAttempt, at: datetime, *, sendable: bool, try_number: int
) -> ReversalOrder:
    frozen = attempt.parameters
    return ReversalOrder(
        clawback_id=clawback.id,
        attempt_id=attempt.id,
        try_number=try_number,
        key=attempt.idempotency_key,
        transfer_id=frozen["transfer"],
        pence=frozen["pence"],
        metadata=dict(frozen["metadata"]),
        may_send=sendable,
        may_conclude=may_conclude(attempt.outcome, attempt.first_sent_at, attempt.last_sent_at, at),
    )


def open_attempt(clawback: Clawback) -> ClawbackAttempt | None:
    """The attempt that is not ruled out and not done, if there is one."""
    query = select(ClawbackAttempt).where(
        ClawbackAttempt.clawback_id == clawback.id, ClawbackAttempt.finished_at.is_(None)
    )
    return session.execute(
        query, execution_options={"populate_existing": True}
    ).scalar_one_or_none()
