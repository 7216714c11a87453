"""Addresses and buttons that no page of ours makes: refused like anything unknown, never a 500."""

import re

import pytest

from tests.house.test_access import form_token, leaves_the_session, routes
from tests.people import make_cast, sign_in_quickly

HOSTILE = ("%00", "A%00B", "%ED%A0%80", "‮", "x" * 3_000, "9" * 40)
PEOPLE = ("owner", "provider", "caseworker", "approver", "finance", "manager")


@pytest.mark.slow
@pytest.mark.both_databases
@pytest.mark.usefixtures("impatient_library")
@pytest.mark.parametrize("name", PEOPLE)
def test_no_address_and_no_posted_value_breaks_a_page(app, client, arrange, monkeypatch, name):
    with arrange():
        person = getattr(make_cast(), name)
    # Answer 500, as a server would, rather than hand the error on to the test.
    monkeypatch.setitem(app.config, "PROPAGATE_EXCEPTIONS", False)
    broken = []
    signed_in = False
    for method, rule, _ in routes(app):
        for hostile in HOSTILE[:2] if "<" not in rule else HOSTILE:
            address = re.sub(r"<int:[^>]+>", "9" * 20, re.sub(r"<(?!int:)[^>]+>", hostile, rule))
            values = dict.fromkeys(("q", "status", "round", "file", "to", "show", "page"), "a\x00b")
            if not signed_in:
                sign_in_quickly(client, person)
                sent = {**values, "csrf_token": form_token(client)}
            given = {"data": sent} if method == "POST" else {"query_string": values}
            status = client.open(address, method=method, **given).status_code
            signed_in = leaves_the_session(method, status)
            if status >= 500:
                broken.append((method, rule, hostile[:10], status))
    assert broken == []
