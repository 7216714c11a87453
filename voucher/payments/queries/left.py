"""What a provider leaves that a person must settle: work begun, claims, payments, debts."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import or_, select

from voucher.businesses.models import Business
from voucher.claims.models import Claim, ClaimStatus
from voucher.core.db import session
from voucher.matching.models import Match
from voucher.payments.clawbacks.models import Clawback, ClawbackStatus
from voucher.payments.models import Payment, PaymentStatus
from voucher.vouchers.models import Redemption, Voucher, VoucherStatus
from voucher.vouchers.queries import LIVE_CHOICE

MOST = 50
"""How many lines of a kind a page shows, the oldest first."""
_NOT_SENT = (ClaimStatus.DRAFT, ClaimStatus.RETURNED)
_WAITING = (ClaimStatus.SUBMITTED, ClaimStatus.CONFIRMED, ClaimStatus.DISPUTED)
_SETTLED = (
    PaymentStatus.PAID,
    PaymentStatus.CANCELLED,
    PaymentStatus.REVERSED,
    PaymentStatus.NETTED,
)
_OWED = (
    ClawbackStatus.SHORTFALL,
    ClawbackStatus.NETTING,
    ClawbackStatus.INVOICED,
    ClawbackStatus.WRITE_OFF_ASKED,
)


@dataclass(frozen=True)
class Left:
    """Everything open of one provider, each list the oldest first.

    `choices`: (match, voucher, business's name); `begun`: (redemption, voucher, business's name)
    without a claim that was sent; `claims`: (claim, business's name).
    """

    choices: Sequence[Any]
    begun: Sequence[Any]
    claims: Sequence[Any]
    payments: Sequence[Payment]
    debts: Sequence[Clawback]

    @property
    def nothing(self) -> bool:
        """Whether nothing is open."""
        return not (self.choices or self.begun or self.claims or self.payments or self.debts)


def left_by(provider_id: int) -> Left:
    """What is open of one provider now, in five reads."""
    debts = select(Clawback).where(Clawback.provider_id == provider_id, Clawback.status.in_(_OWED))
    payments = select(Payment).where(
        Payment.provider_id == provider_id, Payment.status.not_in(_SETTLED)
    )
    return Left(
        choices=_choices(provider_id),
        begun=_begun(provider_id),
        claims=_claims(provider_id),
        payments=session.execute(payments.order_by(Payment.id).limit(MOST)).scalars().all(),
        debts=session.execute(debts.order_by(Clawback.id).limit(MOST)).scalars().all(),
    )


def _choices(provider_id: int) -> Sequence[Any]:
    query = (
        select(Match, Voucher, Business.name)
        .join(Voucher, Voucher.id == Match.voucher_id)
        .join(Business, Business.id == Voucher.business_id)
        .where(
            Match.provider_id == provider_id,
            Match.status.in_(LIVE_CHOICE),
            Voucher.status == VoucherStatus.ISSUED,
        )
    )
    return session.execute(query.order_by(Match.id).limit(MOST)).all()


def _begun(provider_id: int) -> Sequence[Any]:
    query = (
        select(Redemption, Voucher, Business.name)
        .join(Voucher, Voucher.id == Redemption.voucher_id)
        .join(Business, Business.id == Redemption.business_id)
        .outerjoin(Claim, Claim.redemption_id == Redemption.id)
        .where(
            Redemption.provider_id == provider_id,
            Voucher.status == VoucherStatus.REDEEMED,
            or_(Claim.id.is_(None), Claim.status.in_(_NOT_SENT)),
        )
    )
    return session.execute(query.order_by(Redemption.id).limit(MOST)).all()


def _claims(provider_id: int) -> Sequence[Any]:
    query = (
        select(Claim, Business.name)
        .join(Business, Business.id == Claim.business_id)
        .where(Claim.provider_id == provider_id, Claim.status.in_(_WAITING))
    )
    return session.execute(query.order_by(Claim.id).limit(MOST)).all()
