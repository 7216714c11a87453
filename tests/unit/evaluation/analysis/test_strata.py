"""Small strata: joined by who was drawn and who answered, and fair to unequal shares of offers."""

from dataclasses import replace

import numpy as np
import pytest

from tests.factories.trials import trial_facts, trial_plan
from voucher.allocation.draw import Entry, draw
from voucher.evaluation.analysis.effects import outcome_findings
from voucher.evaluation.analysis.groups import subgroup_findings
from voucher.evaluation.analysis.rows import AnalysisSet
from voucher.evaluation.analysis.set import findings
from voucher.evaluation.analysis.strata import joined
from voucher.evaluation.estimators.means import difference, stratified
from voucher.evaluation.estimators.regressions import ancova, lin
from voucher.evaluation.estimators.trial import Trial, Undefined
from voucher.evaluation.models import Wave
from voucher.evaluation.plans.rules import PlannedOutcome, Role

NONE = np.nan
ADOPTION = PlannedOutcome("adoption", Wave.MONTH_6, Role.PRIMARY)
PLAN = trial_plan(
    outcomes=(ADOPTION,),
    estimator="stratified",
    covariates=(),
    subgroups=("size",),
    permutations=200,
    fewest_in_stratum=2,
)


def made(strata, offered, outcome=None, **columns):
    """A trial whose strata are the letters of a word, its arms the digits of another."""
    outcome = np.arange(len(strata), dtype=float) if outcome is None else outcome
    return Trial(
        outcome=np.array(outcome, float),
        offered=np.array([each == "1" for each in offered]),
        stratum=np.array(list(strata)),
        **columns,
    )


def lots(strata, offered, outcome=None, fewest=2):
    return joined(made(strata, offered, outcome), fewest)[1].groups


def drawn_within(strata, places, seed):
    """Who has a place by the rule of the draw itself."""
    entries = [Entry(f"R{number:05}", name) for number, name in enumerate(strata)]
    drawn = set(draw(entries, places=places, seed=seed).assigned)
    return np.array([each.reference in drawn for each in entries])


def test_a_stratum_with_too_few_goes_with_the_next_until_there_are_enough():
    assert lots("aaaabbcccc", "1100101100") == (("b", "c"),)
    assert lots("aabbccdddd", "1010101100") == (("a", "b"), ("c", "d"))


def test_what_is_left_at_the_end_goes_with_those_before():
    assert lots("aaaabb", "110010") == (("a", "b"),)


def test_with_enough_in_each_nothing_is_joined_and_nothing_weighed():
    trial = made("aaaabbbb", "11001100")
    kept, joining = joined(trial, 2)
    assert joining.groups == joining.without_lottery == ()
    assert kept.weight is None
    assert list(kept.stratum) == list("aaaabbbb")


def test_where_there_are_never_enough_all_are_one():
    assert lots("aabbcc", "101010", fewest=9) == (("a", "b", "c"),)


def test_without_a_rule_or_without_strata_the_trial_is_as_it_was():
    trial = made("aab", "101")
    assert joined(trial, 0)[0] is trial
    whole = replace(trial, stratum=None)
    assert joined(whole, 2)[0] is whole


def test_only_known_outcomes_and_covariates_count():
    strata, offered = "aaaaabbbb", "110001100"
    assert lots(strata, offered) == ()
    assert lots(strata, offered, [NONE, 1, 2, 3, 4, 5, 6, 7, 8]) == (("a", "b"),)
    trial = made(strata, offered, covariates={"x": np.array([NONE, *range(8)])})
    assert joined(trial, 2)[1].groups == (("a", "b"),)


def test_what_was_answered_decides_nothing():
    strata, offered = "aaabbbccccdd", "101101100110"
    one = np.array([1, NONE, 3, 4, 5, 6, 7, 8, 9, 1, 2, 3])
    other = 100 - one[np.argsort(np.nan_to_num(one))][::-1] * 0 - np.arange(12)
    other[np.isnan(one)] = NONE
    assert lots(strata, offered, one) == lots(strata, offered, other) != ()


