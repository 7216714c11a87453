"""The pages of money in a real browser, and a provider's way to Stripe's pages and back."""

from dataclasses import replace

import pytest

from tests.factories.cases import make_officer
from tests.factories.payments import make_approved_claim, make_payment
from tests.factories.scheme import AT, make_member, make_provider, make_round
from voucher.accounts.roles import Role
from voucher.core.db import session
from voucher.integrations.stripe.gateway import StripeGateway
from voucher.payments.models import AttemptKind, PaymentAttempt, PaymentStatus
from voucher.payments.operations.reconciliation import keep_reconciliation
from voucher.payments.reconciling import Difference, DifferenceKind
from voucher.programmes.operations import budget
from voucher.providers.models import ConnectedAccount


def stored_payments():
    """Payments at several points, and two comparisons; the reference of the most telling one."""
    round_ = make_round()
    for status in (PaymentStatus.QUEUED, PaymentStatus.ATTENTION, PaymentStatus.BLOCKED_FUNDS):
        make_payment(make_approved_claim(round_), status=status, status_note="Why it waits.")
    sent = {"stripe_transfer_id": "tr_1", "transferred_at": AT}
    told = make_payment(make_approved_claim(round_), status=PaymentStatus.PAYOUT_UNKNOWN, **sent)
    owed = {"round_id": told.round_id, "provider_id": told.provider_id}
    budget.record_transfer(**owed, pence=told.amount_pence, source=told, at=AT, by=None)
    session.add(
        PaymentAttempt(
            payment_id=told.id,
            kind=AttemptKind.TRANSFER,
            number=1,
            idempotency_key=f"test:pay:{told.reference}:transfer:1",
            parameters={},
            first_sent_at=AT,
            last_sent_at=AT,
        )
    )
    return told.reference


def stored_comparison():
    missing = Difference(DifferenceKind.ONLY_OURS, "transfer tr_1", None, -90_000)
    return keep_reconciliation(
        stripe_balance_pence=90_000,
        ledger_balance_pence=0,
        matched=12,
        under_way=1,
        differences=(missing,),
        by=None,
        at=AT,
    ).reference


def test_what_finance_sees(visitor, arrange):
    with arrange():
        reference, comparison = stored_payments(), stored_comparison()
        officer = make_officer(Role.FINANCE)
        session.expunge(officer)
    visitor.page.goto(visitor.address)
    visitor.sign_in(officer)
    visitor.go("/staff/payments/").look("payments")
    visitor.go(f"/staff/payments/{reference}").look("payment")
    visitor.go("/staff/payments/?status=queued")
    visitor.page.get_by_role("link", name="PAY-").click()
    visitor.page.get_by_role("button", name="Cancel").click()
    visitor.look("payment-cancel")
    visitor.page.get_by_role("button", name="Cancel the payment").click()
    visitor.look()
    assert visitor.page.locator(".govuk-error-summary").count() == 1
    visitor.go("/staff/money/").look("money")
    visitor.go("/staff/money/reconciliations").look("reconciliations")
    visitor.go(f"/staff/money/reconciliations/{comparison}").look("reconciliation")


@pytest.fixture
def stripe(app, emulator, address, monkeypatch):
    """The application talks to the emulator, which sends people back to where they came from."""
    known = app.extensions["settings"]
    here = replace(known, base_url=address, stripe_api_base=emulator.address)
    gateway = StripeGateway("sk_test_web", emulator.address)
    monkeypatch.setitem(app.extensions, "settings", here)
    services = replace(app.extensions["services"], settings=here, stripe=gateway)
    monkeypatch.setitem(app.extensions, "services", services)
    return gateway


def test_a_provider_goes_to_stripe_and_back(visitor, arrange, stripe):
    with arrange():
        provider = make_provider(payable=False)
        session.query(ConnectedAccount).filter_by(provider_id=provider.id).delete()
        person = make_member(Role.PROVIDER, provider=provider)
        session.expunge(person)
    visitor.page.goto(visitor.address)
    visitor.sign_in(person)
    visitor.go("/provider/money/onboarding/").look("onboarding-before")
    page = visitor.page
    # The address of the emulator is not the one that the application's content policy names.
    page.route("**/provider/money/onboarding/", lambda route: _without_policy(route))
    page.goto(visitor.address + "/provider/money/onboarding/")
    page.get_by_role("button", name="Continue to Stripe").click()
    page.get_by_role("button").first.click()
    page.wait_for_url("**/provider/money/onboarding/")
    assert "You can be paid" in page.locator("main").inner_text()
    visitor.look("onboarding-after")


def _without_policy(route):
    if route.request.method != "GET":
        route.continue_()
        return
    answer = route.fetch()
    headers = {k: v for k, v in answer.headers.items() if k != "content-security-policy"}
    route.fulfill(response=answer, headers=headers)
