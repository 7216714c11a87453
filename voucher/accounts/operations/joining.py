"""Registering, joining a business, a provider or the staff, and leaving it."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select

from voucher.accounts.models import Membership, User
from voucher.accounts.operations.sessions import fresh_uniquifier, sign_out_everywhere
from voucher.accounts.queries import memberships_of
from voucher.accounts.roles import STAFF_ROLES, Role
from voucher.audit.operations import record
from voucher.core.db import lock, session, translating_constraints
from voucher.core.errors import Conflict, Invalid

MOST_MEMBERSHIPS = 20


def register(
    *,
    email: str,
    full_name: str,
    password_hash: str,
    at: datetime,
    confirmed_at: datetime | None = None,
) -> User:
    """Store a new person. `password_hash` is already hashed; `confirmed_at` only for seeded data.

    The address must be free (the sign-in library looks first; the unique index has the last word).
    """
    user = User(
        email=email.strip().lower(),
        full_name=full_name,
        password=password_hash,
        fs_uniquifier=fresh_uniquifier(),
        confirmed_at=confirmed_at,
        registered_at=at,
    )
    session.add(user)
    with translating_constraints():
        session.flush()
    record(action="user.registered", subject=user, at=at, by=user.id)
    return user


def join_business(
    *, user_id: int, business_id: int, at: datetime, by: int | None = None
) -> Membership:
    """Make the person a member of the business; a member already stays as they are."""
    return _join(user_id, Role.BUSINESS, at, by, business_id=business_id)


def join_provider(
    *, user_id: int, provider_id: int, at: datetime, by: int | None = None
) -> Membership:
    """Make the person a member of the provider; a member already stays as they are."""
    return _join(user_id, Role.PROVIDER, at, by, provider_id=provider_id)


def join_staff(*, user_id: int, role: Role, at: datetime, by: int | None) -> Membership:
    """Give the person a staff role.

    A person new to the staff is signed out everywhere: a session that began with a password alone
    must not become one of the staff, who sign in with a second factor.
    """
    if role not in STAFF_ROLES:
        raise Invalid("Choose one of the staff roles.", "role")
    user = lock(User, user_id)
    if not any(held.role in STAFF_ROLES for held in memberships_of(user_id)):
        sign_out_everywhere(user=user, by=by or user_id, at=at)
    return _join(user_id, role, at, by)


def _join(
    user_id: int,
    role: Role,
    at: datetime,
    by: int | None,
    *,
    business_id: int | None = None,
    provider_id: int | None = None,
) -> Membership:
    held = session.execute(
        select(Membership).where(
            Membership.user_id == user_id,
            Membership.role == role,
            Membership.business_id.is_not_distinct_from(business_id),
            Membership.provider_id.is_not_distinct_from(provider_id),
        )
    ).scalar_one_or_none()
    if held is not None and held.ended_at is None:
        return held
    if len(memberships_of(user_id)) >= MOST_MEMBERSHIPS:
        raise Conflict("You belong to too many organisations already.")
    if held is None:
        held = Membership(
            user_id=user_id, role=role, business_id=business_id, provider_id=provider_id
        )
        session.add(held)
    held.joined_at, held.ended_at = at, None
    details = {"user_id": user_id, "role": role.value}
    record(action="membership.joined", subject=held, at=at, by=by or user_id, details=details)
    return held


def end_membership(*, membership: Membership, by: int, at: datetime) -> None:
    """End a membership. The person loses that capacity with their next request.

    Raises Conflict when it has ended already, and when nobody would be left: a business or provider
    keeps at least one member, the staff at least one programme manager.
    """
    fellows = _locked_fellows(membership)
    if membership.id not in [held.id for held in fellows]:
        raise Conflict("This membership has ended already.")
    if len(fellows) == 1 and membership.role in (Role.BUSINESS, Role.PROVIDER):
        raise Conflict("Somebody must stay. Invite another person before you take this one out.")
    if len(fellows) == 1 and membership.role is Role.PROGRAMME_MANAGER:
        raise Conflict("The scheme needs at least one programme manager.")
    membership.ended_at = at
    details = {"user_id": membership.user_id, "role": membership.role.value}
    record(action="membership.ended", subject=membership, at=at, by=by, details=details)


def _locked_fellows(membership: Membership) -> Sequence[Membership]:
    """The live memberships of the same kind, locked, so that two people can't end each other's."""
    query = (
        select(Membership)
        .where(
            Membership.role == membership.role,
            Membership.business_id.is_not_distinct_from(membership.business_id),
            Membership.provider_id.is_not_distinct_from(membership.provider_id),
            Membership.ended_at.is_(None),
        )
        .order_by(Membership.id)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    )
    return session.execute(query).scalars().all()
