"""A round's plan: worked out, proposed, suggested to businesses that still choose, settled."""

import json
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from tests.factories.cases import make_officer
from tests.factories.scheme import AT, make_offering, make_provider, make_round
from tests.factories.work import choose, make_job
from tests.together import at_once
from voucher.accounts.operations import join_provider
from voucher.accounts.roles import Role
from voucher.audit.models import AuditEvent
from voucher.claims.ratings.queries import track_record
from voucher.core.db import session as scoped
from voucher.core.errors import Conflict
from voucher.matching import operations as matching
from voucher.matching.assignment import NoProof
from voucher.matching.models import DeclineCode
from voucher.matching.operations import TrackRecord
from voucher.matching.queries import chosen_lately
from voucher.programmes.models import Round
from voucher.providers.models import Offering, OfferingStatus
from voucher.providers.operations import suspend
from voucher.vouchers.models import Voucher
from voucher.vouchers.suggesting import operations
from voucher.vouchers.suggesting.jobs import (
    make_suggestions,
    settle_suggestions,
    work_out_plans,
)
from voucher.vouchers.suggesting.models import Bar, Plan, PlanStatus, Suggestion, SuggestionStatus
from voucher.vouchers.suggesting.queries import suggestion_for
from voucher.vouchers.suggesting.rules import canonical
from voucher.vouchers.suggesting.working import work_out

ROOT = Path(__file__).parents[3]
LATER = AT + timedelta(hours=1)
S = SuggestionStatus


class Market:
    """A round with businesses that want the same, two offerings, and an officer."""

    def __init__(self, session, businesses=2, rooms=(1, 1)):
        self.session = session
        self.round = make_round(budget_pence=10_000_000)
        provider = make_provider()
        self.jobs = [make_job(self.round, provider=provider, days_to_start=5)]
        self.first = self.jobs[0].offering
        self.first.capacity_per_month = rooms[0]
        self.second = make_offering(days_to_start=200, capacity_per_month=rooms[1])
        while len(self.jobs) < businesses:
            job = make_job(self.round, provider=make_provider(), status=OfferingStatus.DRAFT)
            self.jobs.append(job)
        for job in self.jobs:
            matching.make_shortlist(application=job.application, voucher=job.voucher, at=AT)
        self.officer = make_officer(Role.CASEWORKER)
        session.commit()

    def ask(self, at=AT):
        plan = operations.ask_for_plan(round_=self.round, by=self.officer.id, at=at)
        self.session.commit()
        return plan

    def ready(self, at=AT):
        plan = self.ask(at)
        assert work_out_plans(track_record, at) == 1
        return self.again(plan)

    def again(self, plan):
        return self.session.get_one(Plan, plan.id, populate_existing=True)

    def propose(self, plan, at=AT):
        operations.propose(plan=plan, by=self.officer.id, at=at)
        self.session.commit()

    def made(self, at=AT):
        plan = self.ready(at)
        self.propose(plan, at)
        make_suggestions(track_record, at)
        return self.again(plan)

    def suggestions(self):
        query = select(Suggestion).order_by(Suggestion.id)
        return self.session.execute(query.execution_options(populate_existing=True)).scalars().all()

    def statuses(self):
        return [each.status for each in self.suggestions()]

    def job_of(self, suggestion):
        return next(job for job in self.jobs if job.voucher.id == suggestion.voucher_id)


@pytest.fixture
def market(session):
    return Market(session)


def test_a_preview_tells_nobody_and_takes_nothing(session, market):
    plan = market.ready()
    assert (plan.status, plan.needs, plan.matched) == (PlanStatus.READY, 2, 2)
    assert plan.total_points > plan.first_points
    assert {each.offering_id for each in market.suggestions()} == {
        market.first.id,
        market.second.id,
    }
    assert market.statuses() == [S.PLANNED] * 2
    assert chosen_lately(AT) == {}
    assert all(suggestion_for(job.voucher, AT) is None for job in market.jobs)
    actions = session.execute(select(AuditEvent.action)).scalars().all()
    assert "suggestion.made" not in actions
    assert {"plan.asked", "plan.worked_out"} <= set(actions)


