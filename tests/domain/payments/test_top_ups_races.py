"""Several workers notice the same top-ups at the same moment."""

from tests.together import together
from voucher.ledger.models import AccountKind
from voucher.payments.jobs.following import notice_top_ups

PENCES = (10_000, 20_000, 30_000, 40_000)


def test_every_top_up_is_entered_once_and_no_worker_fails(world, app):
    before = world.books(AccountKind.CASH_AT_STRIPE)
    for pence in PENCES:
        world.fund_by_hand(pence)
    answers = together(app, *[lambda: notice_top_ups(world.stripe, world.at)] * 4)
    assert sum(answers) == len(PENCES)
    assert world.books(AccountKind.CASH_AT_STRIPE) == before + sum(PENCES)
