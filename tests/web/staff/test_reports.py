"""Asking for reports, downloading them, and who may."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from tests.factories.cases import make_voucher
from tests.factories.evaluation import make_redeemed, voucher_of
from tests.factories.scheme import AT, make_business, make_member, make_round
from voucher.accounts.roles import Role
from voucher.core.db import session
from voucher.evaluation.jobs import build_reports
from voucher.evaluation.models import Report, ReportKind
from voucher.programmes.models import RoundStatus

READERS = [role for role in Role if role not in (Role.BUSINESS, Role.PROVIDER)]
BUILDERS = (Role.EVALUATOR, Role.PROGRAMME_MANAGER)


def cheap(template, context):
    return '<html lang="en-GB"><title>x</title><h1>x</h1></html>'


def build(app):
    with app.app_context():
        return build_reports(app.extensions["services"].store, cheap, AT + timedelta(days=9))


@pytest.fixture
def evaluator(arrange):
    """Somebody who may ask for reports."""
    with arrange():
        return make_member(Role.EVALUATOR)


@pytest.fixture
def round_(arrange):
    """An open round."""
    with arrange():
        return make_round()


def test_a_report_is_asked_for_built_and_downloaded(app, client, evaluator, round_):
    client.sign_in(evaluator)
    assert "No reports yet" in client.get("/staff/reports/").page.text
    asked = client.submit("/staff/reports/round", {"round": round_.reference})
    assert "The report is being built" in asked.page.text
    assert "Waiting to be built" in asked.page.text
    assert build(app) == 1
    page = client.get("/staff/reports/").page
    assert "Ready" in page.text
    reference = page.elements("th", scope="row")[0].find(".//{*}a").text
    answer = client.get(f"/staff/reports/{reference}/document")
    assert answer.mimetype == "application/pdf"
    assert "attachment" in answer.headers["Content-Disposition"]
    assert answer.data.startswith(b"%PDF-")


def test_pressing_twice_asks_once(client, arrange, evaluator, round_):
    client.sign_in(evaluator)
    for _ in range(2):
        client.submit("/staff/reports/round", {"round": round_.reference})
    with arrange():
        assert len(session.execute(select(Report.id)).all()) == 1


@pytest.mark.parametrize("typed", ["", "RND-NOPE", "😀", "x" * 300])
def test_a_round_must_be_one_that_is_offered(client, arrange, evaluator, round_, typed):
    client.sign_in(evaluator)
    page = client.get("/staff/reports/round").page
    token = page.elements("input", name="csrf_token")[0].get("value")
    answer = client.post("/staff/reports/round", data={"csrf_token": token, "round": typed})
    assert answer.status_code == 422
    assert answer.page.errors


def test_a_draft_round_is_not_offered(client, arrange, evaluator):
    with arrange():
        draft = make_round(status=RoundStatus.DRAFT)
    page = client.sign_in(evaluator).get("/staff/reports/round").page
    assert draft.reference not in page.html


def test_a_case_summary_is_asked_for_by_the_vouchers_reference(client, arrange, evaluator):
    with arrange():
        voucher = voucher_of(make_redeemed())
    client.sign_in(evaluator)
    typed = voucher.reference.lower().replace("-", " ")
    assert "being built" in client.submit("/staff/reports/case", {"voucher": typed}).page.text
    with arrange():
        report = session.execute(select(Report)).scalar_one()
        assert (report.kind, report.voucher_id) == (ReportKind.CASE, voucher.id)


@pytest.mark.parametrize("typed", ["", "VCH-0000-0000", "\x00", "<script>", "x" * 500])
def test_an_unknown_voucher_is_told_at_the_field(client, evaluator, typed):
    client.sign_in(evaluator)
    answer = client.submit("/staff/reports/case", {"voucher": typed})
    assert answer.status_code == 422
    assert answer.page.errors


def test_a_voucher_that_was_not_redeemed_has_no_summary(client, arrange, evaluator):
    with arrange():
        voucher = make_voucher()
    client.sign_in(evaluator)
    answer = client.submit("/staff/reports/case", {"voucher": voucher.reference})
    assert answer.status_code == 422
    assert voucher.reference in answer.page.html


@pytest.mark.parametrize("role", READERS)
def test_staff_read_and_some_of_them_build(client, arrange, round_, role):
    with arrange():
        person = make_member(role)
    client.sign_in(person)
    assert client.get("/staff/reports/").status_code == 200
    assert client.get("/staff/surveys/").status_code == 200
    wanted = 200 if role in BUILDERS else 403
    assert client.get("/staff/reports/round").status_code == wanted
    assert client.get("/staff/reports/case").status_code == wanted


def test_nobody_else_reads_anything(client, arrange, app, round_, evaluator):
    client.sign_in(evaluator).submit("/staff/reports/round", {"round": round_.reference})
    build(app)
    with arrange():
        reference = session.execute(select(Report.reference)).scalar_one()
        business = make_business()
        owner = make_member(Role.BUSINESS, business=business)
    addresses = ("/staff/reports/", "/staff/surveys/", f"/staff/reports/{reference}/document")
    client.sign_in(owner)
    assert [client.get(address).status_code for address in addresses] == [403, 403, 403]
    client.sign_out()
    assert [client.get(address).status_code for address in addresses] == [302, 302, 302]


def test_a_report_that_is_not_there_yet_is_not_found(client, arrange, evaluator, round_):
    client.sign_in(evaluator).submit("/staff/reports/round", {"round": round_.reference})
    with arrange():
        reference = session.execute(select(Report.reference)).scalar_one()
    assert client.get(f"/staff/reports/{reference}/document").status_code == 404
    assert client.get("/staff/reports/RPT-NOPE/document").status_code == 404
