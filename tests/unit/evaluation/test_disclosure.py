"""What is taken out of published figures, and that nothing small can be worked out of the rest."""

import random
from copy import deepcopy
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import linprog

from tests.factories.trials import simulated_set, trial_plan
from voucher.evaluation.analysis.set import findings as found_by_the_engine
from voucher.evaluation.count_table import counted
from voucher.evaluation.disclosure import (
    FEW,
    GIVES_AWAY,
    SIDE,
    protect_beside,
    protect_descriptive,
    protect_findings,
)
from voucher.evaluation.disclosure_words import LOWERED
from voucher.evaluation.figures import Case, Spending, round_figures

ARMS = ("offered", "comparison")


def effect(estimate=0.2):
    return {
        "estimate": estimate,
        "standard_error": 0.0712345,
        "df": 57.0,
        "ci_low": estimate - 0.14,
        "ci_high": estimate + 0.14,
        "p_value": 0.01,
    }


def outcome(code="adoption", role="primary", *, share=True, n=(40, 40), yes=(20, 12), drawn=None):
    """One outcome of the findings; `drawn` is by arm, and who does not answer is missing."""
    drawn = drawn or n
    pairs = list(zip(ARMS, n, yes, drawn, strict=True))
    found = {
        "code": code,
        "label": code,
        "unit": "%" if share else "hours",
        "wave": "month_6",
        "role": role,
        "is_share": share,
        **{f"mean_{arm}": (known / many if many else None) for arm, many, known, _ in pairs},
        **{f"n_{arm}": many for arm, many, _, _ in pairs},
        "itt": {"estimator": "difference", **effect(), "n_offered": n[0], "n_comparison": n[1]},
        "itt_refused": None,
        "relative": {"estimate": 1.7, "ci_low": 1.1, "ci_high": 2.6},
        "relative_refused": None,
        "users": {**effect(0.31), "first_stage_f": 88.0},
        "users_refused": None,
        "randomisation": {"p_value": 0.02, "permutations": 1000, "monte_carlo_error": 0.001},
        "attrition": {
            **{f"missing_{arm}": all_ - many for arm, many, _, all_ in pairs},
            **{f"share_missing_{arm}": 1 - many / all_ for arm, many, _, all_ in pairs},
            "difference": 0.01,
            "ci_low": -0.1,
            "ci_high": 0.1,
            "p_value": 0.9,
        },
        "lee": {"lower": 0.1, "upper": 0.3, "trimmed_share": 0.05, "trimmed_arm": "offered"},
        "lee_refused": None,
        "holm": 0.04,
        "benjamini_hochberg": 0.03,
    }
    return found


def findings(*outcomes, drawn=(40, 40), received=(30, 0), subgroups=(), excluded=(10,), **more):
    first = outcomes[0]
    itt = first["itt"]
    arms = list(zip(ARMS, drawn, strict=True))
    analysed = {arm: itt[f"n_{arm}"] for arm in ARMS}
    return {
        "design": {"label": "randomised", "downgrades": [], "drawn": dict(arms)},
        "flow": {
            "assessed": sum(drawn) + sum(excluded),
            "excluded": [{"reason": str(n), "count": count} for n, count in enumerate(excluded)],
            "allocated": dict(arms),
            "received": dict(zip(ARMS, received, strict=True)),
            "lost": {arm: many - analysed[arm] for arm, many in arms},
            "analysed": analysed,
        },
        "baseline": [],
        "outcomes": list(outcomes),
        "subgroups": list(subgroups),
        "contamination": {},
        "displacement": {},
        "renewal": {},
        "cost": {
            "vouchers": sum(received),
            "per_voucher_pence": 90000,
            "per_adopter_pence": 300000,
            "per_adopter_low_pence": 200000,
            "per_adopter_high_pence": 900000,
            "why": None,
        },
        **more,
    }


def row(by, value, offered, comparison):
    return {
        "by": by,
        "value": value,
        "code": "adoption",
        "wave": "month_6",
        "n_offered": offered,
        "n_comparison": comparison,
        "estimate": 0.1,
        "ci_low": -0.1,
        "ci_high": 0.3,
        "interaction_p": 0.5,
        "refused": None,
    }


def whys(protected):
    return {each.where: each.why for each in protected.withheld}


