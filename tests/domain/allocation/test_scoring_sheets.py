"""A scored round up to its last sheet: the plan, who may score what, and who takes the last."""

import hashlib

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import DatabaseError

from tests.factories.cases import make_case, make_officer
from tests.factories.draws import make_lottery
from tests.factories.plans import have_locked_plan
from tests.factories.scheme import AT, stored
from tests.factories.scoring import (
    BEGUN_AT,
    CRITERIA,
    KEY,
    REASON,
    RULE,
    SCORED_AT,
    begun_contest,
    make_contest,
    marks,
    rule_with,
)
from tests.together import at_once
from voucher.accounts.models import Membership
from voucher.accounts.roles import Role
from voucher.allocation.scored.models import Score, Scoring, ScoringPlan, ScoringSlot, SlotStatus
from voucher.allocation.scored.operations import plan as planning
from voucher.allocation.scored.operations import removing, sheets
from voucher.allocation.scored.queries import (
    barred_entries,
    conflicts_of,
    open_scorings,
    plan_in_use,
    plan_of,
    plans_of,
    ranked_place,
    scorer_of,
    scoring_by_reference,
    state_of,
    state_of_application,
)
from voucher.allocation.scored.rules import Stage, rule_of
from voucher.applications.models import ApplicationStatus
from voucher.applications.operations.drawn import reconsider
from voucher.applications.operations.submit import withdraw
from voucher.audit.models import AuditEvent
from voucher.core.db import session as scoped
from voucher.core.errors import Conflict, DomainError, Invalid, NotFound, NotPermitted
from voucher.evaluation.plans.rules import NO_ESTIMATOR
from voucher.programmes.models import Round, RoundStatus
from voucher.programmes.operations.rounds import close_round, open_round


def count(session, model, *where):
    return session.execute(select(func.count()).select_from(model).where(*where)).scalar_one()


def join(user, business):
    stored(Membership(user_id=user.id, business_id=business.id, role=Role.BUSINESS, joined_at=AT))


def test_a_plan_is_kept_in_versions_and_the_same_again_is_none(session):
    contest = make_contest(1, status=RoundStatus.DRAFT)
    first = contest.set_plan()
    assert contest.set_plan() is first
    second = contest.set_plan(rule_with(highest_mark=10))
    assert (first.version, second.version) == (1, 2)
    assert [plan.version for plan in plans_of(contest.round.id)] == [2, 1]
    assert rule_of(plan_of(contest.round.id)) == rule_with(highest_mark=10)
    assert contest.set_plan(rule_with(highest_mark=10), replaces=False).version == 3


def test_a_plan_that_makes_no_sense_is_refused_and_changes_nothing(session):
    contest = make_contest(1)
    with pytest.raises(Invalid) as refused:
        contest.set_plan(rule_with(criteria=CRITERIA[:2]))
    assert refused.value.field == "criteria"
    assert plan_of(contest.round.id) is None


def test_a_round_of_another_method_has_no_plan(session):
    lottery = make_lottery(1)
    with pytest.raises(Conflict, match="scores"):
        planning.set_plan(
            round_=lottery.round, rule=RULE, replaces=True, by=lottery.manager.id, at=AT
        )


def test_a_sheet_of_another_plan_is_refused(session):
    contest = begun_contest(1)
    case, scorer = contest.cases[0], contest.scorers[0]
    contest.take(case, scorer)
    with pytest.raises(Conflict, match="changed meanwhile"):
        contest.hand_in(case, scorer, 3, plan_version=2)


def test_beginning_freezes_the_list_and_seals_the_secret(session):
    contest = make_contest(5)
    make_case(contest.round, status=ApplicationStatus.REFUSED)
    contest.set_plan()
    begun = contest.begin()
    assert begun.entries == 5
    assert sorted(contest.number(case) for case in contest.cases) == [1, 2, 3, 4, 5]
    assert contest.round.list_frozen_at == BEGUN_AT
    secret = planning.open_secret(begun, KEY)
    assert hashlib.sha256(secret).hexdigest() == begun.secret_sha256
    with pytest.raises(Conflict, match="key"):
        planning.open_secret(begun, b"another key, and long enough too")
    assert scoring_by_reference(begun.reference.lower()) is begun
    assert open_scorings() == [begun]
    with pytest.raises(Conflict, match="begun already"):
        contest.begin()
    with pytest.raises(Conflict, match="frozen"):
        reconsider(
            application=contest.cases[0], note="Look again.", by=contest.manager.id, at=BEGUN_AT
        )
    with pytest.raises(DomainError):
        open_round(round_=contest.round, by=contest.manager.id, at=BEGUN_AT)


