"""What the worker does with ratings: show those whose other side has had its time."""

import logging
from datetime import datetime

from voucher.claims.ratings.operations import show_overdue
from voucher.claims.ratings.queries import sealed_too_long
from voucher.core.db import transaction
from voucher.core.errors import DomainError

logger = logging.getLogger("voucher.claims")


def show_ratings(at: datetime) -> int:
    """Show every rating sealed for fourteen days, each in a transaction of its own; how many."""
    done = 0
    with transaction():
        due = sealed_too_long(at)
    for rating_id in due:
        try:
            with transaction():
                done += show_overdue(rating_id=rating_id, at=at)
        except DomainError:
            logger.exception("rating %s could not be shown; it will be tried again", rating_id)
    return done
