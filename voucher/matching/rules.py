"""What the three parties agree on: the five amounts, the start, and what stands in the way. Pure.

Amounts in whole pence, percentages in basis points, dates in London.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Any, Protocol

from voucher.core.money import Rounding, share_of

SHORTLIST_LENGTH = 10
"""How many offerings a business is shown: enough to compare, few enough to read."""
CAPACITY_DAYS = 30
"""An offering's capacity per month is counted over the thirty days before."""
LATEST_START_DAYS = 180


class VoucherFacts(Protocol):
    """What matching asks of a voucher (a row of a higher package)."""

    id: int
    application_id: int
    round_id: int
    status: Any
    cap_pence: int
    share_bps: int
    expires_on: date


def voucher_amount(cap_pence: int, share_bps: int, net_price_pence: int) -> int:
    """min(cap, share × price excluding VAT), the share rounded DOWN to a whole penny.

    Down, so that the programme never pays more than its share. Raises ValueError for negative
    amounts and for shares outside 0 to 10,000 bps.
    """
    if cap_pence < 0:
        raise ValueError("a voucher’s maximum is not negative")
    return min(cap_pence, share_of(net_price_pence, share_bps, rounding=Rounding.DOWN))


@dataclass(frozen=True, slots=True)
class PriceBreakdown:
    """The five amounts of an agreement; they are stored, never worked out again from one another.

    The provider invoices net price and VAT on all of it; the voucher pays part of the net price;
    the business pays the rest of it and all the VAT.
    """

    net_price_pence: int
    vat_rate_bps: int
    vat_pence: int
    voucher_pence: int
    contribution_pence: int

    @property
    def gross_price_pence(self) -> int:
        """What the provider's invoice comes to."""
        return self.net_price_pence + self.vat_pence


def price_breakdown(
    *, net_price_pence: int, vat_rate_bps: int, cap_pence: int, share_bps: int
) -> PriceBreakdown:
    """The five amounts for a price: net, VAT rate, VAT (rounded HALF_UP), voucher (DOWN), the rest.

    `vat_rate_bps` is 0 for a provider that is not registered for VAT. Raises ValueError for a price
    of nothing or less.
    """
    if net_price_pence <= 0:
        raise ValueError("a price is more than nothing")
    vat = share_of(net_price_pence, vat_rate_bps, rounding=Rounding.HALF_UP)
    voucher = voucher_amount(cap_pence, share_bps, net_price_pence)
    return PriceBreakdown(
        net_price_pence=net_price_pence,
        vat_rate_bps=vat_rate_bps,
        vat_pence=vat,
        voucher_pence=voucher,
        contribution_pence=net_price_pence + vat - voucher,
    )


def variation_needs_officer(
    *, was_net_price_pence: int, net_price_pence: int, work_changed: bool
) -> bool:
    """Whether an officer must agree to a change of an agreement, or the programme does by rule.

    The programme agreed by rule because the price and the work were the published ones. It agrees
    by rule again to the same work at no higher price; a higher price, or other work than was
    published, somebody must have read.
    """
    return work_changed or net_price_pence > was_net_price_pence


def start_problem(start_on: date | None, today: date) -> str | None:
    """What is wrong with the start that a provider names, in words, or None."""
    if start_on is None:
        return "Enter the day on which you can start."
    if start_on < today:
        return "The start must be today or later."
    if start_on > today + timedelta(days=LATEST_START_DAYS):
        return f"The start must be within {LATEST_START_DAYS} days."
    return None


class AgreementObstacle(StrEnum):
    """What keeps the programme from agreeing; `words` for whoever tries."""

    VOUCHER_NOT_LIVE = "voucher_not_live"
    VOUCHER_EXPIRED = "voucher_expired"
    CASE_HELD = "case_held"
    PROVIDER_MAY_NOT_WORK = "provider_may_not_work"
    OFFERING_NOT_PUBLISHED = "offering_not_published"
    PRICE_CHANGED = "price_changed"
    CONNECTED = "connected"

    @property
    def words(self) -> str:
        """A sentence for either party: it says nothing of the other one's affairs."""
        return _OBSTACLE_WORDS[self]


_OBSTACLE_WORDS = {
    AgreementObstacle.VOUCHER_NOT_LIVE: "This voucher can’t be used any more.",
    AgreementObstacle.VOUCHER_EXPIRED: "This voucher has expired.",
    AgreementObstacle.CASE_HELD: "We are looking into something on this case. Nothing can be "
    "agreed until we have finished; we will be in touch.",
    AgreementObstacle.PROVIDER_MAY_NOT_WORK: "This provider can’t take new work at the moment.",
    AgreementObstacle.OFFERING_NOT_PUBLISHED: "This offering is not available at the moment.",
    AgreementObstacle.PRICE_CHANGED: "The price of this offering has changed since it was chosen. "
    "It has to be chosen again at the new price.",
    AgreementObstacle.CONNECTED: "This business and this provider are connected, so a voucher "
    "can’t be used between them. Choose another offering.",
}


def agreement_obstacles(
    *,
    voucher_live: bool,
    voucher_expires_on: date,
    today: date,
    case_held: bool,
    provider_may_work: bool,
    offering_published: bool,
    price_as_published: bool,
    connected: bool = False,
) -> tuple[AgreementObstacle, ...]:
    """Everything that keeps the programme from agreeing; empty where it agrees by rule."""
    tests: Iterable[tuple[bool, AgreementObstacle]] = (
        (not voucher_live, AgreementObstacle.VOUCHER_NOT_LIVE),
        (voucher_live and today > voucher_expires_on, AgreementObstacle.VOUCHER_EXPIRED),
        (case_held, AgreementObstacle.CASE_HELD),
        (not provider_may_work, AgreementObstacle.PROVIDER_MAY_NOT_WORK),
        (not offering_published, AgreementObstacle.OFFERING_NOT_PUBLISHED),
        (not price_as_published, AgreementObstacle.PRICE_CHANGED),
        (connected, AgreementObstacle.CONNECTED),
    )
    return tuple(obstacle for found, obstacle in tests if found)


class ConflictKind(StrEnum):
    """How a business and a provider can be connected; such an offering is never on its list.

    SAME_COMPANY: the same number at Companies House, or for VAT.
    """

    SAME_PERSON = "same_person"
    SAME_COMPANY = "same_company"
    SAME_PHONE = "same_phone"
    SAME_ADDRESS = "same_address"
