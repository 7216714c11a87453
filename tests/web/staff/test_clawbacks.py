"""Money asked back, as officers and providers see it."""

import io

import pytest

from tests.factories.cases import make_officer
from tests.factories.payments import make_payment
from tests.factories.scheme import AT, make_member
from tests.factories.work import PDF
from tests.page import text_of
from voucher.accounts.roles import Role
from voucher.claims.models import Claim
from voucher.claims.operations import CreditNote, enter_credit
from voucher.core import clock
from voucher.core.db import session
from voucher.integrations.storage.store import ContentStore
from voucher.payments.clawbacks.models import Clawback, ClawbackReason, ClawbackStatus
from voucher.payments.clawbacks.operations import deciding
from voucher.payments.clawbacks.operations.taking import take_up
from voucher.payments.models import Payment, PaymentStatus
from voucher.programmes.operations import budget
from voucher.providers.models import Provider

C = ClawbackStatus


@pytest.fixture
def officers(arrange):
    """A finance officer who asks and another who decides."""
    with arrange():
        people = make_officer(Role.FINANCE), make_officer(Role.FINANCE)
        for person in people:
            session.expunge(person)
    return people


def paid(arrange, status=PaymentStatus.PAID):
    """A payment whose money the provider has; its reference."""
    with arrange():
        payment = make_payment(
            stripe_account_id="acct_1",
            stripe_transfer_id="tr_1",
            stripe_payout_id="po_1",
            transferred_at=AT,
            paid_at=AT if status is PaymentStatus.PAID else None,
            status=status,
        )
        moved = {"round_id": payment.round_id, "provider_id": payment.provider_id}
        entry = {**moved, "pence": payment.amount_pence, "source": payment, "at": AT, "by": None}
        budget.record_transfer(**entry)
        if status is PaymentStatus.PAID:
            budget.record_payout(**entry, number=1)
        return payment.reference


def stored(app):
    with app.app_context():
        found = session.query(Clawback).one()
        session.expunge(found)
    return found


def asked(app, client, arrange, officers, status=PaymentStatus.PAID, pounds="100"):
    """A request by the first officer, made on the pages; its reference."""
    reference = paid(arrange, status)
    client.sign_in(officers[0])
    answer = request(client, reference, pence=pounds)
    assert "A second person decides" in answer.page.text
    return stored(app).reference


def request(client, payment, **typed):
    values = {"pence": "100", "reason": "not_delivered", "words": "Nothing was installed."}
    return client.submit(f"/staff/clawbacks/of/{payment}", values | typed)


def owed(app, client, arrange, officers):
    """The same, approved by the second officer, and owed because the provider has the money."""
    reference = asked(app, client, arrange, officers)
    with arrange():
        found = session.query(Clawback).one()
        at = found.next_step_at
        deciding.approve(clawback=found, by=officers[1].id, at=at)
        take_up(clawback_id=found.id, environment="test", at=at)
    assert stored(app).status is C.SHORTFALL
    return f"/staff/clawbacks/{reference}"


def test_nothing_is_asked_back_yet(client, officers):
    client.sign_in(officers[0])
    assert "No money is being asked back" in client.get("/staff/clawbacks/").page.text
    assert "No clawback fits" in client.get("/staff/clawbacks/?status=refused").page.text
    assert client.get("/staff/clawbacks/CLB-0000-0000").status_code == 404


def test_money_is_asked_back_on_the_page_of_its_payment(app, client, arrange, officers):
    payment = paid(arrange)
    client.sign_in(officers[0])
    page = client.get(f"/staff/payments/{payment}").page
    assert page.link("Ask for money back") == f"/staff/clawbacks/of/{payment}"
    assert "At most £900.00" in client.get(f"/staff/clawbacks/of/{payment}").page.text
    request(client, payment)
    found = stored(app)
    assert (found.pence, found.status) == (10_000, C.REQUESTED)
    assert found.reference in client.get(f"/staff/payments/{payment}").page.text
    listed = client.get("/staff/clawbacks/").page.text
    assert found.reference in listed
    assert "Waits for a second person" in listed


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("pence", ""),
        ("pence", "0"),
        ("pence", "900.01"),
        ("pence", "much"),
        ("reason", ""),
        ("words", "  "),
        ("words", "x" * 501),
    ],
)
def test_a_bad_answer_is_shown_at_its_field_and_changes_nothing(
    app, client, arrange, officers, field, value
):
    payment = paid(arrange)
    client.sign_in(officers[0])
    answer = request(client, payment, **{field: value})
    assert answer.status_code == 422
    assert len(answer.page.errors) == 1
    with app.app_context():
        assert session.query(Clawback).count() == 0


