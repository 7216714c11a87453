"""Where a capacity has its pages, and what it is called."""

from collections.abc import Iterable
from dataclasses import dataclass

from flask import current_app, url_for
from werkzeug.exceptions import HTTPException
from werkzeug.routing import RequestRedirect

from voucher.accounts.permissions import Permission
from voucher.accounts.roles import ROLES
from voucher.accounts.rules import Member
from voucher.businesses.queries import business_names
from voucher.providers.queries import provider_names
from voucher.web.access import PUBLIC, SIGNED_IN, access_of

HOMES = {
    "business": ("/business/",),
    "provider": ("/provider/",),
    "staff": ("/staff/", "/staff/reports/", "/staff/programmes/"),
}
"""First pages of each side, the first that the member may open is theirs."""

WORK = (
    (Permission.CASE_APPROVE, "/staff/second"),
    (Permission.PAYMENT_RELEASE, "/staff/releases/ready"),
)
"""Whoever may do this begins on the list of what waits for it."""


@dataclass(frozen=True)
class Place:
    """One capacity in words."""

    capacity: str
    name: str
    roles: str


def home_of(member: Member) -> str:
    """The address of the page that `member` begins on."""
    side = member.capacity.split(":")[0]
    own = [path for permission, path in WORK if side == "staff" and member.may(permission)]
    for path in (*own, *HOMES[side]):
        if _opens(path, member):
            return path
    return url_for("account.details")


def _opens(path: str, member: Member) -> bool:
    try:
        endpoint, _ = current_app.url_map.bind("").match(path, method="GET")
    except (HTTPException, RequestRedirect):
        return False
    wanted = access_of(current_app, endpoint)
    return wanted in (PUBLIC, SIGNED_IN) or (wanted is not None and member.may(Permission(wanted)))


def places(members: Iterable[Member]) -> list[Place]:
    """The capacities by name: at most two statements however many there are."""
    held = list(members)
    businesses = business_names([m.business_id for m in held if m.business_id])
    providers = provider_names([m.provider_id for m in held if m.provider_id])
    return [
        Place(
            capacity=member.capacity,
            name=place_name(member.business_id, member.provider_id, businesses, providers),
            roles=", ".join(sorted(ROLES[role].label for role in member.roles)),
        )
        for member in held
    ]


def place_name(
    business_id: int | None,
    provider_id: int | None,
    businesses: dict[int, str] | None = None,
    providers: dict[int, str] | None = None,
) -> str:
    """The name of the business or provider, or "The scheme’s staff" for neither."""
    if business_id is not None:
        names = business_names([business_id]) if businesses is None else businesses
        return names.get(business_id, "A business")
    if provider_id is not None:
        names = provider_names([provider_id]) if providers is None else providers
        return names.get(provider_id, "A provider")
    return "The scheme’s staff"
