"""From a voucher to an approved claim through the real forms, each person by their own sign-in."""

import io
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest

from tests.factories.cases import make_match
from tests.factories.scheme import make_member, make_provider
from tests.factories.work import PDF, make_job
from voucher.accounts.roles import Role
from voucher.claims.models import Claim, ClaimStatus
from voucher.core import clock
from voucher.core.db import session
from voucher.matching.models import Match, MatchStatus
from voucher.vouchers.models import Voucher
from voucher.vouchers.queries import code_of


@pytest.fixture
def job(app, arrange):
    """A live voucher of £1,000 with an offering of £1,800 on its list, and the people."""
    key = app.extensions["settings"].voucher_code_key.encode()
    with arrange():
        made = make_job(at=clock.now(), code_key=key)
        made.approver = make_member(Role.APPROVER)
        made.code = code_of(voucher=made.voucher, code_key=key)
        for row in (made.voucher, made.owner, made.worker, made.approver, made.offering):
            session.refresh(row)
            session.expunge(row)
    return made


def stored(app, model):
    with app.app_context():
        return session.query(model).one()


def parts(name, day):
    return {f"{name}-day": str(day.day), f"{name}-month": str(day.month), f"{name}-year": day.year}


@dataclass
class Road:
    """One taster on its way, with a client for each of the people."""

    app: Any
    job: Any
    business: Any
    provider: Any
    officer: Any

    @property
    def voucher(self):
        return f"/business/vouchers/{self.job.voucher.reference}"

    @property
    def request(self):
        return f"/provider/work/{stored(self.app, Match).reference}"

    @property
    def claim(self):
        return f"/provider/claims/{stored(self.app, Claim).reference}"


@pytest.fixture
def road(app, clients, job):
    """The people, signed in."""
    return Road(
        app,
        job,
        clients().sign_in(job.owner),
        clients().sign_in(job.worker),
        clients().sign_in(job.approver),
    )


def choose(road):
    listed = road.business.get(f"{road.voucher}/shortlist")
    assert "you pay £900 plus £360 VAT" in listed.page.text
    shown = road.business.get(f"{road.voucher}/choose/{road.job.offering.reference}")
    assert "£1,260.00" in shown.page.text
    answer = road.business.submit(shown.request.path, button="Choose this offering")
    assert "We have asked" in answer.page.text
    assert "has been asked" in road.business.get("/business/").page.text


def accept(road, today):
    assert "Answer by" in road.provider.get("/provider/").page.text
    yesterday, soon = today - timedelta(days=1), today + timedelta(days=9)
    refused = road.provider.submit(f"{road.request}/accept", parts("start_on", yesterday))
    assert refused.status_code == 422
    assert refused.page.errors == ["The start must be today or later."]
    accepted = road.provider.submit(f"{road.request}/accept", parts("start_on", soon))
    assert "The business now has to agree" in accepted.page.text
    assert "can do the work" in road.business.get("/business/").page.text


def agree(road):
    too_early = road.provider.submit("/provider/redeem", {"code": road.job.code})
    assert "the business has not agreed yet" in too_early.page.text
    agreed = road.business.submit(f"{road.voucher}/agreement", button="Agree")
    assert "All three of you agreed" in agreed.page.text


def redeem(road):
    worth = road.provider.submit("/provider/redeem", {"code": road.job.code.lower()})
    assert worth.request.path == "/provider/redeem/worth"
    assert road.job.code not in worth.request.url
    assert road.provider.get("/provider/redeem/worth").page.heading == worth.page.heading
    assert worth.page.heading == "This voucher pays you £900.00"
    redeemed = road.provider.post(
        "/provider/redeem/confirm",
        data={"code": road.job.code, "csrf_token": token(worth)},
        follow_redirects=True,
    )
    assert "claim by" in redeemed.page.text
    assert road.provider.get("/provider/redeem/worth").location == "/provider/redeem"
    road.provider.submit(redeemed.request.path, button="Begin the claim")


def right_details(today):
    return {
        "invoice_number": "INV-1",
        **parts("invoice_on", today),
        "net_price_pence": "1,800",
        "vat_rate": "2000",
        "vat_pence": "360",
        "voucher_pence": "900",
        "contribution_pence": "1,260.00",
        **parts("contribution_paid_on", today),
        "work_done": "Set up and trained.",
    }


def write(road, today):
    details, right = road.provider.get(f"{road.claim}/details"), right_details(today)
    wrong = fill(road.provider, details, {**right, "vat_pence": "300", "voucher_pence": "1000"})
    assert wrong.status_code == 422
    assert wrong.page.errors == [
        "The agreement says £360.00 for the VAT. Check your invoice.",
        "The agreement says £900.00 for the part the voucher pays. Check your invoice.",
    ]
    assert 'value="1000"' in wrong.page.html
    kept = fill(road.provider, details, {**right, "vat_pence": "300", "as_draft": "yes"})
    assert "The draft has been saved" in kept.page.text
    not_yet = road.provider.submit(road.claim, button="Send the claim")
    assert not_yet.status_code == 422
    assert not_yet.page.errors == [
        "The agreement says £360.00 for the VAT. Check your invoice.",
        "Attach your invoice to the business.",
    ]
    evidence = fill(road.provider, details, right)
    assert evidence.request.path == f"{road.claim}/evidence"


