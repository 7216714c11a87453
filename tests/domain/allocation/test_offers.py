"""A long list is drawn in a few statements; its offers follow one by one, whoever dies between."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from tests.factories.draws import (
    DRAWN_AT,
    HALVES,
    KEY,
    QUARTERS,
    arm,
    make_lottery,
    make_owed_offers,
)
from tests.factories.scoring import SETTLED_AT, begun_contest, rule_with
from tests.together import together
from tests.web.statements import counting
from voucher.allocation import jobs
from voucher.allocation.models import Arm, Assignment, Draw
from voucher.allocation.offers.models import PlaceOffer
from voucher.allocation.offers.operations import LONGEST_WAIT, make_offer, put_off
from voucher.allocation.offers.queries import LONG, is_on_its_way, offers_of, owed_offers
from voucher.allocation.operations import steps
from voucher.allocation.operations.replace import offer_again, replace
from voucher.allocation.queries import (
    places_left,
    places_not_offered,
    places_to_see_to,
    steps_of_round,
)
from voucher.allocation.scored.operations.replace import replace as replace_by_rank
from voucher.applications.models import Application, ApplicationStatus, Decision
from voucher.applications.operations.assess import hold
from voucher.applications.operations.submit import withdraw
from voucher.audit.models import AuditEvent
from voucher.core.db import session as scoped
from voucher.core.db import transaction
from voucher.core.errors import DomainError
from voucher.core.status import StatusChange
from voucher.payments.queries.waiting import count_waiting
from voucher.programmes.models import Round
from voucher.subsidy.models import SubsidyNotice

_A = ApplicationStatus
MOST = 40
"""Statements of a draw in its request, however many are on the list."""


def count(session, model, *where):
    return session.execute(select(func.count()).select_from(model).where(*where)).scalar_one()


def ready(number=8, **values):
    """A lottery up to its last step, committed."""
    lottery = make_lottery(number, **values)
    lottery.seal()
    lottery.freeze()
    lottery.enter()
    scoped.commit()
    return lottery


def drawn(number=8, arms=HALVES, **values):
    """A lottery that is drawn and committed, with every offer owed."""
    lottery = ready(number, arms=arms, budget_pence=100_000_000, **values)
    lottery.carry_out(offers=False)
    scoped.commit()
    return lottery


def placed(session):
    """Applications with a place, in the order of their offers."""
    query = select(Application).join(PlaceOffer, PlaceOffer.application_id == Application.id)
    query = query.order_by(PlaceOffer.id).execution_options(populate_existing=True)
    return session.execute(query).scalars().all()


def statuses(session):
    return [case.status for case in placed(session)]


def test_three_hundred_are_drawn_in_a_few_statements(app, session):
    lottery = ready(300, arms=QUARTERS, budget_pence=100_000_000)
    with counting(app) as seen:
        lottery.carry_out(offers=False)
        session.commit()
    assert len(seen) <= MOST, len(seen)
    arms = dict(
        session.execute(select(Assignment.arm, func.count()).group_by(Assignment.arm)).all()
    )
    assert sum(arms.values()) == 300
    compared = arms[Arm.INFORMATION] + arms[Arm.COMPARISON]
    assert count(session, Application, Application.status == _A.COMPARISON) == compared
    assert count(session, StatusChange, StatusChange.to_status == "comparison") == compared
    assert count(session, AuditEvent, AuditEvent.action == "application.compared") == compared
    assert count(session, AuditEvent, AuditEvent.action == "application.waiting") == 75
    assert count(session, SubsidyNotice) == 0
    offers = offers_of(lottery.round.id, DRAWN_AT)
    assert (offers.places, offers.owed, offers.settled) == (75, 75, 0)


def test_a_list_shared_by_scores_is_settled_in_as_few(app, session):
    costs = []
    for number in (4, 24):
        contest = begun_contest(number, rule=rule_with(places=2, least_bps=4_000))
        contest.score_all(*([5, 4, 3, 1] * (number // 4)))
        proposal = contest.propose()
        session.commit()
        with counting(app) as seen:
            contest.answer(proposal, offers=False)
            session.commit()
        costs.append(len(seen))
    assert costs[1] <= costs[0] <= MOST
    jobs.make_offers(SETTLED_AT)
    assert statuses(session) == [_A.APPROVED] * 4


def test_the_offers_follow_by_the_system_one_transaction_each(app, session):
    lottery = drawn()
    assert jobs.make_offers(DRAWN_AT) == 4
    assert statuses(session) == [_A.APPROVED] * 4
    assert count(session, SubsidyNotice) == 4
    approved = session.execute(
        select(AuditEvent.actor_user_id).where(AuditEvent.action == "application.approved")
    )
    assert approved.scalars().all() == [None] * 4
    offers = offers_of(lottery.round.id, DRAWN_AT)
    assert (offers.places, offers.owed, dict(offers.bars)) == (4, 0, {})
    assert jobs.make_offers(DRAWN_AT) == 0


def test_a_crash_between_two_offers_is_resumed(app, session, monkeypatch):
    drawn()
    made = []

    def crash_at_the_third(*, offer_id, at):
        answer = make_offer(offer_id=offer_id, at=at)
        made.append(offer_id)
        if len(made) == 3:
            raise KeyboardInterrupt  # after the work, before its commit
        return answer

    with monkeypatch.context() as patch:
        patch.setattr(jobs, "make_offer", crash_at_the_third)
        with pytest.raises(KeyboardInterrupt):
            jobs.make_offers(DRAWN_AT)
    assert statuses(session) == [_A.APPROVED, _A.APPROVED, _A.ELIGIBLE, _A.ELIGIBLE]
    assert list(owed_offers(DRAWN_AT)) == [*made[2:], made[2] + 1]
    session.rollback()
    assert jobs.make_offers(DRAWN_AT) == 2
    assert statuses(session) == [_A.APPROVED] * 4
    assert count(session, SubsidyNotice) == 4


def test_one_that_fails_neither_stops_nor_starves_the_others(app, session):
    lottery = drawn()
    first = placed(session)[0]
    query = select(Decision).where(Decision.application_id == first.id)
    session.execute(query).scalar_one().award_pence = None  # a fault: it was approved without
    session.commit()
    assert jobs.make_offers(DRAWN_AT, most=2) == 2
    assert jobs.make_offers(DRAWN_AT, most=2) == 1
    assert statuses(session) == [_A.ELIGIBLE, _A.APPROVED, _A.APPROVED, _A.APPROVED]
    soon, later = (offers_of(lottery.round.id, at) for at in (DRAWN_AT, DRAWN_AT + LONG))
    assert (soon.settled, soon.places, soon.on_their_way) == (3, 4, {first.id})
    assert not soon.bars
    assert is_on_its_way(first.id, DRAWN_AT)
    assert not later.on_their_way
    assert "keeps failing" in later.bars[first.id]
    assert not is_on_its_way(first.id, DRAWN_AT + LONG)


def test_one_that_keeps_failing_is_tried_less_and_less_and_told_to_officers(
    app, session, caplog, monkeypatch
):
    lottery = drawn(2, arms=[arm(Arm.VOUCHER, 10_000), arm(Arm.WAITING, 0)])
    first, second = placed(session)

    def fail_the_first(*, offer_id, at):
        if session.get_one(PlaceOffer, offer_id).application_id == first.id:
            raise KeyError("a fault of ours")
        return make_offer(offer_id=offer_id, at=at)

    monkeypatch.setattr(jobs, "make_offer", fail_the_first)
    waiting = []
    for seconds in range(0, 421, 10):
        jobs.make_offers(DRAWN_AT + timedelta(seconds=seconds))
        waiting.append(count_waiting()["places"])
    tried = [line for line in caplog.records if "could not be moved on" in line.message]
    assert len(tried) == 4, "at once, after one minute, after two more and after four more"
    assert (waiting[0], waiting[-1]) == (0, 1)
    soon = DRAWN_AT + timedelta(seconds=420)
    assert "keeps failing" in offers_of(lottery.round.id, soon).bars[first.id]
    assert second.id not in offers_of(lottery.round.id, soon).bars
    monkeypatch.undo()
    assert list(owed_offers(soon)) == []
    assert jobs.make_offers(soon + LONGEST_WAIT) == 1
    assert statuses(session) == [_A.APPROVED] * 2
    assert count_waiting()["places"] == 0


def test_the_waits_between_tries_stay_within_an_hour(app, session):
    drawn(2, arms=[arm(Arm.VOUCHER, 10_000), arm(Arm.WAITING, 0)])
    owed = session.get_one(PlaceOffer, owed_offers(DRAWN_AT)[0])
    waits = []
    for _ in range(12):
        put_off(offer_id=owed.id, at=DRAWN_AT)
        waits.append((owed.retry_at - DRAWN_AT) // timedelta(minutes=1))
    assert waits == [1, 2, 4, 8, 16, 32, *[60] * 6]


def test_a_bar_is_kept_in_words_and_the_officer_offers_again(app, session):
    lottery = drawn()
    held = placed(session)[0]
    hold(application=held, reason="A question", by=lottery.second.id, at=DRAWN_AT)
    session.commit()
    assert jobs.make_offers(DRAWN_AT) == 4
    assert offers_of(lottery.round.id, DRAWN_AT).bars == {held.id: "It is on hold."}
    assert count_waiting()["places"] == 1
    draw = steps_of_round(lottery.round.id).draw
    assert [case.id for case in places_not_offered(draw.id)] == [held.id]
    held = placed(session)[0]
    held.held_at = held.hold_reason = None
    session.flush()
    offer_again(draw=draw, reference=held.reference, by=lottery.manager.id, at=DRAWN_AT)
    assert statuses(session) == [_A.APPROVED] * 4
    assert not offers_of(lottery.round.id, DRAWN_AT).bars
    assert count_waiting()["places"] == 0


def test_the_subsidy_limit_bars_an_offer(app, session):
    lottery = ready(2, arms=[arm(Arm.VOUCHER, 10_000), arm(Arm.WAITING, 0)])
    rich = session.get_one(Application, lottery.cases[0].id)
    query = select(Decision).where(Decision.application_id == rich.id)
    session.execute(query).scalar_one().award_pence = 99_999_999
    session.commit()
    lottery.carry_out(offers=False)
    session.commit()
    assert jobs.make_offers(DRAWN_AT) == 2
    assert sorted(statuses(session)) == [_A.APPROVED, _A.ELIGIBLE]
    bars = offers_of(lottery.round.id, DRAWN_AT).bars
    assert bars == {rich.id: "The award would pass the subsidy limit."}


def test_who_leaves_before_the_offer_is_offered_nothing_and_replaced_by_the_plan(app, session):
    waits = [arm(Arm.VOUCHER, 5000), arm(Arm.WAITING, 5000)]
    lottery = drawn(arms=waits, draw_replaces=True)
    leaver = placed(session)[0]
    withdraw(application=leaver, by=leaver.started_by_id, at=DRAWN_AT)
    session.commit()
    draw = steps_of_round(lottery.round.id).draw
    assert [row.id for row in places_left(draw.id)] == [leaver.id]
    given = replace(
        draw=draw, leaver_reference=leaver.reference, by=lottery.manager.id, at=DRAWN_AT
    )
    successor = session.get_one(Application, given.successor_id)
    session.commit()
    session.refresh(successor)
    assert successor.status is _A.APPROVED
    session.commit()
    assert jobs.make_offers(DRAWN_AT) == 4
    assert statuses(session) == [_A.WITHDRAWN, *[_A.APPROVED] * 3]
    assert count(session, SubsidyNotice) == 4
    offers = offers_of(lottery.round.id, DRAWN_AT)
    assert (offers.owed, dict(offers.bars)) == (0, {})


def test_who_left_before_the_draw_is_owed_nothing(app, session):
    lottery = ready(2, arms=[arm(Arm.VOUCHER, 10_000), arm(Arm.WAITING, 0)])
    leaver = lottery.cases[0]
    withdraw(application=leaver, by=leaver.started_by_id, at=DRAWN_AT)
    lottery.carry_out(offers=False)
    assert [case.id for case in placed(session)] == [lottery.cases[1].id]
    assert count(session, Assignment) == 2


def test_an_officer_may_be_faster_than_the_worker(app, session):
    lottery = drawn()
    first = placed(session)[0]
    draw = steps_of_round(lottery.round.id).draw
    offer_again(draw=draw, reference=first.reference, by=lottery.manager.id, at=DRAWN_AT)
    session.commit()
    assert jobs.make_offers(DRAWN_AT) == 3
    assert count(session, SubsidyNotice) == 4


def in_transaction(act, **values):
    """An act of somebody else at the same moment, in a transaction of its own."""

    def run():
        with transaction():
            return act(**{name: found() for name, found in values.items()}, at=DRAWN_AT)

    return run


def leaving(case):
    id_, by = case.id, case.started_by_id
    return in_transaction(
        withdraw, application=lambda: scoped.get_one(Application, id_), by=lambda: by
    )


def work():
    return jobs.make_offers(DRAWN_AT)


def test_two_workers_and_an_officer_at_once_offer_each_place_once(app, session):
    lottery = drawn(16)
    last = placed(session)[-1].reference
    draw_id, by = steps_of_round(lottery.round.id).draw.id, lottery.manager.id
    session.commit()
    officer = in_transaction(
        offer_again,
        draw=lambda: scoped.get_one(Draw, draw_id),
        reference=lambda: last,
        by=lambda: by,
    )
    together(app, work, work, officer)
    assert statuses(session) == [_A.APPROVED] * 8
    assert count(session, SubsidyNotice) == 8
    assert list(owed_offers(DRAWN_AT)) == []


def test_leaving_and_the_offer_at_once(app, session):
    drawn(16)
    acts = [leaving(case) for case in placed(session)[:3]]
    session.commit()
    together(app, *acts, work)
    jobs.make_offers(DRAWN_AT)
    assert statuses(session) == [_A.WITHDRAWN] * 3 + [_A.APPROVED] * 5
    assert list(owed_offers(DRAWN_AT)) == []


def test_the_draw_is_made_whoever_leaves_at_that_moment(app, session):
    lottery = ready(8)
    round_id, by = lottery.round.id, lottery.manager.id
    acts = [leaving(case) for case in lottery.cases[:3]]
    session.commit()
    draw = in_transaction(
        steps.carry_out,
        round_=lambda: scoped.get_one(Round, round_id),
        by=lambda: by,
        key=lambda: KEY,
    )
    answers = together(app, draw, *acts)
    assert not isinstance(answers[0], DomainError)
    work()
    query = select(Application.status, Assignment.arm).join(Assignment)
    wanted = {
        Arm.VOUCHER: {_A.APPROVED, _A.WITHDRAWN},
        Arm.COMPARISON: {_A.COMPARISON, _A.WITHDRAWN},
    }
    rows = session.execute(query).all()
    assert len(rows) == 8
    assert all(status in wanted[arm_] for status, arm_ in rows)


def test_a_ranked_place_is_given_on_while_offers_are_being_made(app, session):
    contest = begun_contest(3, rule=rule_with(places=2, least_bps=4_000))
    contest.score_all(5, 4, 3)
    contest.answer(contest.propose(), offers=False)
    leaver = contest.cases[0]
    withdraw(application=leaver, by=leaver.started_by_id, at=SETTLED_AT)
    given = replace_by_rank(
        scoring=contest.begun,
        leaver_reference=leaver.reference,
        by=contest.manager.id,
        at=SETTLED_AT,
    )
    assert given.successor_id == contest.cases[2].id
    make_owed_offers(SETTLED_AT)
    assert [case.status for case in contest.cases] == [_A.WITHDRAWN, _A.APPROVED, _A.APPROVED]


def test_places_that_a_person_must_see_to_come_in_pages(session, monkeypatch):
    monkeypatch.setattr("voucher.core.paging.PAGE_ROWS", 1)
    lottery = make_lottery(4)
    lottery.draw(offers=False)
    draw_id = steps_of_round(lottery.round.id).draw.id
    late = DRAWN_AT + LONG
    assert places_to_see_to(draw_id, late - timedelta(seconds=1), 1).rows == []
    pages = [places_to_see_to(draw_id, late, number) for number in (1, 2)]
    assert [page.total for page in pages] == [2, 2]
    found = [case.id for page in pages for case in page.rows]
    assert found == [case.id for case in places_not_offered(draw_id)]
