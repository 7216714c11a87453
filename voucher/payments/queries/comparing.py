"""Reads of what was asked for: a comparison of the books out of turn, and what came of it."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import or_, select

from voucher.core.db import session
from voucher.payments.models import Reconciliation, ReconciliationRequest


@dataclass(frozen=True)
class Asked:
    """The newest request with the comparison that came of it, if one did."""

    request: ReconciliationRequest
    made: Reconciliation | None

    @property
    def under_way(self) -> bool:
        """Whether it has no outcome yet."""
        return self.request.finished_at is None


def last_request() -> Asked | None:
    """The newest request, open or not; None before the first."""
    query = (
        select(ReconciliationRequest, Reconciliation)
        .outerjoin(Reconciliation, Reconciliation.id == ReconciliationRequest.reconciliation_id)
        .order_by(ReconciliationRequest.id.desc())
        .limit(1)
    )
    row = session.execute(query).one_or_none()
    return Asked(*row) if row is not None else None


def open_request() -> ReconciliationRequest | None:
    """The request that has no outcome yet; there is one at most."""
    query = select(ReconciliationRequest).where(ReconciliationRequest.finished_at.is_(None))
    return session.execute(query).scalar_one_or_none()


def waiting_request(taken_before: datetime) -> int | None:
    """The id of the open request, unless a worker took it up at `taken_before` or later."""
    taken_at = ReconciliationRequest.taken_at
    query = select(ReconciliationRequest.id).where(
        ReconciliationRequest.finished_at.is_(None),
        or_(taken_at.is_(None), taken_at < taken_before),
    )
    return session.execute(query).scalar_one_or_none()
