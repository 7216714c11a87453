"""What providers were held to be at a data cut, where that has been put right since."""

from datetime import datetime

from sqlalchemy import select

from voucher.audit.models import AuditEvent
from voucher.core.db import session
from voucher.providers.operations.due_diligence import VAT_CORRECTED


def vat_before_corrections(cut_at: datetime) -> dict[int, bool]:
    """By the id of each provider whose registration for VAT was put right after the cut (aware
    UTC): whether it was held to be registered at the cut."""
    query = (
        select(AuditEvent.record_id, AuditEvent.details)
        .where(AuditEvent.action == VAT_CORRECTED, AuditEvent.at > cut_at)
        .order_by(AuditEvent.id.desc())
    )
    found = session.execute(query).all()
    return {id_: details["was"] for id_, details in found if "was" in details}
