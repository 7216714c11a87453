"""Fisher's test against all draws there are, with ties, strata and the same seed again."""

from itertools import combinations, product

import numpy as np
import pytest

from tests.unit.evaluation.estimators.trials import made_trial, without
from voucher.evaluation.estimators.randomisation import randomisation
from voucher.evaluation.estimators.trial import Trial, Undefined


def every_draw(trial):
    """T for each way to draw as many offers, within strata where there are any."""
    stratum = np.zeros(len(trial)) if trial.stratum is None else trial.stratum
    groups = [np.flatnonzero(stratum == name) for name in sorted(set(stratum))]
    ways = [list(combinations(own, int(trial.offered[own].sum()))) for own in groups]
    for chosen in product(*ways):
        offered = np.isin(np.arange(len(trial)), np.concatenate(chosen))
        yield sum(
            len(own)
            / len(trial)
            * (trial.outcome[own][offered[own]].mean() - trial.outcome[own][~offered[own]].mean())
            for own in groups
        )


@pytest.mark.parametrize("stratified", [False, True])
@pytest.mark.parametrize(
    "outcome", [[5, 1, 4, 2, 8, 7, 3, 6, 9, 3], [0, 1, 0, 1, 1, 1, 0, 1, 1, 0]], ids=["all", "tied"]
)
def test_the_share_is_that_among_all_draws(outcome, stratified):
    trial = Trial(
        outcome=np.array(outcome, dtype=float) / 7,
        offered=np.array([1, 0, 0, 0, 1, 1, 0, 1, 1, 0], dtype=bool),
        stratum=np.array(list("aaaabbbbbb")) if stratified else None,
    )
    found = randomisation(trial, permutations=40_000, seed=3)
    draws = np.array(list(every_draw(trial)))
    exact = (np.abs(draws) >= abs(found.estimate) - 1e-9).mean()
    assert found.p_value == pytest.approx(exact, abs=4 * np.sqrt(exact * (1 - exact) / 40_000))
    assert found.dropped_strata == (() if stratified else None)
    assert ("within strata" in found.also["definition"]) is stratified


def test_the_same_seed_gives_the_same_answer_and_another_another():
    trial = without(made_trial(2), "covariates")
    first, again, other = (randomisation(trial, permutations=500, seed=seed) for seed in (1, 1, 2))
    assert first == again
    assert first.p_value != other.p_value
    assert first.also["permutations"] == 500
    expected = np.sqrt(first.p_value * (1 - first.p_value) / 500)
    assert first.also["monte_carlo_error"] == pytest.approx(expected)


def test_an_effect_beyond_all_draws_has_the_smallest_share_not_nothing():
    outcome = np.concatenate([np.arange(20), 100 + np.arange(20)]).astype(float)
    found = randomisation(
        Trial(outcome=outcome, offered=np.arange(40) >= 20), permutations=999, seed=1
    )
    assert found.p_value == 1 / 1000


@pytest.mark.parametrize(
    ("outcome", "permutations", "words"),
    [([1, 1, 1, 1], 10, "the same in every row"), ([1, 2, 3, 4], 0, "At least one")],
)
def test_what_does_not_exist_is_refused_with_a_reason(outcome, permutations, words):
    trial = Trial(outcome=np.array(outcome, dtype=float), offered=np.arange(4) < 2)
    with pytest.raises(Undefined, match=words):
        randomisation(trial, permutations=permutations, seed=1)
