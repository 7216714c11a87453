"""Payments and money as finance sees them."""

from datetime import timedelta

import pytest

from tests.factories.cases import make_officer
from tests.factories.payments import make_approved_claim, make_payment
from tests.factories.scheme import AT, make_member, make_provider, make_round
from tests.page import text_of
from tests.web.statements import counting
from voucher.accounts.models import User
from voucher.accounts.operations import join_staff
from voucher.accounts.roles import Role
from voucher.applications.models import Decision
from voucher.core.db import session
from voucher.payments.models import (
    BEFORE_TRANSFER,
    FINISHED,
    AttemptKind,
    AttemptOutcome,
    InboxStatus,
    Payment,
    PaymentAttempt,
    PaymentStatus,
    StripeEvent,
)
from voucher.payments.operations.reconciliation import keep_reconciliation
from voucher.payments.reconciling import Difference, DifferenceKind
from voucher.programmes.operations import budget, unexplained

READERS = (Role.CASEWORKER, Role.APPROVER, Role.FINANCE, Role.AUDITOR, Role.PROGRAMME_MANAGER)


def signed_in(arrange, client, role=Role.FINANCE):
    with arrange():
        person = make_officer(role)
        session.expunge(person)
    client.sign_in(person)


def queued(arrange, count=1, **values):
    with arrange():
        round_ = make_round()
        made = [make_payment(make_approved_claim(round_), **values) for _ in range(count)]
        return [payment.reference for payment in made]


def stored(app, reference):
    with app.app_context():
        found = session.query(Payment).filter_by(reference=reference).one()
        session.expunge(found)
    return found


def test_an_empty_list_says_so(client, arrange):
    signed_in(arrange, client)
    assert "Nothing is waiting to be paid" in client.get("/staff/payments/").page.text


def test_the_list_shows_sums_and_ageing_and_costs_the_same_for_many(app, client, arrange):
    signed_in(arrange, client)
    queued(arrange, 3)
    with counting(app) as seen:
        page = client.get("/staff/payments/").page
    assert "3 payments" in page.text
    assert " working days, oldest " in page.text
    assert "Queued: 3, £2,700.00" in page.text
    assert "late)" in page.text
    assert len(seen) <= 8, seen


@pytest.mark.parametrize("status", ["look", "waiting", "paid", "attention", "cancelled"])
def test_a_filter_without_a_hit_says_so(client, arrange, status):
    signed_in(arrange, client)
    queued(arrange)
    assert "No payment fits" in client.get(f"/staff/payments/?status={status}").page.text


def test_nonsense_in_the_address_shows_what_is_open(client, arrange):
    signed_in(arrange, client)
    queued(arrange)
    assert "1 payment" in client.get("/staff/payments/?status=%00'&page=-1").page.text


def test_the_list_is_paged(client, arrange):
    signed_in(arrange, client)
    references = queued(arrange, 26)
    assert references[25] not in client.get("/staff/payments/").page.text
    assert references[25] in client.get("/staff/payments/?page=2").page.text
    assert references[25] in client.get("/staff/payments/?page=99").page.text


def test_one_payment_with_attempts_and_journals(app, client, arrange):
    signed_in(arrange, client, Role.AUDITOR)
    with arrange():
        payment = make_payment(
            status=PaymentStatus.TRANSFERRED, stripe_transfer_id="tr_9", transferred_at=AT
        )
        moved = {"round_id": payment.round_id, "provider_id": payment.provider_id}
        budget.record_transfer(**moved, pence=payment.amount_pence, source=payment, at=AT, by=None)
        session.add(
            PaymentAttempt(
                payment_id=payment.id,
                kind=AttemptKind.TRANSFER,
                number=1,
                idempotency_key="test:pay:x:transfer:1",
                parameters={},
                first_sent_at=AT,
                last_sent_at=AT,
                outcome=AttemptOutcome.DONE,
                stripe_object_id="tr_9",
                finished_at=AT,
            )
        )
        reference = payment.reference
    with counting(app) as seen:
        page = client.get(f"/staff/payments/{reference.lower()}").page
    for words in (
        "Transfer 1",
        "test:pay:x:transfer:1",
        "tr_9",
        "Owed to the provider",
        "Provider’s Stripe account",
    ):
        assert words in page.text
    assert len(seen) <= 13, seen
    assert "Let it go on" not in page.text


