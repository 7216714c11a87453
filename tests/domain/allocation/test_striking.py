"""Sheets taken off their scorers: freed with a reason, or struck when they should not count."""

import pytest
from sqlalchemy import select

from tests.factories.cases import make_officer
from tests.factories.scheme import AT, stored
from tests.factories.scoring import KEY, SCORED_AT, SETTLED_AT, begun_contest
from tests.together import at_once
from voucher.accounts.models import Membership
from voucher.accounts.roles import Role
from voucher.allocation.scored.models import Scoring, ScoringRemoval, ScoringSlot, SlotStatus
from voucher.allocation.scored.operations import outcome, removing
from voucher.allocation.scored.published import first_ranked_difference, public_list
from voucher.allocation.scored.queries import proposals_of
from voucher.allocation.scored.removals import removals_of, struck_sheets
from voucher.allocation.scored.rules import Stage
from voucher.applications.operations.submit import withdraw
from voucher.audit.models import AuditEvent
from voucher.core.db import session as scoped
from voucher.core.errors import Conflict, DomainError, Invalid, NotPermitted

COUSIN = "Is a cousin of the owner, as we learned today."


def strike(contest, case, who, **values):
    given = {"reason": COUSIN, "by": contest.manager.id, "at": SCORED_AT, **values}
    return removing.strike(
        scoring=contest.begun, number=contest.number(case), user_id=who.id, **given
    )


def fourth(contest):
    """One more scorer who has declared."""
    person = make_officer()
    contest.declare(person)
    return person


def test_a_struck_sheet_counts_no_more_and_another_scores_in_its_place(session):
    contest = begun_contest(1)
    case, (one, _, three) = contest.cases[0], contest.scorers
    contest.score(case, 5, 4)
    slot = strike(contest, case, one)
    assert (slot.status, slot.total) == (SlotStatus.STRUCK, 50_000)
    assert contest.state(case).stage is Stage.TO_SCORE
    assert contest.state(case).struck == 1
    with pytest.raises(NotPermitted, match="had"):
        contest.take(case, one)
    assert contest.take(case, three).place == 1
    contest.hand_in(case, three, 4)
    assert contest.state(case).doubled == 2 * 40_000
    (kept,) = removals_of(contest.state(case).entry.id)
    assert (kept.user_id, kept.reason, kept.removed_by_id) == (one.id, COUSIN, contest.manager.id)
    assert struck_sheets(contest.begun.id) == [kept]
    event = select(AuditEvent).where(AuditEvent.action == "scoring.struck")
    told = session.execute(event).scalar_one()
    assert (told.case_reference, COUSIN in str(told.details)) == (case.reference, False)


@pytest.mark.parametrize("struck", [0, 1, 2])
@pytest.mark.parametrize("replacement", [1, 3, 5])
def test_whichever_of_three_is_struck_the_others_and_one_more_make_the_result(
    session, struck, replacement
):
    contest = begun_contest(1)
    case = contest.cases[0]
    contest.score(case, 1, 5, 3)
    strike(contest, case, contest.scorers[struck])
    left = [mark for number, mark in enumerate((1, 5, 3)) if number != struck]
    assert contest.state(case).stage is Stage.THIRD_NEEDED
    newcomer = fourth(contest)
    contest.take(case, newcomer)
    assert contest.state(case).stage is Stage.WITH_THIRD
    contest.hand_in(case, newcomer, replacement)
    assert contest.state(case).stage is Stage.SCORED
    assert contest.state(case).doubled == 2 * 10_000 * sorted([*left, replacement])[1]


def test_where_the_two_left_agree_nobody_else_is_needed(session):
    contest = begun_contest(1)
    case = contest.cases[0]
    contest.score(case, 1, 5, 5)
    strike(contest, case, contest.scorers[0])
    assert contest.state(case).stage is Stage.SCORED
    assert contest.state(case).doubled == 2 * 50_000


def test_a_third_at_work_becomes_the_second(session):
    contest = begun_contest(1)
    case, (one, _, three) = contest.cases[0], contest.scorers
    contest.score(case, 1, 5)
    contest.take(case, three)
    strike(contest, case, one)
    assert contest.state(case).stage is Stage.WITH_SCORERS
    contest.hand_in(case, three, 5)
    assert contest.state(case).stage is Stage.SCORED


def test_a_proposed_list_is_sent_back_and_the_next_can_be_worked_out_again(session):
    contest = begun_contest(2)
    contest.score_all(5, 3)
    proposal = contest.propose()
    strike(contest, contest.cases[0], contest.scorers[1])
    with pytest.raises(Conflict, match="a sheet was struck"), session.begin_nested():
        contest.answer(proposal)
    contest.answer(proposal, agree=False, note="A sheet was struck.")
    with pytest.raises(Conflict, match="not scored yet: 1"):
        contest.propose()
    contest.take(contest.cases[0], contest.scorers[2])
    contest.hand_in(contest.cases[0], contest.scorers[2], 4)
    again = contest.propose()
    assert [row["doubled"] for row in again.ranking["ranked"]] == [90_000, 60_000]
    assert first_ranked_difference(public_list(again.ranking)) is None