def test_large_counts_stay_as_they_are():
    given_ = findings(outcome(n=(40, 40), drawn=(50, 50)), drawn=(50, 50), received=(40, 0))
    found = protect_findings(given_)
    assert found.content == given_
    assert found.withheld == ()


def test_what_was_given_is_not_changed_and_protecting_twice_is_protecting_once():
    given_ = findings(outcome(n=(38, 40), yes=(18, 12), drawn=(40, 40)), received=(38, 2))
    before = deepcopy(given_)
    once = protect_findings(given_)
    assert given_ == before
    assert once.withheld
    assert protect_findings(once.content).content == once.content


def test_few_missing_take_the_number_of_answers_with_them():
    made = outcome(n=(37, 30), yes=(18, 12), drawn=(40, 40))
    found = protect_findings(findings(made))
    each = found.content["outcomes"][0]
    assert each["attrition"]["missing_offered"] is None
    assert each["n_offered"] is None
    assert each["n_comparison"] == 30
    assert found.content["flow"]["analysed"]["offered"] is None
    assert found.content["flow"]["lost"]["offered"] is None
    assert found.content["flow"]["allocated"] == {"offered": 40, "comparison": 40}
    assert each["itt"]["df"] is None
    assert each["attrition"]["difference"] is None
    assert each["lee"] is None
    assert each["relative"] is None
    assert each["itt"]["estimate"] == 0.2
    assert each["mean_offered"] == 0.49
    assert whys(found)["outcomes.adoption at month_6.missing_offered"] == FEW
    assert whys(found)["outcomes.adoption at month_6.n_offered"] == GIVES_AWAY


def test_a_share_that_fits_one_number_of_answers_goes_too():
    """3 of 21 is 14 %; of 20, 22 and 23 answers no whole number is near enough."""
    made = outcome(n=(21, 30), yes=(6, 12), drawn=(24, 40))
    found = protect_findings(findings(made, drawn=(24, 40), received=(20, 0)))
    each = found.content["outcomes"][0]
    shares = [
        number
        for number in range(20, 24)
        if any(
            abs(Fraction(yes, number) - Fraction(6, 21)) <= Fraction(5, 1000) for yes in range(24)
        )
    ]
    assert shares == [21]
    assert each["mean_offered"] is None
    assert each["itt"] is None
    assert each["itt_refused"].startswith("Withheld")


def test_means_that_are_no_shares_keep_their_digits():
    made = outcome(share=False, n=(37, 30), yes=(74.123, 60), drawn=(40, 40))
    each = protect_findings(findings(made)).content["outcomes"][0]
    assert each["mean_offered"] == 74.123 / 37
    assert each["itt"]["standard_error"] == 0.071
    assert each["itt"]["df"] is None


@pytest.mark.parametrize("n", [(4, 30), (30, 1)])
def test_effects_of_fewer_than_five_in_an_arm_go(n):
    found = protect_findings(findings(outcome(n=n, yes=(1, 1), drawn=(40, 40))))
    each = found.content["outcomes"][0]
    assert each["itt"] is each["users"] is each["lee"] is each["relative"] is None
    assert each["randomisation"] is each["holm"] is None
    assert "fewer than five" in each["itt_refused"]
    assert found.content["cost"]["per_adopter_pence"] is None


@pytest.mark.parametrize(("yes", "n", "goes"), [
    (0, 12, True), (12, 12, True), (2, 19, True), (17, 19, True), (6, 12, False),
    (0, 20, False), (20, 20, False), (2, 40, True), (38, 40, True), (5, 40, False),
])  # fmt: skip
def test_shares_keep_few_to_themselves_and_small_groups_nobody_and_everybody(yes, n, goes):
    made = outcome(n=(n, 40), yes=(yes, 12), drawn=(n + 10, 50))
    found = protect_findings(findings(made, drawn=(n + 10, 50), received=(n, 0)))
    each = found.content["outcomes"][0]
    assert (each["mean_offered"] is None) == goes
    assert (each["itt"] is None) == goes
    assert (SIDE in whys(found).values()) == goes