def send(road):
    attached = road.provider.submit(
        f"{road.claim}/evidence",
        {"kind": "invoice", "upload": (io.BytesIO(PDF), "Invoice.pdf")},
        button="Attach the file",
    )
    assert "Invoice.pdf" in attached.page.text
    sent = road.provider.submit(road.claim, button="Send the claim")
    assert "We have asked" in sent.page.text


def confirm(road):
    assert "Tell us by" in road.business.get("/business/").page.text
    reference = stored(road.app, Claim).reference
    word = road.business.submit(f"/business/claims/{reference}", button="Yes, the work was done")
    assert "You said that the work was done" in word.page.text


def approve(road):
    queue = road.officer.get("/staff/claims/")
    page = road.officer.get(queue.page.link(stored(road.app, Claim).reference))
    assert "Differs" not in page.page.text
    approved = road.officer.submit(f"{page.request.path}/approve", {"note": ""})
    assert "Approved for payment" in approved.page.text


def test_from_the_shortlist_to_an_approved_claim(road):
    today = clock.today()
    choose(road)
    accept(road, today)
    agree(road)
    redeem(road)
    write(road, today)
    send(road)
    confirm(road)
    approve(road)
    assert stored(road.app, Claim).status is ClaimStatus.APPROVED
    money = road.provider.get("/provider/money/")
    assert "Approved, on its way" in money.page.text


def token(response):
    return next(each.get("value") for each in response.page.elements("input", name="csrf_token"))


def fill(client, shown, values):
    return client.post(
        shown.request.path,
        data={**values, "csrf_token": token(shown)},
        follow_redirects=True,
    )


def test_declining_proposes_the_next(app, clients, arrange, job):
    from tests.factories.scheme import make_offering
    from voucher.matching.operations import make_shortlist

    business, provider = clients(), clients()
    business.sign_in(job.owner)
    provider.sign_in(job.worker)
    voucher = f"/business/vouchers/{job.voucher.reference}"
    with arrange():
        second = make_offering(title="Second choice of bookings")
        make_shortlist(application=job.application, voucher=job.voucher, at=clock.now())
        reference = second.reference
    business.submit(f"{voucher}/choose/{job.offering.reference}", button="Choose this offering")
    match = stored(app, Match)
    empty = provider.submit(
        f"/provider/work/{match.reference}/decline", {"code": "other", "reason": " "}
    )
    assert empty.page.errors == ["Say why, in a sentence the business can read."]
    provider.submit(
        f"/provider/work/{match.reference}/decline",
        {"code": "no_room", "reason": "Fully booked."},
    )
    assert stored(app, Match).status is MatchStatus.DECLINED
    listed = business.get(f"{voucher}/shortlist")
    assert "Fully booked." in listed.page.text
    assert "Next on your list: “Second choice of bookings”" in listed.page.text
    assert reference in listed.page.html


def test_unknown_and_strangers_codes_get_one_answer(app, clients, arrange, job):
    stranger, provider = clients(), clients()
    with arrange():
        outsider = make_member(Role.PROVIDER, provider=make_provider())
        session.refresh(outsider)
        session.expunge(outsider)
    stranger.sign_in(outsider)
    provider.sign_in(job.worker)
    answers = {
        stranger.submit("/provider/redeem", {"code": code}).page.errors[0]
        for code in (job.code, "0000-0000-0000-0", "nonsense", "7K3M Q2ZD 90XY C")
    }
    answers.add(provider.submit("/provider/redeem", {"code": job.code}).page.errors[0])
    assert len(answers) == 1


def test_a_code_carried_in_one_browser_says_nothing_to_another_provider(arrange, clients, job):
    with arrange():
        make_match(session.get_one(Voucher, job.voucher.id), session.merge(job.offering))
        outsider = make_member(Role.PROVIDER, provider=make_provider())
        session.refresh(outsider)
        session.expunge(outsider)
    browser = clients().sign_in(job.worker)
    assert browser.submit("/provider/redeem", {"code": job.code}).status_code == 200
    browser.sign_in(outsider)
    assert browser.get("/provider/redeem/worth").location == "/provider/redeem"


def test_guessing_codes_is_slowed_down(clients, job):
    provider = clients().sign_in(job.worker)
    shown = provider.get("/provider/redeem")
    values = {"code": "0000-0000-0000-0", "csrf_token": token(shown)}
    codes = [provider.post("/provider/redeem", data=values).status_code for _ in range(11)]
    assert codes[:10] == [422] * 10
    assert codes[10] == 429


def test_a_scanned_code_leads_to_the_form_by_way_of_signing_in(clients, job):
    scanned = clients().get("/redeem").page
    assert scanned.link("Sign in and redeem") == "/provider/redeem"
    assert "type the code that is printed with the square" in scanned.text
    provider = clients().sign_in(job.worker)
    assert provider.get("/redeem").location == "/provider/redeem"
    owner = clients().sign_in(job.owner)
    assert "If this is your own voucher" in owner.get("/redeem").page.text


def test_an_address_takes_no_code_because_addresses_are_logged(clients, job):
    provider = clients().sign_in(job.worker)
    assert "8K3M" not in provider.get("/provider/redeem?code=8K3M-Q2ZD-90XY-C").page.html
