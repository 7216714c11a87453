"""Published reports as anybody reads them."""

import re
from datetime import timedelta

import pytest

from tests.factories.cases import make_officer
from tests.factories.scheme import AT, make_round
from voucher.accounts.roles import Role
from voucher.cli.rendering import render
from voucher.core.db import session
from voucher.evaluation.jobs import build_reports
from voucher.evaluation.operations import ask_report
from voucher.evaluation.publication.operations import publish, sign_off


def build(app, at=AT):
    with app.app_context():
        return build_reports(app.extensions["services"].store, render, at)


@pytest.fixture
def report(app, arrange):
    """A report on a round, built and not published."""
    with arrange():
        round_ = make_round(name="Spring round <1>")
        made = ask_report(round_=round_, by=make_officer(Role.EVALUATOR).id, at=AT)
        evaluator, manager = make_officer(Role.EVALUATOR), make_officer(Role.PROGRAMME_MANAGER)
        made.people = evaluator.id, manager.id
    assert build(app) == 1
    return made


def make_public(arrange, report, note="", days=1):
    from voucher.evaluation.models import Report

    with arrange():
        row, at = session.get(Report, report.id), AT + timedelta(days=days)
        signer, publisher = report.people
        sign_off(report=row, by=signer, at=at)
        publish(report=row, note=note, by=publisher, at=at)


ADDRESSES = ("", "/document", "/figures.json", "/figures.csv", "/extract")


def test_the_list_leads_to_what_all_reports_say_and_to_the_plans(client):
    page = client.get("/reports/").text
    assert 'href="/what-works/"' in page
    assert 'href="/plans/"' in page


def test_what_is_not_published_is_nowhere(client, report):
    assert "No reports yet" in client.get("/reports/").page.text
    for address in ADDRESSES:
        assert client.get(f"/reports/{report.reference}{address}").status_code == 404


def test_a_published_report_is_a_page_with_its_files(client, arrange, report):
    make_public(arrange, report)
    listed = client.get("/reports/").page
    assert "Spring round <1>" in listed.text
    assert "Descriptive report, no effect claimed" in listed.text
    page = client.get(f"/reports/{report.reference}").page
    assert "This report describes. It does not say what the vouchers caused" in page.text
    assert "style=" not in page.html
    assert "Version 1, published on" in page.text
    document = client.get(f"/reports/{report.reference}/document")
    assert document.data.startswith(b"%PDF-")
    figures = client.get(f"/reports/{report.reference}/figures.json")
    assert figures.json["kind"] == "descriptive"
    assert client.get(f"/reports/{report.reference}/figures.csv").data.startswith(b"part,figure,")
    assert client.get(f"/reports/{report.reference}/extract").status_code == 404


def test_a_report_s_contents_lead_to_its_parts(client, arrange, report):
    make_public(arrange, report)
    html = client.get(f"/reports/{report.reference}").page.html
    contents = re.search(r'<nav class="scheme-contents".*?</nav>', html, re.DOTALL).group()
    parts = re.findall(r'href="#(part-[a-z0-9-]+)"', contents)
    assert len(parts) > 3
    assert all(html.count(f'id="{part}"') == 1 for part in parts)
    assert html.count('id="contents"') == html.count('href="#contents"') == 1


def test_whoever_is_signed_in_has_the_way_back_to_their_own_side(client, arrange):
    assert "start page" not in client.get("/").text
    with arrange():
        evaluator = make_officer(Role.EVALUATOR)
        session.expunge(evaluator)
    client.sign_in(evaluator)
    page = client.get("/").page
    assert client.get(page.link("Your start page")).headers["Location"] == "/staff/reports/"
    assert page.link("Go to your start page") == page.link("Your start page")


def test_a_superseded_version_points_to_the_newest_and_stays(app, client, arrange, report):
    from voucher.programmes.models import Round

    make_public(arrange, report)
    with arrange():
        round_ = session.get(Round, report.round_id)
        newer = ask_report(round_=round_, by=None, at=AT + timedelta(days=5))
        newer.people = report.people
    assert build(app, AT + timedelta(days=5)) == 1
    make_public(arrange, newer, "More answers are in.", days=6)
    old = client.get(f"/reports/{report.reference}").page
    assert "This version has been superseded" in old.text
    assert "Why there is a new version: More answers are in." in old.text
    listed = client.get("/reports/").page
    assert report.reference not in listed.html
    assert newer.reference in listed.html


@pytest.mark.parametrize("reference", ["RPT-NONE", "%00", "😀", "x" * 300])
def test_an_address_of_nothing_is_not_found(client, reference):
    for address in ADDRESSES:
        assert client.get(f"/reports/{reference}{address}").status_code == 404
