"""A provider comes in: registered, checked by two officers, paid through Stripe, with an offering.

Also how the first person of a provider that was taken in from a catalogue gets in.
"""

import re
from datetime import timedelta

from voucher.core import clock
from voucher.providers.models import DueDiligenceKind
from voucher.providers.rules import EXPIRING_KINDS, FILE_KINDS
from voucher.sandbox.rehearsal.browser import Browser, Stuck
from voucher.sandbox.rehearsal.signing_in import letter_link, register
from voucher.sandbox.rehearsal.troupe import Troupe, date_parts
from voucher.sandbox.rehearsal.wishes import AREA, PASSWORD
from voucher.sandbox.seed.papers import paper

SUMMARY = (
    "For trades on the road whose customers ring while nobody can answer, and whose diary is on "
    "paper: customers choose a free time themselves and get a reminder the day before."
)
SCOPE = "Set-up of an online diary and booking page, two hours of training, four weeks of help."
PRICE_POUNDS = "880"


def join(troupe: Troupe) -> None:
    """A new provider registers, is checked and approved, sets up payment and offers something."""
    provider = troupe.browser("new provider")
    name, email = troupe.wishes.provider, troupe.wishes.provider_email
    _register(troupe, provider, "Rehearsing Provider", email)
    provider.open("/account/begin")
    provider.send({"kind": "provider", "name": name}, button="Continue")
    provider.tell(f"enters {name}")
    _describe(troupe, provider)
    for kind in DueDiligenceKind:
        _prove(provider, kind)
    provider.tell("gives what the checklist asks for, a certificate among it")
    provider.open("/provider/checklist")
    provider.send(to="/checklist/send", button="Send your registration")
    provider.tell("sends the registration")
    _admit(troupe, name)
    set_up_payment(provider)
    _offer(troupe, provider)


def _register(troupe: Troupe, browser: Browser, name: str, email: str) -> None:
    register(browser, name=name, email=email, password=PASSWORD, mailbox=troupe.mailbox)


def _describe(troupe: Troupe, provider: Browser) -> None:
    provider.open("/provider/registration")
    provider.send(
        {
            "name": troupe.wishes.provider,
            "description": "Two people who set up diaries and bookings for trades.",
            "vat_registered": "no",
            "address_line": "2 Rehearsal Yard",
            "town": "Leeds",
            "postcode": "LS1 9ZB",
            "contact_name": "Rehearsing Provider",
            "contact_email": troupe.wishes.provider_email,
        },
        button="Save",
    )


def _prove(provider: Browser, kind: DueDiligenceKind) -> None:
    provider.open(f"/provider/checklist/{kind.value}")
    if kind is DueDiligenceKind.TERMS:
        provider.send({"agree": "y"}, button="Agree")
        return
    answers = {"statement": "As the officer who checks it will find."}
    if kind in EXPIRING_KINDS:
        answers |= date_parts("expires_on", clock.today() + timedelta(days=300))
    content = paper("Certificate of insurance", ("Fictional cover",)).getvalue()
    file = {"upload": ("certificate.pdf", content, "application/pdf")}
    provider.send(answers, button="Save", files=file if kind in FILE_KINDS else None)


def _admit(troupe: Troupe, name: str) -> None:
    """One officer checks every line, another approves."""
    officer, approver = troupe.staff("caseworker"), troupe.staff("approver")
    page = troupe.find_provider(officer, name)
    if page is None:
        raise Stuck(f"the officers don't find {name}")
    for kind in DueDiligenceKind:
        officer.open(f"{page}/check/{kind.value}")
        officer.send({"verdict": "passed"}, button="")
    officer.tell("checks every line of the checklist")
    approver.open(page)
    approver.send(to="/approve", button="Approve the provider")
    approver.tell("approves the provider as the second person")


def set_up_payment(provider: Browser) -> None:
    """Go to Stripe's own pages and back; only what Stripe then says counts."""
    provider.open("/provider/money/onboarding/")
    provider.send(to="/onboarding", button="")
    provider.tell("is led to Stripe's pages")
    provider.send(button="Agree and finish")
    if "bank account that ends in" not in provider.open("/provider/money/").words:
        raise Stuck(f"Stripe was set up, but {provider.name} can't be paid")
    provider.tell("comes back: Stripe can pay the bank account")


def _offer(troupe: Troupe, provider: Browser) -> None:
    provider.open("/provider/offerings/new")
    provider.send(
        {
            "title": f"Online diary for trades on the road ({troupe.wishes.number})",
            "summary": SUMMARY,
            "scope": SCOPE,
            "outcome_areas": [AREA],
            "remote": "yes",
            "net_price_pence": PRICE_POUNDS,
            "capacity_per_month": "5",
            "days_to_start": "7",
        },
        button="Save as a draft",
    )
    provider.send(to="/publish", button="Publish")
    provider.tell(f"publishes an offering at £{PRICE_POUNDS}")


def bring_in_first_person(troupe: Troupe, name: str) -> Browser:
    """Invite somebody for a provider that nobody acts for; they join and set up payment."""
    officer = troupe.staff("caseworker")
    page = troupe.find_provider(officer, name)
    code = re.sub(r"[^a-z0-9]", "", name.lower())[:30]
    email = f"{code}{troupe.wishes.number}@rehearsal.example"
    officer.open(f"{page}/people")
    officer.send({"email": email}, button="Send the invitation")
    officer.tell(f"invites {email} for {name}, which came from a catalogue")
    link = letter_link(troupe.mailbox, to=email, path="/account/invitations/")
    browser = troupe.browser("provider")
    _register(troupe, browser, "Rehearsing Provider", email)
    browser.open(link)
    browser.send(to="/account/invitations/", button="")
    browser.tell("accepts the invitation")
    set_up_payment(browser)
    return browser
