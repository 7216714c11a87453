"""Student's t and the noncentral t, as far as the power of a comparison of two averages needs them.

T = (Z + δ)/S, where Z is standard normal and νS² is chi-squared with ν degrees of freedom. So
P(T > c) is the mean of Φ(δ − cS) over S (Johnson, Kotz and Balakrishnan 1995, section 31.4). It is
summed by the trapezoid rule over u = log S, where it converges geometrically, in steps fine enough
both for the density, whose deviation is about 1/√(2ν), and for the turn of Φ where cS is δ, whose
width is 1/δ: without the second, sums were wrong by up to 4e-4 where ν is below 5 and δ large.
Beside integrals by SciPy chances are right to 1e-10 from ν = 1 on, with δ up to 40 (tests), and
they need no library, so that a page may ask for them.
"""

import math
from collections.abc import Sequence
from functools import lru_cache
from statistics import NormalDist

SMALLEST = 1e-19
"""Weights below this part of the largest are left out."""
STEPS_A_DEVIATION = 4
"""Steps of the sum in one standard deviation of log S, which is about 1/√(2ν)."""
STEPS_A_TURN = 2
"""Steps of the sum, at the least, in the width of the turn of Φ, which is 1/δ."""
MOST_STEPS = 100
CERTAIN = 10
"""Φ of this is 1 to the last digit."""


@lru_cache(maxsize=256)
def critical(significance: float, df: float) -> float:
    """The c that |T| exceeds with the chance `significance` where there is no effect.

    By Newton's method from the normal quantile, which is below c; the tail is convex, so that no
    step goes past c.
    """
    found = NormalDist().inv_cdf(1 - significance / 2)
    for _ in range(MOST_STEPS):
        over = sum(weight * _upper(found * s) for s, weight in _spread(df)) - significance / 2
        slope = sum(
            weight * s * math.exp(-0.5 * (found * s) ** 2) for s, weight in _spread(df)
        ) / math.sqrt(2 * math.pi)
        step = over / slope
        found += step
        if abs(step) <= 1e-13 * found:
            break
    return found


def beyond(reach: float, df: float, noncentrality: float) -> float:
    """The chance that T is above `reach` or below its negative."""
    if abs(noncentrality) - reach * _spread(df)[-1][0] > CERTAIN:
        return 1.0  # the turn lies past every S; steps for its width could fill the memory
    chance = math.fsum(
        weight * (_upper(reach * s - noncentrality) + _upper(reach * s + noncentrality))
        for s, weight in _spread(df, _fineness(noncentrality))
    )
    return min(chance, 1.0)


def _fineness(noncentrality: float) -> int:
    """Steps of log S that the turn of Φ needs: a power of two, so that few sums are laid out."""
    return 1 << max(0, math.ceil(math.log2(max(1.0, STEPS_A_TURN * abs(noncentrality)))))


@lru_cache(maxsize=256)
def _spread(df: float, fineness: int = 1) -> Sequence[tuple[float, float]]:
    """Values of S with their weights, which sum to 1, the largest last; at least `fineness` steps
    of log S to one."""
    step = 1 / max(STEPS_A_DEVIATION * math.sqrt(2 * df), fineness)
    weighed = [*_outwards(df, -step), (0.0, 1.0), *_outwards(df, step)]
    total = math.fsum(weight for _, weight in weighed)
    return [(math.exp(u), weight / total) for u, weight in weighed]


def _outwards(df: float, step: float) -> Sequence[tuple[float, float]]:
    """log S from next to nothing on, with the density relative to that at nothing."""
    found, u = [], step
    while (weight := math.exp(df * (u - math.expm1(2 * u) / 2))) > SMALLEST:
        found.append((u, weight))
        u += step
    return found


def _upper(value: float) -> float:
    """The chance that a standard normal is above `value`."""
    return 0.5 * math.erfc(value / math.sqrt(2))
