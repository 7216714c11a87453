"""What the worker does with matches: let lapse what nobody answered in time."""

import logging
from datetime import datetime

from voucher.core.clock import london_date
from voucher.core.db import session, transaction
from voucher.core.errors import DomainError
from voucher.matching.dialogue.operations import end_proposal
from voucher.matching.dialogue.queries import outlived_proposals
from voucher.matching.models import Match
from voucher.matching.operations import lapse, lapse_variation
from voucher.matching.queries import overdue_matches, overdue_variations

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


def lapse_variations(at: datetime) -> int:
    """Let every change of an agreement lapse that is overdue or whose agreement ended; how many.

    Each in a transaction of its own; one that fails is logged and tried again.
    """
    done = 0
    with transaction():
        due = overdue_variations(london_date(at))
    for variation_id in due:
        try:
            with transaction():
                done += lapse_variation(variation_id=variation_id, at=at)
        except DomainError:
            logger.exception("change %s could not lapse; it will be tried again", variation_id)
    return done


def end_proposals(at: datetime) -> int:
    """End every proposal of another day whose match was answered or has ended; how many."""
    done = 0
    with transaction():
        due = outlived_proposals()
    for proposal_id in due:
        try:
            with transaction():
                done += end_proposal(proposal_id=proposal_id, at=at)
        except DomainError:
            logger.exception("proposal %s could not end; it will be tried again", proposal_id)
    return done