def test_nothing_begins_while_something_is_open(session):
    contest = make_contest(1)
    make_case(contest.round)
    with pytest.raises(Conflict) as refused:
        planning.begin(round_=contest.round, by=contest.manager.id, at=BEGUN_AT, key=KEY)
    for words in ("plan is not set", "still open", "1 applications wait for a decision"):
        assert words in str(refused.value)


def test_nothing_begins_before_the_analysis_plan_is_locked(session):
    contest = make_contest(1, planned=False)
    contest.set_plan()
    with pytest.raises(Conflict, match="The analysis plan of this round is not locked yet"):
        contest.begin()
    have_locked_plan(contest.round, offered=(), comparison=(), estimator=NO_ESTIMATOR)
    assert contest.begin().entries == 1


def test_nothing_begins_without_anybody(session):
    contest = make_contest(0)
    contest.set_plan()
    with pytest.raises(Conflict, match="nothing to score"):
        contest.begin()


def test_what_is_not_there_is_not_found(session):
    contest = begun_contest(1)
    with pytest.raises(NotFound):
        scoring_by_reference("SCR-0000-0000")
    with pytest.raises(NotFound):
        state_of(contest.begun, 99)
    other = make_case()
    assert state_of_application(other.id) is None
    assert ranked_place(other.id) is None
    with pytest.raises(Conflict, match="no plan"):
        plan_in_use(other.round_id)


def test_a_scorer_declares_once_and_their_own_business_is_added(session):
    contest = make_contest(3)
    contest.set_plan()
    contest.begin()
    own, named, free = contest.cases
    scorer = make_officer()
    join(scorer, contest.state(own).application.business)
    contest.declare(scorer, named)
    found = conflicts_of(scorer_of(contest.begun.id, scorer.id))
    assert found == {contest.state(own).entry.id, contest.state(named).entry.id}
    for case in (own, named):
        with pytest.raises(NotPermitted):
            contest.take(case, scorer)
    contest.take(free, scorer)
    with pytest.raises(Conflict, match="declared"):
        contest.declare(scorer)


def test_a_conflict_must_be_on_the_list(session):
    contest = make_contest(1)
    contest.set_plan()
    contest.begin()
    with pytest.raises(Invalid) as refused:
        contest.declare(contest.scorers[0], make_case())
    assert refused.value.field == "conflicts"
    assert scorer_of(contest.begun.id, contest.scorers[0].id) is None


def test_nobody_scores_before_declaring(session):
    contest = make_contest(1)
    contest.set_plan()
    contest.begin()
    with pytest.raises(NotPermitted, match="Declare"):
        contest.take(contest.cases[0], contest.scorers[0])


def test_who_joined_the_business_after_declaring_does_not_score_it(session):
    contest = begun_contest(1)
    case, scorer = contest.cases[0], contest.scorers[0]
    join(scorer, contest.state(case).application.business)
    with pytest.raises(NotPermitted, match="belong"):
        contest.take(case, scorer)


def test_two_who_agree_and_a_third_where_they_differ(session):
    contest = begun_contest(2)
    near, far = contest.cases
    _, two, three = contest.scorers
    assert contest.state(near).stage is Stage.TO_SCORE
    contest.score(near, 3, 4)
    assert contest.state(near).stage is Stage.SCORED
    assert contest.state(near).doubled == (3 + 4) * 10_000
    contest.score(far, 1)
    assert contest.state(far).stage is Stage.TO_SCORE
    contest.take(far, two)
    assert contest.state(far).stage is Stage.WITH_SCORERS
    with pytest.raises(Conflict, match="with two scorers"):
        contest.take(far, three)
    contest.hand_in(far, two, 5)
    assert contest.state(far).stage is Stage.THIRD_NEEDED
    assert contest.take(far, three).place == 3
    assert contest.state(far).stage is Stage.WITH_THIRD
    contest.hand_in(far, three, 4)
    assert contest.state(far).stage is Stage.SCORED
    assert contest.state(far).doubled == 2 * 4 * 10_000
    with pytest.raises(Conflict, match="scored"):
        contest.take(near, three)


