"""What a kept report names: read back when it is made again, so that no renaming reaches it."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select

from voucher.core.db import session
from voucher.evaluation.models import Report, ReportKind, ReportStatus

ABOUT = {
    ReportKind.ROUND: Report.round_id,
    ReportKind.PLAN: Report.round_id,
    ReportKind.PROVIDER: Report.provider_id,
    ReportKind.CASE: Report.voucher_id,
}
"""By kind the column that says what a report is about."""


def kept_names(kind: ReportKind, about: int, cut_at: datetime) -> Mapping[str, Any] | None:
    """What the report of this kind on `about` (an id) with this very data cut (aware UTC) names.

    None where none is kept, or one by code that kept no names: then what holds today is named.
    """
    query = (
        select(Report.figures["names"])
        .where(
            Report.kind == kind,
            ABOUT[kind] == about,
            Report.data_cut_at == cut_at,
            Report.status == ReportStatus.READY,
        )
        .order_by(Report.id)
    )
    found: list[Mapping[str, Any]] = [each for each in session.execute(query).scalars() if each]
    return found[0] if found else None
