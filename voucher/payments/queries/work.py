"""Reads of the worker: what is due, and how to find a payment by what Stripe says."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import and_, func, or_, select

from voucher.claims.models import Claim, ClaimStatus
from voucher.core.db import session
from voucher.payments.models import (
    FINISHED,
    AttemptKind,
    Payment,
    PaymentAttempt,
    PaymentStatus,
    StripeEvent,
    TopUp,
)
from voucher.payments.rules import PAID_WATCH
from voucher.providers.models import ConnectedAccount

_P = PaymentStatus


def claims_to_queue() -> Sequence[int]:
    """Ids of approved claims without a payment, the one approved first first."""
    query = (
        select(Claim.id)
        .outerjoin(Payment, Payment.claim_id == Claim.id)
        .where(Claim.status == ClaimStatus.APPROVED, Payment.id.is_(None))
        .order_by(Claim.approved_at, Claim.id)
    )
    return session.execute(query).scalars().all()


def due_transfers(at: datetime, limit: int) -> Sequence[int]:
    """Ids of payments whose transfer is to be sent, looked up, or taken over from a lost worker."""
    return _due((_P.QUEUED, _P.UNKNOWN), _P.SENDING, at, limit)


def due_payouts(at: datetime, limit: int) -> Sequence[int]:
    """The same for payouts."""
    return _due((_P.TRANSFERRED, _P.PAYOUT_UNKNOWN), _P.PAYOUT_SENDING, at, limit)


def _due(
    waiting: tuple[PaymentStatus, ...], sending: PaymentStatus, at: datetime, limit: int
) -> Sequence[int]:
    query = (
        select(Payment.id)
        .where(
            Payment.status.in_((*waiting, sending)),
            Payment.next_step_at <= at,
            or_(Payment.lease_until.is_(None), Payment.lease_until <= at),
        )
        .order_by(Payment.next_step_at, Payment.id)
        .limit(limit)
    )
    return session.execute(query).scalars().all()


def unknown_outcomes() -> list[tuple[int, AttemptKind]]:
    """Payments of which nobody knows whether their transfer, or payout, has happened."""
    kinds = {_P.UNKNOWN: AttemptKind.TRANSFER, _P.PAYOUT_UNKNOWN: AttemptKind.PAYOUT}
    query = select(Payment.id, Payment.status).where(Payment.status.in_(kinds))
    return [(row[0], kinds[row[1]]) for row in session.execute(query.order_by(Payment.id))]


def accounts_with_money(at: datetime) -> Sequence[str]:
    """Connected accounts whose payments are under way, or were paid in the last two weeks."""
    recent = and_(Payment.status == _P.PAID, Payment.paid_at > at - PAID_WATCH)
    query = select(Payment.stripe_account_id).where(
        Payment.stripe_account_id.is_not(None), or_(Payment.status.not_in(FINISHED), recent)
    )
    return sorted({found for found in session.execute(query).scalars() if found})


@dataclass(frozen=True)
class PayoutToFollow:
    """A payout that Stripe is to be asked about again."""

    payment_id: int
    account_id: str
    payout_id: str


def payouts_to_follow(
    at: datetime, limit: int, *, all_recent: bool = False
) -> list[PayoutToFollow]:
    """Payouts on their way, and those paid in the last two weeks, that are due to be read again.

    `all_recent` takes in those that are not due yet.
    """
    recent = and_(Payment.status == _P.PAID, Payment.paid_at > at - PAID_WATCH)
    query = select(Payment.id, Payment.stripe_account_id, Payment.stripe_payout_id).where(
        or_(Payment.status == _P.IN_TRANSIT, recent)
    )
    if not all_recent:
        query = query.where(Payment.next_step_at <= at)
    rows = session.execute(query.order_by(Payment.next_step_at, Payment.id).limit(limit))
    return [
        PayoutToFollow(payment_id, account_id, payout_id)
        for payment_id, account_id, payout_id in rows
        if account_id and payout_id
    ]


def payments_in(*statuses: PaymentStatus) -> Sequence[Payment]:
    """Every payment in one of the statuses, oldest first."""
    query = select(Payment).where(Payment.status.in_(statuses)).order_by(Payment.id)
    return session.execute(query).scalars().all()


def payment_by_payout(payout_id: str) -> Payment | None:
    """The payment whose newest payout this is."""
    query = select(Payment).where(Payment.stripe_payout_id == payout_id)
    return session.execute(query).scalar_one_or_none()


def payment_by_exact_reference(reference: str) -> Payment | None:
    """The payment of this reference as stored, or None."""
    query = select(Payment).where(Payment.reference == reference)
    return session.execute(query).scalar_one_or_none()


def payment_of_claim(claim_id: int) -> Payment | None:
    """The payment of one claim, if it has been queued."""
    return session.execute(select(Payment).where(Payment.claim_id == claim_id)).scalar_one_or_none()


def was_called_off(claim: Claim) -> bool:
    """Whether a rejected claim had been approved, and its payment cancelled or taken back."""
    if claim.status is not ClaimStatus.REJECTED:
        return False
    payment = payment_of_claim(claim.id)
    return payment is not None and payment.status in (_P.CANCELLED, _P.REVERSED)


def payments_by_claim(claim_ids: Sequence[int]) -> dict[int, Payment]:
    """By claim: the payments of these claims; none for a claim that is not approved yet."""
    query = select(Payment).where(Payment.claim_id.in_(claim_ids))
    return {payment.claim_id: payment for payment in session.execute(query).scalars()}


def account_of(provider_id: int) -> ConnectedAccount | None:
    """The provider's connected account as last read, if one was ever begun."""
    query = select(ConnectedAccount).where(ConnectedAccount.provider_id == provider_id)
    return session.execute(
        query, execution_options={"populate_existing": True}
    ).scalar_one_or_none()


