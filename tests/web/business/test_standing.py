"""How a sent application stands: what happens next, what the checks say, what can be done."""

from datetime import timedelta

import pytest
from sqlalchemy import event, select

from tests.factories.applications import make_owner, make_submitted
from tests.factories.register import answered_active
from tests.factories.scheme import make_business, make_member, make_round
from tests.page import values_of
from voucher.accounts.models import User
from voucher.accounts.roles import Role
from voucher.applications.models import Appeal, Application, ApplicationStatus, DecisionOutcome
from voucher.applications.operations.assess import hold, request_corrections
from voucher.applications.operations.decide import decide
from voucher.applications.queries.drafts import whole_application
from voucher.businesses.models import LegalForm
from voucher.core import clock
from voucher.core.db import db
from voucher.subsidy.models import SubsidyNotice
from voucher.vouchers.models import Voucher


@pytest.fixture
def case(arrange, client):
    """`case(step)` makes a sent application, lets `step(application, officer)` act on it, and gives
    its address; its owner is signed in."""

    def make(step=None, **changed):
        today, now = clock.today(), clock.now()
        with arrange():
            round_ = make_round(
                opens_on=today - timedelta(days=5),
                closes_on=today + timedelta(days=30),
                second_approver_from_pence=10**9,
            )
            business = make_business(legal_form=LegalForm.COMPANY)
            make_owner(business)
            made = make_submitted(business, round_, at=now, **changed)
            if step is not None:
                step(made, make_member(Role.CASEWORKER))
            client.sign_in(db.session.get(User, made.started_by_id))
            return f"/business/applications/{made.reference}"

    return make


def ask_for_corrections(made, officer):
    items = [
        {"section": "problem", "words": "Say how often it happens."},
        {"section": "other", "words": "Call us <b>soon</b>."},
    ]
    request_corrections(application=made, items=items, by=officer.id, at=clock.now())


def refuse(made, officer):
    decide(
        application=made,
        outcome=DecisionOutcome.REFUSE,
        award_pence=None,
        reasons=["not_a_taster"],
        note="",
        by=officer.id,
        at=clock.now(),
    )


def approve(made, officer):
    answered_active(made)
    decide(
        application=whole_application(made.id),
        outcome=DecisionOutcome.APPROVE,
        award_pence=120_000,
        reasons=["meets_rules"],
        note="",
        by=officer.id,
        at=clock.now(),
    )


def stored(app, query):
    with app.app_context():
        return db.session.execute(query).scalars().all()


def test_waiting_for_the_register_is_said_and_does_not_count(client, case):
    page = client.get(case()).page
    assert "We decide by" in page.text
    assert "does not count against you" in page.text
    assert "Every rule that we could check is met" in page.text


def test_every_failing_rule_is_said_with_what_to_do(client, case):
    address = case(
        place={"address_line": "1 Street", "town": "Exeter", "postcode": "EX1 1AA"},
        people={"headcount": 300, "headcount_band": "250+"},
    )
    page = client.get(address).page
    assert "Your business is not in the north of England." in page.text
    assert "Your business has 250 people or more." in page.text
    assert "put the number right" in page.text
    assert "A person looks at it" in page.text


def test_a_hold_is_said_without_its_reason(client, case):
    def step(made, officer):
        hold(application=made, reason="Suspicious invoice", by=officer.id, at=clock.now())

    page = client.get(case(step)).page
    assert "We have paused this application" in page.text
    assert "We decide by" not in page.text
    assert "Suspicious" not in page.text


def test_corrections_lead_to_the_parts_and_back_to_sending(app, client, case):
    address = case(ask_for_corrections)
    page = client.get(address).page
    assert "Say how often it happens." in page.text
    assert "Call us <b>soon</b>." in page.text
    answer = client.submit(
        page.link("The problem today"),
        {"problem_today": "It happens twice a day, and every order is typed two times by hand."},
        button="Save and continue",
    )
    assert answer.request.path == f"{address}/answers"
    answer = client.submit(f"{address}/answers", button="Send the application")
    assert "Your application has been sent" in answer.page.text
    (kept,) = stored(app, select(Application))
    assert kept.status is ApplicationStatus.SUBMITTED


