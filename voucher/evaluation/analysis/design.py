"""How far the design bears the conclusions: its level, what lowers it, and its power."""

from collections.abc import Mapping, Sequence
from typing import Any

from voucher.evaluation.analysis.boundary import is_above_boundary
from voucher.evaluation.analysis.power import power_findings
from voucher.evaluation.estimators.registry import ESTIMATORS
from voucher.evaluation.plans.rules import AnalysisPlan

FULL_LEVEL = 5
ARMS = ("offered", "comparison")
NO_COMPARISON = "No comparison group was drawn, so nothing tells what would have happened anyway."
NOT_ESTIMATED = "The primary outcome could not be estimated:"
OVER = "closed"
NOT_OVER = "The follow-up of the primary outcome is not over: answers can still come."
IMBALANCE = 0.25
"""Standardised difference above which a group differs too much to be left as it is (What Works
Clearinghouse, Standards Handbook 4.1; Imbens and Rubin 2015, section 14.2)."""
MOST_SIMILAR_SUPPORT = 0.2
MOST_TAKE_UP = 0.05
"""Our own thresholds of contamination, which the scoring guide leaves to judgement: they are stated
with each downgrade."""
BALANCE_NOT_MEASURED = (
    "How alike the groups were before the draw was not measured, so it does not count as passed."
)
SUPPORT_NOT_MEASURED = (
    "Similar support elsewhere was not measured in the comparison, so contamination does not count"
    " as ruled out."
)
ATTRITION = (
    "More businesses are missing from the analysis, or more unequally between the groups, than the"
    " cautious attrition boundary of the What Works Clearinghouse allows."
)


def design_findings(
    plan: AnalysisPlan,
    baseline: Sequence[Mapping[str, Any]],
    primary: Mapping[str, Any],
    arms: Mapping[str, Mapping[str, float]],
) -> dict[str, Any]:
    """Label, level, downgrades and power of a randomised design.

    `arms`: "take_up" by arm, and "similar_support" where it is known. The level starts at 5 of the
    Maryland Scientific Methods Scale; the scoring guide of the What Works Centre for Local
    Economic Growth takes one each for groups that are not alike, attrition, and contamination.
    What was not measured does not count as passed. An imbalance that the estimator adjusts for
    costs no level and is told in `notes`. Without an estimate of the primary outcome there is
    nothing to rate, and while answers can still come it is too early: `sms_level` is None, and
    `not_rated` says why.
    """
    unlike, notes = _balance(baseline, _adjusted_for(plan))
    reasons = [*unlike, *_attrition(primary), *_contamination(arms)]
    why = _not_rated(primary)
    moved = arms["take_up"]["offered"] - arms["take_up"]["comparison"]
    return {
        "label": "randomised",
        "sms_level": None if why else FULL_LEVEL - len(reasons),
        "not_rated": why,
        "downgrades": [] if why else [{"reason": reason} for reason in reasons],
        "notes": [{"reason": note} for note in notes],
        **power_findings(plan, primary["itt"], moved, is_over=why != NOT_OVER),
    }


def _not_rated(primary: Mapping[str, Any]) -> str | None:
    """Why there is no level yet, or none at all."""
    if primary["attrition"].get("standing", OVER) != OVER:
        return NOT_OVER
    return f"{NOT_ESTIMATED} {primary['itt_refused']}" if primary["itt"] is None else None


def no_design(drawn: Mapping[str, int]) -> dict[str, Any]:
    """The design of a round without a comparison: level 1, and no effect is claimed."""
    return {
        "label": "none",
        "sms_level": 1,
        "not_rated": None,
        "downgrades": [{"reason": NO_COMPARISON}],
        "notes": [],
        "underpowered": False,
        "power_reasons": [],
        "detectable": None,
        "achieved_detectable": None,
        "planned_power": None,
        "worth_finding": None,
        "planned_n": None,
        "departures": 0,
        "drawn": drawn,
    }


def _adjusted_for(plan: AnalysisPlan) -> frozenset[str]:
    """The covariates that the plan's estimator allows for."""
    uses = ESTIMATORS[plan.estimator].uses if plan.estimator in ESTIMATORS else frozenset()
    return frozenset(plan.covariates) if "covariates" in uses else frozenset()


def _balance(
    baseline: Sequence[Mapping[str, Any]], adjusted_for: frozenset[str]
) -> tuple[list[str], list[str]]:
    """What takes a level, and what only has to be said."""
    if all(each["standardised"] is None for each in baseline):
        return [BALANCE_NOT_MEASURED], []
    apart = [
        each
        for each in baseline
        if each["standardised"] is not None and abs(each["standardised"]) > IMBALANCE
    ]
    left = [each["label"] for each in apart if each["code"] not in adjusted_for]
    mended = [each["label"] for each in apart if each["code"] in adjusted_for]
    differ = f"The arms differ before the draw by more than {IMBALANCE} standard deviations in:"
    reasons = [f"{differ} {', '.join(left)}. The estimator does not allow for it."] if left else []
    notes = [f"{differ} {', '.join(mended)}. The estimator allows for it, so no level is taken."]
    return reasons, notes if mended else []


def _attrition(primary: Mapping[str, Any]) -> list[str]:
    """By those who are in the analysis: who lacks a covariate is missing from it too."""
    effect = primary["itt"] or primary
    known = [effect[f"n_{arm}"] for arm in ARMS]
    drawn = [primary[f"n_{arm}"] + primary["attrition"][f"missing_{arm}"] for arm in ARMS]
    if not all(drawn):
        return []  # nobody's answer was due, or all of an arm are gone: there is nothing to miss
    missing = tuple(of - here for of, here in zip(drawn, known, strict=True))
    return [ATTRITION] if is_above_boundary(missing, tuple(drawn)) else []


def _contamination(arms: Mapping[str, Mapping[str, float]]) -> list[str]:
    used = arms["take_up"]["comparison"]
    if used > MOST_TAKE_UP:
        return [f"{used:.0%} of the comparison redeemed a voucher (more than {MOST_TAKE_UP:.0%})."]
    support = arms.get("similar_support", {}).get("comparison")
    if support is None:
        return [SUPPORT_NOT_MEASURED]
    if support > MOST_SIMILAR_SUPPORT:
        return [
            f"{support:.0%} of the comparison had similar support elsewhere (more than"
            f" {MOST_SIMILAR_SUPPORT:.0%})."
        ]
    return []