def test_nothing_is_asked_back_of_what_was_not_sent(client, arrange, officers):
    with arrange():
        reference = make_payment().reference
    client.sign_in(officers[0])
    assert client.get(f"/staff/clawbacks/of/{reference}").status_code == 409
    assert "Ask for money back" not in client.get(f"/staff/payments/{reference}").page.text


def test_a_colleague_approves_once(app, client, arrange, officers):
    address = f"/staff/clawbacks/{asked(app, client, arrange, officers)}"
    page = client.get(address).page
    assert "a colleague decides" in page.text
    assert "Approve" not in [text_of(button) for button in page.elements("button")]
    client.sign_in(officers[1])
    token = client.get(address).page.form("Approve")
    value = next(each.get("value") for each in token.iter("input"))
    answer = client.submit(address, button="Approve")
    assert "Approved. See below what happens next." in answer.page.text
    assert "The provider has this money already." in answer.page.text
    assert stored(app).status is C.APPROVED
    again = client.post(f"{address}/approve", data={"csrf_token": value})
    assert again.status_code == 409
    assert "decided already" in again.page.text


def test_what_is_at_stripe_still_is_taken_back(app, client, arrange, officers):
    reference = asked(app, client, arrange, officers, PaymentStatus.TRANSFERRED)
    client.sign_in(officers[1])
    answer = client.submit(f"/staff/clawbacks/{reference}", button="Approve")
    assert "The worker takes the money back" in answer.page.text
    assert "The provider has this money already." not in answer.page.text


def test_who_asked_can_not_approve_by_hand(app, client, arrange, officers):
    address = f"/staff/clawbacks/{asked(app, client, arrange, officers)}"
    token = client.get(address).page.form("Withdraw")
    value = next(each.get("value") for each in token.iter("input"))
    answer = client.post(f"{address}/approve", data={"csrf_token": value})
    assert answer.status_code == 403
    assert stored(app).status is C.REQUESTED


def test_a_colleague_refuses_with_words(app, client, arrange, officers):
    address = f"/staff/clawbacks/{asked(app, client, arrange, officers)}"
    client.sign_in(officers[1])
    assert client.submit(f"{address}/refuse", {"words": ""}).status_code == 422
    answer = client.submit(f"{address}/refuse", {"words": "It was done after all."})
    assert "It was done after all." in answer.page.text
    assert stored(app).status is C.REFUSED
    assert client.get(f"{address}/refuse").status_code == 409


def test_it_is_withdrawn(app, client, arrange, officers):
    address = f"/staff/clawbacks/{asked(app, client, arrange, officers)}"
    client.submit(address, button="Withdraw")
    assert stored(app).status is C.WITHDRAWN


def test_what_is_owed_is_set_off_or_chosen_again(app, client, arrange, officers):
    address = owed(app, client, arrange, officers)
    assert "Still owed £100.00" in client.get(address).page.text
    client.submit(address, button="Set off against the next payments")
    assert stored(app).status is C.NETTING
    client.submit(address, button="Choose another way")
    assert stored(app).status is C.SHORTFALL


