"""Plans for tests of what is pure: one on a share, one on an average, one that compares nobody."""

from dataclasses import replace
from typing import Any

from tests.factories.plans import SIZES
from voucher.evaluation.models import Wave
from voucher.evaluation.plans.rules import (
    FEWEST_IN_STRATUM,
    NO_ESTIMATOR,
    AnalysisPlan,
    PlannedOutcome,
    Role,
)
from voucher.programmes.models import AllocationMethod, StratumBasis

ARMS = (
    {"code": "voucher", "arm": "voucher", "name": "Voucher", "share_bps": 5000},
    {"code": "advice", "arm": "information", "name": "Advice only", "share_bps": 2500},
    {"code": "none", "arm": "comparison", "name": "Nothing", "share_bps": 2500},
)
ON_A_SHARE = AnalysisPlan(
    round="RND-1",
    outcomes=(
        PlannedOutcome("adoption", Wave.MONTH_6, Role.PRIMARY),
        PlannedOutcome("staff", Wave.MONTH_12),
    ),
    offered=("voucher",),
    comparison=("none",),
    stratum_basis="size",
    estimator="stratified",
    covariates=(),
    subgroups=("size",),
    assumptions=SIZES,
    fewest_in_stratum=FEWEST_IN_STRATUM,
)


def with_sizes(plan: AnalysisPlan = ON_A_SHARE, **values: Any) -> AnalysisPlan:
    """The plan with other assumptions."""
    return replace(plan, assumptions=replace(plan.assumptions, **values))


ON_AN_AVERAGE = with_sizes(
    replace(ON_A_SHARE, outcomes=(PlannedOutcome("hours_lost_week", Wave.MONTH_6, Role.PRIMARY),)),
    before=10.0,
    spread=6.0,
    worth_finding=3.0,
)
COMPARES_NOBODY = with_sizes(
    replace(
        ON_A_SHARE,
        offered=(),
        comparison=(),
        stratum_basis="none",
        estimator=NO_ESTIMATOR,
        fewest_in_stratum=0,
    ),
    demand=100,
    before=0.0,
    worth_finding=None,
)
DRAWN = {"method": AllocationMethod.RANDOM, "arms": ARMS, "stratum": StratumBasis.SIZE}
ROLLING = {"method": AllocationMethod.ROLLING, "arms": (), "stratum": StratumBasis.NONE}
