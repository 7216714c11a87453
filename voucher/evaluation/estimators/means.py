"""Differences in means: of the whole trial, or within strata and weighted by their size."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from voucher.evaluation.estimators.inference import with_t
from voucher.evaluation.estimators.trial import (
    Estimate,
    Numbers,
    Trial,
    Undefined,
    by_stratum,
    complete,
    is_complete,
    require_both_arms,
    require_spread,
)

Strata = Sequence[tuple[str, Trial]]
"""Each stratum by its name."""


def difference(trial: Trial) -> Estimate:
    """The difference in means, with Neyman's standard error and Welch's degrees of freedom.

    V = s₁²/n₁ + s₀²/n₀, s² with n − 1 (Neyman 1923; the same as HC2 on the arm alone); degrees of
    freedom after Welch (1947). With weights the means are weighted and V is that of HC2 in weighted
    least squares on the arm alone (`Arm`). Raises Undefined with fewer than two known outcomes in
    an arm, or none that vary.
    """
    kept = complete(trial)
    require_both_arms(kept.offered, least=2)
    treated, comparison = _arms(kept)
    parts = np.array([treated.variance_of_mean, comparison.variance_of_mean])
    standard_error = float(np.sqrt(parts.sum()))
    require_spread(standard_error, kept.outcome)
    freedom = parts.sum() ** 2 / (
        parts[0] ** 2 / (len(treated.values) - 1) + parts[1] ** 2 / (len(comparison.values) - 1)
    )
    found = with_t(treated.mean - comparison.mean, standard_error, freedom)
    return found.counting(trial, kept)


def stratified(trial: Trial) -> Estimate:
    """The mean of the strata's differences, each weighted by its share of the rows.

    τ = Σ (n_b/n)(Ȳ₁b − Ȳ₀b), V = Σ (n_b/n)²(s²₁b/n₁b + s²₀b/n₀b), df = n − 2B (Imbens and Rubin
    2015, chapter 9); with weights as in `difference`. A stratum with one arm missing is left out
    and named. Where every stratum is a pair, V is that of the pairs' differences,
    Σ(d_b − d̄)²/(B(B − 1)), df = B − 1 (ibid., chapter 10). Raises Undefined where a stratum that is
    no pair has one row of an arm: it has no variance.
    """
    kept, strata, dropped = within_strata(trial)
    pairs = all(len(stratum) == 2 for _, stratum in strata)
    variance, freedom = _of_pairs(strata) if pairs else _of_strata(strata)
    standard_error = float(np.sqrt(variance))
    require_spread(standard_error, kept.outcome)
    found = with_t(
        weighted_difference([each for _, each in strata]),
        standard_error,
        freedom,
        dropped_strata=dropped,
    )
    return found.counting(trial, kept)


def within_strata(trial: Trial) -> tuple[Trial, Strata, tuple[str, ...]]:
    """The rows with a known outcome in strata that have both arms; these strata; the names of
    those that have not. Raises Undefined where none has."""
    strata = by_stratum(complete(trial))
    both = [(name, each) for name, each in strata if 0 < each.offered.sum() < len(each)]
    if not both:
        raise Undefined("No stratum has both arms with a known outcome.")
    names = {name for name, _ in both}
    every = by_stratum(trial)
    dropped = sorted(name for name, _ in every if name not in names)
    kept = trial.only(~np.isin(np.asarray(trial.stratum), dropped)) if dropped else trial
    return complete(kept), both, tuple(dropped)


def weighted_difference(strata: Sequence[Trial]) -> float:
    """Σ (n_b/n)(Ȳ₁b − Ȳ₀b)."""
    rows = sum(len(each) for each in strata)
    return sum(len(each) / rows * _difference(each) for each in strata)


def _of_strata(strata: Strata) -> tuple[float, int]:
    rows = sum(len(each) for _, each in strata)
    variance = 0.0
    for name, each in strata:
        if min(each.offered.sum(), (~each.offered).sum()) < 2:
            raise Undefined(
                f"The stratum “{name}” has only one row of an arm, so its variance is "
                "undefined. Join strata, or leave it out."
            )
        treated, comparison = _arms(each)
        own = treated.variance_of_mean + comparison.variance_of_mean
        variance += (len(each) / rows) ** 2 * own
    return variance, rows - 2 * len(strata)


def _of_pairs(pairs: Strata) -> tuple[float, int]:
    if len(pairs) < 2:
        raise Undefined("One pair has no variance: at least two are needed.")
    differences = np.array([_difference(pair) for _, pair in pairs])
    return float(differences.var(ddof=1) / len(pairs)), len(pairs) - 1


def _difference(trial: Trial) -> float:
    treated, comparison = _arms(trial)
    return treated.mean - comparison.mean


@dataclass(frozen=True)
class Arm:
    """The outcomes of one arm of a stratum, all known, and what each counts for.

    With weights w the mean is ȳ = Σwy/Σw (Hájek 1971) and its variance that of HC2, (Σw)⁻²
    Σw²(y − ȳ)²/(1 − w/Σw): with equal weights s²/n (MacKinnon and White 1985).
    """

    values: Numbers
    weights: Numbers | None = None

    @property
    def mean(self) -> float:
        """The mean, weighted where there are weights."""
        if self.weights is None:
            return float(self.values.mean())
        return float(np.average(self.values, weights=self.weights))

    @property
    def variance_of_mean(self) -> float:
        """The variance of the mean; there are at least two values."""
        if self.weights is None:
            return float(self.values.var(ddof=1) / len(self.values))
        shares = self.weights / self.weights.sum()
        return float((shares**2 * (self.values - self.mean) ** 2 / (1 - shares)).sum())

    @property
    def variance_of_share(self) -> float:
        """Σ(wᵢ/Σw)²(y − ȳ)², of outcomes that are 0 or 1: with equal weights ȳ(1 − ȳ)/n."""
        counts = np.ones(len(self.values)) if self.weights is None else self.weights
        return float(((counts / counts.sum()) ** 2 * (self.values - self.mean) ** 2).sum())


Arms = tuple[Arm, Arm]
"""Those offered, and the comparison."""


def parts_of(trial: Trial) -> list[tuple[float, Arms]]:
    """The arms of each stratum in which both have a known outcome, with the stratum's share of the
    known outcomes of all these; of the whole, where there are no strata. May be none."""
    known = trial.only(is_complete(trial))
    strata = [known] if trial.stratum is None else [each for _, each in by_stratum(known)]
    both = [each for each in strata if 0 < each.offered.sum() < len(each)]
    rows = sum(len(each) for each in both)
    return [(len(each) / rows, _arms(each)) for each in both]


def standardised_means(trial: Trial) -> tuple[float, float] | None:
    """The arms' means as `stratified` sets them against each other: Σ(n_b/n)Ȳ_zb, so that they
    differ by its estimate. None where no stratum has both arms."""
    parts = parts_of(trial)
    if not parts:
        return None
    offered, comparison = (sum(share * arms[z].mean for share, arms in parts) for z in (0, 1))
    return offered, comparison


def _arms(trial: Trial) -> Arms:
    weight = trial.weight
    offered, comparison = (
        Arm(trial.outcome[rows], None if weight is None else weight[rows])
        for rows in (trial.offered, ~trial.offered)
    )
    return offered, comparison
