"""What is entered when answers come late, twice, or not as ordered. Stripe is not asked here."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date, timedelta
from threading import Barrier

import pytest

from tests.factories.payments import make_payment
from tests.factories.scheme import AT
from voucher.core.db import transaction
from voucher.core.errors import NotFound
from voucher.integrations.stripe.answers import PayoutState, TransferMade
from voucher.ledger.models import AccountKind
from voucher.ledger.queries import total
from voucher.payments.models import Payment, PaymentAttempt
from voucher.payments.models import PaymentStatus as P
from voucher.payments.operations.entering import (
    enter_absent,
    enter_mismatch,
    enter_payout,
    enter_refusal,
    enter_transfer,
    enter_unknown,
)
from voucher.payments.operations.following import follow
from voucher.payments.operations.queueing import release, release_funded
from voucher.payments.operations.taking import take_up_payout, take_up_transfer

LATER = AT + timedelta(minutes=6)


def taken(at=AT, payment=None):
    payment = payment or make_payment()
    return payment, take_up_transfer(payment_id=payment.id, environment="test", at=at)


def transfer(order, **changed):
    made = TransferMade(
        transfer_id="tr_1",
        amount_pence=order.amount_pence,
        amount_reversed_pence=0,
        destination=order.account_id,
        transfer_group=order.group,
        metadata=order.metadata,
        balance_transaction_id="txn_1",
        created_at=AT,
    )
    return replace(made, **changed)


def payout(order, status="pending", **changed):
    made = PayoutState(
        payout_id="po_1",
        status=status,
        arrival_on=date(2026, 6, 16),
        failure_code=None,
        amount_pence=order.amount_pence,
        metadata=order.metadata,
        created_at=AT,
    )
    return replace(made, **changed)


def paying_out():
    payment, order = taken()
    enter_transfer(order=order, made=[transfer(order)], at=AT)
    asked = {"payment_id": payment.id, "environment": "test", "cooling_days": 3}
    return payment, take_up_payout(**asked, at=AT)


def test_the_same_answer_twice_is_entered_once(session):
    payment, order = taken()
    for _ in range(2):
        enter_transfer(order=order, made=[transfer(order)], at=AT)
    assert payment.status is P.TRANSFERRED
    assert total(AccountKind.AT_PROVIDER) == order.amount_pence


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"amount_pence": 1}, "amount"),
        ({"destination": "acct_other"}, "another account"),
        ({"metadata": {}}, "not from here"),
        ({"amount_reversed_pence": 5}, "reversed"),
    ],
)
def test_a_transfer_that_is_not_as_ordered_needs_a_person(session, changed, words):
    payment, order = taken()
    enter_transfer(order=order, made=[transfer(order, **changed)], at=AT)
    assert payment.status is P.ATTENTION
    assert words in payment.status_note
    assert total(AccountKind.AT_PROVIDER) == 0


def test_two_transfers_for_one_claim_need_a_person(session):
    payment, order = taken()
    made = [transfer(order), transfer(order, transfer_id="tr_2")]
    enter_transfer(order=order, made=made, at=AT)
    assert payment.status is P.ATTENTION
    assert "tr_1, tr_2" in payment.status_note


def test_a_second_transfer_after_the_first_was_entered_needs_a_person(session):
    payment, order = taken()
    enter_transfer(order=order, made=[transfer(order)], at=AT)
    enter_transfer(order=order, made=[transfer(order, transfer_id="tr_2")], at=AT)
    assert payment.status is P.ATTENTION
    assert payment.stripe_transfer_id == "tr_1"


def test_success_after_a_refusal_was_entered_needs_a_person(session):
    payment, order = taken()
    enter_refusal(order=order, code="balance_insufficient", message="No funds", at=AT)
    assert payment.status is P.BLOCKED_FUNDS
    enter_transfer(order=order, made=[transfer(order)], at=AT)
    assert payment.status is P.ATTENTION
    assert "given up" in payment.status_note


def test_a_slow_worker_learns_nothing_new_about_an_attempt_taken_over(session):
    payment, slow = taken()
    _, fast = taken(LATER, payment)
    assert (slow.try_number, fast.try_number) == (1, 2)
    assert slow.key == fast.key
    enter_unknown(order=slow, words="time-out", at=LATER)
    enter_refusal(order=slow, code="balance_insufficient", message="", at=LATER)
    enter_mismatch(order=slow, at=LATER)
    enter_absent(order=slow, at=LATER)
    assert payment.status is P.SENDING
    assert session.get(PaymentAttempt, fast.attempt_id).outcome is None
    enter_transfer(order=slow, made=[transfer(slow)], at=LATER)
    enter_transfer(order=fast, made=[transfer(fast)], at=LATER)
    assert payment.status is P.TRANSFERRED


def test_an_unexpected_refusal_needs_a_person(session):
    payment, order = taken()
    enter_refusal(order=order, code="", message="Amount must be at least £0.30.", at=AT)
    assert payment.status is P.ATTENTION
    assert "at least" in payment.status_note
    assert session.get(PaymentAttempt, order.attempt_id).error_code == "rejected"


def test_an_order_without_its_attempt_is_refused(session):
    _, order = taken()
    with pytest.raises(NotFound):
        enter_unknown(order=replace(order, attempt_id=0), words="", at=AT)


def test_a_payout_is_entered_once(session):
    payment, order = paying_out()
    for _ in range(2):
        enter_payout(order=order, made=[payout(order)], at=AT)
    assert payment.status is P.IN_TRANSIT


def test_a_payout_that_is_not_as_ordered_needs_a_person(session):
    payment, order = paying_out()
    enter_payout(order=order, made=[payout(order, amount_pence=1)], at=AT)
    assert payment.status is P.ATTENTION


def test_a_second_payout_is_shown_though_the_status_can_not_change(session):
    payment, order = paying_out()
    enter_payout(order=order, made=[payout(order)], at=AT)
    enter_payout(order=order, made=[payout(order, payout_id="po_2")], at=AT)
    assert payment.status is P.IN_TRANSIT
    assert "po_2" in payment.status_note


def test_an_unexpected_refusal_of_a_payout_needs_a_person(session):
    payment, order = paying_out()
    enter_refusal(order=order, code="parameter_invalid", message="No", at=AT)
    assert payment.status is P.ATTENTION


def test_a_key_of_a_payout_used_for_something_else_freezes_it(session):
    payment, order = paying_out()
    enter_mismatch(order=order, at=AT)
    assert payment.status is P.ATTENTION


def test_another_payout_than_the_newest_moves_nothing(session):
    payment, order = paying_out()
    enter_payout(order=order, made=[payout(order)], at=AT)
    follow(payment_id=payment.id, payout=payout(order, "paid", payout_id="po_old"), at=AT)
    assert payment.status is P.IN_TRANSIT


def test_news_of_a_payout_that_came_back_already_moves_nothing(session):
    payment, order = paying_out()
    enter_payout(order=order, made=[payout(order, "failed")], at=AT)
    assert payment.status is P.PAYOUT_FAILED
    follow(payment_id=payment.id, payout=payout(order, "paid"), at=AT)
    follow(payment_id=payment.id, payout=payout(order, "failed"), at=AT)
    assert payment.status is P.PAYOUT_FAILED


def test_what_moved_on_meanwhile_is_not_taken_up_or_released(session):
    payment, order = paying_out()
    asked = {"payment_id": payment.id, "environment": "test", "at": LATER}
    assert take_up_transfer(**asked) is None
    enter_payout(order=order, made=[payout(order)], at=AT)
    assert take_up_payout(**asked, cooling_days=3) is None
    assert not release(payment_id=payment.id, at=LATER)
    assert not release_funded(payment_id=payment.id, at=LATER)


def test_of_eight_workers_one_takes_the_payment_up(app, session):
    with transaction():
        payment_id = make_payment().id
    together = Barrier(8)

    def work(_number):
        with app.app_context():
            together.wait()
            with transaction():
                return take_up_transfer(payment_id=payment_id, environment="test", at=AT)

    with ThreadPoolExecutor(8) as pool:
        orders = [order for order in pool.map(work, range(8)) if order]
    assert len(orders) == 1
    assert session.get(Payment, payment_id).status is P.SENDING