def test_a_refusal_says_why_and_can_be_appealed_once(app, client, case):
    address = case(refuse)
    page = client.get(address).page
    assert "larger than a taster" in page.text
    assert "Describe one part of it" in page.text
    empty = client.submit(f"{address}/appeal", {"grounds": " "}, button="Send the appeal")
    assert empty.status_code == 422
    answer = client.submit(
        f"{address}/appeal", {"grounds": "You took two problems for one."}, button="Send the appeal"
    )
    assert "Your appeal has been sent" in answer.page.text
    assert "You took two problems for one." in answer.page.text
    assert len(stored(app, select(Appeal))) == 1
    assert "Send the appeal" not in answer.page.text


def test_there_is_nothing_to_appeal_before_a_refusal(client, case):
    assert client.get(f"{case()}/appeal").status_code == 409


def test_the_notice_is_read_and_confirmed_and_the_voucher_is_there(app, client, case):
    address = case(approve)
    page = client.get(address).page
    assert "£1,200" in page.text
    page = client.get(page.link("Read and confirm the notice")).page
    assert "Minimal Financial Assistance" in page.text
    assert "£315,000.00" in page.text
    form = values_of(page.form("Confirm and get the voucher"))
    answer = client.post(f"{address}/notice/confirm", data=form)
    assert answer.status_code == 302
    (voucher,) = stored(app, select(Voucher))
    assert voucher.reference in answer.location
    assert voucher.cap_pence == 120_000
    again = client.post(f"{address}/notice/confirm", data=form)
    assert again.status_code == 302
    assert len(stored(app, select(Voucher))) == 1
    assert "Start an application in" not in client.get("/business/").page.text
    assert "Start an application in" not in client.get("/business/applications/").page.text
    page = client.get(address).page
    assert "You have a voucher" in page.text
    assert "£1,200.00" in client.get("/business/subsidy-record/").page.text
    assert voucher.reference in client.get("/business/").page.text


def test_another_text_of_the_notice_is_not_confirmed(app, client, case):
    address = case(approve)
    page = client.get(f"{address}/notice").page
    form = values_of(page.form("Confirm and get the voucher"))
    answer = client.post(f"{address}/notice/confirm", data={**form, "text_version": ["older"]})
    assert answer.status_code == 409
    assert stored(app, select(Voucher)) == []
    assert stored(app, select(SubsidyNotice.confirmed_at)) == [None]


def test_the_award_can_be_declined(app, client, case):
    address = case(approve)
    page = client.get(f"{address}/notice/decline").page
    assert "the money goes to another business" in page.text
    answer = client.submit(f"{address}/notice/decline", button="Decline the voucher")
    assert "This application was withdrawn" in answer.page.text
    (notice,) = stored(app, select(SubsidyNotice))
    assert notice.declined_at is not None
    form = values_of(page.form("Decline the voucher"))
    answer = client.post(f"{address}/notice/confirm", data=form)
    assert answer.status_code == 409
    assert stored(app, select(Voucher)) == []


def test_there_is_no_notice_before_the_decision(client, case):
    assert client.get(f"{case()}/notice").status_code == 404


@pytest.mark.parametrize(
    ("page", "most"),
    [("/business/", 8), ("/business/applications/", 8), ("{}", 12), ("{}/answers", 12)],
)
def test_pages_ask_the_database_a_fixed_number_of_times(app, client, case, page, most):
    address = case()
    asked = []
    with app.app_context():
        engine = db.engine

    def count(_connection, _cursor, statement, *_rest):
        if statement.lstrip().upper().startswith(("SELECT", "INSERT", "UPDATE", "DELETE")):
            asked.append(statement)

    event.listen(engine, "before_cursor_execute", count)
    try:
        assert client.get(page.format(address)).status_code == 200
    finally:
        event.remove(engine, "before_cursor_execute", count)
    assert len(asked) <= most, "\n\n".join(asked)
