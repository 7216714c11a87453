"""A draw, step by step: what each needs, what it leaves, and that a stranger can check it."""

import hashlib
import json
import subprocess
import sys
from datetime import date, timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import DatabaseError

from tests.factories.cases import CODE_KEY, make_case, make_decision, make_officer, make_refused
from tests.factories.draws import (
    DRAWN_AT,
    FROZEN_AT,
    KEY,
    PUBLIC_VALUE,
    QUARTERS,
    SEALED_AT,
    VALUED_AT,
    add_eligible,
    arm,
    make_lottery,
)
from tests.factories.plans import have_locked_plan
from tests.factories.scheme import AT, make_business, make_round
from tests.together import at_once
from voucher.allocation.models import (
    Arm,
    Assignment,
    Draw,
    DrawEntry,
    DrawList,
    DrawResult,
    DrawValue,
)
from voucher.allocation.operations import steps
from voucher.allocation.queries import drawn_place, steps_of_round
from voucher.allocation.rules import Step, first_difference
from voucher.applications.models import Application, ApplicationStatus, DecisionOutcome
from voucher.applications.operations.appeal import appeal
from voucher.applications.operations.decide import decide
from voucher.applications.operations.drawn import reconsider
from voucher.applications.operations.submit import withdraw
from voucher.audit.models import AuditEvent
from voucher.businesses.models import Business
from voucher.core.db import session as scoped
from voucher.core.errors import Conflict, DomainError, Invalid, NotPermitted
from voucher.programmes.models import Round, StratumBasis
from voucher.programmes.operations.rounds import close_round, open_round
from voucher.programmes.plans.queries import locked_plan
from voucher.subsidy.models import SubsidyNotice
from voucher.subsidy.queries import latest_notice
from voucher.vouchers.operations import award_on_confirmation

ROOT = Path(__file__).parents[3]
REDRAW = ROOT / "tests/unit/allocation/redraw.py"


def count(session, model, *where):
    return session.execute(select(func.count()).select_from(model).where(*where)).scalar_one()


def test_a_draw_from_seal_to_result_is_what_the_rule_gives(session):
    lottery = make_lottery(9)
    lottery.draw()
    published = json.loads(json.dumps(steps_of_round(lottery.round.id).drawn.published))
    assert first_difference(published) is None
    assert published["places"] == 5  # half of nine; the odd place goes to the first arm
    assert len(published["assigned"]) == 5
    sealed = steps_of_round(lottery.round.id).draw
    secret = bytes.fromhex(published["secret"])
    assert hashlib.sha256(secret).hexdigest() == sealed.secret_sha256
    seed = hashlib.sha256(secret + PUBLIC_VALUE.encode()).digest()
    assert published["seed"] == seed.hex()


def test_a_stranger_re_performs_it_with_a_script_and_the_command(session, tmp_path):
    lottery = make_lottery(9, arms=QUARTERS)
    file = tmp_path / "published.json"
    file.write_text(json.dumps(lottery.draw().published))
    for words in ([str(REDRAW)], ["-m", "flask", "--app", "wsgi", "voucher", "verify-draw"]):
        asked = [sys.executable, *words, str(file)]
        answer = subprocess.run(asked, cwd=ROOT, capture_output=True, text=True, check=False)
        assert answer.returncode == 0, answer.stderr
    published = lottery_file(file)
    arms = published["arms"]
    arms[2]["references"], arms[3]["references"] = arms[3]["references"], arms[2]["references"]
    assert "arms: number 1 of arm 3" in first_difference(published)


def lottery_file(file):
    return json.loads(file.read_text())


def test_everybody_on_the_list_has_an_assignment_and_an_answer(session):
    lottery = make_lottery(8, arms=QUARTERS)
    lottery.draw()
    counts = dict(
        session.execute(select(Assignment.arm, func.count()).group_by(Assignment.arm)).all()
    )
    assert counts == {Arm.VOUCHER: 2, Arm.WAITING: 2, Arm.INFORMATION: 2, Arm.COMPARISON: 2}
    wanted = {
        Arm.VOUCHER: ApplicationStatus.APPROVED,
        Arm.WAITING: ApplicationStatus.ELIGIBLE,
        Arm.INFORMATION: ApplicationStatus.COMPARISON,
        Arm.COMPARISON: ApplicationStatus.COMPARISON,
    }
    for case in lottery.cases:
        session.refresh(case)
        assert case.status is wanted[drawn_place(case.id).arm]
    assert count(session, SubsidyNotice) == 2


