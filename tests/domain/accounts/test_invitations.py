"""Inviting, accepting, withdrawing."""

from datetime import timedelta

import pytest

from tests.factories.scheme import AT, make_business, make_member, make_provider, make_user
from voucher.accounts.models import Invitation
from voucher.accounts.operations import (
    MOST_OPEN,
    accept_invitation,
    invite,
    withdraw_invitation,
)
from voucher.accounts.queries import (
    invitation_by_token,
    invitation_in,
    invitations_for,
    memberships_of,
    open_invitations,
)
from voucher.accounts.roles import Role
from voucher.accounts.rules import invitation_token
from voucher.core.errors import Conflict, Invalid, NotFound, NotPermitted

KEY = b"a key of thirty-two bytes, or so"


def invited(email: str = "wren@example.org", role: Role = Role.BUSINESS, **place) -> Invitation:
    if role is Role.BUSINESS and not place:
        place = {"business_id": make_business().id}
    return invite(email=email, role=role, by=make_user().id, at=AT, key=KEY, **place)


def test_the_link_finds_its_invitation_and_nothing_stored_gives_the_link(session):
    made = invited()
    token = invitation_token(KEY, made.token_nonce)
    assert invitation_by_token(token) is made
    assert token not in (made.token_digest, made.token_nonce)
    with pytest.raises(NotFound):
        invitation_by_token(token[:-1])


def test_the_person_invited_joins_the_business_and_the_link_is_used_up(session):
    made = invited("Wren@Example.org")
    user = make_user(email="wren@example.org")
    membership = accept_invitation(invitation=made, user=user, at=AT)
    assert membership.business_id == made.business_id
    assert made.accepted_by_id == user.id
    with pytest.raises(Conflict, match="used already"):
        accept_invitation(invitation=made, user=user, at=AT)


def test_the_person_invited_joins_a_provider_or_the_staff(session):
    user = make_user(email="wren@example.org")
    provider = make_provider()
    made = invited(role=Role.PROVIDER, provider_id=provider.id)
    assert accept_invitation(invitation=made, user=user, at=AT).provider_id == provider.id
    staff = invited(role=Role.AUDITOR)
    assert accept_invitation(invitation=staff, user=user, at=AT).role is Role.AUDITOR


def test_somebody_elses_invitation_is_refused(session):
    made, other = invited(), make_user()
    with pytest.raises(Conflict, match="different email address"):
        accept_invitation(invitation=made, user=other, at=AT)
    assert memberships_of(other.id) == []


def test_an_address_that_is_not_confirmed_is_refused(session):
    user = make_user(email="wren@example.org", confirmed_at=None)
    with pytest.raises(NotPermitted):
        accept_invitation(invitation=invited(), user=user, at=AT)


def test_after_seven_days_it_is_too_late(session):
    made, user = invited(), make_user(email="wren@example.org")
    assert list(invitations_for("wren@example.org", AT + timedelta(days=6))) == [made]
    assert list(invitations_for("wren@example.org", AT + timedelta(days=7))) == []
    with pytest.raises(Conflict, match="run out"):
        accept_invitation(invitation=made, user=user, at=AT + timedelta(days=7))


def test_inviting_again_replaces_the_earlier_link_of_that_place_alone(session):
    business = make_business()
    first = invited(business_id=business.id)
    elsewhere = invited()
    second = invited(business_id=business.id)
    session.expire_all()
    assert first.revoked_at is not None
    assert elsewhere.revoked_at is None
    assert list(open_invitations(AT, business_id=business.id)) == [second]


def test_a_member_and_oneself_are_not_invited(session):
    business = make_business()
    member = make_member(Role.BUSINESS, business=business)
    for by in (member.id, make_user().id):
        with pytest.raises(Invalid):
            invite(
                email=member.email.upper(),
                role=Role.BUSINESS,
                by=by,
                at=AT,
                key=KEY,
                business_id=business.id,
            )


def test_a_withdrawn_invitation_is_dead_and_stays_withdrawn(session):
    made, user = invited(), make_user(email="wren@example.org")
    withdraw_invitation(invitation=made, by=user.id, at=AT)
    with pytest.raises(Conflict, match="withdrawn"):
        accept_invitation(invitation=made, user=user, at=AT)
    with pytest.raises(Conflict, match="no longer open"):
        withdraw_invitation(invitation=made, by=user.id, at=AT)


def test_another_places_invitation_is_not_found(session):
    made = invited()
    assert invitation_in(made.id, business_id=made.business_id) is made
    for place in ({"business_id": make_business().id}, {"provider_id": 1}, {}):
        with pytest.raises(NotFound):
            invitation_in(made.id, **place)


def test_not_endlessly_many_wait_in_one_place(session):
    business = make_business()
    for number in range(MOST_OPEN):
        invited(f"person{number}@crowd.example", business_id=business.id)
    with pytest.raises(Conflict, match="Too many"):
        invited("one-more@crowd.example", business_id=business.id)
