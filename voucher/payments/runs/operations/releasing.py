"""Letting payments go: asked for by one officer, and above the threshold agreed to by another.

Lock order: officer → run → payment, payments by id.
"""

import secrets
from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import select

from voucher.accounts.models import User
from voucher.audit.operations import record
from voucher.claims.models import Claim
from voucher.claims.operations.review import require_no_part, require_not_decider
from voucher.core.db import lock, session, translating_constraints
from voucher.core.errors import Conflict, Invalid, NotPermitted
from voucher.core.references import make_reference
from voucher.core.status import opened, transition
from voucher.payments.models import AttemptKind, Payment, PaymentStatus
from voucher.payments.operations.steps import move, note
from voucher.payments.operations.taking import open_attempt
from voucher.payments.runs.models import RUN_MOVES, PaymentRun, PaymentRunItem, RunStatus
from voucher.payments.runs.queries import amounts_and_thresholds, can_be_held_back, let_go_alone
from voucher.payments.runs.rules import MOST_AT_ONCE, needs_second

LONGEST_REASON = 300
NOT_HELD_BACK = (
    "This payment can’t be held back: it is being sent, is held back already, or waits for a "
    "second person, who may decide not to release it."
)


def release(*, payment_ids: Collection[int], by: int, at: datetime) -> PaymentRun:
    """Let these payments go.

    Before: each is READY. After: a run keeps who, when, how many and how much; the payments are
    QUEUED, or stay READY until a second person agrees. The officer's row is locked, so that two
    releases of one officer at once are counted together. Raises Conflict when one is not ready any
    more or is in a release of somebody else, NotPermitted for a member of a party, and for who
    decided on an award.
    """
    chosen = sorted(set(payment_ids))
    if not chosen:
        raise Invalid("Choose at least one payment.", "payment")
    if len(chosen) > MOST_AT_ONCE:
        raise Invalid(f"Release no more than {MOST_AT_ONCE} payments at once.", "payment")
    lock(User, by)
    payments = _locked_ready(chosen)
    _require_apart(payments, by)
    alone = let_go_alone(by, at)
    run = _open_run(payments, by, at)
    if needs_second(amounts_and_thresholds(payments), alone):
        _record(run, "run.asked", by, at)
    else:
        _let_go(run, payments, by, at)
    return run


def _locked_ready(payment_ids: Sequence[int]) -> list[Payment]:
    payments: list[Payment] = [lock(Payment, one) for one in payment_ids]
    if any(one is None or one.status is not PaymentStatus.READY for one in payments):
        raise Conflict("One of these payments is not ready any more. Look again before you act.")
    return payments


def _require_apart(payments: Sequence[Payment], by: int) -> Sequence[Claim]:
    ids = [one.claim_id for one in payments]
    claims = session.execute(select(Claim).where(Claim.id.in_(ids))).scalars().all()
    for claim in claims:
        require_no_part(claim, by)
        require_not_decider(claim, by)
    return claims


def _open_run(payments: Sequence[Payment], by: int, at: datetime) -> PaymentRun:
    run = PaymentRun(
        reference=make_reference("RUN", secrets.token_bytes(8)),
        status=RunStatus.WAITING,
        payment_count=len(payments),
        total_pence=sum(one.amount_pence for one in payments),
        asked_at=at,
        asked_by_id=by,
    )
    session.add(run)
    opened(run, at=at, by=by)
    with translating_constraints():
        session.add_all(
            PaymentRunItem(run_id=run.id, payment_id=one.id, amount_pence=one.amount_pence)
            for one in payments
        )
        session.flush()
    return run


def _let_go(run: PaymentRun, payments: Sequence[Payment], by: int, at: datetime) -> None:
    transition(run, RunStatus.RELEASED, moves=RUN_MOVES, at=at, by=by, ended_at=at)
    for payment in payments:
        move(payment, PaymentStatus.QUEUED, at, by, next_step_at=at, status_note=None)
        note(payment, "payment.queued", at=at, by=by, details={"run": run.reference})
    _record(run, "run.released", by, at)


