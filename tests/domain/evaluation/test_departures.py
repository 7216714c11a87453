"""What the database knows was done otherwise than a locked plan says, as at a moment."""

from dataclasses import replace
from datetime import timedelta

import pytest

from tests.factories.cases import make_voucher
from tests.factories.draws import DRAWN_AT, FOLLOW_UP_ON, QUARTERS, make_lottery
from tests.factories.evaluation import FOLLOW_UP
from tests.factories.scheme import make_round, next_number, stored
from tests.web.statements import counting
from voucher.allocation.models import Arm, Assignment, Draw, DrawReplacement
from voucher.applications.models import Application
from voucher.businesses.models import Business
from voucher.core.clock import london_date
from voucher.core.db import session as scoped
from voucher.evaluation.models import SurveyResponse, Wave
from voucher.evaluation.plans.course import course_of, departed_by
from voucher.evaluation.plans.departures import WaveCourse
from voucher.evaluation.plans.rules import AnalysisPlan
from voucher.evaluation.questions import FOLLOW_UP_VERSION
from voucher.evaluation.rules import due_on
from voucher.programmes.plans.queries import locked_plan

DUE = due_on(Wave.MONTH_6, london_date(DRAWN_AT))
LATER = DRAWN_AT + timedelta(days=220)


@pytest.fixture
def round_(session):
    """A round of twelve, drawn in quarters."""
    lottery = make_lottery(12, arms=QUARTERS)
    lottery.draw()
    return lottery.round


def plan_of_(round_):
    return AnalysisPlan.read(locked_plan(round_.id).content)


def six_months(round_, at=LATER):
    (found,) = course_of(round_.id, plan_of_(round_), at).waves
    return found


def asked(assignment, at, version=FOLLOW_UP_VERSION, opted_out_at=None):
    number = next_number()
    return stored(
        SurveyResponse(
            application_id=assignment.application_id,
            round_id=assignment.round_id,
            wave=Wave.MONTH_6,
            questions_version=version,
            token_nonce=f"{number:032}",
            token_digest=f"{number:064}",
            answers={} if opted_out_at else FOLLOW_UP,
            due_on=DUE,
            asked_at=at,
            opted_out_at=opted_out_at,
        )
    )


def assigned(round_, *arms):
    query = scoped.query(Assignment).filter_by(round_id=round_.id).order_by(Assignment.id)
    return [each for each in query if not arms or each.arm in arms]


def on(day, hours=12):
    return DRAWN_AT.replace(year=day.year, month=day.month, day=day.day, hour=hours)


def test_nothing_is_late_before_its_time(round_):
    plan = plan_of_(round_)
    assert course_of(round_.id, plan, DRAWN_AT - timedelta(seconds=1)).arms is None
    assert departed_by(round_.id, plan, on(DUE) + timedelta(days=7)) == []
    assert six_months(round_, on(DUE) + timedelta(days=7)) == WaveCourse(Wave.MONTH_6, DUE)


def test_who_was_asked_late_or_not_at_all_is_counted(round_):
    everybody = assigned(round_)
    grace = DUE + timedelta(days=7)
    asked(everybody[0], on(grace))
    asked(everybody[1], on(grace + timedelta(days=1)))
    asked(everybody[2], on(grace), version="2026-1")
    found = six_months(round_)
    assert (found.late, found.not_asked) == (1, 9)
    assert found.versions == {"2026-1": 1, FOLLOW_UP_VERSION: 2}
    assert six_months(round_, on(grace)).late == 0


def test_who_had_told_us_to_stop_is_not_missed(round_):
    first, *_ = assigned(round_)
    scoped.query(SurveyResponse).filter_by(application_id=first.application_id).delete()
    stop = asked(first, on(DUE), opted_out_at=on(DUE))
    stop.wave = Wave.MONTH_3
    scoped.flush()
    assert six_months(round_).not_asked == 11