def test_a_stranger_works_it_out_again_from_the_file(session, market, tmp_path):
    plan = market.ready()
    file = tmp_path / "given.json"
    file.write_bytes(canonical(plan.given))
    command = [sys.executable, "-m", "flask", "voucher", "assign", str(file)]
    done = subprocess.run(
        [*command, "--seed", plan.seed, "--json"],
        cwd=ROOT,
        env={},
        capture_output=True,
        text=True,
        check=True,
    )
    answer = json.loads(done.stdout)
    assert answer["total"] == plan.total_points
    references = dict(session.execute(select(Offering.id, Offering.reference)).all())
    vouchers = dict(session.execute(select(Voucher.id, Voucher.reference)).all())
    mine = {(vouchers[s.voucher_id], references[s.offering_id]) for s in market.suggestions()}
    assert {(pair["need"], pair["offering"]) for pair in answer["pairs"]} == mine


def test_proposed_each_business_is_told_and_still_chooses_from_its_whole_list(session, market):
    market.made()
    assert market.statuses() == [S.OPEN] * 2
    assert chosen_lately(AT) == {}
    told = session.execute(
        select(AuditEvent.actor_user_id).where(AuditEvent.action == "suggestion.made")
    ).scalars()
    assert list(told) == [market.officer.id] * 2
    for job in market.jobs:
        assert suggestion_for(job.voucher, AT).offering.provider.name
    first, second = market.suggestions()
    job, other = market.job_of(first), session.get_one(Offering, second.offering_id)
    matching.choose(voucher=job.voucher, offering=other, by=job.owner.id, at=LATER)
    session.commit()
    # Nothing was kept for the second: its place is gone with the first one's free choice.
    assert suggestion_for(market.job_of(second).voucher, LATER) is None
    assert settle_suggestions(LATER) == 2
    assert [(s.status, s.bar) for s in market.suggestions()] == [
        (S.PASSED, Bar.CHOSEN),
        (S.EXPIRED, Bar.FULL),
    ]


def test_one_that_is_chosen_is_settled_at_once_for_the_page_and_soon_for_the_record(
    session, market
):
    market.made()
    taken = market.suggestions()[0]
    job = market.job_of(taken)
    offering = session.get_one(Offering, taken.offering_id)
    matching.choose(voucher=job.voucher, offering=offering, by=job.owner.id, at=LATER)
    session.commit()
    assert suggestion_for(job.voucher, LATER) is None
    assert settle_suggestions(LATER) == 1
    assert settle_suggestions(LATER) == 0
    assert (taken.status, taken.bar) == (S.TAKEN, Bar.CHOSEN)


def expire_voucher(market, job):
    job.voucher.expires_on = AT.date() - timedelta(days=1)


def pause(market, job):
    for offering in (market.first, market.second):
        offering.status = OfferingStatus.PAUSED


def suspend_all(market, job):
    for offering in (market.first, market.second):
        provider = market.session.get_one(type(job.provider), offering.provider_id)
        suspend(provider=provider, reason="A tip.", by=market.officer.id, at=AT)


def connect(market, job):
    for offering in (market.first, market.second):
        join_provider(user_id=job.owner.id, provider_id=offering.provider_id, at=AT)


def fill(market, job):
    for offering in (market.first, market.second):
        other = make_job()
        matching.make_shortlist(application=other.application, voucher=other.voucher, at=AT)
        matching.choose(voucher=other.voucher, offering=offering, by=other.owner.id, at=AT)


@pytest.mark.parametrize(
    ("happens", "bar"),
    [
        (expire_voucher, Bar.VOUCHER_OVER),
        (pause, Bar.NOT_OPEN),
        (suspend_all, Bar.NOT_OPEN),
        (fill, Bar.FULL),
    ],
)
def test_a_suggestion_ends_with_what_it_rests_on(session, market, happens, bar):
    market.made()
    job = market.jobs[0]
    happens(market, job)
    session.commit()
    assert suggestion_for(job.voucher, AT) is None
    assert settle_suggestions(LATER) >= 1
    mine = next(s for s in market.suggestions() if s.voucher_id == job.voucher.id)
    assert (mine.status, mine.bar) == (S.EXPIRED, bar)


