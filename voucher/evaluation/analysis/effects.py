"""The figures of one outcome: the effect of the offer, of the voucher used, and what limits them.

Everything that leaves here is JSON-plain. What can't be estimated is None with its reason beside
it under `…_refused`, never NaN.
"""

import math
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from voucher.evaluation.analysis.arms import arm_means, attrition_findings, katz
from voucher.evaluation.analysis.limits import bounds_findings
from voucher.evaluation.analysis.plain import inference, or_reason, plain
from voucher.evaluation.analysis.rows import AnalysisSet
from voucher.evaluation.analysis.strata import Joining, joined
from voucher.evaluation.analysis.waves import NOT_DUE, not_due_words
from voucher.evaluation.estimators.instrument import cace
from voucher.evaluation.estimators.randomisation import randomisation
from voucher.evaluation.estimators.registry import ESTIMATORS
from voucher.evaluation.estimators.trial import Labels, Numbers, Trial, Undefined
from voucher.evaluation.indicators import TRADING
from voucher.evaluation.plans.rules import AnalysisPlan, PlannedOutcome

OF_THE_OFFER = ("difference", "stratified", "ancova", "lin")
"""Estimators of the effect of the offer: what a plan may name as its estimator."""
NEYMAN, HC1, HC2, CR1 = "Neyman", "HC1", "HC2", "CR1"
ERRORS = {"difference": NEYMAN, "stratified": NEYMAN, "ancova": HC2, "lin": HC2}
"""The kind of standard error of each, where businesses stand alone; of a regression it is CR1 where
some of them are clustered."""


def trial_of(
    rows: AnalysisSet, outcome: Numbers, plan: AnalysisPlan, wave: str | None = None
) -> Trial:
    """The columns of the set with one outcome, as the plan's covariates and draw want them.

    Take-up is that by the day `wave` fell due, or without one by the data cut. A covariate that
    nobody's baseline holds is all NaN, so that the estimator refuses it.
    """
    unknown = (math.nan,) * len(rows)
    return Trial(
        outcome=outcome,
        offered=np.array(rows.offered, dtype=bool),
        stratum=None if rows.strata is None else np.array(rows.strata),
        covariates={
            code: np.array(rows.baseline.get(code, unknown), dtype=float)
            for code in plan.covariates
        },
        take_up=np.array(rows.used_by(wave), dtype=bool),
        cluster=None if rows.clusters is None else np.array(rows.clusters),
    )


@dataclass(frozen=True)
class Compared:
    """The columns that a plan's estimator makes use of, with one outcome.

    `whole`: of everybody in the set, by strata as drawn. `joined`: with small strata joined by the
    plan's rule (`analysis.strata`), and without those that had no lottery.
    """

    whole: Trial
    joined: Trial
    joining: Joining

    @property
    def arms(self) -> Trial:
        """For figures of the arms side by side, which take no covariates."""
        return replace(self.joined, covariates={})


def compared(
    rows: AnalysisSet, outcome: Numbers, plan: AnalysisPlan, wave: str | None = None
) -> Compared:
    """The columns of the set with one outcome, as the plan's estimator takes them; take-up is that
    by the day `wave` fell due, or without one by the data cut."""
    trial = trial_of(rows, outcome, plan, wave)
    chosen = ESTIMATORS.get(plan.estimator)
    uses = chosen.uses if chosen else frozenset()
    whole = replace(
        trial,
        stratum=trial.stratum if "stratum" in uses else None,
        covariates=trial.covariates if "covariates" in uses else {},
    )
    return Compared(whole, *joined(whole, plan.fewest_in_stratum))


def outcome_findings(
    rows: AnalysisSet, plan: AnalysisPlan, planned: PlannedOutcome
) -> dict[str, Any]:
    """Every figure of one planned outcome; `holm` and `benjamini_hochberg` are filled in later.

    `joined_strata`: the strata that were joined for it, in lots, by their labels in the set.
    """
    outcome = np.array(rows.outcome(planned.wave.value, planned.code), dtype=float)
    sides = compared(rows, outcome, plan, planned.wave.value)
    told = rows.facts.indicators[planned.code]
    itt, itt_refused = or_reason(lambda: planned_effect(sides.joined, plan, sides.joining))
    users, users_refused = or_reason(lambda: _users(sides.joined))
    bounds, lee_refused = or_reason(lambda: bounds_findings(sides.joined))
    relative, relative_refused = (None, None)
    if told["is_share"]:
        relative, relative_refused = or_reason(lambda: katz(sides.arms))
    standing = rows.standing(planned.wave.value, planned.code)
    missing = attrition_findings(
        sides.whole, plan.fewest_in_stratum, standing, _gone(rows, planned)
    )
    found = {
        "code": planned.code,
        "label": told["label"],
        "unit": told["unit"],
        "wave": planned.wave.value,
        "role": planned.role.value,
        "is_share": told["is_share"],
        **means_findings(sides),
        "itt": itt,
        "itt_refused": itt_refused,
        "relative": relative,
        "relative_refused": relative_refused,
        "users": users,
        "users_refused": users_refused,
        "randomisation": or_reason(lambda: _randomisation(rows, sides, plan))[0],
        "attrition": missing,
        "lee": bounds,
        "lee_refused": lee_refused,
        "joined_strata": [list(group) for group in sides.joining.groups],
        "holm": None,
        "benjamini_hochberg": None,
    }
    if standing == NOT_DUE:
        _say_not_due(found, not_due_words(rows.facts.waves, planned.wave.value))
    return found


