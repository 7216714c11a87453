"""Reads of stored checks and of the counts of public ones."""

from collections.abc import Sequence
from datetime import date

from sqlalchemy import func, select

from voucher.core.db import session
from voucher.eligibility.models import CheckOutcome, EligibilityCheck, PrecheckCount


def latest_check(application_id: int) -> EligibilityCheck | None:
    """The last check of an application, if it has been checked."""
    query = select(EligibilityCheck).where(EligibilityCheck.application_id == application_id)
    return session.execute(query.order_by(EligibilityCheck.id.desc()).limit(1)).scalar()


def checks_of(application_id: int) -> Sequence[EligibilityCheck]:
    """Every check of an application, newest first."""
    query = select(EligibilityCheck).where(EligibilityCheck.application_id == application_id)
    return session.execute(query.order_by(EligibilityCheck.id.desc())).scalars().all()


def unanswered_in_a_row(application_id: int) -> int:
    """How often in a row, up to now, the register has left an application's check waiting."""
    count = 0
    for stored in checks_of(application_id):
        if stored.retry_at is None:
            break
        count += 1
    return count


def precheck_counts(first: date, last: date) -> dict[CheckOutcome, int]:
    """Public checks by outcome from `first` to `last`, both included."""
    query = (
        select(PrecheckCount.outcome, func.sum(PrecheckCount.count))
        .where(PrecheckCount.day >= first, PrecheckCount.day <= last)
        .group_by(PrecheckCount.outcome)
    )
    return {outcome: int(total) for outcome, total in session.execute(query)}
