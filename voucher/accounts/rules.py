"""Who a signed-in person acts as, what makes a password, and how invitations work. Pure."""

import base64
import hashlib
import hmac
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from voucher.accounts.models import Invitation, Membership, SignedInSession
from voucher.accounts.permissions import Permission
from voucher.accounts.roles import ROLES, STAFF_ROLES, Role

INVITATION_LIFE = timedelta(days=7)
IDLE_STAFF, LONGEST_STAFF = timedelta(minutes=30), timedelta(hours=12)
IDLE_OTHERS, LONGEST_OTHERS = timedelta(hours=12), timedelta(days=7)
"""How long a session may lie unused, and how long it may last at all: shorter where more is at
stake (NIST SP 800-63B, 4.2.3: 30 minutes and 12 hours at its second level)."""
SEEN_EVERY = timedelta(minutes=1)
"""How exactly the last use of a session is known: a write for every page would be dear."""

SHORTEST_PASSWORD = 12
"""Characters. A password is often the only factor of a business; length beats variety
(NIST SP 800-63B, 5.1.1.2; NCSC, "Three random words")."""

FEWEST_DIFFERENT_CHARACTERS = 5
_TRITE = frozenset(
    {"password", "passwordpassword", "letmein", "qwertyuiop", "qwerty", "welcome", "iloveyou"}
    | {"abcdefghijkl", "administrator", "changeme", "changemenow", "secret", "football"}
)


@dataclass(frozen=True)
class Member:
    """One capacity of one person: for a business, for a provider, or as staff.

    `capacity` is "business:ID", "provider:ID" or "staff". Exactly one of `business_id` and
    `provider_id` is set, or neither for staff. A person with several staff roles has the
    permissions of all of them; separation of duties is a rule of each domain, by person.
    """

    user_id: int
    capacity: str
    roles: frozenset[Role]
    business_id: int | None = None
    provider_id: int | None = None

    @property
    def permissions(self) -> frozenset[Permission]:
        """Everything the member's roles permit."""
        return frozenset().union(*(ROLES[role].permissions for role in self.roles))

    @property
    def is_staff(self) -> bool:
        """Whether the member acts for the programme."""
        return self.capacity == "staff"

    def may(self, permission: Permission) -> bool:
        """Whether the member's roles permit `permission`."""
        return permission in self.permissions


def capacities(memberships: Iterable[Membership]) -> list[Member]:
    """The capacities that a person's live memberships give, staff first, then by id."""
    live = [held for held in memberships if held.ended_at is None]
    staff = [held for held in live if held.role in STAFF_ROLES]
    members = []
    if staff:
        roles = frozenset(held.role for held in staff)
        members.append(Member(staff[0].user_id, "staff", roles))
    for held in sorted(live, key=lambda held: held.id):
        if held.role is Role.BUSINESS:
            capacity = f"business:{held.business_id}"
            members.append(Member(held.user_id, capacity, frozenset({held.role}), held.business_id))
        elif held.role is Role.PROVIDER:
            capacity = f"provider:{held.provider_id}"
            roles = frozenset({held.role})
            members.append(Member(held.user_id, capacity, roles, provider_id=held.provider_id))
    return members


def choose_capacity(members: list[Member], wanted: str | None) -> Member | None:
    """The capacity named `wanted` if the person has it, else their first, else None."""
    chosen = (member for member in members if member.capacity == wanted)
    return next(chosen, members[0] if members else None)


def password_problem(password: str, *, email: str, full_name: str) -> str | None:
    """What is wrong with a new password, as a sentence for the person, or None.

    Too short, too few different characters, one of the passwords everybody tries (with any digits
    and signs around it), or made of the person's own name or address.
    """
    if len(password) < SHORTEST_PASSWORD:
        return f"The password must have at least {SHORTEST_PASSWORD} characters."
    if len(set(password)) < FEWEST_DIFFERENT_CHARACTERS:
        return "The password repeats the same few characters. Use three unrelated words."
    letters = "".join(character for character in password.lower() if character.isalpha())
    if letters in _TRITE or password.isdigit():
        return "That password is one of the first that anybody tries. Use three unrelated words."
    own = [email.split("@")[0].lower(), *full_name.lower().split()]
    if any(len(part) > 3 and part in password.lower() for part in own):
        return "The password must not contain your name or your email address."
    return None


def invitation_token(key: bytes, nonce: str) -> str:
    """The secret in an invitation's link: HMAC-SHA256 of its nonce, 43 URL-safe characters.

    Derived, so that the link can be made again without the token being stored anywhere.
    """
    made = hmac.new(key, b"invitation\x00" + nonce.encode("ascii"), hashlib.sha256).digest()
    return base64.urlsafe_b64encode(made).decode("ascii").rstrip("=")


def token_digest(token: str) -> str:
    """SHA-256 (hex) of a token, as stored. The token has 256 bits, so no key is needed."""
    return hashlib.sha256(token.encode("utf-8")).hexdigest()


def session_is_over(held: SignedInSession, at: datetime) -> bool:
    """Whether a session was ended, lay unused for too long, or has lasted for too long."""
    idle, longest = (IDLE_STAFF, LONGEST_STAFF) if held.for_staff else (IDLE_OTHERS, LONGEST_OTHERS)
    return (
        held.ended_at is not None or at >= held.last_seen_at + idle or at >= held.began_at + longest
    )


def why_not_acceptable(invitation: Invitation, *, email: str, at: datetime) -> str | None:
    """Why the person with `email` can't accept the invitation at `at`, or None if they can."""
    if invitation.revoked_at is not None:
        return "This invitation was withdrawn. Ask for a new one."
    if invitation.accepted_at is not None:
        return "This invitation was used already."
    if at >= invitation.expires_at:
        return "This invitation has run out. Ask for a new one."
    if email.lower() != invitation.email:
        return "This invitation was sent to a different email address. Sign in with that one."
    return None
