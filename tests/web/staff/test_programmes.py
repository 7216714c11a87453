"""Programmes and rounds, as a programme manager sets them up and others read them."""

from datetime import timedelta

import pytest

from tests.factories.scheme import make_programme, make_round
from tests.page import classes, text_of
from tests.people import sign_in_quickly
from voucher.core import clock
from voucher.core.db import session
from voucher.programmes.models import Programme, Round, RoundStatus
from voucher.web.display import day

ROUND = {
    "name": "Autumn round",
    "opens_on-day": "1",
    "opens_on-month": "9",
    "opens_on-year": "2026",
    "closes_on-day": "30",
    "closes_on-month": "11",
    "closes_on-year": "2026",
    "budget_pence": "£250,000",
    "value_cap_pence": "2,000",
    "second_approver_from_pence": "1500",
    "full_evidence_from_pence": "1000",
}


@pytest.fixture
def manager(client, cast):
    return sign_in_quickly(client, cast.manager)


@pytest.fixture
def programme(arrange):
    with arrange():
        slug = make_programme(name="Fictional Tees programme", slug="fictional-tees").slug
    return slug


def new_programme(manager, name="O'Neill & Söhne tasters"):
    words = {"name": name, "summary": "Try a technology.", "contact_email": "a@example.org"}
    return manager.submit("/staff/programmes/new", words)


def only_round(app):
    with app.app_context():
        return session.query(Round).one()


def test_a_programme_is_created_with_rules_and_terms(manager):
    page = new_programme(manager).page
    assert page.heading == "O'Neill & Söhne tasters"
    assert "Version 1: as supplied" in page.text


def test_a_programme_says_when_its_financial_year_ends(app, manager):
    new_programme(manager)
    with app.app_context():
        made = session.query(Programme).one()
        slug, before = made.slug, made.year_end_month
    manager.submit(f"/staff/programmes/{slug}/edit", {"year_end_month": "12"})
    with app.app_context():
        after = session.query(Programme).one().year_end_month
    assert (before, after) == (3, 12)


def test_the_same_name_is_refused_at_the_field_and_nothing_typed_is_lost(manager):
    new_programme(manager)
    answer = new_programme(manager)
    assert answer.status_code == 422
    assert "There is a programme of that name already." in answer.page.errors[0]
    assert "Try a technology." in answer.page.html


def test_a_name_without_letters_is_refused(manager):
    assert "at least one letter" in new_programme(manager, name="!!!").page.errors[0]


def test_a_round_is_created_changed_opened_and_then_fixed(manager, app):
    new_programme(manager, "Tasters")
    made = manager.submit("/staff/programmes/tasters/rounds/new", ROUND)
    assert made.page.heading == "Autumn round"
    reference = only_round(app).reference
    assert only_round(app).budget_pence == 25_000_000
    edit = f"/staff/programmes/rounds/{reference}/edit"
    manager.submit(edit, {"share_percent": "75", "name": "Winter round"})
    assert only_round(app).share_bps == 7_500
    opened = manager.submit(f"/staff/programmes/rounds/{reference}", button="Open the round")
    assert "£250,000.00" in opened.page.text
    assert only_round(app).status is RoundStatus.OPEN
    late = manager.submit(edit, {"share_percent": "10"})
    assert late.status_code == 422
    assert "only until it opens" in late.page.errors[0]
    assert only_round(app).share_bps == 7_500


@pytest.mark.parametrize(
    ("first", "last", "words"),
    [
        (1, 9, "Opens on its first day"),
        (-1, 9, "Open for applications"),
        (-9, -1, "Over"),
    ],
)
def test_a_round_says_whether_it_takes_applications_today(manager, arrange, first, last, words):
    today = clock.today()
    with arrange():
        programme = make_programme()
        round_ = make_round(
            programme,
            opens_on=today + timedelta(days=first),
            closes_on=today + timedelta(days=last),
        )
    pages = (f"/staff/programmes/rounds/{round_.reference}", "/staff/programmes/")
    for path in (*pages, f"/staff/programmes/{programme.slug}"):
        page = manager.get(path).page
        tags = [text_of(each) for each in page.elements("strong") if "govuk-tag" in classes(each)]
        assert words in tags, path


def test_opening_a_round_ahead_of_its_day_says_when_it_takes_applications(manager, app):
    new_programme(manager, "Tasters")
    later = clock.today() + timedelta(days=40)
    dates = {
        f"{name}-{part}": str(getattr(day, part))
        for name, day in (("opens_on", later), ("closes_on", later + timedelta(days=30)))
        for part in ("day", "month", "year")
    }
    manager.submit("/staff/programmes/tasters/rounds/new", ROUND | dates)
    path = f"/staff/programmes/rounds/{only_round(app).reference}"
    text = manager.submit(path, button="Open the round").page.text
    assert "Opens on its first day" in text
    assert f"takes applications from {day(later)}" in text


def test_a_round_closes_and_opens_again_without_a_second_budget(manager, app, arrange):
    with arrange():
        reference = make_round().reference
    page = f"/staff/programmes/rounds/{reference}"
    manager.submit(page, button="Close to new applications")
    manager.submit(page, button="Open again")
    assert only_round(app).status is RoundStatus.OPEN


