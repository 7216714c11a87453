"""Finance lets payments go, on the mornings on which something is done anyway."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select

from voucher.claims.models import Claim
from voucher.core.clock import london_date
from voucher.core.db import session, transaction
from voucher.core.working_days import is_working_day
from voucher.payments.models import Payment, PaymentStatus
from voucher.payments.queries.work import payment_of_claim
from voucher.payments.runs.models import PaymentRun, RunStatus
from voucher.payments.runs.operations import releasing
from voucher.payments.runs.queries import free_to_release
from voucher.sandbox.seed.case import Case
from voucher.sandbox.seed.scheme import SECOND_RELEASE_PENCE
from voucher.sandbox.seed.stage import Stage

WAITS, BY_HAND = "waits for finance", "paid by hand"
LEFT_READY = (WAITS, BY_HAND, "held back by finance", "payment cancelled")
"""Fates of which finance lets nothing go."""
NOT_TOGETHER = "One of the invoices is of another month. Please ask again when it has been read."
HELD_BACK_WORDS = "The provider rang: a corrected invoice is on its way."


def leave_ready(case: Case) -> None:
    """Have finance leave the payment of this case where it is, if that is its fate."""
    if case.fate in LEFT_READY:
        case.stage.left_ready.add(case.ids["claim"])


def release_what_is_ready(stage: Stage, at: datetime) -> None:
    """One finance officer asks for the release of all that is ready, or lets it go."""
    if not is_working_day(london_date(at)):
        return
    left = select(Payment.id).where(Payment.claim_id.in_(stage.left_ready))
    kept = set(session.execute(left).scalars())
    ids = [one for one in free_to_release() if one not in kept]
    if ids:
        releasing.release(payment_ids=ids, by=stage.people["finance"], at=at)


def agree_to_releases(stage: Stage, at: datetime) -> None:
    """Another agrees; the first time that one is asked for, it is sent back."""
    by = stage.people["second_finance"]
    waiting = select(PaymentRun).where(PaymentRun.status == RunStatus.WAITING)
    for run in session.execute(waiting).scalars().all():
        if stage.refused_a_release:
            releasing.agree(run=run, by=by, at=at)
        else:
            stage.refused_a_release = True
            releasing.withdraw(run=run, reason=NOT_TOGETHER, by=by, at=at)


def hold_back(case: Case, at: datetime) -> None:
    """Finance releases the payment, thinks better of it the same hour, and leaves it."""
    payment = payment_of_claim(case.ids["claim"])
    if payment is not None and payment.status is PaymentStatus.READY:
        _let_go(case.stage, payment, at)
        by = case.stage.people["finance"]
        releasing.hold_back(payment=payment, reason=HELD_BACK_WORDS, by=by, at=at)


def let_go(stage: Stage, claim_id: int, at: datetime) -> None:
    """Two people let the payment of a claim go, if it is ready."""
    with transaction():
        payment = payment_of_claim(claim_id)
        if payment is not None and payment.status is PaymentStatus.READY:
            _let_go(stage, payment, at)


def _let_go(stage: Stage, payment: Payment, at: datetime) -> None:
    run = releasing.release(payment_ids=[payment.id], by=stage.people["finance"], at=at)
    if run.status is RunStatus.WAITING:
        releasing.agree(run=run, by=stage.people["second_finance"], at=at)


def ask_for_a_second(stage: Stage, cases: Sequence[Case], at: datetime) -> None:
    """The largest of what waits for finance are asked to go, and wait for a second person."""
    claims = [case.ids["claim"] for case in cases if case.fate == WAITS and "claim" in case.ids]
    with transaction():
        ready = _ready_of(claims)
        chosen: list[Payment] = []
        while ready and sum(one.amount_pence for one in chosen) < SECOND_RELEASE_PENCE:
            chosen.append(ready.pop(0))
        if sum(one.amount_pence for one in chosen) >= SECOND_RELEASE_PENCE:
            ids = [one.id for one in chosen]
            releasing.release(payment_ids=ids, by=stage.people["finance"], at=at)


def _ready_of(claims: Sequence[int]) -> list[Payment]:
    query = (
        select(Payment)
        .join(Claim, Claim.id == Payment.claim_id)
        .where(Payment.status == PaymentStatus.READY, Claim.id.in_(claims))
    )
    return list(session.execute(query.order_by(Payment.amount_pence.desc(), Payment.id)).scalars())
