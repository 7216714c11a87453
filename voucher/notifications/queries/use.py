"""What had become of a voucher's use when it was cancelled: the letters differ by it."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from sqlalchemy import select

from voucher.claims.models import Claim, ClaimStatus
from voucher.core.db import session
from voucher.payments.models import Payment, PaymentStatus
from voucher.providers.models import Provider
from voucher.vouchers.models import Redemption


class Reached(StrEnum):
    """How far a voucher had come."""

    NOTHING = "nothing"
    """It was never redeemed."""
    REDEEMED = "redeemed"
    """It was redeemed; no claim on it was decided."""
    REJECTED = "rejected"
    """The claim on it was rejected."""
    UNPAID = "unpaid"
    """The claim on it was approved, and its payment cancelled."""


@dataclass(frozen=True)
class Use:
    """The use of one voucher: how far it came; with whom, for how much, once it was redeemed."""

    reached: Reached
    provider: str = ""
    voucher_pence: int = 0
    contribution_pence: int = 0
    claim_by_on: date | None = None


def use_of(voucher_id: int) -> Use:
    """The use of a voucher as it stands now."""
    query = (
        select(Redemption, Provider.name, Claim.status, Payment.status)
        .join(Provider, Provider.id == Redemption.provider_id)
        .outerjoin(Claim, Claim.redemption_id == Redemption.id)
        .outerjoin(Payment, Payment.claim_id == Claim.id)
        .where(Redemption.voucher_id == voucher_id)
    )
    found = session.execute(query).first()
    if found is None:
        return Use(Reached.NOTHING)
    redemption, provider, claim, payment = found
    return Use(
        reached=_reached(claim, payment),
        provider=provider,
        voucher_pence=redemption.voucher_pence,
        contribution_pence=redemption.contribution_pence,
        claim_by_on=redemption.claim_by_on,
    )


def _reached(claim: ClaimStatus | None, payment: PaymentStatus | None) -> Reached:
    if claim is not ClaimStatus.REJECTED:
        return Reached.REDEEMED
    ended = payment in (PaymentStatus.CANCELLED, PaymentStatus.REVERSED)
    return Reached.UNPAID if ended else Reached.REJECTED
