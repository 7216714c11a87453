"""The question whether the business has paid its part: opened and ended with its claim."""

from datetime import datetime

from voucher.claims.models import UNPAID_MOVES, Claim, UnpaidContribution, UnpaidStatus
from voucher.claims.queries.contributions import open_question
from voucher.claims.rules import CONTRIBUTION_DAYS, due_on
from voucher.core.clock import london_date
from voucher.core.db import session, translating_constraints
from voucher.core.status import opened, transition


def ask(claim: Claim, words: str, *, by: int, at: datetime) -> UnpaidContribution:
    """Open the question on a locked claim; the business has 14 days. Conflict while it is open."""
    question = UnpaidContribution(
        claim_id=claim.id,
        status=UnpaidStatus.ASKED,
        words=words,
        pay_by_on=due_on(london_date(at), CONTRIBUTION_DAYS),
        asked_at=at,
        asked_by_id=by,
    )
    with translating_constraints():
        session.add(question)
        opened(question, at=at, by=by)
    return question


def end(claim: Claim, *, by: int | None, at: datetime) -> None:
    """End the open question of a locked claim that is given back or rejected, if there is one."""
    question = open_question(claim.id)
    if question is not None:
        transition(question, UnpaidStatus.ENDED, moves=UNPAID_MOVES, at=at, by=by)
