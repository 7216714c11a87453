"""A plan is drawn up as often as people like, locked once, and departed from in the open."""

from dataclasses import fields, replace
from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DatabaseError

from tests.factories.draws import FOLLOW_UP_ON, HALVES, arm
from tests.factories.plans import LOCKED_AT, have_locked_plan, plan_of
from tests.factories.scheme import AT, make_round, make_user
from tests.together import at_once
from voucher.audit.models import AuditEvent
from voucher.core.errors import Conflict, Invalid, NotFound
from voucher.evaluation.plans.rules import AnalysisPlan, plan_sha256, written
from voucher.programmes.models import (
    AllocationMethod,
    Arm,
    Round,
    RoundStatus,
    RuleSet,
    StratumBasis,
    Terms,
)
from voucher.programmes.operations.rounds import edit_round
from voucher.programmes.plans.models import AnalysisPlan as LockedPlan
from voucher.programmes.plans.operations import lock_plan, note_deviation, save_draft
from voucher.programmes.plans.queries import (
    deviations,
    draft_of,
    locked_plan,
    plan_by_reference,
    published_plans,
)
from voucher.programmes.rules import RoundSettings


def save(round_, by, at=AT, **values):
    content = plan_of(round_, **values).content()
    save_draft(round_=round_, content=content, figures={"power": 0.8}, by=by, at=at)
    return plan_sha256(content)


def test_the_draft_kept_last_is_the_one_that_is_locked(session):
    round_, person = make_round(), make_user()
    first = save(round_, person.id)
    second = save(round_, person.id, at=LOCKED_AT, estimator="lin")
    assert first != second
    assert draft_of(round_.id).saved_at == LOCKED_AT
    with pytest.raises(Conflict, match="changed the plan since"):
        lock_plan(round_=round_, sha256=first, by=person.id, at=LOCKED_AT)
    plan = lock_plan(round_=round_, sha256=second, by=person.id, at=LOCKED_AT)
    assert (plan.content["estimator"], plan.figures) == ("lin", {"power": 0.8})
    assert locked_plan(round_.id) is plan


def test_what_is_read_back_has_the_hash_that_was_published(session):
    round_ = make_round(name="Round “β”, £ and naïve")
    plan = have_locked_plan(round_)
    session.expire_all()
    stored = locked_plan(round_.id)
    assert plan_sha256(stored.content) == stored.sha256
    assert AnalysisPlan.read(stored.content) == plan_of(round_)
    assert written(stored.content).endswith(b"}\n")
    assert stored is plan


def test_a_locked_plan_is_neither_drawn_up_nor_locked_again(session):
    round_, person = make_round(), make_user()
    plan = have_locked_plan(round_)
    for act in (
        lambda: save(round_, person.id),
        lambda: lock_plan(round_=round_, sha256=plan.sha256, by=person.id, at=AT),
    ):
        with pytest.raises(Conflict, match="is locked"):
            act()


def test_nothing_is_locked_that_was_not_drawn_up(session):
    with pytest.raises(Conflict, match="Draw up"):
        lock_plan(round_=make_round(), sha256="0" * 64, by=make_user().id, at=AT)


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"allocation_method": AllocationMethod.RANDOM, "list_frozen_at": AT}, "list .* is frozen"),
        ({"allocation_method": AllocationMethod.SCORED, "list_frozen_at": AT}, "list .* is frozen"),
        ({"allocation_method": AllocationMethod.ROLLING}, "is closed"),
    ],
)
def test_it_is_too_late_once_the_businesses_are_settled(session, values, words):
    round_ = make_round(status=RoundStatus.CLOSED, **values)
    with pytest.raises(Conflict, match=words):
        save(round_, make_user().id)


def test_a_round_by_lot_may_be_planned_while_its_list_is_still_open(session):
    round_ = make_round(
        status=RoundStatus.CLOSED, allocation_method=AllocationMethod.RANDOM, draw_arms=[]
    )
    assert have_locked_plan(round_).round_id == round_.id


