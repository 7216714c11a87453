"""Money asked back, in a real browser: every page of it, for officers, provider and business."""

from datetime import timedelta

from tests.factories.cases import make_officer
from tests.factories.scheme import make_member
from tests.web.staff.test_clawbacks import paid
from voucher.accounts.roles import Role
from voucher.core.clock import london_date
from voucher.core.db import session
from voucher.payments.clawbacks.models import Clawback, ClawbackReason
from voucher.payments.clawbacks.operations import deciding, owing
from voucher.payments.clawbacks.operations.taking import take_up
from voucher.payments.models import Payment
from voucher.providers.models import Provider


def ask(payment, by, pence, at):
    """A request for part of a payment."""
    return deciding.request(
        payment=payment,
        pence=pence,
        reason=ClawbackReason.PARTLY_DELIVERED,
        words="Two of the four tills were never delivered, and the business has done without.",
        by=by,
        at=at,
    )


def stored(payment_reference, asker, agreer):
    """A request, one that is owed and one that is invoiced and paid in part; their references."""
    payment = session.query(Payment).filter_by(reference=payment_reference).one()
    at = payment.created_at + timedelta(days=2)
    waiting, owed, invoiced = (ask(payment, asker, pence, at) for pence in (5_000, 7_500, 20_000))
    for one in (owed, invoiced):
        deciding.approve(clawback=one, by=agreer, at=at, words="The business agrees.")
        take_up(clawback_id=one.id, environment="test", at=at)
    day = london_date(at)
    owing.invoice(
        clawback=invoiced, number="CLB-INV-7", due_on=day + timedelta(days=30), by=asker, at=at
    )
    owing.receive(
        clawback=invoiced,
        pence=8_000,
        received_on=day,
        bank_reference="TRAINING LTD REPAY",
        by=asker,
        at=at,
    )
    return [one.reference for one in (waiting, owed, invoiced)]


def test_every_page_of_money_asked_back(visitor, arrange):
    payment = paid(arrange)
    with arrange():
        asker, agreer = make_officer(Role.FINANCE), make_officer(Role.FINANCE)
        references = stored(payment, asker.id, agreer.id)
        provider = session.get(Provider, session.query(Clawback).first().provider_id)
        person = make_member(Role.PROVIDER, provider=provider)
        for each in (asker, agreer, person):
            session.expunge(each)
    visitor.sign_in(agreer)
    visitor.go(f"/staff/payments/{payment}").look("clawback-payment")
    visitor.go(f"/staff/clawbacks/of/{payment}").look("clawback-request")
    visitor.go("/staff/clawbacks/").look("clawback-list")
    for name, reference in zip(("waiting", "owed", "invoiced"), references, strict=True):
        visitor.go(f"/staff/clawbacks/{reference}").look(f"clawback-{name}")
    visitor.go(f"/staff/clawbacks/{references[0]}/refuse").look("clawback-refuse")
    visitor.go(f"/staff/clawbacks/{references[1]}/invoice").look("clawback-invoice")
    visitor.go(f"/staff/clawbacks/{references[1]}/write-off").look("clawback-write-off")
    visitor.go(f"/staff/clawbacks/{references[2]}/receive").look("clawback-receive")
    visitor.sign_in(person)
    visitor.go("/provider/money/").look("clawback-provider")
