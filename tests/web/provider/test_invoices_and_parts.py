"""A corrected invoice, and the business's own part in doubt, on the pages of all three."""

import io

import pytest

from tests.factories.cases import make_officer
from tests.factories.work import PDF, drafted, everybody_around, make_job
from voucher.accounts.roles import Role
from voucher.claims.models import (
    Amendment,
    AmendmentCause,
    AmendmentStatus,
    Claim,
    UnpaidContribution,
    UnpaidStatus,
)
from voucher.claims.rules import AMOUNT_FIELDS
from voucher.core import clock
from voucher.core.db import session


@pytest.fixture
def people(app, arrange, clients):
    """A claim being written, and everybody who may look at it or may not, signed in."""
    store = app.extensions["settings"].data_dir / "files"
    with arrange():
        job = drafted(make_job(at=clock.now()), store, at=clock.now())
        found = everybody_around(job, officer=make_officer(Role.CASEWORKER))
        reference = job.claim.reference
    return {name: clients().sign_in(person) for name, person in found.items()}, reference


def today():
    day = clock.today()
    return {"paid_on-day": day.day, "paid_on-month": day.month, "paid_on-year": day.year}


def stored(app, model):
    with app.app_context():
        return session.query(model).order_by(model.id.desc()).first()


def sent(who, claim):
    return who["provider"].submit(claim, button="Send the claim")


def test_on_a_draft_there_is_no_part_to_settle(people):
    who, reference = people
    page = who["provider"].get(f"/provider/claims/{reference}/contribution", follow_redirects=True)
    assert "You have not sent it yet" in page.page.text


def test_the_invoice_of_a_sent_claim_is_replaced(app, people):
    who, reference = people
    claim = f"/provider/claims/{reference}"
    sent(who, claim)
    who["provider"].submit(claim, button="Take the claim back")
    page = who["provider"].get(claim).page.link("Replace the invoice with a corrected one")
    empty = who["provider"].submit(page, {"words": ""})
    assert empty.status_code == 422
    assert "Say what was wrong with the old invoice." in empty.page.errors
    day = clock.today()
    typed = {
        "invoice_number": "INV-NEW",
        "invoice_on-day": day.day,
        "invoice_on-month": day.month,
        "invoice_on-year": day.year,
        "words": "The address was wrong.",
        "upload": (io.BytesIO(PDF + b"%%EOF\n"), "New.pdf"),
    }
    done = who["provider"].submit(page, typed)
    assert "was replaced" in done.page.text
    assert stored(app, Claim).invoice_number == "INV-NEW"
    details = who["provider"].get(f"{claim}/details").page
    assert not details.elements("input", name="invoice_number")
    sent(who, claim)
    for name, at in (("officer", f"/staff/claims/{reference}"),):
        assert "The address was wrong." in who[name].get(at).page.text
    assert (
        "The address was wrong." in who["business"].get(f"/business/claims/{reference}").page.text
    )
    assert who["stranger"].get(page).status_code == 404


def test_who_confirms_reads_what_was_changed_since_the_agreement(arrange, people):
    who, reference = people
    sent(who, f"/provider/claims/{reference}")
    with arrange():
        claim = session.query(Claim).one()
        now = {name: getattr(claim, name) for name in AMOUNT_FIELDS}
        before = {f"was_{name}": pence for name, pence in now.items()}
        before["was_net_price_pence"] += 1
        officer = make_officer(Role.CASEWORKER)
        amendment = Amendment(
            claim_id=claim.id,
            provider_id=claim.provider_id,
            cause=AmendmentCause.LESS_WORK,
            status=AmendmentStatus.AGREED,
            words="One visit instead of two.",
            answer_by_on=clock.today(),
            offered_at=clock.now(),
            offered_by_id=claim.submitted_by_id,
            answered_at=clock.now(),
            answered_by_id=officer.id,
            **now,
            **before,
        )
        session.add(amendment)
    page = who["business"].get(f"/business/claims/{reference}").page
    assert "You agreed to a change on" in page.text
    assert "One visit instead of two." in page.text
    assert page.link("See the amounts") == f"/business/claims/{reference}/amendment"


def test_an_unpaid_part_is_shown_by_the_business_and_accepted(app, people):
    who, reference = people
    claim, answer = f"/provider/claims/{reference}", f"/business/claims/{reference}"
    who["provider"].submit(f"{claim}/details", {"contribution_unpaid": "y"})
    assert stored(app, Claim).contribution_unpaid
    assert "has not been shown to be paid" in sent(who, claim).page.text
    assert "Pay your part to" in who["business"].get("/business/").page.text
    asked = who["business"].get(f"{answer}/contribution").page
    assert "£1,260.00" in asked.text
    empty = who["business"].submit(f"{answer}/contribution", {})
    assert empty.page.errors == [
        "Enter the day on which you paid.",
        "Choose the file that shows the payment.",
    ]
    proof = {**today(), "upload": (io.BytesIO(PDF), "Bank.pdf")}
    shown = who["business"].submit(f"{answer}/contribution", proof)
    assert "we look at it" in shown.page.text
    staff = f"/staff/claims/{reference}"
    assert "Bank.pdf" in who["officer"].get(staff).page.text
    confirmed = who["business"].submit(answer, button="Yes, the work was done").page.text
    assert "Thank you. We check the claim now." in confirmed
    assert "We pay the voucher’s part once yours is shown to be paid." in confirmed
    assert reference in who["officer"].get("/staff/claims/?status=unpaid").page.text
    decision = {"decision": "proven", "note": "The line of the bank statement."}
    done = who["officer"].submit(f"{staff}/contribution", decision)
    assert "shown to be paid" in done.page.text
    assert stored(app, UnpaidContribution).status is UnpaidStatus.EVIDENCED


def test_the_business_denies_and_the_officer_gives_time(app, people):
    who, reference = people
    sent(who, f"/provider/claims/{reference}")
    answer = f"/business/claims/{reference}"
    told = who["business"].submit(answer, button="We have not paid it yet")
    assert told.page.heading == "Your part of the price"
    denied = who["business"].submit(f"{answer}/contribution/deny", {"words": "Paid by barter."})
    assert "we look into it" in denied.page.text
    for at in (f"{answer}/contribution", f"{answer}/contribution/deny"):
        assert who["outsider"].get(at).status_code == 404
    page = f"/staff/claims/{reference}/contribution"
    assert "Paid by barter." in who["officer"].get(page).page.text
    who["officer"].submit(page, {"decision": "more_time", "note": "Talk."})
    assert stored(app, UnpaidContribution).status is UnpaidStatus.ASKED


def test_an_officer_asks_and_the_provider_says_it_was_paid(app, people):
    who, reference = people
    claim = f"/provider/claims/{reference}"
    sent(who, claim)
    asked = who["officer"].submit(
        f"/staff/claims/{reference}/contribution/ask", {"note": "No receipt."}
    )
    assert "The business is asked." in asked.page.text
    refused = who["provider"].submit(f"{claim}/contribution", today())
    assert refused.status_code == 409
    assert "need a proof" in refused.page.text


def test_the_provider_has_its_money_after_all(app, people):
    who, reference = people
    claim = f"/provider/claims/{reference}"
    who["provider"].submit(f"{claim}/details", {"contribution_unpaid": "y"})
    page = sent(who, claim).page.link("It has paid")
    assert who["stranger"].get(page).status_code == 404
    who["provider"].submit(page, today())
    assert stored(app, UnpaidContribution).status is UnpaidStatus.EVIDENCED
