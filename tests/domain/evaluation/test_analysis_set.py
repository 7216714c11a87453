"""The analysis set from the database: everybody as drawn, everything as at the cut."""

import json
import math
from datetime import timedelta

import pytest
from sqlalchemy import update

from tests.factories.cases import CODE_KEY, make_case, make_match, make_refused
from tests.factories.draws import DRAWN_AT, QUARTERS, make_lottery
from tests.factories.evaluation import BASELINE, FOLLOW_UP, make_baseline
from tests.factories.scheme import make_member, next_number, reference, stored
from tests.factories.trials import trial_plan
from tests.web.statements import counting
from voucher.accounts.roles import Role
from voucher.allocation.models import Arm, Assignment
from voucher.allocation.operations import steps
from voucher.applications.models import Application
from voucher.businesses.models import Business
from voucher.core.db import session as scoped
from voucher.core.errors import Conflict
from voucher.evaluation.administrative.models import (
    AdministrativeFigure,
    AdministrativeImport,
    Measure,
)
from voucher.evaluation.analysis.extract import read_extract, write_extract
from voucher.evaluation.analysis.queries import NO_PLAN, analysis_set, planned_set
from voucher.evaluation.analysis.set import findings
from voucher.evaluation.models import SurveyResponse, Wave
from voucher.providers.models import Provider
from voucher.subsidy.models import SubsidyNotice
from voucher.vouchers.operations import award_on_confirmation, redeem
from voucher.vouchers.queries import code_of

PLAN = trial_plan(permutations=50, covariates=("hours_lost_week",), subgroups=("size", "place"))
CUT = DRAWN_AT + timedelta(days=200)
"""More than six months after the draw."""
KEY = b"key of pseudonyms under test"


def assignments(round_id, arm):
    query = scoped.query(Assignment).filter_by(round_id=round_id, arm=arm)
    return query.order_by(Assignment.id).all()


def answered(assignment, wave=Wave.MONTH_6, at=DRAWN_AT + timedelta(days=185), **answers):
    """A follow-up that was sent."""
    number = next_number()
    return stored(
        SurveyResponse(
            application_id=assignment.application_id,
            round_id=assignment.round_id,
            wave=wave,
            questions_version="2026-1",
            token_nonce=f"{number:032}",
            token_digest=f"{number:064}",
            answers={**FOLLOW_UP, **answers},
            asked_at=at,
            saved_at=at,
            answered_at=at,
        )
    )


def redeemed_by(application_id):
    """The redemption of a place that the draw gave, by the real operations."""
    case = scoped.get_one(Application, application_id)
    notice = scoped.query(SubsidyNotice).filter_by(application_id=application_id).one()
    voucher = award_on_confirmation(
        notice=notice,
        text_version=notice.text_version,
        by=case.started_by_id,
        at=DRAWN_AT + timedelta(days=2),
        code_key=CODE_KEY,
    )
    match = make_match(voucher)
    provider = scoped.get_one(Provider, match.provider_id)
    return redeem(
        code=code_of(voucher=voucher, code_key=CODE_KEY),
        provider_id=provider.id,
        by=make_member(Role.PROVIDER, provider=provider).id,
        at=DRAWN_AT + timedelta(days=9),
        code_key=CODE_KEY,
    )


def followed(count=12, frozen_number=None, **values):
    """A drawn round with its plan: baselines, and everybody's answers at six months.

    `frozen_number`: company number of the first case's business when the list was frozen.
    """
    values = {"plan": PLAN.content(), **values}
    lottery = make_lottery(count, budget_pence=50_000_000, **values)
    scoped.get_one(Business, lottery.cases[0].business_id).company_number = frozen_number
    lottery.draw()
    for number, case in enumerate(lottery.cases):
        make_baseline(case.id, lottery.round.id, hours_lost_week=number)
    for number, each in enumerate(assignments(lottery.round.id, Arm.VOUCHER)):
        answered(each, hours_lost_week=number, uses_technology="made-for-it")
    for number, each in enumerate(assignments(lottery.round.id, Arm.COMPARISON)):
        answered(
            each, hours_lost_week=9 + number, uses_technology=["no", "made-for-it"][number % 2]
        )
    return lottery


def test_everybody_is_there_once_in_the_arm_that_was_drawn(session):
    lottery = followed()
    rows = analysis_set(lottery.round.id, CUT, PLAN, key=KEY)
    assert len(rows) == 12
    assert rows.offered.count(True) == 6
    assert set(rows.arms) == {"voucher", "comparison"}
    assert len(set(rows.pseudonyms)) == 12
    assert rows.is_randomised
    assert sorted(rows.baseline["hours_lost_week"]) == list(range(12))
    assert rows.baseline["staff"] == (BASELINE["staff"],) * 12
    assert set(rows.subgroups) == {"size", "place"}


def test_the_findings_of_a_round_and_of_its_extract_are_the_same(session):
    lottery = followed(16)
    rows = analysis_set(lottery.round.id, CUT, PLAN, key=KEY)
    found = findings(analysis_set(lottery.round.id, CUT, PLAN), PLAN)
    assert json.dumps(findings(rows, PLAN)) == json.dumps(found)
    assert json.dumps(read_extract(write_extract(rows, PLAN, found))) == json.dumps(found)
    assert found["draw"]["published_path"] == f"/draws/{found['draw']['reference']}"
    assert found["outcomes"][0]["mean_offered"] == 1.0
    assert found["outcomes"][1]["itt"]["estimate"] < 0
    names = {case.reference for case in lottery.cases}
    assert not any(name in json.dumps(found) for name in names)


