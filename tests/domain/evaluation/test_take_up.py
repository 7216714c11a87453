"""Who used a voucher and when, what a business was at the draw, and what is not over yet."""

import json
from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy import update

from tests.domain.evaluation.test_analysis_set import (
    CUT,
    KEY,
    PLAN,
    answered,
    assignments,
    followed,
    redeemed_by,
)
from tests.factories.draws import DRAWN_AT
from tests.factories.evaluation import make_redeemed
from voucher.allocation.models import Arm
from voucher.applications.models import Application
from voucher.businesses.models import Business, HeadcountBand
from voucher.core.db import session as scoped
from voucher.evaluation.analysis.extract import read_extract, write_extract
from voucher.evaluation.analysis.queries import analysis_set
from voucher.evaluation.analysis.set import findings
from voucher.evaluation.models import Wave
from voucher.vouchers.models import Redemption, Voucher

LATE_CUT = DRAWN_AT + timedelta(days=400)


def business_of(assignment):
    return scoped.get_one(Application, assignment.application_id).business_id


def elsewhere(business_id, days=30):
    """A voucher of another round and programme that a business redeemed so long after the draw."""
    redemption = make_redeemed(at=DRAWN_AT + timedelta(days=days))
    redemption.business_id = business_id
    redemption.redeemed_at = DRAWN_AT + timedelta(days=days)
    scoped.flush()
    return redemption


def compared(lottery):
    return assignments(lottery.round.id, Arm.COMPARISON)


def test_a_voucher_of_another_round_is_use_by_the_comparison(session):
    lottery = followed(8)
    redemption = elsewhere(business_of(compared(lottery)[0]))
    rows = analysis_set(lottery.round.id, CUT, PLAN, key=KEY)
    assert rows.take_up.count(True) == 1
    assert not rows.offered[rows.take_up.index(True)]
    assert rows.facts.spent_pence == {"offered": 0, "comparison": redemption.voucher_pence}
    assert findings(rows, PLAN)["flow"]["received"] == {"offered": 0, "comparison": 1}


def test_so_is_one_of_another_entry_of_the_same_enterprise(session):
    lottery = followed(8, frozen_number="01234567")
    other = elsewhere(make_redeemed().business_id)
    session.get_one(Business, other.business_id).company_number = "01234567"
    session.flush()
    rows = analysis_set(lottery.round.id, CUT, PLAN, key=KEY)
    assert rows.take_up.count(True) == 1
    assert rows.clusters is None


def test_what_was_redeemed_before_the_draw_is_no_use_of_the_offer(session):
    lottery = followed(8)
    elsewhere(business_of(compared(lottery)[0]), days=-1)
    assert not any(analysis_set(lottery.round.id, CUT, PLAN).take_up)


@pytest.mark.slow
def test_a_voucher_used_after_an_outcome_fell_due_is_not_use_for_it(session):
    lottery = followed(16)
    places = assignments(lottery.round.id, Arm.VOUCHER)
    for each in places:
        redeemed_by(each.application_id)
    late = [each.application_id for each in places[:4]]
    moved = update(Redemption).where(Redemption.application_id.in_(late))
    session.execute(moved.values(redeemed_at=DRAWN_AT + timedelta(days=270)))
    rows = analysis_set(lottery.round.id, LATE_CUT, PLAN, key=KEY)
    used = {wave: sum(rows.used_by(wave)) for wave in ("month_3", "month_6", "month_12")}
    assert used == {"month_3": 4, "month_6": 4, "month_12": 8}
    assert sum(rows.take_up) == 8
    found = findings(rows, PLAN)
    assert found["flow"]["received"] == {"offered": 4, "comparison": 0}
    by_the_cut = findings(replace(rows, take_up_by={}), PLAN)["outcomes"][0]["users"]
    assert found["outcomes"][0]["users"]["estimate"] > 1.5 * by_the_cut["estimate"]
    again = read_extract(write_extract(rows, PLAN, found))
    assert json.dumps(again) == json.dumps(found)


