"""What the worker does with matches: let those lapse that nobody answered in time."""

import logging
from datetime import datetime

from voucher.core.clock import london_date
from voucher.core.db import session, transaction
from voucher.core.errors import DomainError
from voucher.matching.models import Match
from voucher.matching.operations import lapse
from voucher.matching.queries import overdue_matches

logger = logging.getLogger("voucher.matching")


def lapse_matches(at: datetime) -> int:
    """Let every overdue match lapse, each in a transaction of its own; how many did.

    One that fails is logged and tried again the next time; the others go on.
    """
    done = 0
    with transaction():
        due = overdue_matches(london_date(at))
    for match_id in due:
        try:
            with transaction():
                done += lapse(match=session.get_one(Match, match_id), at=at)
        except DomainError:
            logger.exception("match %s could not lapse; it will be tried again", match_id)
    return done
