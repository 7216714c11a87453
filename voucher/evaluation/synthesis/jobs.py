"""What the worker does for syntheses: build them, between two transactions."""

import logging
from datetime import datetime, timedelta
from io import BytesIO

from voucher.core.db import lock, reading, session, transaction
from voucher.evaluation.learning.working_out import what_is_known
from voucher.evaluation.models import Synthesis
from voucher.evaluation.reports.documents import Render
from voucher.evaluation.synthesis.document import build_synthesis
from voucher.evaluation.synthesis.operations import (
    ask_synthesis,
    fail_synthesis,
    finish_synthesis,
)
from voucher.evaluation.synthesis.queries import (
    SHAPE,
    has_new_reports,
    rounds_found,
    waiting_synthesis,
)
from voucher.integrations.storage.store import ContentStore

logger = logging.getLogger("voucher.evaluation")
LONGEST_BUILD = timedelta(minutes=15)
NOT_BUILT = "It could not be built. Ask for it again; if it fails again, tell the operator."


def ask_after_reports(at: datetime) -> int:
    """Ask for a synthesis where a report was published since the last; 0 or 1."""
    with transaction():
        if not has_new_reports():
            return 0
        ask_synthesis(by=None, at=at)
    return 1


def build_syntheses(store: ContentStore, render: Render, at: datetime) -> int:
    """Build the synthesis that waits, if any; how many became ready.

    A builder that dies leaves it to be taken again after 15 minutes; one that is stopped puts it
    back at once. A failure is told to whoever asked, and logged.
    """
    taken = _take(at)
    if taken is None:
        return 0
    number, cut_at = taken
    try:
        return _build(number, cut_at, store, render, at)
    except BaseException as stop:
        if not isinstance(stop, Exception):
            _put_back(number)
        raise


def _build(number: int, cut_at: datetime, store: ContentStore, render: Render, at: datetime) -> int:
    try:
        with reading():
            rounds = rounds_found(up_to=cut_at)
            learning = {"shape": SHAPE, "programmes": what_is_known(rounds)}
            session.rollback()
        built = build_synthesis(rounds, data_cut_at=cut_at, render=render)
    except Exception:
        logger.exception("synthesis %s could not be built", number)
        with transaction():
            fail_synthesis(synthesis=lock(Synthesis, number), failure=NOT_BUILT, at=at)
        return 0
    with transaction():
        finish_synthesis(
            synthesis=lock(Synthesis, number),
            figures={**built.figures, "learning": learning, "page": built.page},
            document=BytesIO(built.document),
            name=built.name,
            store=store,
            at=at,
        )
    return 1


def _put_back(number: int) -> None:
    session.remove()
    with transaction():
        synthesis = lock(Synthesis, number)
        if synthesis.finished_at is None:
            synthesis.started_at = None


def _take(at: datetime) -> tuple[int, datetime] | None:
    with transaction():
        synthesis = waiting_synthesis(at - LONGEST_BUILD)
        if synthesis is None:
            return None
        synthesis.started_at = at
        return synthesis.id, synthesis.data_cut_at
