"""Asking money back: one person asks, another approves or refuses; taken up again or withdrawn.

Lock order: round → voucher → claim → payment → clawback.
"""

import secrets
from datetime import datetime

from voucher.claims.operations.review import require_no_part
from voucher.core.db import session
from voucher.core.errors import Conflict, Invalid, NotPermitted
from voucher.core.money import Money
from voucher.core.references import make_reference
from voucher.core.status import opened
from voucher.payments.clawbacks.models import Clawback, ClawbackReason, ClawbackStatus
from voucher.payments.clawbacks.operations.steps import (
    let_payout_go,
    lock_clawback,
    move,
    note,
    require_apart,
    written,
)
from voucher.payments.clawbacks.operations.taking import open_attempt
from voucher.payments.clawbacks.queries import left_to_ask
from voucher.payments.models import Payment, PaymentStatus
from voucher.payments.operations.steps import lock_whole

_S = ClawbackStatus


def request(
    *,
    payment: Payment,
    pence: int,
    reason: ClawbackReason,
    words: str,
    by: int,
    at: datetime,
) -> Clawback:
    """Ask `pence` of a payment back; a second person decides. The payout waits meanwhile.

    Before: the money was transferred, or set off. Raises Invalid on "pence" for nothing or for more
    than is left to ask for, and on "words" without any; Conflict while nothing was transferred;
    NotPermitted for a member of a party.
    """
    explained = written(words, "words", missing="Say what happened.")
    locked, claim = lock_whole(payment.id)
    require_no_part(claim, by)
    _require_amount(locked, pence)
    clawback = Clawback(
        reference=make_reference("CLB", secrets.token_bytes(8)),
        payment_id=locked.id,
        provider_id=locked.provider_id,
        round_id=locked.round_id,
        pence=pence,
        reason=reason,
        note=explained,
        status=_S.REQUESTED,
        requested_at=at,
        requested_by_id=by,
        next_step_at=at,
    )
    session.add(clawback)
    session.flush()
    opened(clawback, at=at, by=by)
    details = {"payment": locked.reference, "reason": reason.value}
    note(clawback, "clawback.requested", at=at, by=by, details=details)
    return clawback


def _require_amount(payment: Payment, pence: int) -> None:
    if payment.stripe_transfer_id is None and payment.status is not PaymentStatus.NETTED:
        raise Conflict("Nothing was transferred yet. Cancel the payment instead.")
    if pence <= 0:
        raise Invalid("The amount must be more than nothing.", "pence")
    left = left_to_ask(payment)
    if left == 0:
        raise Conflict("All of this payment has been asked back already.")
    if pence > left:
        raise Invalid(f"At most {Money(left)} can be asked back of this payment.", "pence")


def approve(*, clawback: Clawback, by: int, at: datetime, words: str = "") -> None:
    """Approve what a different person asked for: the worker takes the money back.

    Raises NotPermitted for who asked and for a member of a party, Conflict once it was decided.
    """
    locked, _ = _undecided(clawback, by)
    explained = written(words, "words", missing="")
    facts = {"decided_at": at, "decided_by_id": by, "decision_note": explained or None}
    move(locked, _S.APPROVED, at, by, next_step_at=at, **facts)
    note(locked, "clawback.approved", at=at, by=by)


def refuse(*, clawback: Clawback, words: str, by: int, at: datetime) -> None:
    """Refuse it: nothing is asked back, and the payout goes on. Raises as `approve`, and Invalid
    on "words" without any."""
    explained = written(words, "words", missing="Say why nothing is asked back.")
    locked, payment = _undecided(clawback, by)
    move(locked, _S.REFUSED, at, by, decided_at=at, decided_by_id=by, decision_note=explained)
    let_payout_go(payment, at)
    note(locked, "clawback.refused", at=at, by=by)


def _undecided(clawback: Clawback, by: int) -> tuple[Clawback, Payment | None]:
    locked, payment, claim = lock_clawback(clawback.id)
    require_apart(locked, claim, by)
    if locked.status is not _S.REQUESTED:
        raise Conflict(f"This has been decided already: it is “{locked.status.staff_label}”.")
    if locked.requested_by_id == by:
        raise NotPermitted("You asked for this, so a second person must decide.")
    return locked, payment


def withdraw(*, clawback: Clawback, by: int, at: datetime) -> None:
    """Take the request back. Before: nobody decided yet, or it needs a person and Stripe has
    certainly not done it. Raises Conflict otherwise, NotPermitted for a member of a party."""
    locked, payment, claim = lock_clawback(clawback.id)
    require_apart(locked, claim, by)
    if not withdrawable(locked):
        raise Conflict("This can’t be withdrawn: the money is, or may be, on its way back.")
    move(locked, _S.WITHDRAWN, at, by, status_note=None)
    let_payout_go(payment, at)
    note(locked, "clawback.withdrawn", at=at, by=by)


def withdrawable(clawback: Clawback) -> bool:
    """Whether Stripe was never asked, or has certainly refused. What stands in the books as owed
    is never just dropped: it comes back, or is written off."""
    if clawback.payment_id is None:
        return False
    if clawback.status is _S.ATTENTION:
        return open_attempt(clawback) is None
    return clawback.status is _S.REQUESTED


def go_on(*, clawback: Clawback, by: int, at: datetime) -> None:
    """Let one that needed a person go on: what may have happened is looked up first, anything else
    is asked for anew. Raises Conflict in any other state, NotPermitted for a member of a party."""
    locked, _, claim = lock_clawback(clawback.id)
    require_apart(locked, claim, by)
    if locked.status is not _S.ATTENTION:
        raise Conflict(f"Nothing to take up again: it is “{locked.status.staff_label}”.")
    to = _S.UNKNOWN if open_attempt(locked) else _S.APPROVED
    move(locked, to, at, by, next_step_at=at, status_note=None)
    note(locked, "clawback.released", at=at, by=by)
