"""The strata as they were analysed for one outcome, row by row, for an extract."""

from dataclasses import dataclass

import numpy as np

from voucher.evaluation.analysis.effects import compared
from voucher.evaluation.analysis.rows import AnalysisSet
from voucher.evaluation.plans.rules import AnalysisPlan, PlannedOutcome


@dataclass(frozen=True)
class Analysed:
    """Of each row of a set its stratum as analysed, and what it counts for there: NaN where its
    own stratum had no lottery."""

    strata: tuple[str, ...]
    weights: tuple[float, ...]


def strata_analysed(
    rows: AnalysisSet, plan: AnalysisPlan, planned: PlannedOutcome
) -> Analysed | None:
    """The strata of one outcome, or None where they are those of the draw."""
    outcome = np.array(rows.outcome(planned.wave.value, planned.code), dtype=float)
    sides = compared(rows, outcome, plan)
    if not sides.joining.groups and not sides.joining.without_lottery:
        return None
    own = np.asarray(sides.whole.stratum)
    kept = ~np.isin(own, sides.joining.without_lottery)
    strata, weights = own.astype(object), np.full(len(own), np.nan)
    strata[kept] = sides.joined.stratum
    weights[kept] = 1.0 if sides.joined.weight is None else sides.joined.weight
    return Analysed(tuple(map(str, strata)), tuple(map(float, weights)))
