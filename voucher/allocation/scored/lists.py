"""Reads of scorings for everybody: which there are, and what was settled."""

from datetime import datetime

from sqlalchemy import and_, select
from sqlalchemy.orm import joinedload

from voucher.allocation.scored.models import Scoring, ScoringAnswer, ScoringProposal
from voucher.core.db import session
from voucher.core.paging import Page, page_of
from voucher.programmes.models import Round


def published_scorings(page: int = 1) -> Page[tuple[Scoring, datetime | None]]:
    """One page of the scorings, each with its round and programme and when it was settled, the
    newest first."""
    agreed = and_(ScoringAnswer.scoring_id == Scoring.id, ScoringAnswer.agreed)
    query = (
        select(Scoring, ScoringAnswer.answered_at)
        .outerjoin(ScoringAnswer, agreed)
        .options(
            joinedload(Scoring.round, innerjoin=True).joinedload(Round.programme, innerjoin=True)
        )
        .order_by(Scoring.id.desc())
    )
    return page_of(query, page, key=Scoring.id, make=tuple)


def settled_with_moment(scoring_id: int) -> tuple[ScoringProposal, datetime] | None:
    """The ranked list that was agreed and when; None before."""
    query = (
        select(ScoringProposal, ScoringAnswer.answered_at)
        .join(ScoringAnswer, ScoringAnswer.proposal_id == ScoringProposal.id)
        .where(ScoringProposal.scoring_id == scoring_id, ScoringAnswer.agreed)
    )
    row = session.execute(query).one_or_none()
    return (row[0], row[1]) if row else None
