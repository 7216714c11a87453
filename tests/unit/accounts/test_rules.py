"""Passwords, invitations' tokens, capacities: pure."""

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest

from voucher.accounts.models import Invitation, Membership
from voucher.accounts.permissions import Permission
from voucher.accounts.roles import ROLES, STAFF_ROLES, Role
from voucher.accounts.rules import (
    capacities,
    choose_capacity,
    invitation_token,
    password_problem,
    token_digest,
    why_not_acceptable,
)

AT = datetime(2026, 6, 15, 9, 0, tzinfo=UTC)
KEY = b"a key of thirty-two bytes, or so"


def problem(password: str) -> str | None:
    return password_problem(password, email="wren.hartley@example.org", full_name="Wren Hartley")


@pytest.mark.parametrize(
    "password",
    [
        "elevenchars",
        "aaaaaaaaaaaaaaaa",
        "abababababab",
        "password1234",
        "PassWord!!1234",
        "123456789012345",
        "Welcome2026!!",
        "my wren.hartley secret",
        "hartley and sons",
    ],
)
def test_a_weak_password_is_refused_with_a_sentence(password):
    assert problem(password).endswith(".")


@pytest.mark.parametrize(
    "password",
    ["three unrelated words", "korrekt pferd batterie", "Ünïcödé-ist-gut", "taster-demonstration"],
)
def test_a_long_password_of_unrelated_words_is_good(password):
    assert problem(password) is None


def test_a_short_name_inside_a_password_is_no_reason_to_refuse_it():
    assert password_problem("a boy and two girls", email="jo@x.example", full_name="Jo Boy") is None


def test_an_invitations_token_depends_on_key_and_nonce_and_has_256_bits():
    token = invitation_token(KEY, "ab" * 16)
    assert len(token) == 43
    assert token == invitation_token(KEY, "ab" * 16)
    assert token != invitation_token(KEY, "cd" * 16)
    assert token != invitation_token(b"another key of thirty-two bytes.", "ab" * 16)
    assert len(token_digest(token)) == 64


def invitation(**values) -> Invitation:
    return Invitation(
        **{"email": "wren@example.org", "expires_at": AT + timedelta(days=7), **values}
    )


def test_an_open_invitation_is_acceptable_to_its_address_in_any_case():
    assert why_not_acceptable(invitation(), email="Wren@Example.org", at=AT) is None


@pytest.mark.parametrize(
    ("values", "email", "at", "words"),
    [
        ({"revoked_at": AT}, "wren@example.org", AT, "withdrawn"),
        ({"accepted_at": AT}, "wren@example.org", AT, "used already"),
        ({}, "wren@example.org", AT + timedelta(days=7), "run out"),
        ({}, "robin@example.org", AT, "different email address"),
    ],
)
def test_an_invitation_says_why_it_can_not_be_accepted(values, email, at, words):
    assert words in why_not_acceptable(invitation(**values), email=email, at=at)


def membership(number: int, role: Role, **values) -> Membership:
    return Membership(id=number, user_id=7, role=role, **values)


def test_capacities_put_staff_first_and_join_their_roles():
    held = [
        membership(1, Role.PROVIDER, provider_id=5),
        membership(2, Role.CASEWORKER),
        membership(3, Role.BUSINESS, business_id=4),
        membership(4, Role.AUDITOR),
        membership(5, Role.BUSINESS, business_id=9, ended_at=AT),
    ]
    found = capacities(held)
    assert [member.capacity for member in found] == ["staff", "provider:5", "business:4"]
    assert found[0].roles == {Role.CASEWORKER, Role.AUDITOR}
    assert found[0].is_staff
    assert found[0].may(Permission.AUDIT_READ)
    assert found[0].may(Permission.CASE_ASSESS)
    assert not found[2].may(Permission.CASE_READ)


def test_the_capacity_asked_for_is_chosen_else_the_first_else_none():
    two = [SimpleNamespace(capacity="staff"), SimpleNamespace(capacity="business:4")]
    assert choose_capacity(two, "business:4") is two[1]
    assert choose_capacity(two, "business:5") is two[0]
    assert choose_capacity(two, None) is two[0]
    assert choose_capacity([], "staff") is None


def test_no_role_holds_both_sides_of_a_separation():
    for role in STAFF_ROLES:
        permissions = ROLES[role].permissions
        assert not {Permission.CASE_ASSESS, Permission.CASE_APPROVE} <= permissions, role
        assert not {Permission.CLAIM_APPROVE, Permission.PAYMENT_RELEASE} <= permissions, role


def test_the_auditor_can_change_nothing():
    reading = {p for p in ROLES[Role.AUDITOR].permissions if p.endswith(":read")}
    assert reading == ROLES[Role.AUDITOR].permissions


def test_without_a_staff_role_nobody_is_staff():
    found = capacities([membership(1, Role.BUSINESS, business_id=4)])
    assert [member.capacity for member in found] == ["business:4"]
    assert not found[0].is_staff