def test_no_such_payment(client, arrange):
    signed_in(arrange, client)
    for reference in ("PAY-0000-0000", "1", "%00"):
        assert client.get(f"/staff/payments/{reference}").status_code == 404
        assert client.get(f"/staff/payments/{reference}/cancel").status_code == 404


def test_finance_lets_a_payment_go_on(app, client, arrange):
    signed_in(arrange, client)
    [reference] = queued(arrange, status=PaymentStatus.ATTENTION, status_note="Look at this.")
    page = client.get(f"/staff/payments/{reference}").page
    assert "Look at this." in page.text
    answer = client.submit(f"/staff/payments/{reference}", button="Let it go on")
    assert "The payment goes on" in answer.page.text
    assert stored(app, reference).status is PaymentStatus.QUEUED


def test_a_payment_that_is_under_way_can_not_be_retried(app, client, arrange):
    signed_in(arrange, client)
    [reference] = queued(arrange)
    page = client.get(f"/staff/payments/{reference}").page
    assert "Let it go on" not in page.text
    [other] = queued(arrange, status=PaymentStatus.ATTENTION)
    token = client.get(f"/staff/payments/{other}").page.form("Let it go on")
    value = next(each.get("value") for each in token.iter("input"))
    answer = client.post(f"/staff/payments/{reference}/retry", data={"csrf_token": value})
    assert answer.status_code == 409
    assert stored(app, reference).status is PaymentStatus.QUEUED


def test_finance_cancels_what_was_never_sent(app, client, arrange):
    signed_in(arrange, client)
    [reference] = queued(arrange)
    address = f"/staff/payments/{reference}/cancel"
    answer = client.submit(address, {"reason": "Paid by invoice instead."})
    assert "The payment is cancelled" in answer.page.text
    assert stored(app, reference).status is PaymentStatus.CANCELLED
    assert client.get(address).status_code == 409


@pytest.mark.parametrize("reason", ["", "   ", "x" * 251, "no\x00thing", "\u202eback"])
def test_a_bad_reason_is_shown_at_the_field_and_changes_nothing(app, client, arrange, reason):
    signed_in(arrange, client)
    [reference] = queued(arrange)
    answer = client.submit(f"/staff/payments/{reference}/cancel", {"reason": reason})
    assert answer.status_code == 422
    assert len(answer.page.errors) == 1
    assert stored(app, reference).status is PaymentStatus.QUEUED


def test_what_may_have_been_sent_can_not_be_cancelled(app, client, arrange):
    signed_in(arrange, client)
    [reference] = queued(arrange, status=PaymentStatus.UNKNOWN)
    assert client.get(f"/staff/payments/{reference}/cancel").status_code == 409
    assert "Cancel" not in client.get(f"/staff/payments/{reference}").page.text


@pytest.mark.parametrize("role", [role for role in READERS if role is not Role.FINANCE])
def test_only_finance_acts(client, arrange, role):
    signed_in(arrange, client, role)
    [reference] = queued(arrange, status=PaymentStatus.ATTENTION)
    page = client.get(f"/staff/payments/{reference}").page
    assert "Let it go on" not in page.text
    assert client.get(f"/staff/payments/{reference}/cancel").status_code == 403


def test_providers_have_no_business_here(client, arrange):
    with arrange():
        person = make_member(Role.PROVIDER, provider=make_provider())
        session.expunge(person)
    client.sign_in(person)
    for path in ("/staff/payments/", "/staff/money/", "/staff/money/reconciliations"):
        assert client.get(path).status_code == 403


def test_money_before_there_is_any(client, arrange):
    signed_in(arrange, client)
    page = client.get("/staff/money/").page
    assert "No round has a budget yet" in page.text
    assert "have not been compared yet" in page.text
    assert "Nothing compared yet" in client.get("/staff/money/reconciliations").page.text


def test_money_shows_envelopes_and_balances(app, client, arrange):
    signed_in(arrange, client)
    queued(arrange, 2)
    with counting(app) as seen:
        page = client.get("/staff/money/").page
    assert "£100,000.00" in page.text
    assert "Of what is committed, £1,800.00 is owed to providers" in page.text
    assert "All rounds £100,000.00" in page.text
    assert len(seen) <= 10, seen


