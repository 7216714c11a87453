"""Signing off and publishing on the pages, and who may."""

import pytest

from tests.factories.cases import make_officer
from tests.factories.evaluation import make_redeemed
from tests.factories.scheme import AT, make_member, make_provider, make_round
from voucher.accounts.roles import Role
from voucher.core.db import session
from voucher.evaluation.jobs import build_reports
from voucher.evaluation.models import Report, ReportKind
from voucher.evaluation.operations import ask_report, begin_report, fail_report
from voucher.evaluation.publication.models import ReportPublication
from voucher.evaluation.publication.operations import sign_off
from voucher.providers.models import Provider


def cheap(template, context):
    if template.endswith("body.html"):
        return "<h2>Found out</h2>"
    return '<html lang="en-GB"><title>x</title><h1>x</h1></html>'


@pytest.fixture
def report(app, arrange):
    """A report on a round that was built."""
    with arrange():
        made = ask_report(round_=make_round(), by=None, at=AT)
    with app.app_context():
        assert build_reports(app.extensions["services"].store, cheap, AT) == 1
    return made


@pytest.fixture
def people(arrange):
    """An evaluator and a programme manager."""
    with arrange():
        return make_member(Role.EVALUATOR), make_member(Role.PROGRAMME_MANAGER)


def test_an_evaluator_signs_and_a_manager_publishes(client, report, people):
    evaluator, manager = people
    address = f"/staff/reports/{report.reference}"
    client.sign_in(evaluator)
    assert "Found out" in client.get(f"{address}/page").page.text
    page = client.get(address).page
    assert "Sign the report off" in page.text
    assert "Publish the report" not in page.text
    token = page.elements("input", name="csrf_token")[0].get("value")
    answer = client.post(f"{address}/sign-off", data={"csrf_token": token, "note": "Checked."})
    assert answer.status_code == 302
    assert "A programme manager who did not sign it off" in client.get(address).page.text
    client.sign_in(manager)
    page = client.get(address).page
    assert "Checked." in page.text
    assert "Why there is a new version" not in page.text
    token = page.elements("input", name="csrf_token")[0].get("value")
    answer = client.post(f"{address}/publish", data={"csrf_token": token})
    assert answer.status_code == 302
    assert "Version 1" in client.get(address).page.text
    assert client.get(f"/reports/{report.reference}").status_code == 200


def test_the_rows_of_businesses_are_never_published(client, arrange, report, people):
    """They have no names, but turnover alone would tell which business a row is."""
    evaluator, manager = people
    with arrange():
        row = session.get(Report, report.id)
        row.extract_id, row.figures = row.file_id, {**row.figures, "withheld": []}
        sign_off(report=row, by=evaluator.id, at=AT)
    client.sign_in(manager)
    address = f"/staff/reports/{report.reference}"
    page = client.get(address).page
    assert "seudonymised" not in page.text
    token = page.elements("input", name="csrf_token")[0].get("value")
    posted = client.post(f"{address}/publish", data={"csrf_token": token, "with_extract": "y"})
    assert posted.status_code == 302
    assert "seudonymised" not in client.get(f"/reports/{report.reference}").page.text
    assert client.get(f"/reports/{report.reference}/extract").status_code == 404
    with arrange():
        assert not session.query(ReportPublication).one().with_extract


def test_a_note_that_is_too_long_is_told_at_the_field(client, report, people):
    client.sign_in(people[0])
    address = f"/staff/reports/{report.reference}"
    token = client.get(address).page.elements("input", name="csrf_token")[0].get("value")
    answer = client.post(f"{address}/sign-off", data={"csrf_token": token, "note": "word " * 300})
    assert answer.status_code == 422
    assert answer.page.errors


@pytest.mark.parametrize(
    ("role", "signs", "publishes"),
    [
        (Role.EVALUATOR, True, False),
        (Role.PROGRAMME_MANAGER, False, True),
        (Role.APPROVER, False, False),
        (Role.AUDITOR, False, False),
    ],
)
def test_who_may_sign_and_who_may_publish(client, arrange, report, role, signs, publishes):
    with arrange():
        person = make_member(role)
    client.sign_in(person)
    address = f"/staff/reports/{report.reference}"
    assert client.get(f"{address}/page").status_code == 200
    assert ("Sign the report off" in client.get(address).page.text) == signs
    with arrange():
        sign_off(report=session.get(Report, report.id), by=make_officer(Role.EVALUATOR).id, at=AT)
    assert ("Publish the report" in client.get(address).page.text) == publishes


def test_a_report_without_page_or_extract_has_none(client, arrange, people):
    with arrange():
        waiting = ask_report(round_=make_round(), by=None, at=AT)
    client.sign_in(people[0])
    address = f"/staff/reports/{waiting.reference}"
    assert client.get(address).status_code == 200
    assert client.get(f"{address}/page").status_code == 404
    assert client.get(f"{address}/extract").status_code == 404
    assert client.get("/staff/reports/RPT-NONE").status_code == 404


def test_a_provider_summary_is_asked_for_from_those_with_whom_a_voucher_was_redeemed(
    client, arrange, people
):
    with arrange():
        redemption = make_redeemed()
        reference = session.get(Provider, redemption.provider_id).reference
        other = make_provider().reference
    client.sign_in(people[0])
    page = client.get("/staff/reports/provider").page
    offered = {each.get("value") for each in page.elements("option")}
    assert reference in offered
    assert other not in offered
    answer = client.submit("/staff/reports/provider", {"provider": reference})
    assert "being built" in answer.page.text
    with arrange():
        report = session.query(Report).one()
        assert (report.kind, report.provider_id) == (ReportKind.PROVIDER, redemption.provider_id)


@pytest.mark.parametrize("typed", ["", "PRV-0000-0000", "\x00", "😀", "x" * 500])
def test_an_unknown_provider_is_told_at_the_field(client, people, typed):
    client.sign_in(people[0])
    answer = client.submit("/staff/reports/provider", {"provider": typed})
    assert answer.status_code == 422
    assert answer.page.errors


def test_a_provider_with_whom_nothing_was_redeemed_has_no_summary(client, arrange, people):
    with arrange():
        reference = make_provider().reference
        make_officer(Role.EVALUATOR)
    client.sign_in(people[0])
    answer = client.submit("/staff/reports/provider", {"provider": reference})
    assert answer.status_code == 422
    assert answer.page.errors


def test_a_report_that_could_not_be_built_says_why(client, arrange, people):
    with arrange():
        failed = ask_report(round_=make_round(), by=None, at=AT)
        begin_report(report=failed, at=AT)
        fail_report(report=failed, failure="The disk is full.", at=AT)
    client.sign_in(people[0])
    page = client.get(f"/staff/reports/{failed.reference}").page
    assert "The disk is full." in page.text
