"""A part that was not paid, a claim taken back, its invoice replaced: in a real browser."""

from tests.factories.cases import make_officer
from tests.factories.work import drafted, everybody_around, make_job
from voucher.accounts.roles import Role
from voucher.core import clock


def press(visitor, name):
    visitor.page.get_by_role("button", name=name).click()
    return visitor


def test_every_page_of_an_unpaid_part_and_a_replaced_invoice(app, arrange, visitors):
    store = app.extensions["settings"].data_dir / "files"
    with arrange():
        job = drafted(make_job(at=clock.now()), store, at=clock.now())
        people = everybody_around(job, officer=make_officer(Role.APPROVER))
        reference = job.claim.reference
    provider, business, officer = (
        visitors().sign_in(people[name]) for name in ("provider", "business", "officer")
    )
    claim, answer = f"/provider/claims/{reference}", f"/business/claims/{reference}"

    provider.go(f"{claim}/details").page.get_by_label("has not paid its part yet").check()
    press(provider, "Save and go on")
    for kind in ("vat", "credit"):
        provider.go(f"{claim}/{kind}").look(f"amend-{kind}")
        press(provider, "Ask the business to agree").look(f"amend-{kind}-errors")
    press(provider.go(claim), "Send the claim").look("unpaid-sent")
    provider.go(f"{claim}/contribution").look("unpaid-received")
    business.go("/business/").look("unpaid-home")
    business.go(answer).look("unpaid-business")
    press(business.go(f"{answer}/contribution"), "Send").look("unpaid-show-errors")
    business.go(f"{answer}/contribution/deny").look("unpaid-deny")
    officer.go(f"/staff/claims/{reference}").look("unpaid-staff")
    press(officer.go(f"/staff/claims/{reference}/contribution"), "Decide").look("unpaid-decide")
    provider.go(claim).page.get_by_text("Is something wrong with this claim?").click()
    press(provider, "Take the claim back").look("taken-back")
    provider.go(f"{claim}/invoice").look("invoice-replace")
    press(provider, "Replace the invoice").look("invoice-replace-errors")
