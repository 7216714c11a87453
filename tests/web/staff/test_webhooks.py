"""Webhooks that failed too often: seen with why, tried again one by one."""

import pytest

from tests.factories.cases import make_officer
from tests.factories.payments import make_approved_claim, make_payment
from tests.factories.scheme import AT, make_round
from voucher.accounts.roles import Role
from voucher.core.db import session
from voucher.payments.models import InboxStatus, StripeEvent


def signed_in(arrange, client, role=Role.FINANCE):
    with arrange():
        person = make_officer(role)
        session.expunge(person)
    client.sign_in(person)


def dead(arrange, count=1):
    with arrange():
        for number in range(count):
            session.add(
                StripeEvent(
                    stripe_event_id=f"evt_{number}",
                    endpoint="connect",
                    event_type="payout.paid",
                    stripe_account_id="acct_1",
                    object_id="po_1",
                    status=InboxStatus.DEAD,
                    created_at=AT,
                    received_at=AT,
                    next_try_at=AT,
                    tries=8,
                    last_error="The account did not answer.",
                )
            )


def statuses(app):
    with app.app_context():
        return [row.status for row in session.query(StripeEvent).order_by(StripeEvent.id)]


def test_none_says_so(client, arrange):
    signed_in(arrange, client)
    assert "No webhook has failed" in client.get("/staff/money/webhooks/").page.text


def test_each_says_why_and_is_tried_again_alone(app, client, arrange):
    signed_in(arrange, client)
    dead(arrange, 2)
    page = client.get("/staff/money/webhooks/").page
    assert page.text.count("The account did not answer.") == 2
    client.submit("/staff/money/webhooks/", button="Try again evt_1")
    assert statuses(app) == [InboxStatus.DEAD, InboxStatus.NEW]
    client.submit("/staff/money/webhooks/", button="Try all again")
    assert statuses(app) == [InboxStatus.NEW, InboxStatus.NEW]


@pytest.mark.parametrize("role", [Role.AUDITOR, Role.APPROVER])
def test_others_read_only(client, arrange, role):
    signed_in(arrange, client, role)
    dead(arrange)
    assert "Try again" not in client.get("/staff/money/webhooks/").page.text


def test_the_list_of_payments_says_how_long_they_wait(client, arrange):
    signed_in(arrange, client)
    with arrange():
        round_ = make_round(name="Fictional spring round")
        make_payment(make_approved_claim(round_))
        make_payment(make_approved_claim(round_))
    text = client.get("/staff/payments/").page.text
    assert "Fictional spring round: 2 payments not finished, median" in text
    assert "2 late" in text
