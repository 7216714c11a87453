"""The demonstration's trials fit into the time there was, whatever today is."""

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest

from voucher.core.clock import london_date
from voucher.evaluation.models import Wave
from voucher.evaluation.rules import OPEN_DAYS, due_on
from voucher.sandbox.material.businesses import businesses, for_trials
from voucher.sandbox.seed import trials
from voucher.sandbox.seed.following import _in_use_share
from voucher.sandbox.seed.levers import Levers
from voucher.sandbox.seed.programme import STEPS
from voucher.sandbox.seed.stage import Stage

TODAYS = (
    datetime(2026, 11, 22, 22, 40, tzinfo=UTC),
    datetime(2026, 12, 28, 3, 15, tzinfo=UTC),
    datetime(2028, 2, 29, 23, 59, tzinfo=UTC),
)


@pytest.fixture(scope="module", params=TODAYS, ids=lambda today: today.date().isoformat())
def played(request):
    stage = Stage(SimpleNamespace(), SimpleNamespace(), Levers("http://localhost"), request.param)
    due = trials.trial_steps(stage, for_trials(stage.today))
    return stage, due


def test_both_trials_are_full_and_nobody_is_in_two(played):
    _, due = played
    cases = {id(each.case): each.case for each in due}.values()
    names = [case.business.name for case in cases]
    assert len(set(names)) == len(names) == sum(trial.applicants for trial in trials.TRIALS)
    assert not set(names) & {one.name for one in businesses(london_date(TODAYS[0]))}
    assert len({case.number for case in cases}) == len(names)
    assert {each.step for each in due} <= set(STEPS)


def test_applications_are_decided_before_the_list_and_vouchers_used_after_the_draw(played):
    stage, due = played
    applying = {step for steps in trials.APPLYING for step in steps}
    for trial in trials.TRIALS:
        frozen = stage.moment(trial.closed_days_ago - trials.FROZEN_AFTER)
        drawn = stage.moment(trial.drawn_days_ago, 19)
        opened = stage.moment(trial.opened_days_ago - 2, 9)
        for each in (one for one in due if one.case.round_name == trial.name):
            if each.step in applying:
                assert opened < each.at < frozen, each.step
            else:
                assert drawn < each.at, each.step


def test_every_step_of_a_case_comes_after_the_one_before(played):
    moments = {}
    for each in played[1]:
        moments.setdefault(id(each.case), []).append(each.at)
    for theirs in moments.values():
        assert theirs == sorted(set(theirs))


def test_the_six_month_survey_is_over_when_the_report_is_asked_for(played):
    stage, _ = played
    for trial in trials.TRIALS:
        due = due_on(Wave.MONTH_6, stage.day(trial.drawn_days_ago))
        assert due + timedelta(days=OPEN_DAYS) < stage.day(trials.REPORTED_DAYS_AGO)
        assert due_on(Wave.MONTH_12, stage.day(trial.drawn_days_ago)) > stage.today


def test_the_first_trial_is_divided_into_parts_that_are_large_enough(played):
    _, due = played
    first = {one.case.business for one in due if one.case.round_name == trials.TRIALS[0].name}
    assert {one.headcount in trials.USUAL_SIZES for one in first} == {True}


def test_the_effect_put_in_is_modest():
    """Three quarters of the businesses do not use such technology when they apply."""
    afresh, still = ({"uses_technology": each} for each in ("no", "made-for-it"))
    shares = [_in_use_share(Wave.MONTH_6, each, used=False) for each in (afresh, still)]
    without = 0.75 * shares[0] + 0.25 * shares[1]
    used = _in_use_share(Wave.MONTH_6, afresh, used=True)
    assert 0.1 < used - without < 0.25
