"""A business from "would I qualify?" to its voucher, in a browser; every page in every state."""

from datetime import timedelta

import pytest

from tests.factories.applications import (
    ANSWERS,
    PDF,
    fill_in,
    make_draft,
    make_owner,
    make_submitted,
)
from tests.factories.register import answered_active
from tests.factories.scheme import make_business, make_member, make_round
from voucher.accounts.models import User
from voucher.accounts.roles import Role
from voucher.applications.models import ApplicationStatus, DecisionOutcome
from voucher.applications.operations.appeal import appeal
from voucher.applications.operations.assess import hold, request_corrections
from voucher.applications.operations.decide import decide
from voucher.applications.operations.submit import withdraw
from voucher.applications.queries.drafts import whole_application
from voucher.applications.sections import SECTIONS
from voucher.businesses.models import LegalForm
from voucher.core import clock
from voucher.core.db import db
from voucher.core.status import transition

LONG = "The Extraordinarily Long-Named Fictional Cooperative of Stockbridge-and-Thornaby " * 2
WORD = "Llanfairpwllgwyngyllgogerychwyrndrobwllllantysiliogogogoch"


def open_round(**values):
    today = clock.today()
    dates = {"opens_on": today - timedelta(days=5), "closes_on": today + timedelta(days=30)}
    return make_round(**{**dates, "second_approver_from_pence": 10**9, **values})


@pytest.fixture
def owner(arrange):
    """The owner of a business with a very long name that has told us nothing else."""
    with arrange():
        open_round(name="Autumn round")
        open_round(name=LONG[:110])
        blank = dict.fromkeys(
            (
                "legal_form",
                "company_number",
                "address_line",
                "town",
                "postcode",
                "outcode",
                "sector",
                "trading_since_on",
                "headcount",
                "headcount_band",
            )
        )
        person = make_owner(make_business(name=LONG[:160].strip(), **blank))
        db.session.expunge(person)
    return person


def press(visitor, words):
    """Press the button and look at the page that comes."""
    visitor.page.get_by_role("button", name=words, exact=True).click()
    visitor.page.wait_for_load_state()
    return visitor


def test_the_pre_check_in_every_state(visitor, owner):
    visitor.go("/check").look("check")
    press(visitor, "Check").look("check-errors")
    page = visitor.page
    page.get_by_label("What is the postcode of your business?").fill("EX1 1AA")
    page.get_by_label("Something else").check()
    page.get_by_label("How many people work in it?").fill("300")
    begun = clock.today() - timedelta(days=40)
    for part, value in (("Day", begun.day), ("Month", begun.month), ("Year", begun.year)):
        page.get_by_label(part).fill(str(value))
    page.get_by_label("Yes").check()
    press(visitor, "Check").look("check-refused")
    visitor.go("/cookies")
    page.go_back()
    assert page.get_by_role("heading", name="A person will look at this").is_visible()
    visitor.go("/check").look("check-again")
    assert page.get_by_label("How many people work in it?").input_value() == "300"
    page.get_by_label("What is the postcode of your business?").fill("LS1 4AP")
    page.get_by_label("Limited company or LLP").check()
    page.get_by_label("How many people work in it?").fill("3")
    for part, value in (("Day", "1"), ("Month", "3"), ("Year", "2019")):
        page.get_by_label(part).fill(value)
    page.get_by_label("No", exact=True).check()
    press(visitor, "Check").look("check-eligible")


def test_the_form_from_the_first_page_to_sending(visitor, owner, tmp_path):
    proof = tmp_path / f"{WORD}.pdf"
    proof.write_bytes(PDF)
    page = visitor.go("/check").sign_in(owner).page
    visitor.go("/business/").look("home-empty")
    visitor.go("/business/applications/").look("applications-empty")
    visitor.go("/business/subsidy-record/").look("record-empty")
    page.goto(visitor.address + "/business/")
    page.get_by_role("button", name="Start an application in Autumn round").click()
    visitor.look("tasks-empty")
    address = page.url.removeprefix(visitor.address)
    for section in SECTIONS:
        if section.code not in ("business", "evidence"):
            visitor.go(f"{address}/parts/{section.code}").look(f"part-{section.code}")
            press(visitor, "Save and continue").look(f"part-{section.code}-errors")
    visitor.go(f"{address}/parts/form")
    page.get_by_label("Sole trader or partnership").check()
    press(visitor, "Save and continue").look("part-business")
    press(visitor, "Save and continue").look("part-business-errors")
    visitor.go(f"{address}/evidence").look("evidence-empty")
    press(visitor, "Add the file").look("evidence-errors")
    page.get_by_label("Choose a file").set_input_files(proof)
    press(visitor, "Add the file").look("evidence")
    visitor.go(f"{address}/parts/support")
    page.get_by_label("Yes").check()
    press(visitor, "Save and continue").look("support-empty")
    page.get_by_role("button", name="Add an amount").click()
    visitor.look("support-add")
    press(visitor, "Add").look("support-add-errors")
    page.get_by_label("Amount", exact=True).fill("1,000.50")
    for part, value in (("Day", "1"), ("Month", "5"), ("Year", "2026")):
        page.get_by_label(part).fill(value)
    page.get_by_label("Who gave it").fill(WORD)
    page.get_by_label("Minimal Financial Assistance (MFA)").check()
    page.get_by_label("This business").check()
    press(visitor, "Add").look("support")
    visitor.go("/business/subsidy-record/").look("record")
    visitor.go(address).look("tasks-some")
    visitor.go(f"{address}/answers").look("answers-unfinished")