def test_a_voucher_for_the_comparison_is_counted_once_it_is_awarded(session, round_):
    plan, awarded_at = plan_of_(round_), DRAWN_AT + timedelta(days=1)
    compared = assigned(round_, Arm.COMPARISON)[0]
    business_id = session.get_one(Application, compared.application_id).business_id
    # The award itself refuses the business, so it is one that was joined with it after.
    other = session.get_one(Application, make_voucher(at=awarded_at).application_id)
    other.business_id = business_id
    session.flush()
    assert course_of(round_.id, plan, DRAWN_AT).offered_early == 0
    assert course_of(round_.id, plan, awarded_at).offered_early == 1
    elsewhere = replace(plan, comparison=("information",))
    assert course_of(round_.id, elsewhere, LATER).offered_early == 0


def test_a_voucher_for_another_entry_of_its_enterprise_counts_as_it_does_for_take_up(session):
    """Decision 53: numbers as they were frozen with the list tell the enterprise."""
    lottery = make_lottery(4)
    for number, case in enumerate(lottery.cases):
        session.get_one(Business, case.business_id).company_number = f"0123456{number}"
    session.flush()
    lottery.draw()
    plan = plan_of_(lottery.round)
    compared = assigned(lottery.round, Arm.COMPARISON)[0]
    mine = session.get_one(
        Business, session.get_one(Application, compared.application_id).business_id
    )
    award = make_voucher(at=DRAWN_AT + timedelta(days=1))
    other = session.get_one(
        Business, session.get_one(Application, award.application_id).business_id
    )
    assert course_of(lottery.round.id, plan, LATER).offered_early == 0
    other.company_number, mine.company_number = mine.company_number, None
    session.flush()
    assert course_of(lottery.round.id, plan, LATER).offered_early == 1


def test_a_draw_so_late_that_the_comparison_is_not_kept_from_an_offer_is_told(session):
    lottery = make_lottery(4, follow_up_on=DUE - timedelta(days=1))
    lottery.draw()
    plan = plan_of_(lottery.round)
    (late,) = departed_by(lottery.round.id, plan, DRAWN_AT)
    assert late.what.startswith(f"The draw, on {DRAWN_AT:%-d %B %Y}, came too late: the follow-up")
    in_time = make_lottery(4, follow_up_on=DUE)
    in_time.draw()
    assert departed_by(in_time.round.id, plan_of_(in_time.round), DRAWN_AT) == []


def test_those_who_wait_for_places_are_not_kept_from_an_offer(session, round_):
    plan = plan_of_(round_)
    assert course_of(round_.id, plan, DRAWN_AT).kept_until == FOLLOW_UP_ON
    waiting = replace(plan, comparison=("waiting",))
    assert course_of(round_.id, waiting, DRAWN_AT).kept_until is None


def test_places_given_on_are_counted_as_they_were_by_then(session, round_):
    plan = plan_of_(round_)
    draw = session.query(Draw).filter_by(round_id=round_.id).one()
    place, waiting = assigned(round_, Arm.VOUCHER)[0], assigned(round_, Arm.WAITING)[0]
    stored(
        DrawReplacement(
            draw_id=draw.id,
            stratum=place.stratum,
            leaver_id=place.application_id,
            successor_id=waiting.application_id,
            replaced_at=DRAWN_AT + timedelta(days=2),
            replaced_by_id=draw.sealed_by_id,
        )
    )
    assert course_of(round_.id, plan, DRAWN_AT + timedelta(days=1)).replaced == 0
    found = course_of(round_.id, plan, LATER)
    assert (found.replaced, found.replaces) == (1, round_.draw_replaces)
    assert found.arms == {arm["code"] for arm in QUARTERS}


def test_a_report_says_that_its_data_were_cut_early(round_):
    plan, cut = plan_of_(round_), DRAWN_AT + timedelta(days=30)
    assert departed_by(round_.id, plan, cut) == []
    (early,) = departed_by(round_.id, plan, cut, is_report=True)
    assert early.what.startswith("The data were cut before the follow-up 6 months after was due")


def test_a_rolling_round_has_no_common_day(session):
    round_ = make_round()
    lottery = make_lottery(2)
    assert course_of(round_.id, plan_of_(lottery.round), LATER).waves == ()


def test_the_course_is_read_in_few_statements(app, round_):
    plan = plan_of_(round_)
    with counting(app) as statements:
        departed_by(round_.id, plan, LATER, is_report=True)
    assert len(statements) <= 6
