"""What waits for a business on its claims: its word, other amounts to answer, its part to pay."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import and_, or_, select

from voucher.claims.models import (
    Amendment,
    AmendmentStatus,
    Claim,
    ClaimStatus,
    UnpaidContribution,
    UnpaidStatus,
)
from voucher.core.db import session
from voucher.providers.models import Offering, Provider
from voucher.vouchers.models import Redemption, Voucher, VoucherStatus


@dataclass(frozen=True, slots=True)
class WaitingClaim:
    """A claim of which something waits for the business.

    `amendment`: the open offer of other amounts; `question`: its own part, to be paid or shown.
    """

    claim: Claim
    amendment: Amendment | None
    question: UnpaidContribution | None
    provider: str
    title: str

    @property
    def awaits_word(self) -> bool:
        """Whether the business is to confirm or dispute the work."""
        return self.claim.status is ClaimStatus.SUBMITTED


def waiting_for_business(business_id: int) -> Sequence[WaitingClaim]:
    """Every claim that waits for this business, the first last day first, in one statement.

    Nothing is asked of a voucher that has ended.
    """
    offer = and_(Amendment.claim_id == Claim.id, Amendment.status == AmendmentStatus.OFFERED)
    asked = and_(
        UnpaidContribution.claim_id == Claim.id, UnpaidContribution.status == UnpaidStatus.ASKED
    )
    query = (
        select(Claim, Amendment, UnpaidContribution, Provider.name, Offering.title)
        .join(Redemption, Redemption.id == Claim.redemption_id)
        .join(Voucher, Voucher.id == Redemption.voucher_id)
        .join(Provider, Provider.id == Claim.provider_id)
        .join(Offering, Offering.id == Redemption.offering_id)
        .outerjoin(Amendment, offer)
        .outerjoin(UnpaidContribution, asked)
        .where(
            Claim.business_id == business_id,
            Voucher.status == VoucherStatus.REDEEMED,
            or_(
                Claim.status == ClaimStatus.SUBMITTED,
                Amendment.id.is_not(None),
                UnpaidContribution.id.is_not(None),
            ),
        )
    )
    rows = session.execute(query.order_by(Claim.confirm_by_on, Claim.id))
    return [WaitingClaim(*row) for row in rows]
