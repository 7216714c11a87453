"""Teams of businesses and providers, the staff, invitations, recovery: by the pages."""

import pytest

from tests.people import PASSWORD, make_cast, sign_in, sign_in_quickly
from tests.web.account.outbox import link_in, mail_to
from voucher.accounts.models import User
from voucher.accounts.queries import memberships_of
from voucher.accounts.roles import Role
from voucher.core.db import session


@pytest.fixture
def cast(arrange):
    with arrange():
        return make_cast()


def invite(client, email, address="/account/team/", **more):
    return client.submit(address, {"email": email, **more}, button="Send the invitation")


def held_by(app, person):
    with app.app_context():
        found = memberships_of(person.user_id)
        session.rollback()
        return [(held.role, held.business_id, held.provider_id) for held in found]


def test_a_colleague_is_invited_and_joins_by_a_button(app, client, clients, cast):
    sign_in_quickly(client, cast.owner)
    answer = invite(client, cast.nobody.email)
    assert f"An invitation is on its way to {cast.nobody.email}" in answer.page.text
    path = link_in(mail_to(app, cast.nobody.email)[0])

    theirs = clients()
    assert "Sign in" in theirs.get(path).page.text
    sign_in(theirs, cast.nobody)
    assert theirs.get(path).page.heading == "You are invited"
    assert held_by(app, cast.nobody) == []
    landed = theirs.submit(path, button="Accept the invitation")
    assert landed.request.path == "/business/"
    assert held_by(app, cast.nobody) == [(Role.BUSINESS, cast.owner.business_id, None)]


def test_an_invitation_for_another_address_is_refused(app, client, cast):
    sign_in_quickly(client, cast.owner)
    invite(client, "somebody.else@example.org")
    path = link_in(mail_to(app, "somebody.else@example.org")[0])
    sign_in_quickly(client, cast.stranger)
    shown = client.get(path).page
    assert "different email address" in shown.text
    assert "Accept the invitation" not in shown.text
    token = shown.elements("input", name="csrf_token")[0].get("value")
    assert client.post(path, data={"csrf_token": token}).status_code == 409
    assert held_by(app, cast.stranger) == [(Role.BUSINESS, cast.stranger.business_id, None)]


def test_a_made_up_link_is_not_found(client, cast):
    assert client.get("/account/invitations/" + "x" * 43).status_code == 404
    sign_in_quickly(client, cast.owner)
    token = client.get("/account/team/").page.elements("input", name="csrf_token")[0].get("value")
    answer = client.post("/account/invitations/" + "x" * 43, data={"csrf_token": token})
    assert answer.status_code == 404


def test_a_provider_invites_too(app, client, cast):
    sign_in_quickly(client, cast.provider)
    invite(client, cast.nobody.email)
    sign_in_quickly(client, cast.nobody)
    client.submit(link_in(mail_to(app, cast.nobody.email)[0]), button="Accept the invitation")
    assert held_by(app, cast.nobody) == [(Role.PROVIDER, None, cast.provider.provider_id)]


@pytest.mark.parametrize(
    "email", ["", "no address", "x" * 300 + "@example.org", "a\x00b@example.org", "🧵@example.org"]
)
def test_a_bad_address_is_named_and_nothing_is_sent(app, client, cast, email):
    sign_in_quickly(client, cast.owner)
    answer = invite(client, email)
    assert answer.status_code == 422
    assert len(answer.page.errors) == 1
    assert "Invited, not yet here" not in client.get("/account/team/").page.text


def test_a_withdrawn_invitation_is_dead(app, client, cast):
    sign_in_quickly(client, cast.owner)
    invite(client, cast.nobody.email)
    client.submit("/account/team/", button=f"Withdraw the invitation of {cast.nobody.email}")
    sign_in_quickly(client, cast.nobody)
    shown = client.get(link_in(mail_to(app, cast.nobody.email)[0]))
    assert "withdrawn" in shown.page.text
    assert "Accept" not in shown.page.text


@pytest.mark.parametrize("who", ["stranger", "stranger_provider", "provider"])
def test_another_teams_people_and_invitations_are_not_found(app, client, cast, who):
    sign_in_quickly(client, cast.owner)
    invite(client, cast.nobody.email)
    page = client.get("/account/team/").page
    membership = page.elements("input", name="membership")[0].get("value")
    invitation = page.elements("input", name="invitation")[0].get("value")

    sign_in_quickly(client, getattr(cast, who))
    page = client.get("/account/team/").page
    assert cast.owner.email not in page.html
    token = page.elements("input", name="csrf_token")[0].get("value")
    for path, name, value in (
        ("end", "membership", membership),
        ("withdraw", "invitation", invitation),
    ):
        for number in (value, "0", "-1", "x", str(2**80), ""):
            answer = client.post(f"/account/team/{path}", data={name: number, "csrf_token": token})
            assert answer.status_code == 404
    assert held_by(app, cast.owner) == [(Role.BUSINESS, cast.owner.business_id, None)]


