"""What a round did otherwise than its plan, told by rule and without pointing at anybody."""

from dataclasses import replace
from datetime import date

import pytest

from tests.unit.evaluation.plans.plans import ON_A_SHARE
from voucher.evaluation.models import Wave
from voucher.evaluation.plans.departures import (
    BY_RULE,
    Course,
    WaveCourse,
    as_deviations,
    departures,
    early_cut,
    of_the_estimates,
    waves_asked,
)
from voucher.evaluation.plans.rules import PlannedOutcome, Role

PLAN = replace(ON_A_SHARE, questions_version="2026-2")
AS_PLANNED = Course(
    arms=frozenset({"voucher", "none", "advice"}),
    stratum="size",
    waves=(WaveCourse(Wave.MONTH_6, date(2026, 6, 1), versions={"2026-2": 90}),),
)
SIX = AS_PLANNED.waves[0]


def told(course, plan=PLAN):
    return [each.what for each in departures(plan, course)]


def test_a_round_that_kept_to_its_plan_has_nothing_to_tell():
    assert told(AS_PLANNED) == []
    assert told(Course()) == []


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"arms": frozenset({"voucher", "advice"})}, "other arms than the plan compares"),
        ({"stratum": "place"}, "Planned was: how many people work there"),
        ({"replaced": 7, "replaces": False}, "The places of 7 businesses that left"),
        ({"offered_early": 3}, "Fewer than 5 businesses drawn into the comparison"),
        ({"offered_early": 1200}, "1,200 businesses drawn into the comparison"),
        (
            {
                "drawn_on": date(2026, 2, 1),
                "decides_on": date(2026, 8, 1),
                "kept_until": date(2026, 7, 31),
            },
            "falls due on 1 August 2026, but the comparison was kept from an offer only until 31 J",
        ),
        ({"waves": [replace(SIX, late=5)]}, "asked of 5 businesses more than 7 days after"),
        ({"waves": [replace(SIX, not_asked=4)]}, "was not asked of fewer than 5 businesses"),
        (
            {"waves": [replace(SIX, versions={"2026-1": 8, "2026-2": 1})]},
            "of 8 businesses in other",
        ),
    ],
)
def test_each_point_is_told(changed, words):
    (found,) = told(replace(AS_PLANNED, **changed))
    assert words in found


def test_a_draw_in_time_is_as_planned():
    day = date(2026, 8, 1)
    days = {"drawn_on": date(2026, 2, 1), "decides_on": day, "kept_until": day}
    assert told(replace(AS_PLANNED, **days)) == []
    assert told(replace(AS_PLANNED, **days | {"kept_until": None})) == []


def test_places_given_on_as_the_draw_said_are_as_planned():
    assert told(replace(AS_PLANNED, replaced=7)) == []


def test_a_plan_that_names_no_wording_is_not_departed_from_by_one():
    course = replace(AS_PLANNED, waves=[replace(SIX, versions={"2026-1": 8})])
    assert told(course, replace(PLAN, questions_version="")) == []


@pytest.mark.parametrize(
    ("cut_on", "words"),
    [
        (date(2026, 5, 31), ["before the follow-up 6 months after was due on 1 June 2026"]),
        (date(2026, 6, 1), ["could still be answered, until 30 July 2026 at the earliest"]),
        (date(2026, 7, 31), []),
    ],
)
def test_data_cut_too_early(cut_on, words):
    found = [each.what for each in early_cut([SIX], cut_on)]
    assert len(found) == len(words)
    assert all(part in said for part, said in zip(words, found, strict=True))


def test_estimates_that_are_not_as_planned():
    outcome = {"label": "Posts", "wave": "month_6", "itt": {"dropped_strata": []}}
    left_out = {**outcome, "itt": {"dropped_strata": ["S1"]}}
    refused = {**outcome, "itt": None, "itt_refused": "Only one arm answered."}
    assert of_the_estimates([outcome]) == []
    one, other = of_the_estimates([left_out, refused])
    assert one.what == "The estimate for “Posts” (6 months after) leaves out parts of the list."
    assert other.what == "The effect on “Posts” (6 months after) was not estimated as planned."
    assert other.why == "Only one arm answered."


def test_a_point_is_marked_as_found_by_rule():
    (point,) = departures(PLAN, replace(AS_PLANNED, stratum="none"))
    (said,) = as_deviations([point], "2026-06-01T00:00:00+00:00")
    assert said["by_rule"] is True
    assert (said["at"], said["why"]) == ("2026-06-01T00:00:00+00:00", BY_RULE)


def test_only_surveys_that_are_read_are_followed():
    outcomes = (
        PlannedOutcome("adoption", Wave.MONTH_6, Role.PRIMARY),
        PlannedOutcome("administrative_staff", Wave.MONTH_12),
    )
    assert waves_asked(replace(PLAN, outcomes=outcomes)) == (Wave.MONTH_6,)
