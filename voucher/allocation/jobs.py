"""What the worker does after a draw or a settled list: it makes the offers, one by one."""

import logging
from datetime import datetime

from voucher.allocation.offers.operations import make_offer, put_off
from voucher.allocation.offers.queries import owed_offers
from voucher.core.db import reading, session
from voucher.core.turns import in_turn

logger = logging.getLogger("voucher.allocation")
AT_A_TIME = 50
"""Offers made before the worker's other jobs have their turn: each takes some hundredths of a
second."""


def make_offers(at: datetime, most: int = AT_A_TIME) -> int:
    """Make the offers of places that are owed, see `in_turn`; how many were settled.

    One that fails is tried again later and later, so that it neither fills the log nor is lost;
    officers see it among what waits for them.
    """
    with reading():
        due = owed_offers(at)
        session.rollback()
    return in_turn(
        due,
        lambda id_: make_offer(offer_id=id_, at=at),
        what="the offer of a place",
        logger=logger,
        most=most,
        failed=lambda id_: put_off(offer_id=id_, at=at),
    )