@pytest.mark.parametrize(
    ("field", "typed", "words"),
    [
        ("budget_pence", "£1,000.005", "no more than two figures after the point"),
        ("budget_pence", "-1", "must not be less than nothing"),
        ("budget_pence", "1000000000000", "or less"),
        ("value_cap_pence", "", "Enter the most that a voucher can be worth."),
        ("value_cap_pence", "300000", "no more than the budget"),
        ("share_percent", "101", "Share"),
        ("share_percent", "half", "Share"),
        ("voucher_life_days", "0", "Days a voucher"),
        ("closes_on-month", "", "The last day to apply must include a month."),
        ("closes_on-year", "2025", "same as or after"),
        ("name", "", "Enter a name."),
        ("name", "x" * 121, "120 characters"),
        ("name", "a\x00b", "Name of the round"),
    ],
)
def test_bad_settings_are_refused_at_their_field(manager, app, field, typed, words):
    new_programme(manager, "Tasters")
    answer = manager.submit("/staff/programmes/tasters/rounds/new", {**ROUND, field: typed})
    assert answer.status_code == 422
    assert words in " ".join(answer.page.errors)
    assert "Autumn round" in answer.page.html or field == "name"
    with app.app_context():
        assert session.query(Round).count() == 0


BAD_DRAW = {"draw_arms": "x" * 1001, "follow_up_on-day": "31", "follow_up_on-month": "2"}


@pytest.mark.parametrize("method", ["rolling", "scored"])
def test_what_is_asked_for_a_draw_alone_refuses_no_other_round(manager, app, method):
    new_programme(manager, "Tasters")
    typed = {**ROUND, **BAD_DRAW, "allocation_method": method}
    manager.submit("/staff/programmes/tasters/rounds/new", typed)
    assert only_round(app).allocation_method.value == method


def test_what_is_asked_for_a_draw_is_refused_there_and_shown_under_it(manager):
    new_programme(manager, "Tasters")
    address = "/staff/programmes/tasters/rounds/new"
    answer = manager.submit(address, {**ROUND, **BAD_DRAW, "allocation_method": "random"})
    assert answer.status_code == 422
    assert "Its arms must be 1,000 characters or fewer." in answer.page.errors
    assert "Day of the primary follow-up must include a year." in answer.page.errors
    html = answer.page.html
    under = html.index("Only for a draw:")
    assert html.index('value="random"') < under < html.index('name="draw_arms"')
    assert html.index('name="follow_up_on-day"') < html.index('name="second_approver_from_pence"')


def test_a_round_without_any_date_is_refused_at_both(manager):
    new_programme(manager, "Tasters")
    undated = {name: typed for name, typed in ROUND.items() if "_on-" not in name}
    answer = manager.submit("/staff/programmes/tasters/rounds/new", undated)
    assert answer.status_code == 422
    assert {"Enter the day it opens.", "Enter the last day to apply."} <= set(answer.page.errors)


def test_others_on_the_staff_read_but_change_nothing(client, cast, programme):
    sign_in_quickly(client, cast.auditor)
    assert client.get("/staff/programmes/").status_code == 200
    page = client.get(f"/staff/programmes/{programme}").page
    assert "Create a round" not in page.text
    assert client.get(f"/staff/programmes/{programme}/rounds/new").status_code == 403


def test_what_does_not_exist_is_not_found(manager):
    assert manager.get("/staff/programmes/none").status_code == 404
    assert manager.get("/staff/programmes/rounds/RND-NONE").status_code == 404


def test_the_next_version_of_the_rules_is_kept_beside_the_old(manager):
    new_programme(manager, "Tasters")
    page = manager.get("/staff/programmes/tasters/rules/new").page
    assert "in_the_north" in page.html
    page = manager.submit("/staff/programmes/tasters/rules/new", {"note": "as before"}).page
    assert "Version 2: as before" in page.text
    assert "Version 1: as supplied" in page.text


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("", "Enter the rules"),
        ("{", "not a JSON document"),
        ("[]", "must be an object"),
        ('{"version": 1, "rules": []}', "there must be at least one"),
        ('{"version": 1, "rules": [{"code": "x"}]}', "rule 1: must have code, kind"),
        ("[" * 20_000, "JSON document"),
    ],
)
def test_rules_that_can_not_be_used_are_refused_with_every_fault(manager, content, words):
    new_programme(manager, "Tasters")
    values = {"content": content, "note": "broken"}
    answer = manager.submit("/staff/programmes/tasters/rules/new", values)
    assert answer.status_code == 422
    assert words in " ".join(answer.page.errors)
    assert "Version 2" not in manager.get("/staff/programmes/tasters").page.text


def test_the_next_version_of_the_terms_can_be_chosen_for_a_round(manager):
    new_programme(manager, "Tasters")
    words = {"terms_text": "Be <b>kind</b>.", "data_notice_text": "We forget nothing."}
    page = manager.submit("/staff/programmes/tasters/terms/new", words).page
    assert "Be <b>kind</b>." in page.text
    assert "Version 2" in manager.get("/staff/programmes/tasters/rounds/new").page.text
