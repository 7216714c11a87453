"""What moved at Stripe and was not ours: into suspense once, out of it by two people."""

import pytest
from sqlalchemy import select

from tests.domain.payments.world import PENCE
from tests.factories.cases import make_officer
from tests.together import at_once
from voucher.accounts.roles import Role
from voucher.audit.models import AuditEvent
from voucher.core.db import session, transaction
from voucher.core.errors import Conflict, Invalid, NotPermitted
from voucher.ledger.models import AccountKind
from voucher.payments.differences.models import (
    BookDifference,
    DifferenceStatus,
    MovementStatus,
    MovementWord,
    Outcome,
    UnexplainedMovement,
)
from voucher.payments.differences.operations import unexplained as operations
from voucher.payments.differences.queries import outcomes_fitting, sayings_about
from voucher.payments.jobs.reconciling import reconcile
from voucher.payments.jobs.unexplained import notice_unexplained
from voucher.payments.models import Payment, PaymentStatus
from voucher.payments.queries.work import account_of


def by_hand(world, pence=500, key="by hand", account_id=None):
    """A transfer made in Stripe's dashboard."""
    return world.stripe.create_transfer(
        amount_pence=pence,
        destination=account_id or world.account().stripe_account_id,
        transfer_group=key,
        metadata={},
        key=key,
    )


def undo(world, transfer, key="undone"):
    """The same undone there."""
    return world.stripe.reverse_transfer(
        transfer_id=transfer.transfer_id, amount_pence=transfer.amount_pence, metadata={}, key=key
    )


def officers(count=2):
    with transaction():
        return [make_officer(Role.FINANCE).id for _ in range(count)]


def only(status=None):
    session.rollback()
    query = select(UnexplainedMovement).order_by(UnexplainedMovement.id)
    if status:
        query = query.where(UnexplainedMovement.status == status)
    return session.execute(query).scalars().first()


def propose(outcome, by, at, subject="", note="Seen in the dashboard."):
    with transaction():
        operations.propose(
            movement=only(), outcome=outcome, note=note, by=by, at=at, subject=subject
        )


def agree(by, at):
    with transaction():
        operations.agree(movement=only(), by=by, at=at)


def reference_of(payment_id):
    session.rollback()
    return session.get(Payment, payment_id).reference


def test_fault_22_a_transfer_by_hand_lies_in_suspense_once_and_is_told(world):
    made = by_hand(world)
    assert notice_unexplained(world.stripe, world.at) == 1
    assert notice_unexplained(world.stripe, world.at) == 0
    row = only()
    assert (row.stripe_id, row.net_pence, row.kind) == (made.transfer_id, -500, "transfer")
    assert row.stripe_account_id == world.account().stripe_account_id
    assert world.books(AccountKind.SUSPENSE) == -500
    assert world.books(AccountKind.CASH_AT_STRIPE) == 1_000_000 - 500
    told = session.execute(select(AuditEvent).where(AuditEvent.action == "suspense.noticed"))
    assert len(told.all()) == 1


def test_what_is_ours_is_left_alone(world):
    world.paid()
    world.transferred()
    world.emulator.control("funds", amount=777)
    assert notice_unexplained(world.stripe, world.at) == 0
    reconcile(world.stripe, world.at)
    assert only() is None


def test_a_transfer_whose_answer_was_lost_is_left_to_its_payment(world):
    payment_id = world.queue()
    world.fault("dropped_after", times=3)
    world.send()
    assert notice_unexplained(world.stripe, world.at) == 0
    world.later(minutes=10)
    world.send()
    assert world.status(payment_id) is PaymentStatus.TRANSFERRED


def test_it_is_a_difference_until_two_people_say_what_it_was(world):
    world.transferred()
    by_hand(world)
    found = reconcile(world.stripe, world.at)
    assert [one["kind"] for one in found.differences] == ["suspense"]
    first, second = officers()
    propose(Outcome.OWED, first, world.at)
    assert not reconcile(world.stripe, world.at).agrees
    agree(second, world.at)
    assert reconcile(world.stripe, world.at).agrees
    assert world.books(AccountKind.RECOVERABLE) == 500
    assert world.books(AccountKind.SUSPENSE) == 0
    item = session.execute(select(BookDifference)).scalar_one()
    assert item.status is DifferenceStatus.CLEARED


def test_matched_to_a_payment_it_pays_that_claim_and_nothing_is_sent_again(world):
    payment_id = world.queue()
    made = by_hand(world, PENCE)
    reconcile(world.stripe, world.at)
    first, second = officers()
    propose(Outcome.MATCHED, first, world.at, reference_of(payment_id))
    agree(second, world.at)
    assert world.status(payment_id) is PaymentStatus.TRANSFERRED
    assert world.payment(payment_id).stripe_transfer_id == made.transfer_id
    assert world.books(AccountKind.SUSPENSE) == 0
    assert world.books(AccountKind.AT_PROVIDER) == PENCE
    assert world.send() == 0
    assert reconcile(world.stripe, world.at).agrees
    world.pay_out()
    world.bank_day()
    world.follow()
    assert world.status(payment_id) is PaymentStatus.PAID
    assert reconcile(world.stripe, world.at).agrees


