"""What the worker does for equality monitoring: make tables, forget old answers."""

import logging
from datetime import datetime, timedelta

from sqlalchemy import delete

from voucher.core.clock import london_date
from voucher.core.db import reading, session, transaction
from voucher.core.turns import in_turn
from voucher.equality.models import EqualityAnswer, EqualityTables
from voucher.equality.queries import (
    counts_by_stage,
    rounds_answered,
    rounds_to_table,
    versions_of,
)
from voucher.equality.rules import is_to_be_forgotten
from voucher.evaluation.monitoring.rules import next_tables

logger = logging.getLogger("voucher.evaluation")
MADE_EVERY = timedelta(days=30)
"""Seldom: what is made stays, and the newest is the one that is read."""


def make_tables(key: bytes, at: datetime) -> int:
    """Count and protect the answers of closed rounds, each at most every 30 days; how many.

    What was made before stays. A version that would tell of few when an older one is subtracted
    from it is not made; it is tried again at the next run.
    """
    with reading():
        due = rounds_to_table(at - MADE_EVERY, london_date(at))
        session.rollback()

    def _make(round_id: int) -> bool:
        earlier = versions_of(round_id)
        content = next_tables(counts_by_stage(round_id, key), [each.content for each in earlier])
        if content is None:
            return False
        version = len(earlier) + 1
        session.add(EqualityTables(round_id=round_id, version=version, made_at=at, content=content))
        session.flush()
        return True

    return in_turn(due, _make, what="the equality tables of round", logger=logger)


def forget_answers(at: datetime) -> int:
    """Delete the answers of rounds that closed two years ago; of how many rounds."""
    with reading():
        rounds = rounds_answered()
        session.rollback()
    old = [each for each, closed in rounds if is_to_be_forgotten(closed, london_date(at))]
    for round_id in old:
        with transaction():
            session.execute(delete(EqualityAnswer).where(EqualityAnswer.round_id == round_id))
    return len(old)
