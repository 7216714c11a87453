"""Reads of offers: what the worker has still to make, and how far a round's have come."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, func, select

from voucher.allocation.offers.models import PlaceOffer
from voucher.applications.models import Application, ApplicationStatus
from voucher.core.db import session
from voucher.programmes.models import Round

LONG = timedelta(minutes=30)
OFTEN = 3
"""So many failures in a row are no accident: officers are told."""
KEEPS_FAILING = "Making the offer keeps failing. Tell whoever looks after this service."


@dataclass(frozen=True)
class Offers:
    """How far the offers of a round have come.

    `places`: all of them; `owed`: those that the worker has still to make; `on_their_way`: of
    those, the application ids that are owed for less than half an hour and have not failed often;
    `bars`: application id → why it could not be offered.
    """

    places: int
    owed: int
    on_their_way: frozenset[int]
    bars: Mapping[int, str]

    @property
    def settled(self) -> int:
        """How many were looked at: offered, barred, or left before."""
        return self.places - self.owed


def owed_offers(at: datetime) -> Sequence[int]:
    """Ids of the offers that are owed and may be tried at the moment `at`, the first first."""
    query = (
        select(PlaceOffer.id)
        .where(
            PlaceOffer.settled_at.is_(None),
            PlaceOffer.retry_at.is_(None) | (PlaceOffer.retry_at <= at),
        )
        .order_by(PlaceOffer.id)
    )
    return session.execute(query).scalars().all()


def needs_a_person() -> ColumnElement[bool]:
    """Holds of offers of places that an officer must see to: barred, or failed often.

    Those of applications that have been offered their place since, or were withdrawn, don't.
    """
    eligible = select(Application.id).where(Application.status == ApplicationStatus.ELIGIBLE)
    failed = PlaceOffer.settled_at.is_(None) & (PlaceOffer.failures >= OFTEN)
    return ((PlaceOffer.bar != "") | failed) & PlaceOffer.application_id.in_(eligible)


def round_to_see_to() -> Round | None:
    """The first round with an offer that needs a person; None if there is none."""
    rounds = select(PlaceOffer.round_id).where(needs_a_person())
    query = select(Round).where(Round.id.in_(rounds)).order_by(Round.id).limit(1)
    return session.execute(query).scalar_one_or_none()


def offers_of(round_id: int, at: datetime) -> Offers:
    """How far the round's offers have come at the moment `at`."""
    of_round = PlaceOffer.round_id == round_id
    places = select(func.count()).select_from(PlaceOffer).where(of_round)
    open_ = (
        session.execute(
            select(PlaceOffer).where(
                of_round, PlaceOffer.settled_at.is_(None) | (PlaceOffer.bar != "")
            )
        )
        .scalars()
        .all()
    )
    owed = [row for row in open_ if row.settled_at is None]
    late = {row.application_id: KEEPS_FAILING for row in owed if _is_late(row, at)}
    bars = {row.application_id: row.bar for row in open_ if row.bar}
    return Offers(
        places=int(session.execute(places).scalar_one()),
        owed=len(owed),
        on_their_way=frozenset(row.application_id for row in owed) - frozenset(late),
        bars=bars | late,
    )


def is_on_its_way(application_id: int, at: datetime) -> bool:
    """Whether the worker makes the application's offer in the next minutes."""
    query = select(PlaceOffer).where(PlaceOffer.application_id == application_id)
    found = session.execute(query).scalar_one_or_none()
    return found is not None and found.settled_at is None and not _is_late(found, at)


def on_their_way(at: datetime) -> ColumnElement[bool]:
    """Holds of offers that the worker makes in the next minutes: the opposite of `_is_late`."""
    return and_(
        PlaceOffer.settled_at.is_(None),
        PlaceOffer.owed_at > at - LONG,
        PlaceOffer.failures < OFTEN,
    )


def _is_late(owed: PlaceOffer, at: datetime) -> bool:
    return at - owed.owed_at >= LONG or owed.failures >= OFTEN
