"""Every figure of a trial from its analysis set and its plan, in the shape the reports share."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from voucher.evaluation.analysis.cost import cost_findings
from voucher.evaluation.analysis.design import design_findings, no_design
from voucher.evaluation.analysis.effects import compared, means_findings, outcome_findings
from voucher.evaluation.analysis.groups import subgroup_findings
from voucher.evaluation.analysis.rows import AnalysisSet
from voucher.evaluation.analysis.strata import strata_findings
from voucher.evaluation.analysis.waves import interim
from voucher.evaluation.estimators.checks import adjusted, balance
from voucher.evaluation.estimators.trial import Undefined
from voucher.evaluation.plans.departures import as_deviations, of_the_estimates
from voucher.evaluation.plans.rules import AnalysisPlan, Role

__all__ = ["AnalysisSet", "findings"]

NO_EFFECTS = "Nobody was drawn into a comparison, so no effect is estimated."
CONTAMINATION = ("similar_support",)
DISPLACEMENT = ("custom_won", "custom_lost")
RENEWAL = ("paying", "bought_more")
"""Indicators shown beside the effects, by arm."""


def findings(rows: AnalysisSet, plan: AnalysisPlan) -> dict[str, Any]:
    """Design, flow, baseline, effects, costs and what was refused; JSON-plain, None for unknown.

    Shares are from 0 to 1 and effects on them in the same unit; money in pence; everybody counts
    in the arm they were drawn into. The same rows and plan always give the same findings.
    """
    drawn = {"offered": sum(rows.offered), "comparison": len(rows) - sum(rows.offered)}
    outcomes = _outcomes(rows, plan) if rows.is_randomised else []
    baseline = _baseline(rows, plan) if rows.is_randomised else []
    primary = next((each for each in outcomes if each["role"] == Role.PRIMARY.value), None)
    beside = {
        name: _by_arm(rows, plan, codes)
        for name, codes in (
            ("contamination", CONTAMINATION),
            ("displacement", DISPLACEMENT),
            ("renewal", RENEWAL),
        )
    }
    return {
        "design": _design(rows, plan, baseline, primary, beside, drawn),
        "arms": _arms(rows),
        "plan": _plan(rows, outcomes),
        "draw": rows.facts.draw,
        "strata": strata_findings(rows, plan),
        "interim": _interim(rows, plan),
        "flow": _flow(rows, plan, primary, drawn),
        "baseline": baseline,
        "outcomes": outcomes,
        "subgroups": subgroup_findings(rows, plan) if rows.is_randomised else [],
        **beside,
        "cost": cost_findings(rows, outcomes),
        "refusals": _refusals(outcomes),
        "round": rows.facts.round,
        "data_cut_at": rows.facts.data_cut_at,
        "code": rows.facts.code,
    }


def _plan(rows: AnalysisSet, outcomes: Sequence[Mapping[str, Any]]) -> dict[str, Any] | None:
    """The plan in short, with the estimates that are not as planned among its deviations."""
    if rows.facts.plan is None:
        return None
    known = as_deviations(of_the_estimates(outcomes), rows.facts.data_cut_at)
    return {**rows.facts.plan, "deviations": [*rows.facts.plan.get("deviations", ()), *known]}


def _outcomes(rows: AnalysisSet, plan: AnalysisPlan) -> list[dict[str, Any]]:
    """The planned outcomes, the primary first, with the secondary ones' p-values adjusted."""
    ordered = sorted(plan.outcomes, key=lambda each: each.role is not Role.PRIMARY)
    found = [outcome_findings(rows, plan, planned) for planned in ordered]
    # The family is what the plan named: an outcome without a p-value counts as one found by none.
    p_values = {
        str(number): (each["itt"] or {}).get("p_value")
        for number, each in enumerate(found)
        if each["role"] == Role.SECONDARY.value
    }
    family = {number: 1.0 if value is None else value for number, value in p_values.items()}
    for number, both in adjusted(family).items():
        if p_values[number] is not None:
            found[int(number)].update(both)
    return found


def _baseline(rows: AnalysisSet, plan: AnalysisPlan) -> list[dict[str, Any]]:
    """How alike the arms were before, in every indicator of the baseline that anybody has."""
    return [_balance_line(rows, plan, code) for code in rows.baseline]


def _balance_line(rows: AnalysisSet, plan: AnalysisPlan, code: str) -> dict[str, Any]:
    told = rows.facts.indicators[code]
    sides = compared(rows, np.array(rows.baseline[code], dtype=float), plan)
    try:
        alike = balance(replace(sides.arms, covariates={code: sides.arms.outcome}))[code]
        standardised, refused = alike.standardised, None
    except Undefined as error:
        standardised, refused = None, str(error)
    return {
        "code": code,
        "label": told["label"],
        "unit": told["unit"],
        "is_share": told["is_share"],
        **means_findings(sides),
        "standardised": standardised,
        "refused": refused,
    }


