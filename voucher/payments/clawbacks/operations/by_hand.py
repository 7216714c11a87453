"""Clawbacks of what was done by hand in Stripe's dashboard, once two people agree what it was.

A transfer made by mistake is asked back like any other money; a reversal made there of a transfer
of ours is entered as if it had been asked for here. The two people are those who explained the
movement. Under the locks of the movement, and of `lock_whole` where there is a payment.
"""

import secrets
from datetime import datetime
from typing import Any

from voucher.core.db import lock, session
from voucher.core.references import make_reference
from voucher.core.status import opened
from voucher.payments.clawbacks.models import Clawback, ClawbackReason, ClawbackStatus
from voucher.payments.clawbacks.operations.outcome import enter_back_at_stripe
from voucher.payments.clawbacks.operations.owing import enter_back
from voucher.payments.clawbacks.operations.steps import LONGEST_NOTE, note
from voucher.payments.differences.models import UnexplainedMovement
from voucher.payments.models import Payment
from voucher.programmes.operations import budget


def ask_back_by_hand(*, movement: UnexplainedMovement, by: int, at: datetime) -> Clawback:
    """Have a transfer that was made by hand and by mistake asked back.

    Before: the books have it as owed by the provider. After: APPROVED, so the worker reverses it
    where the money still lies at Stripe; else it stays owed, to be set off, invoiced or written
    off. `by`: who agreed; who proposed stands in the movement.
    """
    made = _open(
        movement,
        by,
        at,
        movement_id=movement.id,
        provider_id=movement.provider_id,
        pence=-movement.net_pence,
        status=ClawbackStatus.APPROVED,
    )
    note(made, "clawback.approved", at=at, by=by, details={"movement": movement.reference})
    return made


def enter_reversal_by_hand(
    *, movement: UnexplainedMovement, payment: Payment, by: int, at: datetime
) -> Clawback:
    """Enter a reversal made by hand of a payment's transfer: REVERSED at once.

    After: payment, claim, support, round and books are as after a reversal that was asked for here.
    """
    made = _open(
        movement,
        by,
        at,
        payment_id=payment.id,
        round_id=payment.round_id,
        provider_id=payment.provider_id,
        pence=movement.net_pence,
        status=ClawbackStatus.REVERSED,
        stripe_reversal_id=movement.stripe_id,
        finished_at=at,
    )
    details = {"reversal": movement.stripe_id, "by_hand": True}
    note(made, "clawback.reversed", at=at, by=by, details=details)
    enter_back_at_stripe(made, payment, at, by)
    return made


def _open(movement: UnexplainedMovement, by: int, at: datetime, **facts: Any) -> Clawback:
    made = Clawback(
        reference=make_reference("CLB", secrets.token_bytes(8)),
        reason=ClawbackReason.OTHER,
        note=(movement.note or "")[:LONGEST_NOTE],
        requested_at=movement.proposed_at,
        requested_by_id=movement.proposed_by_id,
        decided_at=at,
        decided_by_id=by,
        next_step_at=at,
        **facts,
    )
    session.add(made)
    session.flush()
    opened(made, at=at, by=by)
    return made


def enter_debt_back_by_hand(
    *, movement: UnexplainedMovement, debt: Clawback, by: int, at: datetime
) -> None:
    """Enter a reversal made by hand of a transfer that a provider owed back."""
    locked: Clawback = lock(Clawback, debt.id)
    budget.record_debt_reversed(
        provider_id=locked.provider_id,
        pence=movement.net_pence,
        source=movement,
        effect="debt_reversed",
        at=at,
        by=by,
    )
    enter_back(locked, None, movement.net_pence, at, by)
