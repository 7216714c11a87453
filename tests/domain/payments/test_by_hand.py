"""What was done by hand in Stripe's dashboard reaches an end.

A transfer by mistake comes back or is written off; a reversal of our own transfer is entered as
money that came back.
"""

from datetime import timedelta

import pytest
from sqlalchemy import select

from tests.domain.payments.test_clawback import Desk, spent, support
from tests.domain.payments.test_unexplained import agree, by_hand, officers, only, propose, undo
from tests.domain.payments.world import PENCE
from tests.together import at_once
from voucher.claims.models import ClaimStatus
from voucher.core.clock import london_date
from voucher.core.db import session, transaction
from voucher.core.errors import Conflict, Invalid, NotPermitted
from voucher.ledger.models import AccountKind
from voucher.payments.clawbacks import jobs
from voucher.payments.clawbacks.models import Clawback, ClawbackStatus
from voucher.payments.clawbacks.operations import deciding, owing
from voucher.payments.differences.models import MovementStatus, Outcome, UnexplainedMovement
from voucher.payments.differences.operations import unexplained as operations
from voucher.payments.jobs.inbox import read_inbox
from voucher.payments.jobs.reconciling import reconcile
from voucher.payments.jobs.replaying import fill_gaps
from voucher.payments.jobs.unexplained import notice_unexplained
from voucher.payments.models import PaymentStatus
from voucher.vouchers.models import VoucherStatus

A, C, P = AccountKind, ClawbackStatus, PaymentStatus
CASH = 1_000_000
MISTAKE = 500


@pytest.fixture
def desk(world):
    return Desk(world)


def only_clawback():
    session.rollback()
    return session.execute(select(Clawback)).scalar_one()


def explain(world, outcome, subject=""):
    """Two people agree what the first open movement was; their ids."""
    first, second = officers()
    propose(outcome, first, world.at, subject)
    agree(second, world.at)
    return first, second


def agrees(world):
    world.calm()
    return [one["kind"] for one in reconcile(world.stripe, world.at).differences] == []


def owed_by_mistake(world):
    """A transfer made by hand and by mistake, which two people say is owed; the clawback's id."""
    by_hand(world, MISTAKE)
    notice_unexplained(world.stripe, world.at)
    explain(world, Outcome.OWED)
    return only_clawback().id


def gone_from_the_account(world, pence=MISTAKE):
    world.stripe.create_payout(
        account_id=world.account().stripe_account_id,
        amount_pence=pence,
        metadata={},
        key="gone to the bank",
    )


# --- a transfer made by mistake -------------------------------------------------------------------


def test_what_a_provider_owes_by_mistake_is_asked_back_by_the_two_who_agreed(world):
    by_hand(world, MISTAKE)
    notice_unexplained(world.stripe, world.at)
    first, second = explain(world, Outcome.OWED)
    made = only_clawback()
    assert (made.status, made.pence, made.owed_pence) == (C.APPROVED, MISTAKE, 0)
    assert (made.requested_by_id, made.decided_by_id) == (first, second)
    assert (made.payment_id, made.round_id, made.movement_id) == (None, None, only().id)
    assert world.books(A.RECOVERABLE) == MISTAKE
    assert agrees(world)


def test_while_it_lies_in_the_account_it_is_reversed(world, desk):
    world.transferred()
    clawback_id = owed_by_mistake(world)
    assert desk.work() == 1
    assert desk.status(clawback_id) is C.REVERSED
    assert world.books(A.RECOVERABLE) == 0
    assert world.books(A.CASH_AT_STRIPE) == CASH - PENCE
    assert spent(world) == PENCE
    assert agrees(world)


def test_a_lost_answer_reverses_it_once(world, desk):
    made = by_hand(world, MISTAKE)
    notice_unexplained(world.stripe, world.at)
    explain(world, Outcome.OWED)
    world.fault("dropped_after", path=f"/v1/transfers/{made.transfer_id}/reversals", times=3)
    desk.work()
    clawback_id = only_clawback().id
    assert desk.status(clawback_id) is C.UNKNOWN
    assert notice_unexplained(world.stripe, world.at) == 0
    world.calm()
    world.later(minutes=1)
    desk.work()
    assert desk.status(clawback_id) is C.REVERSED
    listed = world.stripe.list_reversals(transfer_id=made.transfer_id)
    assert [one.amount_pence for one in listed] == [MISTAKE]
    assert agrees(world)


