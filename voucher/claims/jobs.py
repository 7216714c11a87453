"""What the worker does with claims: put silence past a last day before the officers."""

import logging
from collections.abc import Callable, Sequence
from datetime import datetime

from voucher.claims.operations import escalate_claim, escalate_redemption
from voucher.claims.queries import claims_unanswered, redemptions_unclaimed
from voucher.core.clock import london_date
from voucher.core.db import reading, session, transaction
from voucher.core.errors import DomainError

logger = logging.getLogger("voucher.claims")


def escalate_silence(at: datetime) -> int:
    """Escalate every claim and redemption whose last day is over; how many were new.

    Each in a transaction of its own, once for each last day. One that fails is logged and tried
    again; the others go on. Who is told of it, notifications decide from the events.
    """
    today = london_date(at)
    with reading():
        claims, redemptions = claims_unanswered(today), redemptions_unclaimed(today)
        session.rollback()
    return _each(claims, lambda id_: escalate_claim(claim_id=id_, at=at)) + _each(
        redemptions, lambda id_: escalate_redemption(redemption_id=id_, at=at)
    )


def _each(ids: Sequence[int], escalate: Callable[[int], bool]) -> int:
    done = 0
    for id_ in ids:
        try:
            with transaction():
                done += escalate(id_)
        except DomainError:
            logger.exception("%s could not be escalated; it will be tried again", id_)
    return done
