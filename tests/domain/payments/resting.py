"""Letting the money come to rest after a fault, and the proof that nothing went wrong."""

from collections import Counter

from sqlalchemy import func, select

from tests.factories.cases import make_officer
from voucher.accounts.roles import Role
from voucher.audit.operations import seal
from voucher.audit.queries import verify_chain
from voucher.core.db import session, transaction
from voucher.ledger.models import AccountKind
from voucher.payments.jobs.following import notice_top_ups, refresh_accounts
from voucher.payments.jobs.inbox import read_inbox
from voucher.payments.jobs.reconciling import reconcile
from voucher.payments.jobs.sending import queue_approved_claims
from voucher.payments.models import (
    FINISHED,
    OUTCOME_OPEN,
    InboxStatus,
    Payment,
    PaymentAttempt,
    PaymentStatus,
    StripeEvent,
)
from voucher.payments.operations.queueing import retry
from voucher.sandbox.stripe_emulator.control_client import Controls

ROUNDS = 16
EIGHT_HOURS = 8


def work(world):
    """Everything the worker does about money, once."""
    notice_top_ups(world.stripe, world.at)
    refresh_accounts(world.stripe, world.at)
    queue_approved_claims(world.at)
    world.release()
    world.send()
    world.pay_out()
    world.bank_day()
    world.follow()
    read_inbox(world.stripe, world.at)


def come_to_rest(world):
    """Calm weather for up to five days; an officer retries what a bank sent back."""
    world.calm()
    with transaction():
        officer_id = make_officer(Role.FINANCE).id
    for _ in range(ROUNDS):
        work(world)
        for payment_id in _ids_in(PaymentStatus.PAYOUT_FAILED):
            with transaction():
                retry(payment=world.payment(payment_id), by=officer_id, at=world.at)
        if not unfinished():
            return
        world.later(hours=EIGHT_HOURS)


def unfinished() -> list[PaymentStatus]:
    """The statuses of the payments that are not finished."""
    session.rollback()
    query = select(Payment.status).where(Payment.status.not_in(FINISHED)).order_by(Payment.id)
    return list(session.execute(query).scalars())


def _ids_in(status: PaymentStatus) -> list[int]:
    session.rollback()
    return list(session.execute(select(Payment.id).where(Payment.status == status)).scalars())


def prove(world, *, waiting=(), explained=frozenset()):
    """Never two transfers for one claim, nothing stuck, the ledger is the emulator's books.

    `waiting`: statuses that wait for a named person, which is not stuck. `explained`: kinds of
    difference that the fault itself made, for a person to see.
    """
    assert set(unfinished()) <= set(waiting)
    assert_nothing_open()
    assert_one_transfer_a_claim(world)
    found = reconcile(world.stripe, world.at)
    assert {one["kind"] for one in found.differences} <= set(explained), found.differences
    if not explained:
        assert_books_equal(world)
    with transaction():
        seal(at=world.at)
    assert verify_chain().whole


def assert_nothing_open():
    """No request without an outcome, no lease, no webhook that nobody has read."""
    session.rollback()
    busy = select(func.count(Payment.id)).where(
        Payment.status.in_(OUTCOME_OPEN) | Payment.lease_until.is_not(None)
    )
    assert session.execute(busy).scalar_one() == 0
    asked = select(PaymentAttempt.payment_id).where(PaymentAttempt.outcome.is_(None))
    assert session.execute(asked).all() == []
    unread = select(StripeEvent.id).where(StripeEvent.status == InboxStatus.NEW)
    assert session.execute(unread).all() == []


def assert_one_transfer_a_claim(world):
    """By the emulator's own objects, not by what we think of them."""
    made = Controls(world.emulator.address).objects("transfer")
    again = [group for group, count in Counter(each["transfer_group"] for each in made).items()
             if group and count > 1]  # fmt: skip
    assert again == []


def assert_books_equal(world):
    """Cash, transfers and payouts are at the emulator what they are in the ledger."""
    session.rollback()
    theirs = Controls(world.emulator.address).books()
    assert theirs["consistent"]
    moved = -theirs["transactions"].get("transfer", {"pence": 0})["pence"]
    moved -= theirs["transactions"].get("transfer_refund", {"pence": 0})["pence"]
    kept = world.books(AccountKind.AT_PROVIDER)
    assert theirs["platform"] == world.books(AccountKind.CASH_AT_STRIPE)
    assert sum(theirs["accounts"].values()) == kept
    # What a provider owes has left its account, or was never in it.
    assert moved == kept + world.books(AccountKind.SETTLED) + world.books(AccountKind.RECOVERABLE)
