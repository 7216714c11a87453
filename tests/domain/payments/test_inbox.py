"""Webhooks are hints: kept once, read once, never believed."""

import pytest
from sqlalchemy import select

from tests.factories.cases import make_officer
from tests.factories.scheme import AT
from voucher.core.db import transaction
from voucher.core.errors import Invalid
from voucher.ledger.models import AccountKind
from voucher.payments.jobs import inbox
from voucher.payments.jobs.inbox import read_inbox
from voucher.payments.models import InboxStatus, PaymentStatus, StripeEvent
from voucher.payments.operations.inbox import receive, revive


def body(kind="payout.paid", *, event="evt_1", object_id="po_1", account="acct_1", **changed):
    event_body = {
        "id": event,
        "type": kind,
        "account": account,
        "data": {"object": {"id": object_id, "object": kind.split(".")[0]}},
        "livemode": False,
        "created": int(AT.timestamp()),
    }
    return {**event_body, **changed}


def arrive(content, endpoint="connect"):
    with transaction():
        event = receive(endpoint=endpoint, body=content, livemode=False, at=AT)
        return event and event.id


def status_of(session, event_id):
    session.rollback()
    return session.get(StripeEvent, event_id).status


def test_an_event_is_kept_once(session):
    assert arrive(body()) is not None
    assert arrive(body()) is None
    assert len(session.execute(select(StripeEvent)).all()) == 1


def test_of_its_content_only_ids_are_kept(session):
    content = body("account.updated", object_id="acct_1")
    content["data"]["object"]["individual"] = {"first_name": "Fictional"}
    event_id = arrive(content)
    stored = session.get(StripeEvent, event_id)
    held = [str(getattr(stored, column.key)) for column in StripeEvent.__table__.columns]
    assert not any("Fictional" in value for value in held)


def test_the_other_mode_is_not_for_us(session):
    assert status_of(session, arrive(body(livemode=True))) is InboxStatus.IGNORED


@pytest.mark.parametrize(
    "content",
    [
        {},
        {"id": "evt_1", "object": "v2.core.event", "type": "v2.money"},
        body(event=None),
        body(data={"object": None}),
        body(created="yesterday"),
    ],
)
def test_what_is_no_event_of_ours_is_passed_over(session, content):
    assert arrive(content) is None


@pytest.mark.parametrize("event", ["e" * 81, "evt_\x00", "evt_é", "evt_\n1"])
def test_an_id_that_can_not_be_one_is_refused(session, event):
    with pytest.raises(Invalid):
        arrive(body(event=event))


def test_unknown_kinds_and_strange_objects_are_closed_as_not_for_us(world, session):
    ids = [
        arrive(body("invoice.paid", event="evt_1")),
        arrive(body("payout.paid", event="evt_2", object_id="po_of_somebody")),
        arrive(body("payout.paid", event="evt_3", account=None)),
        arrive(body("account.updated", event="evt_4", account="acct_of_somebody")),
        arrive(body("account.updated", event="evt_5", account=None)),
    ]
    assert read_inbox(world.stripe, world.at) == len(ids)
    assert {status_of(session, each) for each in ids} == {InboxStatus.IGNORED}


def payout_event(world, payment_id, kind="payout.paid", event="evt_1"):
    payment = world.payment(payment_id)
    return body(
        kind, event=event, object_id=payment.stripe_payout_id, account=payment.stripe_account_id
    )


def test_a_webhook_of_a_payout_moves_the_payment(world, session):
    payment_id = world.in_transit()
    world.bank_day()
    event_id = arrive(payout_event(world, payment_id))
    read_inbox(world.stripe, world.at)
    assert world.status(payment_id) is PaymentStatus.PAID
    assert status_of(session, event_id) is InboxStatus.DONE


def test_a_webhook_that_claims_more_than_stripe_knows_moves_nothing(world):
    payment_id = world.in_transit()
    arrive(payout_event(world, payment_id))
    read_inbox(world.stripe, world.at)
    assert world.status(payment_id) is PaymentStatus.IN_TRANSIT


