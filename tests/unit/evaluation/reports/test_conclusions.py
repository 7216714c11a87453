"""The summary never says what the interval does not hold."""

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.factories.findings import (
    effect,
    make_findings,
    make_hours,
    make_outcome,
    make_staff,
)
from voucher.evaluation.disclosure import protect_findings
from voucher.evaluation.reports.conclusions import (
    Direction,
    arms_sentence,
    cost_sentence,
    direction,
    summary,
    users_verdict,
    verdict,
)
from voucher.evaluation.reports.trust import doubts, level_sentence, underpowered_sentence

SOUND = make_findings()["design"]
NUMBERS = st.floats(-1, 1, allow_nan=False).map(lambda number: round(number, 9))
THREE = st.tuples(NUMBERS, NUMBERS, NUMBERS).map(sorted)


def intervals(draw_from: Any) -> Any:
    """Estimates with an interval around them."""
    return draw_from.map(lambda three: (three[1], three[0], three[2]))


@st.composite
def outcomes(draw: Any) -> dict[str, Any]:
    """Outcomes with any estimates at all, sure and unsure, or none."""
    maker = draw(st.sampled_from((make_outcome, make_hours)))
    p_values = st.one_of(st.none(), st.floats(0, 1))
    values: dict[str, Any] = {
        "role": draw(st.sampled_from(("primary", "secondary"))),
        "holm": draw(p_values),
        "randomisation": draw(
            st.one_of(st.none(), st.fixed_dictionaries({"p_value": st.floats(0, 1)}))
        ),
        "lee": draw(
            st.one_of(st.none(), st.fixed_dictionaries({"lower": NUMBERS, "upper": NUMBERS}))
        ),
    }
    made: dict[str, Any] = maker(**values)
    itt = draw(st.one_of(st.none(), intervals(THREE)))
    made["itt"] = None if itt is None else effect(*itt, estimator="lin", p_value=0.5)
    users = draw(st.one_of(st.none(), intervals(THREE)))
    made["users"] = None if users is None else effect(*users, first_stage_f=draw(p_values))
    return made


@st.composite
def designs(draw: Any) -> dict[str, Any]:
    """Designs of any level, with power or without."""
    return {
        **SOUND,
        "sms_level": draw(st.one_of(st.none(), st.integers(1, 5))),
        "underpowered": draw(st.booleans()),
        "departures": draw(st.integers(0, 2)),
    }


def numbers_in(words: str) -> list[float]:
    return [
        float(found.replace(",", "")) for found in re.findall(r"\d[\d,]*\.?\d*(?:e-\d+)?", words)
    ]


@given(outcomes(), designs())
def test_a_direction_is_claimed_only_where_the_whole_interval_lies_there(
    outcome: dict[str, Any], design: dict[str, Any]
) -> None:
    words = verdict(outcome, design)
    found = outcome["itt"]
    low, high = (found["ci_low"], found["ci_high"]) if found else (0, 0)
    assert ("raised" in words) == (low > 0)
    assert ("lowered" in words) == (high < 0)
    assert ("can’t" in words) == (low <= 0 <= high)
    assert ("probably" in words) <= (not doubts(outcome, design) and design["sms_level"] == 5)
    if design["underpowered"] or design["sms_level"] != 5 or design["departures"]:
        assert "probably" not in words


@given(outcomes(), designs())
def test_of_users_a_direction_is_claimed_only_where_both_intervals_lie_there(
    outcome: dict[str, Any], design: dict[str, Any]
) -> None:
    words = users_verdict(outcome, design)
    way = direction(outcome["users"])
    same = way is direction(outcome["itt"])
    assert ("raised" in words) == (same and way is Direction.RAISED)
    assert ("lowered" in words) == (same and way is Direction.LOWERED)


@given(outcomes(), designs())
def test_nothing_is_proved_caused_or_without_effect(
    outcome: dict[str, Any], design: dict[str, Any]
) -> None:
    told = (verdict(outcome, design) + users_verdict(outcome, design)).lower()
    for word in ("no effect", "no difference", "proves", "proved", "caused", "significant"):
        assert word not in told
    assert "nan" not in told.split()
    assert "none" not in told.split()


@given(intervals(THREE), designs())
def test_the_interval_told_is_the_interval_found(
    numbers: tuple[float, float, float], design: dict[str, Any]
) -> None:
    outcome = make_outcome(itt=numbers)
    words = verdict(outcome, design).split("Why only")[0]
    told = numbers_in(words.split("data fit")[1])
    ends = sorted(abs(100 * number) for number in numbers[1:] if number)
    assert len(told) == len(ends)
    for said, end in zip(sorted(told), ends, strict=True):
        assert said == pytest.approx(end, abs=0.051, rel=0.5)
        assert said > 0


@given(st.lists(outcomes(), max_size=4), designs())
def test_every_summary_can_be_written_even_after_protection(
    many: list[dict[str, Any]], design: dict[str, Any]
) -> None:
    findings = make_findings(outcomes=many, design=design, subgroups=[])
    for found in (findings, protect_findings(findings).content):
        for part in summary(found):
            assert part["heading"]
            assert all(sentence.endswith(".") for sentence in part["sentences"])


def test_a_sound_result_is_told_with_probably() -> None:
    assert verdict(make_outcome(), SOUND) == (
        "The offer probably raised this, by 15.0 percentage points;"
        " the data fit 3.0 to 27.0 percentage points more."
    )


