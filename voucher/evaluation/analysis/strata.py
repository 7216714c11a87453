"""Small strata joined by the plan's rule, before anybody looks at an outcome's values.

A stratum in which few of an arm answered has no variance of its own, and one such stratum would
refuse the estimate of all. The rule of `AnalysisPlan.fewest_in_stratum`:

1. A stratum in which the draw left an arm empty had no lottery: it is left out and named.
2. The strata are taken in code-point order of their labels. One in which an arm has fewer known
   outcomes (and covariates, where they are used) than the plan wants is joined with the next, until
   each arm has enough; what is left at the end goes with those before it.
3. Inside joined strata each keeps its own chance of an offer: a row counts for (N_zg/N_g) ÷
   (N_zb/N_b), the share of its arm z among all drawn in the joined strata g by that in its own
   stratum b. So unequal shares of offers don't tilt the comparison (inverse-probability weights:
   Gerber and Green 2012, section 4.5; stabilised: Robins, Hernán and Brumback 2000).

Who was drawn and who answered decides, never what they answered.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from voucher.evaluation.analysis.rows import AnalysisSet
from voucher.evaluation.estimators.registry import ESTIMATORS
from voucher.evaluation.estimators.trial import Flags, Labels, Numbers, Trial, is_complete, labels
from voucher.evaluation.plans.rules import AnalysisPlan


@dataclass(frozen=True)
class Joining:
    """Which strata were joined, each lot in order, and which had no lottery."""

    groups: tuple[tuple[str, ...], ...] = ()
    without_lottery: tuple[str, ...] = ()


def joined(trial: Trial, fewest: int) -> tuple[Trial, Joining]:
    """The trial of everybody drawn with small strata joined, and which these are.

    `fewest`: known outcomes that each arm of a stratum needs; with 0, or without strata, the trial
    comes back as it is. Where strata are joined, `weight` and `block` are filled in; the rows of
    strata without a lottery are left out.
    """
    if trial.stratum is None or fewest == 0:
        return trial, Joining()
    names = [str(name) for name in labels(trial.stratum)]
    drawn = {name: trial.offered[trial.stratum == name] for name in names}
    lotteries = [name for name in names if 0 < drawn[name].sum() < len(drawn[name])]
    kept = trial.only(np.isin(np.asarray(trial.stratum), lotteries))
    groups = _groups(kept, lotteries, fewest)
    joining = Joining(
        tuple(each for each in groups if len(each) > 1),
        tuple(name for name in names if name not in lotteries),
    )
    return (_relabelled(kept, groups) if joining.groups else kept), joining


def _groups(trial: Trial, names: Sequence[str], fewest: int) -> list[tuple[str, ...]]:
    """The strata in lots that have enough known of each arm; all in one, where there isn't."""
    known = trial.only(is_complete(trial))
    groups: list[tuple[str, ...]] = []
    waiting: tuple[str, ...] = ()
    for name in names:
        waiting = (*waiting, name)
        offered = known.offered[np.isin(np.asarray(known.stratum), waiting)]
        if min(offered.sum(), (~offered).sum()) >= fewest:
            groups.append(waiting)
            waiting = ()
    if waiting:
        last = groups.pop() if groups else ()
        groups.append((*last, *waiting))
    return groups


def _relabelled(trial: Trial, groups: Sequence[tuple[str, ...]]) -> Trial:
    stratum = np.asarray(trial.stratum)
    group_of = {name: label_of(group) for group in groups for name in group}
    grouped = np.array([group_of[str(name)] for name in stratum])
    return replace(
        trial,
        stratum=grouped,
        block=stratum,
        weight=_share_of_arm(trial.offered, grouped) / _share_of_arm(trial.offered, stratum),
    )


def weighed(offered: Flags, stratum: Labels) -> Numbers:
    """What each row counts for where all strata are joined to one; NaN where a stratum had no
    lottery."""
    had_none = np.isin(_share_of_arm(offered, stratum), (0, 1))
    whole = np.where(had_none, "", "all")
    return np.where(
        had_none, np.nan, _share_of_arm(offered, whole) / _share_of_arm(offered, stratum)
    )


def label_of(group: Sequence[str]) -> str:
    """The name of joined strata: the first and the last of them."""
    return group[0] if len(group) == 1 else f"{group[0]}-{group[-1]}"


def _share_of_arm(offered: Flags, stratum: Labels) -> Numbers:
    """Of each row, the share of its arm among those drawn in its stratum."""
    _, place = np.unique(stratum, return_inverse=True)
    offers = np.bincount(place, weights=offered) / np.bincount(place)
    return np.asarray(np.where(offered, offers[place], 1 - offers[place]))


def strata_findings(rows: AnalysisSet, plan: AnalysisPlan) -> dict[str, Any] | None:
    """How the list was divided, where the plan's estimator makes use of that; None otherwise.

    `parts`: how many strata were drawn within. `fewest`: the plan's rule, None where it has none.
    `without_lottery`: those in which the draw left an arm empty, left out of every comparison
    under that rule.
    """
    if rows.strata is None or not uses_strata(plan):
        return None
    arms = {name: {True: 0, False: 0} for name in sorted(set(rows.strata))}
    for name, offered in zip(rows.strata, rows.offered, strict=True):
        arms[name][offered] += 1
    return {
        "parts": len(arms),
        "fewest": plan.fewest_in_stratum or None,
        "without_lottery": [name for name, count in arms.items() if not all(count.values())],
    }


def uses_strata(plan: AnalysisPlan) -> bool:
    """Whether the plan's estimator allows for the strata of the draw."""
    chosen = ESTIMATORS.get(plan.estimator)
    return chosen is not None and "stratum" in chosen.uses
