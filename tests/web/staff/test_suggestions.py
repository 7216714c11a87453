"""Who could go to whom, on the pages: preview, proposal, what the business then reads."""

import json

import pytest

from tests.factories.cases import make_case
from tests.factories.scheme import make_offering, make_round
from tests.factories.work import make_job
from tests.page import values_of
from tests.people import sign_in_quickly
from tests.web.statements import counting
from voucher.claims.ratings.queries import track_record
from voucher.core import clock
from voucher.core.db import session
from voucher.notifications.models import Message
from voucher.vouchers.suggesting.jobs import make_suggestions, work_out_plans
from voucher.vouchers.suggesting.models import Plan, PlanStatus


@pytest.fixture
def jobs(app, arrange):
    with arrange():
        round_ = make_round(budget_pence=10_000_000)
        found = [make_job(round_, at=clock.now()) for _ in range(3)]
        for job in found:
            session.refresh(job.owner)
            session.expunge(job.owner)
    return found


def page_of(jobs):
    return f"/staff/suggestions/rounds/{jobs[0].round_.reference}"


def work(app):
    with app.app_context():
        work_out_plans(track_record, clock.now())
        make_suggestions(track_record, clock.now())
        session.remove()


@pytest.fixture
def preview(app, clients, cast, jobs):
    """A caseworker with the address of a preview that is ready."""
    officer = sign_in_quickly(clients(), cast.caseworker)
    asked = officer.submit(page_of(jobs), button="Work out a preview")
    assert "being worked out" in asked.page.text
    work(app)
    return officer, asked.request.path


def test_from_the_preview_to_what_the_business_reads(app, client, jobs, preview):
    officer, path = preview
    with counting(app) as seen:
        shown = officer.get(path).page
    assert len(seen) <= 10, seen
    assert "3 of 3 businesses would have a provider" in shown.text
    assert shown.text.count("VCH-") == 3
    proposed = officer.submit(path, button="Propose it to the businesses")
    assert "The businesses are being told" in proposed.page.text
    work(app)
    assert "3 suggested." in officer.get(path).page.text
    client.sign_in(jobs[0].owner)
    voucher = f"/business/vouchers/{jobs[0].voucher.reference}"
    mine = client.get(f"{voucher}/shortlist").page
    assert "The programme suggests" in mine.text
    assert "You choose freely." in mine.text
    chosen = client.submit(mine.link("Look at what we suggest"), button="Choose this offering")
    assert chosen.status_code == 200
    assert "The programme suggests" not in client.get(f"{voucher}/shortlist").page.text


def test_many_without_a_provider_come_in_pages(app, arrange, preview):
    officer, path = preview
    with arrange():
        plan = session.query(Plan).one()
        plan.unmatched = [{"voucher": f"VCH-{n:04}-0000", "why": "Full."} for n in range(1, 61)]
    pages = [officer.get(f"{path}?page={page}").page.text for page in (1, 2, 3)]
    assert [text.count("-0000") for text in pages] == [25, 25, 10]
    assert "Without a provider: 60, page 3 of 3" in pages[2]


def test_the_file_is_what_the_page_names(app, jobs, preview):
    officer, path = preview
    file = officer.get(f"{path}/given.json")
    assert len(json.loads(file.data)["needs"]) == 3
    with app.app_context():
        plan = session.query(Plan).one()
        assert plan.given_sha256 in officer.get(path).page.text


def test_put_aside_it_tells_nobody_and_a_late_click_is_refused(app, clients, cast, preview):
    officer, path = preview
    second = sign_in_quickly(clients(), cast.approver)
    fields = values_of(second.get(path).page.form("Propose it to the businesses"))
    done = officer.submit(path, button="Put it aside")
    assert "Nobody was told of it" in done.page.text
    refused = second.post(f"{path}/propose", data=fields)
    assert refused.status_code == 409
    work(app)
    with app.app_context():
        assert session.query(Plan.status).scalar() is PlanStatus.DISCARDED
        assert session.query(Message).count() == 0


def test_who_may_only_read_sees_no_button(clients, cast, jobs, preview):
    auditor = sign_in_quickly(clients(), cast.auditor)
    assert "Propose it to the businesses" not in auditor.get(preview[1]).page.text
    assert "Work out a preview" not in auditor.get(page_of(jobs)).page.text


def test_a_round_with_nobody_waiting_and_a_plan_that_is_not_there(arrange, clients, cast, jobs):
    officer = sign_in_quickly(clients(), cast.caseworker)
    with arrange():
        empty = make_round()
        make_case(empty)
        make_offering()
        reference = empty.reference
    shown = officer.get(f"/staff/suggestions/rounds/{reference}").page
    assert "0 live vouchers" in shown.text
    assert officer.get("/staff/suggestions/PLN-0000-0000").status_code == 404
