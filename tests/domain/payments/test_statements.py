"""Paying a claim costs the database a number of statements that is known and does not creep up."""

import pytest

from tests.domain.payments.world import PENCE
from tests.web.statements import counting
from voucher.core.db import session
from voucher.payments.jobs.sending import queue_approved_claims

NEEDED = {"postgresql": (7, 42, 36), "sqlite": (7, 48, 41)}
"""To queue, to transfer and to pay out, the one that asks what is due included. A worker's time
goes here: of the rows that SQLite takes one by one, PostgreSQL takes several in one statement."""


def cost_of(app, act):
    """How many statements one step of one payment takes."""
    with counting(app) as seen:
        assert act() == 1
    return len(seen)


def cost_of_paying(app, world):
    """The statements of queueing, transferring and paying out one more claim."""
    world.approve_claim()
    queueing = cost_of(app, lambda: queue_approved_claims(world.at))
    return queueing, cost_of(app, world.send), cost_of(app, world.pay_out)


def test_a_claim_is_paid_in_few_statements(app, world):
    world.in_transit()  # the ledger's accounts are open then
    cost = cost_of_paying(app, world)
    needed = NEEDED[session.get_bind().dialect.name]
    assert all(spent <= allowed for spent, allowed in zip(cost, needed, strict=True)), cost


@pytest.mark.slow
def test_it_takes_no_more_of_them_among_many_claims(app, world):
    world.fund(PENCE * 10)
    world.in_transit()
    alone = cost_of_paying(app, world)
    for _ in range(8):
        world.in_transit()
    assert cost_of_paying(app, world) == alone
