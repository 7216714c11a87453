"""What the worker does with ratings: show those whose other side has had its time."""

import logging
from datetime import datetime

from voucher.claims.ratings.operations import show_overdue
from voucher.claims.ratings.queries import sealed_too_long
from voucher.core.db import reading, session
from voucher.core.turns import in_turn

logger = logging.getLogger("voucher.claims")


def show_ratings(at: datetime) -> int:
    """Show the ratings sealed for fourteen days, see `in_turn`; how many."""
    with reading():
        due = sealed_too_long(at)
        session.rollback()
    return in_turn(
        due, lambda id_: show_overdue(rating_id=id_, at=at), what="rating", logger=logger
    )
