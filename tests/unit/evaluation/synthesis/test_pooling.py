"""Pooled effects against formulas written out, a published data set and R's metafor."""

import math
import shutil
import subprocess

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from scipy.optimize import brentq

from voucher.evaluation.synthesis.pooling import NotPoolable, common_effect, pool

BCG = (
    [-0.8893113339, -1.5853886572, -1.3480731483, -1.4415511900, -0.2175473222, -0.7861155858,
     -1.6208982236, 0.0119523335, -0.4694176487, -1.3713448035, -0.3393588283, 0.4459134006,
     -0.0173139482],
    [0.3255847650, 0.1945811214, 0.4153679654, 0.0200100319, 0.0512101722, 0.0069056185,
     0.2230172476, 0.0039615793, 0.0564342105, 0.0730247936, 0.0124122140, 0.5325058452,
     0.0714046597],
)  # fmt: skip
"""Log risk ratios and variances of 13 trials of the BCG vaccine (Colditz and others 1994, JAMA
271), as R's package metafor gives them: escalc(measure = "RR", …, data = dat.bcg)."""
METAFOR = (-0.714968153493, 0.180892191538, -1.1090983812, -0.320837925785, 0.318068452205)
"""metafor 3.8-1, rma(yi, vi, method = "PM", test = "adhoc"): estimate, se, interval, τ²."""


def bcg(rows=slice(None)):
    return BCG[0][rows], [math.sqrt(each) for each in BCG[1][rows]]


def test_published_trials_give_what_metafor_gives():
    found = pool(*bcg())
    told = (found.estimate, found.standard_error, found.ci_low, found.ci_high, found.tau_squared)
    assert told == pytest.approx(METAFOR, rel=1e-6)
    assert found.q == pytest.approx(152.233008082, rel=1e-6)
    assert found.q_p_value == pytest.approx(1.99676459085e-26, rel=1e-6)
    assert found.i_squared == pytest.approx(1 - 12 / 152.233008082, rel=1e-6)
    assert sum(found.weights) == pytest.approx(1)


def test_trials_that_happen_to_agree_get_no_narrower_interval():
    """metafor, method "PM", test "adhoc", of the first three: τ² 0, standard error 0.306885."""
    found = pool(*bcg(slice(3)))
    assert found.tau_squared == 0
    assert found.i_squared == 0
    assert found.standard_error == pytest.approx(0.30688500311, rel=1e-6)
    assert (found.ci_low, found.ci_high) == pytest.approx((-2.65065374559, -0.00981455289073))


def by_hand(effects, errors):
    """Everything again from the formulas, τ² by bisection of the equation of Paule and Mandel."""
    many = len(effects)

    def spread(tau_squared):
        weights = [1 / (error**2 + tau_squared) for error in errors]
        mean = sum(w * y for w, y in zip(weights, effects, strict=True)) / sum(weights)
        q = sum(w * (y - mean) ** 2 for w, y in zip(weights, effects, strict=True))
        return weights, mean, q

    q = spread(0)[2]
    tau_squared = 0.0
    if q > many - 1:
        top = 1.0
        while spread(top)[2] > many - 1:
            top *= 2
        tau_squared = brentq(lambda each: spread(each)[2] - (many - 1), 0, top, xtol=1e-15)
    weights, mean, rest = spread(tau_squared)
    error = math.sqrt(max(1, rest / (many - 1)) / sum(weights))
    reach = stats.t.ppf(0.975, many - 1) * error
    return mean, error, mean - reach, mean + reach, tau_squared, q


@given(
    st.lists(
        st.tuples(st.floats(-2, 2).map(lambda x: round(x, 3)), st.floats(0.02, 1)),
        min_size=2,
        max_size=9,
    )
)
def test_any_trials_give_what_the_formulas_give(trials):
    effects, errors = ([each[place] for each in trials] for place in (0, 1))
    found = pool(effects, errors)
    mean, error, low, high, tau_squared, q = by_hand(effects, errors)
    assert found.tau_squared == pytest.approx(tau_squared, rel=1e-5, abs=1e-7)
    told = (found.estimate, found.standard_error, found.ci_low, found.ci_high)
    assert told == pytest.approx((mean, error, low, high), rel=1e-5, abs=1e-6)
    assert found.q == pytest.approx(q, rel=1e-9, abs=1e-9)


