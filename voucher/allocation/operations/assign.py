"""Who may be given a voucher, settled before any is issued.

Rolling rounds assign one application at a time, as each award is confirmed: first decided and
confirmed, first served. In a round shared by lot or by scores everybody was assigned before.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import select

from voucher.allocation.models import Arm, Assignment
from voucher.allocation.queries import took_over_a_place
from voucher.allocation.scored.queries import took_over_by_rank
from voucher.core.db import session
from voucher.core.errors import Conflict
from voucher.programmes.models import AllocationMethod, Round


def assign(*, application: Any, round_: Round, by: int | None, at: datetime) -> Assignment:
    """The assignment that lets the application be given a voucher.

    Before: the round is locked by the caller. Done again it gives the assignment there is: an
    application is assigned once. Raises Conflict for one that the draw or the ranked list gave no
    place, and before there is one.
    """
    assigned = session.execute(
        select(Assignment).where(Assignment.application_id == application.id)
    ).scalar_one_or_none()
    if round_.allocation_method is AllocationMethod.RANDOM:
        return _drawn(assigned)
    if round_.allocation_method is AllocationMethod.SCORED:
        return _ranked(assigned)
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


def _drawn(assigned: Assignment | None) -> Assignment:
    if assigned is None:
        raise Conflict("The draw of this round has not been made yet.")
    if assigned.arm is Arm.WAITING and took_over_a_place(assigned.application_id):
        return assigned
    return _in_voucher_arm(assigned)


def _ranked(assigned: Assignment | None) -> Assignment:
    if assigned is None:
        raise Conflict("The ranked list of this round has not been settled yet.")
    if assigned.arm is Arm.VOUCHER or took_over_by_rank(assigned.application_id):
        return assigned
    raise Conflict("The ranked list gave this application no place.")


def _in_voucher_arm(assigned: Assignment) -> Assignment:
    if assigned.arm is Arm.WAITING:
        raise Conflict("This application is on the waiting list of the draw.")
    if assigned.arm is not Arm.VOUCHER:
        raise Conflict("This application is in the comparison group.")
    return assigned