def agree(*, run: PaymentRun, by: int, at: datetime) -> None:
    """The second person lets the payments go.

    Raises Conflict unless it waits, NotPermitted for who asked, for who approved one of the claims
    or decided on an award, and for a member of a party.
    """
    locked = _waiting(run)
    if locked.asked_by_id == by:
        raise NotPermitted("You asked for this release, so a colleague must agree.")
    payments = _locked_ready(sorted(_live_payments(locked)))
    claims = _require_apart(payments, by)
    if any(claim.approved_by_id == by for claim in claims):
        raise NotPermitted("You approved one of these claims, so a colleague must agree.")
    locked.second_by_id = by
    _let_go(locked, payments, by, at)


def withdraw(*, run: PaymentRun, reason: str, by: int, at: datetime) -> None:
    """Don’t release after all; the payments are ready for another release. Invalid on "reason"."""
    words = _reason(reason)
    locked = _waiting(run)
    facts = {"ended_at": at, "note": words}
    transition(locked, RunStatus.WITHDRAWN, moves=RUN_MOVES, at=at, by=by, **facts)
    for item in _live_items(locked.id):
        _take_out(item, words, by, at)
    _record(locked, "run.withdrawn", by, at)


def hold_back(*, payment: Payment, reason: str, by: int, at: datetime) -> None:
    """Hold back a payment that was not sent yet: it is READY, and released by name alone.

    A release of it is taken back; of one that nobody released a release is kept that did not
    happen, with the reason. Raises Invalid on "reason", Conflict when the worker has begun to send
    it, it waits for a second person, or it is held back already.
    """
    words = _reason(reason)
    locked: Payment = lock(Payment, payment.id)
    started = open_attempt(locked, AttemptKind.TRANSFER) is not None
    if started or not can_be_held_back(locked):
        raise Conflict(NOT_HELD_BACK)
    held = f"Held back: {words}"[:LONGEST_REASON]
    if locked.status is PaymentStatus.QUEUED:
        _take_out(_live_item(locked), words, by, at)
        move(locked, PaymentStatus.READY, at, by, status_note=held)
    else:
        run = _open_run([locked], by, at)
        facts = {"ended_at": at, "note": words}
        transition(run, RunStatus.WITHDRAWN, moves=RUN_MOVES, at=at, by=by, **facts)
        _take_out(_live_item(locked), words, by, at)
        locked.status_note = held
    note(locked, "payment.held_back", at=at, by=by)


def _live_item(payment: Payment) -> PaymentRunItem:
    query = select(PaymentRunItem).where(
        PaymentRunItem.payment_id == payment.id, PaymentRunItem.taken_out_at.is_(None)
    )
    return session.execute(query).scalar_one()


def _reason(text: str) -> str:
    words = text.strip()
    if not words:
        raise Invalid("Say why.", "reason")
    if len(words) > LONGEST_REASON:
        raise Invalid(f"The reason must be {LONGEST_REASON} characters or fewer.", "reason")
    return words


def _waiting(run: PaymentRun) -> PaymentRun:
    locked: PaymentRun = lock(PaymentRun, run.id)
    if locked.status is not RunStatus.WAITING:
        raise Conflict(f"This release is “{locked.status.staff_label}” already.")
    return locked


def _live_items(run_id: int) -> Sequence[PaymentRunItem]:
    query = select(PaymentRunItem).where(
        PaymentRunItem.run_id == run_id, PaymentRunItem.taken_out_at.is_(None)
    )
    return session.execute(query).scalars().all()


def _live_payments(run: PaymentRun) -> list[int]:
    return [item.payment_id for item in _live_items(run.id)]


def _take_out(item: PaymentRunItem, words: str, by: int, at: datetime) -> None:
    item.taken_out_at, item.taken_out_by_id, item.reason = at, by, words
    session.flush()


def _record(run: PaymentRun, action: str, by: int, at: datetime) -> None:
    details = {"run": run.reference, "count": run.payment_count, "pence": run.total_pence}
    record(action=action, subject=run, at=at, by=by, details=details)