def test_a_voucher_counts_up_to_the_very_day(session):
    lottery = followed(8)
    due = date(2026, 12, 20)
    redemption = redeemed_by(assignments(lottery.round.id, Arm.VOUCHER)[0].application_id)
    seen = []
    for days in (0, 1):
        redemption.redeemed_at = DRAWN_AT + (due - DRAWN_AT.date()) + timedelta(days=days)
        session.flush()
        seen.append(sum(analysis_set(lottery.round.id, LATE_CUT, PLAN).used_by("month_6")))
    assert seen == [1, 0]


@pytest.mark.slow
def test_a_cancelled_voucher_is_use_and_costs_nothing(session):
    lottery = followed(8)
    places = assignments(lottery.round.id, Arm.VOUCHER)
    kept, lost = (redeemed_by(each.application_id) for each in places[:2])
    changed = update(Voucher).where(Voucher.id == lost.voucher_id)
    session.execute(changed.values(status="cancelled", cancelled_at=DRAWN_AT + timedelta(days=99)))
    found = findings(analysis_set(lottery.round.id, CUT, PLAN), PLAN)
    assert found["flow"]["received"]["offered"] == 2
    assert found["cost"]["per_voucher_pence"] == kept.voucher_pence
    assert (found["cost"]["redeemed"], found["cost"]["cancelled"]) == (2, 1)
    before = findings(analysis_set(lottery.round.id, DRAWN_AT + timedelta(days=50), PLAN), PLAN)
    assert before["cost"]["vouchers"] == 2


def test_a_business_that_changes_later_changes_no_figure(session):
    lottery = followed(12)
    first = json.dumps(findings(analysis_set(lottery.round.id, CUT, PLAN), PLAN))
    for case in lottery.cases[:4]:
        business = session.get_one(Business, case.business_id)
        business.headcount_band = HeadcountBand.FROM_250
        business.local_authority = "Another place"
        business.company_number = "07654321"
    session.flush()
    assert json.dumps(findings(analysis_set(lottery.round.id, CUT, PLAN), PLAN)) == first


def test_what_is_not_due_is_not_missing(session):
    lottery = followed(12)
    early = findings(analysis_set(lottery.round.id, DRAWN_AT + timedelta(days=30), PLAN), PLAN)
    primary = early["outcomes"][0]
    assert primary["attrition"]["standing"] == "not_due"
    assert primary["attrition"]["missing_offered"] == 0
    assert primary["attrition"]["not_due_offered"] == 6
    assert primary["itt_refused"] == "This follow-up is not due before 20 December 2026."
    assert early["flow"]["lost"] == {"offered": 0, "comparison": 0}
    assert early["flow"]["not_due"] == {"offered": 6, "comparison": 6}


@pytest.mark.slow
def test_a_trial_is_interim_until_its_last_planned_answer_can_have_come(session):
    lottery = followed(12)
    found = findings(analysis_set(lottery.round.id, CUT, PLAN), PLAN)["interim"]
    assert [(each["wave"], each["standing"]) for each in found["waves"]] == [
        ("month_6", "open"),
        ("month_12", "not_due"),
    ]
    assert found["waves"][0]["codes"] == ["adoption", "hours_lost_week", "errors_in_100"]
    assert found["why"] == (
        "Not everything is in yet: answers to the follow-up 6 months after can still come until"
        " 17 February 2027; the follow-up 12 months after is not due before 20 June 2027."
    )
    over = DRAWN_AT + timedelta(days=426)
    assert findings(analysis_set(lottery.round.id, over, PLAN), PLAN)["interim"] is None


def test_an_answer_missing_from_a_follow_up_that_is_over_is_missing(session):
    lottery = followed(12)
    place = assignments(lottery.round.id, Arm.VOUCHER)[0]
    answered(place, Wave.MONTH_12, LATE_CUT, staff=4)
    rows = analysis_set(lottery.round.id, DRAWN_AT + timedelta(days=450), PLAN)
    attrition = findings(rows, PLAN)["outcomes"][-1]["attrition"]
    assert (attrition["standing"], attrition["missing_offered"]) == ("closed", 5)
