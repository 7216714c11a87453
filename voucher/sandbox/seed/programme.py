"""Making the whole demonstration: the one entrance to this package."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

from voucher.accounts.operations import invite
from voucher.accounts.roles import Role
from voucher.core.db import session, transaction
from voucher.integrations.services import Services
from voucher.programmes.models import Programme
from voucher.sandbox.material.businesses import (
    FOR_LOTS,
    FOR_SCORES,
    FictionalBusiness,
    businesses,
    for_trials,
)
from voucher.sandbox.material.supply import providers
from voucher.sandbox.seed import (
    amending,
    applying,
    claiming,
    contributing,
    deciding,
    delivering,
    doubting,
    scheme,
    talking,
)
from voucher.sandbox.seed.case import Case, Due
from voucher.sandbox.seed.casting import CAST_BUSINESS, deal
from voucher.sandbox.seed.drawing import add_draw, lots
from voucher.sandbox.seed.errands import (
    FIRST_TOP_UP_PENCE,
    LATER_TOP_UP_PENCE,
    PRESENT_TOP_UP_PENCE,
    top_up,
)
from voucher.sandbox.seed.following import answer_surveys, ask_reports
from voucher.sandbox.seed.keeping import keep_books
from voucher.sandbox.seed.last_hour import LAST_HOUR, play_last_hour, without_alarm
from voucher.sandbox.seed.levers import Levers
from voucher.sandbox.seed.mistakes import add_mistakes
from voucher.sandbox.seed.official import bring_figures
from voucher.sandbox.seed.people import ask_for_recovery, enter_staff
from voucher.sandbox.seed.planning import draw_up_next
from voucher.sandbox.seed.publishing import ask_about_a_provider, ask_in_vain, publish, sign_off
from voucher.sandbox.seed.releasing import agree_to_releases, release_what_is_ready
from voucher.sandbox.seed.ringing import ring_round
from voucher.sandbox.seed.scoring import add_contests, contests
from voucher.sandbox.seed.screening import put_on_list, take_list_in
from voucher.sandbox.seed.stage import (
    LAST_YEAR_BEGAN_DAYS_AGO,
    LAST_YEAR_CLOSED_DAYS_AGO,
    OPENED_DAYS_AGO,
    SignIn,
    Stage,
)
from voucher.sandbox.seed.suggesting import add_suggestions
from voucher.sandbox.seed.supplying import all_actions
from voucher.sandbox.seed.taking_back import ask_back, set_off_a_claim
from voucher.sandbox.seed.timeline import Timeline
from voucher.sandbox.seed.trials import add_trials, trial_steps
from voucher.sandbox.seed.trying import try_sharing

STEPS = {
    **applying.STEPS,
    **deciding.STEPS,
    **delivering.STEPS,
    **claiming.STEPS,
    **amending.STEPS,
    **contributing.STEPS,
    **doubting.STEPS,
    **talking.STEPS,
}
SPARE_BUSINESSES_DAYS_AGO = 60
REPORTS_DAYS_AGO = 8
SEEDED_PAYOUT_SECONDS = 4 * 24 * 60 * 60
PAYOUT_SECONDS = 4
"""How long a payout takes to the bank: four days in the timeline, four seconds afterwards."""

Action = Callable[[datetime], object]
Jobs = Callable[[datetime], None]
"""The worker's round: every job once, as of a moment; raises when one of them fails."""


@dataclass(frozen=True, slots=True)
class Made:
    """What was made, for the last line on the screen."""

    businesses: int
    actions: int
    evenings: int


def is_empty() -> bool:
    """Whether there is no programme yet."""
    with transaction():
        return session.execute(select(func.count(Programme.id))).scalar_one() == 0


def make_programme(
    *,
    services: Services,
    sign_in: SignIn,
    levers: Levers,
    jobs: Jobs,
    now: datetime,
    size: float = 1.0,
) -> Made:
    """Play the timeline up to `now`. Before: the tables are empty and the stand-ins running.

    `size` 1 makes it whole, less makes fewer cases, and 0 a bare programme: staff, rounds, money.
    """
    stage = Stage(services, sign_in, levers, now)
    levers.hold_webhooks(True)
    known = businesses(stage.today)
    stage.cast_business = known[CAST_BUSINESS].name
    timeline = Timeline()
    _add_scheme(timeline, stage)
    for at, act in all_actions(stage, providers() if size > 0 else ()):
        timeline.add(at, act)
    dealt = _dealt(stage, known, size)
    cases = list({id(due.case): due.case for due in dealt}.values())
    put_on_list(stage, cases)
    for due in dealt:
        timeline.add(due.at, _action(due))
    used = {due.case.business.name for due in dealt}
    for number, business in enumerate(known if size >= 1 else ()):
        if business.name not in used:
            at = stage.moment(SPARE_BUSINESSES_DAYS_AGO - number % 50, 13, number % 60)
            timeline.add(at, _entering(stage, business))
    _add_money(timeline, stage)
    if size > 0:
        add_draw(timeline, stage, cases)
        add_contests(timeline, stage, cases)
    if size >= 1:
        add_trials(timeline, stage, cases)
    _add_office(timeline, stage, cases, size)
    levers.set_payout_delay(SEEDED_PAYOUT_SECONDS)
    evening = _evening(stage, jobs)
    with without_alarm():
        counts = timeline.play(now - LAST_HOUR, evening=evening, every_days=3)
        play_last_hour(stage, cases)
        evening(now)
    levers.set_payout_delay(PAYOUT_SECONDS)
    levers.run_clock()
    levers.hold_webhooks(False)
    return Made(len(stage.entered), counts["actions"], counts["evenings"] + 1)


