"""What becomes of each business: every fate fits into the time there was, whatever today is."""

import random
from datetime import UTC, datetime, timedelta

import pytest

from voucher.core.clock import LONDON, london_date
from voucher.core.working_days import is_working_day
from voucher.sandbox.material.businesses import BUSINESSES, FOR_LOTS, FOR_SCORES
from voucher.sandbox.seed import last_hour, releasing, screening
from voucher.sandbox.seed.casting import NEED_A_COMPANY
from voucher.sandbox.seed.delivering import OTHER_BANKS
from voucher.sandbox.seed.errands import PUT_RIGHT_LATE, TROUBLES
from voucher.sandbox.seed.fates import JUST_NOW, OFFICE, fates, schedule, schedule_to_end
from voucher.sandbox.seed.moments import evening_of, next_moment
from voucher.sandbox.seed.programme import STEPS

TODAYS = (
    datetime(2026, 11, 22, 22, 40, tzinfo=UTC),
    datetime(2026, 12, 28, 3, 15, tzinfo=UTC),
    datetime(2028, 2, 29, 23, 59, tzinfo=UTC),
)


def test_every_step_of_every_fate_is_one_that_can_be_played():
    known = {step for fate in fates() for step in fate.path}
    assert known <= set(STEPS)
    assert set(STEPS) - known == set()


def test_fates_have_names_of_their_own():
    names = [fate.name for fate in fates()]
    assert len(set(names)) == len(names) > 30


def test_every_trouble_befalls_somebody_and_what_is_put_right_late_has_its_step():
    assert set(TROUBLES) <= {fate.name for fate in fates()}
    assert set(PUT_RIGHT_LATE) < set(last_hour.STEPS)


def test_fates_that_are_named_elsewhere_are_in_the_table():
    known = {fate.name for fate in fates()}
    assert set(last_hour.STEPS) < known
    assert {*releasing.LEFT_READY, *NEED_A_COMPANY, *OTHER_BANKS} < known
    assert any(name.startswith(screening.LISTED) for name in known)


def test_a_silence_is_as_long_as_it_is_however_fast_the_rest_goes():
    today = TODAYS[0]
    for fate in fates():
        if "stay_silent" in fate.path:
            began = today - timedelta(days=75)
            steps = schedule_to_end(fate.path, began, today, random.Random(fate.name))
            assert steps[-1].at - steps[-2].at > timedelta(days=29), fate.name


@pytest.mark.parametrize("today", TODAYS, ids=lambda today: today.date().isoformat())
@pytest.mark.parametrize("fate", [fate for fate in fates() if fate.now], ids=lambda fate: fate.name)
def test_a_present_fate_ends_before_today_in_the_order_of_its_path(fate, today):
    opened = today - timedelta(days=75)
    steps = schedule_to_end(fate.path, opened, today, random.Random(fate.name))
    assert tuple(step.name for step in steps) == fate.path
    moments = [step.at for step in steps]
    assert moments == sorted(set(moments))
    assert opened - timedelta(days=1) < moments[0]
    assert moments[-1] < today


def test_what_has_just_set_out_is_days_old_at_most():
    today = TODAYS[0]
    for fate in fates():
        if fate.now and fate.path[-1] in JUST_NOW:
            steps = schedule_to_end(
                fate.path, today - timedelta(days=75), today, random.Random(fate.name)
            )
            assert today - steps[-1].at < timedelta(days=4), fate.name


def test_officers_keep_office_hours():
    begin = datetime(2025, 12, 20, 12, tzinfo=UTC)
    for number, fate in enumerate(fates()):
        for step in schedule(fate.path, begin, random.Random(number)):
            local = step.at.astimezone(LONDON)
            if step.name in OFFICE and step.name != fate.path[0]:
                assert is_working_day(local.date()), (fate.name, step)
                assert 9 <= local.hour < 19, (fate.name, step)


def test_nothing_is_planned_after_the_evening_round_of_its_day():
    draw = random.Random(7)
    at = datetime(2026, 3, 28, 23, 30, tzinfo=UTC)
    for _ in range(500):
        later = next_moment(at, draw.uniform(0, 3), office=draw.random() < 0.5, draw=draw)
        assert at < later < evening_of(london_date(later)) or later - at < timedelta(minutes=5)
        at = later


def test_no_time_is_said_so():
    today = TODAYS[0]
    path = ("start", "submit", "assign", "decide")
    with pytest.raises(ValueError, match="no time for start"):
        schedule_to_end(path, today - timedelta(hours=1), today, random.Random(1))


def test_there_is_a_business_for_every_fate():
    """The cast's own business goes through both rounds; whoever has no business is left out."""
    ours = BUSINESSES - FOR_LOTS - FOR_SCORES
    assert sum(fate.last_year + fate.now for fate in fates()) < ours