def test_the_third_is_another_than_the_first_two(session):
    contest = begun_contest(1)
    contest.score(contest.cases[0], 0, 5)
    for scorer in contest.scorers[:2]:
        with pytest.raises(NotPermitted, match="had"):
            contest.take(contest.cases[0], scorer)


def test_taking_twice_is_taking_once(session):
    contest = begun_contest(1)
    case, scorer = contest.cases[0], contest.scorers[0]
    assert contest.take(case, scorer) is contest.take(case, scorer)
    assert count(session, ScoringSlot) == 1
    mine = scorer_of(contest.begun.id, scorer.id)
    assert barred_entries(mine) == {contest.state(case).entry.id}


def test_what_is_handed_in_stays(session):
    contest = begun_contest(1)
    case, scorer = contest.cases[0], contest.scorers[0]
    contest.take(case, scorer)
    slot = contest.hand_in(case, scorer, {"need": 4, "reach": 2, "ready": 1})
    assert (slot.status, slot.total) == (SlotStatus.HANDED_IN, 28_000)
    with pytest.raises(Conflict, match="already"):
        contest.hand_in(case, scorer, 5)
    with pytest.raises(Conflict, match="already"):
        sheets.stand_back(
            scoring=contest.begun, number=contest.number(case), by=scorer.id, at=SCORED_AT
        )
    assert count(session, Score) == 3
    sheet = contest.state(case).sheet_of(scorer.id)
    assert sheet.marks == {"need": 4, "reach": 2, "ready": 1}
    assert {score.reason for score in sheet.by_criterion.values()} == {REASON}
    for change in ("UPDATE score SET mark = 5", "DELETE FROM score"):
        with pytest.raises(DatabaseError), session.begin_nested():
            session.execute(text(change))


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"marks": {"need": 1, "reach": 1}}, "mark_ready"),
        ({"marks": {**marks(1), "reach": 6}}, "mark_reach"),
        ({"marks": {**marks(1), "need": -1}}, "mark_need"),
        ({"reasons": {"need": REASON, "reach": REASON}}, "reason_ready"),
        ({"reasons": {"need": REASON, "reach": " so so ", "ready": REASON}}, "reason_reach"),
        ({"reasons": {"need": "x" * 1_001, "reach": REASON, "ready": REASON}}, "reason_need"),
    ],
)
def test_a_bad_sheet_is_refused_at_its_field(session, given, field):
    contest = begun_contest(1)
    case, scorer = contest.cases[0], contest.scorers[0]
    contest.take(case, scorer)
    with pytest.raises(Invalid) as refused:
        contest.hand_in(case, scorer, 3, **given)
    assert refused.value.field == field
    assert count(session, Score) == 0
    assert contest.state(case).sheets == []


def test_nobody_hands_in_what_they_did_not_take(session):
    contest = begun_contest(1)
    with pytest.raises(Conflict, match="not taken"):
        contest.hand_in(contest.cases[0], contest.scorers[0], 3)


def test_what_has_left_is_scored_no_more(session):
    contest = begun_contest(1)
    case, scorer = contest.cases[0], contest.scorers[0]
    contest.take(case, scorer)
    withdraw(application=case, by=case.started_by_id, at=SCORED_AT)
    assert contest.state(case).stage is Stage.GONE
    with pytest.raises(Conflict, match="left the round"):
        contest.hand_in(case, scorer, 3)
    with pytest.raises(Conflict, match="left the round"):
        contest.take(case, contest.scorers[1])


def test_a_conflict_noticed_in_reading_frees_the_sheet_for_another(session):
    contest = begun_contest(1)
    case, (one, two, three) = contest.cases[0], contest.scorers
    contest.take(case, one)
    contest.take(case, two)
    number = contest.number(case)
    slot = sheets.stand_back(scoring=contest.begun, number=number, by=one.id, at=SCORED_AT)
    assert slot.status is SlotStatus.GIVEN_BACK
    with pytest.raises(NotPermitted, match="conflict"):
        contest.take(case, one)
    assert contest.take(case, three).place == 1


