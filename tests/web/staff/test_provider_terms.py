"""A next version of the provider terms, from the manager's form to the provider's tick."""

from datetime import timedelta

import pytest

from tests.people import make_cast, sign_in_quickly
from voucher.core import clock

PAGE = "/staff/provider-terms"


@pytest.fixture
def cast(arrange):
    with arrange():
        return make_cast()


def write(client, text, days=30):
    day = clock.today() + timedelta(days=days)
    values = {"text": text}
    for part in ("day", "month", "year"):
        values[f"needed_from_on-{part}"] = str(getattr(day, part))
    return client.submit(f"{PAGE}/new", values)


def test_a_next_version_asks_the_provider_who_agrees(client, clients, cast):
    manager = sign_in_quickly(client, cast.manager)
    provider = sign_in_quickly(clients(), cast.provider)
    assert "Version 1, in use" in manager.get(PAGE).page.text
    assert "runs out soon" not in provider.get("/provider/").page.text
    done = write(manager, "1. Be good.\n\n2. Be <b>better</b>.").page
    assert "Version 2 of the provider terms has been kept." in done.text
    assert "Version 2, in use" in done.text
    assert "&lt;b&gt;" in done.html
    assert "runs out soon" in provider.get("/provider/").page.text
    page = provider.get("/provider/checklist/terms").page
    assert "The terms have changed." in page.text
    assert provider.submit("/provider/checklist/terms", {}).page.errors == [
        "Tick the box if you agree to the terms."
    ]
    provider.submit("/provider/checklist/terms", {"agree": "y"})
    assert "runs out soon" not in provider.get("/provider/").page.text
    read = provider.get("/provider/terms").page
    assert f"by {cast.provider.name}" in read.text
    assert "Version 2, agreed to on" in read.text


def test_a_version_that_came_meanwhile_is_shown_before_anybody_agrees(client, clients, cast):
    manager = sign_in_quickly(client, cast.manager)
    write(manager, "1. Be good.")
    provider = sign_in_quickly(clients(), cast.provider)
    token = provider.get("/provider/checklist/terms").page.elements("input", name="csrf_token")
    write(manager, "1. Be better.")
    for version in ("2", "", "x", "9" * 30, "-1", "\u0663"):
        values = {"agree": "y", "version": version, "csrf_token": token[0].get("value")}
        answer = provider.post("/provider/checklist/terms", data=values)
        assert answer.status_code == 422
        assert "replaced while you read them" in answer.page.errors[0]
        assert "Be better." in answer.page.text
        [shown] = answer.page.elements("input", name="version")
        assert shown.get("value") == "3"


@pytest.mark.parametrize(
    ("text", "days", "words"),
    [
        ("", 30, "Enter the terms."),
        ("nul\x00", 30, None),
        ("x" * 20_001, 30, None),
        ("New.", 0, "The day must be after today, within a year."),
        ("New.", -1, "The day must be after today, within a year."),
    ],
)
def test_bad_input_is_named_and_keeps_what_was_typed(client, cast, text, days, words):
    manager = sign_in_quickly(client, cast.manager)
    answer = write(manager, text, days)
    assert answer.status_code == 422
    assert len(answer.page.errors) == 1
    assert words is None or answer.page.errors == [words]
    assert "Version 1, in use" in manager.get(PAGE).page.text


def test_the_form_begins_with_the_words_in_use_and_wants_a_change(client, cast):
    manager = sign_in_quickly(client, cast.manager)
    day = clock.today() + timedelta(days=30)
    parts = {f"needed_from_on-{part}": str(getattr(day, part)) for part in ("day", "month", "year")}
    same = manager.submit(f"{PAGE}/new", parts)
    assert same.page.errors == ["These are the words of the version before. Change them first."]


def test_officers_see_what_a_provider_agreed_to(client, clients, cast, arrange):
    write(sign_in_quickly(client, cast.manager), "1. Be good.")
    provider = sign_in_quickly(clients(), cast.provider)
    provider.submit("/provider/checklist/terms", {"agree": "y"})
    listed = client.get("/staff/providers/", query_string={"status": "approved"}).page
    for reference in [link for link in listed.elements("a") if "PRV-" in (link.text or "")]:
        page = client.get(reference.attrib["href"]).page
        if f"by {cast.provider.name}" in page.text:
            assert "Version 2, agreed to on" in page.text
            return
    raise AssertionError("no provider's page names the agreement")