def test_an_invoice_and_what_came_in_on_it(app, client, arrange, officers):
    address = owed(app, client, arrange, officers)
    past = {"number": "INV-7", "due_on-day": "1", "due_on-month": "1", "due_on-year": "2020"}
    assert client.submit(f"{address}/invoice", past).status_code == 422
    answer = client.submit(f"{address}/invoice", past | {"due_on-year": "2090"})
    assert "INV-7, payable by 1 January 2090" in answer.page.text
    today = clock.today()
    came = {
        "pence": "60",
        "received_on-day": str(today.day),
        "received_on-month": str(today.month),
        "received_on-year": str(today.year),
        "bank_reference": "REPAY 1",
    }
    assert client.submit(f"{address}/receive", came | {"pence": "100.01"}).status_code == 422
    answer = client.submit(f"{address}/receive", came)
    assert "Still owed £40.00" in answer.page.text
    twice = client.submit(f"{address}/receive", came | {"pence": "40"})
    assert len(twice.page.errors) == 1
    client.submit(f"{address}/receive", came | {"pence": "40", "bank_reference": "REPAY 2"})
    assert stored(app).status is C.RECOVERED
    assert client.get(f"{address}/receive").status_code == 409


def test_two_people_write_off(app, client, arrange, officers):
    address = owed(app, client, arrange, officers)
    client.submit(f"{address}/write-off", {"words": "The provider is gone."})
    assert "Agree to write it off" not in client.get(address).page.text
    client.sign_in(officers[1])
    answer = client.submit(address, button="Agree to write it off")
    assert "Written off £100.00" in answer.page.text
    assert stored(app).status is C.WRITTEN_OFF


def test_who_only_reads_sees_no_buttons(app, client, arrange, officers):
    reference = asked(app, client, arrange, officers)
    with arrange():
        auditor = make_officer(Role.AUDITOR)
        session.expunge(auditor)
    client.sign_in(auditor)
    page = client.get(f"/staff/clawbacks/{reference}").page
    assert not {"Approve", "Withdraw", "Refuse"} & {
        text_of(each) for each in page.elements("button", "a")
    }


def test_the_provider_sees_what_is_asked_back_once_it_is_approved(app, client, arrange, officers):
    reference = asked(app, client, arrange, officers)
    with arrange():
        provider = session.get(Provider, session.query(Clawback).one().provider_id)
        person = make_member(Role.PROVIDER, provider=provider)
        session.expunge(person)
    client.sign_in(person)
    assert reference not in client.get("/provider/money/").page.text
    with arrange():
        found = session.query(Clawback).one()
        deciding.approve(clawback=found, by=officers[1].id, at=found.requested_at)
        take_up(clawback_id=found.id, environment="test", at=found.next_step_at)
    text = client.get("/provider/money/").page.text
    for words in (reference, "The work was not delivered", "To be repaid", "£100.00"):
        assert words in text


def test_a_credit_note_after_payment_leads_to_asking_the_difference_back(
    app, client, arrange, officers
):
    store = app.extensions["settings"].data_dir / "files"
    reference = paid(arrange)
    with arrange():
        payment = session.query(Payment).filter_by(reference=reference).one()
        claim = session.get_one(Claim, payment.claim_id)
        worker = make_member(Role.PROVIDER, provider=session.get_one(Provider, claim.provider_id))
        note = CreditNote("CN-1", 60_000, "One session less.", io.BytesIO(PDF), "Credit note.pdf")
        made = enter_credit(
            claim=claim,
            credit=note,
            content_store=ContentStore(store),
            by=worker.id,
            at=clock.now(),
        )
        too_much = made.was_voucher_pence - made.voucher_pence
        page = f"/staff/claims/{claim.reference}"
    assert too_much == 30_000
    client.sign_in(officers[0])
    shown = client.get(page).page
    assert "£300.00 of the voucher’s part has been approved too much." in shown.text
    answer = client.submit(shown.link("Ask £300.00 back"), {"words": "Credit note CN-1."})
    assert "A second person decides" in answer.page.text
    found = stored(app)
    assert (found.pence, found.reason) == (too_much, ClawbackReason.CREDIT_NOTE)
    assert "Ask £300.00 back" not in client.get(page).page.text


@pytest.mark.parametrize("wild", ["pence=-1&reason=spite", "pence=9e9", f"pence={'9' * 40}"])
def test_a_wild_address_prefills_all_that_is_left(client, arrange, officers, wild):
    reference = paid(arrange)
    client.sign_in(officers[0])
    page = client.get(f"/staff/clawbacks/of/{reference}?{wild}").page
    (field,) = page.elements("input", name="pence")
    assert float(field.get("value").replace(",", "")) == 900
