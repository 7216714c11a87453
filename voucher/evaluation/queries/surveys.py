"""Reads of surveys: who is to be asked, one survey by its link, replies."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import case as sql_case
from sqlalchemy import func, select

from voucher.allocation.models import Arm, Assignment, DrawReplacement
from voucher.applications.models import Application
from voucher.businesses.models import Business
from voucher.core.db import session
from voucher.core.errors import NotFound
from voucher.evaluation.models import SurveyResponse, Wave
from voucher.evaluation.rules import OPEN_DAYS
from voucher.programmes.models import Programme, Round
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
    """An application that is followed up: since when, in which arm, and the waves it had."""

    application_id: int
    round_id: int
    arm: Arm
    start_at: datetime
    asked: frozenset[Wave]
    opted_out: bool


def subjects(at: datetime) -> list[Subject]:
    """Everybody with a follow-up that could be due: vouchers redeemed, other arms assigned.

    Only those within the last follow-up's time are read.
    """
    oldest = at - timedelta(days=366 + OPEN_DAYS + 1)
    redeemed = select(Redemption.application_id, Redemption.round_id, Redemption.redeemed_at).where(
        Redemption.redeemed_at > oldest, Redemption.redeemed_at <= at
    )
    given_a_place = select(DrawReplacement.successor_id)
    compared = select(
        Assignment.application_id, Assignment.round_id, Assignment.assigned_at, Assignment.arm
    ).where(
        Assignment.arm != Arm.VOUCHER,
        Assignment.application_id.not_in(given_a_place),
        Assignment.assigned_at > oldest,
        Assignment.assigned_at <= at,
    )
    found = [(row, Arm.VOUCHER) for row in session.execute(redeemed)]
    found += [(row[:3], row.arm) for row in session.execute(compared)]
    asked, out = _asked_so_far([row[0] for row, _ in found])
    return [
        Subject(row[0], row[1], arm, row[2], frozenset(asked.get(row[0], ())), row[0] in out)
        for row, arm in sorted(found, key=lambda each: each[0][0])
    ]


def _asked_so_far(application_ids: Sequence[int]) -> tuple[dict[int, set[Wave]], set[int]]:
    query = select(
        SurveyResponse.application_id, SurveyResponse.wave, SurveyResponse.opted_out_at
    ).where(SurveyResponse.application_id.in_(application_ids))
    asked: dict[int, set[Wave]] = {}
    out = set()
    for application_id, wave, opted_out_at in session.execute(query):
        asked.setdefault(application_id, set()).add(wave)
        if opted_out_at is not None:
            out.add(application_id)
    return asked, out


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


@dataclass(frozen=True)
class ReplyRate:
    """Replies of one round, arm and wave."""

    round_reference: str
    round_name: str
    arm: Arm
    wave: Wave
    asked: int
    answered: int
    begun: int
    opted_out: int

    @property
    def percent(self) -> int:
        """Answered of asked, in whole per cent rounded down: a group is listed once asked."""
        return self.answered * 100 // self.asked


def reply_rates() -> list[ReplyRate]:
    """Replies by round, arm and wave, the newest round first, in one statement."""
    arm = func.coalesce(Assignment.arm, Arm.VOUCHER.value)
    begun = SurveyResponse.answered_at.is_(None) & SurveyResponse.opted_out_at.is_(None)
    query = (
        select(
            Round.reference,
            Round.name,
            arm,
            SurveyResponse.wave,
            func.count(SurveyResponse.id),
            func.count(SurveyResponse.answered_at),
            func.sum(sql_case((begun & SurveyResponse.saved_at.is_not(None), 1), else_=0)),
            func.count(SurveyResponse.opted_out_at),
        )
        .join(Round, Round.id == SurveyResponse.round_id)
        .outerjoin(Assignment, Assignment.application_id == SurveyResponse.application_id)
        .where(SurveyResponse.wave != Wave.BASELINE)
        .group_by(Round.id, Round.reference, Round.name, arm, SurveyResponse.wave)
        .order_by(Round.id.desc(), arm.desc())
    )
    order = list(Wave)
    rows = [
        ReplyRate(row[0], row[1], Arm(row[2]), row[3], row[4], row[5], int(row[6]), row[7])
        for row in session.execute(query)
    ]
    rounds = list(dict.fromkeys(row.round_reference for row in rows))
    return sorted(
        rows, key=lambda row: (rounds.index(row.round_reference), row.arm, order.index(row.wave))
    )


def last_day(response: SurveyResponse) -> date | None:
    """The last day on which a follow-up can be answered."""
    return response.due_on + timedelta(days=OPEN_DAYS - 1) if response.due_on else None
