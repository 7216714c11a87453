"""Signing in and out, and where it leads."""

from urllib.parse import urljoin, urlsplit

import pytest

from tests.factories.cases import make_officer
from tests.people import PASSWORD, make_cast, make_person, sign_in, sign_in_quickly
from voucher.accounts.models import User
from voucher.accounts.roles import Role
from voucher.core.db import session, transaction


@pytest.fixture
def cast(arrange):
    with arrange():
        return make_cast()


def provider_home(app):
    """The provider's first page, or the account page where an installation has no such side."""
    return "/provider/" if "provider_home" in app.blueprints else "/account/details"


def test_each_side_lands_on_its_own_pages(app, client, cast):
    assert sign_in(client, cast.owner).request.path == "/business/"
    assert sign_in(client, cast.provider).request.path.startswith(provider_home(app))
    assert sign_in(client, cast.caseworker).request.path.startswith("/staff/")
    assert sign_in(client, cast.nobody).request.path == "/account/begin"


@pytest.mark.parametrize(
    ("role", "path"),
    [
        (Role.CASEWORKER, "/staff/"),
        (Role.APPROVER, "/staff/second"),
        (Role.FINANCE, "/staff/releases/ready"),
        (Role.AUDITOR, "/staff/"),
        (Role.EVALUATOR, "/staff/reports/"),
    ],
)
def test_each_officer_begins_on_the_list_of_their_own_work(client, arrange, role, path):
    with arrange():
        person = make_officer(role)
        session.expunge(person)
    client.sign_in(person)
    assert client.get("/account/", follow_redirects=True).request.path == path


def test_an_unknown_address_and_a_wrong_password_look_the_same(client, cast):
    wrong = client.submit("/account/sign-in", {"email": cast.owner.email, "password": "wrong one"})
    unknown = client.submit(
        "/account/sign-in", {"email": "nobody@example.org", "password": "wrong one"}
    )
    assert wrong.page.errors == ["The email address or the password is not right."]
    assert unknown.page.errors == wrong.page.errors
    assert unknown.page.text == wrong.page.text
    assert unknown.status_code == wrong.status_code


@pytest.mark.parametrize("email", ["", "no address", "nul\x00@example.org", "e" * 400 + "@x.org"])
def test_what_is_no_address_is_refused_in_the_same_words(client, cast, email):
    answer = client.submit("/account/sign-in", {"email": email, "password": PASSWORD})
    assert answer.page.errors == ["The email address or the password is not right."]


def test_a_closed_account_has_no_way_in(app, client, cast):
    with app.app_context(), transaction():
        session.get(User, cast.owner.user_id).active = False
    assert sign_in(client, cast.owner).page.errors == ["This account has been closed."]
    sign_in_quickly(client, cast.owner)
    assert client.get("/account/details").status_code == 302


def test_after_signing_in_one_goes_on_where_one_wanted_to(client, cast):
    answer = client.get("/account/team/")
    assert answer.status_code == 302
    landed = client.submit(answer.location, {"email": cast.owner.email, "password": PASSWORD})
    assert landed.request.path == "/account/team/"


@pytest.mark.parametrize(
    "elsewhere",
    [
        "https://evil.example/",
        "//evil.example/",
        "///evil.example/",
        "/\\evil.example/",
        "\\\\evil.example/",
        " //evil.example",
        "https:evil.example",
        "javascript:alert(1)",
        "http://localhost@evil.example/",
        "http://localhost.evil.example/",
    ],
)
@pytest.mark.parametrize("by_form", [True, False])
def test_nobody_is_sent_to_another_site(client, cast, elsewhere, by_form):
    values = {"email": cast.owner.email, "password": PASSWORD}
    token = client.get("/account/sign-in").page.form().find(".//input[@name='csrf_token']")
    values["csrf_token"] = token.get("value")
    query = {} if by_form else {"next": elsewhere}
    body = {**values, "next": elsewhere} if by_form else values
    answer = client.post("/account/sign-in", query_string=query, data=body)
    leads_to = urljoin("http://localhost/account/sign-in", answer.headers.get("Location", "/"))
    assert urlsplit(leads_to).netloc == "localhost"
    assert "\\" not in leads_to


