"""What follows from a draw: the published file, the assignments, and what each is owed."""

from collections import Counter
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import insert, select

from voucher.allocation.draw import Outcome
from voucher.allocation.models import Arm, Assignment, Draw, DrawEntry, DrawResult
from voucher.allocation.offers.operations import owe_offers
from voucher.allocation.queries import Steps
from voucher.allocation.rules import arm_references, published_form
from voucher.applications.models import Application, ApplicationStatus
from voucher.applications.operations.drawn import keep_waiting, leave_to_comparison
from voucher.applications.queries.draws import lock_applications
from voucher.core.db import session
from voucher.programmes.models import AllocationMethod, Round
from voucher.programmes.plans.queries import locked_plan


def publish(
    steps: Steps, round_: Round, outcome: Outcome, secret: bytes, at: datetime
) -> dict[str, Any]:
    """The whole published file: what `verify-draw` reads, and what happened when, for readers."""
    arms = steps.draw.arms
    plan = locked_plan(round_.id)
    references = arm_references(outcome, [int(arm["share_bps"]) for arm in arms])
    return {
        "draw": steps.draw.reference,
        "round": round_.reference,
        "round_name": round_.name,
        **published_form(outcome, secret=secret, public_value=steps.public_value.value),
        "arms": [
            {**arm, "references": members} for arm, members in zip(arms, references, strict=True)
        ],
        "analysis_plan": plan.reference if plan else None,
        "analysis_plan_sha256": plan.sha256 if plan else None,
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
    """Assign everybody on the list by what was published; the answers to each follow from that.

    `ids`: reference → application. Who left after the freeze is assigned like the others, because
    nobody leaves a frozen list, and is told nothing more. A few statements, however long the list:
    the offers of the places are owed from here on, and the worker makes them.
    """
    assigned = _assignments(draw, result.published, ids, by=by, at=at)
    session.execute(insert(Assignment), assigned)
    on_the_list = select(DrawEntry.application_id).where(DrawEntry.draw_id == draw.id)
    applications = lock_applications(on_the_list)
    places: list[Application] = []
    waiting: list[tuple[Application, int]] = []
    compared: list[tuple[Application, str]] = []
    numbers: Counter[str] = Counter()
    for row in assigned:
        application = applications[row["application_id"]]
        if application.status is not ApplicationStatus.ELIGIBLE:
            continue
        if row["arm"] is Arm.VOUCHER:
            places.append(application)
        elif row["arm"] is Arm.WAITING:
            numbers[row["stratum"]] += 1
            waiting.append((application, numbers[row["stratum"]]))
        else:
            compared.append((application, row["arm"].value))
    owe_offers(applications=places, at=at)
    keep_waiting(waiting=waiting, by=by, at=at)
    leave_to_comparison(left=compared, by=by, at=at)


def _assignments(
    draw: Draw, published: Mapping[str, Any], ids: Mapping[str, int], *, by: int, at: datetime
) -> list[dict[str, Any]]:
    """One for each line of the list, the arms in the plan's order, each in its drawn order."""
    stratum_of = dict(line.split(",", 1) for line in published["list"])
    positions: Counter[str] = Counter()
    made = []
    for arm in published["arms"]:
        for reference in arm["references"]:
            stratum = stratum_of[reference]
            positions[stratum] += 1
            made.append(
                {
                    "application_id": ids[reference],
                    "round_id": draw.round_id,
                    "draw_id": draw.id,
                    "arm": Arm(arm["arm"]),
                    "arm_code": arm["code"],
                    "method": AllocationMethod.RANDOM,
                    "stratum": stratum,
                    "position": positions[stratum],
                    "assigned_at": at,
                    "assigned_by_id": by,
                }
            )
    return made


def _iso(moment: Any) -> str | None:
    return moment.isoformat() if moment is not None else None
