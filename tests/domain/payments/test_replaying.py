"""Events that never came are fetched from Stripe's list, once, and dead ones are tried again."""

from contextlib import contextmanager
from datetime import timedelta

from sqlalchemy import event, select

from voucher.core.db import session, transaction
from voucher.payments.jobs.inbox import read_inbox
from voucher.payments.jobs.replaying import fill_gaps
from voucher.payments.models import InboxStatus, PaymentStatus, StripeEvent
from voucher.payments.operations.inbox import revive


def events():
    session.rollback()
    return session.execute(select(StripeEvent)).scalars().all()


def test_a_lost_webhook_is_fetched_once_and_acted_on(world):
    payment_id = world.in_transit()
    world.bank_day()
    assert fill_gaps(world.stripe, world.at) > 0
    assert fill_gaps(world.stripe, world.at) == 0
    ours = [one for one in events() if one.event_type == "payout.paid"]
    assert [(one.endpoint, one.stripe_account_id) for one in ours] == [
        ("connect", world.account().stripe_account_id)
    ]
    read_inbox(world.stripe, world.at, limit=1000)
    assert world.status(payment_id) is PaymentStatus.PAID


def test_what_is_here_already_is_only_looked_up(world):
    world.in_transit()
    fill_gaps(world.stripe, world.at)
    there_are = len(events())
    with counted_writes() as written:
        assert fill_gaps(world.stripe, world.at) == 0
    assert there_are > 3
    assert written == []


@contextmanager
def counted_writes():
    """The statements in the block that would write."""
    written: list[str] = []

    def note(_connection, _cursor, statement, *_):
        if not statement.lstrip().upper().startswith(("SELECT", "BEGIN")):
            written.append(statement)

    engine = session.get_bind()
    event.listen(engine, "before_cursor_execute", note)
    try:
        yield written
    finally:
        event.remove(engine, "before_cursor_execute", note)


def test_only_what_happened_since_is_fetched(world):
    world.in_transit()
    assert fill_gaps(world.stripe, world.at, since=world.at + timedelta(days=1)) == 0


def test_dead_letters_are_tried_again(world):
    world.in_transit()
    world.bank_day()
    fill_gaps(world.stripe, world.at)
    with transaction():
        for one in session.execute(select(StripeEvent)).scalars():
            one.status = InboxStatus.DEAD
    there_are = len(events())
    with transaction():
        assert revive(at=world.at, by=None) == there_are > 0
    read_inbox(world.stripe, world.at, limit=1000)
    assert {one.status for one in events()} <= {InboxStatus.DONE, InboxStatus.IGNORED}
