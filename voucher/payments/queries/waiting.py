"""What waits for a person among places, claims, doubts and money: counts for staff."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import ColumnElement, func, select

from voucher.allocation.offers.models import PlaceOffer
from voucher.allocation.offers.queries import needs_a_person
from voucher.applications.models import Appeal
from voucher.claims.models import Claim, ClaimStatus
from voucher.core.db import session
from voucher.payments.clawbacks.models import Clawback, ClawbackStatus
from voucher.payments.differences.models import (
    BookDifference,
    DifferenceStatus,
    MovementStatus,
    UnexplainedMovement,
)
from voucher.payments.models import Payment, PaymentStatus
from voucher.payments.runs.models import PaymentRun, RunStatus
from voucher.screening.models import Referral, ReferralStatus

WAITING: Mapping[str, tuple[type, ColumnElement[bool]]] = {
    "appeals": (Appeal, Appeal.answered_at.is_(None)),
    "places": (PlaceOffer, needs_a_person()),
    "claims": (Claim, Claim.status == ClaimStatus.CONFIRMED),
    "doubts": (Referral, Referral.status.in_((ReferralStatus.OPEN, ReferralStatus.SECOND))),
    "ready": (Payment, Payment.status == PaymentStatus.READY),
    "releases": (PaymentRun, PaymentRun.status == RunStatus.WAITING),
    "stuck": (
        Payment,
        Payment.status.in_((PaymentStatus.ATTENTION, PaymentStatus.PAYOUT_FAILED)),
    ),
    "clawbacks": (
        Clawback,
        Clawback.status.in_(
            (ClawbackStatus.REQUESTED, ClawbackStatus.WRITE_OFF_ASKED, ClawbackStatus.ATTENTION)
        ),
    ),
    "movements": (UnexplainedMovement, UnexplainedMovement.status != MovementStatus.CLEARED),
    "differences": (BookDifference, BookDifference.status == DifferenceStatus.OPEN),
}
"""By name: the rows, and which of them wait."""


def count_waiting() -> Mapping[str, int]:
    """How many of each wait for somebody; one statement."""
    counts: list[Any] = [
        select(func.count()).select_from(model).where(waits).scalar_subquery().label(name)
        for name, (model, waits) in WAITING.items()
    ]
    return dict(session.execute(select(*counts)).one()._mapping)
