"""Effects by subgroup, exploratory: a difference in each part, and whether the parts differ."""

from dataclasses import replace
from typing import Any

import numpy as np

from voucher.evaluation.analysis.plain import plain
from voucher.evaluation.analysis.rows import AnalysisSet
from voucher.evaluation.analysis.strata import uses_strata, weighed
from voucher.evaluation.analysis.subgroups import SUBGROUPS
from voucher.evaluation.estimators.means import difference
from voucher.evaluation.estimators.regressions import least_squares
from voucher.evaluation.estimators.trial import Labels, Trial, Undefined, is_complete, labels
from voucher.evaluation.plans.rules import AnalysisPlan


def subgroup_findings(rows: AnalysisSet, plan: AnalysisPlan) -> list[dict[str, Any]]:
    """The primary outcome's effect in every part of every planned division, in the plan's order.

    The effect is the difference in means of `estimators.means.difference`, whatever the plan's
    estimator: parts are often too small for more. Where that estimator allows for strata, each
    business is weighted by the inverse of its arm's share of all drawn in its stratum
    (`analysis.strata.weighed`), so that a part's arms are of alike mixtures of strata however
    unequal these shares are. `interaction_p` is one for the whole division.
    """
    primary = plan.primary
    outcome = np.array(rows.outcome(primary.wave.value, primary.code), dtype=float)
    trial = Trial(outcome=outcome, offered=np.array(rows.offered, dtype=bool))
    if rows.strata is not None and uses_strata(plan):
        trial = replace(trial, weight=weighed(trial.offered, np.array(rows.strata)))
    found = []
    for by in plan.subgroups:
        column = np.array(rows.subgroups[by])
        together = {
            "by": by,
            "by_label": SUBGROUPS[by].label,
            "code": primary.code,
            "wave": primary.wave.value,
            "interaction_p": interaction_p(trial, column),
        }
        for value in labels(column):
            part = trial.only(column == value)
            found.append({**together, "value": str(value), "label": str(value), **_effect(part)})
    return found


def interaction_p(trial: Trial, column: Labels) -> float | None:
    """The p-value of the hypothesis that the effect is the same in every part.

    F test that all interactions of offer and part are nothing, beside the parts' own levels, with
    HC2 (the parts' own Neyman variances; weighted, where the trial is). Only parts with two known
    outcomes in each arm take part; None where fewer than two do, or nothing varies.
    """
    complete = is_complete(trial)
    known, column = trial.only(complete), column[complete]
    parts = [each for each in labels(column) if _has_two_of_each(known.offered[column == each])]
    wanted = np.isin(column, parts)
    known, column = known.only(wanted), column[wanted]
    if len(parts) < 2 or any(np.ptp(known.outcome[column == each]) == 0 for each in parts):
        return None
    levels = [(column == each).astype(float) for each in parts]
    offered = known.offered.astype(float)
    moved = [offered, *(offered * level for level in levels[1:])]
    model = least_squares(known.outcome, np.column_stack([*levels, *moved]), known.weight)
    fit = model.fit(cov_type="HC2", use_t=True)
    contrasts = np.eye(2 * len(parts))[len(parts) + 1 :]
    return float(np.squeeze(fit.f_test(contrasts).pvalue))


def _has_two_of_each(offered: Any) -> bool:
    return bool(min(offered.sum(), (~offered).sum()) >= 2)


def _effect(part: Trial) -> dict[str, Any]:
    known = is_complete(part)
    counts = {
        "n_offered": int((known & part.offered).sum()),
        "n_comparison": int((known & ~part.offered).sum()),
    }
    try:
        found = difference(part)
    except Undefined as error:
        none = dict.fromkeys(("estimate", "ci_low", "ci_high"))
        return {**counts, **none, "refused": str(error)}
    numbers = {name: plain(getattr(found, name)) for name in ("estimate", "ci_low", "ci_high")}
    return {**counts, **numbers, "refused": None}
