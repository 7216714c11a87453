"""Reads of draws: how far one has come, its list, what it gave, and where an application stands."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy import Select, func, select
from sqlalchemy.orm import aliased, joinedload

from voucher.allocation.draw import Entry
from voucher.allocation.models import (
    Arm,
    Assignment,
    Draw,
    DrawEntry,
    DrawList,
    DrawReplacement,
    DrawResult,
    DrawValue,
)
from voucher.allocation.offers.models import PlaceOffer
from voucher.allocation.offers.queries import on_their_way
from voucher.allocation.rules import Step
from voucher.applications.models import Application, ApplicationStatus
from voucher.core.db import session
from voucher.core.errors import Conflict, NotFound
from voucher.core.paging import Page, page_of
from voucher.core.references import normalise_reference
from voucher.programmes.models import Round

Row = TypeVar("Row")
LEFT = (ApplicationStatus.WITHDRAWN, ApplicationStatus.REFUSED)


@dataclass(frozen=True)
class Steps:
    """The steps of one draw that have been taken, each its row or None."""

    sealed: Draw | None = None
    frozen: DrawList | None = None
    valued: DrawValue | None = None
    drawn: DrawResult | None = None

    @property
    def last(self) -> Step:
        """The step that was taken last."""
        taken = (
            (self.drawn, Step.DRAWN),
            (self.valued, Step.VALUED),
            (self.frozen, Step.FROZEN),
            (self.sealed, Step.SEALED),
        )
        return next((step for row, step in taken if row is not None), Step.NONE)

    @property
    def draw(self) -> Draw:
        """The draw; Conflict where no secret is sealed."""
        return _taken(self.sealed)

    @property
    def frozen_list(self) -> DrawList:
        """The frozen list; Conflict where there is none yet."""
        return _taken(self.frozen)

    @property
    def public_value(self) -> DrawValue:
        """The public value; Conflict where there is none yet."""
        return _taken(self.valued)


def _taken(row: Row | None) -> Row:
    if row is None:
        raise Conflict("This step of the draw has not been taken yet.")
    return row


def steps_of_round(round_id: int) -> Steps:
    """How far the draw of a round has come."""
    query = (
        select(Draw, DrawList, DrawValue, DrawResult)
        .outerjoin(DrawList, DrawList.draw_id == Draw.id)
        .outerjoin(DrawValue, DrawValue.draw_id == Draw.id)
        .outerjoin(DrawResult, DrawResult.draw_id == Draw.id)
        .where(Draw.round_id == round_id)
    )
    found = session.execute(query).one_or_none()
    return Steps(*found) if found else Steps()


def draw_by_reference(reference: str) -> Draw:
    """The draw with its round and programme, or NotFound."""
    query = (
        select(Draw)
        .options(joinedload(Draw.round, innerjoin=True).joinedload(Round.programme, innerjoin=True))
        .where(Draw.reference == (normalise_reference(reference) or ""))
    )
    found = session.execute(query).scalar_one_or_none()
    if found is None:
        raise NotFound("There is no such draw.")
    return found


def published_draws(page: int = 1) -> Page[tuple[Draw, DrawList | None, DrawResult | None]]:
    """One page of the draws with round and programme, the newest first; list and result if any."""
    query = (
        select(Draw, DrawList, DrawResult)
        .outerjoin(DrawList, DrawList.draw_id == Draw.id)
        .outerjoin(DrawResult, DrawResult.draw_id == Draw.id)
        .options(joinedload(Draw.round, innerjoin=True).joinedload(Round.programme, innerjoin=True))
        .order_by(Draw.id.desc())
    )
    return page_of(query, page, key=Draw.id, make=tuple)


def entries_of(draw_id: int) -> list[tuple[int, Entry]]:
    """The frozen list: application id and entry, in no promised order."""
    query = select(DrawEntry.application_id, DrawEntry.reference, DrawEntry.stratum)
    rows = session.execute(query.where(DrawEntry.draw_id == draw_id))
    return [(row[0], Entry(row[1], row[2])) for row in rows]


def took_over_a_place(application_id: int) -> bool:
    """Whether the application was given a place that somebody left."""
    query = select(DrawReplacement.id).where(DrawReplacement.successor_id == application_id)
    return session.execute(query).scalar() is not None


def next_waiting(draw_id: int, stratum: str) -> Assignment | None:
    """The first of the stratum's waiting list who still waits and was given no place yet."""
    successors = select(DrawReplacement.successor_id)
    query = (
        select(Assignment)
        .join(Application, Application.id == Assignment.application_id)
        .where(
            Assignment.draw_id == draw_id,
            Assignment.stratum == stratum,
            Assignment.arm == Arm.WAITING,
            Assignment.application_id.not_in(successors),
            Application.status == ApplicationStatus.ELIGIBLE,
        )
        .order_by(Assignment.position)
        .limit(1)
    )
    return session.execute(query).scalar_one_or_none()


