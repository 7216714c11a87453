"""What a business asks for beside its problem: languages, and what makes the work accessible."""

from collections.abc import Sequence
from datetime import datetime

from voucher.applications.models import Application
from voucher.audit.operations import record
from voucher.businesses.ways import LABELS, LANGUAGES, in_order
from voucher.core.db import lock, session
from voucher.core.errors import Invalid
from voucher.matching.models import WaysAsked
from voucher.matching.queries import ways_asked


def ask_for_ways(
    *,
    application: Application,
    needed: Sequence[str],
    wished: Sequence[str],
    by: int,
    at: datetime,
) -> WaysAsked:
    """Keep which ways of working the business needs and which would be nice, in place of before.

    Codes of businesses/ways.py. Lists made before stay as they are. What was asked for stays out of
    the audit record, which nothing can be taken out of: it may tell of somebody's health. Raises
    Invalid on "needed" or "wished" for an unknown code, one in both, or two languages needed.
    """
    _require_known(needed, "needed")
    _require_known(wished, "wished")
    if set(needed) & set(wished):
        raise Invalid("Say of each whether it is needed or would be nice.", "wished")
    if sum(code in LANGUAGES for code in needed) > 1:
        raise Invalid("Select one language that is needed.", "needed")
    lock(Application, application.id)
    asked = ways_asked(application.id) or WaysAsked(application_id=application.id)
    asked.needed, asked.wished = in_order(needed), in_order(wished)
    asked.changed_at, asked.changed_by_id = at, by
    session.add(asked)
    session.flush()
    counts = {"needed": len(asked.needed), "wished": len(asked.wished)}
    record(
        action="ways.asked",
        subject=asked,
        at=at,
        by=by,
        case=application.reference,
        details=counts,
    )
    return asked


def _require_known(codes: Sequence[str], field: str) -> None:
    if set(codes) - LABELS.keys():
        raise Invalid("Select ways of working from the list.", field)