@pytest.mark.parametrize(
    ("happens", "bar"),
    [
        (expire_voucher, Bar.VOUCHER_OVER),
        (pause, Bar.NOT_OPEN),
        (suspend_all, Bar.NOT_OPEN),
        (connect, Bar.CONNECTED),
        (fill, Bar.FULL),
    ],
)
def test_between_preview_and_proposal_it_is_left_out_with_the_bar(session, market, happens, bar):
    plan = market.ready()
    job = market.jobs[0]
    happens(market, job)
    session.commit()
    market.propose(plan)
    make_suggestions(track_record, AT)
    mine = next(s for s in market.suggestions() if s.voucher_id == job.voucher.id)
    assert (mine.status, mine.bar) == (S.LEFT_OUT, bar)
    assert suggestion_for(job.voucher, AT) is None


def test_who_chooses_between_preview_and_proposal_is_left_alone(session, market):
    plan = market.ready()
    planned = market.suggestions()[0]
    job, offering = market.job_of(planned), session.get_one(Offering, planned.offering_id)
    matching.choose(voucher=job.voucher, offering=offering, by=job.owner.id, at=AT)
    session.commit()
    market.propose(plan)
    assert make_suggestions(track_record, AT) == 1
    assert sorted(market.statuses()) == [S.LEFT_OUT, S.OPEN]
    assert {s.bar for s in market.suggestions()} == {Bar.CHOSEN, None}


def test_a_suggestion_stands_two_weeks_and_no_longer_than_the_voucher(session, market):
    market.jobs[1].voucher.expires_on = AT.date() + timedelta(days=5)
    session.commit()
    market.made()
    days = {
        market.job_of(each).voucher.id: (each.last_day_on - AT.date()).days
        for each in market.suggestions()
    }
    assert days == {market.jobs[0].voucher.id: 14, market.jobs[1].voucher.id: 5}
    first = market.jobs[0].voucher
    last_day, day_after = AT + timedelta(days=14), AT + timedelta(days=15)
    assert suggestion_for(first, last_day) is not None
    assert settle_suggestions(last_day) == 1, "the other's voucher is over"
    assert suggestion_for(first, day_after) is None
    assert settle_suggestions(day_after) == 1
    ended = {market.job_of(each).voucher.id: each for each in market.suggestions()}
    assert ended[first.id].status is S.EXPIRED
    assert ended[first.id].bar is Bar.DAY_OVER
    assert ended[market.jobs[1].voucher.id].bar is Bar.VOUCHER_OVER
    assert settle_suggestions(day_after) == 0


def test_who_becomes_connected_is_shown_it_no_more(session, market):
    market.made()
    job = market.jobs[0]
    connect(market, job)
    session.commit()
    assert suggestion_for(job.voucher, AT) is None


def test_a_held_case_is_not_planned_and_one_held_later_is_left_out(session, market):
    market.jobs[0].application.held_at = AT
    market.jobs[0].application.hold_reason = "A question"
    session.commit()
    plan = market.ready()
    assert (plan.matched, plan.unmatched[0]["why"]) == (1, "The case is on hold.")
    late = market.jobs[1].application
    late.held_at, late.hold_reason = AT, "Another"
    session.commit()
    market.propose(plan)
    make_suggestions(track_record, AT)
    assert [s.bar for s in market.suggestions()] == [Bar.HELD]


def test_whoever_has_no_provider_is_told_why_to_staff(session):
    market = Market(session, businesses=3)
    plan = market.ready()
    assert plan.matched == 2
    assert [each["why"] for each in plan.unmatched] == [
        "Whoever fits is given to others, and no exchange would raise the total."
    ]
    assert plan.unmatched[0]["voucher"] in {job.voucher.reference for job in market.jobs}