def _by_arm(rows: AnalysisSet, plan: AnalysisPlan, codes: Sequence[str]) -> dict[str, Any]:
    """Means by arm of indicators in the primary outcome's wave; those nobody answered are out."""
    wave = plan.primary.wave.value
    found: dict[str, Any] = {}
    for code in codes:
        if code in rows.follow_up.get(wave, {}):
            values = np.array(rows.outcome(wave, code), dtype=float)
            means = means_findings(compared(rows, values, plan))
            found[code] = {
                "label": rows.facts.indicators[code]["label"],
                "unit": rows.facts.indicators[code]["unit"],
                "wave": wave,
                "offered": means["mean_offered"],
                "comparison": means["mean_comparison"],
                "n_offered": means["n_offered"],
                "n_comparison": means["n_comparison"],
            }
    return found


def _design(
    rows: AnalysisSet,
    plan: AnalysisPlan,
    baseline: Sequence[Mapping[str, Any]],
    primary: Mapping[str, Any] | None,
    beside: Mapping[str, Any],
    drawn: Mapping[str, int],
) -> dict[str, Any]:
    if primary is None:
        return no_design(drawn)
    arms = {"take_up": _take_up(rows, plan, drawn)}
    support = beside["contamination"].get("similar_support")
    if support is not None and support["comparison"] is not None:
        arms["similar_support"] = {"comparison": support["comparison"]}
    departures = len((rows.facts.plan or {}).get("deviations", ()))
    found = design_findings(plan, baseline, primary, arms)
    return {**found, "departures": departures, "drawn": drawn}


def _arms(rows: AnalysisSet) -> list[dict[str, Any]]:
    """The arms that are set against each other, by their published names, with their sizes.

    The draw publishes these numbers, so none of them is withheld.
    """
    told = (rows.facts.draw or {}).get("arms", {})
    both = zip(
        rows.arms, ("offered" if each else "comparison" for each in rows.offered), strict=True
    )
    drawn = sorted(Counter(both).items(), key=lambda each: (each[0][1] != "offered", each[0][0]))
    return [
        {"code": code, "name": told.get(code, code), "group": group, "drawn": count}
        for (code, group), count in drawn
    ]


def _take_up(rows: AnalysisSet, plan: AnalysisPlan, drawn: Mapping[str, int]) -> dict[str, float]:
    return {arm: count / drawn[arm] for arm, count in _received(rows, plan).items()}


def _received(rows: AnalysisSet, plan: AnalysisPlan) -> dict[str, int]:
    """Who had used a voucher by the day that the primary outcome fell due."""
    used = rows.used_by(plan.primary.wave.value)
    pairs = list(zip(used, rows.offered, strict=True))
    return {
        "offered": sum(used and offered for used, offered in pairs),
        "comparison": sum(used and not offered for used, offered in pairs),
    }


def _interim(rows: AnalysisSet, plan: AnalysisPlan) -> dict[str, Any] | None:
    """What of the plan was not over at the cut; None for a trial that is, or no trial."""
    if not rows.is_randomised:
        return None
    official = [code for code, told in rows.facts.indicators.items() if told.get("official")]
    return interim(rows.facts.waves, plan, rows.facts.cut_on, official)


def _flow(
    rows: AnalysisSet,
    plan: AnalysisPlan,
    primary: Mapping[str, Any] | None,
    drawn: Mapping[str, int],
) -> dict[str, Any]:
    """From all assessed to those analysed for the primary outcome; per arm the numbers add up.

    `received`: redeemed a voucher by the day the primary outcome fell due (`received_by`).
    `not_due`: their answer was not due at the cut. `lost`: the others that were allocated and not
    analysed, because the outcome or a covariate is not known or their stratum was left out.
    """
    itt = primary["itt"] if primary else None
    analysed = {arm: itt[f"n_{arm}"] if itt else 0 for arm in drawn}
    waits = {arm: primary["attrition"][f"not_due_{arm}"] if primary else 0 for arm in drawn}
    return {
        "assessed": rows.facts.assessed,
        "excluded": [dict(each) for each in rows.facts.excluded],
        "allocated": dict(drawn),
        "received": _received(rows, plan),
        "received_by": rows.facts.waves.get(plan.primary.wave.value, {}).get("due_on"),
        "not_due": waits,
        "lost": {arm: drawn[arm] - analysed[arm] - waits[arm] for arm in drawn},
        "analysed": analysed,
    }


def _refusals(outcomes: Sequence[Mapping[str, Any]]) -> list[str]:
    """Every figure that could not be given, in words."""
    if not outcomes:
        return [NO_EFFECTS]
    kinds = {
        "itt_refused": "effect of the offer",
        "relative_refused": "relative effect",
        "users_refused": "effect on users",
    }
    return [
        f"{each['label']} ({each['wave']}), {words}: {each[key]}"
        for each in outcomes
        for key, words in kinds.items()
        if each[key]
    ]
