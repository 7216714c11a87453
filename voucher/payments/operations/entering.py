"""The transaction after a request to Stripe: what came of it is entered, once.

A success counts from every worker that holds an order on the attempt; a refusal or an unknown
outcome only from the newest. Lock order: round → voucher → claim → payment.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from voucher.core.db import session
from voucher.integrations.stripe.answers import PayoutState, TransferMade
from voucher.payments.models import (
    AttemptKind,
    AttemptOutcome,
    Payment,
    PaymentAttempt,
    PaymentStatus,
)
from voucher.payments.operations.attempts import finish, lock_attempt, still_mine
from voucher.payments.operations.following import follow_locked
from voucher.payments.operations.steps import (
    account_row,
    alarm,
    lock_whole,
    lock_with_round,
    move,
    note,
    stop,
)
from voucher.payments.operations.taking import LEGS, Order
from voucher.payments.rules import (
    FUNDS_CODES,
    GATE_LOOK_AGAIN,
    PAYEE_CODES,
    PAYOUT_LOOK_AGAIN,
    pause,
    status_after_refusal,
)
from voucher.programmes.operations import budget

_P = PaymentStatus


def enter_transfer(*, order: Order, made: Sequence[TransferMade], at: datetime) -> None:
    """Enter the transfer that Stripe made, or show a person why this can't be.

    Before: `made` is what Stripe answered or what the look-up found, at least one. After: the
    payment is TRANSFERRED, the round's money is spent and the books say so, once, whoever else
    enters the same. More than one transfer, or one that is not as ordered, needs ATTENTION.
    """
    payment, _, round_ = lock_with_round(order.payment_id)
    attempt = lock_attempt(PaymentAttempt, order)
    if attempt.outcome is AttemptOutcome.DONE and [attempt.stripe_object_id] == _ids(made):
        return
    problem = _problem_with(order, attempt, made)
    if problem:
        alarm(payment, problem, at)
        return
    transfer = made[0]
    finish(attempt, AttemptOutcome.DONE, at, stripe_object_id=transfer.transfer_id)
    move(
        payment,
        _P.TRANSFERRED,
        at,
        lease_until=None,
        next_step_at=at + timedelta(days=round_.hold_days),
        stripe_account_id=transfer.destination,
        stripe_transfer_id=transfer.transfer_id,
        transferred_at=at,
        status_note=None,
    )
    budget.record_transfer(
        round_id=payment.round_id,
        provider_id=payment.provider_id,
        pence=payment.transfer_pence,
        source=payment,
        at=at,
        by=None,
    )
    note(payment, "payment.transferred", at=at, details={"transfer": transfer.transfer_id})


def _ids(made: Sequence[TransferMade]) -> list[str]:
    return [transfer.transfer_id for transfer in made]


def _problem_with(
    order: Order, attempt: PaymentAttempt, made: Sequence[TransferMade]
) -> str | None:
    if len(made) > 1:
        return f"Stripe has {len(made)} transfers for this claim: {', '.join(_ids(made))}."
    transfer = made[0]
    if attempt.finished_at is not None:
        return f"Stripe made {transfer.transfer_id} after the attempt had been given up."
    tests = (
        (transfer.amount_pence != order.amount_pence, "its amount is another"),
        (transfer.destination != order.account_id, "it went to another account"),
        (transfer.metadata.get("payment") != order.metadata["payment"], "it is not from here"),
        (transfer.amount_reversed_pence > 0, "some of it has been reversed"),
    )
    wrong = [words for found, words in tests if found]
    return f"Transfer {transfer.transfer_id}: {', '.join(wrong)}." if wrong else None


def enter_payout(*, order: Order, made: Sequence[PayoutState], at: datetime) -> None:
    """Enter the payout that Stripe made: IN_TRANSIT, and at once further if it is further.

    Before: `made` is what Stripe answered or what the look-up found, at least one. Once, whoever
    else enters the same. More than one, or one that is not as ordered, needs ATTENTION.
    """
    payment, claim = lock_whole(order.payment_id)
    attempt = lock_attempt(PaymentAttempt, order)
    ids = [payout.payout_id for payout in made]
    if attempt.outcome is AttemptOutcome.DONE and [attempt.stripe_object_id] == ids:
        return
    problem = _problem_with_payout(order, attempt, made)
    if problem:
        alarm(payment, problem, at)
        return
    payout = made[0]
    finish(attempt, AttemptOutcome.DONE, at, stripe_object_id=payout.payout_id)
    move(
        payment,
        _P.IN_TRANSIT,
        at,
        lease_until=None,
        next_step_at=at + PAYOUT_LOOK_AGAIN,
        stripe_payout_id=payout.payout_id,
        status_note=None,
    )
    note(payment, "payment.in_transit", at=at, details={"payout": payout.payout_id})
    follow_locked(payment, claim, payout, at)


def _problem_with_payout(
    order: Order, attempt: PaymentAttempt, made: Sequence[PayoutState]
) -> str | None:
    payout = made[0]
    if len(made) > 1:
        ids = ", ".join(each.payout_id for each in made)
        return f"Stripe has {len(made)} payouts for this payment: {ids}."
    of_this = payout.metadata.get("attempt") == order.key
    if attempt.finished_at is not None or not of_this:
        return f"Stripe made {payout.payout_id} after its attempt had been given up."
    if payout.amount_pence != order.amount_pence:
        return f"Payout {payout.payout_id} is not the one that was asked for."
    return None


def enter_refusal(*, order: Order, code: str, message: str, at: datetime) -> None:
    """Enter a definite refusal: nothing has happened, and the next try is a new attempt.

    Nothing changes when another worker has taken the attempt up meanwhile.
    """
    payment, _ = lock_whole(order.payment_id)
    attempt = lock_attempt(PaymentAttempt, order)
    if not still_mine(order, attempt):
        return
    finish(attempt, AttemptOutcome.REJECTED, at, error_code=code[:60] or "rejected")
    if code in PAYEE_CODES:
        _doubt_account(payment, at)
    words = f"Stripe refused: {message}"[:300]
    if order.kind is AttemptKind.TRANSFER:
        stop(payment, status_after_refusal(code), words, at)
    elif code in PAYEE_CODES | FUNDS_CODES:
        later = at + GATE_LOOK_AGAIN
        move(payment, _P.TRANSFERRED, at, lease_until=None, next_step_at=later, status_note=words)
        note(
            payment, "payment.blocked", at=at, details={"code": code, "payee": code in PAYEE_CODES}
        )
    else:
        stop(payment, _P.ATTENTION, words, at)


def _doubt_account(payment: Payment, at: datetime) -> None:
    """Stripe said that the account can't be paid: believe it until the account is read again."""
    account = account_row(payment)
    account.transfers_active, account.read_at = False, at


