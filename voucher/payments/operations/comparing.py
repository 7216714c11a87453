"""Asking for a comparison of the books now, and what becomes of the request.

The comparison itself is the worker's: it asks Stripe, which nothing inside a request of the web or
a transaction may.
"""

from datetime import datetime

from voucher.audit.operations import record
from voucher.core.db import lock, session, translating_constraints
from voucher.core.errors import Conflict
from voucher.payments.models import Reconciliation, ReconciliationRequest
from voucher.payments.queries.comparing import open_request

LONGEST_FAILURE = 300


def ask_to_compare(*, by: int, at: datetime) -> ReconciliationRequest:
    """Have the worker compare the books with Stripe's.

    After: one request is open. Raises Conflict if one was already, of two who ask at once for the
    second.
    """
    if open_request() is not None:
        raise Conflict("The books are being compared already.")
    request = ReconciliationRequest(requested_at=at, requested_by_id=by)
    with translating_constraints():
        session.add(request)
        session.flush()
    record(action="books.comparison_asked", subject=request, at=at, by=by)
    return request


def take_up(
    *, request_id: int, taken_before: datetime, at: datetime
) -> ReconciliationRequest | None:
    """Take the request up for a worker; None if it has ended or another worker is about it.

    Another worker is, if it took the request up at `taken_before` or later.
    """
    request: ReconciliationRequest = lock(ReconciliationRequest, request_id)
    taken = request.taken_at is not None and request.taken_at >= taken_before
    if request.finished_at is not None or taken:
        return None
    request.taken_at = at
    session.flush()
    return request


def end_with(*, request_id: int, made: Reconciliation, at: datetime) -> None:
    """End the request with the comparison that was made for it, unless it has ended meanwhile.

    In the transaction that keeps the comparison, so that there is never the one without the other.
    """
    request: ReconciliationRequest = lock(ReconciliationRequest, request_id)
    if request.finished_at is None:
        request.reconciliation_id = made.id
        request.finished_at = at
        session.flush()


def end_in_failure(*, request_id: int, words: str, at: datetime) -> None:
    """End the request with words why nothing was compared, unless it has ended meanwhile."""
    request: ReconciliationRequest = lock(ReconciliationRequest, request_id)
    if request.finished_at is not None:
        return
    request.failure = words[:LONGEST_FAILURE]
    request.finished_at = at
    record(action="books.comparison_failed", subject=request, at=at, by=None)
