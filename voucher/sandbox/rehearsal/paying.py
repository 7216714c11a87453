"""Third act: the claim with its evidence, the business's word, approval by two, the payment."""

import re

from voucher.sandbox.rehearsal.browser import Browser, Stuck
from voucher.sandbox.rehearsal.signing_in import wait_for
from voucher.sandbox.rehearsal.troupe import Troupe, date_parts, in_days
from voucher.sandbox.seed.papers import paper

KINDS = ("invoice", "delivery_record", "contribution_receipt")
PAYMENT = re.compile(r"PAY-[0-9A-Z]{4}-[0-9A-Z]{4}")
WORK = "Set up, tried for a week with two people, handed over with a written guide."


def claim(troupe: Troupe) -> None:
    """The provider begins the claim where the redemption led, fills it in and sends it."""
    provider = troupe.browser("provider")
    provider.send(to="/claims/new/", button="Begin the claim")
    troupe.claim = re.findall(r"CLM-[0-9A-Z]{4}-[0-9A-Z]{4}", provider.page.address)[0]
    form = provider.page.form(having="invoice_number")
    answers = {
        **_agreed_amounts(provider),
        "invoice_number": f"R-{troupe.wishes.number}",
        "work_done": WORK,
        **date_parts("invoice_on", in_days(0)),
    }
    if "contribution_paid_on-day" in form.names:
        answers |= date_parts("contribution_paid_on", in_days(0))
    provider.send(answers, to="/details", button="")
    provider.tell(f"writes claim {troupe.claim}; the amounts are those agreed")
    for kind in KINDS:
        _attach(troupe, provider, kind)
    provider.open(f"/provider/claims/{troupe.claim}")
    provider.send(to="/send", button="Send the claim")
    provider.tell("sends the claim")


def _agreed_amounts(provider: Browser) -> dict[str, str]:
    """The amounts as the page sums them up, typed into the boxes."""
    facts = provider.page.facts
    vat, _, rate = facts["VAT"].partition(" (")
    percent = float(rate.rstrip("%)"))
    return {
        "net_price_pence": facts["Price before VAT"],
        "vat_rate": str(round(percent * 100)),
        "vat_pence": vat,
        "voucher_pence": facts["The voucher pays"],
        "contribution_pence": facts["The business pays you"],
    }


def _attach(troupe: Troupe, provider: Browser, kind: str) -> None:
    title = kind.replace("_", " ").capitalize()
    content = paper(title, (troupe.wishes.business, troupe.provider_name)).getvalue()
    provider.open(f"/provider/claims/{troupe.claim}/evidence")
    provider.send(
        {"kind": kind},
        to="/evidence",
        button="Attach the file",
        files={"upload": (f"{kind}.pdf", content, "application/pdf")},
    )
    provider.tell(f"attaches a PDF: {title.lower()}")


def confirm(troupe: Troupe) -> None:
    """The business says that the work was done."""
    business = troupe.browser("business")
    business.open(f"/business/claims/{troupe.claim}")
    business.send(to="/confirm", button="Yes, the work was done")
    business.tell("confirms that the work was done")


def approve(troupe: Troupe) -> None:
    """One officer checks the evidence where it takes two; another approves."""
    officer, approver = troupe.staff("caseworker"), troupe.staff("approver")
    officer.open(f"/staff/claims/{troupe.claim}")
    if any("/check" in form.address for form in officer.page.forms):
        officer.send(to="/check")
        officer.tell("checks the evidence")
    page = f"/staff/claims/{troupe.claim}"
    wait_for("the checks before paying", lambda: _is_checked(approver, page))
    approver.tell("reads what the checks before paying found")
    approver.open(f"{page}/approve")
    approver.send(button="Approve")
    approver.tell("approves the claim for payment")


def _is_checked(officer: Browser, page: str) -> bool:
    """Whether every check was made; one that waits for an answer is made again by the worker."""
    words = officer.open(page).words
    if "Waits for an officer" in words or "Not allowed" in words:
        raise Stuck("the checks before paying raised a doubt")
    made = "Ties between business and provider" in words
    return made and "Companies House has not answered" not in words


def release(troupe: Troupe) -> None:
    """Finance tries the payment out and lets it go; above the threshold a second person agrees.

    In a round that pays by itself there is nothing to release.
    """
    finance = troupe.staff("finance")
    page = f"/staff/claims/{troupe.claim}"
    payment = str(wait_for("the payment", lambda: _payment_on(finance, page)))
    if "Ready to pay" not in finance.open(f"/staff/payments/{payment}").main:
        finance.tell(f"finds {payment} under way: this round pays by itself")
        return
    finance.open("/staff/releases/ready")
    finance.tell("reads what is ready to pay")
    finance.send({"payment": [payment]}, to="/try", button="Try out the chosen", method="get")
    if "Would be sent" not in finance.page.main:
        raise Stuck(f"{payment} would not be sent: {finance.page.main[:300]}")
    finance.tell(f"tries {payment} out: it would be sent, nothing is yet")
    finance.send(to="/release", button="Release 1 payment")
    if "Waiting for a second person" not in finance.page.main:
        finance.tell("releases it")
        return
    finance.tell("asks for its release; from here on it takes two")
    second = troupe.staff("second_finance")
    second.open(finance.path)
    second.send(to="/agree", button="Let them go")
    second.tell("agrees as the second person")


def _payment_on(officer: Browser, page: str) -> str | None:
    """The payment that a claim's page names, once the worker has made it."""
    found = PAYMENT.search(officer.open(page).main)
    return found[0] if found else None


def follow_payment(troupe: Troupe) -> None:
    """The worker pays through Stripe; the provider sees when the money has reached the bank."""
    provider = troupe.browser("provider")
    page = f"/provider/claims/{troupe.claim}"
    wait_for("the payout", lambda: _is_paid(provider, page))
    provider.tell("sees the claim paid: transfer, payout, bank")
    provider.open("/provider/money/")
    provider.tell("reads where the money is")


def _is_paid(provider: Browser, page: str) -> bool:
    words = provider.open(page).words
    if "bank refused" in words:
        raise Stuck("the payout failed")
    return "has been paid to your bank" in words