def enter_mismatch(*, order: Order, at: datetime) -> None:
    """Freeze the payment: its key was used before for something else. A person must look."""
    payment, _ = lock_whole(order.payment_id)
    attempt = lock_attempt(PaymentAttempt, order)
    if not still_mine(order, attempt):
        return
    attempt.outcome = AttemptOutcome.MISMATCH
    alarm(payment, "Stripe knows this request’s key for a different request.", at)


def enter_absent(*, order: Order, at: datetime) -> None:
    """Enter that a look-up proved that the attempt never happened: the next one may be made."""
    payment, _ = lock_whole(order.payment_id)
    attempt = lock_attempt(PaymentAttempt, order)
    if not still_mine(order, attempt):
        return
    finish(attempt, AttemptOutcome.ABSENT, at)
    waiting = LEGS[order.kind].waiting
    move(payment, waiting, at, lease_until=None, next_step_at=at, status_note=None)


def enter_unknown(*, order: Order, words: str, at: datetime) -> None:
    """Enter that nobody knows whether it happened: it will be asked and looked up again."""
    payment, _ = lock_whole(order.payment_id)
    attempt = lock_attempt(PaymentAttempt, order)
    if not still_mine(order, attempt):
        return
    leg = LEGS[order.kind]
    if payment.status is leg.sending:
        move(payment, leg.unknown, at)
    payment.lease_until, payment.status_note = None, words[:300]
    payment.next_step_at = at + pause(attempt.tries)
    session.flush()
