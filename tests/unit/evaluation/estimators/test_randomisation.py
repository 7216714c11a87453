"""Fisher's test against all draws there are, with ties, strata and the same seed again."""

from itertools import combinations, product

import numpy as np
import pytest
from scipy import stats

from tests.unit.evaluation.estimators.trials import made_trial, without
from voucher.evaluation.estimators.randomisation import randomisation
from voucher.evaluation.estimators.residuals import unexplained
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


def test_a_seed_that_nobody_gave_is_told_so_that_the_answer_can_be_repeated():
    trial = without(made_trial(2), "covariates")
    found = randomisation(trial, permutations=500)
    assert isinstance(found.also["seed"], int)
    assert randomisation(trial, permutations=500, seed=found.also["seed"]) == found
    assert randomisation(trial, permutations=500).also["seed"] != found.also["seed"]


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


def test_with_covariates_what_they_leave_unexplained_is_tested():
    """Rosenbaum (2002): the residuals of a regression without the arm, in every draw there is."""
    rng = np.random.default_rng(2)
    size = rng.normal(size=10)
    offered = np.arange(10) < 5
    trial = Trial(outcome=3 * size + offered + 0.1 * rng.normal(size=10), offered=offered)
    adjusted = Trial(outcome=trial.outcome, offered=offered, covariates={"size": size})
    columns = np.column_stack([np.ones(10), size])
    left = trial.outcome - columns @ np.linalg.lstsq(columns, trial.outcome)[0]
    every = np.abs(list(every_draw(Trial(outcome=left, offered=offered))))
    observed = abs(left[offered].mean() - left[~offered].mean())
    found = randomisation(adjusted, permutations=4000, seed=1)
    assert found.p_value == pytest.approx(np.mean(every >= observed - 1e-9), abs=0.02)
    assert found.p_value < 0.05 < randomisation(trial, permutations=4000, seed=1).p_value
    assert "Rosenbaum" in found.also["definition"]


def test_what_covariates_leave_is_the_same_however_the_arms_of_joined_strata_were_drawn():
    block = np.array(list("aaaaabbbbbb"))
    value = np.random.default_rng(4).normal(size=(2, len(block)))
    left = [
        unexplained(
            Trial(
                outcome=value[0],
                offered=offered,
                stratum=np.full(len(block), "a-b"),
                block=block,
                weight=np.where((block == "a") == offered, 2.0, 0.5),
                covariates={"before": value[1]},
            )
        ).outcome
        for offered in (
            np.array([1, 0, 0, 0, 0, 1, 1, 1, 0, 0, 0], dtype=bool),
            np.array([0, 0, 0, 1, 0, 0, 0, 1, 0, 1, 1], dtype=bool),
        )
    ]
    assert left[0] == pytest.approx(left[1], rel=1e-12)


def test_joined_strata_are_drawn_again_within_those_of_the_draw():
    """Every draw within the blocks, with the weighted means of the two joined."""
    block = np.array(list("aaaabbb"))
    offered = np.array([1, 0, 0, 0, 1, 1, 0], bool)
    outcome = np.array([4.0, 1, 3, 2, 9, 8, 5])
    counts = {("a", True): 12 / 7, ("a", False): 16 / 21, ("b", True): 9 / 14, ("b", False): 12 / 7}

    def apart(offered):
        weights = np.array([counts[b, bool(z)] for b, z in zip(block, offered, strict=True)])
        means = [np.average(outcome[arm], weights=weights[arm]) for arm in (offered, ~offered)]
        return means[0] - means[1], weights

    ways = [
        np.isin(np.arange(7), (one, *two)) for one in range(4) for two in combinations((4, 5, 6), 2)
    ]
    every = np.abs([apart(way)[0] for way in ways])
    observed, weights = apart(offered)
    trial = Trial(
        outcome=outcome,
        offered=offered,
        stratum=np.full(7, "a-b"),
        weight=weights,
        block=block,
    )
    found = randomisation(trial, permutations=6000, seed=1)
    assert found.estimate == pytest.approx(observed)
    assert found.p_value == pytest.approx(np.mean(every >= abs(observed) - 1e-9), abs=0.02)


def test_a_block_that_has_one_arm_left_stays_as_it_is():
    trial = Trial(
        outcome=np.array([1.0, 2, 3, 4, 5]),
        offered=np.array([1, 0, 1, 1, 0], bool),
        stratum=np.full(5, "a-c"),
        weight=np.ones(5),
        block=np.array(list("aabbc")),
    )
    found = randomisation(trial, permutations=4000, seed=2)
    assert found.p_value == pytest.approx(0.5, abs=0.03)


@pytest.mark.parametrize("extra", [0, 4], ids=["a share", "few numbers"])
def test_many_rows_of_few_kinds_give_the_share_of_the_hypergeometric_distribution(extra):
    """Drawn by kinds, not by shuffling: for a share, Fisher's exact test by its formula."""
    outcome = np.repeat([1.0, 0.0, float(extra)], [44, 76, 0 if extra == 0 else 80])
    outcome = outcome if extra else outcome.repeat(2)[:200]
    moved = 0.35 + 0.15 * outcome / outcome.max()
    offered = np.random.default_rng(2).random(len(outcome)) < moved
    found = randomisation(Trial(outcome=outcome, offered=offered), permutations=40_000, seed=3)
    generator = np.random.default_rng(5)
    sums = np.array([generator.permutation(outcome)[offered].sum() for _ in range(20_000)])
    n, k = len(outcome), int(offered.sum())
    draws = sums / k - (outcome.sum() - sums) / (n - k)
    share = (np.abs(draws) >= abs(found.estimate) - 1e-9).mean()
    assert 0.001 < share < 0.5
    assert found.p_value == pytest.approx(share, abs=5 * np.sqrt(share * (1 - share) / 20_000))
    if not extra:
        ones = int(outcome.sum())
        of_offered = np.arange(ones + 1)
        chances = stats.hypergeom(n, ones, k).pmf(of_offered)
        apart = of_offered / k - (ones - of_offered) / (n - k)
        exact = chances[np.abs(apart) >= abs(found.estimate) - 1e-9].sum()
        assert found.p_value == pytest.approx(exact, abs=4 * np.sqrt(exact / 40_000))