def test_a_small_subgroup_takes_another_with_it():
    rows = [row("size", "a", 20, 20), row("size", "b", 3, 9), row("size", "c", 17, 11)]
    found = protect_findings(findings(outcome(), subgroups=rows))
    shown = [each["n_offered"] for each in found.content["subgroups"]]
    assert shown == [20, None, None]
    assert [each["estimate"] for each in found.content["subgroups"]] == [0.1, None, None]
    assert whys(found)["subgroups.1.estimate"] == FEW
    assert whys(found)["subgroups.2.estimate"] == GIVES_AWAY


def test_baseline_and_what_stands_beside_the_effects():
    line = {
        "code": "hours",
        "label": "hours",
        "unit": "hours",
        "is_share": False,
        "mean_offered": 3.2,
        "n_offered": 4,
        "mean_comparison": 3.0,
        "n_comparison": 30,
        "standardised": 0.123456,
        "refused": None,
    }
    share = {**line, "code": "crm", "is_share": True, "mean_offered": 18 / 37, "n_offered": 37}
    beside = {"unit": "%", "offered": 0.1, "comparison": 0.3, "n_offered": 10, "n_comparison": 30}
    found = protect_findings(
        findings(outcome(), baseline=[line, share], contamination={"similar_support": beside})
    ).content
    assert found["baseline"][0]["mean_offered"] is None
    assert found["baseline"][0]["standardised"] is None
    assert found["baseline"][0]["refused"].startswith("Withheld")
    assert found["baseline"][1]["mean_offered"] == 0.49
    assert found["baseline"][1]["standardised"] == 0.12
    assert found["contamination"]["similar_support"]["offered"] is None
    assert found["contamination"]["similar_support"]["comparison"] == 0.3


def test_sentences_do_not_tell_what_tables_withhold():
    made = findings(outcome(n=(38, 30), drawn=(40, 40)), received=(30, 3))
    made["design"]["downgrades"] = [
        {"reason": "8% of the comparison redeemed a voucher (more than 5%)."},
    ]
    found = protect_findings(made).content["design"]["downgrades"]
    assert found == [{"reason": LOWERED}]


def test_cost_of_fewer_than_five_vouchers():
    found = protect_findings(findings(outcome(), received=(3, 0))).content["cost"]
    assert found["per_voucher_pence"] is None
    assert found["vouchers"] is None


def test_findings_without_any_comparison():
    made = findings(outcome())
    made.update(outcomes=[], subgroups=[], flow={**made["flow"], "analysed": {"offered": 0}})
    assert protect_findings(made).content["outcomes"] == []


def test_parts_that_are_more_than_the_whole_are_no_sum():
    made = findings(outcome(), excluded=(10,))
    made["flow"]["assessed"] = 50
    table = counted(made)
    assert not [each for each in table.sums if each.total == "flow.assessed"]


def a_trial(seed):
    """Findings of random sizes that add up, many of them small."""
    draw = random.Random(seed)
    drawn = (draw.randint(6, 45), draw.randint(6, 45))
    outcomes = []
    for code, role in (("adoption", "primary"), ("renewed", "secondary")):
        n = tuple(max(2, all_ - draw.choice((0, 1, 2, 4, 6, 9))) for all_ in drawn)
        yes = tuple(draw.randint(0, each) for each in n)
        outcomes.append(outcome(code, role, n=n, yes=yes, drawn=drawn))
    rows = []
    for by in ("size", "place"):
        parts = [cut(outcomes[0][f"n_{arm}"], draw) for arm in ARMS]
        rows += [row(by, str(k), *both) for k, both in enumerate(zip(*parts, strict=True))]
    received = (draw.randint(0, drawn[0]), draw.choice((0, 0, 1, 5)))
    excluded = tuple(draw.choice((1, 3, 6, 20)) for _ in range(draw.randint(1, 4)))
    return findings(*outcomes, drawn=drawn, received=received, subgroups=rows, excluded=excluded)


def cut(number, draw):
    marks = sorted(draw.randint(0, number) for _ in range(2))
    return (marks[0], marks[1] - marks[0], number - marks[1])