def test_a_stratum_in_which_the_draw_left_an_arm_empty_is_left_out_and_named():
    kept, joining = joined(made("aaaabbcccc", "1100111100"), 2)
    assert joining.without_lottery == ("b",)
    assert joining.groups == ()
    assert len(kept) == 8


def test_each_row_keeps_the_chance_of_its_own_stratum():
    """In a one of three has a place, in b two of three; together three of six."""
    kept, _ = joined(made("aaabbb", "100110"), 2)
    assert kept.weight == pytest.approx([1.5, 0.75, 0.75, 0.75, 0.75, 1.5])
    assert set(kept.stratum) == {"a-b"}
    assert list(kept.block) == list("aaabbb")


@pytest.mark.parametrize("estimate", [stratified, ancova, lin])
def test_unequal_shares_in_joined_strata_do_not_tilt_the_effect(estimate):
    """The level differs by stratum, the effect is 1 for everybody: it comes back exactly."""
    rng = np.random.default_rng(3)
    strata = np.array([f"S{number:02}" for number in rng.choice(12, 60)])
    offered = drawn_within(strata, 20, rng.bytes(32))
    level = np.array([float(name[1:]) for name in strata])
    trial = Trial(outcome=level + offered, offered=offered, stratum=strata)
    kept, joining = joined(trial, 3)
    assert joining.groups
    noisy = replace(kept, outcome=kept.outcome + 1e-6 * rng.normal(size=len(kept)))
    assert estimate(noisy).estimate == pytest.approx(1, abs=1e-5)
    tilted = estimate(replace(noisy, weight=None)).estimate
    assert abs(tilted - 1) > 0.01


@pytest.mark.parametrize("estimate", [stratified, ancova, lin])
def test_one_thin_stratum_does_not_refuse_the_whole(estimate):
    """Six towns by four sizes, as Zipf has them, and three in ten who do not answer."""
    rng = np.random.default_rng(8)
    shares = np.outer(1 / np.arange(1, 7), (0.55, 0.3, 0.12, 0.03)).ravel()
    strata = np.array([f"S{n:02}" for n in rng.choice(24, 200, p=shares / shares.sum())])
    offered = drawn_within(strata, 100, rng.bytes(32))
    outcome, x = rng.normal(size=(2, 200))
    outcome[rng.random(200) < 0.3] = NONE
    covariates = {} if estimate is stratified else {"x": x}
    trial = Trial(outcome=outcome, offered=offered, stratum=strata, covariates=covariates)
    if estimate is not ancova:
        with pytest.raises(Undefined):
            estimate(trial)
    found = estimate(joined(trial, 2)[0])
    assert found.ci_low < 0 < found.ci_high


