"""Offers are owed in the transaction of the draw, and made one by one afterwards.

Whoever settles one holds its round: so two workers, or a worker and an officer, do it once. Lock
order: round → offer → application.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import insert, update

from voucher.allocation.offers.models import PlaceOffer
from voucher.applications.models import Application, ApplicationStatus
from voucher.applications.operations.drawn import offer_unless_barred
from voucher.core.db import lock, session
from voucher.programmes.models import Round

LONGEST_WAIT = timedelta(hours=1)


def owe_offers(*, applications: Sequence[Application], at: datetime) -> None:
    """Owe each of these applications the offer of its place, in their order."""
    rows = [
        {"application_id": row.id, "round_id": row.round_id, "owed_at": at} for row in applications
    ]
    if rows:
        session.execute(insert(PlaceOffer), rows)


def make_offer(*, offer_id: int, at: datetime) -> bool:
    """Make an offer that is owed; whether there was something to do.

    After: the application is APPROVED with its notice sent, by the system; or nothing of it
    changed, and the bar is kept for the officers. Who has left meanwhile is offered nothing.
    """
    owed = session.get_one(PlaceOffer, offer_id)
    lock(Round, owed.round_id)
    owed = lock(PlaceOffer, offer_id)
    if owed.settled_at is not None:
        return False
    application = lock(Application, owed.application_id)
    if application.status is ApplicationStatus.ELIGIBLE:
        owed.bar = offer_unless_barred(application=application, by=None, at=at)
    owed.settled_at = at
    session.flush()
    return True


def put_off(*, offer_id: int, at: datetime) -> None:
    """Note that making the offer failed: it is tried again after 1, 2, 4 … minutes, then hourly."""
    owed = lock(PlaceOffer, offer_id)
    owed.failures += 1
    owed.retry_at = at + min(timedelta(minutes=2 ** min(owed.failures - 1, 10)), LONGEST_WAIT)
    session.flush()


def settle_by_hand(*, application: Application, at: datetime) -> None:
    """An officer has offered the place: it is owed no more, and nothing bars it."""
    mine = PlaceOffer.application_id == application.id
    session.execute(update(PlaceOffer).where(mine).values(settled_at=at, bar=""))
