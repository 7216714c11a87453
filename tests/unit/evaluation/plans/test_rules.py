"""An analysis plan comes back from its written form, and its hash tells every change."""

import json
from dataclasses import asdict, replace

import pytest

from tests.factories.plans import SIZES
from voucher.evaluation.models import Wave
from voucher.evaluation.plans.rules import (
    LATER,
    AnalysisPlan,
    PlannedOutcome,
    Role,
    plan_sha256,
    written,
)

PLAN = AnalysisPlan(
    round="RND-1",
    outcomes=(
        PlannedOutcome("hours_lost_week", Wave.MONTH_3),
        PlannedOutcome("adoption", Wave.MONTH_6, Role.PRIMARY),
    ),
    offered=("voucher",),
    comparison=("comparison",),
    stratum_basis="size",
    estimator="lin",
    covariates=("adoption", "hours_lost_week"),
    subgroups=("size",),
    assumptions=replace(SIZES, baseline_correlation=0.4, worth_finding=None),
)


def test_a_plan_comes_back_from_what_was_written() -> None:
    assert AnalysisPlan.read(json.loads(written(PLAN.content()))) == PLAN


def test_the_primary_outcome_is_the_one_that_decides() -> None:
    assert PLAN.primary.code == "adoption"


@pytest.mark.parametrize(
    "changed",
    [
        {"estimator": "ancova"},
        {"seed": 2},
        {"fewest_in_stratum": 5},
        {"outcomes": tuple(reversed(PLAN.outcomes))},
        {"assumptions": replace(PLAN.assumptions, power=0.9)},
    ],
)
def test_every_change_changes_the_hash(changed: dict[str, object]) -> None:
    other = replace(PLAN, **changed)  # type: ignore[arg-type]
    assert plan_sha256(other.content()) != plan_sha256(PLAN.content())


def test_a_plan_from_before_a_field_was_added_keeps_its_content_and_hash() -> None:
    old = {name: value for name, value in asdict(PLAN).items() if name not in LATER}
    content = json.loads(json.dumps(old))
    assert AnalysisPlan.read(content) == PLAN
    assert plan_sha256(AnalysisPlan.read(content).content()) == plan_sha256(content)


def test_a_field_that_was_added_later_is_stored_where_it_says_something() -> None:
    plan = replace(PLAN, fewest_in_stratum=5)
    assert plan.content()["fewest_in_stratum"] == 5
    assert AnalysisPlan.read(plan.content()) == plan


def test_the_design_offers_the_places_to_those_who_ask() -> None:
    design = PLAN.assumptions.design()
    assert design.drawn == 200
    assert design.offered_share == 0.5
