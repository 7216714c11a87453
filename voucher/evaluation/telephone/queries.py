"""Reads of follow-ups by telephone: whom to ring, one follow-up, the calls made about it.

The list to ring says nothing of arms: whoever rings should treat both alike.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import func, select

from voucher.accounts.models import User
from voucher.applications.models import Application
from voucher.businesses.models import Business
from voucher.core.clock import london_date
from voucher.core.db import session
from voucher.core.errors import NotFound
from voucher.core.paging import Page, page_of
from voucher.evaluation.models import SurveyResponse, Wave
from voucher.evaluation.queries.surveys import told_to_stop
from voucher.evaluation.rules import OPEN_DAYS, OVERDUE_DAYS
from voucher.evaluation.telephone.models import CallOutcome, SurveyCall
from voucher.programmes.models import Round


@dataclass(frozen=True)
class CallDue:
    """A follow-up that waits for an answer, and the calls made about it so far."""

    reference: str
    business_name: str
    round_name: str
    wave: Wave
    asked_at: datetime
    due_on: date
    begun: bool
    calls: int
    last_outcome: CallOutcome | None

    @property
    def last_day(self) -> date:
        """The last day on which it can be answered."""
        return self.due_on + timedelta(days=OPEN_DAYS - 1)


def calls_due(
    *, at: datetime, round_reference: str = "", everybody: bool, page: int
) -> Page[CallDue]:
    """One page of the follow-ups to ring about, those that close soonest first.

    Overdue ones (28 days after asking, a week after the last reminder), or with `everybody` all
    that wait for an answer and can still be given one. None of a business that wants no more
    surveys of the programme.
    """
    calls = (
        select(
            SurveyCall.response_id,
            func.count().label("number"),
            func.max(SurveyCall.id).label("last_id"),
        )
        .group_by(SurveyCall.response_id)
        .subquery()
    )
    query = (
        select(
            Application.reference,
            Business.name,
            Round.name,
            SurveyResponse.wave,
            SurveyResponse.asked_at,
            SurveyResponse.due_on,
            SurveyResponse.saved_at.is_not(None),
            func.coalesce(calls.c.number, 0),
            SurveyCall.outcome,
        )
        .join(Application, Application.id == SurveyResponse.application_id)
        .join(Business, Business.id == Application.business_id)
        .join(Round, Round.id == SurveyResponse.round_id)
        .outerjoin(calls, calls.c.response_id == SurveyResponse.id)
        .outerjoin(SurveyCall, SurveyCall.id == calls.c.last_id)
        .where(
            SurveyResponse.due_on > london_date(at) - timedelta(days=OPEN_DAYS),
            SurveyResponse.answered_at.is_(None),
            SurveyResponse.application_id.not_in(told_to_stop()),
        )
        .order_by(SurveyResponse.due_on, SurveyResponse.id)
    )
    if not everybody:
        query = query.where(SurveyResponse.asked_at <= at - timedelta(days=OVERDUE_DAYS))
    if round_reference:
        query = query.where(Round.reference == round_reference)
    return page_of(query, page, key=SurveyResponse.id, make=lambda row: CallDue(*row))


def follow_up_of(reference: str, wave: str) -> SurveyResponse:
    """The follow-up of an application in a wave, by their codes; NotFound if it was not asked."""
    query = (
        select(SurveyResponse)
        .join(Application, Application.id == SurveyResponse.application_id)
        .where(Application.reference == reference, SurveyResponse.token_digest.is_not(None))
    )
    found = [each for each in session.execute(query).scalars() if each.wave.value == wave]
    if not found:
        raise NotFound("This follow-up has not been asked.")
    return found[0]


def follow_ups_of(reference: str) -> Sequence[SurveyResponse]:
    """Every follow-up asked of an application, in order."""
    query = (
        select(SurveyResponse)
        .join(Application, Application.id == SurveyResponse.application_id)
        .where(Application.reference == reference, SurveyResponse.token_digest.is_not(None))
        .order_by(SurveyResponse.due_on)
    )
    return session.execute(query).scalars().all()


@dataclass(frozen=True)
class Contact:
    """Whom to ring, and where."""

    reference: str
    business_name: str
    person: str | None
    phone: str | None


def contact_of(reference: str) -> Contact:
    """Who signed the application, and the number given with it; NotFound if there is none."""
    person = func.coalesce(Application.signatory_name, User.full_name)
    phone = func.coalesce(Application.contact_phone, Business.phone)
    query = (
        select(Application.reference, Business.name, person, phone)
        .join(Business, Business.id == Application.business_id)
        .outerjoin(User, User.id == Application.submitted_by_id)
        .where(Application.reference == reference)
    )
    row = session.execute(query).one_or_none()
    if row is None:
        raise NotFound("There is no such application.")
    return Contact(*row)


def calls_of(response_id: int) -> Sequence[SurveyCall]:
    """The calls made about one follow-up, newest first."""
    query = select(SurveyCall).where(SurveyCall.response_id == response_id)
    return session.execute(query.order_by(SurveyCall.id.desc())).scalars().all()


def rounds_with_follow_ups() -> Sequence[Round]:
    """The rounds of which somebody was asked, newest first."""
    asked = select(SurveyResponse.round_id).where(SurveyResponse.token_digest.is_not(None))
    query = select(Round).where(Round.id.in_(asked)).order_by(Round.id.desc())
    return session.execute(query).scalars().all()
