"""The business's road through the form, by its real pages: start, fill in, come back, send."""

import io
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from tests.factories.applications import BETTER, PDF, PROBLEM, fill_in, make_draft, make_owner
from tests.factories.scheme import make_business, make_round
from tests.page import values_of
from voucher.applications.models import Application, ApplicationStatus
from voucher.audit.models import AuditEvent
from voucher.businesses.models import Business, LegalForm
from voucher.core import clock
from voucher.core.db import db
from voucher.eligibility.models import EligibilityCheck

BARE = {
    "legal_form": None,
    "company_number": None,
    "address_line": None,
    "town": None,
    "postcode": None,
    "outcode": None,
    "local_authority": None,
    "sector": None,
    "trading_since_on": None,
    "headcount": None,
    "headcount_band": None,
}
COMPANY = {
    "form": {"legal_form": "company"},
    "business": {
        "name": "Fictional Joinery Ltd",
        "company_number": " 99 000 001",
        "sector": "Construction and trades",
        "trading_since_on-day": "1",
        "trading_since_on-month": "3",
        "trading_since_on-year": "2019",
        "vat_number": "",
    },
    "place": {"address_line": "1 Fictional Street", "town": "Leeds", "postcode": "ls14ap"},
    "people": {"headcount": "6", "headcount_band": "2-9"},
    "problem": {"problem_today": PROBLEM},
    "better": {"problem_better": BETTER},
    "areas": {"outcome_areas": ["taking-bookings-and-orders", "team-and-rota"]},
    "baseline": {
        "uses_technology": "general",
        "hours_lost_week": "9",
        "errors_in_100": "6",
        "turnover_band": "250k-1m",
        "staff": "5",
        "confidence": "2",
    },
    "support": {"assistance_declared": "no"},
    "connections": {"connected_to_provider": "no"},
    "signatory": {
        "signatory_name": "Fictional Owner",
        "signatory_role": "Director",
        "contact_phone": "0113 496 0000",
        "signatory_has_authority": "yes",
    },
    "declarations": {"truth": "y", "terms": "y", "data_notice": "y"},
}


def open_round(**values):
    today = clock.today()
    dates = {"opens_on": today - timedelta(days=5), "closes_on": today + timedelta(days=30)}
    return make_round(**{**dates, **values})


@pytest.fixture
def owner(arrange, client):
    """The owner of a business that has told us nothing but its name, signed in."""
    with arrange():
        open_round(name="Autumn round")
        person = make_owner(make_business(name="Fictional Joinery Ltd", **BARE))
        client.sign_in(person)
    return person


@pytest.fixture
def draft(arrange, client):
    """The address of a draft with nothing filled in, its owner signed in."""
    with arrange():
        business = make_business(**BARE)
        person = make_owner(business)
        made = make_draft(business, open_round(), by=person, at=clock.now())
        client.sign_in(person)
        return f"/business/applications/{made.reference}"


@pytest.fixture
def filled(arrange, client):
    """The address of a company's draft in which every part is done, its owner signed in."""
    with arrange():
        business = make_business(**BARE)
        person = make_owner(business)
        made = fill_in(make_draft(business, open_round(), by=person, at=clock.now()))
        client.sign_in(person)
        return f"/business/applications/{made.reference}"


def stored(app, query):
    with app.app_context():
        return db.session.execute(query).scalars().all()


def test_a_company_goes_from_its_overview_to_the_sent_application(app, client, owner):
    home = client.get("/business/")
    assert "Autumn round" in home.page.text
    answer = client.submit("/business/", button="Start an application in Autumn round")
    assert "0 of 12 parts are done" not in answer.page.text
    assert "parts are done" in answer.page.text
    address = answer.request.path
    for code, values in COMPANY.items():
        answer = client.submit(f"{address}/parts/{code}", values, button="Save and continue")
        assert answer.page.errors == [], code
    assert answer.request.path == f"{address}/answers"
    assert "Fictional Joinery Ltd" in answer.page.text
    assert "LS1 4AP" in answer.page.text
    assert "99000001" in answer.page.text
    answer = client.submit(answer.request.path, button="Send the application")
    assert answer.request.path == address
    assert "Your application has been sent" in answer.page.text
    assert "We are asking Companies House" in answer.page.text
    (sent,) = stored(app, select(Application))
    assert sent.status is ApplicationStatus.SUBMITTED
    assert len(stored(app, select(EligibilityCheck))) == 1
    (business,) = stored(app, select(Business))
    assert (business.outcode, business.local_authority) == ("LS1", "Leeds")


def test_start_pressed_twice_finds_the_same_draft(app, client, owner):
    page = client.get("/business/").page
    form = values_of(page.form("Start an application in Autumn round"))
    first, second = (
        client.post("/business/applications/start", data=form, follow_redirects=True)
        for _ in range(2)
    )
    assert second.request.path == first.request.path
    assert len(stored(app, select(Application))) == 1
    page = client.get("/business/applications/").page
    assert "Start an application in Autumn round" not in page.text