def test_signing_out_takes_a_button(client, cast):
    sign_in(client, cast.owner)
    assert client.get("/account/sign-out").status_code in (404, 405)
    assert client.get("/account/details").status_code == 200
    client.submit("/account/details", button="Sign out")
    assert client.get("/account/details").status_code == 302


def test_a_form_from_elsewhere_is_refused(client, cast):
    answer = client.post("/account/sign-in", data={"email": cast.owner.email, "password": PASSWORD})
    assert answer.status_code == 400
    sign_in(client, cast.owner)
    assert client.post("/account/sign-out").status_code == 400
    assert client.get("/account/details").status_code == 200


def test_the_sign_in_pages_speak_to_people_only(client, cast):
    for path in ("/account/sign-in", "/account/register", "/account/password/reset"):
        assert client.post(path, json={"email": "x"}).status_code in (400, 415)
    answer = client.get("/account/sign-in", headers={"Accept": "application/json"})
    assert answer.mimetype == "text/html"
    assert client.get("/account/details?auth_token=x").status_code == 302


def test_staff_whose_session_moves_to_another_browser_sign_in_again(client, cast):
    sign_in(client, cast.finance)
    assert client.get("/account/details").status_code == 200
    moved = client.get("/account/details", headers={"User-Agent": "Another/1.0"})
    assert moved.status_code == 302
    assert client.get("/account/details").status_code == 302


def test_a_business_whose_phone_changes_network_stays_signed_in(client, cast):
    sign_in(client, cast.owner)
    moved = client.get("/account/details", environ_base={"REMOTE_ADDR": "203.0.113.9"})
    assert moved.status_code == 200


def test_who_leaves_loses_the_capacity_with_the_next_request(client, clients, cast):
    colleague = sign_in_quickly(clients(), cast.colleague)
    assert colleague.get("/account/team/").status_code == 200
    sign_in_quickly(client, cast.owner)
    table = client.get("/account/team/").page
    person = f"Take out {cast.colleague.name}"
    form = table.form(person)
    membership = form.find(".//input[@name='membership']").get("value")
    client.submit("/account/team/", {"membership": membership}, button=person)
    assert colleague.get("/account/team/").status_code == 403


def test_one_person_changes_sides_by_a_button(arrange, client, cast):
    from tests.factories.scheme import AT
    from voucher.accounts.operations import join_business

    with arrange():
        join_business(user_id=cast.provider.user_id, business_id=cast.owner.business_id, at=AT)
    sign_in(client, cast.provider)
    page = client.get("/account/details").page
    assert "Act for them" in page.text
    other = next(
        form.find(".//input[@name='capacity']").get("value")
        for form in page.elements("form")
        if form.find(".//input[@name='capacity']") is not None
    )
    token = page.elements("input", name="csrf_token")[0].get("value")
    answer = client.post("/account/act-as", data={"capacity": other, "csrf_token": token})
    assert answer.location == f"/{other.split(':')[0]}/"
    refused = client.post(
        "/account/act-as",
        data={"capacity": f"business:{cast.stranger.business_id}", "csrf_token": token},
    )
    assert refused.status_code == 404


def test_a_new_person_enters_a_business_and_lands_there(client, cast):
    sign_in(client, cast.nobody)
    assert client.submit("/account/begin", {"name": "Fell & Dale Ltd"}).page.errors == [
        "Select what brings you here."
    ]
    landed = client.submit("/account/begin", {"kind": "business", "name": "Fell & Dale Ltd"})
    assert landed.request.path == "/business/"
    assert "Fell & Dale Ltd" in client.get("/account/team/").page.heading


def test_a_new_person_enters_a_provider_and_lands_there(app, client, arrange):
    with arrange():
        person = make_person("Pia Provider")
    sign_in(client, person)
    landed = client.submit("/account/begin", {"kind": "provider", "name": "Moor Software"})
    assert landed.request.path.startswith(provider_home(app))
