"""Rounds shared by scores, taken as far as a test wants by the real operations."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from tests.factories.cases import make_case, make_decision, make_officer
from tests.factories.draws import make_owed_offers
from tests.factories.plans import have_locked_plan
from tests.factories.scheme import AT, make_business, make_round
from voucher.accounts.models import User
from voucher.accounts.roles import Role
from voucher.allocation.scored.models import Scoring, ScoringAnswer, ScoringPlan, ScoringProposal
from voucher.allocation.scored.operations import outcome, sheets
from voucher.allocation.scored.operations import plan as planning
from voucher.allocation.scored.queries import EntryState, states_of
from voucher.allocation.scoring import Criterion, ScoringRule
from voucher.applications.models import Application, ApplicationStatus
from voucher.core.db import session
from voucher.evaluation.plans.rules import NO_ESTIMATOR
from voucher.programmes.models import AllocationMethod, Round
from voucher.programmes.operations.rounds import close_round

KEY = b"key of draws under test, long enough"
BEGUN_AT = AT + timedelta(days=1)
SCORED_AT = AT + timedelta(days=3)
SETTLED_AT = AT + timedelta(days=5)
CRITERIA = (
    Criterion("need", "Need", "How much the problem costs today.", 5_000),
    Criterion("reach", "Reach", "How many people it would help.", 3_000),
    Criterion("ready", "Readiness", "Whether they can start soon.", 2_000),
)
RULE = ScoringRule(criteria=CRITERIA, highest_mark=5, apart_bps=2_000)
REASON = "The answers say so in plain words."


def rule_with(**values: Any) -> ScoringRule:
    """The plan with other figures."""
    given = {"criteria": CRITERIA, "highest_mark": 5, "apart_bps": 2_000, **values}
    return ScoringRule(**given)


def marks(mark: int) -> dict[str, int]:
    """The same mark for every criterion."""
    return {criterion.code: mark for criterion in CRITERIA}


@dataclass
class Contest:
    """A round shared by scores, its eligible applications, and the people who score."""

    round: Round
    cases: list[Application]
    manager: User
    second: User
    scorers: list[User]
    scoring: Scoring | None = None

    @property
    def begun(self) -> Scoring:
        """The scoring that has begun."""
        assert self.scoring is not None
        return self.scoring

    def set_plan(self, rule: ScoringRule = RULE, *, replaces: bool = True) -> ScoringPlan:
        """Set the plan."""
        return planning.set_plan(
            round_=self.round, rule=rule, replaces=replaces, by=self.manager.id, at=AT
        )

    def begin(self, at: datetime = BEGUN_AT) -> Scoring:
        """Close the round if need be, and begin."""
        if self.round.status == "open":
            close_round(round_=self.round, by=self.manager.id, at=at)
        self.scoring = planning.begin(round_=self.round, by=self.manager.id, at=at, key=KEY)
        return self.scoring

    def declare(self, who: User, *cases: Application) -> Any:
        """Declare a conflict with `cases`."""
        return sheets.declare(
            scoring=self.begun, conflicts=[case.id for case in cases], by=who.id, at=BEGUN_AT
        )

    def declare_all(self) -> None:
        """Every scorer declares that they have no conflict."""
        for scorer in self.scorers:
            self.declare(scorer)

    def state(self, case: Application) -> EntryState:
        """How far the scoring of a case has come."""
        return next(one for one in states_of(self.begun) if one.application.id == case.id)

    def number(self, case: Application) -> int:
        """The number by which scorers know it."""
        return self.state(case).entry.number

    def take(self, case: Application, who: User) -> Any:
        """Take it to score."""
        return sheets.take(scoring=self.begun, number=self.number(case), by=who.id, at=SCORED_AT)

    def hand_in(self, case: Application, who: User, mark: Any, **values: Any) -> Any:
        """Hand in a sheet: `mark` for every criterion, or a mark for each."""
        given = {
            "plan_version": 1,
            "marks": marks(mark) if isinstance(mark, int) else mark,
            "reasons": dict.fromkeys([one.code for one in CRITERIA], REASON),
            "by": who.id,
            "at": SCORED_AT,
            **values,
        }
        return sheets.hand_in(scoring=self.begun, number=self.number(case), **given)

    def score(self, case: Application, *given: int) -> None:
        """Sheets of the scorers in their order, each the same mark for every criterion."""
        for scorer, mark in zip(self.scorers, given, strict=False):
            self.take(case, scorer)
            self.hand_in(case, scorer, mark)

    def score_all(self, *given: int) -> None:
        """Every case scored by two people: case by case one mark, the same by both."""
        for case, mark in zip(self.cases, given, strict=True):
            self.score(case, mark, mark)

    def propose(self, by: User | None = None) -> ScoringProposal:
        """Propose the ranked list."""
        by = by or self.manager
        return outcome.propose(scoring=self.begun, by=by.id, at=SETTLED_AT, key=KEY)

    def answer(
        self, proposal: ScoringProposal, *, offers: bool = True, **values: Any
    ) -> ScoringAnswer:
        """Agree as the second person, and make the offers unless told not to."""
        given = {"agree": True, "note": "", "by": self.second.id, "at": SETTLED_AT, **values}
        answered = outcome.answer(proposal=proposal, key=KEY, **given)
        if offers:
            make_owed_offers(SETTLED_AT)
        return answered

    def settle(self) -> ScoringProposal:
        """Propose and agree."""
        proposal = self.propose()
        self.answer(proposal)
        return proposal


def make_contest(
    count: int = 4,
    *,
    award_pence: int | Sequence[int] = 100_000,
    planned: bool = True,
    **values: Any,
) -> Contest:
    """An open round shared by scores with `count` eligible applications and three scorers.

    Its analysis plan, which compares nobody, is locked unless it is not `planned`.
    """
    round_ = make_round(allocation_method=AllocationMethod.SCORED, **values)
    if planned:
        have_locked_plan(round_, offered=(), comparison=(), estimator=NO_ESTIMATOR)
    contest = Contest(
        round_,
        [],
        make_officer(Role.PROGRAMME_MANAGER),
        make_officer(Role.APPROVER),
        [make_officer(), make_officer(), make_officer(Role.APPROVER)],
    )
    awards = [award_pence] * count if isinstance(award_pence, int) else award_pence
    for award in awards[:count]:
        case = make_case(round_, make_business(), status=ApplicationStatus.ELIGIBLE)
        make_decision(case, award_pence=award)
        contest.cases.append(case)
    session.flush()
    return contest


def begun_contest(count: int = 4, *, rule: ScoringRule = RULE, **values: Any) -> Contest:
    """A contest whose plan is set, begun, and declared for by every scorer."""
    replaces = values.pop("replaces", True)
    contest = make_contest(count, **values)
    contest.set_plan(rule, replaces=replaces)
    contest.begin()
    contest.declare_all()
    return contest
