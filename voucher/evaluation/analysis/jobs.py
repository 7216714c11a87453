"""Making extracts: for the command line, and for reports that were built."""

import logging
from datetime import datetime

from voucher.core.db import lock, reading, session, transaction
from voucher.evaluation.analysis.extract import write_extract
from voucher.evaluation.analysis.kept import keep_extract, note_failure, reports_without_extract
from voucher.evaluation.analysis.queries import planned_set
from voucher.evaluation.models import Report
from voucher.integrations.storage.store import ContentStore

logger = logging.getLogger("voucher.evaluation")


def build_extract(round_id: int, data_cut_at: datetime, key: bytes) -> bytes:
    """The extract of a round at the data cut (aware UTC); reads only, loads numpy.

    `key` makes the pseudonyms: the same key, round and cut give the same bytes. Raises Conflict for
    a round without a locked plan.
    """
    from voucher.evaluation.analysis.set import findings

    rows, plan = planned_set(round_id, data_cut_at, key=key)
    return write_extract(rows, plan, findings(rows, plan))


def build_extracts(store: ContentStore, key: bytes, at: datetime, limit: int = 1) -> int:
    """Make the extracts of up to `limit` reports of trials that were built; how many.

    The data are cut where the report's are. One that fails is logged and not tried again.
    """
    with reading():
        due = reports_without_extract(limit)
        session.rollback()
    return sum(_build(report_id, store, key, at) for report_id in due)


def _build(report_id: int, store: ContentStore, key: bytes, at: datetime) -> bool:
    try:
        with reading():
            report = session.get_one(Report, report_id)
            content = build_extract(report.round_id or 0, report.data_cut_at, key)
            session.rollback()
        with transaction():
            report = lock(Report, report_id)
            keep_extract(report=report, content=content, store=store, at=at)
    except Exception:
        logger.exception("the extract of report %s could not be made", report_id)
        with transaction():
            note_failure(report=lock(Report, report_id), at=at)
        return False
    return True