def test_a_manager_frees_the_sheet_of_somebody_away(session):
    contest = begun_contest(1)
    case, (one, two, _) = contest.cases[0], contest.scorers
    contest.take(case, one)
    removing.take_away(
        scoring=contest.begun,
        number=contest.number(case),
        user_id=one.id,
        reason="Is ill until May.",
        by=contest.manager.id,
        at=SCORED_AT,
    )
    with pytest.raises(NotPermitted, match="had"):
        contest.take(case, one)
    assert contest.take(case, two).place == 1


def test_every_step_leaves_its_event(session):
    contest = begun_contest(1)
    contest.score(contest.cases[0], 3)
    query = select(AuditEvent.action).where(AuditEvent.action.like("scoring.%"))
    assert set(session.execute(query).scalars()) == {
        "scoring.plan_set",
        "scoring.begun",
        "scoring.declared",
        "scoring.taken",
        "scoring.handed_in",
    }


def ids(contest):
    """What threads need, without rows of this session."""
    numbers = [contest.number(case) for case in contest.cases]
    found = (contest.begun.id, [scorer.id for scorer in contest.scorers], numbers)
    scoped.commit()
    return found


def test_of_two_after_the_last_sheet_one_has_it(app, session):
    contest = begun_contest(1)
    contest.take(contest.cases[0], contest.scorers[0])
    scoring_id, scorers, (number,) = ids(contest)

    def take(user_id):
        scoring = scoped.get_one(Scoring, scoring_id)
        return sheets.take(scoring=scoring, number=number, by=user_id, at=SCORED_AT).place

    given = at_once(app, *(lambda who=who: take(who) for who in scorers[1:]))
    assert sorted(isinstance(one, DomainError) for one in given) == [False, True]
    taken = ScoringSlot.status == SlotStatus.TAKEN
    assert count(scoped, ScoringSlot, taken) == 2


def test_a_double_click_takes_once_and_hands_in_once(app, session):
    contest = begun_contest(1)
    scoring_id, scorers, (number,) = ids(contest)

    def take():
        scoring = scoped.get_one(Scoring, scoring_id)
        return sheets.take(scoring=scoring, number=number, by=scorers[0], at=SCORED_AT).id

    def hand_in():
        return sheets.hand_in(
            scoring=scoped.get_one(Scoring, scoring_id),
            number=number,
            plan_version=1,
            marks=marks(3),
            reasons=dict.fromkeys(marks(3), REASON),
            by=scorers[0],
            at=SCORED_AT,
        ).id

    first, again = at_once(app, take, take)
    assert first == again
    given = at_once(app, hand_in, hand_in)
    assert sorted(isinstance(one, DomainError) for one in given) == [False, True]
    assert count(scoped, Score) == len(CRITERIA)


def test_of_two_who_begin_or_plan_at_once_one_is_told(app, session):
    contest = make_contest(2)
    contest.set_plan()
    close_round(round_=contest.round, by=contest.manager.id, at=AT)
    round_id, manager_id = contest.round.id, contest.manager.id
    scoped.commit()

    def begin():
        round_ = scoped.get_one(Round, round_id)
        return planning.begin(round_=round_, by=manager_id, at=BEGUN_AT, key=KEY).id

    given = at_once(app, begin, begin)
    assert sorted(isinstance(one, DomainError) for one in given) == [False, True]
    assert count(scoped, Scoring) == 1


def test_the_database_keeps_sheets_whole(session):
    contest = begun_contest(1)
    contest.take(contest.cases[0], contest.scorers[0])
    for change in (
        "UPDATE scoring_slot SET status = 'handed_in'",
        "UPDATE scoring_slot SET total = 5",
        "UPDATE scoring_slot SET place = 4",
        "UPDATE scoring_slot SET status = 'given_back'",
        "UPDATE scoring_plan SET least_bps = 1",
    ):
        with pytest.raises(DatabaseError), session.begin_nested():
            session.execute(text(change))
    assert count(session, ScoringPlan) == 1