def test_sending_twice_is_sending_once(app, client, filled):
    page = client.get(f"{filled}/answers")
    token = page.page.elements("input", name="csrf_token")[-1].get("value")
    for _ in range(2):
        answer = client.post(f"{filled}/submit", data={"csrf_token": token})
        assert answer.status_code == 302
    actions = stored(app, select(AuditEvent.action))
    assert actions.count("application.submitted") == 1
    assert len(stored(app, select(EligibilityCheck))) == 1


def test_an_unfinished_application_is_not_sent_and_says_what_is_missing(app, client, draft):
    page = client.get(f"{draft}/answers").page
    assert "Still to do" in page.text
    assert "Look at this before you send it" not in page.text
    token = page.elements("input", name="csrf_token")[0].get("value")
    answer = client.post(f"{draft}/submit", data={"csrf_token": token})
    assert answer.status_code == 422
    assert "The problem today" in answer.page.errors[0]
    (kept,) = stored(app, select(Application))
    assert kept.status is ApplicationStatus.DRAFT


def test_what_was_saved_is_there_when_one_comes_back(client, draft):
    client.submit(f"{draft}/parts/problem", {"problem_today": PROBLEM}, button="Save and continue")
    page = client.get(f"{draft}/parts/problem").page
    assert PROBLEM in page.html
    page = client.get(draft).page
    assert "1 of 13 parts are done" in page.text


def test_a_part_out_of_turn_leads_to_what_it_needs(client, draft):
    answer = client.get(f"{draft}/parts/business", follow_redirects=True)
    assert answer.request.path == f"{draft}/parts/form"


@pytest.mark.parametrize(
    ("form", "number", "typed", "kept"),
    [
        ("company", "company_number", "sc123456", "SC123456"),
        ("charity", "charity_number", "SC 012345", "SC012345"),
        ("sole_trader", "utr", "19558 39661", "1955839661"),
    ],
)
def test_each_kind_of_organisation_proves_itself_by_its_own_number(
    app, client, draft, form, number, typed, kept
):
    client.submit(f"{draft}/parts/form", {"legal_form": form}, button="Save and continue")
    page = client.get(f"{draft}/parts/business").page
    names = {each.get("name") for each in page.elements("input")}
    assert number in names
    assert len(names & {"company_number", "charity_number", "utr"}) == 1
    values = {
        name: value for name, value in COMPANY["business"].items() if name != "company_number"
    }
    answer = client.submit(
        f"{draft}/parts/business", {**values, number: typed}, button="Save and continue"
    )
    assert answer.page.errors == []
    (business,) = stored(app, select(Business))
    assert getattr(business, number) == kept
    proof = "Proof of who you are" in client.get(draft).page.text
    assert proof == (form != "company")


def test_another_kind_of_organisation_drops_the_old_number(app, client, filled):
    client.submit(f"{filled}/parts/form", {"legal_form": "charity"}, button="Save and continue")
    (business,) = stored(app, select(Business))
    assert business.legal_form is LegalForm.CHARITY
    assert business.company_number is None
    page = client.get(f"{filled}/answers").page
    assert "Who you are" in page.text
    assert "Proof of who you are" in page.text


def test_headcount_and_size_must_agree(app, client, draft):
    values = {"headcount": "12", "headcount_band": "2-9"}
    answer = client.submit(f"{draft}/parts/people", values, button="Save and continue")
    assert answer.status_code == 422
    assert "12 people" in answer.page.errors[0]
    assert 'value="12"' in answer.page.html
    (business,) = stored(app, select(Business))
    assert business.headcount is None


def test_the_rules_speak_before_the_application_is_sent(client, filled):
    values = {"address_line": "1 Fictional Street", "town": "Exeter", "postcode": "EX1 1AA"}
    client.submit(f"{filled}/parts/place", values, button="Save and continue")
    page = client.get(f"{filled}/answers").page
    assert "Your business is not in the north of England." in page.text


def test_proof_is_added_shown_downloaded_and_removed(client, draft):
    client.submit(f"{draft}/parts/form", {"legal_form": "sole_trader"}, button="Save and continue")
    upload = {"upload": (io.BytesIO(PDF), "My tax return.PDF")}
    answer = client.submit(f"{draft}/evidence", upload, button="Add the file")
    assert "The file has been added" in answer.page.text
    handed_out = client.get(answer.page.link("My tax return.pdf"))
    assert handed_out.data == PDF
    handed_out.close()
    assert "attachment" in handed_out.headers["Content-Disposition"]
    assert "sandbox" in handed_out.headers["Content-Security-Policy"]
    answer = client.submit(f"{draft}/evidence", button="Remove My tax return.pdf")
    assert "The file has been removed" in answer.page.text
    assert "My tax return.pdf" not in answer.page.text


