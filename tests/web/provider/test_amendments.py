"""Less was delivered: the provider offers a lower price, the business answers, officers read it."""

import io

import pytest

from tests.factories.work import PDF, drafted, everybody_around, make_job
from voucher.claims.models import Amendment, AmendmentStatus, Claim, ClaimStatus
from voucher.core import clock
from voucher.core.db import session
from voucher.vouchers.models import Redemption

WORDS = "Two of three sessions were held."


@pytest.fixture
def people(app, arrange, clients):
    """A claim being written, and everybody who may look at it or may not, signed in."""
    store = app.extensions["settings"].data_dir / "files"
    with arrange():
        job = drafted(make_job(at=clock.now()), store, at=clock.now())
        found = everybody_around(job)
        reference = job.claim.reference
    signed_in = {name: clients().sign_in(person) for name, person in found.items()}
    return (
        signed_in,
        f"/provider/claims/{reference}/less",
        f"/business/claims/{reference}/amendment",
    )


def stored(app, model):
    with app.app_context():
        return session.query(model).order_by(model.id.desc()).first()


def offered(client, page, price="1,200"):
    return client.submit(page, {"net_price_pence": price, "words": WORDS})


def test_a_lower_price_is_offered_and_agreed(app, people):
    who, offer, answer = people
    writing = who["provider"].get(offer.removesuffix("/less"))
    assert writing.page.link("You delivered less than agreed") == offer
    assert "See earlier offers" not in writing.page.text
    asked = offered(who["provider"], offer)
    assert "The business has been asked" in asked.page.text
    assert "£840.00" in asked.page.text
    writing = who["provider"].get(offer.removesuffix("/less")).page
    assert "Send the claim" not in writing.text
    assert "You can’t send it yet. You have offered other amounts:" in writing.text
    (token, *_) = writing.elements("input", name="csrf_token")
    sent = who["provider"].post(
        offer.removesuffix("less") + "send", data={"csrf_token": token.get("value")}
    )
    assert sent.status_code == 409
    assert "has not answered your offer" in sent.get_data(as_text=True)
    assert "asks you to agree to other amounts" in who["business"].get("/business/").page.text
    shown = who["business"].get(answer)
    assert shown.page.heading == "Do you agree to other amounts?"
    assert WORDS in shown.page.text
    agreed = who["business"].submit(answer, button="I agree to these amounts")
    assert "The voucher pays £600.00" in agreed.page.text
    assert stored(app, Redemption).voucher_pence == 60_000
    again = who["provider"].get(offer.removesuffix("/less")).page
    assert again.link("See earlier offers") == offer.removesuffix("less") + "amendment"
    assert "asks you to agree to other amounts" not in who["business"].get("/business/").page.text
    details = who["provider"].get(f"{offer.removesuffix('/less')}/details")
    assert "£1,200.00" in details.page.text
    for page in (again, who["provider"].get(f"{offer.removesuffix('/less')}/evidence").page):
        assert "Your invoice shows the old amounts" in page.text
    (token, *_) = again.elements("input", name="csrf_token")
    refused = who["provider"].post(
        offer.removesuffix("less") + "send", data={"csrf_token": token.get("value")}
    )
    assert refused.status_code == 422
    assert "Take it away and attach one" in refused.get_data(as_text=True)


def test_the_business_refuses_with_words_the_provider_reads(app, people):
    who, offer, answer = people
    offered(who["provider"], offer)
    empty = who["business"].submit(f"{answer}/refuse", {"words": " "})
    assert empty.status_code == 422
    assert empty.page.errors == ["Say why you don’t agree."]
    told = who["business"].submit(f"{answer}/refuse", {"words": "Only one was held."})
    assert "You did not agree" in told.page.text
    shown = who["provider"].get(offer.replace("/less", "/amendment"))
    assert "The amounts agreed before stay" in shown.page.text
    assert "Only one was held." in shown.page.text
    assert stored(app, Redemption).voucher_pence == 90_000


def test_the_offer_is_taken_back(app, people):
    who, offer, answer = people
    offered(who["provider"], offer)
    back = who["provider"].submit(
        offer.replace("/less", "/amendment"), button="Take the offer back"
    )
    assert "has been taken back" in back.page.text
    assert stored(app, Amendment).status is AmendmentStatus.WITHDRAWN
    assert who["business"].get(answer).status_code == 404


@pytest.mark.parametrize(
    ("price", "error"),
    [
        ("", "Enter the new price before VAT."),
        ("1,800", "The price must be less than the one you agreed."),
        ("0", "Enter a price above nothing. If nothing was delivered, don’t claim: write to us."),
    ],
)
def test_a_price_that_is_not_less_is_refused_at_its_field(app, people, price, error):
    who, offer, _ = people
    refused = offered(who["provider"], offer, price)
    assert refused.status_code == 422
    assert refused.page.errors == [error]
    assert stored(app, Amendment) is None


def test_nobody_else_sees_or_answers_it(app, people):
    who, offer, answer = people
    offered(who["provider"], offer)
    assert who["stranger"].get(offer).status_code == 404
    for page in (answer, f"{answer}/refuse"):
        assert who["outsider"].get(page).status_code == 404
    assert stored(app, Claim).net_price_pence == 180_000
    assert stored(app, Amendment).status is AmendmentStatus.OFFERED


def credit_note(**changed):
    typed = {
        "credit_number": "CN-1",
        "credited_pence": "600",
        "words": "One session less.",
        "upload": (io.BytesIO(PDF), "Credit note.pdf"),
    }
    return {**typed, **changed}


def test_another_vat_rate_is_offered_and_agreed(app, people):
    who, offer, answer = people
    page = offer.replace("/less", "/vat")
    same = who["provider"].submit(page, {"vat_rate": "2000", "words": "Changed."})
    assert same.page.errors == ["The rate must be another one than you agreed."]
    words = "We are no longer registered."
    asked = who["provider"].submit(page, {"vat_rate": "0", "words": words})
    assert "Your VAT" not in asked.page.heading
    assert "The provider’s VAT has changed" in asked.page.text
    shown = who["business"].get(answer)
    assert words in shown.page.text
    agreed = who["business"].submit(answer, button="I agree to these amounts")
    assert "The voucher pays £900.00" in agreed.page.text
    assert stored(app, Redemption).contribution_pence == 90_000
    assert stored(app, Claim).contribution_pence == 90_000


def test_a_credit_note_before_approval_is_an_offer(app, people):
    who, offer, answer = people
    page = offer.replace("/less", "/credit")
    empty = who["provider"].submit(page, {"words": ""})
    assert empty.status_code == 422
    assert "Choose the file of your credit note." in empty.page.errors
    asked = who["provider"].submit(page, credit_note())
    assert "CN-1" in asked.page.text
    assert "has credited part of its invoice" in who["business"].get(answer).page.text
    who["business"].submit(answer, button="I agree to these amounts")
    assert stored(app, Redemption).voucher_pence == 60_000


def test_a_sent_claim_is_taken_back(app, people):
    who, offer, _ = people
    claim = offer.removesuffix("/less")
    who["provider"].submit(claim, button="Send the claim")
    back = who["provider"].submit(claim, button="Take the claim back")
    assert "You took this claim back." in back.page.text
    assert stored(app, Claim).status is ClaimStatus.RETURNED