def test_money_in_suspense_is_counted_too(app, client, arrange):
    signed_in(arrange, client)
    with arrange():
        unexplained.record_suspense(
            pence=-4_500, source=make_round(), effect="by_hand", at=AT, by=None
        )
    assert "Gone and not explained yet £45.00" in client.get("/staff/money/").page.text


def compared(arrange, *differences):
    with arrange():
        return keep_reconciliation(
            stripe_balance_pence=100,
            ledger_balance_pence=100 + len(differences),
            matched=7,
            under_way=0,
            differences=differences,
            by=None,
            at=AT + timedelta(hours=1),
        ).reference


def test_a_comparison_that_agrees(client, arrange):
    signed_in(arrange, client)
    reference = compared(arrange)
    assert "All agrees" in client.get("/staff/money/reconciliations").page.text
    assert "Everything agrees" in client.get(f"/staff/money/reconciliations/{reference}").page.text
    assert "all agrees" in client.get("/staff/money/").page.text


def test_a_comparison_with_differences(client, arrange):
    signed_in(arrange, client)
    reference = compared(
        arrange, Difference(DifferenceKind.ONLY_THEIRS, "transfer tr_1", -500, None)
    )
    page = client.get(f"/staff/money/reconciliations/{reference}").page
    for words in ("1 difference was found", "transfer tr_1", "Only at Stripe", "−£5.00"):
        assert words in page.text
    assert "did not agree" in client.get("/staff/money/").page.text
    assert client.get("/staff/money/reconciliations/REC-0000-0000").status_code == 404


def test_dead_webhooks_are_tried_again(app, client, arrange):
    signed_in(arrange, client)
    with arrange():
        session.add(
            StripeEvent(
                stripe_event_id="evt_1",
                endpoint="connect",
                event_type="account.updated",
                status=InboxStatus.DEAD,
                created_at=AT,
                received_at=AT,
                next_try_at=AT,
                tries=8,
            )
        )
    answer = client.submit("/staff/money/", button="Try the webhooks again")
    assert "1 webhook will be tried again" in answer.page.text
    with app.app_context():
        event = session.query(StripeEvent).one()
        assert (event.status, event.tries) == (InboxStatus.NEW, 0)


def test_who_decided_on_the_award_is_told_that_a_colleague_lets_the_money_go(client, arrange):
    [reference] = queued(arrange, status=PaymentStatus.ATTENTION)
    with arrange():
        decider = session.get_one(User, session.query(Decision).one().decided_by_id)
        join_staff(user_id=decider.id, role=Role.FINANCE, at=AT, by=None)
        session.refresh(decider)
        session.expunge(decider)
    page = client.sign_in(decider).get(f"/staff/payments/{reference}").page
    assert "You decided on this award, so a colleague lets its money go on." in page.text
    assert "Let it go on" not in [text_of(button) for button in page.elements("button")]


AT_THE_PROVIDER = {"stripe_transfer_id": "tr_1", "transferred_at": AT, "stripe_payout_id": "po_1"}
NOT_SENT = (*BEFORE_TRANSFER, PaymentStatus.SENDING, PaymentStatus.UNKNOWN, PaymentStatus.ATTENTION)


@pytest.mark.parametrize("status", [status for status in PaymentStatus if status not in FINISHED])
def test_every_payment_that_is_not_finished_says_what_happens_next(client, arrange, status):
    signed_in(arrange, client)
    facts = {} if status in NOT_SENT else AT_THE_PROVIDER
    [reference] = queued(arrange, status=status, **facts)
    assert "What happens next:" in client.get(f"/staff/payments/{reference}").page.text


def test_a_finished_payment_has_nothing_to_come(client, arrange):
    signed_in(arrange, client)
    [reference] = queued(arrange, status=PaymentStatus.PAID, paid_at=AT, **AT_THE_PROVIDER)
    assert "What happens next:" not in client.get(f"/staff/payments/{reference}").page.text


def test_only_what_the_worker_moves_by_the_clock_names_the_time_of_its_next_step(client, arrange):
    signed_in(arrange, client)
    [waiting] = queued(arrange, status=PaymentStatus.ATTENTION)
    [moving] = queued(arrange, status=PaymentStatus.UNKNOWN)
    assert "Next step" not in client.get(f"/staff/payments/{waiting}").page.text
    assert "Next step" in client.get(f"/staff/payments/{moving}").page.text
