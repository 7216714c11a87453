"""What the worker does with matches: let lapse what nobody answered in time."""

import logging
from datetime import datetime

from voucher.core.clock import london_date
from voucher.core.db import reading, session
from voucher.core.turns import in_turn
from voucher.matching.dialogue.operations import end_proposal
from voucher.matching.dialogue.queries import outlived_proposals
from voucher.matching.models import Match
from voucher.matching.operations import lapse, lapse_variation
from voucher.matching.queries import overdue_matches, overdue_variations

logger = logging.getLogger("voucher.matching")


def lapse_matches(at: datetime) -> int:
    """Let the overdue matches lapse, see `in_turn`; how many did."""
    with reading():
        due = overdue_matches(london_date(at))
        session.rollback()
    return in_turn(due, lambda id_: _lapse(id_, at), what="match", logger=logger)


def _lapse(match_id: int, at: datetime) -> bool:
    return lapse(match=session.get_one(Match, match_id), at=at)


def lapse_variations(at: datetime) -> int:
    """Let the changes of agreements lapse that are overdue or whose agreement ended; how many."""
    with reading():
        due = overdue_variations(london_date(at))
        session.rollback()
    return in_turn(
        due, lambda id_: lapse_variation(variation_id=id_, at=at), what="change", logger=logger
    )


def end_proposals(at: datetime) -> int:
    """End the proposals of another day whose match was answered or has ended; how many."""
    with reading():
        due = outlived_proposals()
        session.rollback()
    return in_turn(
        due, lambda id_: end_proposal(proposal_id=id_, at=at), what="proposal", logger=logger
    )