def test_gone_to_the_bank_it_is_set_off_against_the_next_payment(world, desk):
    by_hand(world, MISTAKE)
    gone_from_the_account(world)
    notice_unexplained(world.stripe, world.at)
    explain(world, Outcome.OWED)
    clawback_id = only_clawback().id
    desk.work()
    assert desk.status(clawback_id) is C.SHORTFALL
    assert world.books(A.RECOVERABLE) == MISTAKE
    assert agrees(world)
    desk.do(owing.net_off, clawback_id)
    payment_id = world.queue()
    assert world.send() == 0
    assert jobs.set_off_debts(world.at) == MISTAKE
    world.send()
    assert [one.amount_pence for one in world.transfers(payment_id)] == [PENCE - MISTAKE]
    assert desk.status(clawback_id) is C.RECOVERED
    assert world.books(A.RECOVERABLE) == 0
    assert spent(world) == PENCE
    assert agrees(world)


def test_it_is_invoiced_and_repaid_without_touching_a_budget(world, desk):
    by_hand(world, MISTAKE)
    gone_from_the_account(world)
    notice_unexplained(world.stripe, world.at)
    explain(world, Outcome.OWED)
    clawback_id = only_clawback().id
    desk.work()
    before, today = world.books(A.GRANT_DUE), london_date(world.at)
    due_on = today + timedelta(days=30)
    desk.do(owing.invoice, clawback_id, number="INV-9", due_on=due_on)
    desk.do(
        owing.receive, clawback_id, pence=MISTAKE, received_on=today, bank_reference="back again"
    )
    assert desk.status(clawback_id) is C.RECOVERED
    assert world.books(A.RECOVERABLE) == 0
    assert world.books(A.GRANT_DUE) == before + MISTAKE
    assert spent(world) == 0


def test_it_is_written_off_by_two_people(world, desk):
    by_hand(world, MISTAKE)
    gone_from_the_account(world)
    notice_unexplained(world.stripe, world.at)
    explain(world, Outcome.OWED)
    clawback_id = only_clawback().id
    desk.work()
    desk.do(owing.ask_write_off, clawback_id, by=desk.asker, words="The provider is gone.")
    with pytest.raises(NotPermitted):
        desk.do(owing.write_off, clawback_id, by=desk.asker)
    desk.do(owing.write_off, clawback_id)
    assert world.books(A.RECOVERABLE) == 0
    assert world.books(A.WRITTEN_OFF) == MISTAKE
    assert agrees(world)


def test_what_stands_in_the_books_as_owed_is_never_just_dropped(world, desk):
    clawback_id = owed_by_mistake(world)
    with pytest.raises(Conflict):
        desk.do(deciding.withdraw, clawback_id)


def test_undone_in_the_dashboard_after_all_it_is_entered_as_come_back(world, desk):
    made = by_hand(world, MISTAKE)
    notice_unexplained(world.stripe, world.at)
    explain(world, Outcome.OWED)
    undo(world, made)
    desk.work()
    clawback_id = only_clawback().id
    assert desk.status(clawback_id) is C.SHORTFALL
    assert notice_unexplained(world.stripe, world.at) == 1
    first, second = officers()
    row_id = only(MovementStatus.OPEN).id
    with transaction():
        row = session.get_one(UnexplainedMovement, row_id)
        operations.propose(
            movement=row, outcome=Outcome.TAKEN_BACK, note="Seen.", by=first, at=world.at
        )
    with transaction():
        row = session.get_one(UnexplainedMovement, row_id)
        operations.agree(movement=row, by=second, at=world.at)
    assert desk.status(clawback_id) is C.RECOVERED
    assert world.books(A.RECOVERABLE) == 0
    assert world.books(A.SUSPENSE) == 0
    assert world.books(A.CASH_AT_STRIPE) == CASH
    assert agrees(world)


# --- our own transfer undone ----------------------------------------------------------------------


def undone(world, payment_id, pence=PENCE):
    """Our own transfer is taken back in the dashboard, and the comparison sees it."""
    transfer_id = world.payment(payment_id).stripe_transfer_id
    world.stripe.reverse_transfer(
        transfer_id=transfer_id, amount_pence=pence, metadata={}, key="in the dashboard"
    )
    found = reconcile(world.stripe, world.at)
    assert [one["kind"] for one in found.differences] == ["suspense"]
    row = only()
    assert (row.undid_transfer_id, row.net_pence) == (transfer_id, pence)
    assert row.stripe_account_id == world.account().stripe_account_id