@pytest.mark.parametrize("pence", [PENCE - 1, PENCE + 1])
def test_another_amount_is_not_matched(world, pence):
    payment_id = world.queue()
    by_hand(world, pence)
    notice_unexplained(world.stripe, world.at)
    (first,) = officers(1)
    with pytest.raises(Invalid, match="amounts"):
        propose(Outcome.MATCHED, first, world.at, reference_of(payment_id))


def test_another_provider_s_transfer_is_not_matched(world):
    payment_id = world.queue(world.add_provider())
    by_hand(world, PENCE)
    notice_unexplained(world.stripe, world.at)
    (first,) = officers(1)
    with pytest.raises(Invalid, match="another provider"):
        propose(Outcome.MATCHED, first, world.at, reference_of(payment_id))


def test_a_payment_that_was_sent_meanwhile_is_not_matched(world):
    payment_id = world.queue()
    by_hand(world, PENCE)
    notice_unexplained(world.stripe, world.at)
    first, second = officers()
    propose(Outcome.MATCHED, first, world.at, reference_of(payment_id))
    world.send()
    with pytest.raises(Invalid, match="its own transfer"):
        agree(second, world.at)
    assert only().status is MovementStatus.PROPOSED
    assert world.books(AccountKind.SUSPENSE) == -PENCE


def test_returned_both_movements_are_cleared_and_nothing_is_entered(world):
    undo(world, by_hand(world))
    assert notice_unexplained(world.stripe, world.at) == 2
    assert world.books(AccountKind.SUSPENSE) == 0
    rows = session.execute(select(UnexplainedMovement)).scalars().all()
    assert {row.stripe_account_id for row in rows} == {world.account().stripe_account_id}
    first, second = officers()
    propose(Outcome.RETURNED, first, world.at, rows[1].reference)
    agree(second, world.at)
    session.rollback()
    rows = session.execute(select(UnexplainedMovement)).scalars().all()
    assert {row.status for row in rows} == {MovementStatus.CLEARED}
    assert reconcile(world.stripe, world.at).agrees


def test_movements_that_do_not_come_to_nothing_are_not_returned(world):
    by_hand(world)
    by_hand(world, 400, "another")
    notice_unexplained(world.stripe, world.at)
    rows = session.execute(select(UnexplainedMovement)).scalars().all()
    (first,) = officers(1)
    with pytest.raises(Invalid, match="come to nothing"):
        propose(Outcome.RETURNED, first, world.at, rows[1].reference)


def moved(world, kind):
    """A movement of £5 out that Stripe made."""
    world.emulator.control("movements", amount=-500, kind=kind)
    assert notice_unexplained(world.stripe, world.at) == 1


@pytest.mark.parametrize(
    ("movement", "outcome", "kind"),
    [
        ("payout", Outcome.FUNDER, AccountKind.GRANT_DUE),
        ("stripe_fee", Outcome.FEE, AccountKind.FEES),
    ],
)
def test_other_outcomes_are_entered_where_they_belong(world, movement, outcome, kind):
    moved(world, movement)
    before = world.books(kind)
    first, second = officers()
    propose(outcome, first, world.at)
    agree(second, world.at)
    assert world.books(kind) - before == 500
    assert world.books(AccountKind.SUSPENSE) == 0


@pytest.mark.parametrize("outcome", [Outcome.FEE, Outcome.FUNDER])
def test_money_that_a_provider_has_is_no_fee_and_not_the_funder_s(world, outcome):
    by_hand(world)
    notice_unexplained(world.stripe, world.at)
    with pytest.raises(Invalid, match="the provider owes it back") as refused:
        propose(outcome, officers(1)[0], world.at)
    assert refused.value.field == "outcome"
    assert outcomes_fitting(only()) == (Outcome.MATCHED, Outcome.RETURNED, Outcome.OWED)
    assert only().status is MovementStatus.OPEN


def test_what_goes_from_balance_to_balance_is_no_fee(world):
    moved(world, "payout")
    with pytest.raises(Invalid, match="no fee"):
        propose(Outcome.FEE, officers(1)[0], world.at)


def test_two_agree_on_nothing_that_fits_no_more(world):
    moved(world, "stripe_fee")
    first, second = officers()
    propose(Outcome.FEE, first, world.at)
    with transaction():
        only().stripe_account_id = world.account().stripe_account_id
    with pytest.raises(Invalid, match="owes it back"):
        agree(second, world.at)
    assert world.books(AccountKind.SUSPENSE) == -500


