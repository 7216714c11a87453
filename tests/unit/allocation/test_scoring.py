"""The rule of scored allocation: totals, a third where two differ, results, ranks and places."""

import hashlib
import hmac
from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voucher.allocation.scoring import (
    Candidate,
    Criterion,
    ScoringRule,
    check_rule,
    difference,
    doubled_result,
    in_words,
    points,
    rank,
    result,
    scorers_needed,
    total,
)
from voucher.core.errors import Invalid

SEED = bytes(range(32))
NEED, REACH, READY = (
    Criterion("need", "Need", "How much the problem costs today.", 5_000),
    Criterion("reach", "Reach", "How many people it would help.", 3_000),
    Criterion("ready", "Readiness", "Whether they can start.", 2_000),
)
RULE = ScoringRule(criteria=(NEED, REACH, READY), highest_mark=5, apart_bps=2_000)


def marks(need: int, reach: int, ready: int) -> dict[str, int]:
    return {"need": need, "reach": reach, "ready": ready}


@st.composite
def rules(draw):
    """Any sensible plan of up to six criteria."""
    weights = draw(st.lists(st.integers(1, 100), min_size=1, max_size=6))
    shares = [weight * 10_000 // sum(weights) for weight in weights]
    shares[0] += 10_000 - sum(shares)
    highest = draw(st.integers(1, 20))
    return ScoringRule(
        criteria=[Criterion(f"c{n}", f"C {n}", "Look.", share) for n, share in enumerate(shares)],
        highest_mark=highest,
        apart_bps=draw(st.integers(0, 10_000)),
        apart_marks=draw(st.none() | st.integers(0, highest)),
        least_bps=draw(st.integers(0, 10_000)),
        places=draw(st.none() | st.integers(1, 12)),
    )


@st.composite
def sheets_of(draw, rule, count):
    """What `count` people gave by the rule."""
    mark = st.integers(0, rule.highest_mark)
    return [{one.code: draw(mark) for one in rule.criteria} for _ in range(count)]


@st.composite
def scored(draw):
    """A plan and applications of two or three sheets and an award each, by reference."""
    rule = draw(rules())
    count = draw(st.integers(1, 12))
    given_sheets = {}
    for number in range(count):
        sheets = draw(sheets_of(rule, 3))
        given_sheets[f"APP-{number}"] = (
            sheets[: scorers_needed(rule, sheets)],
            draw(st.integers(0, 5)),
        )
    return rule, given_sheets


def candidates(rule, given_sheets):
    return [
        Candidate(name, doubled_result([total(rule, sheet) for sheet in sheets]), award)
        for name, (sheets, award) in given_sheets.items()
    ]


def test_total_is_the_sum_of_weight_times_mark():
    assert total(RULE, marks(5, 5, 5)) == 50_000
    assert total(RULE, marks(4, 2, 1)) == 4 * 5_000 + 2 * 3_000 + 1 * 2_000
    assert points(RULE, 2 * total(RULE, marks(4, 2, 1))) == 56


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"need": 1, "reach": 1}, "mark_ready"),
        (marks(-1, 0, 0), "mark_need"),
        (marks(0, 6, 0), "mark_reach"),
        ({**marks(1, 1, 1), "beauty": 5}, None),
    ],
)
def test_marks_outside_the_plan_are_refused(wrong, field):
    with pytest.raises(Invalid) as refused:
        total(RULE, wrong)
    assert refused.value.field == field


def test_exactly_as_far_apart_as_allowed_is_not_differing():
    """20 points of 100 are 10,000 of 50,000: two marks of “need”."""
    near = difference(RULE, marks(5, 3, 3), marks(3, 3, 3))
    assert (near.totals, bool(near)) == (10_000, False)
    far = difference(RULE, marks(5, 3, 4), marks(3, 3, 3))
    assert (far.totals, far.total_differs, bool(far)) == (12_000, True, True)


def test_one_criterion_alone_can_call_for_a_third():
    """Marks that cancel each other out in the total still differ where the plan looks at each."""
    looks = replace(RULE, apart_marks=2)
    first, second = marks(1, 5, 3), marks(3, 2, 3)
    assert not difference(RULE, first, second)
    found = difference(looks, first, second)
    assert (found.total_differs, found.criteria, bool(found)) == (False, ("reach",), True)
    assert scorers_needed(looks, [first, second]) == 3
    assert scorers_needed(RULE, [first, second]) == scorers_needed(RULE, [first]) == 2


@pytest.mark.parametrize(
    ("totals", "doubled"),
    [
        ((10, 11), 21),
        ((10, 40, 30), 60),  # between: the third's
        ((10, 40, 90), 80),  # above: the nearer of the two
        ((10, 40, 0), 20),  # below: the nearer of the two
    ],
)
def test_result_is_mean_of_two_or_median_of_three(totals, doubled):
    assert doubled_result(totals) == doubled


