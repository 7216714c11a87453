"""What a draw reads of applications: who qualifies, what is undecided, who is compared."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from sqlalchemy import column, func, or_, select, table
from sqlalchemy.orm import joinedload

from voucher.applications.models import Appeal, Application, ApplicationStatus, Decision
from voucher.businesses.models import Business
from voucher.core.db import session
from voucher.programmes.models import Arm, Round

_A = ApplicationStatus
UNDECIDED = (_A.SUBMITTED, _A.PROPOSED)
MAY_BE_OFFERED = (Arm.VOUCHER, Arm.WAITING)
_ASSIGNMENT = table("assignment", column("application_id"), column("arm"))
"""Of a higher package, so by its name: who left a frozen list is in its arm by this alone."""


def eligible_applications(round_id: int) -> Sequence[Application]:
    """Every application that waits for the round's draw, with its business, and locked."""
    query = (
        select(Application)
        .options(joinedload(Application.business, innerjoin=True))
        .where(Application.round_id == round_id, Application.status == _A.ELIGIBLE)
        .order_by(Application.id)
        .with_for_update(of=Application)
        .execution_options(populate_existing=True)
    )
    return session.execute(query).scalars().all()


def lock_applications(ids: Any) -> dict[int, Application]:
    """The applications of the subselect `ids`, fresh and locked, the lowest id first; by id."""
    query = (
        select(Application)
        .where(Application.id.in_(ids))
        .order_by(Application.id)
        .with_for_update(of=Application, key_share=True)
        .execution_options(populate_existing=True)
    )
    return {row.id: row for row in session.execute(query).scalars()}


def awards_decided(application_ids: Iterable[int]) -> dict[int, int]:
    """Application → the amount (pence) of its latest decision; those without one are left out."""
    wanted = list(application_ids)
    latest = (
        select(func.max(Decision.id))
        .where(Decision.application_id.in_(wanted))
        .group_by(Decision.application_id)
    )
    query = select(Decision.application_id, Decision.award_pence).where(Decision.id.in_(latest))
    return {row[0]: row[1] for row in session.execute(query) if row[1] is not None}


def what_is_unsettled(round_id: int) -> list[str]:
    """What must be settled before the round's list can be frozen, in words for officers."""
    counts = (
        (number_undecided(round_id), "applications wait for a decision"),
        (number_held(round_id), "eligible applications are on hold"),
        (number_appealed(round_id), "appeals wait for an answer"),
    )
    return [f"{count} {words}." for count, words in counts if count]


def number_undecided(round_id: int) -> int:
    """How many applications of the round an officer has still to decide on."""
    return _count(round_id, Application.status.in_(UNDECIDED))


def number_sent_back(round_id: int) -> int:
    """How many applications of the round wait for corrections by the business."""
    return _count(round_id, Application.status == _A.RETURNED)


def number_held(round_id: int) -> int:
    """How many eligible applications of the round are on hold."""
    return _count(round_id, Application.status == _A.ELIGIBLE, Application.held_at.is_not(None))


def number_appealed(round_id: int) -> int:
    """How many refusals of the round wait for the answer to an appeal."""
    open_appeals = select(Appeal.application_id).where(Appeal.answered_at.is_(None))
    return _count(round_id, Application.id.in_(open_appeals))


def number_eligible(round_id: int) -> int:
    """How many applications of the round wait for its draw."""
    return _count(round_id, Application.status == _A.ELIGIBLE)


def enterprises_twice(round_id: int) -> list[list[str]]:
    """References of eligible applications of one enterprise, where it has more than one.

    One enterprise is what shares a company, charity or tax number, as in `same_enterprise_ids`.
    """
    numbers = (Business.company_number, Business.charity_number, Business.utr)
    query = (
        select(Application.reference, *numbers)
        .join(Business, Business.id == Application.business_id)
        .where(Application.round_id == round_id, Application.status == _A.ELIGIBLE)
        .order_by(Application.id)
    )
    sharing: dict[tuple[int, str], list[str]] = defaultdict(list)
    for reference, *known in session.execute(query):
        for kind, number in enumerate(known):
            if number:
                sharing[kind, number].append(reference)
    found = {tuple(references): None for references in sharing.values() if len(references) > 1}
    return [list(references) for references in found]


def compared_until(business_ids: Iterable[int], on: date) -> date | None:
    """The day before which nothing may be offered to these entries of one enterprise.

    None where none of them is compared in a draw, or its primary follow-up has come by `on`. Who
    left after the freeze is compared all the same if the draw said so.
    """
    compared = _ASSIGNMENT.c.arm.not_in([arm.value for arm in MAY_BE_OFFERED])
    query = (
        select(func.max(Round.follow_up_on))
        .join(Application, Application.round_id == Round.id)
        .outerjoin(_ASSIGNMENT, _ASSIGNMENT.c.application_id == Application.id)
        .where(
            Application.business_id.in_(list(business_ids)),
            or_(Application.status == _A.COMPARISON, compared),
            Round.follow_up_on > on,
        )
    )
    return session.execute(query).scalar_one()


def _count(round_id: int, *conditions: object) -> int:
    query = select(func.count()).select_from(Application)
    query = query.where(Application.round_id == round_id, *conditions)  # type: ignore[arg-type]
    return int(session.execute(query).scalar_one())