def test_movements_of_two_accounts_do_not_undo_each_other(world):
    undo(world, by_hand(world))
    elsewhere = account_of(world.add_provider()).stripe_account_id
    by_hand(world, key="another", account_id=elsewhere)
    notice_unexplained(world.stripe, world.at)
    session.rollback()
    query = select(UnexplainedMovement).where(UnexplainedMovement.net_pence == 500)
    back = session.execute(query).scalar_one()
    other = select(UnexplainedMovement).where(UnexplainedMovement.stripe_account_id == elsewhere)
    (first,) = officers(1)
    with pytest.raises(Invalid, match="different Stripe accounts"), transaction():
        operations.propose(
            movement=session.execute(other).scalar_one(),
            outcome=Outcome.RETURNED,
            note="One undid the other.",
            subject=back.reference,
            by=first,
            at=world.at,
        )


def test_nobody_agrees_with_themselves(world):
    by_hand(world)
    notice_unexplained(world.stripe, world.at)
    (first,) = officers(1)
    propose(Outcome.OWED, first, world.at)
    with pytest.raises(NotPermitted):
        agree(first, world.at)
    assert only().status is MovementStatus.PROPOSED


def test_a_proposal_can_be_taken_back_and_another_made(world):
    by_hand(world)
    notice_unexplained(world.stripe, world.at)
    first, second = officers()
    propose(Outcome.OWED, first, world.at, note="Typed into the dashboard.")
    with transaction():
        operations.disagree(movement=only(), note="It was returned.", by=second, at=world.at)
    assert (only().status, only().outcome) == (MovementStatus.OPEN, None)
    propose(Outcome.OWED, second, world.at, note="It was not.")
    agree(first, world.at)
    said = [(one.word, one.said_by_id, one.note, one.outcome) for one in sayings_about(only())]
    assert said == [
        (MovementWord.AGREED, first, None, Outcome.OWED),
        (MovementWord.PROPOSED, second, "It was not.", Outcome.OWED),
        (MovementWord.DISAGREED, second, "It was returned.", Outcome.OWED),
        (MovementWord.PROPOSED, first, "Typed into the dashboard.", Outcome.OWED),
    ]


def test_agreed_twice_it_is_entered_once(world):
    by_hand(world)
    notice_unexplained(world.stripe, world.at)
    first, second = officers()
    propose(Outcome.OWED, first, world.at)
    agree(second, world.at)
    with pytest.raises(Conflict):
        agree(second, world.at)
    assert world.books(AccountKind.RECOVERABLE) == 500


@pytest.mark.parametrize("note", ["", "   ", "x" * 1001])
def test_without_fitting_words_nothing_is_proposed(world, note):
    by_hand(world)
    notice_unexplained(world.stripe, world.at)
    (first,) = officers(1)
    with pytest.raises(Invalid):
        propose(Outcome.OWED, first, world.at, note=note)
    assert only().status is MovementStatus.OPEN


def test_two_officers_tie_the_same_two_movements_from_either_end(world, app):
    undo(world, by_hand(world))
    notice_unexplained(world.stripe, world.at)
    session.rollback()
    rows = session.execute(select(UnexplainedMovement).order_by(UnexplainedMovement.id)).scalars()
    ends = [(row.id, row.reference) for row in rows]
    people = officers()

    def tie(own, other, by):
        operations.propose(
            movement=session.get_one(UnexplainedMovement, own[0]),
            outcome=Outcome.RETURNED,
            note="One undid the other.",
            subject=other[1],
            by=by,
            at=world.at,
        )

    for _ in range(12):
        answers = at_once(
            app,
            lambda: tie(ends[0], ends[1], people[0]),
            lambda: tie(ends[1], ends[0], people[1]),
        )
        assert sorted(isinstance(answer, Conflict | Invalid) for answer in answers) == [False, True]
        proposed = only(MovementStatus.PROPOSED).id
        with transaction():
            row = session.get_one(UnexplainedMovement, proposed)
            operations.disagree(movement=row, note="Again.", by=people[0], at=world.at)


def test_a_double_click_says_it_once(world, app):
    by_hand(world)
    notice_unexplained(world.stripe, world.at)
    (first,) = officers(1)
    row_id = only().id
    session.rollback()

    def say():
        row = session.get_one(UnexplainedMovement, row_id)
        operations.propose(
            movement=row, outcome=Outcome.OWED, note="By mistake.", by=first, at=world.at
        )

    answers = at_once(app, say, say)
    assert sorted(isinstance(one, Conflict) for one in answers) == [False, True]
    assert len(sayings_about(only())) == 1
