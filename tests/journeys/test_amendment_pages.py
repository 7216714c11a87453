"""Less delivered than agreed, in a real browser: the offer, both answers, and what officers see."""

from tests.browser import DESKTOP, PHONE
from tests.factories.cases import make_officer
from tests.factories.work import PDF, drafted, everybody_around, make_job
from voucher.accounts.roles import Role
from voucher.core import clock

WORDS = "Two of three training days were held; the third was called off when the trainer was ill."


def press(visitor, name):
    visitor.page.get_by_role("button", name=name).click()
    return visitor


def is_whole(page):
    """Whether the amounts after are on the screen of a phone, without scrolling sideways."""
    page.set_viewport_size(PHONE)
    after = page.get_by_role("columnheader", name="After").bounding_box()
    page.set_viewport_size(DESKTOP)
    return after["x"] + after["width"] <= PHONE["width"]


def test_every_page_of_a_lower_price(app, arrange, visitors):
    store = app.extensions["settings"].data_dir / "files"
    with arrange():
        job = drafted(make_job(at=clock.now()), store, at=clock.now())
        people = everybody_around(job, officer=make_officer(Role.APPROVER))
        reference = job.claim.reference
    provider, business, officer = (
        visitors().sign_in(people[name]) for name in ("provider", "business", "officer")
    )

    offer = f"/provider/claims/{reference}/less"
    provider.go(f"/provider/claims/{reference}").look("lesser-claim")
    provider.go(offer).look("lesser-offer")
    press(provider, "Ask the business to agree").look("lesser-offer-errors")
    provider.page.get_by_label("New price before VAT").fill("1,200")
    provider.page.get_by_label("What was delivered, and what was not?").fill(WORDS)
    press(provider, "Ask the business to agree").look("lesser-offered")
    assert is_whole(provider.page)

    business.go("/business/").look("lesser-home")
    answer = f"/business/claims/{reference}/amendment"
    business.go(answer).look("lesser-answer")
    press(business.go(f"{answer}/refuse"), "Send").look("lesser-refuse-errors")
    press(business.go(answer), "I agree to these amounts").look("lesser-agreed")
    provider.go(offer.replace("/less", "/amendment")).look("lesser-provider-agreed")
    claim = provider.go(f"/provider/claims/{reference}/details").look("lesser-details")
    amounts = ("Price before VAT", "1200"), ("VAT", "240"), ("The voucher pays", "600")
    for label, typed in (*amounts, ("The business pays you", "840")):
        shown = claim.page.get_by_label(label, exact=True).input_value()
        assert float(shown.replace(",", "")) == float(typed)
    press(claim, "Save and go on").look("lesser-old-invoice")
    press(claim, "Remove")
    claim.page.get_by_label("Invoice").check()
    claim.page.get_by_label("File").set_input_files(
        {"name": "New.pdf", "mimeType": "application/pdf", "buffer": PDF + b"%%EOF"}
    )
    press(claim, "Attach the file").look("lesser-new-invoice")
    press(provider.go(f"/provider/claims/{reference}"), "Send the claim").look("lesser-sent")
    officer.go(f"/staff/claims/{reference}").look("lesser-staff")
    assert "Page not found" not in officer.page.title()
