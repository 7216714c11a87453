"""Which effects are put together, what is left out, and what is said of them."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.evaluation.synthesis.rounds import a_round, outcome
from voucher.evaluation.reports.conclusions import verdict
from voucher.evaluation.synthesis.document import synthesis_context
from voucher.evaluation.synthesis.pooling import pool
from voucher.evaluation.synthesis.rules import (
    NO_PRECISION,
    NOT_ESTIMATED,
    NOT_OVER,
    ROUNDED_AWAY,
    TWO_TRIALS,
    synthesis,
)
from voucher.evaluation.synthesis.words import (
    NOTHING_YET,
    finding,
    interval,
    is_cut,
    sentence,
    shared_reason,
    told,
)


def first(*rounds, kind="itt"):
    return synthesis(rounds)["outcomes"][0]["effects"][kind]


def test_three_rounds_are_pooled_by_the_library():
    found = first(
        a_round(1, outcome(0.1, 0.03)), a_round(2, outcome(0.2, 0.05)), a_round(3, outcome(0.1))
    )
    wanted = pool([0.1, 0.2, 0.1], [0.03, 0.05, 0.04])
    assert found["pooled"]["estimate"] == wanted.estimate
    assert (found["why"], found["common"]) == (None, None)
    assert [each["round"] for each in found["studies"]] == ["Round 1", "Round 2", "Round 3"]


def test_users_are_pooled_apart():
    rounds = [a_round(n, outcome(n / 10, 0.03)) for n in (1, 2, 3)]
    assert first(*rounds, kind="users")["pooled"]["estimate"] == pytest.approx(
        pool([0.2, 0.4, 0.6], [0.06] * 3).estimate
    )


def test_two_rounds_have_a_mean_under_one_effect_and_no_verdict():
    """The interval by Hartung and Knapp would be 127 points wide: t with one degree of freedom."""
    found = first(a_round(1, outcome(0.1, 0.05)), a_round(2, outcome(0.2, 0.05)))
    assert found["pooled"] is None
    assert found["why"] == TWO_TRIALS
    assert found["common"]["estimate"] == pytest.approx(0.15)
    assert found["common"]["ci_high"] == pytest.approx(0.15 + 1.959964 * 0.05 / 2**0.5)
    assert found["cautions"] == []
    rounds = [a_round(1, outcome(0.2, 0.05)), a_round(2, outcome(0.0))]
    words = sentence(synthesis(rounds)["outcomes"][0], "itt")
    assert "no verdict is drawn" in words
    assert "Round 1: The offer probably raised this, by 20.0 percentage points" in words
    assert "Round 2: We can’t tell whether the offer changed this" in words
    assert "average" not in words


def test_one_round_stands_for_itself_with_its_own_verdict():
    made = a_round(1, outcome(), level=4)
    found = first(made)
    assert (found["pooled"], found["common"], found["cautions"]) == (None, None, [])
    assert "stands for itself" in found["why"]
    words = sentence(synthesis([made])["outcomes"][0], "itt")
    own = verdict(made.findings["outcomes"][0], made.findings["design"])
    assert words.endswith(own.replace("as told below", "as its report tells"))
    users = sentence(synthesis([made])["outcomes"][0], "users")
    assert "For those who used a voucher" in users


def test_what_is_left_out_says_why():
    found = first(
        a_round(1, outcome()),
        a_round(2, outcome(None)),
        a_round(3, outcome(code="hours", is_share=False)),
        a_round(4, randomised=False),
    )
    assert [each["why"] for each in found["left_out"]] == [
        "withheld: it rests on fewer than five businesses",
        "its plan does not have this outcome",
        "no comparison was drawn, so it has no effect",
    ]


def without(**gone):
    made = outcome(0.2)
    made["itt"].update(gone)
    return made


@pytest.mark.parametrize(
    ("made", "why"),
    [
        (without(standard_error=None), NO_PRECISION),
        (without(standard_error=0.0), ROUNDED_AWAY),
        (without(ci_low=None), NOT_ESTIMATED),
        (without(estimate=float("nan")), NOT_ESTIMATED),
    ],
)
def test_a_round_without_its_precision_is_left_out_by_name_and_the_rest_is_pooled(made, why):
    """Such a round once took the average of all the others with it."""
    found = first(*(a_round(n, outcome(0.1)) for n in (1, 2, 3)), a_round(4, made))
    reason = why[:1].lower() + why[1:]
    assert found["left_out"] == [{"reference": "RND-0000-0004", "round": "Round 4", "why": reason}]
    assert found["pooled"]["trials"] == 3


def test_an_outcome_that_nobody_estimated_says_so():
    found = first(a_round(1, outcome(None)))
    assert found["why"] == "No round has an estimate yet."


def test_a_round_whose_follow_up_is_not_over_is_left_out():
    made = outcome(0.2)
    made["attrition"] = {"standing": "open"}
    found = first(a_round(1, outcome()), a_round(2, made))
    assert found["left_out"][0]["why"] == NOT_OVER
    assert found["why"].startswith("Only one round")


def test_rounds_that_can_not_be_pooled_keep_their_verdicts(monkeypatch):
    monkeypatch.setattr("voucher.evaluation.synthesis.pooling.TOLERANCES", ())
    found = synthesis([a_round(n, outcome(n / 10)) for n in (1, 2, 3)])["outcomes"][0]
    assert "could not be worked out" in sentence(found, "itt")
    assert finding(found, "itt") == "3 rounds, each by itself"


def test_cautions():
    rounds = (
        a_round(1, outcome(0.1, 0.01), level=4),
        a_round(2, outcome(0.5, 0.01, role="secondary"), underpowered=True),
        a_round(3, outcome(0.4, 0.01, n=None), level=None),
    )
    words = " ".join(first(*rounds)["cautions"])
    for part in (
        "Only 3 rounds",
        "differ by far more",
        "lost a level",
        "too small for what it was to find",
        "rounded to protect",
        "secondary",
    ):
        assert part in words
    many = [a_round(number, outcome(0.2, 0.05)) for number in range(1, 6)]
    assert first(*many)["cautions"] == []


def test_main_outcomes_come_first_then_those_of_most_rounds():
    hours = {"code": "hours", "role": "secondary"}
    found = synthesis(
        [
            a_round(1, outcome(), outcome(**hours), outcome(code="errors", role="secondary")),
            a_round(2, outcome(**hours)),
        ]
    )
    assert [each["code"] for each in found["outcomes"]] == ["adoption", "hours", "errors"]


def test_the_order_of_rounds_does_not_matter_and_all_is_plain():
    rounds = [a_round(number, outcome(number / 10)) for number in (1, 2, 3)]
    assert synthesis(rounds) == synthesis(rounds[::-1])
    assert json.loads(json.dumps(synthesis(rounds))) == synthesis(rounds)
    assert synthesis([]) == {"rounds": [], "outcomes": []}


@pytest.mark.parametrize(
    ("effects", "words"),
    [
        ([-0.1, 0.1, 0.0], "We can’t tell whether the offer of a voucher changed this on average"),
        ([0.2] * 5, "the offer of a voucher probably raised this, by 20.0 percentage points"),
        ([-0.2] * 5, "probably lowered this, by 20.0 percentage points; the data fit"),
        ([0.2] * 4, "may have raised this"),
        ([-0.2, 0.0, 0.3], "So few rounds say nothing of what a further one would bring."),
        ([0.05, 0.1, 0.2, 0.3, 0.4], "so there it may be none, or the other way round."),
    ],
)
def test_sentences_say_no_more_than_the_interval(effects, words):
    rounds = [a_round(n, outcome(each, 0.02)) for n, each in enumerate(effects, 1)]
    assert words in sentence(synthesis(rounds)["outcomes"][0], "itt")


@given(st.lists(st.tuples(st.floats(-0.4, 0.4), st.floats(0.01, 0.2)), min_size=1, max_size=6))
def test_no_words_contradict_the_interval(trials):
    rounds = [a_round(n, outcome(*each)) for n, each in enumerate(trials, 1)]
    found = synthesis(rounds)["outcomes"][0]
    pooled = found["effects"]["itt"]["pooled"]
    words = sentence(found, "itt")
    if pooled is None:
        assert len(trials) < 3
        assert words.startswith(("Only one round", "Only two rounds"))
        return
    on_average = words.startswith("On average")
    assert on_average == (pooled["ci_low"] > 0 or pooled["ci_high"] < 0)
    assert ("raised this" in words) <= (pooled["ci_low"] > 0)
    assert ("lowered this" in words) <= (pooled["ci_high"] < 0)
    assert "no effect" not in words


@pytest.mark.parametrize(
    ("effects", "title"),
    [
        ([0.3], "The one round’s effect lies above no change"),
        ([0.3, 0.3], "Two rounds, too few to average: the effects of both lie above no change"),
        (
            [0.3, 0.0],
            "Two rounds, too few to average: one lies above no change and one lies on both sides"
            " of no change",
        ),
        (
            [0.1, -0.1, 0.0],
            "The average of 3 rounds lies on both sides of no change, so it may be a rise or a"
            " fall",
        ),
    ],
)
def test_plots_are_called_what_they_show(effects, title):
    rounds = [a_round(n, outcome(each, 0.02)) for n, each in enumerate(effects, 1)]
    assert finding(synthesis(rounds)["outcomes"][0], "itt") == title


def test_shares_change_by_no_more_than_all():
    share, hours = ({"is_share": each, "unit": "hours"} for each in (True, False))
    assert interval(share, {"ci_low": -1.7, "ci_high": 1.2}) == "−100.0 to +100.0"
    assert interval(hours, {"ci_low": -1.7, "ci_high": 1.2}) == "−1.7 to +1.2"
    assert interval(hours, None) == "–"


def test_a_reason_that_holds_for_all_is_said_once():
    hours = {"code": "hours", "role": "secondary", "is_share": False}
    both = [a_round(n, outcome(), outcome(-1.0, **hours)) for n in (1, 2)]
    found = synthesis(both)["outcomes"]
    assert shared_reason(found) == TWO_TRIALS
    assert sentence(found[1], "itt", TWO_TRIALS).startswith("Northern Tasters, Round 1: The offer")
    assert sentence(found[0], "itt", "Another.").startswith(TWO_TRIALS)
    first, second = told(found[0], "itt", TWO_TRIALS, of_one_programme=True)
    assert first.startswith("Round 1: The offer")
    assert second.startswith("Round 2: The offer")
    lacking = [a_round(n, outcome(), outcome(None, **hours)) for n in (1, 2)]
    without = synthesis(lacking)["outcomes"]
    assert shared_reason(without) == TWO_TRIALS
    assert told(without[1], "itt", TWO_TRIALS) == [NOTHING_YET]
    mixed = synthesis([both[0], a_round(2, outcome())])["outcomes"]
    assert shared_reason(mixed) == ""
    pooled = synthesis([a_round(n, outcome()) for n in (1, 2, 3)])["outcomes"]
    assert shared_reason(pooled) == shared_reason([]) == ""


@pytest.mark.parametrize(("error", "is_share", "cut"), [(0.6, True, True), (0.6, False, False)])
def test_whether_an_interval_is_cut(error, is_share, cut):
    (found,) = synthesis([a_round(1, outcome(0.1, error, is_share=is_share))])["outcomes"]
    assert is_cut(found, "itt") is cut
    (narrow,) = synthesis([a_round(n, outcome(0.1, 0.02)) for n in (1, 2)])["outcomes"]
    assert not is_cut(narrow, "users")


def test_every_studied_effect_has_a_plot_that_says_what_it_shows():
    rounds = [a_round(1, outcome(0.1)), a_round(2, outcome(0.2)), a_round(3, outcome(0.15))]
    rounds.append(a_round(4, outcome(None, code="hours", is_share=False)))
    figures = {"data_cut_at": "2026-06-15T09:00:00+00:00", **synthesis(rounds)}
    parts = synthesis_context(figures)["parts"]
    plot = parts[0]["effects"][0]["plot"]
    assert "Forest plot: Uses technology made for the task" in plot
    assert "Round 1: +10.0 (+2.1 to +17.9)." in plot
    assert "Average of all rounds:" in plot
    assert parts[1]["effects"] == []
    assert parts[1]["told"] == ["We can’t tell yet. No round has an estimate yet."]


def test_plots_of_one_round_two_rounds_and_long_names():
    long = a_round(1, outcome(0.3, 0.001), programme="A programme with a very long name indeed")
    figures = {"data_cut_at": "2026-06-15T09:00:00+00:00", **synthesis([long])}
    plot = synthesis_context(figures)["parts"][0]["effects"][0]["plot"]
    assert "Average" not in plot
    two = [long, a_round(2, outcome(-0.2, 0.05)), a_round(3, outcome(-0.2, 0.01))]
    hours = [a_round(n, outcome(n, 0.5, is_share=False)) for n in (1, 2, 3)]
    for rounds in (two, hours):
        figures = {"data_cut_at": "2026-06-15T09:00:00+00:00", **synthesis(rounds)}
        assert "Average" in synthesis_context(figures)["parts"][0]["effects"][0]["plot"]
    figures = {"data_cut_at": "2026-06-15T09:00:00+00:00", **synthesis(two[:2])}
    plot = synthesis_context(figures)["parts"][0]["effects"][0]["plot"]
    assert "If both had the same effect" in plot
