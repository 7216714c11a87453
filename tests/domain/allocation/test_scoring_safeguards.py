"""A scored round against abuse: a plan made to fit, one's own case, a second entry, the budget."""

import pytest

from tests.factories.cases import make_case, make_officer
from tests.factories.scheme import AT, make_business, stored
from tests.factories.scoring import (
    BEGUN_AT,
    SCORED_AT,
    SETTLED_AT,
    begun_contest,
    make_contest,
    rule_with,
)
from voucher.accounts.models import Membership
from voucher.accounts.roles import Role
from voucher.allocation.scored.operations import removing
from voucher.allocation.scored.operations.replace import offer_again, replace
from voucher.allocation.scored.queries import conflicts_of, plan_of, scorer_of
from voucher.applications.models import ApplicationStatus
from voucher.applications.operations.assess import hold, release_hold
from voucher.applications.operations.drawn import reconsider
from voucher.applications.operations.submit import withdraw
from voucher.applications.queries.staff import promised_pence
from voucher.businesses.models import Business
from voucher.core.errors import Conflict, NotPermitted


def join(user, case):
    stored(
        Membership(user_id=user.id, business_id=case.business_id, role=Role.BUSINESS, joined_at=AT)
    )


def leave(case, at=SETTLED_AT):
    withdraw(application=case, by=case.started_by_id, at=at)


def give_on(contest, case):
    return replace(
        scoring=contest.begun,
        leaver_reference=case.reference,
        by=contest.manager.id,
        at=SETTLED_AT,
    )


def test_nobody_who_can_read_the_applications_changes_the_plan(session):
    contest = make_contest(2)
    contest.set_plan()
    for step in (lambda: None, contest.begin):
        step()
        with pytest.raises(Conflict, match="has opened"):
            contest.set_plan(rule_with(least_bps=9_000))
    assert plan_of(contest.round.id).version == 1
    assert contest.set_plan().version == 1


def test_an_enterprise_has_one_application_in_a_scoring(session):
    contest = make_contest(1)
    twice = [make_business(company_number="01234567") for _ in range(2)]
    cases = [make_case(contest.round, each, status=ApplicationStatus.ELIGIBLE) for each in twice]
    contest.set_plan()
    with pytest.raises(Conflict, match="one enterprise") as refused:
        contest.begin()
    assert all(case.reference in str(refused.value) for case in cases)
    reconsider(application=cases[1], note="Entered twice.", by=contest.manager.id, at=BEGUN_AT)
    leave(cases[1], BEGUN_AT)
    assert contest.begin().entries == 2


def test_who_joined_the_business_after_taking_does_not_hand_in(session):
    contest = begun_contest(1)
    case, scorer = contest.cases[0], contest.scorers[0]
    contest.take(case, scorer)
    join(scorer, case)
    with pytest.raises(NotPermitted, match="belong"):
        contest.hand_in(case, scorer, 5)
    assert contest.state(case).sheets == []


def test_a_manager_of_the_business_does_not_free_its_sheet(session):
    contest = begun_contest(1)
    case, scorer = contest.cases[0], contest.scorers[0]
    contest.take(case, scorer)
    join(contest.manager, case)
    with pytest.raises(NotPermitted, match="belong"):
        removing.take_away(
            reason="Is ill until May.",
            scoring=contest.begun,
            number=contest.number(case),
            user_id=scorer.id,
            by=contest.manager.id,
            at=SCORED_AT,
        )
    assert scorer.id in contest.state(case).taken


def held_in_front(awards):
    """Settled with the first held and the second gone; the money pays for those two alone."""
    contest = begun_contest(3, award_pence=awards, budget_pence=sum(awards[:2]))
    contest.score_all(5, 4, 3)
    hold(application=contest.cases[0], reason="A doubt.", by=contest.manager.id, at=SETTLED_AT)
    contest.settle()
    leave(contest.cases[1])
    return contest


def offer(contest, case):
    offer_again(
        scoring=contest.begun, reference=case.reference, by=contest.manager.id, at=SETTLED_AT
    )


def test_a_person_of_another_entry_of_the_enterprise_is_of_the_business(session):
    """Whoever has two entries neither scores nor settles nor offers anything of either."""
    contest = begun_contest(2)
    own, free = contest.cases
    number = session.get_one(Business, own.business_id).company_number
    other = make_business(company_number=number)
    for user in (contest.scorers[0], contest.manager, late := make_officer()):
        stored(Membership(user_id=user.id, business_id=other.id, role=Role.BUSINESS, joined_at=AT))
    contest.declare(late)
    assert conflicts_of(scorer_of(contest.begun.id, late.id)) == {contest.state(own).entry.id}
    with pytest.raises(NotPermitted, match="belong"):
        contest.take(own, contest.scorers[0])
    contest.take(free, contest.scorers[0])
    contest.hand_in(free, contest.scorers[0], 3)
    contest.take(free, contest.scorers[1])
    contest.hand_in(free, contest.scorers[1], 3)
    for scorer in contest.scorers[1:]:
        contest.take(own, scorer)
        contest.hand_in(own, scorer, 3)
    with pytest.raises(NotPermitted, match="belong"):
        contest.propose()
    proposal = contest.propose(contest.second)
    with pytest.raises(NotPermitted, match="belong"):
        contest.answer(proposal, by=contest.scorers[0].id)


def test_a_place_that_is_not_offered_yet_keeps_its_money(session):
    contest = held_in_front([150_000, 50_000, 150_000])
    with pytest.raises(Conflict, match=r"The round has £500\.00 left"):
        give_on(contest, contest.cases[1])
    release_hold(application=contest.cases[0], by=contest.manager.id, at=SETTLED_AT)
    offer(contest, contest.cases[0])
    assert promised_pence(contest.round.id, SETTLED_AT.date()) == 150_000


def test_a_place_is_offered_late_only_while_the_money_pays_for_it(session):
    contest = held_in_front([150_000, 50_000, 50_000])
    give_on(contest, contest.cases[1])
    release_hold(application=contest.cases[0], by=contest.manager.id, at=SETTLED_AT)
    contest.round.budget_pence -= 1
    session.flush()
    with pytest.raises(Conflict, match=r"The round has £1,499\.99 left"):
        offer(contest, contest.cases[0])
    assert contest.cases[0].status is ApplicationStatus.ELIGIBLE


def test_nobody_offers_a_place_to_their_own_business(session):
    contest = held_in_front([150_000, 50_000, 50_000])
    release_hold(application=contest.cases[0], by=contest.manager.id, at=SETTLED_AT)
    for case in (contest.cases[0], contest.cases[2]):
        join(contest.manager, case)
    with pytest.raises(NotPermitted, match="belong"):
        give_on(contest, contest.cases[1])
    with pytest.raises(NotPermitted, match="belong"):
        offer(contest, contest.cases[0])
