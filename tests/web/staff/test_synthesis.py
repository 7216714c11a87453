"""The page of syntheses: asked for by evaluators, downloaded by readers of reports."""

import re

import pytest

from tests.factories.scheme import make_member
from voucher.accounts.roles import Role
from voucher.cli.rendering import render
from voucher.core import clock
from voucher.core.db import session
from voucher.evaluation.synthesis.jobs import build_syntheses
from voucher.web.configuration import services


def sign_in_as(client, arrange, role):
    with arrange():
        person = make_member(role)
        session.refresh(person)
        session.expunge(person)
    client.sign_in(person)


def test_one_is_asked_for_built_and_downloaded(app, client, arrange):
    sign_in_as(client, arrange, Role.EVALUATOR)
    page = client.get("/staff/reports/").page.link("All rounds and programmes together")
    assert "None yet" in client.get(page).page.text
    asked = client.submit(page, button="Build a synthesis now")
    assert "is being built" in asked.page.text
    assert "Waiting to be built" in asked.page.text
    with app.app_context():
        assert build_syntheses(services().store, render, clock.now()) == 1
    ready = client.get(page).page
    answer = client.get(re.search(r'href="([^"]+/document)"', ready.html).group(1))
    assert answer.data.startswith(b"%PDF")
    assert client.get("/staff/synthesis/RPT-0000-0000/document").status_code == 404


def test_one_that_is_not_ready_has_no_document(app, client, arrange):
    sign_in_as(client, arrange, Role.EVALUATOR)
    client.submit("/staff/synthesis/", button="Build a synthesis now")
    with app.app_context():
        from voucher.evaluation.synthesis.queries import synthesis_under_way

        reference = synthesis_under_way().reference
    assert client.get(f"/staff/synthesis/{reference}/document").status_code == 404


@pytest.mark.parametrize("role", [Role.CASEWORKER, Role.AUDITOR])
def test_readers_see_the_list_without_the_button(client, arrange, role):
    sign_in_as(client, arrange, role)
    assert "Build a synthesis now" not in client.get("/staff/synthesis/").page.text