def test_nobody_strikes_who_scores_it_or_belongs_to_it(session):
    contest = begun_contest(1)
    case, (one, two, three) = contest.cases[0], contest.scorers
    contest.score(case, 1, 5)
    contest.take(case, three)
    for who in (one, two, three):
        with pytest.raises(NotPermitted, match="score this application"):
            strike(contest, case, one, by=who.id)
    stored(
        Membership(
            user_id=contest.manager.id,
            business_id=case.business_id,
            role=Role.BUSINESS,
            joined_at=AT,
        )
    )
    with pytest.raises(NotPermitted, match="belong"):
        strike(contest, case, one)
    assert contest.state(case).struck == 0


def test_only_the_sheet_that_was_seen_as_it_was_seen_is_taken_off(session):
    contest = begun_contest(1)
    case, (one, two, _) = contest.cases[0], contest.scorers
    first = contest.take(case, one)
    taken = removing.sight_of(first)
    given = {
        "scoring": contest.begun,
        "number": contest.number(case),
        "place": 1,
        "reason": COUSIN,
        "by": contest.manager.id,
        "at": SCORED_AT,
    }
    contest.hand_in(case, one, 3)
    with pytest.raises(Conflict, match="changed since you looked"):
        removing.take_off(seen=taken, **given)
    handed_in = removing.sight_of(first)
    removing.take_off(seen=handed_in, **given)
    contest.take(case, two)
    with pytest.raises(Conflict, match="changed since you looked"):
        removing.take_off(seen=handed_in, **given)
    assert contest.state(case).taken.keys() == {two.id}


@pytest.mark.parametrize("reason", ["", "  short  ", "x" * 1_001])
def test_without_fitting_words_no_sheet_is_taken_off(session, reason):
    contest = begun_contest(1)
    case, (one, two, _) = contest.cases[0], contest.scorers
    contest.take(case, one)
    contest.hand_in(case, one, 3)
    contest.take(case, two)
    number = contest.number(case)
    given = {"scoring": contest.begun, "number": number, "by": contest.manager.id, "at": SCORED_AT}
    slots = session.execute(select(ScoringSlot).order_by(ScoringSlot.id)).scalars()
    seen = [(slot.place, removing.sight_of(slot)) for slot in slots]
    for place, sight in seen:
        with pytest.raises(Invalid) as refused:
            removing.take_off(place=place, seen=sight, reason=reason, **given)
        assert refused.value.field == "reason"
    for place, sight in seen:
        removing.take_off(place=place, seen=sight, reason=COUSIN, **given)
    with pytest.raises(Conflict, match="any more"):
        removing.take_off(place=1, seen=seen[0][1], reason=COUSIN, **given)
    statuses = session.execute(select(ScoringSlot.status).order_by(ScoringSlot.id)).scalars().all()
    assert statuses == [SlotStatus.STRUCK, SlotStatus.GIVEN_BACK]


def test_what_is_not_handed_in_has_left_or_is_settled_is_not_struck(session):
    contest = begun_contest(2)
    gone, case = contest.cases
    contest.take(case, contest.scorers[0])
    with pytest.raises(Conflict, match="not handed in"):
        strike(contest, case, contest.scorers[0])
    with pytest.raises(Conflict, match="not taken"):
        removing.take_away(
            scoring=contest.begun,
            number=contest.number(case),
            user_id=contest.scorers[1].id,
            reason=COUSIN,
            by=contest.manager.id,
            at=SCORED_AT,
        )
    contest.hand_in(case, contest.scorers[0], 5)
    with pytest.raises(Conflict, match="handed in already"):
        removing.take_away(
            scoring=contest.begun,
            number=contest.number(case),
            user_id=contest.scorers[0].id,
            reason=COUSIN,
            by=contest.manager.id,
            at=SCORED_AT,
        )
    contest.take(case, contest.scorers[1])
    contest.hand_in(case, contest.scorers[1], 5)
    contest.score(gone, 3, 3)
    withdraw(application=gone, by=contest.manager.id, at=SCORED_AT)
    with pytest.raises(Conflict, match="left the round"):
        strike(contest, gone, contest.scorers[0])
    contest.settle()
    with pytest.raises(Conflict, match="settled"):
        strike(contest, case, contest.scorers[0])


def test_of_a_double_click_one_strikes_and_one_proposes(app, session):
    contest = begun_contest(2)
    contest.score_all(5, 3)
    scoring_id, manager_id = contest.begun.id, contest.manager.id
    number, scorer_id = contest.number(contest.cases[0]), contest.scorers[0].id
    scoped.commit()

    def propose():
        scoring = scoped.get_one(Scoring, scoring_id)
        return outcome.propose(scoring=scoring, by=manager_id, at=SETTLED_AT, key=KEY).id

    def strike_it():
        return removing.strike(
            scoring=scoped.get_one(Scoring, scoring_id),
            number=number,
            user_id=scorer_id,
            reason=COUSIN,
            by=manager_id,
            at=SCORED_AT,
        ).id

    for act in (propose, strike_it):
        given = at_once(app, act, act)
        assert sorted(isinstance(one, DomainError) for one in given) == [False, True]
    assert len(proposals_of(scoring_id)) == 1
    assert len(scoped.execute(select(ScoringRemoval)).all()) == 1
