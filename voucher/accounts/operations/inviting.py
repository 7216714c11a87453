"""Inviting by e-mail, withdrawing, accepting.

An invitation is a message of ours to an address that somebody else typed. So what one person, one
team and one address can cause in a day is bounded, and withdrawing gives nothing back.
"""

import secrets
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import and_, func, or_, select

from voucher.accounts.models import Invitation, Membership, User
from voucher.accounts.operations.joining import join_business, join_provider, join_staff
from voucher.accounts.queries import memberships_of, open_invitations
from voucher.accounts.roles import Role
from voucher.accounts.rules import (
    INVITATION_LIFE,
    invitation_token,
    token_digest,
    why_not_acceptable,
)
from voucher.audit.operations import record
from voucher.core.db import lock, session
from voucher.core.errors import Conflict, Invalid, NotPermitted

MOST_OPEN = 30
"""Invitations that may wait in one place: nobody sends mail to the whole town from here."""

A_DAY = timedelta(hours=24)
MOST_A_DAY_FROM_A_TEAM = 20
MOST_A_DAY_BY_A_PERSON = 50
"""More than one team sends: an officer invites the first people of many providers."""
MOST_A_DAY_TO_AN_ADDRESS = 3
"""From one team. A wrong address or a lost message is put right with the second or the third."""
MOST_A_DAY_TO_AN_ADDRESS_FROM_ALL = 10


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
    address, for somebody who is a member already, and past what may be sent in 24 hours.
    """
    address = email.strip().lower()
    place: dict[str, Any] = {"role": role, "business_id": business_id, "provider_id": provider_id}
    invited = session.execute(select(User).where(User.email == address)).scalar_one_or_none()
    if invited is not None and invited.id == by:
        raise Invalid("You can’t invite yourself.", "email")
    if invited is not None and _holds(invited.id, place):
        raise Invalid("This person is a member already.", "email")
    _require_few_today(address, place, by, at)
    _withdraw_open(address, place, by, at)
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


def _require_few_today(email: str, place: dict[str, Any], by: int, at: datetime) -> None:
    """Refuse past any of the four bounds. The inviter is locked: two clicks count one by one.

    What was withdrawn counts too: its message was sent.
    """
    lock(User, by)
    here = and_(*_same_place(place))
    to_address = Invitation.email == email
    query = select(
        func.count().filter(here),
        func.count().filter(Invitation.invited_by_id == by),
        func.count().filter(here, to_address),
        func.count().filter(to_address),
    ).where(
        Invitation.invited_at > at - A_DAY, or_(here, Invitation.invited_by_id == by, to_address)
    )
    team, person, address_here, address = session.execute(query).one()
    if team >= MOST_A_DAY_FROM_A_TEAM or person >= MOST_A_DAY_BY_A_PERSON:
        raise Invalid(
            "You have sent as many invitations as a day allows. Try again tomorrow.", "email"
        )
    if address_here >= MOST_A_DAY_TO_AN_ADDRESS or address >= MOST_A_DAY_TO_AN_ADDRESS_FROM_ALL:
        raise Invalid(
            "We have sent enough invitations to this address for today. Ask the person to look in "
            "their junk mail, or try again tomorrow.",
            "email",
        )


def _same_place(place: dict[str, Any]) -> list[Any]:
    """Conditions: the invitation is into the same business, provider, or the staff."""
    return [
        Invitation.business_id.is_not_distinct_from(place["business_id"]),
        Invitation.provider_id.is_not_distinct_from(place["provider_id"]),
    ]


def _withdraw_open(email: str, place: dict[str, Any], by: int, at: datetime) -> None:
    query = select(Invitation).where(
        Invitation.email == email,
        Invitation.role == place["role"],
        Invitation.accepted_at.is_(None),
        Invitation.revoked_at.is_(None),
        *_same_place(place),
    )
    for replaced in session.execute(query.with_for_update(key_share=True)).scalars().all():
        _revoke(replaced, by, at)


def withdraw_invitation(*, invitation: Invitation, by: int, at: datetime) -> None:
    """Withdraw an invitation that nobody has accepted. Raises Conflict otherwise."""
    fresh = lock(Invitation, invitation.id)
    if fresh.accepted_at is not None or fresh.revoked_at is not None:
        raise Conflict("This invitation is no longer open.")
    _revoke(fresh, by, at)


def _revoke(invitation: Invitation, by: int, at: datetime) -> None:
    invitation.revoked_at = at
    details = {"role": invitation.role.value}
    record(action="membership.withdrawn", subject=invitation, at=at, by=by, details=details)


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
