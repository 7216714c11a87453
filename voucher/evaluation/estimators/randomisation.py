"""Fisher's test: the offers drawn again, many times, as if they had done nothing."""

import numpy as np

from voucher.evaluation.estimators.means import weighted_difference, within_strata
from voucher.evaluation.estimators.trial import Estimate, Flags, Numbers, Trial, Undefined, complete

PERMUTATIONS = 10_000
AT_ONCE = 4_000_000
"""How many numbers are shuffled at once: 32 MB."""
TIE = 1e-9
"""Differences within this share of the outcome's standard deviation are the same."""
DEFINITION = (
    "The share of |T*| at or above |T|, (1 + count) / (1 + permutations), where T is the"
    " {}difference in means and T* the same after the arms were drawn again{}; differences within"
    " 1e-9 of the outcome’s standard deviation count as ties"
)


def randomisation(
    trial: Trial, *, permutations: int = PERMUTATIONS, seed: int | None = None
) -> Estimate:
    """The p-value of the hypothesis that the offer changed nobody's outcome (Fisher 1935).

    T is the difference in means, within strata and weighted by their rows where there are strata;
    the arms are drawn again within strata, keeping their numbers; p = (1 + count of |T*| ≥ |T|) /
    (1 + permutations) (Phipson and Smyth 2010), ties within 1e-9 of the outcome's standard
    deviation. `monte_carlo_error` is the standard error of that share, √(p(1 − p)/permutations).
    The same seed gives the same answer. Raises Undefined where the outcome does not vary.
    """
    if permutations < 1:
        raise Undefined("At least one permutation is needed.")
    kept, strata, dropped = _rows(trial)
    if np.ptp(kept.outcome) == 0:
        raise Undefined("The outcome is the same in every row, so there is nothing to test.")
    generator = np.random.default_rng(seed)
    rows, drawn = len(kept), np.zeros(permutations)
    for each in strata:
        drawn += (
            len(each) / rows * _drawn_again(each.outcome, each.offered, generator, permutations)
        )
    observed = weighted_difference(strata)
    tie = TIE * kept.outcome.std(ddof=1)
    p_value = (1 + int((np.abs(drawn) >= abs(observed) - tie).sum())) / (1 + permutations)
    found = Estimate(
        estimate=observed,
        p_value=p_value,
        dropped_strata=dropped,
        also={
            "permutations": permutations,
            "seed": seed,
            "monte_carlo_error": float(np.sqrt(p_value * (1 - p_value) / permutations)),
            "definition": _definition(dropped is not None),
        },
    )
    return found.counting(trial, kept)


def _rows(trial: Trial) -> tuple[Trial, list[Trial], tuple[str, ...] | None]:
    if trial.stratum is None:
        kept = complete(trial)
        return kept, [kept], None
    kept, strata, dropped = within_strata(trial)
    return kept, [each for _, each in strata], dropped


def _drawn_again(
    outcome: Numbers, offered: Flags, generator: np.random.Generator, times: int
) -> Numbers:
    """The difference in means after each of so many new draws of as many offers."""
    rows, treated = len(outcome), int(offered.sum())
    fewer = min(treated, rows - treated)
    centred = outcome - outcome.mean()
    sums = np.concatenate(
        [
            _sums(centred, fewer, generator, min(_chunk(rows), times - done))
            for done in range(0, times, _chunk(rows))
        ]
    )
    # Centred outcomes sum to nothing, so one arm's sum tells the other's.
    return (sums if fewer == treated else -sums) * (1 / treated + 1 / (rows - treated))


def _sums(values: Numbers, count: int, generator: np.random.Generator, times: int) -> Numbers:
    shuffled = generator.permuted(np.broadcast_to(values, (times, len(values))), axis=1)
    return np.asarray(shuffled[:, :count].sum(axis=1))


def _chunk(rows: int) -> int:
    return max(1, AT_ONCE // rows)


def _definition(stratified: bool) -> str:
    return DEFINITION.format(*(("stratified ", " within strata") if stratified else ("", "")))
