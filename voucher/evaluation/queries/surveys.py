"""Reads of surveys: who is to be asked, one survey by its link, replies."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import Select, literal, select
from sqlalchemy.orm import aliased

from voucher.allocation.models import Arm, Assignment
from voucher.applications.models import Application
from voucher.businesses.models import Business
from voucher.core.db import session
from voucher.core.errors import NotFound
from voucher.evaluation.models import SurveyResponse, Wave
from voucher.evaluation.rules import OPEN_DAYS
from voucher.programmes.models import AllocationMethod, Programme, Round
from voucher.vouchers.models import Redemption


def without_baseline() -> Sequence[int]:
    """Ids of applications that were sent and whose baseline is not among the responses yet."""
    query = (
        select(Application.id)
        .outerjoin(
            SurveyResponse,
            (SurveyResponse.application_id == Application.id)
            & (SurveyResponse.wave == Wave.BASELINE),
        )
        .where(Application.submitted_at.is_not(None), SurveyResponse.id.is_(None))
        .order_by(Application.id)
    )
    return session.execute(query).scalars().all()


@dataclass(frozen=True)
class Subject:
    """An application that is followed up: since when, in which arm, and the waves it had.

    `opted_out`: its business wants no more surveys of the programme, see `told_to_stop`.
    """

    application_id: int
    round_id: int
    arm: Arm
    start_at: datetime
    asked: frozenset[Wave]
    opted_out: bool


def subjects(at: datetime) -> list[Subject]:
    """Everybody with a follow-up that could be due, each in the arm it was given.

    Where a draw or a ranked list gave the arms, all of every arm are followed up from the moment
    that it did, redeemed or not: asked at another time, or only where the voucher was used, the
    arms could not be compared. In a rolling round those who redeemed are, from that moment.
    Only those within the last follow-up's time are read.
    """
    oldest = at - timedelta(days=366 + OPEN_DAYS + 1)
    listed = select(
        Assignment.application_id, Assignment.round_id, Assignment.arm, Assignment.assigned_at
    ).where(_BY_LIST, Assignment.assigned_at > oldest, Assignment.assigned_at <= at)
    redeemed = (
        select(
            Redemption.application_id,
            Redemption.round_id,
            literal(Arm.VOUCHER, Assignment.arm.type),
            Redemption.redeemed_at,
        )
        .outerjoin(Assignment, (Assignment.application_id == Redemption.application_id) & _BY_LIST)
        .where(
            Assignment.id.is_(None), Redemption.redeemed_at > oldest, Redemption.redeemed_at <= at
        )
    )
    found = sorted([*session.execute(listed), *session.execute(redeemed)])
    asked, out = _asked_so_far(oldest), set(session.execute(told_to_stop()).scalars())
    return [
        Subject(*row, frozenset(asked.get(row.application_id, ())), row.application_id in out)
        for row in found
    ]


_BY_LIST = Assignment.method != AllocationMethod.ROLLING


def _asked_so_far(oldest: datetime) -> dict[int, set[Wave]]:
    """The follow-ups asked since `oldest`, by application."""
    query = select(SurveyResponse.application_id, SurveyResponse.wave)
    asked: dict[int, set[Wave]] = {}
    for application_id, wave in session.execute(query.where(SurveyResponse.asked_at > oldest)):
        asked.setdefault(application_id, set()).add(wave)
    return asked


def told_to_stop() -> Select[tuple[int]]:
    """A select of the ids of applications of which nothing more is asked.

    Whoever turns a survey down is told that the business gets no more of them from the programme:
    so it holds for every application of that business in that programme, and without an end.
    """
    declined, declined_round = aliased(Application), aliased(Round)
    return (
        select(Application.id)
        .join(Round, Round.id == Application.round_id)
        .join(declined, declined.business_id == Application.business_id)
        .join(declined_round, declined_round.id == declined.round_id)
        .join(SurveyResponse, SurveyResponse.application_id == declined.id)
        .where(
            declined_round.programme_id == Round.programme_id,
            SurveyResponse.opted_out_at.is_not(None),
        )
    )


def has_told_to_stop(application_id: int) -> bool:
    """Whether nothing more is asked of this application."""
    query = told_to_stop().where(Application.id == application_id).limit(1)
    return session.execute(query).first() is not None


def response_by_digest(digest: str) -> SurveyResponse:
    """The follow-up whose link has this digest, or NotFound."""
    query = select(SurveyResponse).where(SurveyResponse.token_digest == digest)
    found = session.execute(query).scalar_one_or_none()
    if found is None:
        raise NotFound("There is no such survey. The link may have been cut in two by your email.")
    return found


def response_of(application_id: int, wave: Wave) -> SurveyResponse | None:
    """The response of one application in one wave, if it was asked."""
    query = select(SurveyResponse).where(
        SurveyResponse.application_id == application_id, SurveyResponse.wave == wave
    )
    return session.execute(query).scalar_one_or_none()


@dataclass(frozen=True)
class SurveyPlace:
    """Whose survey it is, for the page: business, programme, contact, arm, the problem's words."""

    business_name: str
    programme_name: str
    contact_email: str
    arm: Arm
    problem_today: str


def place_of(response: SurveyResponse) -> SurveyPlace:
    """What the survey's page says about itself. Without an assignment the arm is the voucher's."""
    query = (
        select(
            Business.name,
            Programme.name,
            Programme.contact_email,
            Assignment.arm,
            Application.problem_today,
        )
        .select_from(Application)
        .join(Business, Business.id == Application.business_id)
        .join(Round, Round.id == Application.round_id)
        .join(Programme, Programme.id == Round.programme_id)
        .outerjoin(Assignment, Assignment.application_id == Application.id)
        .where(Application.id == response.application_id)
    )
    name, programme, contact, arm, problem = session.execute(query).one()
    return SurveyPlace(name, programme, contact, arm or Arm.VOUCHER, problem)


def last_day(response: SurveyResponse) -> date | None:
    """The last day on which a follow-up can be answered."""
    return response.due_on + timedelta(days=OPEN_DAYS - 1) if response.due_on else None
