"""Reads of one provider's payments, for its own programs."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Select, select

from voucher.claims.models import Claim
from voucher.core.db import session
from voucher.core.errors import NotFound
from voucher.core.references import normalise_reference
from voucher.payments.models import Payment


@dataclass(frozen=True)
class ClaimPayment:
    """A payment, and the reference of the claim that it pays."""

    payment: Payment
    claim_reference: str


def payments_before(provider_id: int, before: int | None, limit: int) -> Sequence[ClaimPayment]:
    """Up to `limit` payments of the provider, the latest first, older than the one of id
    `before`."""
    query = _of(provider_id)
    if before is not None:
        query = query.where(Payment.id < before)
    rows = session.execute(query.order_by(Payment.id.desc()).limit(limit))
    return [ClaimPayment(*row) for row in rows]


def payment_for_provider(provider_id: int, reference: str) -> ClaimPayment:
    """One payment of this provider; NotFound for anybody else's."""
    query = _of(provider_id).where(Payment.reference == (normalise_reference(reference) or ""))
    found = session.execute(query).first()
    if found is None:
        raise NotFound("There is no such payment.")
    return ClaimPayment(*found)


def _of(provider_id: int) -> Select[Payment, str]:
    return (
        select(Payment, Claim.reference)
        .join(Claim, Claim.id == Payment.claim_id)
        .where(Payment.provider_id == provider_id)
        .execution_options(populate_existing=True)
    )
