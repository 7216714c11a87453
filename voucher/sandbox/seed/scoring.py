"""Two rounds shared by scores: one settled, and one whose applications are being scored.

Played by the real operations. In the settled one two scorers differ once, a scorer notices a
conflict and gives an application back, one with a place turns it down and the next has it. In the
other there is something of every stage, one application that a third has to score among them.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select

from voucher.allocation.models import Arm, Assignment
from voucher.allocation.scored.models import Scoring
from voucher.allocation.scored.operations import outcome, sheets
from voucher.allocation.scored.operations import plan as planning
from voucher.allocation.scored.operations.replace import replace
from voucher.allocation.scored.queries import places_left, scoring_of, states_of
from voucher.allocation.scoring import Criterion, ScoringRule
from voucher.core.db import session
from voucher.programmes.models import AllocationMethod
from voucher.programmes.operations import rounds
from voucher.sandbox.material.businesses import FictionalBusiness, RegisterTwist
from voucher.sandbox.seed import applying, delivering
from voucher.sandbox.seed.case import Case, Due
from voucher.sandbox.seed.fates import schedule
from voucher.sandbox.seed.planning import plan_contest
from voucher.sandbox.seed.small_rounds import make_small_round
from voucher.sandbox.seed.stage import Stage
from voucher.sandbox.seed.timeline import Timeline

LARGEST = 249
YOUNGEST_DAYS = 400
PATH = ["start", "submit", "assign", "decide", "second"]
SCORERS = ("caseworker", "second_caseworker", "approver", "second_approver")
MINUTES_A_SHEET = 20
RULE = ScoringRule(
    criteria=(
        Criterion("need", "Need", "What the problem costs the business today.", 5_000),
        Criterion("reach", "Reach", "How many people would work differently.", 3_000),
        Criterion("readiness", "Readiness", "Whether they could begin soon.", 2_000),
    ),
    highest_mark=5,
    apart_bps=2_000,
    apart_marks=2,
    least_bps=4_500,
    places=3,
)
REASONS = {
    "need": (
        "It is not said what the problem costs.",
        "Costs are named, but not counted: some hours a week.",
        "Hours and money are counted, and it happens every week.",
    ),
    "reach": (
        "One person would notice the difference.",
        "A few people would work differently.",
        "Everybody there would work differently.",
    ),
    "readiness": (
        "Nobody is named who would see to it.",
        "Somebody would see to it, beside other work.",
        "Somebody has the time, and knows what comes first.",
    ),
}


@dataclass(frozen=True, slots=True)
class Contest:
    """One round: when it was open, how many apply, and what each scorer gave to each in order.

    A mark goes to the scorers in the order of `SCORERS`. None: taken, and not handed in yet.
    """

    name: str
    opened_days_ago: int
    closed_days_ago: int
    marks: tuple[tuple[int | None, ...], ...]
    first_number: int

    @property
    def begun_days_ago(self) -> int:
        """When its list was frozen."""
        return self.closed_days_ago - 5


SETTLED = Contest(
    "scored",
    opened_days_ago=100,
    closed_days_ago=66,
    marks=((5, 4), (4, 4), (2, 5, 4), (4, 3), (3, 3), (2, 2), (1, 2), (3, 4)),
    first_number=400,
)
GOING_ON = Contest(
    "being_scored",
    opened_days_ago=50,
    closed_days_ago=16,
    marks=((4, 4), (1, 5), (3, None), (2, 5, None), (3,), ()),
    first_number=420,
)


def contests(stage: Stage, spare: Sequence[FictionalBusiness]) -> list[Due]:
    """The steps of the businesses that apply in the two rounds."""
    since = stage.day(SETTLED.opened_days_ago + YOUNGEST_DAYS)
    fit = [
        one
        for one in spare
        if one.twist is RegisterTwist.NONE
        and one.headcount <= LARGEST
        and one.trading_since_on < since
    ]
    due: list[Due] = []
    for contest in (SETTLED, GOING_ON):
        theirs, fit = fit[: len(contest.marks)], fit[len(contest.marks) :]
        for number, business in enumerate(theirs):
            due += _steps(stage, contest, business, number)
    return due


def _steps(stage: Stage, contest: Contest, business: FictionalBusiness, number: int) -> list[Due]:
    case = Case(
        stage=stage,
        business=business,
        round_name=contest.name,
        fate="scored",
        number=contest.first_number + number,
        draw=random.Random(f"{contest.name}-{number}"),
    )
    begin = stage.moment(contest.opened_days_ago - 2 - number) + timedelta(minutes=number)
    return [Due(step.at, case, step.name) for step in schedule(PATH, begin, case.draw)]


def add_contests(timeline: Timeline, stage: Stage, cases: Sequence[Case]) -> None:
    """Put the two rounds, their scoring, and what came of the first on the timeline."""
    for contest in (SETTLED, GOING_ON):
        theirs = [case for case in cases if case.round_name == contest.name]
        for days_ago, hour, act in (
            (contest.opened_days_ago, 13, _open),
            (contest.closed_days_ago, 18, _close),
            (contest.begun_days_ago, 10, _begin),
        ):
            at = stage.moment(days_ago, hour)
            timeline.add(at, lambda at, act=act, one=contest: act(stage, one, at))
        timeline.add(
            stage.moment(contest.begun_days_ago - 2, 9),
            lambda at, one=contest, theirs=theirs: _score(stage, one, theirs, at),
        )
    of_settled = [case for case in cases if case.round_name == SETTLED.name]
    after = SETTLED.begun_days_ago - 5
    timeline.add(stage.moment(after, 10), lambda at: _settle(stage, at))
    timeline.add(stage.moment(after - 1, 11), lambda at: _answer(of_settled, at))
    timeline.add(stage.moment(after - 2, 11), lambda at: _give_on(stage, at))


def _open(stage: Stage, contest: Contest, at: datetime) -> None:
    opens, closes = stage.day(contest.opened_days_ago), stage.day(contest.closed_days_ago)
    made = make_small_round(
        stage,
        contest.name,
        at,
        name=f"Round by scores, {opens:%B %Y}",
        opens_on=opens,
        closes_on=closes,
        budget_pence=500_000,
        allocation_method=AllocationMethod.SCORED,
    )
    manager = stage.people["manager"]
    planning.set_plan(round_=made, rule=RULE, replaces=True, by=manager, at=at)
    rounds.open_round(round_=made, by=manager, at=at)


def _close(stage: Stage, contest: Contest, at: datetime) -> None:
    rounds.close_round(round_=stage.round(contest.name), by=stage.people["manager"], at=at)


def _begin(stage: Stage, contest: Contest, at: datetime) -> None:
    round_ = stage.round(contest.name)
    plan_contest(stage, round_, at - timedelta(hours=1))
    begun = planning.begin(round_=round_, by=stage.people["manager"], at=at, key=stage.code_key)
    for number, scorer in enumerate(SCORERS, 1):
        moment = at + timedelta(hours=number)
        sheets.declare(scoring=begun, conflicts=(), by=stage.people[scorer], at=moment)


def _score(stage: Stage, contest: Contest, cases: Sequence[Case], at: datetime) -> None:
    """Every sheet, twenty minutes apart; before them somebody gives the first one back."""
    scoring = _scoring(stage, contest)
    number_of = {state.application.id: state.entry.number for state in states_of(scoring)}
    listed = [case for case in cases if case.ids.get("application") in number_of]
    _give_back(stage, scoring, number_of[listed[0].ids["application"]], at)
    for case, marks in zip(listed, contest.marks, strict=False):
        number = number_of[case.ids["application"]]
        for scorer, mark in zip(SCORERS, marks, strict=False):
            at += timedelta(minutes=MINUTES_A_SHEET)
            by = stage.people[scorer]
            sheets.take(scoring=scoring, number=number, by=by, at=at)
            if mark is not None:
                _hand_in(scoring, number, mark, by, at + timedelta(minutes=MINUTES_A_SHEET // 2))


def _give_back(stage: Stage, scoring: Scoring, number: int, at: datetime) -> None:
    given = {"scoring": scoring, "number": number, "by": stage.people[SCORERS[-1]], "at": at}
    sheets.take(**given)
    sheets.stand_back(**given)


def _hand_in(scoring: Scoring, number: int, mark: int, by: int, at: datetime) -> None:
    """The mark for need and readiness, one less for reach: nobody is all of a piece."""
    marks = {"need": mark, "reach": max(mark - 1, 0), "readiness": mark}
    sheets.hand_in(
        scoring=scoring,
        number=number,
        plan_version=1,
        marks=marks,
        reasons={code: REASONS[code][min(given // 2, 2)] for code, given in marks.items()},
        by=by,
        at=at,
    )


def _settle(stage: Stage, at: datetime) -> None:
    """The manager proposes the list; finance agrees an hour later."""
    scoring, key = _scoring(stage, SETTLED), stage.code_key
    proposal = outcome.propose(scoring=scoring, by=stage.people["manager"], at=at, key=key)
    outcome.answer(
        proposal=proposal,
        agree=True,
        note="",
        by=stage.people["finance"],
        at=at + timedelta(hours=1),
        key=key,
    )


def _answer(cases: Sequence[Case], at: datetime) -> None:
    """Of those with a place the first confirms, the second turns it down, the third is silent."""
    query = select(Assignment.application_id).where(
        Assignment.scoring_id.is_not(None), Assignment.arm == Arm.VOUCHER
    )
    placed = set(session.execute(query).scalars())
    with_place = [case for case in cases if case.ids.get("application") in placed]
    for case, act in zip(with_place, (delivering.confirm, applying.turn_down), strict=False):
        act(case, at)


def _give_on(stage: Stage, at: datetime) -> None:
    scoring = _scoring(stage, SETTLED)
    for place in places_left(scoring.id):
        replace(
            scoring=scoring,
            leaver_reference=place.reference,
            by=stage.people["manager"],
            at=at,
        )


def _scoring(stage: Stage, contest: Contest) -> Scoring:
    found = scoring_of(stage.rounds[contest.name])
    if found is None:
        raise LookupError(f"the scoring of {contest.name} has not begun")
    return found