def account_by_stripe_id(account_id: str) -> ConnectedAccount | None:
    """Our record of a Stripe account."""
    query = select(ConnectedAccount).where(ConnectedAccount.stripe_account_id == account_id)
    return session.execute(query).scalar_one_or_none()


def accounts_to_read(before: datetime, waiting_before: datetime, limit: int) -> list[str]:
    """Stripe ids of accounts last read before `before`, or before `waiting_before` if a payment
    waits for them or they can't be paid yet."""
    blocked = select(Payment.provider_id).where(
        Payment.status.in_((_P.BLOCKED_PAYEE, _P.TRANSFERRED, _P.PAYOUT_FAILED))
    )
    account = ConnectedAccount
    not_payable = or_(
        account.transfers_active.is_(False),
        account.payouts_enabled.is_(False),
        account.past_due.is_(True),
    )
    urgent = and_(
        or_(not_payable, account.provider_id.in_(blocked)), account.read_at < waiting_before
    )
    query = (
        select(account.stripe_account_id)
        .where(
            account.stripe_account_id.is_not(None),
            or_(account.read_at.is_(None), account.read_at < before, urgent),
        )
        .order_by(account.read_at, account.id)
        .limit(limit)
    )
    return [found for found in session.execute(query).scalars() if found is not None]


def known_events(stripe_ids: Collection[str]) -> Sequence[str]:
    """Which of these events of Stripe are in the inbox, whatever became of them."""
    query = select(StripeEvent.stripe_event_id).where(StripeEvent.stripe_event_id.in_(stripe_ids))
    return session.execute(query).scalars().all()


def latest_top_up_at() -> datetime | None:
    """When the newest top-up we know of arrived."""
    return session.execute(select(func.max(TopUp.arrived_at))).scalar_one()


def attempts_of(payment_id: int) -> Sequence[PaymentAttempt]:
    """Every request to Stripe for one payment, in order."""
    query = select(PaymentAttempt).where(PaymentAttempt.payment_id == payment_id)
    return session.execute(query.order_by(PaymentAttempt.id)).scalars().all()
