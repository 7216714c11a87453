"""What programmes have learned: everybody, staff too, reads of published reports alone."""

import json
from datetime import timedelta

import pytest

from tests.factories.published import make_report, publish
from tests.factories.scheme import make_member, make_programme, make_round
from tests.unit.evaluation.synthesis.rounds import a_round, outcome
from tests.web.statements import counting
from voucher.accounts.roles import Role
from voucher.cli.rendering import render
from voucher.core import clock
from voucher.core.db import session
from voucher.evaluation.learning.suggesting import learned
from voucher.evaluation.synthesis.jobs import ask_after_reports, build_syntheses
from voucher.web.configuration import services
from voucher.web.learning import learning_context, points


@pytest.fixture
def known(app, arrange):
    """Two programmes; the report of one is published."""
    at = clock.now() - timedelta(minutes=5)
    with arrange():
        north = make_programme(slug="northern", name="Northern Tasters")
        publish(make_report(make_round(north), outcome(0.3, 0.02), at=at), at=at)
        make_report(make_round(make_programme(slug="coast", name="Coast")), outcome(), at=at)
        make_programme(slug="empty", name="Empty")
    with app.app_context():
        assert ask_after_reports(clock.now()) == 1
        assert build_syntheses(services().store, render, clock.now()) == 1


def sign_in_as(client, arrange, role):
    with arrange():
        person = make_member(role)
        session.refresh(person)
        session.expunge(person)
    client.sign_in(person)


@pytest.mark.usefixtures("known")
def test_anybody_reads_what_published_reports_taught(app, client):
    listed = client.get(client.get("/").page.link("What we know so far")).page
    assert "Coast" not in listed.text
    with counting(app) as statements:
        page = client.get(listed.link("Northern Tasters")).page
    assert len(statements) <= 8
    assert "Only one round has an estimate" in page.text
    assert "+30.0" in page.text
    assert "Suggested next test" in page.text
    assert "By voucher value" not in page.text, "one value alone is the whole over again"
    table = client.get(page.link("Download these figures as CSV"))
    assert "The programme as a whole,The programme as a whole" in table.get_data(as_text=True)
    assert "30,26.056,33.944,Some" in table.get_data(as_text=True)
    assert client.get("/what-works/coast").status_code == 404
    assert client.get("/what-works/coast/parts.csv").status_code == 404
    assert client.get("/what-works/nothing").status_code == 404


@pytest.mark.usefixtures("known")
def test_anybody_reads_what_all_programmes_say_together(client):
    page = client.get(client.get("/what-works/").page.link("What all programmes say together")).page
    assert "Forest plot: Uses technology made for the task" in page.html
    assert "Coast" not in page.html
    assert client.get(page.link("The synthesis as an accessible PDF")).data.startswith(b"%PDF")
    figures = json.loads(client.get(page.link("Every figure as JSON")).data)
    assert (figures["kind"], len(figures["rounds"])) == ("synthesis", 1)
    assert "learning" not in figures
    assert "itt.studies" in client.get(page.link("Every figure as CSV")).get_data(as_text=True)


@pytest.mark.parametrize("page", ["", "document", "figures.json", "figures.csv"])
def test_without_a_synthesis_there_is_none(client, page):
    assert client.get(f"/synthesis/{page}").status_code == 404


def test_without_a_published_report_the_page_says_so(client):
    page = client.get("/what-works/").page.text
    assert "No programme has published a report yet" in page
    assert "What all programmes say together" not in page


@pytest.mark.usefixtures("known")
def test_staff_read_the_same_and_nothing_unpublished(client, arrange):
    sign_in_as(client, arrange, Role.EVALUATOR)
    page = client.get("/staff/programmes/northern").page.link("What we know so far")
    assert "+30.0" in client.get(page).page.text
    assert "Nothing yet" in client.get("/staff/learning/coast").page.text
    assert "Nothing yet" in client.get("/staff/learning/empty").page.text
    assert client.get("/staff/learning/unknown").status_code == 404


SUGGESTED = {
    "by": "all",
    "label": "The programme as a whole",
    "worth": 3.2,
    "evidence": "none",
    "businesses": 900,
    "assumed": {"before": 0.3, "take_up": 0.7, "response": 0.7},
    "drawn": 1200,
    "others": [],
}


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({}, "Draw the next round by lot, with a comparison group."),
        ({"by": "area", "label": "Stock"}, "what the offer does for “Stock” can be told by itself"),
        ({"by": "area", "label": "Stock"}, "So far 900 applications have named it."),
        ({"by": "value", "label": "Vouchers of up to £500"}, "round of vouchers of up to £500"),
        ({"drawn": None}, "Raise the take-up first"),
        (
            {"worth": 0.2, "others": ["One", "Two"]},
            "here less than one adopter; next come One and Two",
        ),
        (None, "of every part that a draw can test enough is known"),
        ({}, "Under way: “Spring”, planned and published as a trial"),
        ({}, "Stock: too few."),
        ({}, "Kinds of provider: businesses choose them after the draw."),
    ],
)
def test_every_suggestion_has_its_words(app, changed, words):
    suggestion = None if changed is None else {**SUGGESTED, **changed}
    found = {
        **learned([a_round(1, outcome(), sent=40)]),
        "rounds_told": [],
        "under_way": ["Spring"],
        "suggestion": suggestion,
        "not_suggested": [{"label": "Stock", "why": "too few"}],
    }
    with app.test_request_context():
        page = app.jinja_env.get_template("learning/known.html").render(
            **learning_context(found), slug="northern", at=clock.now(), scroll=_scroll
        )
    assert words in " ".join(page.replace("&nbsp;", " ").split())


def _scroll(_label, caller):
    return caller()


def test_points():
    assert [points(each) for each in (None, 0.0, -0.1, 0.123)] == ["–", "0.0", "−10.0", "+12.3"]