@pytest.mark.parametrize(
    ("outcome", "design"),
    [
        ({}, {"sms_level": 4}),
        ({}, {"sms_level": None}),
        ({}, {"underpowered": True}),
        ({}, {"departures": 1}),
        ({"lee": {"lower": -0.01, "upper": 0.2}}, {}),
        ({"randomisation": {"p_value": 0.05}}, {}),
        ({"role": "secondary", "holm": 0.05}, {}),
        ({"role": "secondary", "holm": None}, {}),
    ],
)
def test_what_speaks_against_it_makes_it_may_have(
    outcome: dict[str, Any], design: dict[str, Any]
) -> None:
    words = verdict(make_outcome(**outcome), {**SOUND, **design})
    assert "may have raised" in words
    assert "Why only “may have”" in words


def test_where_nothing_could_be_estimated_the_reason_is_told() -> None:
    assert verdict(make_staff(), SOUND).endswith("The outcome is the same for everybody.")
    assert users_verdict(make_staff(), SOUND).endswith("The effect of the offer is undefined.")


def test_few_users_make_the_figure_unreliable() -> None:
    weak = make_outcome(users=effect(0.5, 0.1, 0.9, first_stage_f=4.0))
    assert "may have raised" in users_verdict(weak, SOUND)
    assert "unreliable" in users_verdict(weak, SOUND)


def test_a_bound_of_exactly_nothing_is_no_change() -> None:
    words = verdict(make_outcome(itt=(0.1, 0.0, 0.2)), SOUND)
    assert words.startswith("We can’t tell")
    assert "from no change to 20.0 percentage points more" in words


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({}, "cost about £7,453; the data fit £4,141 to £37,267"),
        ({"per_adopter_high_pence": None, "why": "No upper limit."}, "can’t be said. No upper"),
        ({"per_adopter_pence": None, "per_voucher_pence": None}, "What one more adopter costs"),
    ],
)
def test_cost_is_told_only_with_its_interval(changed: dict[str, Any], words: str) -> None:
    assert words in cost_sentence({**make_findings()["cost"], **changed})


def test_the_summary_says_what_to_trust() -> None:
    findings = make_findings()
    findings["design"].update(sms_level=4, downgrades=[{"reason": "Too few answered."}])
    findings["design"].update(underpowered=True, power_reasons=["less_precise"])
    findings["plan"]["deviations"] = [{"at": "2026-06-01T00:00:00+00:00", "what": "x", "why": "y"}]
    findings["flow"]["received"]["comparison"] = 12
    told = " ".join(each for part in summary(findings) for each in part["sentences"])
    for words in (
        "level 4 of 5",
        "Too few answered.",
        "Underpowered: the trial turned out less precise than planned for the effect of the offer"
        " it was to find (16.0 percentage points), so it could easily",
        "“Offered a voucher” (150) against “Asked again in a year” (150).",
        "departs from its plan in one point, which is named",
        "12 of the comparison had one too",
        "Some figures could not be estimated",
    ):
        assert words in told


def test_a_design_without_a_level_is_not_rated() -> None:
    told = level_sentence({**SOUND, "sms_level": None, "not_rated": "Nobody answered."})
    assert told.startswith("Not rated on the Maryland Scientific Methods Scale. Nobody answered.")
    noted = level_sentence({**SOUND, "notes": [{"reason": "Staff differs."}]})
    assert noted.endswith("level 5 of 5 on the Maryland Scientific Methods Scale. Staff differs.")


@pytest.mark.parametrize(
    ("reasons", "words"),
    [
        ([], "turned out too small for what it was to find,"),
        (["finds_nothing", "planned_low"], "is possible and even as planned,"),
        (["planned_low"], "on users worth finding (24.0 percentage points),"),
        (["no_estimate"], "there is no estimate"),
        (["beyond_worth"], "too imprecise for the smallest effect on users worth finding (24.0"),
    ],
)
def test_why_a_trial_is_underpowered(reasons: list[str], words: str) -> None:
    findings = make_findings()
    findings["design"].update(underpowered=True, power_reasons=reasons)
    assert words in underpowered_sentence(findings)
    assert "(" not in underpowered_sentence({**findings, "outcomes": []})


def test_arms_are_named_where_both_sides_have_names() -> None:
    arms = make_findings()["arms"]
    assert arms_sentence([*arms, {**arms[1], "name": "Told not to wait", "drawn": 1200}]) == (
        "In the words of the draw: “Offered a voucher” (150) against “Asked again in a year” (150)"
        " and “Told not to wait” (1,200)."
    )
    assert arms_sentence(arms[:1]) == arms_sentence([]) == ""


def test_a_trial_whose_plan_outcome_was_never_asked_has_a_summary() -> None:
    told = summary(make_findings(outcomes=[], refusals=[], plan=None))
    assert told[0]["sentences"] == ["The plan names no primary outcome that could be looked at."]


def test_counts_that_are_withheld_are_not_made_up() -> None:
    findings = make_findings()
    findings["flow"]["received"]["offered"] = None
    findings["flow"]["allocated"]["comparison"] = None
    told = " ".join(each for part in summary(findings) for each in part["sentences"])
    assert "a number we withhold" in told
    assert "used it" not in told
