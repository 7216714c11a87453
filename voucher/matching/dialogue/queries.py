"""Reads of questions and of proposed days. What belongs to somebody else is NotFound."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import joinedload

from voucher.applications.models import Application
from voucher.businesses.models import Business
from voucher.core.db import session
from voucher.core.errors import NotFound
from voucher.core.paging import Page, page_of
from voucher.core.references import normalise_reference
from voucher.matching.dialogue.models import DateProposal, DateStatus, Question
from voucher.matching.models import Match, MatchStatus

UNANSWERED = Question.answered_at.is_(None)


def questions_of(voucher_id: int) -> Sequence[Question]:
    """Every question asked on one voucher with its offering, the latest first."""
    query = select(Question).where(Question.voucher_id == voucher_id)
    found = session.execute(query.options(joinedload(Question.offering)).order_by(-Question.id))
    return found.scalars().all()


@dataclass(frozen=True)
class Asked:
    """How many questions stand against the limits of one voucher."""

    unanswered: int
    about_this: int
    today: int


def asked_so_far(voucher_id: int, offering_id: int, at: datetime) -> Asked:
    """What counts against the limits when a voucher asks about an offering."""
    day_before = at - timedelta(hours=24)
    query = select(
        func.count().filter(UNANSWERED),
        func.count().filter(Question.offering_id == offering_id),
        func.count().filter(Question.asked_at > day_before),
    ).where(Question.voucher_id == voucher_id)
    unanswered, about_this, today = session.execute(query).one()
    return Asked(unanswered, about_this, today)


@dataclass(frozen=True)
class Enquiry:
    """A question as its provider sees it: the problem and the place, not who asks.

    `business` is for what may be said of it (district, trade, size), never its name.
    """

    question: Question
    application: Application
    business: Business


def enquiries_of(provider_id: int, page: int) -> Page[Enquiry]:
    """One page of the questions to a provider: those that wait first, then the latest."""
    query = _enquiries().where(Question.provider_id == provider_id)
    shown = query.order_by(Question.answered_at.is_not(None), -Question.id)
    return page_of(shown, page, key=Question.id, make=lambda row: Enquiry(*row))


def enquiry_for_provider(provider_id: int, reference: str) -> Enquiry:
    """One question to this provider; NotFound for anybody else's."""
    named = Question.reference == (normalise_reference(reference) or "")
    query = _enquiries().where(Question.provider_id == provider_id, named)
    found = session.execute(query.execution_options(populate_existing=True)).first()
    if found is None:
        raise NotFound("There is no such question.")
    return Enquiry(*found)


def waiting_questions(provider_id: int, limit: int = 10) -> Sequence[Question]:
    """The provider's unanswered questions with their offerings, the longest waiting first."""
    query = select(Question).where(Question.provider_id == provider_id, UNANSWERED)
    query = query.options(joinedload(Question.offering)).order_by(Question.id).limit(limit)
    return session.execute(query).scalars().all()


def _enquiries() -> Select[Any]:
    return (
        select(Question, Application, Business)
        .join(Application, Application.id == Question.application_id)
        .join(Business, Business.id == Application.business_id)
        .options(joinedload(Question.offering))
    )


def open_proposal(match_id: int) -> DateProposal | None:
    """The other day proposed for one match that waits for the business, as it is stored now."""
    query = (
        select(DateProposal)
        .join(Match, Match.id == DateProposal.match_id)
        .where(
            DateProposal.match_id == match_id,
            DateProposal.status == DateStatus.PROPOSED,
            Match.status == MatchStatus.OFFERED,
        )
    )
    return session.execute(query.execution_options(populate_existing=True)).scalar_one_or_none()


def outlived_proposals() -> Sequence[int]:
    """Ids of open proposals whose match does not wait for an answer any more."""
    query = (
        select(DateProposal.id)
        .join(Match, Match.id == DateProposal.match_id)
        .where(DateProposal.status == DateStatus.PROPOSED, Match.status != MatchStatus.OFFERED)
        .order_by(DateProposal.id)
    )
    return session.execute(query).scalars().all()
