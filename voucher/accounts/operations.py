"""Writes on people: registration, memberships, invitations, the second factor and its recovery."""

import secrets
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select, update

from voucher.accounts.models import DeviceRecovery, Invitation, Membership, User
from voucher.accounts.permissions import Permission
from voucher.accounts.queries import memberships_of, open_invitations
from voucher.accounts.roles import ROLES, STAFF_ROLES, Role
from voucher.accounts.rules import (
    INVITATION_LIFE,
    capacities,
    invitation_token,
    token_digest,
    why_not_acceptable,
)
from voucher.audit.operations import record
from voucher.core.db import lock, session, translating_constraints
from voucher.core.errors import Conflict, Invalid, NotFound, NotPermitted

MOST_OPEN = 30
"""Invitations that may wait in one place: nobody sends mail to the whole town from here."""

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
        fs_uniquifier=_fresh_uniquifier(),
        confirmed_at=confirmed_at,
        registered_at=at,
    )
    session.add(user)
    with translating_constraints():
        session.flush()
    record(action="user.registered", subject=user, at=at, by=user.id)
    return user


def sign_out_everywhere(*, user: User) -> None:
    """End every session of the person: sessions name the uniquifier, and it changes."""
    user.fs_uniquifier = _fresh_uniquifier()
    session.flush()


def _fresh_uniquifier() -> str:
    return secrets.token_hex(32)


# --- memberships -------------------------------------------------------------------------------


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
        sign_out_everywhere(user=user)
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
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return session.execute(query).scalars().all()


# --- invitations -------------------------------------------------------------------------------


def invite(
    *,
    email: str,
    role: Role,
    by: int,
    at: datetime,
    key: bytes,
    business_id: int | None = None,
    provider_id: int | None = None,
) -> Invitation:
    """Invite `email` into a business, a provider, or (with neither) the staff, for seven days.

    An earlier open invitation to the same place is withdrawn. The token is derived with `key`
    (`rules.invitation_token`) and only its digest is stored. Who may invite where is decided by the
    caller, from the member's own business or provider. Raises Invalid for the inviter's own
    address and for somebody who is a member already.
    """
    address = email.strip().lower()
    place: dict[str, Any] = {"role": role, "business_id": business_id, "provider_id": provider_id}
    invited = session.execute(select(User).where(User.email == address)).scalar_one_or_none()
    if invited is not None and invited.id == by:
        raise Invalid("You can’t invite yourself.", "email")
    if invited is not None and _holds(invited.id, place):
        raise Invalid("This person is a member already.", "email")
    _withdraw_open(address, place, at)
    if len(open_invitations(at, business_id=business_id, provider_id=provider_id)) >= MOST_OPEN:
        raise Conflict("Too many invitations are waiting. Withdraw some of them first.")
    nonce = secrets.token_hex(16)
    invitation = Invitation(
        email=address,
        token_nonce=nonce,
        token_digest=token_digest(invitation_token(key, nonce)),
        invited_by_id=by,
        invited_at=at,
        expires_at=at + INVITATION_LIFE,
        **place,
    )
    session.add(invitation)
    record(
        action="membership.invited",
        subject=invitation,
        at=at,
        by=by,
        details={"role": role.value, "business_id": business_id, "provider_id": provider_id},
    )
    return invitation


def _holds(user_id: int, place: dict[str, Any]) -> bool:
    return any(
        all(getattr(held, name) == value for name, value in place.items())
        for held in memberships_of(user_id)
    )


def _withdraw_open(email: str, place: dict[str, Any], at: datetime) -> None:
    session.execute(
        update(Invitation)
        .where(
            Invitation.email == email,
            Invitation.accepted_at.is_(None),
            Invitation.revoked_at.is_(None),
            *(
                getattr(Invitation, name).is_not_distinct_from(value)
                for name, value in place.items()
            ),
        )
        .values(revoked_at=at)
    )


def withdraw_invitation(*, invitation: Invitation, by: int, at: datetime) -> None:
    """Withdraw an invitation that nobody has accepted. Raises Conflict otherwise."""
    fresh = lock(Invitation, invitation.id)
    if fresh.accepted_at is not None or fresh.revoked_at is not None:
        raise Conflict("This invitation is no longer open.")
    fresh.revoked_at = at
    record(action="membership.ended", subject=fresh, at=at, by=by, details={"invitation": True})