def test_strata_have_their_exact_share(session):
    lottery = make_lottery(8)
    lottery.draw()
    places = session.execute(
        select(Assignment.stratum, func.count())
        .where(Assignment.arm == Arm.VOUCHER)
        .group_by(Assignment.stratum)
    ).all()
    assert dict(places) == {"10 to 49": 2, "2 to 9": 2}


def test_there_are_no_more_places_than_the_money_pays_for(session):
    lottery = make_lottery(8, budget_pence=250_000, award_pence=100_000, value_cap_pence=200_000)
    lottery.seal()
    frozen = lottery.freeze()
    assert (frozen.places, frozen.largest_award_pence) == (2, 100_000)


def test_the_secret_is_not_in_the_database_before_the_draw(session):
    lottery = make_lottery()
    lottery.seal()
    lottery.freeze()
    lottery.enter()
    stored = [
        str(value)
        for table in ("draw", "draw_list", "draw_value", "audit_event")
        for row in session.execute(text(f"SELECT * FROM {table}"))
        for value in row
    ]
    secret = lottery.carry_out().secret
    assert not any(secret in value for value in stored)


def test_another_key_does_not_open_the_secret(session):
    lottery = make_lottery()
    lottery.seal()
    lottery.freeze()
    lottery.enter()
    with pytest.raises(Conflict, match="not the one that sealed"):
        steps.carry_out(
            round_=lottery.round, by=lottery.manager.id, at=DRAWN_AT, key=b"another key of 16+"
        )
    assert steps_of_round(lottery.round.id).last is Step.VALUED


@pytest.mark.parametrize("taken", range(5))
def test_each_step_refuses_out_of_order_and_twice(session, taken):
    lottery = make_lottery()
    close_round(round_=lottery.round, by=lottery.manager.id, at=AT)
    acts = [lottery.seal, lottery.freeze, lottery.enter, lottery.carry_out]
    for act in acts[:taken]:
        act()
    session.flush()
    before = fingerprint(session)
    for number, act in enumerate(acts):
        if number == taken:
            continue
        with pytest.raises(Conflict):
            act()
    assert fingerprint(session) == before


def fingerprint(session):
    models = (Draw, DrawEntry, DrawList, DrawValue, DrawResult, Assignment, AuditEvent)
    return [count(session, model) for model in models]


def test_only_a_round_by_lot_that_was_opened_can_be_drawn(session):
    manager = make_officer()
    with pytest.raises(Conflict, match="by lot"):
        steps.seal(round_=make_round(), by=manager.id, at=AT, key=KEY)
    lottery = make_lottery(0, status="draft")
    with pytest.raises(Conflict, match="Open the round first"):
        lottery.seal()


def test_the_list_waits_for_what_is_undecided_held_or_appealed(session):
    lottery = make_lottery()
    lottery.seal()
    with pytest.raises(Conflict, match="still open"):
        steps.freeze(round_=lottery.round, by=lottery.manager.id, at=FROZEN_AT)
    make_case(lottery.round)
    lottery.cases[0].held_at, lottery.cases[0].hold_reason = AT, "A question"
    refused, _ = make_refused(lottery.round)
    appeal(application=refused, grounds="It is wrong", by=refused.started_by_id, at=AT)
    with pytest.raises(Conflict, match=r"1 applications wait.*1 eligible.*1 appeals"):
        lottery.freeze()
    assert count(session, DrawEntry) == 0


def test_the_list_waits_for_the_analysis_plan(session):
    lottery = make_lottery(planned=False)
    lottery.seal()
    with pytest.raises(Conflict, match="analysis plan of this round is not locked"):
        lottery.freeze()
    assert count(session, DrawEntry) == 0
    plan = have_locked_plan(lottery.round, at=FROZEN_AT)
    assert lottery.freeze().plan_id == plan.id