def test_pseudonyms_are_the_same_with_one_key_and_others_without(session):
    lottery = followed(8)
    with_key = [analysis_set(lottery.round.id, CUT, PLAN, key=KEY).pseudonyms for _ in range(2)]
    assert with_key[0] == with_key[1]
    without = [set(analysis_set(lottery.round.id, CUT, PLAN).pseudonyms) for _ in range(2)]
    assert not without[0] & without[1]


def test_what_came_after_the_cut_is_not_there(session):
    lottery = followed()
    early = analysis_set(lottery.round.id, DRAWN_AT + timedelta(days=1), PLAN)
    assert early.follow_up["month_6"] == {}
    assert not any(early.take_up)
    before = analysis_set(lottery.round.id, DRAWN_AT - timedelta(hours=1), PLAN)
    assert len(before) == 0
    assert not before.is_randomised
    assert before.facts.draw is None


def test_an_answer_begun_and_not_sent_is_missing(session):
    lottery = followed(8)
    scoped.execute(
        update(SurveyResponse).where(SurveyResponse.wave == Wave.MONTH_6).values(answered_at=None)
    )
    rows = analysis_set(lottery.round.id, CUT, PLAN)
    assert all(math.isnan(each) for each in rows.outcome("month_6", "adoption"))


def test_take_up_is_a_redeemed_voucher_and_only_sums_of_money_leave(session):
    lottery = followed(8)
    place = assignments(lottery.round.id, Arm.VOUCHER)[0]
    redemption = redeemed_by(place.application_id)
    rows = analysis_set(lottery.round.id, CUT, PLAN, key=KEY)
    assert rows.take_up.count(True) == 1
    assert rows.offered[rows.take_up.index(True)]
    assert rows.facts.spent_pence == {"offered": redemption.voucher_pence, "comparison": 0}


def test_arms_that_the_plan_does_not_compare_are_counted_out(session):
    lottery = make_lottery(8, arms=QUARTERS, budget_pence=50_000_000)
    lottery.draw()
    make_refused(lottery.round)
    make_refused(lottery.round)
    make_case(lottery.round)
    rows = analysis_set(lottery.round.id, CUT, PLAN)
    assert len(rows) == 4
    assert rows.facts.assessed == 11
    assert rows.facts.excluded == [
        {"reason": "Drawn into an arm that the plan does not compare", "count": 4},
        {"reason": "Not decided at the data cut", "count": 1},
        {"reason": "Refused", "count": 2},
    ]
    flow = findings(rows, PLAN)["flow"]
    assert flow["assessed"] == 7 + sum(flow["allocated"].values())


def test_of_an_older_list_businesses_that_share_a_number_today_are_one_cluster(
    session, monkeypatch
):
    monkeypatch.setattr(steps, "facts_of", lambda business: None)
    lottery = followed(8)
    for case in lottery.cases[:2]:
        session.get_one(Business, case.business_id).company_number = "01234567"
    rows = analysis_set(lottery.round.id, CUT, PLAN)
    assert len(set(rows.clusters)) == 7


def test_the_reads_do_not_grow_with_the_businesses(app, session):
    small, large = followed(4), followed(24)
    counts = []
    for lottery in (small, large):
        session.flush()
        session.expire_all()
        with counting(app) as statements:
            analysis_set(lottery.round.id, CUT, PLAN)
        counts.append(len(statements))
    assert counts[0] == counts[1] <= 17


def official(case, value, period_end_on, imported_at):
    """An official figure of the people employed by the business of a case."""
    number = next_number()
    batch = stored(
        AdministrativeImport(
            reference=reference("IMP", number),
            file_name="figures.csv",
            file_sha256=f"{number:064}",
            lines=1,
            taken=1,
            counts={},
            imported_at=imported_at,
            imported_by_id=case.started_by_id,
        )
    )
    return stored(
        AdministrativeFigure(
            import_id=batch.id,
            business_id=case.business_id,
            measure=Measure.STAFF,
            value=value,
            period_end_on=period_end_on,
            source="Fictional register",
            line=1,
            doubts=[],
        )
    )


def test_official_figures_stand_beside_the_answers(session):
    lottery = followed(8)
    case = lottery.cases[0]
    drawn_on = DRAWN_AT.date()
    official(case, 7, drawn_on - timedelta(days=30), DRAWN_AT)
    official(case, 9, drawn_on + timedelta(days=190), DRAWN_AT + timedelta(days=195))
    official(lottery.cases[1], 5, drawn_on, CUT + timedelta(days=1))
    rows = analysis_set(lottery.round.id, CUT, PLAN)
    before = [each for each in rows.baseline["administrative_staff"] if not math.isnan(each)]
    after = rows.follow_up["month_6"]["administrative_staff"]
    assert before == [7.0]
    assert [each for each in after if not math.isnan(each)] == [9.0]
    assert "staff" in rows.follow_up["month_6"]


def test_without_a_locked_plan_there_is_no_planned_set(session):
    with pytest.raises(Conflict, match=NO_PLAN):
        planned_set(make_lottery(2, planned=False).round.id, CUT)