@pytest.mark.parametrize("totals", [(), (1,), (1, 2, 3, 4)])
def test_no_result_of_other_numbers(totals):
    with pytest.raises(Invalid):
        doubled_result(totals)


def test_result_needs_the_sheets_that_the_rule_asks_for():
    near, far = [marks(3, 3, 3), marks(3, 3, 4)], [marks(5, 5, 5), marks(0, 0, 0)]
    assert result(RULE, near) == total(RULE, near[0]) + total(RULE, near[1])
    assert result(RULE, [*far, marks(1, 1, 1)]) == 2 * total(RULE, marks(1, 1, 1))
    for sheets in (near[:1], far, [*near, marks(1, 1, 1)]):
        with pytest.raises(Invalid):
            result(RULE, sheets)


@given(st.data())
def test_result_does_not_depend_on_the_order_of_scorers(data):
    rule = data.draw(rules())
    first, second, third = data.draw(sheets_of(rule, 3))
    assert difference(rule, first, second) == difference(rule, second, first)
    sheets = [first, second, third][: scorers_needed(rule, [first, second])]
    assert result(rule, sheets) == result(rule, [second, first, *sheets[2:]])


@given(st.data())
def test_result_is_exact_and_in_the_scale(data):
    """Twice the mean or the median, worked out again with fractions from the points."""
    rule = data.draw(rules())
    sheets = data.draw(sheets_of(rule, 3))
    sheets = sheets[: scorers_needed(rule, sheets)]
    out_of_100 = sorted(
        sum(
            Fraction(one.weight_bps, 100) * Fraction(sheet[one.code], rule.highest_mark)
            for one in rule.criteria
        )
        for sheet in sheets
    )
    wanted = sum(out_of_100) / 2 if len(sheets) == 2 else out_of_100[1]
    assert points(rule, result(rule, sheets)) == wanted
    assert 0 <= wanted <= 100


@given(scored(), st.integers(0, 40), st.randoms(use_true_random=False))
def test_ranking_does_not_depend_on_the_order_of_the_list(case, free_pence, chance):
    rule, given_sheets = case
    listed = candidates(rule, given_sheets)
    ranked = rank(rule, listed, free_pence=free_pence, seed=SEED)
    chance.shuffle(listed)
    assert rank(rule, listed, free_pence=free_pence, seed=SEED) == ranked
    everybody = [*ranked.offered, *ranked.waiting, *ranked.below]
    assert sorted(everybody, key=repr) == sorted(listed, key=repr)


@given(scored(), st.integers(0, 40))
def test_places_and_money_are_never_exceeded(case, free_pence):
    rule, given_sheets = case
    ranked = rank(rule, candidates(rule, given_sheets), free_pence=free_pence, seed=SEED)
    assert rule.places is None or len(ranked.offered) <= rule.places
    assert sum(one.award_pence for one in ranked.offered) <= free_pence
    if ranked.waiting and len(ranked.offered) != rule.places:
        with_next = [*ranked.offered, ranked.waiting[0]]
        assert sum(one.award_pence for one in with_next) > free_pence


@given(scored(), st.integers(0, 40))
def test_nobody_is_overtaken_and_the_least_is_kept(case, free_pence):
    rule, given_sheets = case
    ranked = rank(rule, candidates(rule, given_sheets), free_pence=free_pence, seed=SEED)
    groups = (ranked.offered, ranked.waiting, ranked.below)
    results = [one.doubled for group in groups for one in group]
    assert results == sorted(results, reverse=True)
    least = Fraction(rule.least_bps, 100)
    assert all(points(rule, one.doubled) >= least for group in groups[:2] for one in group)
    assert all(points(rule, one.doubled) < least for one in ranked.below)


@given(scored(), st.integers(0, 40), st.data())
def test_a_higher_mark_never_lowers_the_place(case, free_pence, data):
    """The same people having scored: raising one mark of one sheet never costs rank or place."""
    rule, given_sheets = case
    name = data.draw(st.sampled_from(sorted(given_sheets)))
    sheets, award = given_sheets[name]
    at = data.draw(st.integers(0, len(sheets) - 1))
    code = data.draw(st.sampled_from([one.code for one in rule.criteria]))
    raised = [dict(sheet) for sheet in sheets]
    raised[at][code] = data.draw(st.integers(raised[at][code], rule.highest_mark))
    before = rank(rule, candidates(rule, given_sheets), free_pence=free_pence, seed=SEED)
    after = rank(
        rule,
        candidates(rule, {**given_sheets, name: (raised, award)}),
        free_pence=free_pence,
        seed=SEED,
    )
    assert standing(after, name) <= standing(before, name)


