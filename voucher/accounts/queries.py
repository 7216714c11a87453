"""Reads of people and memberships."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select

from voucher.accounts.models import DeviceRecovery, Invitation, Membership, SignedInSession, User
from voucher.accounts.permissions import Permission
from voucher.accounts.roles import ROLES, STAFF_ROLES, Role
from voucher.accounts.rules import token_digest
from voucher.core.db import session
from voucher.core.errors import NotFound


@dataclass(frozen=True)
class SignedIn:
    """A person and the session they have signed in to, live or over."""

    user: User
    session: SignedInSession


def signed_in_session(uniquifier: str, token: str) -> SignedIn | None:
    """The person and the session that a cookie names; None where the two don't belong together."""
    query = (
        select(User, SignedInSession)
        .join(SignedInSession, SignedInSession.user_id == User.id)
        .where(
            User.fs_uniquifier == uniquifier,
            SignedInSession.token_digest == token_digest(token),
        )
    )
    found = session.execute(query).one_or_none()
    return SignedIn(*found) if found else None


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


def is_of_provider(user_id: int, provider_id: int) -> bool:
    """Whether the person is a live member of the provider."""
    query = select(Membership.id).where(
        Membership.user_id == user_id,
        Membership.provider_id == provider_id,
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


@dataclass(frozen=True)
class TeamMember:
    """One live membership with the person it belongs to."""

    membership_id: int
    user_id: int
    name: str
    email: str
    role: Role
    joined_at: datetime
    has_second_factor: bool


def team_of(*, business_id: int | None = None, provider_id: int | None = None) -> list[TeamMember]:
    """The people of a business, of a provider, or (with neither) of the staff, in one statement."""
    query = (
        select(Membership, User)
        .join(User, User.id == Membership.user_id)
        .where(Membership.ended_at.is_(None), *_place(Membership, business_id, provider_id))
        .order_by(User.full_name, Membership.id)
    )
    return [
        TeamMember(
            membership_id=held.id,
            user_id=user.id,
            name=user.full_name or user.email,
            email=user.email,
            role=held.role,
            joined_at=held.joined_at,
            has_second_factor=user.has_second_factor,
        )
        for held, user in session.execute(query)
    ]


def membership_in(
    membership_id: int, *, business_id: int | None = None, provider_id: int | None = None
) -> Membership:
    """The membership, if it is of that business, provider, or (with neither) the staff.

    Raises NotFound for anybody else's.
    """
    query = select(Membership).where(
        Membership.id == membership_id, *_place(Membership, business_id, provider_id)
    )
    return _found(session.execute(query).scalar_one_or_none(), "membership")


def open_invitations(
    at: datetime, *, business_id: int | None = None, provider_id: int | None = None
) -> Sequence[Invitation]:
    """Invitations that can still be accepted at `at`, newest first."""
    query = (
        select(Invitation)
        .where(
            Invitation.accepted_at.is_(None),
            Invitation.revoked_at.is_(None),
            Invitation.expires_at > at,
            *_place(Invitation, business_id, provider_id),
        )
        .order_by(Invitation.id.desc())
    )
    return session.execute(query).scalars().all()


def invitation_in(
    invitation_id: int, *, business_id: int | None = None, provider_id: int | None = None
) -> Invitation:
    """The invitation, if it is into that business, provider or the staff. Raises NotFound."""
    query = select(Invitation).where(
        Invitation.id == invitation_id, *_place(Invitation, business_id, provider_id)
    )
    return _found(session.execute(query).scalar_one_or_none(), "invitation")


def invitation_by_token(token: str) -> Invitation:
    """The invitation whose link holds `token`. Raises NotFound."""
    query = select(Invitation).where(Invitation.token_digest == token_digest(token))
    return _found(session.execute(query).scalar_one_or_none(), "invitation")


def open_recoveries() -> Sequence[DeviceRecovery]:
    """Device recoveries that wait for a second officer, oldest first."""
    query = select(DeviceRecovery).where(
        DeviceRecovery.completed_at.is_(None), DeviceRecovery.cancelled_at.is_(None)
    )
    return session.execute(query.order_by(DeviceRecovery.id)).scalars().all()


def recovery_by_id(recovery_id: int) -> DeviceRecovery:
    """The device recovery. Raises NotFound."""
    return _found(session.get(DeviceRecovery, recovery_id), "recovery")


def _place(model: Any, business_id: int | None, provider_id: int | None) -> list[Any]:
    if business_id is not None:
        return [model.business_id == business_id]
    if provider_id is not None:
        return [model.provider_id == provider_id]
    return [model.role.in_(STAFF_ROLES)]


def _found(row: Any, what: str) -> Any:
    if row is None:
        raise NotFound(f"There is no such {what}.")
    return row


def person(user_id: int) -> User:
    """The person. Raises NotFound."""
    return _found(session.get(User, user_id), "person")


def invitations_for(email: str, at: datetime) -> Sequence[Invitation]:
    """The invitations that the owner of the address can accept at `at`, newest first."""
    query = select(Invitation).where(
        Invitation.email == email.lower(),
        Invitation.accepted_at.is_(None),
        Invitation.revoked_at.is_(None),
        Invitation.expires_at > at,
    )
    return session.execute(query.order_by(Invitation.id.desc())).scalars().all()
