"""Reads of the question whether the business has paid its own part."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy import select

from voucher.claims.models import (
    UNPAID_OPEN,
    Claim,
    UnpaidContribution,
    UnpaidStatus,
)
from voucher.core.db import session
from voucher.files.models import StoredFile
from voucher.files.queries import files_of

_OPEN = UnpaidContribution.status.in_(UNPAID_OPEN)


def open_question(claim_id: int) -> UnpaidContribution | None:
    """The open question on one claim, as it is stored now."""
    query = select(UnpaidContribution).where(UnpaidContribution.claim_id == claim_id, _OPEN)
    return session.execute(query.execution_options(populate_existing=True)).scalar_one_or_none()


def questions_of(claim_id: int) -> Sequence[UnpaidContribution]:
    """Every question on one claim, the latest first."""
    query = select(UnpaidContribution).where(UnpaidContribution.claim_id == claim_id)
    return session.execute(query.order_by(UnpaidContribution.id.desc())).scalars().all()


def proofs_of(questions: Sequence[UnpaidContribution]) -> dict[int, Sequence[StoredFile]]:
    """The documents a business gave to show that it has paid, by question."""
    return {question.id: files_of(question) for question in questions}


def claims_in_question() -> Any:
    """Ids of claims with an open question, for inside another statement."""
    return select(UnpaidContribution.claim_id).where(_OPEN)


def questions_overdue(today: date) -> Sequence[int]:
    """Ids of questions whose last day is over and that were not put before officers since."""
    query = select(UnpaidContribution).where(
        UnpaidContribution.status == UnpaidStatus.ASKED,
        UnpaidContribution.pay_by_on < today,
        UnpaidContribution.escalated_at.is_(None),
    )
    return [one.id for one in session.execute(query).scalars()]


def accepted_by(claim: Claim, user_id: int) -> bool:
    """Whether this officer accepted the proof of payment of the claim as it was last sent."""
    if claim.submitted_at is None:
        return False
    query = select(UnpaidContribution.id).where(
        UnpaidContribution.claim_id == claim.id,
        UnpaidContribution.settled_by_id == user_id,
        UnpaidContribution.asked_at >= claim.submitted_at,
    )
    return session.execute(query).first() is not None
