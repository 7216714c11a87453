"""Fisher's test: the offers drawn again, many times, as if they had done nothing."""

import secrets

import numpy as np

from voucher.evaluation.estimators.means import weighted_difference, within_strata
from voucher.evaluation.estimators.residuals import unexplained
from voucher.evaluation.estimators.trial import (
    Estimate,
    Flags,
    Numbers,
    Trial,
    Undefined,
    complete,
    labels,
)

PERMUTATIONS = 10_000
BITS_OF_SEED = 32
AT_ONCE = 4_000_000
"""How many numbers are shuffled at once: 32 MB."""
ROWS_A_KIND = 25
"""About as many rows are shuffled in the time in which the number of one kind is drawn."""
TIE = 1e-9
"""Differences within this share of the outcome's standard deviation are the same."""
DEFINITION = (
    "The share of |T*| at or above |T|, (1 + count) / (1 + permutations), where T is the"
    " {}difference in means{} and T* the same after the arms were drawn again{}; differences within"
    " 1e-9 of the outcome’s standard deviation count as ties"
)
OF_RESIDUALS = " of what the covariates leave unexplained (Rosenbaum 2002)"


def randomisation(
    trial: Trial, *, permutations: int = PERMUTATIONS, seed: int | None = None
) -> Estimate:
    """The p-value of the hypothesis that the offer changed nobody's outcome (Fisher 1935).

    T is the difference in means, within strata and weighted by their rows where there are strata;
    the arms are drawn again within strata, keeping their numbers; p = (1 + count of |T*| ≥ |T|) /
    (1 + permutations) (Phipson and Smyth 2010), ties within 1e-9 of the outcome's standard
    deviation. With covariates T is of what they leave unexplained (`residuals.unexplained`). With
    weights the means are weighted; with blocks the arms are drawn again within these.
    `monte_carlo_error` is the standard error of that share, √(p(1 − p)/permutations). The same seed
    gives the same answer; where none is given, the one that was taken is told. Raises
    Undefined where the outcome does not vary.
    """
    if permutations < 1:
        raise Undefined("At least one permutation is needed.")
    kept, strata, dropped = _rows(unexplained(trial) if trial.covariates else trial)
    if np.ptp(kept.outcome) == 0:
        raise Undefined("The outcome is the same in every row, so there is nothing to test.")
    seed = secrets.randbits(BITS_OF_SEED) if seed is None else seed
    generator = np.random.default_rng(seed)
    rows, drawn = len(kept), np.zeros(permutations)
    for each in strata:
        drawn += len(each) / rows * _drawn_again(each, generator, permutations)
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
            "definition": _definition(dropped is not None, bool(trial.covariates)),
        },
    )
    return found.counting(trial, kept)


def _rows(trial: Trial) -> tuple[Trial, list[Trial], tuple[str, ...] | None]:
    if trial.stratum is None:
        kept = complete(trial)
        return kept, [kept], None
    kept, strata, dropped = within_strata(trial)
    return kept, [each for _, each in strata], dropped


def _drawn_again(stratum: Trial, generator: np.random.Generator, times: int) -> Numbers:
    """The difference in (weighted) means of a stratum after each of so many new draws of as many
    offers in each of its blocks."""
    whole = [float(arm.sum()) for arm in (_weights(stratum, stratum.offered), _rest(stratum))]
    centred = stratum.outcome - stratum.outcome.mean()
    drawn = np.zeros(times)
    for rows in _blocks(stratum):
        values, offered = centred[rows], stratum.offered[rows]
        block = stratum.only(rows)
        per_offer = _each(_weights(block, block.offered)) / whole[0]
        per_other = _each(_rest(block)) / whole[1]
        sums = _sums_of_offered(values, offered, generator, times)
        drawn += sums * (per_offer + per_other) - values.sum() * per_other
    return drawn


def _blocks(stratum: Trial) -> list[Flags]:
    """The rows of each block, in the blocks' order; all of them where there are no blocks."""
    if stratum.block is None:
        return [np.ones(len(stratum), dtype=bool)]
    return [np.asarray(stratum.block == name) for name in labels(stratum.block)]


def _weights(trial: Trial, rows: Flags) -> Numbers:
    return (np.ones(len(trial)) if trial.weight is None else trial.weight)[rows]


def _rest(trial: Trial) -> Numbers:
    return _weights(trial, ~trial.offered)


def _each(weights: Numbers) -> float:
    """What each row of an arm of a block counts for: they are all alike."""
    return float(weights[0]) if len(weights) else 0.0


def _sums_of_offered(
    values: Numbers, offered: Flags, generator: np.random.Generator, times: int
) -> Numbers:
    """The sum of the values of those offered, after each of so many new draws of as many offers."""
    rows, treated = len(values), int(offered.sum())
    fewer = min(treated, rows - treated)
    if fewer == 0:
        return np.full(times, values[offered].sum())
    sums = np.concatenate(
        [
            _sums(values, fewer, generator, min(_chunk(rows), times - done))
            for done in range(0, times, _chunk(rows))
        ]
    )
    return sums if fewer == treated else values.sum() - sums


def _sums(values: Numbers, count: int, generator: np.random.Generator, times: int) -> Numbers:
    """Sums of `count` of the values, drawn without putting back, so many times.

    Where few of them differ, how many of each kind are drawn is drawn at once (the multivariate
    hypergeometric distribution): the same lottery at a small part of the cost of shuffling rows.
    """
    kinds, of_each = np.unique(values, return_counts=True)
    if len(kinds) * ROWS_A_KIND <= len(values):
        drawn = generator.multivariate_hypergeometric(
            of_each, count, size=times, method="marginals"
        )
        return np.asarray(drawn @ kinds)
    shuffled = generator.permuted(np.broadcast_to(values, (times, len(values))), axis=1)
    return np.asarray(shuffled[:, :count].sum(axis=1))


def _chunk(rows: int) -> int:
    return max(1, AT_ONCE // rows)


def _definition(stratified: bool, adjusted: bool) -> str:
    before, after = ("stratified ", " within strata") if stratified else ("", "")
    return DEFINITION.format(before, OF_RESIDUALS if adjusted else "", after)
