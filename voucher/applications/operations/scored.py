"""What a settled ranked list does to applications: keep waiting, or leave without a place.

An offered place is offered as a drawn one is (`drawn.offer_place`). The list itself is made above
this package, which says what it gave.
"""

from collections.abc import Sequence
from datetime import datetime

from voucher.applications.models import APPLICATION_MOVES, Application, ApplicationStatus
from voucher.audit.operations import record_all
from voucher.core.status import transition_all


def wait_by_rank(*, waiting: Sequence[tuple[Application, int]], by: int, at: datetime) -> None:
    """Note that these wait for a place that is left, each with its number among those."""
    cases = [(application, {"number": number}) for application, number in waiting]
    record_all(action="application.ranked_waiting", cases=cases, by=by, at=at)


def leave_unplaced(*, left: Sequence[tuple[Application, bool]], by: int, at: datetime) -> None:
    """Move eligible applications without a place to UNPLACED; True: below the least result."""
    moved = [application for application, _ in left]
    transition_all(moved, ApplicationStatus.UNPLACED, moves=APPLICATION_MOVES, at=at, by=by)
    cases = [(application, {"below_least": below}) for application, below in left]
    record_all(action="application.unplaced", cases=cases, by=by, at=at)