def test_the_published_draw_names_the_plan_that_came_first(session):
    lottery = make_lottery()
    result = lottery.draw()
    plan = locked_plan(lottery.round.id)
    published = result.published
    assert (published["analysis_plan"], published["analysis_plan_sha256"]) == (
        plan.reference,
        plan.sha256,
    )


def test_nobody_to_draw(session):
    lottery = make_lottery(0)
    lottery.seal()
    with pytest.raises(Conflict, match="nobody to draw"):
        lottery.freeze()


def test_a_list_at_the_very_moment_of_the_seal_is_refused(session):
    lottery = make_lottery()
    lottery.seal()
    with pytest.raises(Conflict, match="after the secret"):
        lottery.freeze(at=SEALED_AT)


def test_nothing_enters_or_leaves_a_frozen_list(session):
    lottery = make_lottery()
    lottery.seal()
    frozen = lottery.freeze()
    with pytest.raises(Conflict, match="can’t be opened again"):
        open_round(round_=lottery.round, by=lottery.manager.id, at=FROZEN_AT)
    late = make_case(lottery.round)
    with pytest.raises(Conflict, match="list of this round is frozen"):
        approve(late)
    leaver = lottery.cases[0]
    withdraw(application=leaver, by=leaver.started_by_id, at=FROZEN_AT)
    lottery.enter()
    published = lottery.carry_out().published
    assert published["list_sha256"] == frozen.list_sha256
    assert any(line.startswith(leaver.reference) for line in published["list"])
    assert first_difference(published) is None
    assert leaver.status is ApplicationStatus.WITHDRAWN


def approve(case, **values):
    return decide(
        application=case,
        outcome=DecisionOutcome.APPROVE,
        award_pence=100_000,
        reasons=["meets_rules"],
        note="",
        by=make_officer().id,
        at=values.get("at", AT),
    )


def test_an_approval_in_a_round_by_lot_waits_for_the_draw(session):
    lottery = make_lottery(0)
    case = make_case(lottery.round)
    approve(case)
    session.refresh(case)
    assert case.status is ApplicationStatus.ELIGIBLE
    assert count(session, SubsidyNotice) == 0


def test_until_the_freeze_an_eligible_case_can_be_decided_again(session):
    lottery = make_lottery()
    lottery.seal()
    case, officer = lottery.cases[0], make_officer()
    with pytest.raises(Invalid) as refused:
        reconsider(application=case, note=" ", by=officer.id, at=AT)
    assert refused.value.field == "note"
    with pytest.raises(NotPermitted):
        reconsider(application=case, note="Ours.", by=case.started_by_id, at=AT)
    reconsider(application=case, note="The company is dissolved.", by=officer.id, at=AT)
    session.refresh(case)
    assert case.status is ApplicationStatus.SUBMITTED
    with pytest.raises(Conflict, match="1 applications wait"):
        lottery.freeze()
    approve(case)
    lottery.freeze()
    with pytest.raises(Conflict, match="frozen, so nobody can leave"):
        reconsider(application=case, note="Too late.", by=officer.id, at=FROZEN_AT)
    session.refresh(case)
    assert case.status is ApplicationStatus.ELIGIBLE


def test_the_public_value_is_entered_by_somebody_else(session):
    lottery = make_lottery()
    lottery.seal()
    lottery.freeze()
    with pytest.raises(NotPermitted):
        lottery.enter(by=lottery.manager.id)
    assert count(session, DrawValue) == 0


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("value", " "),
        ("value", "a\nb"),
        ("value", "7" * 501),
        ("value", "7\x00"),
        ("source", ""),
        ("became_public_on", FROZEN_AT.date()),
        ("became_public_on", VALUED_AT.date() + timedelta(days=1)),
    ],
)
def test_a_public_value_that_can_not_be_used_is_refused_at_its_field(session, field, value):
    lottery = make_lottery()
    lottery.seal()
    lottery.freeze()
    with pytest.raises(Invalid) as refused:
        lottery.enter(**{field: value})
    assert refused.value.field == field
    assert count(session, DrawValue) == 0


