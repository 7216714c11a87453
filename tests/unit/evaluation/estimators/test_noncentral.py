"""The noncentral t beside integrals by the library, at few degrees of freedom too."""

import math
from itertools import pairwise

import pytest
from scipy.integrate import quad
from scipy.stats import chi, norm, t

from voucher.evaluation.estimators.noncentral import beyond, critical

SIGNIFICANCES = (0.2, 0.05, 0.001)


def integral(reach: float, df: float, noncentrality: float) -> float:
    """The chance that |T| is above `reach`: over S, in pieces around where the chance turns."""
    turn, width = noncentrality / reach, 1 / reach
    ends = (0, *(turn + each * width for each in (-30, -6, -2, 0, 2, 6, 30)), 1, 3, 60)
    pieces = sorted({end for end in ends if 0 <= end <= 60})

    def chance(s: float) -> float:
        two = norm.cdf(noncentrality - reach * s) + norm.cdf(-noncentrality - reach * s)
        return float(two * chi.pdf(s * math.sqrt(df), df) * math.sqrt(df))

    fine = {"epsabs": 1e-14, "epsrel": 1e-12, "limit": 200}
    return float(sum(quad(chance, low, high, **fine)[0] for low, high in pairwise(pieces)))


@pytest.mark.parametrize("noncentrality", [0, 0.3, 1, 2.8, 7, 15, 40])
@pytest.mark.parametrize("df", [1, 2, 3, 4, 9, 60])
def test_a_chance_is_the_integral_that_it_stands_for(df: float, noncentrality: float) -> None:
    for significance in SIGNIFICANCES:
        reach = float(t.isf(significance / 2, df))
        wanted = integral(reach, df, noncentrality)
        assert beyond(reach, df, noncentrality) == pytest.approx(wanted, abs=1e-10)


@pytest.mark.parametrize("df", [1, 3, 20, 5000])
@pytest.mark.parametrize("sign", [1, -1])
def test_an_effect_past_all_chance_is_found_without_a_sum(df: float, sign: int) -> None:
    """Steps as fine as its turn would be a thousand million."""
    assert beyond(float(t.isf(0.025, df)), df, sign * 1e9) == 1.0


@pytest.mark.parametrize("df", [1, 2, 3, 9, 60, 5000])
def test_critical_values_are_those_of_the_library(df: float) -> None:
    for significance in SIGNIFICANCES:
        assert critical(significance, df) == pytest.approx(t.isf(significance / 2, df), rel=1e-11)
