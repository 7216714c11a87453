"""Reads of people and memberships."""

from collections.abc import Sequence

from sqlalchemy import select

from voucher.accounts.models import Membership, User
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
