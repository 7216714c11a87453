"""What was done by hand at Stripe, entered in an order that nobody meant."""

import pytest
from sqlalchemy import select

from tests.domain.payments.test_by_hand import C, agrees, only_clawback
from tests.domain.payments.test_clawback import Desk
from tests.domain.payments.test_unexplained import (
    agree,
    by_hand,
    officers,
    propose,
    reference_of,
    undo,
)
from tests.domain.payments.world import PENCE
from voucher.accounts.models import Membership
from voucher.accounts.roles import Role
from voucher.core.db import session, transaction
from voucher.core.errors import Invalid, NotPermitted
from voucher.payments.differences.models import Outcome, UnexplainedMovement
from voucher.payments.differences.operations import unexplained as operations
from voucher.payments.jobs.unexplained import notice_unexplained
from voucher.payments.models import PaymentStatus

P = PaymentStatus


@pytest.fixture
def desk(world):
    return Desk(world)


def movements():
    session.rollback()
    query = select(UnexplainedMovement).order_by(UnexplainedMovement.id)
    return session.execute(query).scalars().all()


def put(world, number, outcome, by, subject=""):
    """Say what movement `number` was."""
    row_id = movements()[number].id
    with transaction():
        row = session.get_one(UnexplainedMovement, row_id)
        operations.propose(
            movement=row, outcome=outcome, note="Seen.", by=by, at=world.at, subject=subject
        )


def accept(world, number, by):
    row_id = movements()[number].id
    with transaction():
        row = session.get_one(UnexplainedMovement, row_id)
        operations.agree(movement=row, by=by, at=world.at)


@pytest.mark.parametrize("outcome", [Outcome.FUNDER, Outcome.FEE])
def test_a_reversal_is_explained_by_what_it_took_back(world, outcome):
    payment_id = world.queue()
    made = by_hand(world, PENCE)
    undo(world, made)
    notice_unexplained(world.stripe, world.at)
    first, second = officers()
    with pytest.raises(Invalid, match="say first what the transfer was"):
        put(world, 1, outcome, first)
    put(world, 0, Outcome.MATCHED, first, reference_of(payment_id))
    accept(world, 0, second)
    assert world.status(payment_id) is P.TRANSFERRED
    with pytest.raises(Invalid, match="one of our payments"):
        put(world, 1, outcome, first)
    world.pay_out()
    assert world.status(payment_id) is P.TRANSFERRED
    assert "by hand" in world.payment(payment_id).status_note


@pytest.mark.parametrize("outcome", [Outcome.FUNDER, Outcome.FEE])
def test_a_debt_undone_by_hand_is_not_entered_as_something_else_and_asked_again(
    world, desk, outcome
):
    made = by_hand(world, 500)
    notice_unexplained(world.stripe, world.at)
    first, second = officers()
    propose(Outcome.OWED, first, world.at)
    agree(second, world.at)
    undo(world, made)
    desk.work()
    assert desk.status(only_clawback().id) is C.SHORTFALL
    notice_unexplained(world.stripe, world.at)
    with pytest.raises(Invalid, match="CLB"):
        put(world, 1, outcome, first)
    put(world, 1, Outcome.TAKEN_BACK, first)
    accept(world, 1, second)
    assert desk.status(only_clawback().id) is C.RECOVERED
    assert agrees(world)


def test_a_payout_that_never_arrived_is_not_sent_once_its_money_was_taken_back(world):
    payment_id = world.transferred()
    world.fault("dropped_before", path="/v1/payouts", times=3)
    world.pay_out()
    world.calm()
    assert world.status(payment_id) is P.PAYOUT_UNKNOWN
    transfer_id = world.payment(payment_id).stripe_transfer_id
    # Of other claims: Stripe would take the payout from it.
    by_hand(world, PENCE)
    world.stripe.reverse_transfer(
        transfer_id=transfer_id, amount_pence=PENCE, metadata={}, key="in the dashboard"
    )
    notice_unexplained(world.stripe, world.at)
    for _ in range(4):
        world.later(minutes=30)
        world.pay_out()
    assert world.status(payment_id) is P.PAYOUT_UNKNOWN
    world.later(hours=26)
    world.pay_out()
    world.later(minutes=30)
    world.pay_out()
    assert world.status(payment_id) is P.TRANSFERRED
    assert "by hand" in world.payment(payment_id).status_note


def test_a_payout_that_never_arrived_is_not_sent_while_its_money_is_asked_back(world, desk):
    payment_id = world.transferred()
    world.fault("dropped_before", path="/v1/payouts", times=3)
    world.pay_out()
    world.calm()
    desk.ask(payment_id, PENCE)
    for _ in range(4):
        world.later(minutes=30)
        world.pay_out()
    assert world.status(payment_id) is P.PAYOUT_UNKNOWN


def test_nobody_says_what_a_transfer_to_their_own_provider_was(world):
    outcome = Outcome.OWED
    by_hand(world, 500)
    notice_unexplained(world.stripe, world.at)
    (own, other) = officers()
    with transaction():
        session.add(
            Membership(
                user_id=own,
                role=Role.PROVIDER,
                provider_id=world.provider_id,
                joined_at=world.at,
            )
        )
    with pytest.raises(NotPermitted):
        propose(outcome, own, world.at)
    propose(outcome, other, world.at)
    with pytest.raises(NotPermitted):
        agree(own, world.at)
