"""How often the engine's intervals hold the truth, and how often it finds what is not there.

    python -m bench.coverage [--trials 2000] [--seed 1] [--processes 2]

Each trial is made up afresh: 400 businesses in four strata of fixed shares (Lee: 2,000), outcomes
that are skewed and vary more among those offered, a covariate, take-up by some 60 % of the offered
and 5 % of the others, an effect that differs between strata. Offers are drawn over all rows, or
within strata, or over 60 clusters that share a part of their outcome. With the effect, intervals of
95 % must hold it in 93.5 to 96.5 % of the trials; without any, at most 6.5 % may find one; Fisher's
p-values must then be uniform (Kolmogorov-Smirnov p ≥ 0.01); Lee's bounds must hold the effect on
those who always answer in at least 95 %. Exits 1 where one does not. The Monte-Carlo error of a
share of 95 % of 2,000 trials is 0.5 percentage points.
"""

import argparse
import sys
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial

import numpy as np

from voucher.evaluation.estimators.registry import ESTIMATORS
from voucher.evaluation.estimators.trial import Estimate, Trial

LOWEST, HIGHEST = 0.935, 0.965
MOST_FALSE = 0.065
LEAST_BOUNDED = 0.95
LEAST_UNIFORM = 0.01
SHARES = (0.4, 0.3, 0.2, 0.1)
EFFECTS = np.array([2.0, 1.0, 0.5, 0.0])
"""The effect of using a voucher in each stratum; their mean by share is 1.2."""
CLUSTERS = 60
DRAWS = 399


@dataclass(frozen=True)
class Setting:
    """One row of the table: how offers are drawn, what estimates, what it makes use of."""

    name: str
    estimator: str
    drawn: str = "over all"
    uses: tuple[str, ...] = ()
    rows: int = 400


SETTINGS = (
    Setting("difference", "difference"),
    Setting("ancova", "ancova", uses=("covariates",)),
    Setting("lin", "lin", uses=("covariates",)),
    Setting("cace", "cace", uses=("take_up",)),
    Setting("cace, covariate", "cace", uses=("take_up", "covariates")),
    Setting("stratified", "stratified", "within strata", ("stratum",)),
    Setting("ancova, strata", "ancova", "within strata", ("stratum", "covariates")),
    Setting("lin, strata", "lin", "within strata", ("stratum", "covariates")),
    Setting("cace, strata", "cace", "within strata", ("take_up", "stratum")),
    Setting("ancova, clusters", "ancova", "over clusters", ("covariates", "cluster")),
    Setting("lin, clusters", "lin", "over clusters", ("covariates", "cluster")),
    Setting("cace, clusters", "cace", "over clusters", ("take_up", "cluster")),
    Setting(
        "cace, strata and clusters", "cace", "over clusters", ("take_up", "stratum", "cluster")
    ),
)
FISHER = (
    Setting("randomisation", "randomisation", rows=120),
    Setting("randomisation, strata", "randomisation", "within strata", ("stratum",), 120),
)
LEE = (
    Setting("lee", "lee", rows=2000),
    Setting("lee, strata", "lee", "within strata", ("stratum",), 2000),
)


def make_trial(setting: Setting, generator: np.random.Generator, *, effect: float) -> Trial:
    """A trial as the module's docstring says; `effect` multiplies the effects of the strata."""
    rows = setting.rows
    numbers = np.repeat(np.arange(len(SHARES)), [round(share * rows) for share in SHARES])
    cluster = generator.permutation(np.arange(rows) % CLUSTERS)
    offered = _offers(setting.drawn, numbers, cluster, generator)
    size = generator.normal(size=rows)
    would = generator.random(rows)
    take_up = np.where(offered, would < 0.6, would < 0.05)
    noise = generator.gamma(2, size=rows) - 2
    outcome = 3 + numbers + size + noise + 0.5 * offered * generator.normal(size=rows)
    if setting.drawn == "over clusters":
        outcome += generator.normal(size=CLUSTERS)[cluster]
    helped = take_up if setting.estimator == "cace" else offered
    # Two stages weigh strata by how many comply, and dummies by p(1 − p): with the same share of
    # offers and of compliers in each, by their rows.
    outcome = outcome + effect * EFFECTS[numbers] * helped
    if setting.estimator == "lee":
        # An offer keeps a tenth in the study that would have left it; who stays does better.
        stays = generator.random(rows) < np.where(offered, 0.9, 0.8)
        outcome = np.where(stays, outcome, np.nan)
    columns = {
        "stratum": np.array([f"s{number}" for number in numbers]),
        "covariates": {"size": size},
        "take_up": take_up,
        "cluster": cluster,
    }
    return Trial(outcome=outcome, offered=offered, **{name: columns[name] for name in setting.uses})