def accept_invitation(*, invitation: Invitation, user: User, at: datetime) -> Membership:
    """Make the signed-in `user` a member of what they were invited to.

    Before: the address is the one invited and confirmed, the invitation open and in time (Conflict
    otherwise). After: it can't be used again.
    """
    fresh = lock(Invitation, invitation.id)
    refusal = why_not_acceptable(fresh, email=user.email, at=at)
    if refusal:
        raise Conflict(refusal)
    if user.confirmed_at is None:
        raise NotPermitted("Confirm your email address first.")
    fresh.accepted_at, fresh.accepted_by_id = at, user.id
    if fresh.role is Role.BUSINESS:
        return join_business(user_id=user.id, business_id=fresh.business_id, at=at)
    if fresh.role is Role.PROVIDER:
        return join_provider(user_id=user.id, provider_id=fresh.provider_id, at=at)
    return join_staff(user_id=user.id, role=fresh.role, at=at, by=user.id)


# --- the second factor -------------------------------------------------------------------------


def use_totp_counter(*, user_id: int, counter: int) -> bool:
    """Note that the code of time step `counter` was used; False if it, or a later one, was before.

    One compare-and-swap, so of two sessions with the same code only one gets in.
    """
    swap = (
        update(User)
        .where(User.id == user_id, User.totp_last_counter < counter)
        .values(totp_last_counter=counter)
        .execution_options(synchronize_session=False)
    )
    return session.execute(swap).rowcount == 1


def ask_recovery(*, user: User | None, reason: str, by: int, at: datetime) -> DeviceRecovery:
    """The first officer asks that the second factor of `user` be removed.

    Raises NotPermitted unless the officer may recover and is not the person; Invalid when the
    person is unknown or has no second factor; Conflict when a request is open already.
    """
    _check_officer(by)
    if user is None or not user.has_second_factor:
        raise Invalid("Nobody with this address uses an authenticator app.", "email")
    if user.id == by:
        raise NotPermitted("You can’t recover your own account. Ask two colleagues.")
    recovery = DeviceRecovery(user_id=user.id, reason=reason, first_officer_id=by, first_at=at)
    session.add(recovery)
    with translating_constraints():
        session.flush()
    record(action="recovery.asked", subject=recovery, at=at, by=by, details={"user_id": user.id})
    return recovery


def complete_recovery(*, recovery: DeviceRecovery, by: int, at: datetime) -> User:
    """The second officer, a different one, agrees: app and recovery codes of the person go.

    After: the person is signed out everywhere and sets up a new app after their password. Raises
    NotPermitted for the first officer and for the person, Conflict when it is no longer open.
    """
    _check_officer(by)
    fresh = _open_recovery(recovery.id)
    if by in (fresh.first_officer_id, fresh.user_id):
        raise NotPermitted("A different officer than the one who asked must complete this.")
    fresh.second_officer_id, fresh.completed_at = by, at
    user = lock(User, fresh.user_id)
    user.tf_primary_method = user.tf_totp_secret = user.mf_recovery_codes = None
    sign_out_everywhere(user=user)
    details = {"user_id": user.id, "first_officer_id": fresh.first_officer_id}
    record(action="recovery.completed", subject=fresh, at=at, by=by, details=details)
    return user


def cancel_recovery(*, recovery: DeviceRecovery, by: int, at: datetime) -> None:
    """An officer, or the person, stops a recovery that is still open. Raises Conflict otherwise."""
    if by != recovery.user_id:
        _check_officer(by)
    fresh = _open_recovery(recovery.id)
    fresh.cancelled_by_id, fresh.cancelled_at = by, at
    session.flush()


def _open_recovery(recovery_id: int) -> DeviceRecovery:
    fresh = lock(DeviceRecovery, recovery_id)
    if fresh is None:
        raise NotFound("There is no such recovery.")
    if fresh.completed_at is not None or fresh.cancelled_at is not None:
        raise Conflict("This recovery is no longer open.")
    return fresh


def _check_officer(user_id: int) -> None:
    held = capacities(memberships_of(user_id))
    if not any(member.may(Permission.STAFF_RECOVER) for member in held):
        names = [
            role.label for role in ROLES.values() if Permission.STAFF_RECOVER in role.permissions
        ]
        raise NotPermitted(f"Only these may recover an account: {', '.join(names)}.")
