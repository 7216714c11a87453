"""Before a follow-up is over nothing is concluded of it, and the report says so."""

from typing import Any

import pytest

from tests.factories.findings import make_findings, make_hours, make_outcome
from tests.factories.trials import trial_plan
from voucher.evaluation.analysis.design import NOT_OVER, design_findings
from voucher.evaluation.reports.conclusions import cost_sentence, summary, users_verdict, verdict
from voucher.evaluation.reports.interim import interim_sentences, is_interim
from voucher.evaluation.reports.limitations import limitations

WHY = "Not everything is in yet: the follow-up 6 months later is not due before 3 March 2027."


def standing(at: str, outcome: dict[str, Any] | None = None, **values: Any) -> dict[str, Any]:
    made = outcome or make_outcome(**values)
    made["attrition"]["standing"] = at
    return made


def interim_findings(waits: tuple[int | None, int | None] = (70, 80)) -> dict[str, Any]:
    found = make_findings(interim={"waves": [], "why": WHY})
    found["flow"]["not_due"] = {"offered": waits[0], "comparison": waits[1]}
    refused = "This follow-up is not due before 3 March 2027."
    found["outcomes"] = [
        standing("not_due", itt=None, itt_refused=refused, users=None, users_refused=refused),
        standing("open", make_hours()),
    ]
    found["design"].update(sms_level=None, not_rated=NOT_OVER)
    return found


@pytest.mark.parametrize("at", ["not_due", "open"])
def test_no_verdict_is_given_before_a_follow_up_is_over(at: str) -> None:
    outcome, design = standing(at), make_findings()["design"]
    assert verdict(outcome, design).startswith("Not yet. ")
    assert "not yet" in users_verdict(outcome, design)
    for word in ("raised", "lowered", "data fit", "tell"):
        assert word not in verdict(outcome, design) + users_verdict(outcome, design)


def test_what_was_kept_before_follow_ups_had_a_standing_is_over() -> None:
    assert not is_interim(make_outcome())
    assert not is_interim(standing("closed"))
    assert not is_interim(None)


def test_an_interim_report_says_what_is_not_in_yet() -> None:
    found = interim_findings()
    told = " ".join(each for part in summary(found) for each in part["sentences"])
    assert f"Interim report. {WHY}" in told
    assert "Interim: 150 of 300 answers on the primary outcome not yet due." in told
    assert "Not yet. This follow-up is not due before 3 March 2027." in told
    assert "What one more adopter costs can’t be said yet." in told
    assert "Not rated" in told
    assert limitations(found)[0] == f"Interim report. {WHY}"
    assert not any("Those who answer may" in each for each in limitations(found))


def test_counts_not_due_are_left_out_where_they_are_withheld_or_none() -> None:
    assert list(interim_sentences(make_findings())) == []
    for waits in ((None, 80), (0, 0)):
        assert len(list(interim_sentences(interim_findings(waits)))) == 1


def test_the_cost_of_a_voucher_is_told_all_the_same() -> None:
    assert cost_sentence(make_findings()["cost"], is_interim=True).startswith("A voucher that was")


def test_an_interim_design_has_no_level_and_lacks_no_power_that_may_come() -> None:
    itt = {"estimate": 0.2, "standard_error": 0.3, "n_offered": 20, "n_comparison": 20}
    primary = {
        "n_offered": 20,
        "n_comparison": 20,
        "itt": itt,
        "itt_refused": None,
        "attrition": {"missing_offered": 0, "missing_comparison": 0, "standing": "open"},
    }
    arms = {"take_up": {"offered": 0.7, "comparison": 0.0}}
    found = design_findings(trial_plan(), [], primary, arms)
    assert (found["sms_level"], found["not_rated"], found["downgrades"]) == (None, NOT_OVER, [])
    assert (found["underpowered"], found["power_reasons"]) == (False, [])
