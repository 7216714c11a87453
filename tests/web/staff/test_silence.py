"""Silence past a last day, as officers see it and as the parties read what officers did."""

from datetime import timedelta

import pytest

from tests.factories.scheme import make_member
from tests.factories.work import confirmed, make_job, redeemed, submitted
from tests.page import text_of
from tests.web.statements import counting
from voucher.accounts.roles import Role
from voucher.claims import operations
from voucher.claims.models import Claim, ClaimStatus
from voucher.core import clock
from voucher.core.db import session
from voucher.payments.operations.queueing import cancel, queue_claim


@pytest.fixture
def officers(arrange):
    """A caseworker, an approver and an auditor."""
    roles = (Role.CASEWORKER, Role.APPROVER, Role.AUDITOR)
    with arrange():
        people = {role: make_member(role) for role in roles}
        for person in people.values():
            let_go(person)
    return people


def let_go(row):
    session.refresh(row)
    session.expunge(row)


@pytest.fixture
def silent(app, arrange):
    """A claim whose business has let its last day pass; its people are detached."""
    folder = app.extensions["settings"].data_dir / "files"
    with arrange():
        job = submitted(make_job(at=clock.now()), folder, at=clock.now())
        job.claim.confirm_by_on = clock.today() - timedelta(days=1)
        session.flush()
        let_go(job.owner)
        let_go(job.worker)
    return job


def buttons(page):
    return [text_of(each) for each in page.elements("a", "button")]


def one_claim(app):
    with app.app_context():
        return session.query(Claim).one()


def test_a_caseworker_enters_the_word_of_a_silent_business(app, client, officers, silent):
    page = f"/staff/claims/{silent.claim.reference}"
    client.sign_in(officers[Role.CASEWORKER])
    shown = client.get(page).page
    assert "Silent past its last day" in client.get("/staff/claims/?status=silent").page.text
    assert "Enter that the work was done" in buttons(shown)
    assert "Reject" not in buttons(shown)
    empty = client.submit(f"{page}/speak", {"note": " "})
    assert empty.status_code == 422
    assert empty.page.errors == ["Say how you found out that the work was done."]
    done = client.submit(f"{page}/speak", {"note": "Its owner telephoned."})
    assert "A different officer can approve it now." in done.page.text
    assert "Its owner telephoned." in done.page.text
    assert one_claim(app).status is ClaimStatus.CONFIRMED
    theirs = f"/business/claims/{silent.claim.reference}"
    business = client.sign_in(silent.owner).get(theirs).page
    assert "You said that the work was done" not in business.text
    assert "We had not heard from you" in business.text
    provider = client.sign_in(silent.worker).get(f"/provider/claims/{silent.claim.reference}").page
    assert "has confirmed the work" not in provider.text
    assert "did not answer in time" in provider.text


def test_who_entered_it_is_not_offered_to_approve(app, client, officers, silent):
    page = f"/staff/claims/{silent.claim.reference}"
    client.sign_in(officers[Role.APPROVER])
    assert {"Enter that the work was done", "Reject"} <= set(buttons(client.get(page).page))
    client.submit(f"{page}/speak", {"note": "Its owner telephoned."})
    shown = client.get(page).page
    assert "You entered the business’s word, so a different officer approves it." in shown.text
    assert "Approve" not in buttons(shown)
    refused = client.submit(f"{page}/approve", {"note": ""})
    assert refused.status_code == 422
    assert one_claim(app).status is ClaimStatus.CONFIRMED


def test_nobody_speaks_too_early_or_too_late_or_without_the_right(app, client, officers, silent):
    page = f"/staff/claims/{silent.claim.reference}"
    client.sign_in(officers[Role.AUDITOR])
    assert client.get(f"{page}/speak").status_code == 403
    with app.app_context():
        session.query(Claim).one().confirm_by_on = clock.today()
        session.commit()
    client.sign_in(officers[Role.CASEWORKER])
    assert "Enter that the work was done" not in buttons(client.get(page).page)
    early = client.submit(f"{page}/speak", {"note": "It will be."})
    assert early.status_code == 422
    assert one_claim(app).status is ClaimStatus.SUBMITTED


def test_redemptions_without_a_claim_lead_to_what_can_be_done(client, arrange, officers):
    with arrange():
        job = redeemed(make_job(at=clock.now()), at=clock.now())
        job.redemption.claim_by_on = clock.today() - timedelta(days=1)
    client.sign_in(officers[Role.CASEWORKER])
    for address in ("/staff/claims/", "/staff/claims/?status=silent"):
        page = client.get(address).page
        assert page.link(job.voucher.reference)
        assert job.provider.name in page.text
    assert job.voucher.reference not in client.get("/staff/claims/?status=paid").page.text
    voucher = client.get(f"/staff/vouchers/{job.voucher.reference}").page
    assert "has not claimed by its last day" in voucher.text


def test_the_queue_of_silence_costs_the_same_for_one_and_for_many(app, client, arrange, officers):
    def unclaimed():
        with arrange():
            job = redeemed(make_job(at=clock.now()), at=clock.now())
            job.redemption.claim_by_on = clock.today() - timedelta(days=1)

    client.sign_in(officers[Role.CASEWORKER])
    costs = []
    for _ in range(2):
        unclaimed()
        with counting(app) as statements:
            assert client.get("/staff/claims/?status=silent").status_code == 200
        costs.append(len(statements))
    assert costs[0] == costs[1] <= 8


def test_of_a_cancelled_payment_both_pages_say_so(app, client, arrange):
    folder = app.extensions["settings"].data_dir / "files"
    with arrange():
        job = confirmed(make_job(at=clock.now()), folder, at=clock.now())
        operations.approve(claim=job.claim, by=make_member(Role.APPROVER).id, at=clock.now())
        payment = queue_claim(claim_id=job.claim.id, at=clock.now())
        officer = make_member(Role.FINANCE)
        cancel(payment=payment, reason="Paid twice.", by=officer.id, at=clock.now())
        let_go(job.owner)
        let_go(job.worker)
        reference = job.claim.reference
    provider = client.sign_in(job.worker).get(f"/provider/claims/{reference}").page.text
    business = client.sign_in(job.owner).get(f"/business/claims/{reference}").page.text
    assert "Paid twice." in provider
    for page in (provider, business):
        assert "cancelled its payment" in page
        assert "did not approve" not in page