def divided_set(seed=1, rows=120, cells=20, **values):
    """A set in many strata of unequal levels and unequal shares of offers."""
    rng = np.random.default_rng(seed)
    strata = tuple(f"S{n:02}" for n in rng.choice(cells, rows, p=_zipf(cells)))
    offered = drawn_within(strata, rows // 3, rng.bytes(32))
    level = np.array([0.2 + 0.6 * (int(name[1:]) % 2) for name in strata])
    adopted = (rng.random(rows) < level).astype(float)
    adopted[rng.random(rows) < 0.25] = NONE
    return AnalysisSet(
        facts=trial_facts(rows),
        pseudonyms=tuple(map(str, range(rows))),
        arms=tuple("voucher" if each else "comparison" for each in offered),
        offered=tuple(map(bool, offered)),
        strata=strata,
        take_up=tuple(bool(each) and n % 4 > 0 for n, each in enumerate(offered)),
        baseline={"adoption": tuple(level.round())},
        follow_up={"month_6": {"adoption": tuple(adopted), "similar_support": tuple(level)}},
        subgroups={"size": tuple("few" if n % 3 else "many" for n in range(rows))},
        **values,
    )


def _zipf(cells):
    shares = 1 / np.arange(1, cells + 1)
    return shares / shares.sum()


@pytest.fixture(scope="module")
def found():
    return findings(divided_set(), PLAN)


def test_the_means_that_are_printed_differ_by_the_estimate(found):
    outcome = found["outcomes"][0]
    assert outcome["joined_strata"]
    apart = outcome["mean_offered"] - outcome["mean_comparison"]
    assert apart == pytest.approx(outcome["itt"]["estimate"], abs=1e-12)
    ratio = outcome["mean_offered"] / outcome["mean_comparison"]
    assert outcome["relative"]["estimate"] == pytest.approx(ratio)


def test_what_was_the_same_in_each_stratum_before_is_balanced(found):
    """The baseline is the stratum's level: any difference of plain means is of the shares alone."""
    (line,) = found["baseline"]
    assert line["standardised"] == pytest.approx(0, abs=1e-9)
    support = found["contamination"]["similar_support"]
    assert support["offered"] == pytest.approx(support["comparison"])


def test_everybody_known_is_counted_though_a_stratum_was_left_out(found):
    outcome, drawn = found["outcomes"][0], found["design"]["drawn"]
    assert found["strata"]["without_lottery"] == outcome["itt"]["dropped_strata"]
    assert found["strata"]["without_lottery"]
    for arm in ("offered", "comparison"):
        assert outcome[f"n_{arm}"] + outcome["attrition"][f"missing_{arm}"] == drawn[arm]
        assert outcome["itt"][f"n_{arm}"] <= outcome[f"n_{arm}"]
    assert found["strata"]["fewest"] == 2


def test_missing_answers_are_compared_within_strata():
    """Who answers is settled by the stratum, and so are the shares of offers: nothing differs."""
    rows = divided_set(rows=200, cells=4)
    silent = np.array([name in ("S01", "S03") for name in rows.strata])
    answers = tuple(np.where(silent, NONE, np.arange(200) % 2))
    changed = replace(rows, follow_up={"month_6": {"adoption": answers}})
    assert outcome_findings(changed, PLAN, ADOPTION)["attrition"]["difference"] == 0


def test_parts_are_weighed_by_the_chance_of_their_strata():
    """One of six has a place in a, five of six in b; levels differ, nothing else does."""
    strata = ("a",) * 60 + ("b",) * 60
    offered = np.array(([True] + [False] * 5) * 10 + ([True] * 5 + [False]) * 10)
    wiggle = np.tile(np.repeat([0.0, 0.01], 6), 10)
    outcome = np.array([0.0] * 60 + [1.0] * 60) + wiggle
    rows = replace(
        divided_set(rows=120),
        strata=strata,
        offered=tuple(map(bool, offered)),
        follow_up={"month_6": {"adoption": tuple(outcome)}},
        subgroups={"size": ("few",) * 120},
    )
    (part,) = subgroup_findings(rows, PLAN)
    assert part["estimate"] == pytest.approx(0, abs=1e-9)
    assert difference(Trial(outcome=outcome, offered=offered)).estimate > 0.5
    (plain,) = subgroup_findings(rows, replace(PLAN, estimator="difference"))
    assert plain["estimate"] > 0.5


def test_bounds_are_within_strata_that_are_large_enough_and_else_of_the_list():
    small = outcome_findings(divided_set(rows=120), PLAN, ADOPTION)["lee"]
    assert (small["parts"], small["adjusted"]) == (1, False)
    large = outcome_findings(divided_set(rows=900, cells=4), PLAN, ADOPTION)
    assert large["lee"]["parts"] == 4
    assert large["lee"]["lower"] < large["itt"]["estimate"] < large["lee"]["upper"]
