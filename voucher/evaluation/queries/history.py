"""What records were held to be at a data cut, where that was put right or changed since."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from sqlalchemy import select

from voucher.applications.operations.draft import AREAS_CORRECTED
from voucher.audit.models import AuditEvent
from voucher.businesses.outcome_areas import AREAS_WERE
from voucher.claims.models import Amendment, AmendmentStatus
from voucher.claims.rules import AMOUNT_FIELDS
from voucher.core.db import session
from voucher.providers.operations.due_diligence import VAT_CORRECTED
from voucher.providers.operations.offerings import EDITED


def vat_before_corrections(cut_at: datetime) -> dict[int, bool]:
    """By the id of each provider whose registration for VAT was put right after the cut (aware
    UTC): whether it was held to be registered at the cut."""
    return dict(_before(VAT_CORRECTED, "was", cut_at))


def areas_before_edits(cut_at: datetime) -> dict[int, list[str]]:
    """By the id of each offering that was made to help with something else after the cut (aware
    UTC): the codes of the outcome areas that it was for at the cut."""
    return dict(_before(EDITED, AREAS_WERE, cut_at))


def areas_before_corrections(cut_at: datetime) -> dict[int, list[str]]:
    """By the id of each application whose areas were corrected after the cut (aware UTC), once it
    had been sent: the codes that it named at the cut."""
    return dict(_before(AREAS_CORRECTED, AREAS_WERE, cut_at))


def amounts_before_amendments(cut_at: datetime) -> dict[int, dict[str, int]]:
    """By the id of each claim whose amounts were amended after the cut (aware UTC): the five
    amounts that were agreed at the cut."""
    query = (
        select(Amendment)
        .where(Amendment.status == AmendmentStatus.AGREED, Amendment.answered_at > cut_at)
        .order_by(Amendment.id.desc())
    )
    return {
        each.claim_id: {name: getattr(each, f"was_{name}") for name in AMOUNT_FIELDS}
        for each in session.execute(query).scalars()
    }


def _before(action: str, detail: str, cut_at: datetime) -> Iterator[tuple[int, Any]]:
    """Records and what they were before each such event after the cut: the first of each last."""
    query = (
        select(AuditEvent.record_id, AuditEvent.details)
        .where(AuditEvent.action == action, AuditEvent.at > cut_at)
        .order_by(AuditEvent.id.desc())
    )
    for id_, details in session.execute(query):
        if detail in details:
            yield id_, details[detail]