def test_a_declined_offering_is_not_suggested_again(session, market):
    job = market.jobs[0]
    choose(job)
    matching.decline(
        match=job.match,
        code=DeclineCode.NO_ROOM,
        reason="",
        by=job.worker.id,
        at=AT,
    )
    session.commit()
    plan = market.ready()
    mine = next(s for s in market.suggestions() if s.voucher_id == job.voucher.id)
    assert mine.offering_id == market.second.id
    assert plan.matched == 2


def test_places_suggested_in_another_round_are_not_planned_twice(session, market):
    market.made()
    other = Market(session, businesses=1, rooms=(1, 1))
    plan = other.ready()
    offered = {other.first.id, other.second.id}
    assert plan.matched == 1
    assert {s.offering_id for s in other.suggestions() if s.plan_id == plan.id} <= offered


def test_the_list_is_made_anew_where_the_offering_is_not_on_it(session, market):
    fresh = make_offering(days_to_start=0, capacity_per_month=9)
    session.commit()
    market.made()
    mine = next(s for s in market.suggestions() if s.offering_id == fresh.id)
    job, offering = market.job_of(mine), session.get_one(Offering, fresh.id)
    matching.choose(voucher=job.voucher, offering=offering, by=job.owner.id, at=LATER)


def test_what_is_on_no_new_list_either_is_left_out(session, market):
    plan = market.ready()
    suggestion = market.suggestions()[0]
    market.propose(plan)
    unlisted = make_offering(summary="Beekeeping.", title="Hives", outcome_areas=[], places=["TR"])
    session.get_one(Suggestion, suggestion.id).offering_id = unlisted.id
    session.commit()
    make_suggestions(track_record, AT)
    mine = next(s for s in market.suggestions() if s.id == suggestion.id)
    assert (mine.status, mine.bar) == (S.LEFT_OUT, Bar.NOT_LISTED)


def test_an_old_preview_and_an_empty_one_are_not_proposed(session, market):
    plan = market.ready()
    with pytest.raises(Conflict, match="more than a day old"):
        market.propose(plan, AT + timedelta(hours=25))
    session.rollback()
    for offering in (market.first, market.second):
        offering.status = OfferingStatus.PAUSED
    session.commit()
    empty = market.ready(LATER)
    assert (empty.matched, len(empty.unmatched)) == (0, 2)
    with pytest.raises(Conflict, match="nothing to propose"):
        market.propose(empty, LATER)
    session.rollback()
    assert market.again(plan).status is PlanStatus.DISCARDED


def test_a_second_click_asks_and_proposes_once(session, market):
    plan = market.ask()
    assert market.ask().id == plan.id
    work_out_plans(track_record, AT)
    market.propose(market.again(plan))
    with pytest.raises(Conflict, match="already “Proposed"):
        market.propose(market.again(plan))
    session.rollback()
    with pytest.raises(Conflict):
        operations.discard(plan=market.again(plan), by=market.officer.id, at=AT)


def test_nobody_asks_again_until_chance_has_put_a_favourite_first(session):
    """Two that want the same, equal in everything: which has the place is drawn once a round."""
    market = Market(session, rooms=(1, 1))
    plans = [market.ready(AT + timedelta(minutes=minutes)) for minutes in range(4)]
    assert len({plan.seed for plan in plans}) == 1
    given = [(each.voucher_id, each.offering_id) for each in market.suggestions()]
    assert len(given) == 8
    assert len(set(given)) == 2
    other = Market(session, businesses=1)
    assert other.ask().seed != plans[0].seed


def test_a_newer_plan_replaces_what_stands(session, market):
    market.made()
    market.made(LATER)
    assert market.statuses() == [S.REPLACED] * 2 + [S.OPEN] * 2


def test_a_newer_plan_leaves_out_what_an_earlier_one_had_still_to_suggest(session):
    """Otherwise both would suggest something to one voucher, and the worker would stand still."""
    market = Market(session, rooms=(9, 9))
    for at in (AT, LATER):
        market.propose(market.ready(at), at)
    assert market.statuses() == [S.LEFT_OUT] * 2 + [S.PLANNED] * 2
    assert {each.bar for each in market.suggestions()[:2]} == {Bar.NEWER_PLAN}
    assert make_suggestions(track_record, LATER) == 2
    assert market.statuses() == [S.LEFT_OUT] * 2 + [S.OPEN] * 2


