"""Writes on syntheses: ask, begin, finish, fail."""

import secrets
from datetime import datetime
from typing import Any, BinaryIO

from voucher.audit.operations import record
from voucher.core.db import session, wait_for_turn
from voucher.core.references import make_reference
from voucher.evaluation.models import Synthesis
from voucher.evaluation.synthesis.queries import synthesis_under_way
from voucher.files.operations import store as store_file
from voucher.integrations.storage.store import ContentStore

LONGEST_FAILURE = 300
ASKING_LOCK = 731_107
"""The turn of whoever asks: two clicks at once would otherwise both find none under way."""


def ask_synthesis(*, by: int | None, at: datetime) -> Synthesis:
    """Ask for the synthesis of every round's report published up to `at`.

    Asking again while one waits or is being built gives that one.
    """
    wait_for_turn(ASKING_LOCK)
    under_way = synthesis_under_way()
    if under_way is not None:
        return under_way
    synthesis = Synthesis(
        reference=make_reference("RPT", secrets.token_bytes(8)),
        asked_at=at,
        asked_by_id=by,
        data_cut_at=at,
    )
    session.add(synthesis)
    session.flush()
    record(action="synthesis.asked", subject=synthesis, at=at, by=by)
    return synthesis


def finish_synthesis(
    *,
    synthesis: Synthesis,
    figures: dict[str, Any],
    document: BinaryIO,
    name: str,
    store: ContentStore,
    at: datetime,
) -> None:
    """Keep the built document and its figures."""
    stored = store_file(
        stream=document,
        name=name,
        purpose="report",
        subject=synthesis,
        by=synthesis.asked_by_id,
        at=at,
        store=store,
    )
    synthesis.figures, synthesis.file_id, synthesis.finished_at = figures, stored.id, at
    session.flush()
    details = {"file": stored.id, "sha256": stored.sha256}
    record(action="synthesis.built", subject=synthesis, at=at, by=None, details=details)


def fail_synthesis(*, synthesis: Synthesis, failure: str, at: datetime) -> None:
    """Note that it could not be built, and why, for whoever asked."""
    synthesis.failure, synthesis.finished_at = failure[:LONGEST_FAILURE], at
    session.flush()
    record(action="synthesis.failed", subject=synthesis, at=at, by=None)
