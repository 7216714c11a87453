"""Reads of businesses."""

from collections.abc import Collection, Sequence

from sqlalchemy import ColumnElement, Select, or_, select

from voucher.accounts.models import Membership
from voucher.accounts.rules import Member
from voucher.businesses.models import Business
from voucher.core.db import session
from voucher.core.errors import NotFound


def business_of(member: Member) -> Business:
    """The business that `member` acts for; NotFound for anybody who acts for none."""
    found = session.get(Business, member.business_id) if member.business_id else None
    if found is None:
        raise NotFound("You do not act for a business.")
    return found


def business_by_reference(reference: str) -> Business:
    """The business, for staff; NotFound if there is none."""
    query = select(Business).where(Business.reference == reference)
    found = session.execute(query).scalar_one_or_none()
    if found is None:
        raise NotFound("There is no such business.")
    return found


def same_enterprise_ids(business_id: int) -> Sequence[int]:
    """The ids of every entry of the same enterprise, this one first: those that share its number.

    Numbers are what people claim of themselves, so nothing is refused by them at registration
    (otherwise anybody could lock a rival out); limits per enterprise count across all of them.
    """
    business = session.get(Business, business_id)
    if business is None:
        return [business_id]
    if not _numbers_shared(business):
        return [business_id]
    found = session.execute(same_enterprise(business).order_by(Business.id)).scalars()
    return [business_id, *(each for each in found if each != business_id)]


def same_enterprise_entries(business_id: int) -> Sequence[Business]:
    """The same as rows, in the order of their ids; none where there is no such entry."""
    business = session.get(Business, business_id)
    if business is None:
        return []
    shared = or_(Business.id == business_id, *_numbers_shared(business))
    return session.execute(select(Business).where(shared).order_by(Business.id)).scalars().all()


def same_enterprise(business: Business) -> Select[tuple[int]]:
    """As `same_enterprise_ids`, as a part of another statement and in no order."""
    return select(Business.id).where(or_(Business.id == business.id, *_numbers_shared(business)))


def _numbers_shared(business: Business) -> list[ColumnElement[bool]]:
    numbers = (
        (Business.company_number, business.company_number),
        (Business.charity_number, business.charity_number),
        (Business.utr, business.utr),
    )
    return [column == value for column, value in numbers if value]


def own_enterprise_ids(user_id: int) -> set[int]:
    """The ids of every entry of the enterprises that a person belongs to now."""
    query = select(Membership.business_id).where(
        Membership.user_id == user_id,
        Membership.business_id.is_not(None),
        Membership.ended_at.is_(None),
    )
    own = session.execute(query).scalars()
    return {each for business_id in own for each in same_enterprise_ids(business_id or 0)}


def is_of_enterprise(user_id: int, business_id: int) -> bool:
    """Whether the person belongs to any entry of this business's enterprise: officers don't decide
    on their own, under whichever entry it applied."""
    return business_id in own_enterprise_ids(user_id)


def entries(business_ids: Collection[int]) -> Sequence[Business]:
    """The businesses with these ids, the first entered first."""
    query = select(Business).where(Business.id.in_(business_ids)).order_by(Business.id)
    return session.execute(query).scalars().all()


def business_names(business_ids: Sequence[int]) -> dict[int, str]:
    """Names by id, in one statement; none for no ids."""
    if not business_ids:
        return {}
    query = select(Business.id, Business.name).where(Business.id.in_(business_ids))
    return {row.id: row.name for row in session.execute(query)}
