"""The transaction after a request to Stripe: what came of a reversal is entered, once.

A success counts from every worker that holds an order on the attempt; a refusal or an unknown
outcome only from the newest.
"""

from datetime import datetime

from voucher.core.db import session
from voucher.integrations.stripe.answers import ReversalMade
from voucher.ledger.models import AccountKind
from voucher.payments.clawbacks.models import ClawbackAttempt, ClawbackStatus
from voucher.payments.clawbacks.operations.outcome import (
    enter_back_at_stripe,
    enter_shortfall,
)
from voucher.payments.clawbacks.operations.steps import lock_clawback, move, note, stop
from voucher.payments.clawbacks.operations.taking import ReversalOrder
from voucher.payments.clawbacks.rules import status_after_refusal
from voucher.payments.models import AttemptOutcome
from voucher.payments.operations.attempts import finish, lock_attempt, still_mine
from voucher.payments.rules import pause

_S = ClawbackStatus


def enter_reversal(*, order: ReversalOrder, made: ReversalMade, at: datetime) -> None:
    """Enter the reversal that Stripe made, or show a person why this can't be.

    After: REVERSED, the round may promise the money again, the books and the support of the
    business say so, once, whoever else enters the same.
    """
    clawback, payment, _ = lock_clawback(order.clawback_id)
    attempt = lock_attempt(ClawbackAttempt, order)
    if attempt.outcome is AttemptOutcome.DONE and attempt.stripe_object_id == made.reversal_id:
        return
    problem = _problem_with(order, attempt, made)
    if problem:
        stop(clawback, problem, at)
        return
    finish(attempt, AttemptOutcome.DONE, at, stripe_object_id=made.reversal_id)
    move(
        clawback,
        _S.REVERSED,
        at,
        lease_until=None,
        stripe_reversal_id=made.reversal_id,
        status_note=None,
    )
    note(clawback, "clawback.reversed", at=at, details={"reversal": made.reversal_id})
    enter_back_at_stripe(clawback, payment, at, None)


def _problem_with(order: ReversalOrder, attempt: ClawbackAttempt, made: ReversalMade) -> str | None:
    if attempt.finished_at is not None:
        return f"Stripe made {made.reversal_id} after the attempt had been given up."
    if made.amount_pence != order.pence or made.transfer_id != order.transfer_id:
        return f"Reversal {made.reversal_id} is not the one that was asked for."
    return None


def enter_refusal(*, order: ReversalOrder, code: str, message: str, at: datetime) -> None:
    """Enter a definite refusal: nothing came back.

    What the provider's account does not cover is owed, and so is a transfer made by hand that
    can't be undone for whatever reason; anything else needs a person.
    """
    clawback, payment, _ = lock_clawback(order.clawback_id)
    attempt = lock_attempt(ClawbackAttempt, order)
    if not still_mine(order, attempt):
        return
    finish(attempt, AttemptOutcome.REJECTED, at, error_code=code[:60] or "rejected")
    if payment is None or status_after_refusal(code) is _S.SHORTFALL:
        enter_shortfall(clawback, payment, out_of=AccountKind.AT_PROVIDER, at=at)
    else:
        stop(clawback, f"Stripe refused: {message}", at)


def enter_mismatch(*, order: ReversalOrder, at: datetime) -> None:
    """Freeze the clawback: its key was used before for something else. A person must look."""
    clawback, _, _ = lock_clawback(order.clawback_id)
    attempt = lock_attempt(ClawbackAttempt, order)
    if not still_mine(order, attempt):
        return
    attempt.outcome = AttemptOutcome.MISMATCH
    stop(clawback, "Stripe knows this request’s key for a different request.", at)


def enter_absent(*, order: ReversalOrder, at: datetime) -> None:
    """Enter that a look-up proved that the attempt never happened: the next one may be made."""
    clawback, _, _ = lock_clawback(order.clawback_id)
    attempt = lock_attempt(ClawbackAttempt, order)
    if not still_mine(order, attempt):
        return
    finish(attempt, AttemptOutcome.ABSENT, at)
    move(clawback, _S.APPROVED, at, lease_until=None, next_step_at=at, status_note=None)


def enter_unknown(*, order: ReversalOrder, words: str, at: datetime) -> None:
    """Enter that nobody knows whether it happened: it will be asked and looked up again."""
    clawback, _, _ = lock_clawback(order.clawback_id)
    attempt = lock_attempt(ClawbackAttempt, order)
    if not still_mine(order, attempt):
        return
    if clawback.status is _S.SENDING:
        move(clawback, _S.UNKNOWN, at)
    clawback.lease_until, clawback.status_note = None, words[:300]
    clawback.next_step_at = at + pause(attempt.tries)
    session.flush()
