"""What successive versions of a report tell when one is subtracted from the other."""

import random
from copy import deepcopy
from dataclasses import replace
from itertools import combinations

import pytest

from tests.unit.evaluation.test_disclosure import findings, outcome, row
from voucher.evaluation.disclosure import protect_findings
from voucher.evaluation.disclosure_versions import STANDS, held_back, without
from voucher.evaluation.figures import Case, Spending, round_figures
from voucher.evaluation.models import Wave
from voucher.evaluation.provider_figures import Taster, provider_figures

NAME = "outcomes.adoption at month_6"


def trial(n=(40, 40), yes=(20, 12), **more):
    """The figures of a version, of 60 drawn into each arm."""
    made = findings(outcome(n=n, yes=yes, drawn=(60, 60)), drawn=(60, 60), received=(40, 0), **more)
    return {"findings": protect_findings(made).content}


def described(*more, **of_all):
    """A descriptive version: forty paid vouchers, and `more` cases."""
    answers = {
        "adoption": "yes",
        "hours_lost_week": 5,
    }
    case = Case(
        "paid",
        areas=("stock-and-supply",),
        offering_areas=("stock-and-supply",),
        net_price_pence=100_000,
        voucher_pence=50_000,
        contribution_pence=50_000,
        answers={Wave.BASELINE: answers, Wave.MONTH_6: answers},
        asked=frozenset({Wave.MONTH_6}),
        **of_all,
    )
    spent = Spending(1000, 0, 0, 0)
    return round_figures([case] * 40 + list(more), spent, decision_days=5, payment_days=5), case


def test_a_subtracting_reader_would_learn_what_two_late_answers_were():
    """The attack: both versions are published, and the shares times the numbers differ by two."""
    old, new = trial(n=(40, 40), yes=(20, 12)), trial(n=(42, 40), yes=(22, 12))
    told = [each["findings"]["outcomes"][0] for each in (old, new)]
    yes = [round(each["mean_offered"] * each["n_offered"]) for each in told]
    assert (yes[1] - yes[0], told[1]["n_offered"] - told[0]["n_offered"]) == (2, 2)
    assert held_back(new, [old]) == [NAME]


@pytest.mark.parametrize(
    ("version", "held"),
    [
        ({}, False),
        ({"n": (45, 46), "yes": (24, 14)}, False),
        ({"n": (45, 43), "yes": (24, 13)}, True),
        ({"n": (40, 40), "yes": (21, 12)}, True),
        ({"n": (58, 46), "yes": (30, 14)}, True),
        ({"subgroups": (row("size", "a", 20, 20), row("size", "b", 20, 20))}, False),
    ],
    ids=["the same", "five more", "three more", "one other", "withheld now", "parts that were not"],
)
def test_an_outcome_is_held_back_beside_an_older_version(version, held):
    assert held_back(trial(**version), [trial()]) == ([NAME] if held else [])


def test_every_older_version_is_compared():
    versions = [trial(), trial(n=(46, 46), yes=(24, 14))]
    assert held_back(trial(n=(42, 51), yes=(22, 15)), versions) == [NAME]


def test_what_is_held_back_tells_nothing_and_is_held_back_no_more():
    rows = (row("size", "a", 20, 20), row("size", "b", 22, 20))
    beside = {"unit": "%", "offered": 0.1, "comparison": 0.3, "n_offered": 10, "n_comparison": 30}
    new = trial(n=(42, 40), yes=(22, 12), subgroups=rows, contamination={"similar_support": beside})
    new["findings"]["design"]["achieved_detectable"] = 0.2
    before = deepcopy(new)
    shown = without(new, [NAME, "contamination.similar_support", "no such block"])
    assert new == before
    found = shown["findings"]
    each = found["outcomes"][0]
    assert (each["n_offered"], each["mean_offered"], each["itt"]) == (None, None, None)
    assert each["itt_refused"] == each["lee_refused"] == STANDS
    assert each["is_share"] is True
    assert each["holm"] is None
    assert {line["estimate"] for line in found["subgroups"]} == {None}
    assert {line["refused"] for line in found["subgroups"]} == {STANDS}
    assert found["contamination"]["similar_support"]["offered"] is None
    assert (
        found["flow"]["analysed"]
        == found["flow"]["lost"]
        == dict.fromkeys(("offered", "comparison"))
    )
    assert found["flow"]["received"]["offered"] == 40
    assert found["design"]["achieved_detectable"] is None
    assert found["cost"]["per_adopter_pence"] is None
    assert found["cost"]["per_voucher_pence"] == 90000
    assert held_back(shown, [trial()]) == []


