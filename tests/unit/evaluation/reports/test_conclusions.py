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


UP, DOWN, BOTH = (0.2, 0.1, 0.3), (-0.2, -0.3, -0.1), (0.05, -0.1, 0.2)
UNLIKE = "we can’t tell, unlike of the offer itself: the data fit anything from"
EITHER = "we can’t tell either: the data fit anything from"
RESTS = "we can’t tell either, because it rests on the effect of the offer, which"
AGAINST = (
    "we can’t tell, because this estimate points the other way from that of the offer: taken alone,"
)
NOT_OF_USERS = "What a voucher does for those who use it could not be estimated."


@pytest.mark.parametrize(
    ("offer", "users", "words"),
    [
        (UP, UP, "it probably raised this, by 20.0 percentage points; the data fit 10.0 to 30.0"),
        (DOWN, DOWN, "it probably lowered this, by 20.0 percentage points; the data fit 10.0 to"),
        (UP, BOTH, UNLIKE),
        (DOWN, BOTH, UNLIKE),
        (BOTH, BOTH, EITHER),
        (None, BOTH, EITHER),
        (
            BOTH,
            UP,
            f"{RESTS} is not clear: taken alone, the data fit 10.0 to 30.0 percentage points more.",
        ),
        (
            BOTH,
            DOWN,
            f"{RESTS} is not clear: taken alone, the data fit 10.0 to 30.0 percentage points less.",
        ),
        (None, UP, f"{RESTS} could not be estimated: taken alone, the data fit 10.0 to 30.0"),
        (None, DOWN, f"{RESTS} could not be estimated: taken alone, the data fit 10.0 to 30.0"),
        (UP, DOWN, AGAINST),
        (DOWN, UP, AGAINST),
        (UP, None, NOT_OF_USERS),
        (DOWN, None, NOT_OF_USERS),
        (BOTH, None, NOT_OF_USERS),
        (None, None, NOT_OF_USERS),
    ],
)
def test_what_is_told_of_users_beside_what_is_told_of_the_offer(
    offer: tuple[float, float, float] | None,
    users: tuple[float, float, float] | None,
    words: str,
) -> None:
    found = None if users is None else effect(*users, first_stage_f=250.0)
    told = users_verdict(make_outcome(itt=offer, users=found, lee=None), SOUND)
    assert words in told
    is_told_of_offer = "can’t" not in verdict(make_outcome(itt=offer, lee=None), SOUND)
    assert not (is_told_of_offer and "either" in told)


@pytest.mark.parametrize(
    ("users", "words"),
    [
        (
            (0.5, -0.2, 1.2),
            "from 20.0 percentage points less to 100.0 percentage points more"
            " (the interval goes further, but no share can).",
        ),
        (
            (-0.5, -1.2, 0.2),
            "from 100.0 percentage points less to 20.0 percentage points more"
            " (the interval goes further, but no share can).",
        ),
        (
            (0.1, -1.3, 1.5),
            "reaches further both ways than a share can change, so it says nothing.",
        ),
        (
            (0.7, 0.3, 1.1),
            "the data fit 30.0 to 100.0 percentage points more (the interval goes further,",
        ),
        (
            (1.3, 1.1, 1.5),
            "by 130.0 percentage points (the estimate goes further than a share can);",
        ),
    ],
)
def test_an_interval_beyond_what_a_share_can_change_is_cut_in_words_with_the_reason(
    users: tuple[float, float, float], words: str
) -> None:
    outcome = make_outcome(users=effect(*users, first_stage_f=250.0))
    assert words in users_verdict(outcome, SOUND)
    assert outcome["users"]["ci_high"] == users[2]


def test_of_hours_nothing_is_cut() -> None:
    hours = make_hours(users=effect(-3.0, -4.5, -1.5, first_stage_f=250.0))
    assert "1.5 to 4.5 hours a week less" in users_verdict({**hours, "itt": hours["users"]}, SOUND)


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


MISSED = (
    "even as planned, the trial would too often have missed the smallest effect on users worth"
    " finding (24.0 percentage points)"
)
LESS = (
    "turned out less precise than planned for the effect of the offer it was to find (16.0"
    " percentage points)"
)
IMPRECISE = "too imprecise for the smallest effect on users worth finding (24.0 percentage points)"
NOTHING = "the trial as planned could find no effect that is possible"
NONE = "gave no estimate of the primary outcome"
SO = "could easily miss an effect that is there."


@pytest.mark.parametrize(
    ("reasons", "words"),
    [
        ([], f"the trial turned out too small for what it was to find, so it {SO}"),
        (["finds_nothing"], f"{NOTHING}, so it {SO}"),
        (["finds_nothing", "planned_low"], f"{NOTHING}, so it {SO}"),
        (["planned_low"], f"{MISSED}, so it {SO}"),
        (["no_estimate"], f"the trial {NONE}, so it {SO}"),
        (["less_precise"], f"the trial {LESS}, so it {SO}"),
        (["beyond_worth"], f"the trial turned out {IMPRECISE}, so it {SO}"),
        (["less_precise", "beyond_worth"], f"the trial {LESS}, and {IMPRECISE}, so it {SO}"),
        (["planned_low", "no_estimate"], f"{MISSED}. It then {NONE}. So it {SO}"),
        (["planned_low", "less_precise"], f"{MISSED}. It then {LESS}. So it {SO}"),
        (
            ["planned_low", "beyond_worth"],
            f"{MISSED}. It then turned out too imprecise for that effect. So it {SO}",
        ),
        (
            ["planned_low", "less_precise", "beyond_worth"],
            f"{MISSED}. It then {LESS}, and too imprecise for that effect. So it {SO}",
        ),
        (
            ["finds_nothing", "planned_low", "beyond_worth"],
            f"{NOTHING}. It then turned out {IMPRECISE}. So it {SO}",
        ),
    ],
)
def test_why_a_trial_is_underpowered(reasons: list[str], words: str) -> None:
    findings = make_findings()
    findings["design"].update(underpowered=True, power_reasons=reasons)
    assert underpowered_sentence(findings) == f"Underpowered: {words}"
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