def test_our_transfer_undone_by_hand_is_entered_everywhere(world):
    payment_id = world.transferred()
    undone(world, payment_id)
    first, second = explain(world, Outcome.TAKEN_BACK)
    made = only_clawback()
    assert (made.status, made.pence, made.payment_id) == (C.REVERSED, PENCE, payment_id)
    assert (made.requested_by_id, made.decided_by_id) == (first, second)
    assert world.status(payment_id) is P.REVERSED
    assert world.claim_of(payment_id).status is ClaimStatus.REJECTED
    assert world.voucher_of(payment_id).status is VoucherStatus.CANCELLED
    assert spent(world) == 0
    assert world.books(A.AT_PROVIDER) == 0
    assert world.books(A.SUSPENSE) == 0
    assert world.books(A.CASH_AT_STRIPE) == CASH
    assert agrees(world)


def test_of_a_part_undone_the_rest_is_paid_out(world):
    payment_id = world.transferred()
    undone(world, payment_id, 30_000)
    world.pay_out()
    assert world.status(payment_id) is P.TRANSFERRED
    assert "by hand" in world.payment(payment_id).status_note
    explain(world, Outcome.TAKEN_BACK)
    world.pay_out()
    world.bank_day()
    world.follow()
    assert world.status(payment_id) is P.PAID
    assert world.books(A.SETTLED) == PENCE - 30_000
    assert spent(world) == PENCE - 30_000
    assert support(world, payment_id).redeemed_pence == PENCE - 30_000
    assert agrees(world)


def test_a_webhook_has_it_seen_at_once(world):
    payment_id = world.transferred()
    fill_gaps(world.stripe, world.at)
    read_inbox(world.stripe, world.at)
    assert only() is None
    world.stripe.reverse_transfer(
        transfer_id=world.payment(payment_id).stripe_transfer_id,
        amount_pence=1,
        metadata={},
        key="in the dashboard",
    )
    fill_gaps(world.stripe, world.at)
    read_inbox(world.stripe, world.at)
    assert only().net_pence == 1
    assert world.books(A.SUSPENSE) == 1


def test_gone_to_the_bank_it_took_other_money_and_is_put_back(world):
    paid = world.paid()
    world.transferred()
    undone(world, paid)
    with pytest.raises(Invalid, match="other claims"):
        propose(Outcome.TAKEN_BACK, officers(1)[0], world.at)
    by_hand(world, PENCE)
    notice_unexplained(world.stripe, world.at)
    rows = session.execute(select(UnexplainedMovement)).scalars().all()
    explain(world, Outcome.RETURNED, rows[1].reference)
    assert world.status(paid) is P.PAID
    assert agrees(world)


@pytest.mark.parametrize("outcome", [Outcome.FUNDER, Outcome.FEE])
def test_it_is_neither_the_funder_s_money_nor_a_fee(world, outcome):
    undone(world, world.transferred())
    with pytest.raises(Invalid, match="one of our payments"):
        propose(outcome, officers(1)[0], world.at)


def test_more_than_is_left_to_come_back_is_refused_until_a_clawback_is_withdrawn(world, desk):
    payment_id = world.transferred()
    asked = desk.ask(payment_id, 1)
    undone(world, payment_id)
    first, second = officers()
    with pytest.raises(Invalid, match="withdraw"):
        propose(Outcome.TAKEN_BACK, first, world.at)
    desk.do(deciding.withdraw, asked)
    propose(Outcome.TAKEN_BACK, first, world.at)
    agree(second, world.at)
    assert world.status(payment_id) is P.REVERSED


def test_what_undid_nothing_of_ours_is_not_taken_back(world):
    by_hand(world)
    notice_unexplained(world.stripe, world.at)
    with pytest.raises(Invalid, match="money of ours"):
        propose(Outcome.TAKEN_BACK, officers(1)[0], world.at)


def test_one_person_alone_enters_nothing(world):
    payment_id = world.transferred()
    undone(world, payment_id)
    (first,) = officers(1)
    propose(Outcome.TAKEN_BACK, first, world.at)
    with pytest.raises(NotPermitted):
        agree(first, world.at)
    assert world.status(payment_id) is P.TRANSFERRED


def test_two_who_agree_at_once_enter_it_once(world, app):
    payment_id = world.transferred()
    undone(world, payment_id)
    first, second, third = officers(3)
    propose(Outcome.TAKEN_BACK, first, world.at)
    row_id = only().id
    session.rollback()

    def agree_by(by):
        row = session.get_one(UnexplainedMovement, row_id)
        operations.agree(movement=row, by=by, at=world.at)

    answers = at_once(app, lambda: agree_by(second), lambda: agree_by(third))
    assert sorted(isinstance(one, Conflict) for one in answers) == [False, True]
    assert only_clawback().status is C.REVERSED
    assert spent(world) == 0
    assert agrees(world)
