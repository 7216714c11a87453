"""How a round with a locked plan went, read from the database in a bounded number of statements.

Only what had happened by a moment counts, so that the same moment always gives the same.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from sqlalchemy import Row as Record
from sqlalchemy import and_, case, func, or_, select

from voucher.allocation.models import Assignment, Draw, DrawEntry, DrawReplacement
from voucher.allocation.rules import NUMBERS
from voucher.applications.models import Application
from voucher.businesses.models import Business
from voucher.core.clock import LONDON, london_date
from voucher.core.db import session
from voucher.evaluation.enterprises import arm_of, at_the_draw, enterprises
from voucher.evaluation.models import SurveyResponse, Wave
from voucher.evaluation.plans.departures import (
    DAYS_OF_GRACE,
    Course,
    Departure,
    WaveCourse,
    departures,
    early_cut,
    waves_asked,
)
from voucher.evaluation.plans.rules import AnalysisPlan
from voucher.evaluation.queries.surveys import told_to_stop
from voucher.evaluation.rules import due_on
from voucher.programmes.models import AllocationMethod
from voucher.programmes.rules import WITHOUT_OFFER
from voucher.vouchers.models import Award

_NUMBERS = tuple(getattr(Business, name) for name in NUMBERS)


def departed_by(
    round_id: int, plan: AnalysisPlan, at: datetime, *, is_report: bool = False
) -> list[Departure]:
    """What was done otherwise than planned by `at` (aware UTC), as far as the system knows.

    `is_report`: `at` is the data cut of a report, which may have come too early for the plan.
    """
    course = course_of(round_id, plan, at)
    early = early_cut(course.waves, london_date(at)) if is_report else []
    return [*departures(plan, course), *early]


def course_of(round_id: int, plan: AnalysisPlan, at: datetime) -> Course:
    """How the round went by `at`. Follow-ups are told of rounds with a list alone: in a rolling
    round each business has its own days."""
    start = session.execute(
        select(func.min(Assignment.assigned_at)).where(
            Assignment.round_id == round_id,
            Assignment.method != AllocationMethod.ROLLING,
            Assignment.assigned_at <= at,
        )
    ).scalar_one()
    if start is None:
        return Course()
    draw = session.execute(select(Draw).where(Draw.round_id == round_id)).scalar_one_or_none()
    due = {wave: due_on(wave, london_date(start)) for wave in waves_asked(plan)}
    return Course(
        arms=None if draw is None else frozenset(arm["code"] for arm in draw.arms),
        stratum=None if draw is None else draw.stratum_basis.value,
        replaces=draw is None or draw.replaces,
        replaced=0 if draw is None else _replaced(draw.id, at),
        offered_early=_offered_early(round_id, plan, start, at),
        kept_until=_kept_until(draw, plan),
        drawn_on=london_date(start),
        decides_on=due_on(plan.primary.wave, london_date(start)),
        waves=_waves(round_id, due, at),
    )


def _replaced(draw_id: int, at: datetime) -> int:
    query = select(func.count(DrawReplacement.id)).where(
        DrawReplacement.draw_id == draw_id, DrawReplacement.replaced_at <= at
    )
    return int(session.execute(query).scalar_one())


def _kept_until(draw: Draw | None, plan: AnalysisPlan) -> date | None:
    """Until when the draw keeps those whom the plan compares from an offer; None where not."""
    kinds = {} if draw is None else {arm["code"]: arm["arm"] for arm in draw.arms}
    is_kept = WITHOUT_OFFER & {kinds.get(code) for code in plan.comparison}
    return draw.follow_up_on if draw is not None and is_kept else None


def _offered_early(round_id: int, plan: AnalysisPlan, start: datetime, at: datetime) -> int:
    """Businesses of the comparison with an award before the follow-up that decides was due.

    As with take-up an award to any business of the enterprise counts, in whatever round.
    """
    awards = _awards(start, _begins(due_on(plan.primary.wave, london_date(start))), at)
    if not awards:
        return 0
    ours = [
        each for each in _drawn(round_id, at) if arm_of(each) in (*plan.offered, *plan.comparison)
    ]
    groups = enterprises(
        ((each.business_id, at_the_draw(each)["numbers"]) for each in ours), awards
    )
    latest: dict[int, datetime] = {}
    for each in awards:  # in their order, so that the last one stays
        latest[groups[each.business_id]] = each.awarded_at
    return sum(
        latest.get(groups[each.business_id], each.assigned_at) > each.assigned_at
        for each in ours
        if arm_of(each) in plan.comparison
    )


def _awards(since: datetime, before: datetime, at: datetime) -> Sequence[Record[Any]]:
    """The scheme's awards after `since`, before `before` and by `at`, first to last, each with its
    business and the numbers that tell its enterprise."""
    query = (
        select(Award.awarded_at, Application.business_id, *_NUMBERS)
        .select_from(Award)
        .join(Application, Application.id == Award.application_id)
        .join(Business, Business.id == Application.business_id)
        .where(Award.awarded_at > since, Award.awarded_at < before, Award.awarded_at <= at)
        .order_by(Award.awarded_at, Award.id)
    )
    return session.execute(query).all()


def _drawn(round_id: int, at: datetime) -> Sequence[Record[Any]]:
    """Everybody who was assigned by `at`, with what the business was at the draw."""
    query = (
        select(
            Assignment.arm,
            Assignment.arm_code,
            Assignment.assigned_at,
            DrawEntry.facts,
            Application.business_id,
            Business.headcount_band,
            Business.local_authority,
            Business.sector,
            *_NUMBERS,
        )
        .select_from(Assignment)
        .join(Application, Application.id == Assignment.application_id)
        .join(Business, Business.id == Application.business_id)
        .outerjoin(DrawEntry, DrawEntry.application_id == Assignment.application_id)
        .where(Assignment.round_id == round_id, Assignment.assigned_at <= at)
    )
    return session.execute(query).all()


def _waves(round_id: int, due: Mapping[Wave, date], at: datetime) -> Sequence[WaveCourse]:
    versions, late = _asked(round_id, due, at)
    return [
        WaveCourse(
            wave=wave,
            due_on=on,
            late=late[wave],
            not_asked=_not_asked(round_id, wave, at) if at >= _too_late(on) else 0,
            versions=versions[wave],
        )
        for wave, on in due.items()
    ]


def _asked(
    round_id: int, due: Mapping[Wave, date], at: datetime
) -> tuple[Mapping[Wave, dict[str, int]], Mapping[Wave, int]]:
    """How many were asked by `at`: by wave and version of the questions, and late by wave."""
    answer = SurveyResponse
    is_late = or_(
        *(and_(answer.wave == wave, answer.asked_at >= _too_late(on)) for wave, on in due.items())
    )
    query = (
        select(
            answer.wave,
            answer.questions_version,
            func.count(),
            func.sum(case((is_late, 1), else_=0)),
        )
        .where(answer.round_id == round_id, answer.wave.in_(due), answer.asked_at <= at)
        .group_by(answer.wave, answer.questions_version)
        .order_by(answer.wave, answer.questions_version)
    )
    versions: dict[Wave, dict[str, int]] = defaultdict(dict)
    late: dict[Wave, int] = defaultdict(int)
    for wave, version, number, of_them_late in session.execute(query) if due else ():
        versions[wave][version] = number
        late[wave] += of_them_late
    return versions, late


def _not_asked(round_id: int, wave: Wave, at: datetime) -> int:
    """Who was on the list and not asked by `at`, but for those who had told us to stop by then."""
    asked = and_(
        SurveyResponse.application_id == Assignment.application_id,
        SurveyResponse.wave == wave,
        SurveyResponse.asked_at <= at,
    )
    stopped = told_to_stop().where(SurveyResponse.opted_out_at <= at)
    query = (
        select(func.count(Assignment.id))
        .outerjoin(SurveyResponse, asked)
        .where(
            Assignment.round_id == round_id,
            SurveyResponse.id.is_(None),
            Assignment.application_id.not_in(stopped),
        )
    )
    return int(session.execute(query).scalar_one())


def _too_late(due: date) -> datetime:
    """From when on a follow-up that was due on that day is late."""
    return _begins(due + timedelta(days=DAYS_OF_GRACE + 1))


def _begins(day: date) -> datetime:
    return datetime.combine(day, time(), LONDON).astimezone(UTC)
