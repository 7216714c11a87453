"""The transaction before a request to Stripe: a payment is taken up, and the request is frozen.

`take_up_…` gives an Order, which is everything that a worker may ask of Stripe; what comes of it is
entered by `entering`. Two workers may hold orders on one attempt, if a lease ran out.
Lock order: round → voucher → application → claim → payment.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select

from voucher.applications.models import Application
from voucher.claims.models import Claim
from voucher.core.db import session
from voucher.payments.clawbacks.queries import waits_for_set_off
from voucher.payments.models import AttemptKind, Payment, PaymentAttempt, PaymentStatus
from voucher.payments.operations.gates import (
    Payee,
    blocked_by,
    claim_facts,
    payee_of,
    payout_stopped_by,
    payout_waits_for,
    screened_out,
    stopped_by,
)
from voucher.payments.operations.steps import Locked, lock_with_case, move, note, stop
from voucher.payments.rules import (
    LEASE,
    LOOK_BACK,
    disagreements,
    idempotency_key,
    may_conclude,
    may_send,
)
from voucher.screening.models import Stage

_P = PaymentStatus


@dataclass(frozen=True)
class Order:
    """What one worker may now ask of Stripe for one payment.

    `try_number` is void once another worker takes the attempt up. `may_send`: else only look up.
    `may_conclude`: a look-up that finds nothing proves that it never happened. `look_from` bounds
    a look-up by date: from before the first attempt of its kind. `known`: ids of what earlier
    attempts made at Stripe.
    """

    kind: AttemptKind
    payment_id: int
    attempt_id: int
    try_number: int
    key: str
    account_id: str
    amount_pence: int
    group: str
    metadata: dict[str, str]
    look_from: datetime
    may_send: bool
    may_conclude: bool
    known: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Leg:
    """The statuses of one of the two ways the money goes."""

    kind: AttemptKind
    waiting: PaymentStatus
    sending: PaymentStatus
    unknown: PaymentStatus
    action: str


TRANSFER = Leg(AttemptKind.TRANSFER, _P.QUEUED, _P.SENDING, _P.UNKNOWN, "payment.sending")
PAYOUT = Leg(
    AttemptKind.PAYOUT, _P.TRANSFERRED, _P.PAYOUT_SENDING, _P.PAYOUT_UNKNOWN, "payment.payout_sent"
)
LEGS = {leg.kind: leg for leg in (TRANSFER, PAYOUT)}


def take_up_transfer(*, payment_id: int, environment: str, at: datetime) -> Order | None:
    """Take up a due transfer; None when it is not due after all or may not be sent.

    Before: the payment is queued, its outcome is unknown, or the lease of another worker ran out.
    After: SENDING under a lease of five minutes with an attempt whose key and parameters are
    frozen; or UNKNOWN under a lease, to be looked up only; or set aside with its reason (held,
    suspended, not payable, amounts that disagree) and nothing to send.
    """
    locked = lock_with_case(payment_id)
    payment = locked.payment
    if not _is_due(payment, TRANSFER, at):
        return None
    _give_up_lease(payment, TRANSFER, at)
    attempts = _attempts(payment, AttemptKind.TRANSFER)
    attempt = _open(attempts)
    if attempt is None:
        return _first_transfer(locked, _next_number(attempts), environment, at)
    stopped = stopped_by(payee_of(payment), locked.application) or screened_out(
        locked.claim, at, keep=Stage.SENDING
    )
    return _again(payment, attempt, TRANSFER, stopped, at)


def _first_transfer(locked: Locked, number: int, environment: str, at: datetime) -> Order | None:
    payment, payee = locked.payment, payee_of(locked.payment)
    if _set_aside(locked, payee, at) or waits_for_set_off(payment):
        return None
    account_id = payee.account.stripe_account_id if payee.account else None
    # The claim's reference: whatever happens to our rows, one claim is one group at Stripe.
    parameters = {
        "account": account_id,
        "pence": payment.transfer_pence,
        "group": locked.claim.reference,
    }
    attempt = _new_attempt(payment, TRANSFER, number, parameters, environment, at)
    _start(payment, TRANSFER, at, stripe_account_id=account_id)
    return _order(payment, attempt, at, earlier=(), sendable=True)


def _set_aside(locked: Locked, payee: Payee, at: datetime) -> bool:
    found = obstacle(locked.payment, locked.application, payee) or _screened(locked.claim, at)
    if found is not None:
        stop(locked.payment, found.status, found.words, at)
    return found is not None


def _screened(claim: Claim, at: datetime) -> "Obstacle | None":
    words = screened_out(claim, at, keep=Stage.SENDING)
    return Obstacle(_P.ON_HOLD, words) if words else None


@dataclass(frozen=True)
class Obstacle:
    """What keeps a transfer from being sent, and where the payment waits meanwhile."""

    status: PaymentStatus
    words: str


def obstacle(payment: Payment, application: Application, payee: Payee) -> Obstacle | None:
    """The gates before a transfer, in their order; None when it may be sent. Changes nothing."""
    wrong = disagreements(claim_facts(payment))
    if wrong:
        return Obstacle(_P.ATTENTION, f"Not sent: {', '.join(wrong)}.")
    stopped = stopped_by(payee, application)
    if stopped:
        return Obstacle(_P.ON_HOLD, stopped)
    blocked = blocked_by(payee)
    return Obstacle(_P.BLOCKED_PAYEE, blocked) if blocked else None


def take_up_payout(
    *, payment_id: int, environment: str, cooling_days: int, at: datetime
) -> Order | None:
    """Take up a due payout; None when it is not due after all or has to wait.

    Before: the money is at the provider's Stripe account and the hold is over, or the outcome of
    an earlier request is open. After: as `take_up_transfer`. One that has to wait (held case,
    suspended provider, account not payable, a check before paying that does not pass any more, bank
    account changed less than `cooling_days` ago) stays TRANSFERRED with the reason noted, and is
    looked at again by itself; a doubt goes to an officer, and money that must not go on is asked
    back.
    """
    locked = lock_with_case(payment_id)
    payment = locked.payment
    if not _is_due(payment, PAYOUT, at):
        return None
    _give_up_lease(payment, PAYOUT, at)
    attempts = _attempts(payment, AttemptKind.PAYOUT)
    attempt = _open(attempts)
    if attempt is not None:
        return _again(payment, attempt, PAYOUT, payout_stopped_by(locked, at), at)
    waits = payout_waits_for(locked, cooling_days, at)
    if waits:
        payment.status_note, payment.next_step_at = waits.words, waits.until
        return None
    parameters = {"account": payment.stripe_account_id, "pence": payment.to_bank_pence}
    number = _next_number(attempts)
    attempt = _new_attempt(payment, PAYOUT, number, parameters, environment, at)
    _start(payment, PAYOUT, at)
    return _order(payment, attempt, at, earlier=attempts, sendable=True)


def take_up_to_look(*, payment_id: int, kind: AttemptKind, at: datetime) -> Order | None:
    """Take up an attempt whose outcome is unknown, to be looked up now and not sent again.

    None when its outcome is known by now, or another worker has it.
    """
    payment = lock_with_case(payment_id).payment
    leg, attempt = LEGS[kind], open_attempt(payment, kind)
    leased = payment.lease_until is not None and payment.lease_until > at
    if payment.status is not leg.unknown or leased or attempt is None:
        return None
    return _again(payment, attempt, leg, "It is only looked up.", at)


def _is_due(payment: Payment, leg: Leg, at: datetime) -> bool:
    leased = payment.lease_until is not None and payment.lease_until > at
    in_leg = payment.status in (leg.waiting, leg.unknown, leg.sending)
    return in_leg and not leased and payment.next_step_at <= at


def _give_up_lease(payment: Payment, leg: Leg, at: datetime) -> None:
    """A worker was lost, or is very slow: what it asked of Stripe is not known."""
    if payment.status is leg.sending:
        move(payment, leg.unknown, at, lease_until=None)


def open_attempt(payment: Payment, kind: AttemptKind) -> PaymentAttempt | None:
    """The attempt that is not ruled out and not done, if there is one."""
    return _open(_attempts(payment, kind))


def _attempts(payment: Payment, kind: AttemptKind) -> Sequence[PaymentAttempt]:
    """Every attempt of the kind, as stored now."""
    query = select(PaymentAttempt).where(
        PaymentAttempt.payment_id == payment.id, PaymentAttempt.kind == kind
    )
    fresh = {"populate_existing": True}
    return session.execute(query, execution_options=fresh).scalars().all()


def _open(attempts: Sequence[PaymentAttempt]) -> PaymentAttempt | None:
    return next((one for one in attempts if one.finished_at is None), None)


def _next_number(attempts: Sequence[PaymentAttempt]) -> int:
    return max((one.number for one in attempts), default=0) + 1


def _new_attempt(
    payment: Payment,
    leg: Leg,
    number: int,
    parameters: dict[str, Any],
    environment: str,
    at: datetime,
) -> PaymentAttempt:
    key = idempotency_key(environment, payment.reference, leg.kind, number)
    attempt = PaymentAttempt(
        payment_id=payment.id,
        kind=leg.kind,
        number=number,
        idempotency_key=key,
        parameters={**parameters, "metadata": {"payment": payment.reference, "attempt": key}},
        first_sent_at=at,
        last_sent_at=at,
    )
    session.add(attempt)
    session.flush()
    return attempt


def _again(
    payment: Payment, attempt: PaymentAttempt, leg: Leg, stopped: str | None, at: datetime
) -> Order:
    sendable = may_send(attempt.outcome, attempt.first_sent_at, at, stopped=stopped is not None)
    tried = attempt.tries + 1
    earlier = [one for one in _attempts(payment, leg.kind) if one.number < attempt.number]
    order = _order(payment, attempt, at, earlier=earlier, sendable=sendable, try_number=tried)
    attempt.tries += 1
    if sendable:
        attempt.last_sent_at = at
        _start(payment, leg, at)
    else:
        payment.lease_until = at + LEASE
    session.flush()
    return order


def _start(payment: Payment, leg: Leg, at: datetime, **facts: Any) -> None:
    move(payment, leg.sending, at, lease_until=at + LEASE, status_note=None, **facts)
    note(payment, leg.action, at=at)


def _order(
    payment: Payment,
    attempt: PaymentAttempt,
    at: datetime,
    *,
    earlier: Sequence[PaymentAttempt],
    sendable: bool,
    try_number: int = 1,
) -> Order:
    frozen = attempt.parameters
    first = min(one.first_sent_at for one in (attempt, *earlier))
    return Order(
        kind=attempt.kind,
        payment_id=payment.id,
        attempt_id=attempt.id,
        try_number=try_number,
        key=attempt.idempotency_key,
        account_id=frozen["account"],
        amount_pence=frozen["pence"],
        group=frozen.get("group", ""),
        metadata=dict(frozen["metadata"]),
        look_from=first - LOOK_BACK,
        may_send=sendable,
        may_conclude=may_conclude(attempt.outcome, attempt.first_sent_at, attempt.last_sent_at, at),
        known=frozenset(one.stripe_object_id for one in earlier if one.stripe_object_id),
    )
