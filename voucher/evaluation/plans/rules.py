"""The content of an analysis plan: what it holds. Pure. A share is from 0 to 1, money in pence.

How it is written down and hashed is in `voucher.programmes.plans.rules`.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

from voucher.evaluation.estimators.power import Design
from voucher.evaluation.models import Wave
from voucher.programmes.models import StratumBasis
from voucher.programmes.plans.rules import plan_sha256, written

__all__ = [
    "FEWEST_IN_STRATUM",
    "LATER",
    "NO_ESTIMATOR",
    "WAVES",
    "AnalysisPlan",
    "Assumptions",
    "PlannedOutcome",
    "Role",
    "fewest_in_stratum",
    "plan_sha256",
    "written",
]

NO_ESTIMATOR = "none"
"""The estimator of a plan that claims no effect."""
WAVES = {wave.value: wave for wave in Wave}
FEWEST_IN_STRATUM = 2
"""Known outcomes that each arm of a stratum needs, in the plans that are drawn up now: the fewest
that have a variance. With more, intervals are wider than they need be."""
LATER: Mapping[str, Any] = {"fewest_in_stratum": 0, "questions_version": ""}
"""Fields that a plan had not from the start, each with the value that says nothing new: with it
the field is not stored, so that a plan from before keeps its content and its hash."""


def fewest_in_stratum(basis: StratumBasis) -> int:
    """The rule of small strata for a plan that is drawn up now: none where the list is whole."""
    return 0 if basis is StratumBasis.NONE else FEWEST_IN_STRATUM


class Role(StrEnum):
    """How much an outcome decides."""

    PRIMARY = "primary"
    SECONDARY = "secondary"


@dataclass(frozen=True)
class PlannedOutcome:
    """An outcome by the code of its indicator, the follow-up that it is read from, and its role."""

    code: str
    wave: Wave
    role: Role = Role.SECONDARY


@dataclass(frozen=True)
class Assumptions:
    """What the sizes of the trial were worked out from; shares from 0 to 1.

    `before` and `spread`: the primary outcome in the comparison, as a share or as a mean in its own
    unit with its standard deviation (`spread` is None for a share). `voucher_pence`: what a
    redeemed voucher costs, for what the trial costs. `worth_finding`: the smallest effect on users
    that would matter, in the outcome's unit (a share's as a share); None where nobody said.
    """

    places: int
    demand: int
    take_up: float
    response: float
    baseline_correlation: float
    before: float
    spread: float | None
    voucher_pence: int
    significance: float = 0.05
    power: float = 0.8
    worth_finding: float | None = None

    def design(self) -> Design:
        """The trial as the functions of power take it: places of all who are drawn."""
        return Design(
            drawn=self.demand,
            offered_share=self.places / self.demand,
            response=self.response,
            take_up=self.take_up,
            baseline_correlation=self.baseline_correlation,
            significance=self.significance,
            power=self.power,
        )


@dataclass(frozen=True)
class AnalysisPlan:
    """All that decides what will be estimated. The draw's own plan (arms, strata) stands beside it.

    `offered` and `comparison`: codes of the draw's arms that are set against each other, by
    assignment as drawn. `estimator` is a name of `estimators.registry.ESTIMATORS`; `covariates` are
    codes of indicators of the baseline; `subgroups` are codes of `analysis.subgroups`. The seed
    is that of the permutations. `fewest_in_stratum`: a stratum in which an arm has fewer known
    outcomes is joined with the next (`analysis.strata`); 0 joins none. `questions_version`: the
    wording that the outcomes are asked in (`questions.FOLLOW_UPS`), not said in older plans. In a
    round that is not drawn nobody is compared: no arms are named, the estimator is `NO_ESTIMATOR`.
    """

    round: str
    outcomes: tuple[PlannedOutcome, ...]
    offered: tuple[str, ...]
    comparison: tuple[str, ...]
    stratum_basis: str
    estimator: str
    covariates: tuple[str, ...]
    subgroups: tuple[str, ...]
    assumptions: Assumptions
    permutations: int = 10_000
    seed: int = 1
    fewest_in_stratum: int = 0
    questions_version: str = ""

    @property
    def primary(self) -> PlannedOutcome:
        """The outcome that decides."""
        return next(each for each in self.outcomes if each.role is Role.PRIMARY)

    def content(self) -> dict[str, Any]:
        """The plan as it is stored: plain values only, without `LATER` fields that say nothing."""
        found: dict[str, Any] = json.loads(json.dumps(asdict(self)))
        return {
            name: value
            for name, value in found.items()
            if name not in LATER or value != LATER[name]
        }

    @classmethod
    def read(cls, content: Mapping[str, Any]) -> "AnalysisPlan":
        """The plan that was stored as `content`."""
        outcomes = tuple(
            PlannedOutcome(each["code"], WAVES[each["wave"]], Role(each["role"]))
            for each in content["outcomes"]
        )
        lists = ("offered", "comparison", "covariates", "subgroups")
        return cls(
            **{
                **content,
                **{name: tuple(content[name]) for name in lists},
                "outcomes": outcomes,
                "assumptions": Assumptions(**content["assumptions"]),
            }
        )
