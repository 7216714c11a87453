"""The question whether the business has paid its part: opened and ended with its claim."""

from datetime import datetime

from voucher.claims.models import (
    UNPAID_MOVES,
    Claim,
    ClaimStatus,
    UnpaidContribution,
    UnpaidStatus,
)
from voucher.claims.queries.contributions import open_question, questions_of
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


def left_unanswered(claim: Claim) -> UnpaidContribution | None:
    """The question that ended because the provider took its claim back, before it is sent again.

    Only what somebody else asked, or the business denied: a provider may take its own word back,
    and what an officer gave back was decided by that officer.
    """
    taken_back = claim.status is ClaimStatus.RETURNED and claim.review_note is None
    if not taken_back or claim.submitted_at is None:
        return None
    last = next(iter(questions_of(claim.id)), None)
    if last is None or last.status is not UnpaidStatus.ENDED or last.asked_at < claim.submitted_at:
        return None
    return last if last.answer or last.asked_by_id != claim.submitted_by_id else None


def ask_again(
    claim: Claim, left: UnpaidContribution, *, by: int, at: datetime
) -> UnpaidContribution:
    """Open `left` anew on the locked claim: as it was asked, or denied, but for its last day.

    A denial that an officer answered already, with more time, is asked.
    """
    denied = left.answer and not left.note
    question = UnpaidContribution(
        claim_id=claim.id,
        status=UnpaidStatus.DENIED if denied else UnpaidStatus.ASKED,
        words=left.words,
        answer=left.answer,
        answered_at=left.answered_at,
        pay_by_on=due_on(london_date(at), CONTRIBUTION_DAYS),
        asked_at=at,
        asked_by_id=left.asked_by_id,
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