def _dealt(stage: Stage, known: Sequence[FictionalBusiness], size: float) -> list[Due]:
    """The steps of every case of every round."""
    rest, scored = known[:-FOR_SCORES], known[-FOR_SCORES:]
    dealt = deal(stage, rest[:-FOR_LOTS], size)
    if size > 0:
        dealt += lots(stage, rest[-FOR_LOTS:])
        dealt += contests(stage, scored)
    if size >= 1:
        dealt += trial_steps(stage, for_trials(stage.today))
    return dealt


def _evening(stage: Stage, jobs: Jobs) -> Jobs:
    """Errands and the worker's evening, with the emulator's clock at the same moment."""

    def work(at: datetime) -> None:
        stage.levers.set_clock(at)
        while stage.errands:
            stage.errands.pop(0)(at)
        jobs(at)
        answer_surveys(at)
        if "second_caseworker" in stage.people:
            ring_round(stage.people["second_caseworker"], at)

    return work


def _add_scheme(timeline: Timeline, stage: Stage) -> None:
    timeline.add(stage.moment(470, 9), lambda at: enter_staff(stage, at))
    for days_ago in (465, 1):
        timeline.add(stage.moment(days_ago, 9), lambda at: take_list_in(stage, at))
    for days_ago, hour, act in (
        (455, 11, scheme.set_up_programme),
        (LAST_YEAR_BEGAN_DAYS_AGO, 8, scheme.open_last_year),
        (LAST_YEAR_CLOSED_DAYS_AGO, 18, scheme.close_last_year),
        (OPENED_DAYS_AGO + 12, 11, scheme.set_up_present),
        (OPENED_DAYS_AGO, 8, scheme.open_present),
        (OPENED_DAYS_AGO - 20, 11, scheme.begin_next),
    ):
        timeline.add(stage.moment(days_ago, hour), lambda _at, act=act: act(stage))


def _add_money(timeline: Timeline, stage: Stage) -> None:
    """The funder pays in parts; once it is late, and payments wait for funds."""
    for days_ago, pence in (
        (LAST_YEAR_BEGAN_DAYS_AGO, FIRST_TOP_UP_PENCE),
        (LAST_YEAR_CLOSED_DAYS_AGO - 6, LATER_TOP_UP_PENCE),
        (OPENED_DAYS_AGO, PRESENT_TOP_UP_PENCE),
    ):
        errand = top_up(stage, pence)
        timeline.add(
            stage.moment(days_ago, 12), lambda _at, errand=errand: stage.errands.append(errand)
        )


def _add_office(timeline: Timeline, stage: Stage, cases: Sequence[Case], size: float) -> None:
    """What the office does beside the cases; finance's releases last, on days that are busy."""
    if size > 0:
        timeline.add(stage.moment(REPORTS_DAYS_AGO, 14), lambda at: bring_figures(stage, at))
        timeline.add(stage.moment(REPORTS_DAYS_AGO + 1, 16), lambda at: ask_in_vain(stage, at))
        timeline.add(stage.moment(REPORTS_DAYS_AGO, 15), lambda at: ask_reports(stage, at))
        for days, act in ((0, ask_about_a_provider), (1, sign_off), (2, publish)):
            moment = stage.moment(REPORTS_DAYS_AGO - days, 17)
            timeline.add(moment, lambda at, act=act: act(stage, at))
        timeline.add(stage.moment(REPORTS_DAYS_AGO, 16), lambda at: keep_books(stage, at))
        for days_ago in range(60, 10, -1):
            timeline.add(stage.moment(days_ago, 9), lambda at: set_off_a_claim(stage, at))
        timeline.add(stage.moment(6, 14), lambda at: ask_back(stage, at))
        timeline.add(stage.moment(5, 11), lambda at: try_sharing(stage, at))
        timeline.add(stage.moment(5, 15), lambda at: draw_up_next(stage, at))
        if size >= 1:
            add_mistakes(timeline, stage, cases)
            add_suggestions(timeline, stage)
        timeline.add(stage.moment(2, 12), lambda at: _invite_a_colleague(stage, at))
        timeline.add(stage.moment(1, 11), lambda at: ask_for_recovery(stage, at))
    since = stage.day(OPENED_DAYS_AGO)
    timeline.add_on_busy_days(since, 9, 40, lambda at: release_what_is_ready(stage, at))
    timeline.add_on_busy_days(since, 11, 20, lambda at: agree_to_releases(stage, at))


def _invite_a_colleague(stage: Stage, at: datetime) -> None:
    """The cast's business has invited somebody who has not come yet."""
    invite(
        email="newcomer@business.example",
        role=Role.BUSINESS,
        by=stage.people["owner"],
        at=at,
        key=stage.services.settings.digest_key.encode(),
        business_id=stage.entered[stage.cast_business][0],
    )


def _entering(stage: Stage, business: FictionalBusiness) -> Action:
    return lambda at: _enter(stage, business, at)


def _enter(stage: Stage, business: FictionalBusiness, at: datetime) -> tuple[int, int]:
    """Ids of the business and of the person who acts for it; entered when first met."""
    if business.name not in stage.entered:
        is_cast = business.name == stage.cast_business
        enter = applying.enter_cast_business if is_cast else applying.enter_business
        stage.entered[business.name] = enter(stage, business, at)
    return stage.entered[business.name]


def _action(due: Due) -> Action:
    return lambda at: _act(due.case, due.step, at)


def _act(case: Case, step: str, at: datetime) -> None:
    if case.over:
        return
    if not case.business_id:
        case.business_id, case.user_id = _enter(case.stage, case.business, at)
        applying.enter_colleague(case, at)
    STEPS[step](case, at)