def test_a_plan_proposed_while_an_earlier_one_is_being_told(app, session):
    market = Market(session, rooms=(9, 9))
    market.propose(market.ready())
    newer, officer = market.ready(LATER).id, market.officer.id
    earlier = [each.id for each in market.suggestions()[:2]]
    session.commit()

    def suggest(suggestion_id):
        return lambda: operations.suggest(
            suggestion_id=suggestion_id, track_record=TrackRecord(), at=LATER
        )

    at_once(
        app,
        *(suggest(each) for each in earlier),
        lambda: operations.propose(plan=scoped.get_one(Plan, newer), by=officer, at=LATER),
    )
    make_suggestions(track_record, LATER)
    statuses = market.statuses()
    assert set(statuses[:2]) <= {S.LEFT_OUT, S.REPLACED}
    assert statuses[2:] == [S.OPEN] * 2


def test_what_is_put_aside_tells_nobody(session, market):
    plan = market.ready()
    operations.discard(plan=plan, by=market.officer.id, at=AT)
    session.commit()
    assert make_suggestions(track_record, AT) == 0
    assert market.statuses() == [S.PLANNED] * 2


def test_a_plan_that_can_not_be_proved_fails_and_is_told(session, market):
    plan = market.ask()

    def unproved():
        raise NoProof("no")

    assert work_out_plans(unproved, AT) == 0
    assert market.again(plan).status is PlanStatus.FAILED
    assert work_out_plans(track_record, AT) == 0
    assert market.ask().id != plan.id


def test_a_plan_put_aside_meanwhile_is_not_kept(session, market):
    plan = market.ask()

    answer = work_out(plan, TrackRecord(), AT)
    operations.discard(plan=plan, by=market.officer.id, at=AT)
    session.commit()
    assert operations.keep_answer(plan_id=plan.id, answer=answer, at=AT) is False
    operations.fail(plan_id=plan.id, at=AT)
    assert market.again(plan).status is PlanStatus.DISCARDED


# --- at once -------------------------------------------------------------------------------------


def test_two_officers_at_once_propose_once(app, session, market):
    plan_id, officer = market.ready().id, market.officer.id
    other = make_officer(Role.APPROVER).id
    session.commit()

    def propose(by):
        return lambda: operations.propose(plan=scoped.get_one(Plan, plan_id), by=by, at=AT)

    answers = at_once(app, propose(officer), propose(other))
    assert sorted(type(each).__name__ for each in answers) == ["Conflict", "NoneType"]
    make_suggestions(track_record, AT)
    assert market.statuses() == [S.OPEN] * 2


def test_two_officers_at_once_ask_for_one_preview(app, session, market):
    round_id, officer = market.round.id, market.officer.id

    def ask():
        return operations.ask_for_plan(round_=scoped.get_one(Round, round_id), by=officer, at=AT).id

    first, second = at_once(app, ask, ask)
    assert first == second


def test_a_choice_and_its_suggestion_at_once(app, session, market):
    plan = market.ready()
    market.propose(plan)
    job = market.jobs[0]
    ids = next(s for s in market.suggestions() if s.voucher_id == job.voucher.id)
    suggestion_id, voucher_id = ids.id, job.voucher.id
    offering_id, owner = job.offering.id, job.owner.id

    def suggest():
        return operations.suggest(suggestion_id=suggestion_id, track_record=TrackRecord(), at=AT)

    def take():
        matching.choose(
            voucher=scoped.get_one(Voucher, voucher_id),
            offering=scoped.get_one(Offering, offering_id),
            by=owner,
            at=LATER,
        )

    at_once(app, suggest, take)
    settle_suggestions(LATER)
    mine = session.get_one(Suggestion, suggestion_id, populate_existing=True)
    assert mine.status in (S.LEFT_OUT, S.TAKEN, S.PASSED)
    assert mine.bar is Bar.CHOSEN
