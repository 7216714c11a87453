"""Inviting, accepting, withdrawing."""

from datetime import timedelta

import pytest

from tests.factories.scheme import AT, make_business, make_member, make_provider, make_user
from voucher.accounts.models import Invitation
from voucher.accounts.operations import accept_invitation, invite, withdraw_invitation
from voucher.accounts.operations.inviting import (
    MOST_A_DAY_BY_A_PERSON,
    MOST_A_DAY_FROM_A_TEAM,
    MOST_A_DAY_TO_AN_ADDRESS,
    MOST_A_DAY_TO_AN_ADDRESS_FROM_ALL,
    MOST_OPEN,
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
from voucher.audit.models import AuditEvent
from voucher.core.errors import Conflict, Invalid, NotFound, NotPermitted

KEY = b"a key of thirty-two bytes, or so"


def invited(
    email: str = "wren@example.org", role: Role = Role.BUSINESS, at=AT, by=None, **place
) -> Invitation:
    if role is Role.BUSINESS and not place:
        place = {"business_id": make_business().id}
    return invite(email=email, role=role, by=by or make_user().id, at=at, key=KEY, **place)


def actions(session) -> list[str]:
    return [event.action for event in session.query(AuditEvent).order_by(AuditEvent.id)]


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
        at = AT + timedelta(hours=2 * number)
        invited(f"person{number}@crowd.example", at=at, business_id=business.id)
    at = AT + timedelta(hours=2 * MOST_OPEN)
    with pytest.raises(Conflict, match="Too many"):
        invited("one-more@crowd.example", at=at, business_id=business.id)


def test_a_team_sends_so_many_a_day_withdrawn_or_not_and_goes_on_the_next_day(session):
    business = make_business()
    for number in range(MOST_A_DAY_FROM_A_TEAM):
        made = invited(f"person{number}@crowd.example", business_id=business.id)
        withdraw_invitation(invitation=made, by=made.invited_by_id, at=AT)
    almost = AT + timedelta(hours=23, minutes=59)
    with pytest.raises(Invalid, match="as many invitations as a day allows") as refused:
        invited("one-more@crowd.example", at=almost, business_id=business.id)
    assert refused.value.field == "email"
    invited("elsewhere@crowd.example", at=almost)
    invited("one-more@crowd.example", at=AT + timedelta(days=1), business_id=business.id)


def test_one_person_sends_so_many_a_day_whatever_they_belong_to(session):
    by = make_user().id
    for number in range(MOST_A_DAY_BY_A_PERSON):
        invited(f"person{number}@crowd.example", by=by)
    with pytest.raises(Invalid, match="as many invitations as a day allows"):
        invited("one-more@crowd.example", by=by)


def test_one_address_is_invited_again_twice_a_day_by_a_team(session):
    business = make_business()
    for _ in range(MOST_A_DAY_TO_AN_ADDRESS):
        invited("Wren@example.org", business_id=business.id)
    with pytest.raises(Invalid, match="junk mail"):
        invited("wren@example.org", business_id=business.id)
    assert len(open_invitations(AT, business_id=business.id)) == 1
    invited("wren@example.org", at=AT + timedelta(days=1), business_id=business.id)


def test_one_address_is_not_written_to_endlessly_by_everybody_together(session):
    for _ in range(MOST_A_DAY_TO_AN_ADDRESS_FROM_ALL):
        invited("wren@example.org")
    with pytest.raises(Invalid, match="junk mail"):
        invited("wren@example.org")


def test_a_withdrawn_and_a_replaced_invitation_are_in_the_record_as_such(session):
    made = invited()
    again = invited(business_id=made.business_id)
    withdraw_invitation(invitation=again, by=again.invited_by_id, at=AT)
    assert actions(session) == [
        "membership.invited",
        "membership.withdrawn",
        "membership.invited",
        "membership.withdrawn",
    ]
