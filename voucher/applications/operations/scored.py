"""What a settled ranked list does to applications: keep waiting, or leave without a place.

An offered place is offered as a drawn one is (`drawn.offer_place`). The list itself is made above
this package, which says what it gave.
"""

from datetime import datetime

from voucher.applications.models import APPLICATION_MOVES, Application, ApplicationStatus
from voucher.audit.operations import record
from voucher.core.status import transition


def wait_by_rank(*, application: Application, number: int, by: int, at: datetime) -> None:
    """Note that the application waits for a place that is left, with its number among those."""
    record(
        action="application.ranked_waiting",
        subject=application,
        at=at,
        by=by,
        case=application.reference,
        details={"number": number},
    )


def leave_unplaced(*, application: Application, below_least: bool, by: int, at: datetime) -> None:
    """Move an eligible application without a place to UNPLACED; `below_least`: by its result."""
    transition(application, ApplicationStatus.UNPLACED, moves=APPLICATION_MOVES, at=at, by=by)
    record(
        action="application.unplaced",
        subject=application,
        at=at,
        by=by,
        case=application.reference,
        details={"below_least": below_least},
    )