def test_past_the_days_bound_the_field_says_so_and_no_mail_is_sent(app, client, cast):
    sign_in_quickly(client, cast.owner)
    for _ in range(3):
        invite(client, cast.nobody.email)
        client.submit("/account/team/", button=f"Withdraw the invitation of {cast.nobody.email}")
    answer = invite(client, cast.nobody.email)
    assert answer.status_code == 422
    assert "enough invitations to this address for today" in answer.page.errors[0]
    assert cast.nobody.email in answer.page.html
    assert len(mail_to(app, cast.nobody.email)) == 3


def test_who_belongs_to_nothing_has_no_team(client, cast):
    sign_in_quickly(client, cast.nobody)
    assert client.get("/account/team/").status_code == 403


def test_staff_have_their_own_team_page_for_the_manager_alone(client, cast):
    for who in ("caseworker", "approver", "finance", "auditor", "evaluator", "owner", "provider"):
        sign_in_quickly(client, getattr(cast, who))
        assert client.get("/staff/team/").status_code == 403, who
    sign_in_quickly(client, cast.manager)
    page = client.get("/account/team/", follow_redirects=True).page
    assert page.heading == "Staff"
    assert cast.auditor.email in page.text


def test_the_manager_gives_and_takes_roles(app, client, cast):
    sign_in_quickly(client, cast.manager)
    answer = invite(client, cast.finance.email, "/staff/team/", role="auditor")
    assert "on its way" in answer.page.text
    assert invite(client, cast.finance.email, "/staff/team/").page.errors == ["Select a role."]
    client.submit("/staff/team/", button=f"Take out {cast.finance.name}, Finance officer")
    assert held_by(app, cast.finance) == []
    stays = client.submit("/staff/team/", button=f"Take out {cast.manager.name}, Programme manager")
    assert stays.status_code == 409


def test_a_business_role_can_not_be_given_by_the_staff_form(client, cast):
    sign_in_quickly(client, cast.manager)
    page = client.get("/staff/team/").page
    token = page.elements("input", name="csrf_token")[0].get("value")
    data = {"email": "x@example.org", "role": "business", "csrf_token": token}
    assert client.post("/staff/team/", data=data).status_code == 422


def ask_recovery(client, email, reason="I met her in person."):
    return client.submit(
        "/staff/team/recovery", {"email": email, "reason": reason}, button="Ask for it"
    )


def test_two_officers_recover_a_lost_phone(app, client, clients, cast):
    sign_in_quickly(client, cast.manager)
    assert cast.caseworker.name in ask_recovery(client, cast.caseworker.email).page.text
    own = client.get("/staff/team/recovery").page
    assert "I agree" not in own.text

    second = sign_in_quickly(clients(), cast.approver)
    agree = f"I agree: remove the app of {cast.caseworker.name}"
    second.submit("/staff/team/recovery", button=agree)
    with app.app_context():
        assert not session.get(User, cast.caseworker.user_id).has_second_factor
        session.rollback()
    kinds = [message.kind for message in mail_to(app, cast.caseworker.email)]
    assert kinds == ["account.recovery_asked", "account.recovery_completed"]
    theirs = clients()
    values = {"email": cast.caseworker.email, "password": PASSWORD}
    answer = theirs.submit("/account/sign-in", values)
    assert answer.page.heading == "Protect your account with an app"


def test_the_first_officer_can_not_agree_by_a_hand_made_request(app, client, cast):
    sign_in_quickly(client, cast.manager)
    page = ask_recovery(client, cast.caseworker.email).page
    number = page.elements("input", name="recovery")[0].get("value")
    token = page.elements("input", name="csrf_token")[0].get("value")
    answer = client.post(
        "/staff/team/recovery/complete", data={"recovery": number, "csrf_token": token}
    )
    assert answer.status_code == 403
    with app.app_context():
        assert session.get(User, cast.caseworker.user_id).has_second_factor
        session.rollback()


def test_a_recovery_can_be_cancelled(client, cast):
    sign_in_quickly(client, cast.manager)
    ask_recovery(client, cast.caseworker.email)
    words = f"Cancel the recovery of {cast.caseworker.name}"
    assert "Nobody is waiting." in client.submit("/staff/team/recovery", button=words).page.text


def test_recovery_is_for_officers_and_for_people_with_an_app(client, cast):
    for who in ("caseworker", "finance", "auditor", "evaluator", "owner"):
        sign_in_quickly(client, getattr(cast, who))
        assert client.get("/staff/team/recovery").status_code == 403, who
    sign_in_quickly(client, cast.approver)
    for email in (cast.owner.email, "nobody@example.org", cast.approver.email):
        answer = ask_recovery(client, email)
        assert answer.status_code == 422
        assert answer.page.errors
