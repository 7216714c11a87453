"""Reads of people and memberships."""

from collections.abc import Sequence

from sqlalchemy import select

from voucher.accounts.models import Membership, User
from voucher.accounts.permissions import Permission
from voucher.accounts.roles import ROLES
from voucher.core.db import session


def memberships_of(user_id: int) -> Sequence[Membership]:
    """Every live membership of the person."""
    query = select(Membership).where(Membership.user_id == user_id, Membership.ended_at.is_(None))
    return session.execute(query.order_by(Membership.id)).scalars().all()


def user_by_email(email: str) -> User | None:
    """The person with this address (any case), if there is one."""
    query = select(User).where(User.email == email.strip().lower())
    return session.execute(query).scalar_one_or_none()


def names_of(user_ids: Sequence[int | None]) -> dict[int, str]:
    """Full names (or else addresses) by user id, in one statement."""
    wanted = {user_id for user_id in user_ids if user_id is not None}
    if not wanted:
        return {}
    query = select(User.id, User.full_name, User.email).where(User.id.in_(wanted))
    return {row.id: row.full_name or row.email for row in session.execute(query)}


def is_of_business(user_id: int, business_id: int) -> bool:
    """Whether the person is a live member of the business: officers don't decide on their own."""
    query = select(Membership.id).where(
        Membership.user_id == user_id,
        Membership.business_id == business_id,
        Membership.ended_at.is_(None),
    )
    return session.execute(query).first() is not None


def officers_who_may(permission: Permission) -> dict[int, str]:
    """Names (or else addresses) by user id of everybody on the staff whose roles permit it."""
    roles = [role for role, definition in ROLES.items() if permission in definition.permissions]
    query = (
        select(User.id, User.full_name, User.email)
        .join(Membership, Membership.user_id == User.id)
        .where(Membership.role.in_(roles), Membership.ended_at.is_(None), User.active)
        .order_by(User.full_name, User.email)
    )
    return {row.id: row.full_name or row.email for row in session.execute(query)}
