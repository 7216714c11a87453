"""One step of a payment: locks, change of status, event. Shared by the operations of payments."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ScalarSelect, select

from voucher.applications.models import Application
from voucher.audit.operations import record
from voucher.claims.models import Claim
from voucher.core.db import lock, session
from voucher.core.status import transition
from voucher.payments.models import PAYMENT_MOVES, Payment, PaymentStatus
from voucher.programmes.models import Round
from voucher.providers.models import ConnectedAccount
from voucher.vouchers.models import Redemption, Voucher

LONGEST_NOTE = 300


@dataclass(frozen=True)
class Locked:
    """A payment with its claim and its case, locked and as they are now."""

    payment: Payment
    claim: Claim
    application: Application


def lock_with_case(payment_id: int) -> Locked:
    """Lock application, claim and payment, so that a hold comes wholly before or wholly after.

    The claim, because the checks before paying are kept with it: a row that refers to it takes its
    lock, and after the payment's that would be a deadlock with whoever cancels the payment.
    """
    claim_id = _claim_id(payment_id)
    case_id = select(Claim.application_id).where(Claim.id == claim_id).scalar_subquery()
    application: Application = lock(Application, case_id)
    claim: Claim = lock(Claim, claim_id)
    payment: Payment = lock(Payment, payment_id)
    return Locked(payment, claim, application)


def lock_whole(payment_id: int) -> tuple[Payment, Claim]:
    """Lock round, voucher, claim and payment, in this order, and read them as they are now."""
    payment, claim, _ = lock_with_round(payment_id)
    return payment, claim


def lock_with_round(payment_id: int) -> tuple[Payment, Claim, Round]:
    """The same, for who needs the round as well."""
    claim_id = _claim_id(payment_id)
    round_id = select(Payment.round_id).where(Payment.id == payment_id)
    voucher_id = (
        select(Redemption.voucher_id)
        .join(Claim, Claim.redemption_id == Redemption.id)
        .where(Claim.id == claim_id)
    )
    round_: Round = lock(Round, round_id.scalar_subquery())
    lock(Voucher, voucher_id.scalar_subquery())
    claim: Claim = lock(Claim, claim_id)
    payment: Payment = lock(Payment, payment_id)
    return payment, claim, round_


def _claim_id(payment_id: int) -> ScalarSelect[int]:
    return select(Payment.claim_id).where(Payment.id == payment_id).scalar_subquery()


def account_row(payment: Payment) -> ConnectedAccount:
    """The connected account of the payment's provider, which has one."""
    query = select(ConnectedAccount).where(ConnectedAccount.provider_id == payment.provider_id)
    return session.execute(query, execution_options={"populate_existing": True}).scalar_one()


def move(
    payment: Payment, to: PaymentStatus, at: datetime, by: int | None = None, **facts: Any
) -> None:
    """Change the status, with the facts that belong to it, in one swap."""
    transition(payment, to, moves=PAYMENT_MOVES, at=at, by=by, **facts)


def stop(payment: Payment, to: PaymentStatus, words: str, at: datetime) -> None:
    """Set the payment aside, with why, until what stands in its way is gone."""
    move(payment, to, at, lease_until=None, status_note=words[:LONGEST_NOTE])
    attention = to is PaymentStatus.ATTENTION
    action = "payment.attention" if attention else "payment.blocked"
    payee = to is PaymentStatus.BLOCKED_PAYEE
    note(payment, action, at=at, details={"status": to.value, "payee": payee})


def alarm(payment: Payment, words: str, at: datetime) -> None:
    """Put the payment before a person, from wherever that is possible; the event is always kept."""
    if PaymentStatus.ATTENTION in PAYMENT_MOVES.get(payment.status, frozenset()):
        stop(payment, PaymentStatus.ATTENTION, words, at)
        return
    payment.status_note = words[:LONGEST_NOTE]
    details = {"status": payment.status.value}
    note(payment, "payment.attention", at=at, details=details)


def note(
    payment: Payment,
    action: str,
    *,
    at: datetime,
    by: int | None = None,
    details: Mapping[str, Any] | None = None,
) -> None:
    """Record an event on the payment, filed under its case."""
    # By key: who writes about a payment has mostly read both already, and neither changes.
    claim = session.get_one(Claim, payment.claim_id)
    case = session.get_one(Application, claim.application_id).reference
    given = {"payment": payment.reference, "pence": payment.amount_pence, **(details or {})}
    record(action=action, subject=payment, at=at, by=by, case=case, details=given)