def test_the_database_refuses_the_same_person_and_a_value_before_the_list(session):
    lottery = make_lottery()
    sealed, frozen = lottery.seal(), lottery.freeze()
    session.commit()
    values = {
        "draw_id": sealed.id,
        "list_id": frozen.id,
        "value": "1",
        "source": "x",
        "became_public_on": date(2026, 6, 18),
        "sealed_by_id": lottery.manager.id,
        "frozen_by_id": lottery.manager.id,
        "frozen_at": FROZEN_AT,
        "entered_at": VALUED_AT,
        "entered_by_id": lottery.second.id,
    }
    for wrong in ({"entered_by_id": lottery.manager.id}, {"entered_at": FROZEN_AT}):
        session.add(DrawValue(**{**values, **wrong}))
        with pytest.raises(DatabaseError):
            session.flush()
        session.rollback()


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE draw SET secret_sha256 = 'x'",
        "UPDATE draw_list SET places = 8",
        "DELETE FROM draw_entry",
        "UPDATE draw_value SET value = 'x'",
        "UPDATE draw_result SET seed = 'x'",
        "DELETE FROM draw_result",
        "UPDATE assignment SET arm = 'voucher'",
        "INSERT INTO draw_entry (draw_id, application_id, reference, stratum)"
        " SELECT id, 1, 'APP-LATE', '' FROM draw",
    ],
)
def test_the_database_changes_nothing_of_a_draw(session, statement):
    make_lottery().draw()
    session.commit()
    with pytest.raises(DatabaseError, match=r"append-only|frozen"):
        session.execute(text(statement))
    session.rollback()


def test_a_business_of_the_comparison_is_offered_nothing_before_the_follow_up(session):
    lottery = make_lottery()
    lottery.draw()
    compared = next(case for case in lottery.cases if case.status == "comparison")
    elsewhere = make_case(make_round(), business_of(compared))
    with pytest.raises(Conflict, match="before 31 March 2027"):
        approve(elsewhere, at=DRAWN_AT)
    session.refresh(elsewhere)
    assert elsewhere.status is ApplicationStatus.SUBMITTED


def test_an_offer_made_before_the_draw_is_not_confirmed_by_the_compared(session):
    lottery, elsewhere = make_lottery(), {}
    for case in lottery.cases:
        elsewhere[case.id] = make_case(make_round(), business_of(case))
        approve(elsewhere[case.id])
    lottery.draw()
    compared = next(case for case in lottery.cases if case.status == "comparison")
    with pytest.raises(Conflict, match="before 31 March 2027"):
        confirm(elsewhere[compared.id])
    place = next(case for case in lottery.cases if case.status == "approved")
    assert confirm(elsewhere[place.id]).application_id == elsewhere[place.id].id


def business_of(case):
    return scoped.get_one(Business, case.business_id)


def confirm(case, at=DRAWN_AT):
    notice = latest_notice(case.id)
    return award_on_confirmation(
        notice=notice,
        text_version=notice.text_version,
        by=case.started_by_id,
        at=at,
        code_key=CODE_KEY,
    )


def test_leaving_a_frozen_list_is_no_way_out_of_the_comparison(session):
    lottery = make_lottery()
    lottery.seal()
    lottery.freeze()
    for case in lottery.cases:
        withdraw(application=case, by=case.started_by_id, at=FROZEN_AT)
    lottery.enter()
    lottery.carry_out()
    arms = {drawn_place(case.id).arm: case for case in lottery.cases}
    again = make_case(make_round(), business_of(arms[Arm.COMPARISON]))
    with pytest.raises(Conflict, match="before 31 March 2027"):
        approve(again, at=DRAWN_AT)
    session.refresh(again)
    assert again.status is ApplicationStatus.SUBMITTED
    approve(make_case(make_round(), business_of(arms[Arm.VOUCHER])), at=DRAWN_AT)