def test_a_secondary_outcome_takes_only_itself():
    both = findings(outcome(), outcome("hours", "secondary"), received=(30, 0))
    shown = without({"findings": both}, ["outcomes.hours at month_6"])["findings"]
    assert shown["outcomes"][0]["n_offered"] == 40
    assert shown["flow"]["analysed"] == {"offered": 40, "comparison": 40}
    assert shown["cost"]["per_adopter_pence"] == 300000


def test_a_description_holds_back_what_few_said_and_chose_and_not_how_many_were_paid():
    old, case = described()
    new, _ = described(*[case] * 2, Case("refused", refusal_reasons=("x",)))
    names = held_back(new, [old])
    assert "follow_up.month_6.adoption" in names
    assert {"replies.month_6", "areas.sent", "prices", "baseline.hours_lost_week"} <= set(names)
    shown = without(new, names)
    assert shown["prices"]["net_price_pence"] is None
    assert shown["areas"]["sent"][0]["count"] is None
    assert shown["flow"]["counts"]["paid"] == 42
    assert [step["count"] for step in shown["flow"]["steps"]] == [43, 43, 42, 42, 42]
    assert held_back(shown, [old]) == []


def test_the_reasons_why_few_left_are_held_back():
    gone = Case("refused"), Case("waiting")
    old, case = described(*gone * 6)
    new, _ = described(*gone * 6, Case("refused"), *[case] * 6)
    assert "flow.exits" in held_back(new, [old])
    shown = without(new, ["flow.exits"])
    assert shown["flow"]["counts"]["refused"] is None
    assert shown["flow"]["steps"][1]["count"] == new["flow"]["steps"][1]["count"]
    assert {each["count"] for each in shown["flow"]["steps"][1]["exits"]} == {None}


def test_a_version_with_enough_more_is_told_whole():
    old, case = described()
    new, _ = described(*[case] * 8)
    assert held_back(new, [old]) == []


def test_a_summary_of_a_provider_holds_back_the_rating_of_one_more():
    one = Taster("Stock", 100_000, 50_000, 50_000, is_paid=True, confirmed=True, stars=5)
    old = provider_figures([one] * 8)
    new = provider_figures([one] * 8 + [replace(one, stars=1)])
    names = held_back(new, [old])
    assert names == ["offerings", "prices", "ratings", "work"]
    shown = without(new, names)
    assert shown["ratings"] == {"n": None, "mean": None}
    assert (shown["work"]["redeemed"], shown["work"]["confirmed"]) == (9, None)
    assert held_back(provider_figures([one] * 16), [old]) == []


def published(drawn, said, before=()):
    """What is published of a trial with these (answers, yes) by arm, beside earlier versions."""
    n, yes = zip(*said, strict=True)
    made = findings(outcome(n=n, yes=yes, drawn=drawn), drawn=drawn, received=(drawn[0], 0))
    figures = {"findings": protect_findings(made).content}
    return without(figures, held_back(figures, before))


@pytest.mark.parametrize("seed", range(24))
def test_an_attacker_who_subtracts_versions_learns_the_answers_of_no_few(seed):
    """Three versions with late answers in between: whatever two of them both give of an arm differs
    by no one, or by five or more, and by no one only where nothing else has changed."""
    draw = random.Random(seed)
    drawn = (draw.randint(24, 60), draw.randint(24, 60))
    said = [(each - draw.choice((6, 8, 12)), draw.randint(5, 12)) for each in drawn]
    versions = []
    for _ in range(3):
        versions.append(published(drawn, said, versions))
        late = [
            min(draw.choice((0, 1, 3, 5)), of - n) for (n, _), of in zip(said, drawn, strict=True)
        ]
        said = [
            (n + more, yes + draw.randint(0, more))
            for (n, yes), more in zip(said, late, strict=True)
        ]
    for earlier, later in combinations(versions, 2):
        then, now = (each["findings"]["outcomes"][0] for each in (earlier, later))
        for arm in ("offered", "comparison"):
            numbers = then[f"n_{arm}"], now[f"n_{arm}"]
            means = then[f"mean_{arm}"], now[f"mean_{arm}"]
            if None in means:
                continue
            assert means[0] == means[1] if None in numbers else True
            assert None in numbers or not 0 < abs(numbers[1] - numbers[0]) < 5
            assert means[0] == means[1] or numbers[0] != numbers[1]