@pytest.mark.slow
@given(st.integers(0, 10_000))
def test_a_reader_with_a_linear_solver_learns_no_small_count(seed):
    """What is published, and that all adds up, leaves every withheld small count a range."""
    require_nothing_small_to_be_solved(a_trial(seed))


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize(("businesses", "response"), [(24, 0.95), (60, 0.97), (120, 0.9)])
def test_the_findings_of_the_engine_give_nothing_small_away(seed, businesses, response):
    rows = simulated_set(businesses, 0.2, seed, response=response)
    made = found_by_the_engine(rows, trial_plan(permutations=50))
    require_nothing_small_to_be_solved(made)
    once = protect_findings(made).content
    assert protect_findings(once).content == once


def require_nothing_small_to_be_solved(made):
    truth = counted(deepcopy(made))
    shown = protect_findings(made).content
    published = counted(deepcopy(shown)).counts
    names = sorted(truth.counts)
    unknown = {name for name in names if name not in published}
    matrix, right = equations(truth, names, published)
    for name in sorted(unknown & set(truth.places)):
        if 0 < truth.counts[name] < 5 and "drawn" not in name and "allocated" not in name:
            low, high = (solved(names, name, side, matrix, right, truth) for side in (1, -1))
            assert high - low >= 1, (name, low, high)


def equations(truth, names, published):
    place = {name: number for number, name in enumerate(names)}
    lines = []
    for each in truth.sums:
        line = np.zeros(len(names))
        line[place[each.total]] += 1
        for part in each.parts:
            line[place[part]] -= 1
        lines.append((line, 0))
    for name, count in published.items():
        if name in truth.places:
            line = np.zeros(len(names))
            line[place[name]] = 1
            lines.append((line, count))
    return np.array([line for line, _ in lines]), np.array([right for _, right in lines])


def solved(names, name, side, matrix, right, truth):
    aim = np.zeros(len(names))
    aim[names.index(name)] = side
    limits = [(1 if each in truth.places and truth.counts[each] else 0, 10_000) for each in names]
    return side * linprog(aim, A_eq=matrix, b_eq=right, bounds=limits).fun


def spending():
    return Spending(1000, 0, 0, 0)


def test_a_lone_exit_of_the_descriptive_report_is_told_without_its_reason():
    cases = [Case("refused")] * 3 + [Case("paid")] * 20
    figures = round_figures(cases, spending(), decision_days=5, payment_days=5)
    found = protect_descriptive(figures)
    step = next(each for each in found.content["flow"]["steps"] if each["key"] == "sent")
    assert step["exits"] == [{"key": "left", "label": "left here, reasons withheld", "count": None}]
    assert found.content["flow"]["counts"]["refused"] is None
    assert found.content["flow"]["counts"]["waiting"] is None
    assert [each.where for each in found.withheld] == ["flow.refused"]


def test_two_withheld_exits_keep_their_reasons():
    cases = [Case("refused")] * 3 + [Case("waiting")] * 2 + [Case("paid")] * 20
    figures = round_figures(cases, spending(), decision_days=5, payment_days=5)
    assert protect_descriptive(figures).content == figures


def test_a_small_count_left_anywhere_is_taken_out():
    found = protect_descriptive({"areas": {"sent": [{"code": "sales", "count": 2}]}, "n": 40})
    assert found.content == {"areas": {"sent": [{"code": "sales", "count": None}]}, "n": 40}
    assert found.withheld[0].where == "areas.sent.0.count"


def test_delivery_does_not_tell_how_many_vouchers_the_findings_withhold():
    beside = {
        "prices": {"n": 30, "voucher_pence": 90_000},
        "areas": {"sent": [], "redeemed": [{"code": "sales", "count": 30}]},
        "clocks": {},
    }
    hides = protect_findings(findings(outcome(), received=(3, 0))).content
    assert hides["cost"]["vouchers"] is None
    assert hides["cost"]["per_voucher_pence"] is None
    found = protect_beside(beside, hides)
    assert found.content["prices"] == {"n": None, "voucher_pence": None}
    assert found.content["areas"]["redeemed"][0]["count"] is None
    assert [each.where for each in found.withheld] == ["prices", "areas.redeemed.sales"]
    assert protect_beside(found.content, hides).withheld == ()


@pytest.mark.parametrize("shown", [{"cost": {"vouchers": 30}}, {}])
def test_delivery_stays_where_nothing_of_it_is_withheld(shown):
    beside = {"prices": {"n": 30}, "areas": {"redeemed": [{"code": "sales", "count": 30}]}}
    assert protect_beside(beside, shown).content == beside
