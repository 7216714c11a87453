"""The charts of a trial say in words what they draw, and in attributes how."""

import re
from typing import Any

from tests.factories.findings import SUBGROUPS, make_findings, make_hours, make_outcome, make_staff
from voucher.evaluation.trial_charts import arms_chart, effect_of, effects_chart


def title_of(chart: str) -> str:
    found = re.search(r"<title>(.*?)</title>", chart, re.DOTALL)
    assert found
    return " ".join(found.group(1).split())


def effects() -> list[Any]:
    made = [effect_of(each, each["itt"], each["label"]) for each in (make_outcome(), make_hours())]
    return [*made, effect_of(make_outcome(), SUBGROUPS[1], "10 to 49")]


def test_answers_that_are_not_due_are_drawn_where_there_are_any() -> None:
    flow = make_findings()["flow"]
    for waits, told in (((0, 0), False), ((12, 9), True), ((None, 0), True)):
        flow["not_due"] = {"offered": waits[0], "comparison": waits[1]}
        assert ("answer not due yet" in title_of(arms_chart(flow))) is told


def test_the_flow_is_told_in_words() -> None:
    words = title_of(arms_chart(make_findings()["flow"]))
    assert "372 applications assessed. Not in the draw: 54 Refused" in words
    assert "Offered a voucher: 150 drawn, 104 used a voucher, 30 not analysed: no answer" in words


def test_a_flow_with_nobody_left_out_and_a_count_withheld() -> None:
    flow = make_findings()["flow"] | {"excluded": []}
    flow["received"]["comparison"] = None
    words = title_of(arms_chart(flow))
    assert "Not in the draw: nobody." in words
    assert "withheld used a voucher" in words


def test_effects_are_told_in_words_by_unit() -> None:
    words = title_of(effects_chart(effects(), "effects"))
    assert (
        "For “Uses technology made for the problem” the effect is +15.0 percentage points, and the"
        " data fit anything between +3.0 and +27.0." in words
    )
    assert "“Time the problem costs” the effect is −0.9 hours a week, and the data fit" in words


def test_an_effect_that_is_not_known_is_not_drawn() -> None:
    assert effect_of(make_staff(), make_staff()["itt"], "Staff") is None
    withheld = {**SUBGROUPS[0], "ci_low": None}
    assert effect_of(make_outcome(), withheld, "2 to 9") is None


def test_an_interval_of_no_length_can_be_drawn() -> None:
    nothing = make_outcome(itt=(0.0, 0.0, 0.0))
    assert "<svg" in effects_chart([effect_of(nothing, nothing["itt"], "x")], "effects")


def test_the_same_figures_give_the_same_characters() -> None:
    assert effects_chart(effects(), "effects") == effects_chart(effects(), "effects")
    flow = make_findings()["flow"]
    assert arms_chart(flow) == arms_chart(flow)


def test_nothing_in_a_chart_is_styled_inline() -> None:
    """Web pages allow no inline style: what is one would be drawn black."""
    for chart in (effects_chart(effects(), "effects"), arms_chart(make_findings()["flow"])):
        assert "style" not in chart
        assert 'role="img"' in chart
        assert 'fill="' in chart


def test_only_the_primary_outcome_is_filled() -> None:
    made = effects()
    assert [each.is_main for each in made] == [True, False, True]