def places_left(draw_id: int) -> Sequence[Any]:
    """Places that were left before issue and not given on: application id, reference, stratum."""
    leavers = select(DrawReplacement.leaver_id)
    successors = select(DrawReplacement.successor_id)
    query = (
        select(Application.id, Application.reference, Assignment.stratum)
        .join(Assignment, Assignment.application_id == Application.id)
        .where(
            Assignment.draw_id == draw_id,
            (Assignment.arm == Arm.VOUCHER) | Assignment.application_id.in_(successors),
            Application.status.in_(LEFT),
            Application.id.not_in(leavers),
        )
        .order_by(Assignment.stratum, Assignment.position)
    )
    return session.execute(query).all()


def places_not_offered(draw_id: int) -> Sequence[Application]:
    """Applications with a place whose notice could not be sent yet, the first drawn first."""
    return session.execute(_not_offered(draw_id)).scalars().all()


def places_to_see_to(draw_id: int, at: datetime, page: int) -> Page[Application]:
    """One page of the same without those whose offer the worker makes in the next minutes."""
    coming = select(PlaceOffer.application_id).where(on_their_way(at))
    query = _not_offered(draw_id).where(Application.id.not_in(coming))
    return page_of(query, page, key=Application.id, make=lambda row: row[0])


def _not_offered(draw_id: int) -> Select[tuple[Application]]:
    successors = select(DrawReplacement.successor_id)
    return (
        select(Application)
        .join(Assignment, Assignment.application_id == Application.id)
        .where(
            Assignment.draw_id == draw_id,
            (Assignment.arm == Arm.VOUCHER) | Assignment.application_id.in_(successors),
            Application.status == ApplicationStatus.ELIGIBLE,
        )
        .order_by(Assignment.stratum, Assignment.position)
    )


def replacements_of(draw_id: int) -> Sequence[Any]:
    """Who left and who was given the place: references, stratum, when; in the order of it."""
    leaver, successor = aliased(Application), aliased(Application)
    query = (
        select(
            leaver.reference.label("leaver"),
            successor.reference.label("successor"),
            DrawReplacement.stratum,
            DrawReplacement.replaced_at,
        )
        .join(leaver, leaver.id == DrawReplacement.leaver_id)
        .join(successor, successor.id == DrawReplacement.successor_id)
        .where(DrawReplacement.draw_id == draw_id)
        .order_by(DrawReplacement.id)
    )
    return session.execute(query).all()


@dataclass(frozen=True)
class DrawnPlace:
    """What a draw gave one application, in the words of its plan.

    `number`: its number among those who still wait in its stratum; None off the waiting list.
    """

    arm: Arm
    arm_name: str
    draw_reference: str
    stratum: str
    number: int | None
    took_over: bool


def drawn_place(application_id: int) -> DrawnPlace | None:
    """What the draw gave the application; None before it, and in a round without one."""
    query = (
        select(Assignment, Draw)
        .join(Draw, Draw.id == Assignment.draw_id)
        .where(Assignment.application_id == application_id)
    )
    found = session.execute(query).one_or_none()
    if found is None:
        return None
    assigned, draw = found
    names = {arm["code"]: arm["name"] for arm in draw.arms}
    took_over = assigned.arm is Arm.WAITING and took_over_a_place(application_id)
    waits = assigned.arm is Arm.WAITING and not took_over
    return DrawnPlace(
        arm=assigned.arm,
        arm_name=names.get(assigned.arm_code, assigned.arm.public_label),
        draw_reference=draw.reference,
        stratum=assigned.stratum,
        number=_number_waiting(assigned) if waits else None,
        took_over=took_over,
    )


def _number_waiting(assigned: Assignment) -> int:
    successors = select(DrawReplacement.successor_id)
    query = (
        select(func.count())
        .select_from(Assignment)
        .join(Application, Application.id == Assignment.application_id)
        .where(
            Assignment.draw_id == assigned.draw_id,
            Assignment.stratum == assigned.stratum,
            Assignment.arm == Arm.WAITING,
            Assignment.position <= assigned.position,
            Assignment.application_id.not_in(successors),
            Application.status == ApplicationStatus.ELIGIBLE,
        )
    )
    return int(session.execute(query).scalar_one())