def test_shuffled_and_repeated_webhooks_move_it_once(world):
    payment_id = world.in_transit()
    world.bank_day()
    for number, kind in enumerate(("payout.paid", "payout.created", "payout.updated")):
        arrive(payout_event(world, payment_id, kind, f"evt_{number}"))
    read_inbox(world.stripe, world.at)
    assert world.status(payment_id) is PaymentStatus.PAID


def test_a_webhook_before_the_answer_does_no_harm(world):
    payment_id = world.transferred()
    world.fault("malformed_after", path="/v1/payouts", times=3)
    world.pay_out()
    world.calm()
    account_id = world.account().stripe_account_id
    payout = world.stripe.find_payouts(account_id=account_id, created_since=AT)[0]
    arrive(body(object_id=payout.payout_id, account=account_id))
    read_inbox(world.stripe, world.at)
    assert world.status(payment_id) is PaymentStatus.PAYOUT_UNKNOWN
    world.later(minutes=1)
    world.pay_out()
    assert world.status(payment_id) in (PaymentStatus.IN_TRANSIT, PaymentStatus.PAID)


def test_a_webhook_of_an_account_reads_it_again(world):
    account_id = world.account().stripe_account_id
    world.emulator.control(f"accounts/{account_id}/standing", past_due=["external_account"])
    arrive(body("account.updated", account=account_id, object_id=account_id))
    read_inbox(world.stripe, world.at)
    assert not world.account().payable


def test_a_webhook_of_a_top_up_enters_it_once(world):
    before = world.books(AccountKind.CASH_AT_STRIPE)
    world.emulator.control("funds", amount=5_000)
    for number in (1, 2):
        content = body("topup.succeeded", event=f"evt_{number}", account=None, object_id="tu_1")
        arrive(content, "platform")
    read_inbox(world.stripe, world.at)
    assert world.books(AccountKind.CASH_AT_STRIPE) == before + 5_000


def test_a_failing_event_is_tried_eight_times_and_can_be_revived(world, session):
    account_id = world.account().stripe_account_id
    event_id = arrive(body("account.updated", account=account_id, object_id=account_id))
    world.fault("unavailable", path="/v1/accounts", method="GET", times=1000)
    tries = 0
    while status_of(session, event_id) is InboxStatus.NEW:
        tries += read_inbox(world.stripe, world.at)
        assert read_inbox(world.stripe, world.at) == 0
        world.later(hours=3)
    assert tries == 8
    assert status_of(session, event_id) is InboxStatus.DEAD
    world.calm()
    with transaction():
        assert revive(at=world.at, by=make_officer().id) == 1
    read_inbox(world.stripe, world.at)
    assert status_of(session, event_id) is InboxStatus.DONE


def test_a_crash_while_acting_leaves_the_event_to_be_read_again(world, session, monkeypatch):
    payment_id = world.in_transit()
    world.bank_day()
    event_id = arrive(payout_event(world, payment_id))
    with monkeypatch.context() as patch:
        patch.setattr("voucher.payments.jobs.inbox.finish", _crash)
        with pytest.raises(KeyboardInterrupt):
            read_inbox(world.stripe, world.at)
    assert status_of(session, event_id) is InboxStatus.NEW
    read_inbox(world.stripe, world.at)
    assert status_of(session, event_id) is InboxStatus.DONE
    assert world.status(payment_id) is PaymentStatus.PAID


def _crash(**_values):
    raise KeyboardInterrupt


def test_a_webhook_that_a_fault_of_ours_meets_keeps_none_behind_it_waiting(session, monkeypatch):
    poisoned, sound = arrive(body(event="evt_1")), arrive(body(event="evt_2", object_id="po_2"))

    def read(_stripe, _account_id, object_id, _at):
        if object_id == "po_1":
            raise KeyError("a fault of ours")
        return True

    monkeypatch.setattr(inbox, "ACTIONS", (("payout.", read),))
    read_inbox(None, AT)
    assert status_of(session, sound) is InboxStatus.DONE
    event = session.get(StripeEvent, poisoned)
    assert event.status is InboxStatus.NEW
    assert event.next_try_at > AT
    assert event.last_error == "A fault of this service: KeyError"
