"""Every route × every role, by real requests, against a list that a person has read.

`access.txt` says of each route who may call it. A new route, or a changed permission, fails here
until the list says so too: `WRITE_ACCESS=1 pytest tests/house/test_access.py` writes it anew, and
the difference is then read in review.
"""

import os
import re
from pathlib import Path

import pytest
from itsdangerous import URLSafeTimedSerializer

from tests.people import make_cast, sign_in_quickly
from voucher.accounts.permissions import Permission
from voucher.accounts.roles import ROLES, Role
from voucher.web.access import PUBLIC, SIGNED_IN, access_of, is_by_key

LIST = Path(__file__).with_name("access.txt")
SIGN_IN = "/account/sign-in"
PEOPLE = (
    "owner",
    "provider",
    "caseworker",
    "approver",
    "finance",
    "auditor",
    "evaluator",
    "manager",
    "nobody",
)


def routes(app):
    """(method, rule, endpoint) of every route of ours; the sign-in library guards its own."""
    return sorted(
        (method, rule.rule, rule.endpoint)
        for rule in app.url_map.iter_rules()
        for method in rule.methods - {"HEAD", "OPTIONS"}
        if rule.endpoint != "static" and not rule.endpoint.startswith("security.")
    )


def lines(app):
    return [f"{method} {rule} {access_of(app, end)}" for method, rule, end in routes(app)]


def declared():
    return LIST.read_text().splitlines()


def address(rule):
    """The rule with a record that does not exist in every gap."""
    return re.sub(r"<int:[^>]+>", "1", re.sub(r"<(?!int:)[^>]+>", "NONE-0000", rule))


def test_the_list_names_every_route_and_who_may_call_it(app):
    if os.environ.get("WRITE_ACCESS"):
        LIST.write_text("\n".join(lines(app)) + "\n")
    assert lines(app) == declared()


def wanted_by_list():
    for line in declared():
        method, rule, wanted = line.split(" ", 2)
        yield method, rule, wanted


def may(role: Role | None, wanted: str) -> bool:
    if wanted in (PUBLIC, SIGNED_IN):
        return True
    if is_by_key(wanted):
        return False  # Whoever is signed in: a program's entrance looks at no session.
    return role is not None and Permission(wanted) in ROLES[role].permissions


def send(client, method, rule, token):
    return client.open(address(rule), method=method, data={"csrf_token": token})


def form_token(client):
    """The token that this visitor's forms carry."""
    with client.session_transaction() as session:
        session["csrf_token"] = "the visitor's own"
    signer = URLSafeTimedSerializer(client.application.secret_key, salt="wtf-csrf-token")
    return signer.dumps("the visitor's own")


def refused_at_the_door(answer):
    return answer.status_code == 302 and SIGN_IN in answer.headers.get("Location", "")


def test_nobody_gets_past_the_door_without_signing_in(client):
    for method, rule, wanted in wanted_by_list():
        answer = send(client, method, rule, "")
        if is_by_key(wanted):
            assert answer.status_code == 401, (method, rule)
        elif method == "GET":
            assert refused_at_the_door(answer) == (wanted != PUBLIC), (method, rule)
        elif wanted != PUBLIC:
            assert refused_at_the_door(answer) or answer.status_code == 400, (method, rule)


def leaves_the_session(method, status):
    """Whether a request can't have ended the session: it only asked, or was turned away."""
    return method == "GET" or status in (401, 403, 404)


@pytest.mark.usefixtures("impatient_library")
@pytest.mark.parametrize("name", PEOPLE)
def test_every_role_gets_just_what_the_list_says(client, arrange, name):
    with arrange():
        person = getattr(make_cast(), name)
    wrong = []
    signed_in = False
    for method, rule, wanted in wanted_by_list():
        if not signed_in:
            sign_in_quickly(client, person)
            token = form_token(client)
        answer = send(client, method, rule, token)
        signed_in = leaves_the_session(method, answer.status_code)
        let_in = answer.status_code not in (401, 403) and not refused_at_the_door(answer)
        narrowed = wanted == SIGNED_IN and answer.status_code == 403  # the view asks for more
        if (let_in != may(person.role, wanted) and not narrowed) or answer.status_code >= 500:
            wrong.append((method, rule, wanted, answer.status_code))
    assert wrong == []
