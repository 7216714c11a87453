"""What follows from a draw: the published file, the assignments, and an answer to everybody."""

from collections import Counter
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select

from voucher.allocation.draw import Outcome
from voucher.allocation.models import Arm, Assignment, Draw, DrawResult
from voucher.allocation.queries import Steps
from voucher.allocation.rules import arm_references, published_form
from voucher.applications.models import Application, ApplicationStatus
from voucher.applications.operations.drawn import (
    keep_waiting,
    leave_to_comparison,
    offer_unless_barred,
)
from voucher.core.db import session
from voucher.programmes.models import AllocationMethod, Round


def publish(
    steps: Steps, round_: Round, outcome: Outcome, secret: bytes, at: datetime
) -> dict[str, Any]:
    """The whole published file: what `verify-draw` reads, and what happened when, for readers."""
    arms = steps.draw.arms
    references = arm_references(outcome, [int(arm["share_bps"]) for arm in arms])
    return {
        "draw": steps.draw.reference,
        "round": round_.reference,
        "round_name": round_.name,
        **published_form(outcome, secret=secret, public_value=steps.public_value.value),
        "arms": [
            {**arm, "references": members} for arm, members in zip(arms, references, strict=True)
        ],
        "stratified_by": steps.draw.stratum_basis.value,
        "replaces_who_leaves_before_issue": steps.draw.replaces,
        "primary_follow_up_on": _iso(steps.draw.follow_up_on),
        "sealed_at": _iso(steps.draw.sealed_at),
        "frozen_at": _iso(steps.frozen_list.frozen_at),
        "public_value_source": steps.public_value.source,
        "public_value_became_public_on": _iso(steps.public_value.became_public_on),
        "public_value_entered_at": _iso(steps.public_value.entered_at),
        "drawn_at": _iso(at),
    }


def settle(
    draw: Draw, result: DrawResult, ids: Mapping[str, int], *, by: int, at: datetime
) -> None:
    """Assign everybody on the list by what was published, and tell each what the draw gave.

    `ids`: reference → application. Who left after the freeze is assigned like the others, because
    nobody leaves a frozen list, and is told nothing more.
    """
    assigned = _assignments(draw, result.published, ids, by=by, at=at)
    session.add_all(assigned)
    session.flush()
    query = select(Application).where(Application.id.in_(list(ids.values())))
    applications = {row.id: row for row in session.execute(query).scalars()}
    numbers: Counter[str] = Counter()
    for assignment in assigned:
        application = applications[assignment.application_id]
        if application.status is ApplicationStatus.ELIGIBLE:
            numbers[assignment.stratum] += assignment.arm is Arm.WAITING
            _tell(application, assignment, numbers[assignment.stratum], by=by, at=at)


def _assignments(
    draw: Draw, published: Mapping[str, Any], ids: Mapping[str, int], *, by: int, at: datetime
) -> list[Assignment]:
    """One for each line of the list, the arms in the plan's order, each in its drawn order."""
    stratum_of = dict(line.split(",", 1) for line in published["list"])
    positions: Counter[str] = Counter()
    made = []
    for arm in published["arms"]:
        for reference in arm["references"]:
            stratum = stratum_of[reference]
            positions[stratum] += 1
            made.append(
                Assignment(
                    application_id=ids[reference],
                    round_id=draw.round_id,
                    draw_id=draw.id,
                    arm=Arm(arm["arm"]),
                    arm_code=arm["code"],
                    method=AllocationMethod.RANDOM,
                    stratum=stratum,
                    position=positions[stratum],
                    assigned_at=at,
                    assigned_by_id=by,
                )
            )
    return made


def _tell(
    application: Application, assignment: Assignment, number: int, *, by: int, at: datetime
) -> None:
    """Offer the place, keep waiting, or leave to the comparison. A barred offer waits for staff."""
    if assignment.arm is Arm.WAITING:
        keep_waiting(application=application, number=number, by=by, at=at)
    elif assignment.arm is not Arm.VOUCHER:
        leave_to_comparison(application=application, arm=assignment.arm.value, by=by, at=at)
    else:
        offer_unless_barred(application=application, by=by, at=at)


def _iso(moment: Any) -> str | None:
    return moment.isoformat() if moment is not None else None