def test_an_enterprise_has_one_chance_in_a_draw(session):
    lottery = make_lottery(2)
    twice = [make_business(company_number="01234567") for _ in range(2)]
    first, second = (
        make_case(lottery.round, entry, status=ApplicationStatus.ELIGIBLE) for entry in twice
    )
    for case in (first, second):
        make_decision(case)
    lottery.seal()
    with pytest.raises(Conflict, match=f"{first.reference} and {second.reference} are of one"):
        lottery.freeze()
    reconsider(application=second, note="Entered twice.", by=make_officer().id, at=AT)
    withdraw(application=second, by=second.started_by_id, at=AT)
    assert lottery.freeze().entries == 3


def test_a_place_that_can_not_be_offered_waits_for_staff(session):
    lottery = make_lottery(2, arms=[arm(Arm.VOUCHER, 10_000), arm(Arm.WAITING, 0)])
    lottery.seal()
    lottery.freeze()
    held = lottery.cases[0]
    held.held_at, held.hold_reason = FROZEN_AT, "A question"
    lottery.enter()
    lottery.carry_out()
    session.refresh(held)
    assert held.status is ApplicationStatus.ELIGIBLE
    assert drawn_place(held.id).arm is Arm.VOUCHER


def test_places_and_sizes_with_commas_make_strata(session):
    lottery = make_lottery(1, draw_stratum=StratumBasis.PLACE)
    hull = make_business(local_authority="Kingston upon Hull, City of")
    case = make_case(lottery.round, hull, status=ApplicationStatus.ELIGIBLE)
    make_decision(case)
    lottery.seal()
    lottery.freeze()
    strata = set(session.execute(select(DrawEntry.stratum)).scalars())
    assert strata == {"Leeds", "Kingston upon Hull City of"}


def test_two_officers_at_once_take_a_step_once(app, session):
    lottery = make_lottery()
    round_id, manager, second = lottery.round.id, lottery.manager.id, lottery.second.id
    session.commit()

    def act(step, by, **values):
        return lambda: step(round_=scoped.get_one(Round, round_id), by=by, **values) and True

    moves = [
        (steps.seal, {"at": SEALED_AT, "key": KEY}, manager),
        (steps.freeze, {"at": FROZEN_AT}, manager),
        (
            steps.enter_value,
            {
                "value": PUBLIC_VALUE,
                "source": "x",
                "became_public_on": date(2026, 6, 18),
                "at": VALUED_AT,
            },
            second,
        ),
        (steps.carry_out, {"at": DRAWN_AT, "key": KEY}, manager),
    ]
    for step, values, by in moves:
        if step is steps.freeze:
            lottery.round = session.get_one(Round, round_id)
            close_round(round_=lottery.round, by=manager, at=FROZEN_AT)
            session.commit()
        answers = at_once(app, *[act(step, by, **values)] * 3)
        assert sum(answer is True for answer in answers) == 1
        assert sum(isinstance(answer, DomainError) for answer in answers) == 2
    assert [count(session, model) for model in (Draw, DrawList, DrawValue, DrawResult)] == [1] * 4
    assert count(session, Assignment) == 8


def test_an_approval_and_the_freeze_at_once(app, session):
    lottery = make_lottery(4)
    lottery.seal()
    case, officer = make_case(lottery.round), make_officer()
    close_round(round_=lottery.round, by=lottery.manager.id, at=AT)
    round_id, case_id, manager, by = lottery.round.id, case.id, lottery.manager.id, officer.id
    session.commit()

    def let_in():
        return decide(
            application=scoped.get_one(Application, case_id),
            outcome=DecisionOutcome.APPROVE,
            award_pence=100_000,
            reasons=["meets_rules"],
            note="",
            by=by,
            at=FROZEN_AT,
        ).id

    def freeze():
        return steps.freeze(round_=scoped.get_one(Round, round_id), by=manager, at=FROZEN_AT).id

    at_once(app, let_in, freeze)
    eligible = count(session, Application, Application.status == ApplicationStatus.ELIGIBLE)
    listed = count(session, DrawEntry)
    assert eligible == 5  # decided first or second, it was let in: the list waits for the decision
    assert listed in (0, 5)


def test_one_more_after_the_seal_is_on_the_list(session):
    lottery = make_lottery(3)
    lottery.seal()
    add_eligible(lottery)
    assert lottery.freeze().entries == 4
