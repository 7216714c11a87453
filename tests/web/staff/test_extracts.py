"""Data for evaluators: who may have them, and that it is noted who had."""

import io
import zipfile
from datetime import timedelta

import pytest
from sqlalchemy import select

from tests.domain.evaluation.test_analysis_set import CUT, KEY, followed
from tests.domain.evaluation.test_extracts import reported
from tests.factories.scheme import make_business, make_member
from tests.web.statements import counting
from voucher.accounts.roles import STAFF_ROLES, Role
from voucher.audit.models import AuditEvent
from voucher.core.db import session
from voucher.evaluation.analysis.jobs import build_extracts
from voucher.files.models import StoredFile

OTHERS = sorted(STAFF_ROLES - {Role.EVALUATOR})


@pytest.fixture
def reference(app, arrange):
    """The reference of a report whose extract was made."""
    with arrange():
        lottery = followed(6)
        report = reported(lottery.round)
    with app.app_context():
        store = app.extensions["services"].store
        assert build_extracts(store, KEY, CUT + timedelta(minutes=1)) == 1
    return report.reference


@pytest.fixture
def evaluator(arrange):
    """Somebody who may have the data."""
    with arrange():
        return make_member(Role.EVALUATOR)


def posted(client, reference):
    """The answer to the button beside a report."""
    page = client.get("/staff/reports/round").page
    token = page.elements("input", name="csrf_token")[0].get("value")
    return client.post(f"/staff/extracts/{reference}/file", data={"csrf_token": token})


def downloads(app):
    with app.app_context():
        query = select(AuditEvent.actor_user_id).where(AuditEvent.action == "extract.downloaded")
        return session.scalars(query).all()


def test_an_evaluator_downloads_it_and_that_is_noted(app, client, evaluator, reference):
    client.sign_in(evaluator)
    assert "Data for evaluators" in client.get("/staff/reports/").page.text
    assert reference in client.get("/staff/extracts/").page.text
    assert downloads(app) == []
    answer = posted(client, reference)
    assert answer.status_code == 200, answer.page.text
    assert answer.mimetype == "application/zip"
    assert "attachment" in answer.headers["Content-Disposition"]
    names = zipfile.ZipFile(io.BytesIO(answer.data)).namelist()
    assert "data.csv" in names
    assert downloads(app) == [evaluator.id]


def test_a_programme_manager_who_may_ask_for_reports_is_not_given_the_data(
    app, client, arrange, reference
):
    with arrange():
        manager = make_member(Role.PROGRAMME_MANAGER)
    client.sign_in(manager)
    assert posted(client, reference).status_code == 403
    assert downloads(app) == []


def test_without_any_the_page_says_so(client, evaluator):
    client.sign_in(evaluator)
    assert "No extracts yet" in client.get("/staff/extracts/").page.text
    assert posted(client, "RPT-0000-0000").status_code == 404


@pytest.mark.parametrize("role", OTHERS)
def test_nobody_else_on_the_staff_may_have_it(client, arrange, role):
    with arrange():
        person = make_member(role)
    client.sign_in(person)
    assert client.get("/staff/extracts/").status_code == 403


def test_a_business_may_not(client, arrange):
    with arrange():
        owner = make_member(Role.BUSINESS, business=make_business())
    client.sign_in(owner)
    assert client.get("/staff/extracts/").status_code in (403, 404)


def test_the_list_takes_few_statements(app, client, evaluator, reference):
    client.sign_in(evaluator)
    with counting(app) as statements:
        client.get("/staff/extracts/")
    assert len(statements) <= 8


def test_the_data_have_no_other_door(app, client, cast, reference):
    """Whoever reads cases opens most files by their address; not this one, unnoted."""
    with app.app_context():
        query = select(StoredFile.reference).where(StoredFile.purpose == "extract")
        address = f"/files/{session.scalars(query).one()}"
    client.sign_in(cast.caseworker)
    assert client.get(address).status_code == 404
