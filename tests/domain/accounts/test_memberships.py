"""Joining and leaving a business, a provider, the staff."""

import pytest

from tests.factories.scheme import AT, make_business, make_member, make_provider, make_user
from voucher.accounts.operations import (
    end_membership,
    join_business,
    join_provider,
    join_staff,
)
from voucher.accounts.operations.joining import MOST_MEMBERSHIPS
from voucher.accounts.queries import memberships_of, team_of
from voucher.accounts.roles import Role
from voucher.audit.models import AuditEvent
from voucher.core.errors import Conflict, Invalid


def actions(session) -> list[str]:
    return [event.action for event in session.query(AuditEvent).order_by(AuditEvent.id)]


def test_a_person_joins_a_business_once_however_often_they_are_added(session):
    user, business = make_user(), make_business()
    first = join_business(user_id=user.id, business_id=business.id, at=AT)
    again = join_business(user_id=user.id, business_id=business.id, at=AT)
    assert first is again
    assert actions(session) == ["membership.joined"]


def test_who_left_and_comes_back_has_one_membership_again(session):
    business = make_business()
    user = make_member(Role.BUSINESS, business=business)
    other = make_member(Role.BUSINESS, business=business)
    end_membership(membership=memberships_of(user.id)[0], by=other.id, at=AT)
    assert memberships_of(user.id) == []
    join_business(user_id=user.id, business_id=business.id, at=AT)
    assert len(memberships_of(user.id)) == 1
    assert {each.user_id for each in team_of(business_id=business.id)} == {user.id, other.id}


def test_the_last_of_a_business_or_provider_stays(session):
    for values in ({"business": make_business()}, {"provider": make_provider()}):
        role = Role.BUSINESS if "business" in values else Role.PROVIDER
        user = make_member(role, **values)
        held = memberships_of(user.id)[0]
        with pytest.raises(Conflict, match="Somebody must stay"):
            end_membership(membership=held, by=user.id, at=AT)
        assert held.ended_at is None


def test_the_last_programme_manager_stays_but_another_role_may_go(session):
    manager = make_member(Role.PROGRAMME_MANAGER)
    auditor = make_member(Role.AUDITOR)
    end_membership(membership=memberships_of(auditor.id)[0], by=manager.id, at=AT)
    assert memberships_of(auditor.id) == []
    with pytest.raises(Conflict, match="at least one programme manager"):
        end_membership(membership=memberships_of(manager.id)[0], by=manager.id, at=AT)


def test_ended_is_ended(session):
    business = make_business()
    user = make_member(Role.BUSINESS, business=business)
    make_member(Role.BUSINESS, business=business)
    held = memberships_of(user.id)[0]
    end_membership(membership=held, by=user.id, at=AT)
    with pytest.raises(Conflict, match="ended already"):
        end_membership(membership=held, by=user.id, at=AT)


def test_who_becomes_staff_is_signed_out_everywhere_once(session):
    user = make_member(Role.BUSINESS, business=make_business())
    before = user.fs_uniquifier
    join_staff(user_id=user.id, role=Role.CASEWORKER, at=AT, by=None)
    as_staff = user.fs_uniquifier
    assert as_staff != before
    join_staff(user_id=user.id, role=Role.AUDITOR, at=AT, by=None)
    assert user.fs_uniquifier == as_staff


def test_staff_roles_alone_make_staff(session):
    with pytest.raises(Invalid):
        join_staff(user_id=make_user().id, role=Role.BUSINESS, at=AT, by=None)


def test_nobody_belongs_to_endlessly_many_places(session):
    user = make_user()
    for _ in range(MOST_MEMBERSHIPS):
        join_provider(user_id=user.id, provider_id=make_provider().id, at=AT)
    with pytest.raises(Conflict, match="too many"):
        join_provider(user_id=user.id, provider_id=make_provider().id, at=AT)
