"""Several workers notice the same movement at the same moment."""

from sqlalchemy import func, select

from tests.domain.payments.test_unexplained import by_hand
from tests.together import together
from voucher.core.db import session
from voucher.payments.differences.models import UnexplainedMovement
from voucher.payments.jobs.unexplained import notice_unexplained


def test_every_movement_lies_in_suspense_once_and_no_worker_fails(world, app):
    for number in range(4):
        by_hand(world, 500 + number, key=f"by hand {number}")
    answers = together(app, *[lambda: notice_unexplained(world.stripe, world.at)] * 4)
    assert sum(answers) == 4
    assert session.scalar(select(func.count(UnexplainedMovement.id))) == 4
