"""What the worker does: work plans out, make what was proposed, settle what has ended."""

import logging
from collections.abc import Callable
from datetime import datetime

from voucher.core.db import reading, session, transaction
from voucher.core.errors import DomainError
from voucher.matching.operations import TrackRecord
from voucher.vouchers.suggesting.models import Plan
from voucher.vouchers.suggesting.operations import fail, keep_answer, settle, suggest
from voucher.vouchers.suggesting.queries import (
    ended_suggestions,
    plans_to_work_out,
    still_to_make,
)
from voucher.vouchers.suggesting.working import work_out

logger = logging.getLogger("voucher.suggesting")

RecordOf = Callable[[], TrackRecord]
"""Asks the packages above what is known of every offering's tasters."""


def work_out_plans(record_of: RecordOf, at: datetime) -> int:
    """Work out every plan that was asked for; how many became ready.

    It is worked out while nothing is locked, and kept in a transaction of its own. One that can't
    be is told to whoever asked, and logged.
    """
    ready = 0
    with transaction():
        due = plans_to_work_out()
    for plan_id in due:
        try:
            session.rollback()
            with reading():
                answer = work_out(session.get_one(Plan, plan_id), record_of(), at)
                session.rollback()
            with transaction():
                ready += keep_answer(plan_id=plan_id, answer=answer, at=at)
        except Exception:
            # Also for a fault of our own: it would be met again every second.
            logger.exception("plan %s could not be worked out", plan_id)
            with transaction():
                fail(plan_id=plan_id, at=at)
    return ready


def make_suggestions(record_of: RecordOf, at: datetime) -> int:
    """Make the suggestions of proposed plans, each in a transaction of its own; how many were."""
    with transaction():
        due = still_to_make()
        track_record = record_of() if due else TrackRecord()
    made = 0
    for suggestion_id in due:
        try:
            with transaction():
                made += suggest(suggestion_id=suggestion_id, track_record=track_record, at=at)
        except DomainError:
            logger.exception("suggestion %s will be tried again", suggestion_id)
    return made


def settle_suggestions(at: datetime) -> int:
    """Settle every suggestion that something has ended, each in its own transaction; how many."""
    done = 0
    with transaction():
        due = ended_suggestions(at)
    for ended in due:
        try:
            with transaction():
                done += settle(suggestion_id=ended.suggestion_id, at=at)
        except DomainError:
            logger.exception("suggestion %s will be settled later", ended.suggestion_id)
    return done