def _say_not_due(found: dict[str, Any], words: str) -> None:
    """Why there is no effect yet, in place of what the estimators say of no answers."""
    for name in ("itt", "relative", "users", "lee"):
        if found[f"{name}_refused"]:
            found[f"{name}_refused"] = words


def _gone(rows: AnalysisSet, planned: PlannedOutcome) -> Labels:
    """Whose official figure is not known because the register of companies calls it gone."""
    unknown = np.isnan(np.array(rows.outcome(planned.wave.value, planned.code), dtype=float))
    if not rows.facts.indicators[planned.code].get("official"):
        return np.zeros(len(rows), dtype=bool)
    found: Labels = unknown & (np.array(rows.outcome(planned.wave.value, TRADING)) == 0)
    return found


def means_findings(sides: Compared) -> dict[str, Any]:
    """Mean by arm as the estimate sets them against each other, and number known of all drawn."""
    return {**arm_means(sides.arms), **counts(sides.whole)}


def counts(trial: Trial) -> dict[str, int]:
    """How many outcomes are known by arm."""
    known = ~np.isnan(trial.outcome)
    return {
        "n_offered": int((known & trial.offered).sum()),
        "n_comparison": int((known & ~trial.offered).sum()),
    }


def planned_effect(
    trial: Trial, plan: AnalysisPlan, joining: Joining | None = None
) -> dict[str, Any]:
    """The effect of the offer by the plan's estimator (intention to treat, arms as drawn).

    `joining`: what was done to the trial's strata. `standard_error_kind`: "Neyman", "HC2", or "CR1"
    where a regression allows for clusters. Raises Undefined where there is none, or the estimator
    gives no effect of the offer.
    """
    if plan.estimator not in OF_THE_OFFER:
        raise Undefined(f"The estimator “{plan.estimator}” gives no effect of the offer.")
    chosen = ESTIMATORS[plan.estimator]
    clusters = trial.cluster if "cluster" in chosen.uses else None
    columns = trial if "stratum" in chosen.uses else replace(trial, stratum=None)
    columns = columns if "covariates" in chosen.uses else replace(columns, covariates={})
    found = chosen.estimate(replace(columns, cluster=clusters))
    left_out = {*(found.dropped_strata or ()), *(joining or Joining()).without_lottery}
    return {
        "estimator": plan.estimator,
        **inference(found),
        "standard_error_kind": ERRORS[plan.estimator] if clusters is None else CR1,
        "n_offered": found.n_treated,
        "n_comparison": found.n_comparison,
        "dropped_strata": sorted(left_out),
    }


def _users(trial: Trial) -> dict[str, Any]:
    """The effect on those whom the offer moved to redeem, beside what the planned effect uses."""
    found = cace(trial)
    return {
        **inference(found),
        "standard_error_kind": HC1 if trial.cluster is None else CR1,
        "first_stage_f": plain(found.also["first_stage_f"]),
    }


def _randomisation(rows: AnalysisSet, sides: Compared, plan: AnalysisPlan) -> dict[str, Any]:
    """Fisher's test of the outcome, less what the estimator's covariates explain of it, with the
    arms drawn again as the draw drew them: within its strata, whatever the estimator."""
    trial = sides.joined
    if trial.stratum is None and rows.strata is not None:
        trial = replace(trial, stratum=np.array(rows.strata))
    found = randomisation(trial, permutations=plan.permutations, seed=plan.seed)
    return {
        "p_value": plain(found.p_value),
        "permutations": plan.permutations,
        "monte_carlo_error": found.also["monte_carlo_error"],
        "definition": found.also["definition"],
        "adjusted": bool(trial.covariates),
    }
