"""Reads of ratings: what ranking counts, what anybody sees, what both sides and officers see."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Select, func, select

from voucher.businesses.models import Business
from voucher.claims.models import Claim, Confirmation
from voucher.claims.queries import tasters_done
from voucher.claims.ratings.models import Rating, RatingStatus
from voucher.claims.ratings.rules import RATED, SEALED_FOR
from voucher.core.db import session
from voucher.core.errors import NotFound
from voucher.core.paging import Page, page_of
from voucher.core.references import normalise_reference
from voucher.matching.operations import TrackRecord
from voucher.providers.models import Offering, Provider

COUNTS = (
    Rating.by_provider.is_(False),
    Rating.status == RatingStatus.SHOWN,
    Claim.status.in_(RATED),
)
"""Of businesses, on work that was redeemed, claimed and confirmed, and not withheld."""


def ratings_that_count() -> dict[int, tuple[int, int]]:
    """By offering: how many ratings count and the sum of their stars (1 to 5 each)."""
    query = (
        select(Rating.offering_id, func.count(Rating.id), func.sum(Rating.stars))
        .join(Claim, Claim.id == Rating.claim_id)
        .where(*COUNTS)
        .group_by(Rating.offering_id)
    )
    return {row[0]: (row[1], int(row[2])) for row in session.execute(query)}


def track_record() -> TrackRecord:
    """What ranking is told of every offering: the tasters done, and the ratings that count."""
    return TrackRecord(tasters_done(), ratings_that_count())


def rating_of_offering(offering_id: int) -> tuple[int, int]:
    """How many ratings of one offering count, and the sum of their stars."""
    query = (
        select(func.count(Rating.id), func.coalesce(func.sum(Rating.stars), 0))
        .join(Claim, Claim.id == Rating.claim_id)
        .where(Rating.offering_id == offering_id, *COUNTS)
    )
    count, total = session.execute(query).one()
    return count, int(total)


def shown_of_offering(offering_id: int, limit: int = 10) -> Sequence[Rating]:
    """The latest ratings of one offering that count, for anybody to read."""
    query = (
        select(Rating)
        .join(Claim, Claim.id == Rating.claim_id)
        .where(Rating.offering_id == offering_id, *COUNTS)
        .order_by(Rating.id.desc())
        .limit(limit)
    )
    return session.execute(query).scalars().all()


def ratings_of_claim(claim_id: int) -> dict[bool, Rating]:
    """Both sides' ratings of one claim as stored now, by whether the provider gave it."""
    query = select(Rating).where(Rating.claim_id == claim_id)
    found = session.execute(query.execution_options(populate_existing=True)).scalars()
    return {rating.by_provider: rating for rating in found}


def confirmed_at(claim_id: int) -> datetime | None:
    """When the work of a claim was last confirmed; None if it never was."""
    query = select(func.max(Confirmation.given_at)).where(
        Confirmation.claim_id == claim_id, Confirmation.confirmed
    )
    found: datetime | None = session.execute(query).scalar()
    return found


def sealed_too_long(at: datetime) -> Sequence[int]:
    """Ids of sealed ratings whose time for the other side is over, the oldest first."""
    query = select(Rating.id).where(
        Rating.status == RatingStatus.SEALED, Rating.given_at <= at - SEALED_FOR
    )
    return session.execute(query.order_by(Rating.id)).scalars().all()


def ratings_for_staff(status: RatingStatus | None, page: int) -> Page[Any]:
    """One page of (rating, claim, business, provider, offering), the latest first."""
    query = _whole()
    if status is not None:
        query = query.where(Rating.status == status)
    return page_of(query.order_by(Rating.id.desc()), page, key=Rating.id)


def rating_for_staff(reference: str) -> Any:
    """One rating as above, as stored now; or NotFound."""
    named = Rating.reference == (normalise_reference(reference) or "")
    query = _whole().where(named).execution_options(populate_existing=True)
    found = session.execute(query).first()
    if found is None:
        raise NotFound("There is no such rating.")
    return found


def _whole() -> Select[Any]:
    return (
        select(Rating, Claim, Business, Provider, Offering)
        .join(Claim, Claim.id == Rating.claim_id)
        .join(Business, Business.id == Claim.business_id)
        .join(Provider, Provider.id == Claim.provider_id)
        .join(Offering, Offering.id == Rating.offering_id)
    )