@pytest.mark.parametrize(
    "changed",
    [
        {"allocation_method": AllocationMethod.ROLLING},
        {"draw_stratum": StratumBasis.SIZE},
        {"draw_arms": [*HALVES[:1], arm(Arm.INFORMATION, 5000)]},
    ],
)
def test_what_a_locked_plan_rests_on_is_not_changed(session, changed):
    round_ = make_round(
        status=RoundStatus.DRAFT,
        allocation_method=AllocationMethod.RANDOM,
        draw_arms=HALVES,
        follow_up_on=FOLLOW_UP_ON,
    )
    settings = RoundSettings(
        **{item.name: getattr(round_, item.name) for item in fields(RoundSettings)}
    )
    sets = {
        "rule_set": session.get_one(RuleSet, round_.rule_set_id),
        "terms": session.get_one(Terms, round_.terms_id),
        "by": make_user().id,
        "at": AT,
    }
    edit_round(round_=round_, settings=replace(settings, **changed), **sets)
    edit_round(round_=round_, settings=settings, **sets)
    have_locked_plan(round_)
    with pytest.raises(Conflict, match="analysis plan of this round is locked"):
        edit_round(round_=round_, settings=replace(settings, **changed), **sets)
    edit_round(round_=round_, settings=replace(settings, name="Another name"), **sets)
    assert round_.name == "Another name"


@pytest.mark.parametrize("table", ["analysis_plan", "plan_deviation"])
@pytest.mark.parametrize("change", ["UPDATE {} SET id = id", "DELETE FROM {}"])
def test_the_database_keeps_what_was_locked(session, table, change):
    plan = have_locked_plan(make_round())
    note_deviation(plan=plan, what="Later", why="Floods", by=make_user().id, at=AT)
    with pytest.raises(DatabaseError, match="append-only"):
        session.execute(text(change.format(table)))


def test_deviations_are_kept_in_their_order(session):
    plan, person = have_locked_plan(make_round()), make_user()
    for number in range(3):
        note_deviation(
            plan=plan,
            what=f" The follow-up is {number} weeks late. ",
            why="The post failed.",
            by=person.id,
            at=AT + timedelta(days=number),
        )
    found = deviations(plan.id)
    assert [each.what for each in found] == [
        f"The follow-up is {number} weeks late." for number in range(3)
    ]
    assert {each.noted_by_id for each in found} == {person.id}


def test_a_deviation_noted_twice_at_once_is_one(session, app):
    """A double click sends the same words twice."""
    plan_id, by = have_locked_plan(make_round()).id, make_user().id
    session.commit()

    def note():
        plan = session.get_one(LockedPlan, plan_id)
        return note_deviation(plan=plan, what="Later ", why="Floods", by=by, at=AT).id

    assert len(set(at_once(app, note, note))) == 1
    assert len(deviations(plan_id)) == 1
    plan = session.get_one(LockedPlan, plan_id)
    note_deviation(plan=plan, what="Later", why="The post failed", by=by, at=AT)
    assert len(deviations(plan_id)) == 2


@pytest.mark.parametrize(
    ("what", "why", "field"),
    [
        ("", "A reason", "what"),
        ("Something", "  ", "why"),
        ("x" * 1001, "A reason", "what"),
        ("Something", "x" * 1001, "why"),
    ],
)
def test_a_deviation_says_what_and_why(session, what, why, field):
    plan = have_locked_plan(make_round())
    with pytest.raises(Invalid) as caught:
        note_deviation(plan=plan, what=what, why=why, by=make_user().id, at=AT)
    assert caught.value.field == field
    assert deviations(plan.id) == []


def test_plans_are_found_by_their_reference_and_listed(session):
    first, second = have_locked_plan(make_round()), have_locked_plan(make_round())
    assert plan_by_reference(first.reference.lower()).round.programme.name
    assert [each.id for each in published_plans().rows][:2] == [second.id, first.id]
    with pytest.raises(NotFound):
        plan_by_reference("PLN-0000-0000")


def test_plans_are_listed_in_pages(session, monkeypatch):
    monkeypatch.setattr("voucher.core.paging.PAGE_ROWS", 1)
    first, second = have_locked_plan(make_round()), have_locked_plan(make_round())
    pages = [published_plans(number) for number in (1, 2, 3)]
    assert [page.rows for page in pages] == [[second], [first], [first]]
    assert (pages[1].page, pages[1].pages, pages[1].total) == (2, 2, 2)


def test_every_act_is_in_the_record(session):
    plan = have_locked_plan(make_round())
    note_deviation(plan=plan, what="Later", why="Floods", by=make_user().id, at=AT)
    actions = {event.action for event in session.query(AuditEvent)}
    assert {"plan.drawn_up", "plan.locked", "plan.deviated"} <= actions


def test_of_two_who_lock_at_once_one_is_told(session, app):
    round_, person = make_round(), make_user()
    sha256 = save(round_, person.id)
    round_id, by = round_.id, person.id
    session.commit()

    def lock():
        found = session.get_one(Round, round_id)
        return lock_plan(round_=found, sha256=sha256, by=by, at=LOCKED_AT).id

    answers = at_once(app, lock, lock)
    assert {type(answer) for answer in answers} == {int, Conflict}
    assert session.query(LockedPlan).count() == 1
