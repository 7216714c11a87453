"""Who a signed-in person acts as, and what that allows. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass

from voucher.accounts.models import Membership
from voucher.accounts.permissions import Permission
from voucher.accounts.roles import ROLES, STAFF_ROLES, Role


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
