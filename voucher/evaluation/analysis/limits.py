"""Between what an effect lies, if those who did not answer would have answered otherwise.

Lee's bounds, of the same outcome that the planned estimate compares: less what its covariates
explain, so that estimate and bounds speak of one thing.
"""

from dataclasses import replace
from typing import Any

import numpy as np

from voucher.evaluation.analysis.strata import joined
from voucher.evaluation.estimators.bounds import lee
from voucher.evaluation.estimators.residuals import unexplained
from voucher.evaluation.estimators.trial import Trial, Undefined

EQUAL_RESPONSE = "The same share answered in both arms, so there is nothing to trim."
FEWEST_ANSWERS = 20
"""Known outcomes that each arm of a stratum needs for bounds of its own: in a smaller one chance
alone sets the shares that answered far apart, and what is trimmed would mostly be that."""
ARMS = {1: "offered", 0: "comparison"}


def bounds_findings(trial: Trial) -> dict[str, Any]:
    """Lee's bounds of the effect of the offer, within strata that are large enough.

    Strata with fewer than `FEWEST_ANSWERS` in an arm are joined by the rule of `analysis.strata`,
    each row keeping its weight, in the end to the whole list; `parts` says how many are left. Only
    businesses whose covariates are known take part; `adjusted`: there are covariates.
    `trimmed_arm`: "offered", "comparison", or "both" where it differs between strata. Raises
    Undefined where nothing is trimmed or an arm has no answers.
    """
    parts = _in_parts(_adjusted(trial))
    told = lee(parts).also
    if not told["trimmed_share"]:
        raise Undefined(EQUAL_RESPONSE)
    numbers = {name: float(told[name]) for name in ("lower", "upper", "trimmed_share")}
    trimmed = told.get("trimmed_arms") or (told["trimmed_arm"],)
    return {
        **numbers,
        "trimmed_arm": ARMS[trimmed[0]] if len(trimmed) == 1 else "both",
        "parts": 1 if parts.stratum is None else len(set(parts.stratum)),
        "adjusted": bool(trial.covariates),
    }


def _adjusted(trial: Trial) -> Trial:
    """The businesses whose covariates are known, with what these leave unexplained.

    With one slope for both arms an outcome is moved by the same, offered or not, so the effect
    stays what it was; without strata the untrimmed difference is the estimate of `ancova`.
    """
    if not trial.covariates:
        return trial
    known = ~np.any([np.isnan(values) for values in trial.covariates.values()], axis=0)
    return unexplained(trial.only(known), beside_arm=True)


def _in_parts(trial: Trial) -> Trial:
    """Joined again from the strata as drawn, until each has enough answers for bounds."""
    drawn_in = trial.stratum if trial.block is None else trial.block
    return joined(replace(trial, stratum=drawn_in, weight=None, block=None), FEWEST_ANSWERS)[0]
