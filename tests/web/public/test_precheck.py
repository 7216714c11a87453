"""The public pre-check: every reason at once, and nothing kept of it but a count by day."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import inspect, select, text

from tests.factories.applications import make_owner
from tests.factories.scheme import make_business, make_round, make_user
from tests.page import values_of
from voucher.core import clock
from voucher.core.db import db
from voucher.eligibility.models import CheckOutcome, PrecheckCount
from voucher.web.public import precheck

GOOD = {
    "postcode": "ls1 4ap",
    "legal_form": "company",
    "headcount": "6",
    "trading_since_on-day": "1",
    "trading_since_on-month": "3",
    "trading_since_on-year": "2019",
    "support_pence": "",
    "holds_voucher": "no",
}


def ask(client, **changed):
    values = {name.replace("__", "-"): value for name, value in changed.items()}
    return client.submit("/check", {**GOOD, **values}, button="Check")


def rows(app):
    with app.app_context():
        tables = inspect(db.engine).get_table_names()
        return {
            table: db.session.execute(text(f'SELECT count(*) FROM "{table}"')).scalar_one()
            for table in tables
        }


def test_one_that_qualifies_is_told_so_and_shown_the_round(arrange, client):
    today = clock.today()
    with arrange():
        make_round(
            name="Spring round",
            opens_on=today - timedelta(days=1),
            closes_on=today + timedelta(days=9),
        )
    page = ask(client).page
    assert page.heading == "You seem to qualify"
    assert "Spring round" in page.text


def test_the_way_on_depends_on_who_asks(arrange, client):
    assert ask(client).page.link("Start an application") == "/account/register"
    with arrange():
        client.sign_in(make_user())
    assert ask(client).page.link("Start an application") == "/account/"
    with arrange():
        client.sign_in(make_owner(make_business()))
    assert ask(client).page.link("Start an application") == "/business/applications/"


def test_without_an_open_round_it_says_so(client):
    assert "No round is open at the moment" in ask(client).page.text


def test_the_answer_is_a_page_of_its_own_and_the_answers_stay_in_the_browser(app, client):
    sent = client.submit("/check", GOOD, button="Check", follow=False)
    assert (sent.status_code, sent.location) == (303, "/check/answer")
    (cookie,) = [each for each in sent.headers.getlist("Set-Cookie") if "voucher_check=" in each]
    for part in ("HttpOnly", "Path=/check", "Max-Age=900", "SameSite=Lax"):
        assert part in cookie
    for _ in range(2):
        assert client.get("/check/answer").page.heading == "You seem to qualify"
    assert "LS1" not in client.get("/check/answer").get_data(as_text=True)
    with app.app_context():
        assert db.session.execute(select(PrecheckCount.count)).scalars().all() == [1]


def test_going_back_finds_the_answers_to_change_them(client):
    page = ask(client, headcount="300", support_pence="1,000.50").page
    assert page.heading == "You do not qualify as things stand"
    shown = values_of(client.get(page.link("Change your answers")).page.form("Check"))
    assert shown["postcode"] == ["LS1 4AP"]
    assert shown["headcount"] == ["300"]
    assert shown["support_pence"] == ["1,000.50"]
    assert shown["trading_since_on-year"] == ["2019"]
    assert shown["holds_voucher"] == ["no"]
    again = client.submit("/check", {"headcount": "6"}, button="Check")
    assert again.page.heading == "You seem to qualify"


@pytest.mark.parametrize("kept", [None, "", "nonsense", "eyJhIjoxfQ.aaaa.bbbb"])
def test_without_answers_of_ours_there_is_only_the_form(client, kept):
    if kept is not None:
        client.set_cookie("voucher_check", kept, path="/check")
    answer = client.get("/check/answer")
    assert (answer.status_code, answer.location) == (302, "/check")
    assert values_of(client.get("/check").page.form("Check"))["postcode"] == [""]


def test_after_a_quarter_of_an_hour_the_answers_are_forgotten(app, client, monkeypatch):
    ask(client)
    sealed = client.get_cookie("voucher_check", path="/check").value
    monkeypatch.setattr(precheck, "ANSWERS", replace(precheck.ANSWERS, lasts=timedelta(-1)))
    client.set_cookie("voucher_check", sealed, path="/check")
    assert client.get("/check/answer").location == "/check"


def test_every_failing_reason_is_given_at_once(client):
    page = ask(
        client,
        postcode="EX1 1AA",
        headcount="300",
        legal_form="other",
        holds_voucher="yes",
        support_pence="315,000",
    ).page
    assert page.heading == "You do not qualify as things stand"
    for reason in (
        "not in the north of England",
        "250 people or more",
        "companies, sole traders, partnerships and charities",
        "holds a voucher of this programme already",
        "reached the legal limit",
    ):
        assert reason in page.text


def test_what_a_person_looks_at_is_no_refusal(client):
    young = clock.today() - timedelta(days=30)
    page = ask(
        client,
        trading_since_on__day=str(young.day),
        trading_since_on__month=str(young.month),
        trading_since_on__year=str(young.year),
    ).page
    assert page.heading == "You may qualify"
    assert "A person will look at this" in page.text
    assert "You do not qualify because" not in page.text
    assert "less than 6 months" in page.text


def test_what_a_person_looks_at_is_no_reason_of_a_refusal(client):
    young = clock.today() - timedelta(days=30)
    page = ask(
        client,
        headcount="300",
        trading_since_on__day=str(young.day),
        trading_since_on__month=str(young.month),
        trading_since_on__year=str(young.year),
    ).page
    assert page.heading == "You do not qualify as things stand"
    before, after = page.text.split("A person will look at this")
    assert "You do not qualify because" in before
    assert "250 people or more" in before
    assert "less than 6 months" in after
    assert "less than 6 months" not in before
    assert "This alone would not stop you." in after
    assert "You can apply" not in page.text


@pytest.mark.parametrize(
    ("postcode", "heading"),
    [
        ("NE1 7RU", "You seem to qualify"),
        ("S1 2HH", "You seem to qualify"),
        ("CA1 1AA", "You seem to qualify"),
        ("LN1 1AA", "You do not qualify as things stand"),
        ("ST1 1AA", "You do not qualify as things stand"),
    ],
)
def test_the_north_is_the_north(client, postcode, heading):
    assert ask(client, postcode=postcode).page.heading == heading


def test_nothing_is_kept_but_a_count_for_the_day(app, client):
    before = rows(app)
    ask(client)
    ask(client)
    ask(client, postcode="EX1 1AA")
    after = rows(app)
    assert {name: count for name, count in after.items() if count != before[name]} == {
        "precheck_count": 2
    }
    with app.app_context():
        counts = db.session.execute(select(PrecheckCount)).scalars().all()
    assert {(row.day, row.outcome, row.count) for row in counts} == {
        (clock.today(), CheckOutcome.ELIGIBLE, 2),
        (clock.today(), CheckOutcome.REFUSED, 1),
    }


@pytest.mark.parametrize(
    ("name", "typed", "words"),
    [
        ("postcode", "", "Enter the postcode"),
        ("postcode", "nowhere", "Enter a full UK postcode"),
        ("postcode", "LS1\x00 4AP", "can’t be used"),
        ("headcount", "-1", "1 or more"),
        ("headcount", "1000000000000", "or less"),
        ("headcount", "🪚", "whole number"),
        ("support_pence", "£1,000.005", "two figures"),
        ("support_pence", "-1", "less than nothing"),
        ("trading_since_on-month", "", "month"),
        ("trading_since_on-year", "2999", "in the past"),
        ("legal_form", "pirate", "Select one of the options"),
    ],
)
def test_bad_input_is_said_at_its_field_and_not_counted(app, client, name, typed, words):
    form = values_of(client.get("/check").page.form("Check"))
    answer = client.post("/check", data={**form, **GOOD, name: typed})
    assert answer.status_code == 422
    assert words in answer.page.errors[0]
    assert rows(app)["precheck_count"] == 0
    if name != "legal_form":
        shown = values_of(answer.page.form("Check"))
        assert shown[name] == [typed.replace("\x00", "")]
    assert values_of(answer.page.form("Check"))["holds_voucher"] == ["no"]


def test_looking_at_the_form_counts_nothing(app, client):
    assert client.get("/check").status_code == 200
    assert rows(app)["precheck_count"] == 0
