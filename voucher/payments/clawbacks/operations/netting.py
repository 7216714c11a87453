"""Setting off what a provider owes against its next payment, before anything is transferred.

Lock order: rounds, the lower id first → voucher → application → claim → payments, the lower id
first → clawbacks, the oldest first.
"""

from datetime import datetime

from sqlalchemy import select

from voucher.applications.models import Application
from voucher.claims.models import Claim
from voucher.core.db import lock, session
from voucher.payments.clawbacks.models import Clawback, ClawbackNetting, ClawbackStatus
from voucher.payments.clawbacks.operations.outcome import close_as_paid
from voucher.payments.clawbacks.operations.owing import enter_back
from voucher.payments.clawbacks.operations.steps import note
from voucher.payments.clawbacks.queries import debts_to_set_off
from voucher.payments.clawbacks.rules import shares
from voucher.payments.models import AttemptKind, Payment, PaymentStatus
from voucher.payments.operations.gates import claim_facts, payee_of, screened_out, stopped_by
from voucher.payments.operations.steps import Locked
from voucher.payments.operations.steps import move as move_payment
from voucher.payments.operations.steps import note as note_payment
from voucher.payments.operations.taking import open_attempt
from voucher.payments.rules import disagreements
from voucher.programmes.models import Round
from voucher.programmes.operations import budget
from voucher.vouchers.models import Redemption, Voucher


def set_off(*, payment_id: int, at: datetime) -> int:
    """Set what the provider owes off against a queued payment; how many pence.

    Nothing happens when the payment is not queued any more or may not be paid just now. After: the
    payment is transferred with what is left; when nothing is, it ends as NETTED and the claim as
    paid. The round of each debt may promise again what came back so.
    """
    locked = _lock(payment_id, at)
    if locked is None:
        return 0
    payment, claim, debts = locked
    owed = [(debt.id, debt.owed_pence) for debt in debts]
    by_id = {debt.id: debt for debt in debts}
    taken = 0
    for debt_id, pence in shares(owed, payment.transfer_pence):
        _set_off_one(by_id[debt_id], payment, pence, at)
        taken += pence
    if taken:
        note_payment(payment, "payment.netted", at=at, details={"netted_pence": taken})
    if payment.transfer_pence == 0:
        move_payment(payment, PaymentStatus.NETTED, at, status_note=None)
        close_as_paid(claim, at)
    return taken


def _lock(payment_id: int, at: datetime) -> tuple[Payment, Claim, list[Clawback]] | None:
    """Everything that setting off touches, as it is now; None when it may not be done."""
    payment = session.get_one(Payment, payment_id)
    debts = debts_to_set_off(payment)
    round_ids = {debt.round_id for debt in debts if debt.round_id}
    for round_id in sorted({payment.round_id, *round_ids}):
        lock(Round, round_id)
    payment_ids = sorted({payment_id, *(debt.payment_id for debt in debts if debt.payment_id)})
    voucher_ids = _voucher_ids(payment_ids)
    for voucher_id in voucher_ids:
        lock(Voucher, voucher_id)
    claim_row = session.get_one(Claim, payment.claim_id)
    application: Application = lock(Application, claim_row.application_id)
    claim: Claim = lock(Claim, payment.claim_id)
    for locked_id in payment_ids:
        lock(Payment, locked_id)
    fresh = [lock(Clawback, debt.id) for debt in debts]
    if not _may_set_off(Locked(payment, claim, application), at):
        return None
    still = [debt for debt in fresh if debt.status is ClawbackStatus.NETTING]
    return payment, claim, still


def _voucher_ids(payment_ids: list[int]) -> list[int]:
    query = (
        select(Redemption.voucher_id)
        .join(Claim, Claim.redemption_id == Redemption.id)
        .join(Payment, Payment.claim_id == Claim.id)
        .where(Payment.id.in_(payment_ids))
        .distinct()
        .order_by(Redemption.voucher_id)
    )
    return list(session.execute(query).scalars())


def _may_set_off(locked: Locked, at: datetime) -> bool:
    """Setting off pays a claim as a transfer does, so the same gates stand before it."""
    payment = locked.payment
    return (
        payment.status is PaymentStatus.QUEUED
        and open_attempt(payment, AttemptKind.TRANSFER) is None
        and not disagreements(claim_facts(payment))
        and stopped_by(payee_of(payment), locked.application) is None
        and screened_out(locked.claim, at, keep=None) is None
    )


def _set_off_one(debt: Clawback, payment: Payment, pence: int, at: datetime) -> None:
    netting = ClawbackNetting(clawback_id=debt.id, payment_id=payment.id, pence=pence, at=at)
    session.add(netting)
    payment.netted_pence += pence
    session.flush()
    budget.record_recovered_by_netting(
        round_id=debt.booked_round_id,
        paying_round_id=payment.round_id,
        provider_id=debt.provider_id,
        pence=pence,
        source=netting,
        effect="netted",
        at=at,
        by=None,
    )
    details = {"payment": payment.reference, "netted_pence": pence}
    note(debt, "clawback.netted", at=at, details=details)
    of = session.get_one(Payment, debt.payment_id) if debt.payment_id else None
    enter_back(debt, of, pence, at, None)