def test_a_further_trial_is_expected_in_a_wider_range():
    found = pool(*bcg())
    beyond = stats.t.ppf(0.975, 11) * math.sqrt(found.tau_squared + found.standard_error**2)
    assert found.prediction_high - found.estimate == pytest.approx(beyond)
    assert pool(*bcg(slice(2))).prediction_low is None


def test_trials_of_the_same_effect_have_no_spread():
    found = pool([0.1, 0.1], [0.05, 0.1])
    assert (found.estimate, found.q, found.i_squared) == pytest.approx((0.1, 0, 0))


@pytest.mark.parametrize(
    ("effects", "errors", "words"),
    [
        ([0.1], [0.1], "at least two"),
        ([0.1, 0.2], [0.1], "its standard error"),
        ([0.1, 0.2], [0.1, 0.0], "above nothing"),
        ([0.1, math.nan], [0.1, 0.1], "a number"),
    ],
)
def test_what_can_not_be_pooled_is_refused(effects, errors, words):
    with pytest.raises(NotPoolable, match=words):
        pool(effects, errors)


def test_a_spread_that_can_not_be_found_is_refused(monkeypatch):
    """The library's iteration may end at nothing by a rounding error; then it is not believed."""
    monkeypatch.setattr("voucher.evaluation.synthesis.pooling.TOLERANCES", ())
    with pytest.raises(NotPoolable, match="could not be worked out"):
        pool(*bcg())


def metafor_is_there():
    script = shutil.which("Rscript")
    words = [script, "-e", "quit(status = !requireNamespace('metafor', quietly = TRUE))"]
    return bool(script) and subprocess.run(words, check=False, capture_output=True).returncode == 0


def test_trials_of_one_effect_are_weighted_by_their_precision():
    effects, errors = bcg(slice(2))
    found = common_effect(effects, errors)
    weights = [1 / error**2 for error in errors]
    mean = sum(w * y for w, y in zip(weights, effects, strict=True)) / sum(weights)
    error = 1 / math.sqrt(sum(weights))
    q = sum(w * (y - mean) ** 2 for w, y in zip(weights, effects, strict=True))
    told = (found.estimate, found.standard_error, found.ci_low, found.ci_high, found.q)
    reach = stats.norm.ppf(0.975) * error
    assert told == pytest.approx((mean, error, mean - reach, mean + reach, q))
    assert found.q_p_value == pytest.approx(stats.chi2.sf(q, 1))
    with pytest.raises(NotPoolable, match="at least two"):
        common_effect([0.1], [0.1])


METAFOR_IS_THERE = pytest.mark.skipif(
    not metafor_is_there(), reason="R with metafor is not installed (Debian: r-cran-metafor)"
)


def by_metafor(effects, errors, how, what):
    numbers = ", ".join(map(repr, effects)), ", ".join(repr(each**2) for each in errors)
    program = (
        f"suppressMessages(library(metafor)); r <- rma(c({numbers[0]}), c({numbers[1]}), {how});"
        f" cat(sprintf('%.17g', c({what})))"
    )
    run = subprocess.run(["Rscript", "-e", program], check=True, capture_output=True, text=True)
    return [float(each) for each in run.stdout.split()]


@METAFOR_IS_THERE
@pytest.mark.parametrize("rows", [slice(2), slice(3), slice(4, 9), slice(None)])
def test_metafor_agrees(rows):
    effects, errors = bcg(rows)
    how = "method = 'PM', test = 'adhoc', control = list(tol = 1e-14, maxiter = 1000)"
    what = "r$b, r$se, r$ci.lb, r$ci.ub, r$tau2, r$QE, r$QEp"
    wanted = by_metafor(effects, errors, how, what)
    found = pool(effects, errors)
    told = [found.estimate, found.standard_error, found.ci_low, found.ci_high]
    told += [found.tau_squared, found.q, found.q_p_value]
    assert told == pytest.approx(wanted, rel=1e-6, abs=1e-9)


@METAFOR_IS_THERE
def test_metafor_agrees_on_trials_of_one_effect():
    effects, errors = bcg(slice(2))
    wanted = by_metafor(effects, errors, "method = 'FE'", "r$b, r$se, r$ci.lb, r$ci.ub, r$QE")
    found = common_effect(effects, errors)
    told = [found.estimate, found.standard_error, found.ci_low, found.ci_high, found.q]
    assert told == pytest.approx(wanted, rel=1e-9)