@pytest.mark.parametrize(
    ("content", "name", "words"),
    [
        (b"", "empty.pdf", "empty"),
        (b"MZ\x90\x00 not a document", "invoice.pdf", "PDF, PNG or JPG"),
        (b"%PDF-1.7 cut off in the mid", "cut.pdf", "PDF, PNG or JPG"),
        (b"<html></html>", "page.html", "PDF"),
        (PDF + b"x" * (10 * 1024 * 1024), "big.pdf", "10 MB"),
    ],
)
def test_what_is_no_proof_is_refused_at_the_field(client, draft, content, name, words):
    client.submit(f"{draft}/parts/form", {"legal_form": "charity"}, button="Save and continue")
    upload = {"upload": (io.BytesIO(content), name)}
    answer = client.submit(f"{draft}/evidence", upload, button="Add the file")
    assert answer.status_code == 422
    assert words in answer.page.errors[0]


def test_a_file_over_the_whole_request_is_answered_kindly(client, draft):
    client.submit(f"{draft}/parts/form", {"legal_form": "charity"}, button="Save and continue")
    upload = {"upload": (io.BytesIO(PDF + b"x" * (50 * 1024 * 1024)), "huge.pdf")}
    answer = client.submit(f"{draft}/evidence", upload, button="Add the file")
    assert answer.status_code == 413
    assert "too large" in answer.page.heading


def test_earlier_support_is_listed_corrected_and_counted(client, draft):
    answer = client.submit(
        f"{draft}/parts/support", {"assistance_declared": "yes"}, button="Save and continue"
    )
    assert answer.request.path == f"{draft}/support"
    assert "Nothing listed yet" in answer.page.text
    given = clock.today() - timedelta(days=40)
    record = {
        "amount_pence": "£1,000.50",
        "given_on-day": str(given.day),
        "given_on-month": str(given.month),
        "given_on-year": str(given.year),
        "given_by": "Fictional Growth Hub",
        "label": "mfa",
        "relation": "self",
    }
    answer = client.submit(f"{draft}/support/add", record, button="Add")
    assert "£1,000.50 from Fictional Growth Hub" in answer.page.text
    record_page = client.get("/business/subsidy-record/").page
    assert "£1,000.50" in record_page.text
    table = client.get("/business/subsidy-record/record.csv")
    assert table.mimetype == "text/csv"
    assert "1000.50" in table.get_data(as_text=True)
    answer = client.submit(f"{draft}/support", button="Remove £1,000.50 from Fictional Growth Hub")
    assert "Nothing listed yet" in answer.page.text
    assert "£1,000.50" not in client.get("/business/subsidy-record/").page.text


def test_support_of_another_company_is_listed_with_its_number(client, draft):
    given = clock.today() - timedelta(days=40)
    client.submit(f"{draft}/parts/support", {"assistance_declared": "yes"})
    record = {
        "amount_pence": "1,000",
        "given_on-day": str(given.day),
        "given_on-month": str(given.month),
        "given_on-year": str(given.year),
        "given_by": "Fictional Growth Hub",
        "label": "mfa",
        "recipient": "Fictional Sister Ltd",
        "relation": "group_member",
        "recipient_number": "12",
    }
    answer = client.submit(f"{draft}/support/add", record, button="Add")
    assert answer.status_code == 422
    assert len(answer.page.errors) == 1
    assert "8 characters" in answer.page.errors[0]
    record["recipient_number"] = "sc 123456"
    answer = client.submit(f"{draft}/support/add", record, button="Add")
    assert "Fictional Sister Ltd, company number SC123456" in answer.page.text


def test_saying_no_support_takes_the_list_back(client, draft):
    values = {"assistance_declared": "no"}
    client.submit(f"{draft}/parts/support", values, button="Save and continue")
    assert "No public support known" in client.get("/business/subsidy-record/").page.text


def test_withdrawing_asks_first_and_is_final(app, client, filled):
    page = client.get(f"{filled}/withdraw").page
    assert "can’t be taken up again" in page.text
    answer = client.submit(f"{filled}/withdraw", button="Withdraw the application")
    assert "This application was withdrawn" in answer.page.text
    (kept,) = stored(app, select(Application))
    assert kept.status is ApplicationStatus.WITHDRAWN
    answer = client.get(f"{filled}/parts/problem", follow_redirects=True)
    assert answer.request.path == filled


def test_a_sent_application_can_be_read_and_not_changed(app, client, filled):
    client.submit(f"{filled}/answers", button="Send the application")
    page = client.get(f"{filled}/answers").page
    assert page.heading == "Your answers"
    assert "Change" not in [link.text for link in page.elements("a")]
    token = page.elements("input", name="csrf_token")[0].get("value")
    answer = client.post(
        f"{filled}/parts/problem", data={"csrf_token": token, "problem_today": "Changed."}
    )
    assert answer.status_code == 302
    (kept,) = stored(app, select(Application))
    assert kept.problem_today == PROBLEM


def test_a_get_changes_nothing(app, client, filled):
    count = select(func.count(AuditEvent.id))
    before = stored(app, count)
    for page in ("", "/answers", "/withdraw", "/parts/problem", "/evidence", "/support"):
        assert client.get(f"{filled}{page}").status_code in (200, 302)
    assert client.get(f"{filled}/submit").status_code == 405
    assert stored(app, count) == before
