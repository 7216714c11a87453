"""Writes on assignments: which application is in which arm, settled before any voucher is issued.

Rolling rounds assign one application at a time, as each award is confirmed: first decided and
confirmed, first served.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import select

from voucher.allocation.models import Arm, Assignment
from voucher.core.db import session
from voucher.core.errors import Conflict
from voucher.programmes.models import AllocationMethod, Round


def assign_rolling(*, application: Any, round_: Round, by: int | None, at: datetime) -> Assignment:
    """Put the application into the voucher arm of a rolling round.

    Before: the round is locked by the caller. Done again it gives the assignment there is: an
    application is assigned once. Raises Conflict in a round that shares its money otherwise.
    """
    if round_.allocation_method is not AllocationMethod.ROLLING:
        raise Conflict("This round shares its money by a draw or by scores, not as awards come in.")
    assigned = session.execute(
        select(Assignment).where(Assignment.application_id == application.id)
    ).scalar_one_or_none()
    if assigned is not None:
        return _in_voucher_arm(assigned)
    assigned = Assignment(
        application_id=application.id,
        round_id=round_.id,
        arm=Arm.VOUCHER,
        method=AllocationMethod.ROLLING,
        assigned_at=at,
        assigned_by_id=by,
    )
    session.add(assigned)
    session.flush()
    return assigned


def _in_voucher_arm(assigned: Assignment) -> Assignment:
    if assigned.arm is not Arm.VOUCHER:
        raise Conflict("This application is in the comparison group.")
    return assigned