@pytest.fixture
def case(arrange, visitor):
    """`case(step)` makes a sent application and lets `step(application, officer)` act on it."""

    def make(step, name, **changed):
        with arrange():
            business = make_business(legal_form=LegalForm.COMPANY, name=f"{WORD} Ltd")
            make_owner(business)
            made = make_submitted(business, open_round(), at=clock.now(), **changed)
            step(made, make_member(Role.CASEWORKER))
            owner = db.session.get(User, made.started_by_id)
            address = f"/business/applications/{made.reference}"
            db.session.expunge(owner)
        visitor.go("/check").sign_in(owner)
        visitor.go(address).look(f"standing-{name}")
        return address

    return make


def decided(outcome, award_pence, reasons):
    def step(made, officer):
        answered_active(made)
        decide(
            application=whole_application(made.id),
            outcome=outcome,
            award_pence=award_pence,
            reasons=reasons,
            note="",
            by=officer.id,
            at=clock.now(),
        )

    return step


REFUSED = decided(DecisionOutcome.REFUSE, None, ["not_a_taster", "problem_unclear"])
APPROVED = decided(DecisionOutcome.APPROVE, 120_000, ["meets_rules"])


def waiting(made, officer):
    """Nothing more has happened."""


def failing(made, officer):
    made.decide_by_on = clock.today() - timedelta(days=3)


def held(made, officer):
    hold(application=made, reason="To be looked at", by=officer.id, at=clock.now())


def returned(made, officer):
    items = [
        {"section": "problem", "words": "Say how often it happens. " + LONG},
        {"section": "other", "words": "Call us."},
    ]
    request_corrections(application=made, items=items, by=officer.id, at=clock.now())


def appealed(made, officer):
    REFUSED(made, officer)
    appeal(application=made, grounds="You took two for one.", by=made.started_by_id, at=clock.now())


def withdrawn(made, officer):
    withdraw(application=made, by=made.started_by_id, at=clock.now())


def compared(made, officer):
    from voucher.applications.models import APPLICATION_MOVES

    transition(
        made,
        ApplicationStatus.COMPARISON,
        moves=APPLICATION_MOVES,
        at=clock.now(),
        by=officer.id,
    )


def test_a_sent_application_in_every_state(case, visitor):
    outside = {"address_line": "1 Street", "town": "Exeter", "postcode": "EX1 1AA"}
    young = {**ANSWERS["business"], "trading_since_on": clock.today() - timedelta(days=20)}
    address = case(waiting, "waiting")
    visitor.go(f"{address}/answers").look("answers-sent")
    visitor.go(f"{address}/withdraw").look("withdraw")
    case(
        failing, "failing", place=outside, business={"trading_since_on": young["trading_since_on"]}
    )
    case(held, "held")
    case(returned, "returned")
    case(withdrawn, "withdrawn")
    case(compared, "comparison")
    address = case(REFUSED, "refused")
    visitor.go(f"{address}/appeal").look("appeal")
    press(visitor, "Send the appeal").look("appeal-errors")
    case(appealed, "appealed")


def test_the_notice_is_confirmed_with_one_button(case, visitor):
    address = case(APPROVED, "approved")
    visitor.go("/business/").look("home-approved")
    visitor.go(f"{address}/notice/decline").look("decline")
    visitor.go(f"{address}/notice").look("notice")
    press(visitor, "Confirm and get the voucher").look("voucher")
    visitor.go(address).look("standing-awarded")
    visitor.go("/business/").look("home-awarded")
    visitor.go(f"{address}/notice").look("notice-confirmed")
    visitor.go("/business/subsidy-record/").look("record-award")


def test_a_finished_form_is_sent_by_keyboard_alone(arrange, visitor):
    with arrange():
        business = make_business(legal_form=LegalForm.COMPANY)
        person = make_owner(business)
        made = fill_in(make_draft(business, open_round(), by=person, at=clock.now()))
        address = f"/business/applications/{made.reference}"
        db.session.expunge(person)
    page = visitor.go("/check").sign_in(person).page
    visitor.go(address).look("tasks-done")
    visitor.go(f"{address}/answers").look("answers")
    for _ in range(80):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.textContent.trim()") == "Send the application":
            break
    page.keyboard.press("Enter")
    page.wait_for_url(f"**{address}")
    assert "Your application has been sent" in page.inner_text("main")
    visitor.look("standing-sent")
