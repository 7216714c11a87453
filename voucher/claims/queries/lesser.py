"""Reads of offers to be paid for less work."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select

from voucher.businesses.models import Business
from voucher.claims.models import Claim, LesserWork, LesserWorkStatus
from voucher.core.db import session
from voucher.core.errors import NotFound
from voucher.core.references import normalise_reference
from voucher.providers.models import Offering, Provider
from voucher.vouchers.models import Redemption, Voucher, VoucherStatus

_OFFERED = LesserWork.status == LesserWorkStatus.OFFERED


def offers_of_less(claim_id: int) -> Sequence[LesserWork]:
    """Every offer on one claim to be paid for less, the latest first."""
    query = select(LesserWork).where(LesserWork.claim_id == claim_id)
    return session.execute(query.order_by(LesserWork.id.desc())).scalars().all()


def open_offer_of_less(claim_id: int) -> LesserWork | None:
    """The offer on one claim that waits for the business, as it is stored now."""
    query = select(LesserWork).where(LesserWork.claim_id == claim_id, _OFFERED)
    return session.execute(query.execution_options(populate_existing=True)).scalar_one_or_none()


def less_to_answer(business_id: int) -> Sequence[Any]:
    """What this business must answer, the oldest first; nothing of a voucher that has ended.

    Rows of (offer, claim's reference, provider's name, offering's title).
    """
    query = (
        select(LesserWork, Claim.reference, Provider.name, Offering.title)
        .join(Claim, Claim.id == LesserWork.claim_id)
        .join(Redemption, Redemption.id == Claim.redemption_id)
        .join(Voucher, Voucher.id == Redemption.voucher_id)
        .join(Provider, Provider.id == Claim.provider_id)
        .join(Offering, Offering.id == Redemption.offering_id)
        .where(Claim.business_id == business_id, _OFFERED, Voucher.status == VoucherStatus.REDEEMED)
        .order_by(LesserWork.id)
    )
    return session.execute(query).all()


def less_for_business(business_id: int, reference: str) -> Any:
    """The latest offer on a claim on this business's voucher, whether or not the claim was sent.

    (offer, claim, provider, offering, business). Raises NotFound without an offer.
    """
    query = (
        select(LesserWork, Claim, Provider, Offering, Business)
        .join(Claim, Claim.id == LesserWork.claim_id)
        .join(Redemption, Redemption.id == Claim.redemption_id)
        .join(Provider, Provider.id == Claim.provider_id)
        .join(Offering, Offering.id == Redemption.offering_id)
        .join(Business, Business.id == Claim.business_id)
        .where(
            Claim.business_id == business_id,
            Claim.reference == (normalise_reference(reference) or ""),
            LesserWork.status != LesserWorkStatus.WITHDRAWN,
        )
        .order_by(LesserWork.id.desc())
    )
    found = session.execute(query).first()
    if found is None:
        raise NotFound("There is no such offer.")
    return found