def _offers(
    drawn: str, numbers: np.ndarray, cluster: np.ndarray, generator: np.random.Generator
) -> np.ndarray:
    rows = len(numbers)
    if drawn == "over clusters":
        return generator.permutation(CLUSTERS)[cluster] < CLUSTERS // 2
    if drawn == "over all":
        return generator.permutation(rows) < rows // 2
    offered = np.zeros(rows, dtype=bool)
    for number in range(len(SHARES)):
        own = np.flatnonzero(numbers == number)
        offered[generator.permutation(own)[: len(own) // 2]] = True
    return offered


def estimate(setting: Setting, seed: tuple[int, ...], *, effect: float) -> Estimate:
    """What the setting's estimator finds in the trial of this seed."""
    generator = np.random.default_rng(seed)
    trial = make_trial(setting, generator, effect=effect)
    more = {"permutations": DRAWS, "seed": seed[-1]} if setting in FISHER else {}
    return ESTIMATORS[setting.estimator].estimate(trial, **more)


TRUTH = float(np.dot(SHARES, EFFECTS))


def holds(setting: Setting, effect: float, seed: tuple[int, ...]) -> bool:
    """Whether the interval, or the bounds, of this seed's trial hold the truth."""
    found = estimate(setting, seed, effect=effect)
    low, high = found.ci_low, found.ci_high
    if setting in LEE:
        low, high = found.also["lower"], found.also["upper"]
    return bool(low <= effect * TRUTH <= high)


def p_value(setting: Setting, seed: tuple[int, ...]) -> float:
    """The p-value in this seed's trial without any effect."""
    return float(estimate(setting, seed, effect=0).p_value)


def measured(arguments: argparse.Namespace) -> bool:
    """Print the table; whether everything is within its bounds."""
    well = True
    seeds = [(arguments.seed, number) for number in range(arguments.trials)]
    with ProcessPoolExecutor(arguments.processes) as pool:

        def share(job: Callable[[tuple[int, ...]], bool]) -> float:
            return float(np.mean(list(pool.map(job, seeds, chunksize=50))))

        print(f"{arguments.trials} trials each; effect {TRUTH}\n")
        print(f"{'':28}{'offers drawn':16}{'interval holds':>16}{'false finds':>14}")
        for setting in SETTINGS:
            kept, false = (
                share(partial(holds, setting, 1.0)),
                1 - share(partial(holds, setting, 0.0)),
            )
            good = LOWEST <= kept <= HIGHEST and false <= MOST_FALSE
            well &= said(setting, good, f"{kept:16.1%}{false:14.1%}")
        for setting in LEE:
            kept = share(partial(holds, setting, 1.0))
            well &= said(setting, kept >= LEAST_BOUNDED, f"{kept:16.1%}")
        for setting in FISHER:
            values = list(pool.map(partial(p_value, setting), seeds, chunksize=50))
            uniform = uniformity(np.array(values))
            found = f"{np.mean(np.array(values) <= 0.05):30.1%}  uniform: p = {uniform:.2f}"
            well &= said(setting, uniform >= LEAST_UNIFORM, found)
    return bool(well)


def uniformity(values: np.ndarray) -> float:
    """The p-value of the hypothesis that p-values, which come in steps, are uniform.

    A step's p-value is spread evenly over the step, so that a continuous test applies.
    """
    from scipy import stats

    spread = values - np.random.default_rng(0).random(len(values)) / (DRAWS + 1)
    return float(stats.kstest(spread, "uniform").pvalue)


def said(setting: Setting, good: bool, found: str) -> bool:
    """Print one line of the table; `good` again."""
    print(
        f"{setting.name:28}{setting.drawn:16}{found}{'' if good else '   OUT OF BOUNDS'}",
        flush=True,
    )
    return good


def main() -> int:
    """Measure, and exit 1 where something is out of its bounds."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--trials", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--processes", type=int, default=2)
    return 0 if measured(parser.parse_args()) else 1


if __name__ == "__main__":
    sys.exit(main())
