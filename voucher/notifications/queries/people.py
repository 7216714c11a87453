"""The people a message goes to."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, select

from voucher.accounts.models import Membership, User
from voucher.accounts.permissions import Permission
from voucher.accounts.roles import ROLES
from voucher.core.db import session
from voucher.notifications.queries.cases import Facts
from voucher.notifications.rules import Audience


def people_for(audience: Audience, facts: Facts) -> Sequence[User]:
    """The active, confirmed people a message is for, in a steady order."""
    if audience is Audience.CLAIM_OFFICERS:
        return _officers(Permission.CLAIM_CHECK)
    if audience is Audience.CASE_OFFICERS:
        return _officers(Permission.CASE_ASSESS)
    if audience is Audience.FINANCE:
        return _officers(Permission.PAYMENT_RELEASE)
    if audience is Audience.SCORERS:
        barred = facts.extra.get("not_for", ())
        return [user for user in _officers(Permission.SCORING_SCORE) if user.id not in barred]
    if audience is Audience.PROVIDER:
        return _members(Membership.provider_id, facts.provider_id)
    people = _members(Membership.business_id, facts.business_id)
    if audience is Audience.SIGNATORY:
        return [user for user in people if user.id == facts.signatory_id] or people
    return people


def _members(column: Any, place_id: int | None) -> Sequence[User]:
    """The members of one business or provider; of no place (None) there are none."""
    if place_id is None:
        return []
    return _people(column == place_id)


def _officers(permission: Permission) -> Sequence[User]:
    """Everybody on the staff whose roles hold the permission, each once."""
    roles = [role for role, definition in ROLES.items() if permission in definition.permissions]
    return _people(Membership.role.in_(roles))


def _people(held: ColumnElement[bool]) -> Sequence[User]:
    """The active, confirmed people with a live membership that fits, each once."""
    fitting = select(Membership.user_id).where(held, Membership.ended_at.is_(None))
    query = select(User).where(User.id.in_(fitting), User.active, User.confirmed_at.is_not(None))
    return session.execute(query.order_by(User.id)).scalars().all()