def standing(ranked, name):
    """(group, rank): 0 offered, 1 waiting, 2 below."""
    groups = (ranked.offered, ranked.waiting, ranked.below)
    order = [(group, one.reference) for group, ones in enumerate(groups) for one in ones]
    rank_of = [reference for _, reference in order].index(name)
    return order[rank_of][0], rank_of


@given(st.lists(st.tuples(st.text("abc", min_size=1), st.integers(0, 2)), max_size=12), st.binary())
def test_only_ties_are_ordered_by_the_seed(listed, words):
    seed = hashlib.sha256(words).digest()
    ones = [Candidate(reference, doubled, 0) for reference, doubled in dict(listed).items()]
    ranked = rank(RULE, ones, free_pence=0, seed=seed).offered
    digests = [
        (-one.doubled, hmac.new(seed, one.reference.encode(), hashlib.sha256).digest())
        for one in ranked
    ]
    assert digests == sorted(digests)


def test_seed_decides_between_equals():
    ones = [Candidate(f"APP-{number}", 50, 1) for number in range(6)]
    one_place = replace(RULE, places=1)
    firsts = {
        rank(one_place, ones, free_pence=9, seed=bytes([n]) * 32).offered[0].reference
        for n in range(100)
    }
    assert firsts == {one.reference for one in ones}


def test_first_that_cannot_be_paid_for_ends_the_list():
    """A smaller award further down does not jump over it."""
    ones = [Candidate("A", 90, 60), Candidate("B", 80, 50), Candidate("C", 70, 40)]
    ranked = rank(RULE, ones, free_pence=100, seed=SEED)
    assert [one.reference for one in ranked.offered] == ["A"]
    assert [one.reference for one in ranked.waiting] == ["B", "C"]


def test_exactly_the_least_can_have_a_place():
    least = replace(RULE, least_bps=5_000)
    ones = [Candidate("A", 50_000, 1), Candidate("B", 49_999, 1)]
    ranked = rank(least, ones, free_pence=9, seed=SEED)
    assert [one.reference for one in ranked.offered] == ["A"]
    assert [one.reference for one in ranked.below] == ["B"]


@pytest.mark.parametrize(
    "ones",
    [
        [Candidate("A", 1, 1), Candidate("A", 2, 1)],
        [Candidate("A", -1, 1)],
        [Candidate("A", 100_001, 1)],
        [Candidate("A", 1, -1)],
    ],
)
def test_candidates_that_cannot_be_are_refused(ones):
    with pytest.raises(Invalid):
        rank(RULE, ones, free_pence=9, seed=SEED)


def test_seed_of_another_length_is_refused():
    with pytest.raises(Invalid):
        rank(RULE, [], free_pence=9, seed=b"short")


@given(rules())
def test_sensible_plans_pass(rule):
    check_rule(rule)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"criteria": ()}, "criteria"),
        ({"criteria": (replace(NEED, weight_bps=0), REACH, READY)}, "criteria"),
        ({"criteria": (NEED, REACH)}, "criteria"),
        ({"criteria": (NEED, replace(REACH, code="need"), READY)}, "criteria"),
        ({"criteria": (NEED, replace(REACH, name="NEED"), READY)}, "criteria"),
        ({"criteria": (NEED, replace(REACH, code="so!"), READY)}, "criteria"),
        ({"criteria": (NEED, replace(REACH, name=" "), READY)}, "criteria"),
        ({"criteria": (NEED, replace(REACH, name="x" * 81), READY)}, "criteria"),
        ({"criteria": (NEED, replace(REACH, words=""), READY)}, "criteria"),
        ({"criteria": (NEED, replace(REACH, words="x" * 1_001), READY)}, "criteria"),
        ({"highest_mark": 0}, "highest_mark"),
        ({"highest_mark": 101}, "highest_mark"),
        ({"apart_bps": -1}, "apart_bps"),
        ({"apart_bps": 10_001}, "apart_bps"),
        ({"apart_marks": 6}, "apart_marks"),
        ({"least_bps": 10_001}, "least_bps"),
        ({"places": 0}, "places"),
    ],
)
def test_senseless_plans_are_refused_at_their_field(change, field):
    with pytest.raises(Invalid) as refused:
        check_rule(replace(RULE, **change))
    assert refused.value.field == field


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (Fraction(0), "0"),
        (Fraction(100), "100"),
        (Fraction(145, 2), "72.50"),
        (Fraction(200, 3), "66.67"),
        (Fraction(1, 200), "0.01"),
        (Fraction(1, 201), "0"),
    ],
)
def test_points_are_written_with_two_decimals(value, words):
    assert in_words(value) == words
